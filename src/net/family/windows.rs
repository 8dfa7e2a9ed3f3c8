//! The families of Windows: none has an address form of its own that the kernel would misread.

/// Which families a socket takes addresses of.
pub mod address_form {
    use crate::net::error::Code;
    use crate::net::handle::Label;
    use libc::{AF_INET, AF_INET6, AF_UNIX};

    /// Whether libsock knows the addresses of a family.
    pub fn knows(family: i32) -> bool {
        [AF_UNIX, AF_INET, AF_INET6].contains(&family)
    }

    /// Whether a socket of one family may accept addresses of another: IPv6 sockets send to IPv4 where they can.
    pub fn accepts(domain: i32, family: i32) -> bool {
        match domain {
            AF_INET6 => family == AF_INET || family == AF_INET6,
            _ => family == domain,
        }
    }

    /// Whether a form of the wrong length must be refused before the system sees it.
    pub fn checks_length(_family: i32) -> bool {
        false
    }

    /// Why an address of the socket's family does not have the form of its protocol.
    pub fn wrong_form(_label: &Label, _len: usize) -> Option<Code> {
        None
    }
}
