use super::{Address, arg, guard, guard_bare, name_of, put, put_interface, put_numbers, sock_t};
use crate::net::family::can;
use crate::net::handle::Id;
use std::ffi::{c_char, c_int};

/// Makes an AF_CAN address of CAN_RAW or CAN_BCM, of 8 bytes.
///
/// `interface`: "" is every CAN interface. See the kernel's networking/can.rst, struct
/// sockaddr_can.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_can(interface: *const c_char, out: *mut Address) -> c_int {
    // SAFETY: `interface` is NULL or a string, `out` is NULL or valid, as the header demands.
    guard_bare(|| unsafe { put(can::address(name_of(interface))?, out) })
}

/// Makes an AF_CAN address of CAN_ISOTP, of 16 bytes.
///
/// `rx_id`, `tx_id`: identifiers of the frames received and sent: 0 to 0x7ff, or up to 0x1fffffff
/// or'ed with CAN_EFF_FLAG. See ISO 15765-2.
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

/// Makes an AF_CAN address of CAN_J1939, of 24 bytes.
///
/// `name`: the 64-bit NAME of a device, or J1939_NO_NAME (0).
/// `pgn`: a parameter group, 0 to 0x3ffff, or J1939_NO_PGN (0x40000).
/// `address`: 0 to 255; J1939_NO_ADDR (255) is none. See the kernel's networking/j1939.rst.
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

/// Gets the interface of an AF_CAN address of any protocol.
///
/// `interface`, `cap`: receive its name, "" for every interface or if the index has no name any
/// more; IFNAMSIZ (16) bytes always suffice.
/// `ifindex`: receives its index, 0 for every interface.
/// Returns the length of the name.
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

/// Gets the fields of an AF_CAN address of CAN_ISOTP.
///
/// `interface`, `cap`, `ifindex`: as for `sock_addr_get_can`.
/// `rx_id`, `tx_id`: receive the identifiers, with their flags.
/// Returns the length of the name.
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

/// Gets the fields of an AF_CAN address of CAN_J1939.
///
/// `interface`, `cap`, `ifindex`: as for `sock_addr_get_can`.
/// `name`, `pgn`, `address`: receive the fields, all 64 bits of the name.
/// Returns the length of the interface's name.
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

/// A filter of CAN_RAW, laid out as `struct can_filter`. It passes frames whose masked identifier
/// equals the masked `id`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sock_can_filter {
    /// The identifier, with CAN_EFF_FLAG and CAN_RTR_FLAG if they matter; CAN_INV_FILTER inverts
    /// the filter.
    pub id: u32,
    /// The bits that matter.
    pub mask: u32,
}

/// Sets which frames a CAN_RAW socket receives: those that pass any of the filters
/// (CAN_RAW_FILTER).
///
/// `filters`, `count`: 0 to 512 filters. With none, the socket receives nothing, as suits one that
/// only sends. A new socket has one filter that passes everything.
/// The other options of CAN_RAW are one int each, for `sock_setsockopt_int` with SOL_CAN_RAW:
/// CAN_RAW_LOOPBACK, CAN_RAW_RECV_OWN_MSGS, CAN_RAW_FD_FRAMES, CAN_RAW_JOIN_FILTERS (a frame must
/// pass all filters).
/// Returns 0, or the error of setsockopt(2), also if the socket is not CAN_RAW.
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

/// Gets the filters of a CAN_RAW socket.
///
/// `filters`, `cap`: receive the filters.
/// Returns their number, or the error of getsockopt(2).
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
/// `classes`: CAN_ERR_TX_TIMEOUT, CAN_ERR_BUSOFF and others of linux/can/error.h, or'ed;
/// CAN_ERR_MASK (0x1fffffff) is all.
/// Returns 0, or the error of setsockopt(2).
#[unsafe(no_mangle)]
pub extern "C" fn sock_set_can_errors(s: sock_t, classes: i64) -> c_int {
    guard(|| can::set_errors(Id(s), classes))
}

/// Waits until a CAN_ISOTP socket has sent all of its last message.
///
/// A send hands one message to the kernel, which transmits the frames as the receiver requests
/// them; the next send waits until that is done. sock_isotp_wait does that without sending. Limits
/// and close end the wait but not the transmission.
/// Use it instead of the kernel's flag CAN_ISOTP_WAIT_TX_DONE, which makes send itself wait inside
/// the kernel, where no timeout, cancel token or close can end it: the only such wait in libsock.
/// Closing the socket always waits for a transmission to end, about a second if nobody answers.
/// Returns 0; -ECOMM or similar if the receiver did not answer; -EPROTONOSUPPORT if the socket is
/// not CAN_ISOTP. On kernels before Linux 6.3, whose poll(2) does not report it, returns at once.
#[unsafe(no_mangle)]
pub extern "C" fn sock_isotp_wait(s: sock_t) -> c_int {
    guard(|| can::wait_sent(Id(s)))
}
