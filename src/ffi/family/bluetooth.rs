use super::{Address, arg, guard_bare, put, put_numbers};
use crate::net::address::Text;
use crate::net::error::Result;
use crate::net::family::bluetooth::{self, Bdaddr, Bluetooth};
use std::ffi::{c_char, c_int};

/// Writes the text of a controller's address; gives its length.
///
/// # Safety
/// `buf` is NULL or valid for `cap` bytes.
unsafe fn put_bdaddr(bdaddr: Bdaddr, buf: *mut c_char, cap: usize) -> Result<i64> {
    let mut text = Text::new();
    bdaddr.write(&mut text);
    // SAFETY: by this function's contract.
    unsafe { arg::write_text(text.bytes(), buf, cap) }
}

/// Makes an AF_BLUETOOTH address of BTPROTO_L2CAP, of 14 bytes.
///
/// `bdaddr`: the address of a controller, "00:1A:7D:DA:71:13": six hexadecimal numbers of one or
/// two digits. BDADDR_ANY is "00:00:00:00:00:00", BDADDR_LOCAL "00:00:00:FF:FF:FF".
/// `psm`: the port, 0 to 65535. `cid`: a channel, 0 to 65535, usually 0.
/// `bdaddr_type`: BDADDR_BREDR (0), BDADDR_LE_PUBLIC or BDADDR_LE_RANDOM, 0 to 255. See
/// bluetooth/l2cap.h, struct sockaddr_l2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_l2cap(
    bdaddr: *const c_char,
    psm: i64,
    cid: i64,
    bdaddr_type: i64,
    out: *mut Address,
) -> c_int {
    // SAFETY: `bdaddr` is NULL or a string, `out` is NULL or valid, as the header demands.
    guard_bare(|| unsafe { put(bluetooth::l2cap(arg::text(bdaddr, "bdaddr")?, psm, cid, bdaddr_type)?, out) })
}

/// Makes an AF_BLUETOOTH address of BTPROTO_RFCOMM, of 10 bytes; on Windows of AF_BTH, of 30.
///
/// `bdaddr`: as for `sock_addr_l2cap`.
/// `channel`: 0 to 255, although the protocol has only 1 to 30; with 0, `sock_bind` chooses a free
/// one. On Windows 0 to 4294967295, which is BT_PORT_ANY; an address made here names no service. See
/// bluetooth/rfcomm.h, struct sockaddr_rc, and ws2bth.h, SOCKADDR_BTH.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_rfcomm(bdaddr: *const c_char, channel: i64, out: *mut Address) -> c_int {
    // SAFETY: `bdaddr` is NULL or a string, `out` is NULL or valid, as the header demands.
    guard_bare(|| unsafe { put(bluetooth::rfcomm(arg::text(bdaddr, "bdaddr")?, channel)?, out) })
}

/// Makes an AF_BLUETOOTH address of BTPROTO_HCI, of 6 bytes.
///
/// `dev`: the number of a controller, 0 to 65535; HCI_DEV_NONE (65535) is none.
/// `channel`: HCI_CHANNEL_RAW (0) ..., 0 to 65535. See bluetooth/hci.h, struct sockaddr_hci.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_hci(dev: i64, channel: i64, out: *mut Address) -> c_int {
    // SAFETY: `out` is NULL or valid, as the header demands.
    guard_bare(|| unsafe { put(bluetooth::hci(dev, channel)?, out) })
}

/// Makes an AF_BLUETOOTH address of BTPROTO_SCO, of 8 bytes.
///
/// `bdaddr`: as for `sock_addr_l2cap`. See bluetooth/sco.h, struct sockaddr_sco.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_sco(bdaddr: *const c_char, out: *mut Address) -> c_int {
    // SAFETY: `bdaddr` is NULL or a string, `out` is NULL or valid, as the header demands.
    guard_bare(|| unsafe { put(bluetooth::sco(arg::text(bdaddr, "bdaddr")?)?, out) })
}

/// Gets the fields of an AF_BLUETOOTH address of BTPROTO_L2CAP.
///
/// `bdaddr`, `cap`: receive the controller's address in capitals; 18 bytes suffice.
/// `psm`, `cid`, `bdaddr_type`: receive the numbers.
/// Returns 17, the length of the text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_get_l2cap(
    addr: *const Address,
    bdaddr: *mut c_char,
    cap: usize,
    psm: *mut i64,
    cid: *mut i64,
    bdaddr_type: *mut i64,
) -> i64 {
    guard_bare(|| {
        // SAFETY: `addr` is NULL or valid, as the header demands.
        let (at, numbers) = bluetooth::read(unsafe { arg::input(addr, "addr") }?, |fields| match fields {
            Bluetooth::L2cap { bdaddr, psm, cid, bdaddr_type } => {
                Some((bdaddr, [psm.into(), cid.into(), bdaddr_type.into()]))
            }
            _ => None,
        })?;
        // SAFETY: `bdaddr` is NULL or valid for `cap` bytes, the places are NULL or valid.
        unsafe {
            let needed = put_bdaddr(at, bdaddr, cap)?;
            put_numbers([(psm, numbers[0]), (cid, numbers[1]), (bdaddr_type, numbers[2])]);
            Ok(needed)
        }
    })
}

/// Gets the fields of an AF_BLUETOOTH address of BTPROTO_RFCOMM.
///
/// `bdaddr`, `cap`: as for `sock_addr_get_l2cap`. `channel`: receives the number.
/// Returns 17.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_get_rfcomm(
    addr: *const Address,
    bdaddr: *mut c_char,
    cap: usize,
    channel: *mut i64,
) -> i64 {
    guard_bare(|| {
        // SAFETY: `addr` is NULL or valid, as the header demands.
        let (at, number) = bluetooth::read(unsafe { arg::input(addr, "addr") }?, |fields| match fields {
            Bluetooth::Rfcomm { bdaddr, channel } => Some((bdaddr, channel)),
            _ => None,
        })?;
        // SAFETY: `bdaddr` is NULL or valid for `cap` bytes, `channel` is NULL or valid.
        unsafe {
            let needed = put_bdaddr(at, bdaddr, cap)?;
            put_numbers([(channel, number.into())]);
            Ok(needed)
        }
    })
}

/// Gets the fields of an AF_BLUETOOTH address of BTPROTO_HCI.
///
/// `dev`, `channel`: as for `sock_addr_hci`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_get_hci(addr: *const Address, dev: *mut i64, channel: *mut i64) -> c_int {
    guard_bare(|| {
        // SAFETY: `addr` is NULL or valid, as the header demands.
        let (device, number) =
            bluetooth::read(unsafe { arg::input(addr, "addr") }?, |fields| match fields {
                Bluetooth::Hci { dev, channel } => Some((dev, channel)),
                _ => None,
            })?;
        // SAFETY: each is NULL or valid, as the header demands.
        unsafe { put_numbers([(dev, device.into()), (channel, number.into())]) };
        Ok(0)
    })
}

/// Gets the controller of an AF_BLUETOOTH address of BTPROTO_SCO.
///
/// `bdaddr`, `cap`: as for `sock_addr_get_l2cap`.
/// Returns 17.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_get_sco(addr: *const Address, bdaddr: *mut c_char, cap: usize) -> i64 {
    guard_bare(|| {
        // SAFETY: `addr` is NULL or valid, as the header demands.
        let at = bluetooth::read(unsafe { arg::input(addr, "addr") }?, |fields| match fields {
            Bluetooth::Sco { bdaddr } => Some(bdaddr),
            _ => None,
        })?;
        // SAFETY: `bdaddr` is NULL or valid for `cap` bytes, as the header demands.
        unsafe { put_bdaddr(at, bdaddr, cap) }
    })
}
