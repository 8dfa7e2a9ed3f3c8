//! The families of Linux, on systems that lack them: their functions exist, and answer what `sock_addr_parse` and
//! `sock_socket` answer for a family of another system.

use crate::net::address::{self, Address};
use crate::net::codec::refused::{Refused, Why};
use crate::net::error::{Code, Result};
use crate::net::handle::{Id, pin_socket};

/// An address of such a family cannot be made here.
#[cold]
fn foreign<T>(sentence: &'static str) -> Result<T> {
    Err(Refused { field: "family", why: Why::OtherPlatform(sentence) }.into())
}

/// And no address has its fields.
#[cold]
fn no_fields<T>(address: &Address) -> Result<T> {
    let family = address::family(address)?;
    Err(Refused { field: "addr", why: Why::Family(family as u16) }.into())
}

/// No socket has its options.
#[cold]
fn no_option<T>(id: Id, sentence: &'static str) -> Result<T> {
    pin_socket(id)?;
    Err(Code::errno(libc::EAFNOSUPPORT).because(format_args!("s: {sentence}")))
}

/// AF_ALG.
pub mod alg {
    use super::*;
    pub use crate::net::address::codec::linux::alg::Alg;
    use crate::net::message::Gather;

    const WHERE: &str = "AF_ALG exists on Linux only";

    /// An address.
    pub fn address(_kind: &[u8], _name: &[u8], _feat: i64, _mask: i64) -> Result<Address> {
        foreign(WHERE)
    }

    /// The fields of one.
    pub fn read(address: &Address) -> Result<Alg<'_>> {
        no_fields(address)
    }

    /// Sends data to an operation.
    pub fn send(id: Id, _data: Gather<'_>, _op: i64, _iv: &[u8], _assoclen: i64, _flags: i32) -> Result<i64> {
        no_option(id, WHERE)
    }

    /// ALG_SET_KEY.
    pub fn set_key(id: Id, _key: &[u8]) -> Result<i32> {
        no_option(id, WHERE)
    }

    /// ALG_SET_AEAD_AUTHSIZE.
    pub fn set_tag_size(id: Id, _size: i64) -> Result<i32> {
        no_option(id, WHERE)
    }
}

/// AF_BLUETOOTH. Windows has a part of it.
#[cfg(unix)]
pub mod bluetooth {
    use super::*;
    pub use crate::net::address::codec::linux::bluetooth::{Bdaddr, Bluetooth};

    const WHERE: &str = "libsock knows AF_BLUETOOTH on Linux only";

    /// An address of BTPROTO_L2CAP.
    pub fn l2cap(_bdaddr: &[u8], _psm: i64, _cid: i64, _bdaddr_type: i64) -> Result<Address> {
        foreign(WHERE)
    }

    /// An address of BTPROTO_RFCOMM.
    pub fn rfcomm(_bdaddr: &[u8], _channel: i64) -> Result<Address> {
        foreign(WHERE)
    }

    /// An address of BTPROTO_HCI.
    pub fn hci(_dev: i64, _channel: i64) -> Result<Address> {
        foreign(WHERE)
    }

    /// An address of BTPROTO_SCO.
    pub fn sco(_bdaddr: &[u8]) -> Result<Address> {
        foreign(WHERE)
    }

    /// The fields of one.
    pub fn read<T>(address: &Address, _form: impl FnOnce(Bluetooth) -> Option<T>) -> Result<T> {
        no_fields(address)
    }
}

/// AF_CAN.
pub mod can {
    use super::*;
    pub use crate::net::address::codec::linux::can::Can;

    const WHERE: &str = "AF_CAN exists on Linux only";

    /// An address of CAN_RAW and CAN_BCM.
    pub fn address(_interface: &[u8]) -> Result<Address> {
        foreign(WHERE)
    }

    /// An address of CAN_ISOTP.
    pub fn isotp_address(_interface: &[u8], _rx_id: i64, _tx_id: i64) -> Result<Address> {
        foreign(WHERE)
    }

    /// An address of CAN_J1939.
    pub fn j1939_address(_interface: &[u8], _name: u64, _pgn: i64, _address: i64) -> Result<Address> {
        foreign(WHERE)
    }

    /// The fields of an address of any protocol.
    pub fn read(address: &Address) -> Result<Can> {
        no_fields(address)
    }

    /// The fields of an address of CAN_ISOTP.
    pub fn read_isotp(address: &Address) -> Result<(i32, u32, u32)> {
        no_fields(address)
    }

    /// The fields of an address of CAN_J1939.
    pub fn read_j1939(address: &Address) -> Result<(i32, u64, u32, u8)> {
        no_fields(address)
    }

    /// CAN_RAW_FILTER.
    pub fn set_filters(id: Id, _filters: impl ExactSizeIterator<Item = (u32, u32)>) -> Result<i32> {
        no_option(id, WHERE)
    }

    /// CAN_RAW_FILTER.
    pub fn filters(id: Id) -> Result<Vec<(u32, u32)>> {
        no_option(id, WHERE)
    }

    /// CAN_RAW_ERR_FILTER.
    pub fn set_errors(id: Id, _classes: i64) -> Result<i32> {
        no_option(id, WHERE)
    }

    /// The wait of ISO-TP sockets.
    pub fn wait_sent(id: Id) -> Result<i32> {
        pin_socket(id)?;
        Err(Code::errno(libc::EPROTONOSUPPORT).because(format_args!("s: not a CAN_ISOTP socket; {WHERE}")))
    }
}

/// AF_NETLINK.
pub mod netlink {
    use super::*;
    pub use crate::net::address::codec::linux::netlink::Netlink;

    /// An address.
    pub fn address(_pid: i64, _groups: i64) -> Result<Address> {
        foreign("libsock knows AF_NETLINK on Linux only")
    }

    /// The fields of one.
    pub fn read(address: &Address) -> Result<Netlink> {
        no_fields(address)
    }
}

/// AF_PACKET.
pub mod packet {
    use super::*;
    pub use crate::net::address::codec::linux::packet::Packet;

    const WHERE: &str = "AF_PACKET exists on Linux only";

    /// An address.
    pub fn address(
        _interface: &[u8],
        _protocol: i64,
        _kind: i64,
        _hatype: i64,
        _hwaddr: &[u8],
    ) -> Result<Address> {
        foreign(WHERE)
    }

    /// The fields of one.
    pub fn read(address: &Address) -> Result<Packet<'_>> {
        no_fields(address)
    }

    /// PACKET_MR_PROMISC.
    pub fn set_promiscuous(id: Id, _name: &[u8], _on: bool) -> Result<i32> {
        no_option(id, WHERE)
    }
}

/// AF_QIPCRTR.
pub mod qipcrtr {
    use super::*;
    pub use crate::net::address::codec::linux::qipcrtr::Qipcrtr;

    /// An address.
    pub fn address(_node: i64, _port: i64) -> Result<Address> {
        foreign("AF_QIPCRTR exists on Linux only")
    }

    /// The fields of one.
    pub fn read(address: &Address) -> Result<Qipcrtr> {
        no_fields(address)
    }
}

/// AF_TIPC.
pub mod tipc {
    use super::*;
    pub use crate::net::address::codec::linux::tipc::Tipc;

    /// An address.
    pub fn address(_kind: i64, _values: [i64; 3], _scope: i64) -> Result<Address> {
        foreign("AF_TIPC exists on Linux only")
    }

    /// The fields of one.
    pub fn read(address: &Address) -> Result<Tipc> {
        no_fields(address)
    }
}

/// AF_VSOCK.
pub mod vsock {
    use super::*;
    pub use crate::net::address::codec::linux::vsock::Vsock;

    const WHERE: &str = "libsock knows AF_VSOCK on Linux only";

    /// An address.
    pub fn address(_cid: i64, _port: i64, _flags: i64) -> Result<Address> {
        foreign(WHERE)
    }

    /// The fields of one.
    pub fn read(address: &Address) -> Result<Vsock> {
        no_fields(address)
    }

    /// The context identifier of this machine.
    pub fn local_cid() -> Result<i64> {
        Err(Code::errno(libc::EAFNOSUPPORT).because(format_args!("{WHERE}")))
    }
}
