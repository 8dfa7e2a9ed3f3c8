//! The families of Windows: AF_BTH, which other systems call AF_BLUETOOTH, with RFCOMM alone. No family has an address
//! form of its own that the kernel would misread.

/// Which families a socket takes addresses of.
pub mod address_form {
    use crate::net::address::codec::windows::{AF_BTH, AF_HYPERV};
    use crate::net::error::Code;
    use crate::net::handle::Label;
    use libc::{AF_INET, AF_INET6, AF_UNIX};

    /// Whether libsock knows the addresses of a family.
    pub fn knows(family: i32) -> bool {
        [AF_UNIX, AF_INET, AF_INET6, AF_BTH.into(), AF_HYPERV.into()].contains(&family)
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

/// AF_BTH.
pub mod bluetooth {
    pub use crate::net::address::codec::linux::bluetooth::{Bdaddr, Bluetooth};
    use crate::net::address::codec::{family, windows};
    use crate::net::address::{self, Address};
    use crate::net::codec::refused::{Refused, Why};
    use crate::net::error::Result;

    fn foreign<T>() -> Result<T> {
        let why = Why::OtherPlatform("L2CAP, HCI and SCO exist on Linux and BSD only");
        Err(Refused { field: "family", why }.into())
    }

    /// An address of BTPROTO_L2CAP: there is none.
    pub fn l2cap(_bdaddr: &[u8], _psm: i64, _cid: i64, _bdaddr_type: i64) -> Result<Address> {
        foreign()
    }

    /// An address of BTPROTO_RFCOMM.
    pub fn rfcomm(bdaddr: &[u8], channel: i64) -> Result<Address> {
        Ok(windows::Rfcomm::new(bdaddr, channel)?.native().into())
    }

    /// An address of BTPROTO_HCI: there is none.
    pub fn hci(_dev: i64, _channel: i64) -> Result<Address> {
        foreign()
    }

    /// An address of BTPROTO_SCO: there is none.
    pub fn sco(_bdaddr: &[u8]) -> Result<Address> {
        foreign()
    }

    /// The fields of an address that `form` picks out of one of the four.
    pub fn read<T>(address: &Address, form: impl FnOnce(Bluetooth) -> Option<T>) -> Result<T> {
        let bytes = address::check(address)?;
        let found = match family::Known::read(bytes) {
            Some(family::Known::Platform(windows::Known::Rfcomm(found))) => {
                form(Bluetooth::Rfcomm { bdaddr: found.bdaddr, channel: found.channel })
            }
            _ => None,
        };
        found.ok_or_else(|| address::no_fields(bytes, &[windows::AF_BTH.into()]))
    }
}
