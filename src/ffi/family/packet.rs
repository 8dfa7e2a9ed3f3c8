use super::{Address, arg, guard, guard_bare, name_of, put, put_interface, put_numbers, sock_t};
use crate::net::family::packet;
use crate::net::handle::Id;
use std::ffi::{c_char, c_int, c_void};

/// Makes an AF_PACKET address.
///
/// `interface`: "" binds to every interface.
/// `protocol`: an Ethernet protocol (ETH_P_IP, ETH_P_ALL), 0 to 65535, in host order; the address
/// holds it in network order.
/// `type`: PACKET_HOST (0) ..., 0 to 255. `hatype`: ARPHRD_ETHER ..., 0 to 65535. The kernel only
/// reports these two, and ignores them in addresses that it is given.
/// `hwaddr`, `hwaddr_len`: the hardware address that a SOCK_DGRAM socket sends to, 0 to 8 bytes.
/// See packet(7), struct sockaddr_ll.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_packet(
    interface: *const c_char,
    protocol: i64,
    r#type: i64,
    hatype: i64,
    hwaddr: *const c_void,
    hwaddr_len: usize,
    out: *mut Address,
) -> c_int {
    // SAFETY: `interface` is NULL or a string, `hwaddr` is NULL or valid for `hwaddr_len` bytes, `out` is
    // NULL or valid, as the header demands.
    guard_bare(|| unsafe {
        let hwaddr = arg::bytes(hwaddr, hwaddr_len, "hwaddr")?;
        put(packet::address(name_of(interface), protocol, r#type, hatype, hwaddr)?, out)
    })
}

/// Gets the fields of an AF_PACKET address.
///
/// `interface`, `cap`: receive the name of the interface, "" if the index is 0 or has no name any
/// more; IFNAMSIZ (16) bytes always suffice.
/// `ifindex`, `protocol`, `type`, `hatype`: receive the numbers, the protocol in host order.
/// `hwaddr`, `hwaddr_cap`: receive the hardware address, at most `hwaddr_cap` bytes; 32 always
/// suffice.
/// `hwaddr_len`: receives its length, which may exceed `hwaddr_cap`.
/// Returns the length of the name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_get_packet(
    addr: *const Address,
    interface: *mut c_char,
    cap: usize,
    ifindex: *mut i64,
    protocol: *mut i64,
    r#type: *mut i64,
    hatype: *mut i64,
    hwaddr: *mut c_void,
    hwaddr_cap: usize,
    hwaddr_len: *mut usize,
) -> i64 {
    guard_bare(|| {
        // SAFETY: `addr` is NULL or valid, as the header demands.
        let addr = *unsafe { arg::input(addr, "addr") }?;
        let fields = packet::read(&addr)?;
        // SAFETY: the buffers are NULL or valid for as many bytes as is said, the places are NULL or valid.
        unsafe {
            arg::buffer(hwaddr, hwaddr_cap, "hwaddr")?;
            let needed = put_interface(fields.ifindex, interface, cap, ifindex)?;
            arg::write_bytes(fields.hwaddr, hwaddr, hwaddr_cap, "hwaddr")?;
            put_numbers([
                (protocol, fields.protocol.into()),
                (r#type, fields.kind.into()),
                (hatype, fields.hatype.into()),
            ]);
            arg::optional_output(hwaddr_len).map(|place| place.write(fields.hwaddr.len()));
            Ok(needed)
        }
    })
}

/// Sets whether an interface delivers all frames that it sees, not only its own
/// (PACKET_MR_PROMISC).
///
/// `on`: not 0 to request it, 0 to withdraw the request. Closing the socket withdraws it too; the
/// interface stays in this mode while any socket requests it.
/// Returns 0; -ENODEV; else the error of setsockopt(2). See packet(7), PACKET_ADD_MEMBERSHIP.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_set_promiscuous(s: sock_t, interface: *const c_char, on: c_int) -> c_int {
    // SAFETY: `interface` is NULL or a string, as the header demands.
    guard(|| packet::set_promiscuous(Id(s), unsafe { name_of(interface) }, on != 0))
}
