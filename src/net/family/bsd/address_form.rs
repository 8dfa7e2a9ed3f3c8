//! Which families a socket takes addresses of, and which form of address its protocol needs.

use crate::net::error::Code;
use crate::net::handle::Label;
use libc::{AF_INET, AF_INET6, AF_UNIX};

/// Whether libsock knows the addresses of a family. (AF_DIVERT takes those of AF_INET.)
pub fn knows(family: i32) -> bool {
    [AF_UNIX, AF_INET, AF_INET6].contains(&family)
}

/// Whether a socket of one family may accept addresses of another: IPv6 sockets send to IPv4 where they can.
pub fn accepts(domain: i32, family: i32) -> bool {
    family == domain || domain == AF_INET6 && family == AF_INET
}

/// Whether a form of the wrong length must be refused before the kernel sees it: here it checks.
pub fn checks_length(_family: i32) -> bool {
    false
}

/// Why an address of the socket's family does not have the form of its protocol.
pub fn wrong_form(_label: &Label, _len: usize) -> Option<Code> {
    None
}
