//! Families
//!
//! What the families of Linux have of their own, beyond AF_INET, AF_INET6 and AF_UNIX: a constructor and
//! a getter with named fields for each kind of address, its text form, and the options that are more
//! than one int. Everything else, from `sock_bind` to `sock_recvmsg`, is as for any socket, limits, close
//! and cancel tokens included. A kernel without a family answers `sock_socket` with -EAFNOSUPPORT.
//!
//!   netlink:4711  netlink:0:0x10       port, groups
//!   packet:eth0:0x800                  interface, protocol; what follows where it is not 0 is
//!   packet:eth0:0x3:4:1:02:00:5e:10:00:01     type, hardware type, hardware address
//!   can:vcan0                          CAN_RAW and CAN_BCM; `can:` is every interface
//!   can:vcan0:isotp:0x123:0x456        CAN_ISOTP: received and sent identifier
//!   can:vcan0:j1939:0x0:0x40000:0x20   CAN_J1939: name, parameter group, address
//!   tipc:name:1000:1                   type, instance, and a domain that is not 0
//!   tipc:range:1000:0:99?scope=2       type, lower, upper; a scope that is not 0
//!   tipc:id:16781313:4242              node, reference
//!   l2cap:00:1A:7D:DA:71:13:4097       controller, PSM, and where they are not 0 CID and address type
//!   rfcomm:00:1A:7D:DA:71:13:1         controller, channel
//!   hci:0  hci:0:1                     device, and a channel that is not 0
//!   sco:00:1A:7D:DA:71:13              controller
//!   alg:skcipher:cbc(aes)              type, name, and where they are not 0 feat and mask
//!   vsock:3:1024                       CID, port, and flags that are not 0
//!   qipcrtr:1:4                        node, port
//!
//! Numbers are read in decimal or behind 0x; in names %XX stands for a byte, as in all text forms.
//! AF_RDS has the addresses of AF_INET and AF_INET6: `sock_addr_ip`. So have SCTP, DCCP, UDP-Lite and
//! MPTCP, which are protocols. system:, link:, divert: and hyperv: belong to other platforms: -ENOTSUP.
//!
//! Within AF_CAN and AF_BLUETOOTH the length tells the form, since an address does not say the protocol:
//! 8 bytes are CAN_RAW and CAN_BCM, 16 ISO-TP, 24 J1939; 6 are HCI, 8 SCO, 10 RFCOMM, 14 L2CAP. A native
//! address that a program made of a whole struct sockaddr_can is therefore kept as one of J1939; a socket
//! of another protocol takes it all the same.
//!
//! An `interface` is a name, or an index in digits; "" and NULL are index 0. The constructors return 0;
//! -EINVAL for a field out of range, which sock_last_error names; -ENAMETOOLONG for a text or a hardware
//! address that is longer than its field; -ENODEV for an unknown interface; -EFAULT for NULL. The getters
//! return -EAFNOSUPPORT for an address of another family, -EINVAL for one of another form and for what is
//! no address, -EFAULT for NULL; their outputs may each be NULL. Any thread.

// In the order of the header; the empty lines keep it.

pub mod netlink;

pub mod packet;

pub mod can;

pub mod tipc;

pub mod bluetooth;

pub mod alg;

pub mod vsock;

pub mod qipcrtr;

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
