use super::{Address, arg, guard_bare, name_of, put, put_interface, put_numbers};
use crate::net::family::can;
use std::ffi::{c_char, c_int};

/// Makes an AF_CAN address of CAN_RAW or CAN_BCM.
///
/// `interface`: as told above; "" is every CAN interface. `out`: receives the address, of 8 bytes.
/// Returns as told above. Since 0.1.0. See the kernel's networking/can.rst, struct sockaddr_can.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_can(interface: *const c_char, out: *mut Address) -> c_int {
    // SAFETY: `interface` is NULL or a string, `out` is NULL or valid, as the header demands.
    guard_bare(|| unsafe { put(can::address(name_of(interface))?, out) })
}

/// Makes an AF_CAN address of CAN_ISOTP.
///
/// `interface`: as told above. `rx_id`, `tx_id`: the identifiers of the frames that are received and of
/// those that are sent: 0 to 0x7ff, or up to 0x1fffffff with CAN_EFF_FLAG or'ed to it. `out`: receives
/// the address, of 16 bytes. Returns as told above. Since 0.1.0. See ISO 15765-2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_isotp(
    interface: *const c_char,
    rx_id: i64,
    tx_id: i64,
    out: *mut Address,
) -> c_int {
    // SAFETY: `interface` is NULL or a string, `out` is NULL or valid, as the header demands.
    guard_bare(|| unsafe { put(can::isotp_address(name_of(interface), rx_id, tx_id)?, out) })
}

/// Makes an AF_CAN address of CAN_J1939.
///
/// `interface`: as told above. `name`: the 64 bits of a device's NAME, or J1939_NO_NAME (0). `pgn`: a
/// parameter group, 0 to 0x3ffff, or J1939_NO_PGN (0x40000). `address`: 0 to 255, J1939_NO_ADDR (255) for
/// none. `out`: receives the address, of 24 bytes.
/// Returns as told above. Since 0.1.0. See the kernel's networking/j1939.rst.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_j1939(
    interface: *const c_char,
    name: u64,
    pgn: i64,
    address: i64,
    out: *mut Address,
) -> c_int {
    // SAFETY: `interface` is NULL or a string, `out` is NULL or valid, as the header demands.
    guard_bare(|| unsafe { put(can::j1939_address(name_of(interface), name, pgn, address)?, out) })
}

/// The interface of an AF_CAN address of any protocol.
///
/// `interface`, `cap`: where to put its name with the NUL, "" for every interface and where the index has no
/// name any more; IFNAMSIZ (16) bytes hold any; NULL with 0 asks. `ifindex`: receives its index, 0 for every
/// interface. Returns the length of the name, without the NUL; else as told above. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_get_can(
    addr: *const Address,
    interface: *mut c_char,
    cap: usize,
    ifindex: *mut i64,
) -> i64 {
    guard_bare(|| {
        // SAFETY: `addr` is NULL or valid, as the header demands.
        let fields = can::read(unsafe { arg::input(addr, "addr") }?)?;
        // SAFETY: `interface` is NULL or valid for `cap` bytes, `ifindex` is NULL or valid.
        unsafe { put_interface(fields.ifindex(), interface, cap, ifindex) }
    })
}

/// The fields of an AF_CAN address of CAN_ISOTP.
///
/// `interface`, `cap`, `ifindex` and the result as in `sock_addr_get_can`. `rx_id`, `tx_id`: receive the
/// identifiers, with their flags. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_get_isotp(
    addr: *const Address,
    interface: *mut c_char,
    cap: usize,
    ifindex: *mut i64,
    rx_id: *mut i64,
    tx_id: *mut i64,
) -> i64 {
    guard_bare(|| {
        // SAFETY: `addr` is NULL or valid, as the header demands.
        let (index, rx, tx) = can::read_isotp(unsafe { arg::input(addr, "addr") }?)?;
        // SAFETY: `interface` is NULL or valid for `cap` bytes, the places are NULL or valid.
        unsafe {
            let needed = put_interface(index, interface, cap, ifindex)?;
            put_numbers([(rx_id, rx.into()), (tx_id, tx.into())]);
            Ok(needed)
        }
    })
}

/// The fields of an AF_CAN address of CAN_J1939.
///
/// `interface`, `cap`, `ifindex` and the result as in `sock_addr_get_can`. `name`: receives all 64 bits.
/// `pgn`, `address`: receive the numbers. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_get_j1939(
    addr: *const Address,
    interface: *mut c_char,
    cap: usize,
    ifindex: *mut i64,
    name: *mut u64,
    pgn: *mut i64,
    address: *mut i64,
) -> i64 {
    guard_bare(|| {
        // SAFETY: `addr` is NULL or valid, as the header demands.
        let (index, device, group, number) = can::read_j1939(unsafe { arg::input(addr, "addr") }?)?;
        // SAFETY: `interface` is NULL or valid for `cap` bytes, the places are NULL or valid.
        unsafe {
            let needed = put_interface(index, interface, cap, ifindex)?;
            arg::optional_output(name).map(|place| place.write(device));
            put_numbers([(pgn, group.into()), (address, number.into())]);
            Ok(needed)
        }
    })
}
