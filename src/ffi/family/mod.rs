//! Families
//!
//! What the address families of Linux have beyond AF_INET, AF_INET6 and AF_UNIX: a constructor, a
//! getter with named fields and a text form for each kind of address, and options that are more than
//! one int. Everything else, from `sock_bind` to `sock_recvmsg`, works as for any socket, including
//! limits, close and cancel tokens. If the kernel lacks a family, `sock_socket` returns
//! -EAFNOSUPPORT.
//!
//!   netlink:4711  netlink:0:0x10       port, groups
//!   packet:eth0:0x800                  interface, protocol; then, if not 0,
//!   packet:eth0:0x3:4:1:02:00:5e:10:00:01     type, hardware type, hardware address
//!   can:vcan0                          CAN_RAW and CAN_BCM; `can:` is every interface
//!   can:vcan0:isotp:0x123:0x456        CAN_ISOTP: received and sent identifier
//!   can:vcan0:j1939:0x0:0x40000:0x20   CAN_J1939: name, parameter group, address
//!   tipc:name:1000:1                   type, instance, and a domain other than 0
//!   tipc:range:1000:0:99?scope=2       type, lower, upper; a scope other than 0
//!   tipc:id:16781313:4242              node, reference
//!   l2cap:00:1A:7D:DA:71:13:4097       controller, PSM, and CID and address type if not 0
//!   rfcomm:00:1A:7D:DA:71:13:1         controller, channel
//!   hci:0  hci:0:1                     device, and a channel other than 0
//!   sco:00:1A:7D:DA:71:13              controller
//!   alg:skcipher:cbc(aes)              type, name, and feat and mask if not 0
//!   vsock:3:1024                       CID, port, and flags other than 0
//!   qipcrtr:1:4                        node, port
//!
//! Numbers are decimal, or hexadecimal with 0x; in names, %XX encodes a byte, as in all text forms.
//! AF_RDS uses addresses of AF_INET and AF_INET6 (`sock_addr_ip`), as do the protocols SCTP, DCCP,
//! UDP-Lite and MPTCP. system:, link:, divert: and hyperv: belong to other platforms: -ENOTSUP. On
//! Windows, rfcomm: and hyperv:VM:SERVICE (two GUIDs) exist and none of the others.
//!
//! Addresses of AF_CAN and AF_BLUETOOTH do not contain the protocol, so the length determines the
//! form: 8 bytes are CAN_RAW and CAN_BCM, 16 ISO-TP, 24 J1939; 6 are HCI, 8 SCO, 10 RFCOMM, 14
//! L2CAP. A native address made from a whole struct sockaddr_can therefore counts as J1939; the
//! other protocols' sockets accept it too.
//!
//! An `interface` is a name, or an index in digits; "" and NULL are index 0. Constructors return 0;
//! -ENAMETOOLONG for a text or hardware address longer than its field; -ENODEV for an unknown
//! interface. Getters return 0, or the length of a text that they copy; -EAFNOSUPPORT for an address
//! of another family; -EINVAL for one of another form. Each output of a getter may be NULL.

// In the order of the header; the empty lines keep it.

#[cfg(unix)]
pub mod netlink;

#[cfg(unix)]
pub mod packet;

#[cfg(unix)]
pub mod can;

#[cfg(unix)]
pub mod tipc;

pub mod bluetooth;

#[cfg(unix)]
pub mod alg;

#[cfg(unix)]
pub mod vsock;

#[cfg(unix)]
pub mod qipcrtr;

#[cfg(windows)]
mod absent;

use super::address::put;
use super::arg;
use super::guard::{guard, guard_bare};
use super::handle::sock_t;
use crate::net::address::Address;
use crate::net::error::Result;
use crate::net::family;
use std::ffi::c_char;

/// The name of an interface; NULL is "".
///
/// # Safety
/// `name` is NULL or a valid NUL-terminated string.
unsafe fn name_of<'a>(name: *const c_char) -> &'a [u8] {
    // SAFETY: by this function's contract.
    unsafe { arg::optional_text(name) }.unwrap_or_default()
}

/// Writes numbers, each where there is a place for it.
///
/// # Safety
/// Each place is NULL or valid.
unsafe fn put_numbers<const N: usize>(numbers: [(*mut i64, i64); N]) {
    for (place, value) in numbers {
        // SAFETY: by this function's contract.
        if let Some(place) = unsafe { arg::optional_output(place) } {
            place.write(value);
        }
    }
}

/// Writes an interface, its name and its index; gives the length of the name.
///
/// # Safety
/// `buf` is NULL or valid for `cap` bytes, `place` is NULL or valid.
unsafe fn put_interface(index: i32, buf: *mut c_char, cap: usize, place: *mut i64) -> Result<i64> {
    // SAFETY: by this function's contract.
    unsafe {
        let needed = arg::write_text(&family::interface_name(index), buf, cap)?;
        put_numbers([(place, index.into())]);
        Ok(needed)
    }
}
