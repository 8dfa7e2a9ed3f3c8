use super::{Address, arg, guard, guard_bare, name_of, put, put_interface, put_numbers, sock_t};
use crate::net::family::can;
use crate::net::handle::Id;
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

/// A filter of CAN_RAW: it lets frames pass whose identifier, masked, is `id`, masked. Laid out as
/// `struct can_filter`. Fixed for ever.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sock_can_filter {
    /// The identifier, with CAN_EFF_FLAG and CAN_RTR_FLAG where they count; with CAN_INV_FILTER the others
    /// pass.
    pub id: u32,
    /// The bits that count.
    pub mask: u32,
}

/// Sets which frames a CAN_RAW socket receives: those that pass any of the filters (CAN_RAW_FILTER).
///
/// `filters`, `count`: 0 to 512 filters; with none nothing is received, which suits a socket that sends
/// only. A new socket has one that lets everything pass. What CAN_RAW has beyond filters is one int each,
/// for `sock_setsockopt_int` with SOL_CAN_RAW: CAN_RAW_LOOPBACK, CAN_RAW_RECV_OWN_MSGS, CAN_RAW_FD_FRAMES,
/// CAN_RAW_JOIN_FILTERS (all filters must let a frame pass).
/// Returns 0; -EINVAL for too many; -EFAULT for NULL; -EBADF; or the error of setsockopt(2) for what is no
/// CAN_RAW socket. Any thread. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_set_can_filters(
    s: sock_t,
    filters: *const sock_can_filter,
    count: usize,
) -> c_int {
    guard(|| {
        // SAFETY: `filters` is NULL or valid for `count` filters, as the header demands.
        let filters = unsafe { arg::list(filters, count, "filters") }?;
        can::set_filters(Id(s), filters.iter().map(|filter| (filter.id, filter.mask)))
    })
}

/// The filters of a CAN_RAW socket.
///
/// `filters`, `cap`: where to put them; at most `cap` are written. NULL with 0 asks.
/// Returns how many there are, which may be above `cap`; -EFAULT for NULL; -EBADF; or the error of
/// getsockopt(2). Any thread. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_get_can_filters(s: sock_t, filters: *mut sock_can_filter, cap: usize) -> i64 {
    guard(|| {
        // SAFETY: `filters` is NULL or valid for `cap` filters, as the header demands.
        let places = unsafe { arg::places(filters, cap, "filters") }?;
        let found = can::filters(Id(s))?;
        for (place, (id, mask)) in places.iter_mut().zip(&found) {
            place.write(sock_can_filter { id: *id, mask: *mask });
        }
        Ok(found.len() as i64)
    })
}

/// Sets which error frames a CAN_RAW socket receives (CAN_RAW_ERR_FILTER); a new one receives none.
///
/// `classes`: CAN_ERR_TX_TIMEOUT, CAN_ERR_BUSOFF and the like of linux/can/error.h, or'ed; CAN_ERR_MASK
/// (0x1fffffff) is all. Returns 0; -EINVAL for other bits; -EBADF; or the error of setsockopt(2). Any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_set_can_errors(s: sock_t, classes: i64) -> c_int {
    guard(|| can::set_errors(Id(s), classes))
}

/// Waits until a CAN_ISOTP socket has sent all of what it was given last.
///
/// A send hands one message to the kernel, which sends its frames as the receiver asks for them, and the
/// next send waits until that is done. This call waits for it without sending. Timeout, deadline, token and
/// close end it as any other, and leave the transmission alone.
/// It takes the place of the kernel's flag CAN_ISOTP_WAIT_TX_DONE, with which send itself waits: that wait
/// is inside the kernel, where no timeout, no token and no close of another thread can end it. It is the
/// one wait of which this is true: leave the flag off. Closing waits for the end of a transmission in any
/// case, of one that nobody answers about a second.
/// Returns 0; -ECOMM when the receiver did not answer, and the like; -EAGAIN in non-blocking mode;
/// SOCK_ETIMEDOUT, SOCK_ECANCELED, SOCK_ECLOSED; -EPROTONOSUPPORT for what is no CAN_ISOTP socket; -EBADF.
/// Kernels before Linux 6.3 whose poll(2) tells nothing of it answer at once. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_isotp_wait(s: sock_t) -> c_int {
    guard(|| can::wait_sent(Id(s)))
}
