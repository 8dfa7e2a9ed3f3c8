//! AF_CAN.

use super::fields;
use crate::net::address::codec::linux::Known;
pub use crate::net::address::codec::linux::can::Can;
use crate::net::address::{Address, System};
use crate::net::codec::refused::within;
use crate::net::error::{Code, Result};
use crate::net::handle::{Direction, Id, Kind, Label, pin, pin_socket};
use crate::net::wait::Call;
use crate::sys::uapi::{AF_CAN, CAN_ISOTP, CAN_RAW_ERR_FILTER, CAN_RAW_FILTER, SOL_CAN_RAW};
use crate::sys::{self, Errno, PollFd, memory};

/// linux/can/raw.h: CAN_RAW_FILTER_MAX.
const FILTERS_MAX: usize = 512;
/// linux/can.h: `struct can_filter`, an identifier and a mask.
const FILTER_LEN: usize = 8;

/// An address of CAN_RAW and CAN_BCM.
pub fn address(interface: &[u8]) -> Result<Address> {
    Ok(Can::new(interface, &System)?.native().into())
}

/// An address of CAN_ISOTP.
pub fn isotp_address(interface: &[u8], rx_id: i64, tx_id: i64) -> Result<Address> {
    Ok(Can::isotp(interface, rx_id, tx_id, &System)?.native().into())
}

/// An address of CAN_J1939.
pub fn j1939_address(interface: &[u8], name: u64, pgn: i64, address: i64) -> Result<Address> {
    Ok(Can::j1939(interface, name, pgn, address, &System)?.native().into())
}

/// The fields of an address of any protocol.
pub fn read(address: &Address) -> Result<Can> {
    pick(address, Some)
}

/// The fields of an address of CAN_ISOTP: interface, received and sent identifier.
pub fn read_isotp(address: &Address) -> Result<(i32, u32, u32)> {
    pick(address, |can| match can {
        Can::Isotp { ifindex, rx_id, tx_id } => Some((ifindex, rx_id, tx_id)),
        _ => None,
    })
}

/// The fields of an address of CAN_J1939: interface, name, parameter group and address.
pub fn read_j1939(address: &Address) -> Result<(i32, u64, u32, u8)> {
    pick(address, |can| match can {
        Can::J1939 { ifindex, name, pgn, addr } => Some((ifindex, name, pgn, addr)),
        _ => None,
    })
}

fn pick<T>(address: &Address, form: impl FnOnce(Can) -> Option<T>) -> Result<T> {
    fields(address, AF_CAN, |known| match known {
        Known::Can(can) => form(can),
        _ => None,
    })
}

/// CAN_RAW_FILTER: pairs of identifier and mask; without any, nothing is received.
pub fn set_filters(id: Id, filters: impl ExactSizeIterator<Item = (u32, u32)>) -> Result<i32> {
    let count = filters.len();
    if count > FILTERS_MAX {
        return Err(Code::errno(libc::EINVAL)
            .because(format_args!("count: {count} is not within 0 to {FILTERS_MAX}")));
    }
    let bytes = filters.flat_map(|(id, mask)| [id.to_ne_bytes(), mask.to_ne_bytes()]).flatten();
    let bytes = memory::collect(bytes)?;
    sys::setsockopt(pin_socket(id)?.fd(), SOL_CAN_RAW, CAN_RAW_FILTER, &bytes)?;
    Ok(0)
}

/// CAN_RAW_FILTER.
pub fn filters(id: Id) -> Result<Vec<(u32, u32)>> {
    const ROOM: usize = FILTERS_MAX * FILTER_LEN;
    let (bytes, len) = sys::getsockopt_bytes::<ROOM>(pin_socket(id)?.fd(), SOL_CAN_RAW, CAN_RAW_FILTER)?;
    let pair = |bytes: &[u8]| {
        let word = |at: usize| u32::from_ne_bytes([0, 1, 2, 3].map(|i| bytes[at + i]));
        (word(0), word(4))
    };
    Ok(memory::collect(bytes[..len].chunks_exact(FILTER_LEN).map(pair))?)
}

/// CAN_RAW_ERR_FILTER: the classes of error frames that are received.
pub fn set_errors(id: Id, classes: i64) -> Result<i32> {
    let mask: u32 = within("classes", classes, sys::uapi::CAN_ERR_MASK.into())?;
    sys::setsockopt(pin_socket(id)?.fd(), SOL_CAN_RAW, CAN_RAW_ERR_FILTER, &mask.to_ne_bytes())?;
    Ok(0)
}

/// Waits until an ISO-TP socket has sent its data. Only a signal can end the kernel's own wait for that,
/// which CAN_ISOTP_WAIT_TX_DONE switches on.
pub fn wait_sent(id: Id) -> Result<i32> {
    let pin = pin(id, Kind::Socket, Some(Direction::Write))?;
    let label = Label::of(pin.slot());
    if (label.family, label.proto) != (AF_CAN, CAN_ISOTP) {
        return Err(Code::errno(libc::EPROTONOSUPPORT)
            .because(format_args!("s: not a CAN_ISOTP socket; only those send in the background")));
    }
    Call::new(&pin, Direction::Write).drive(|_| {
        let mut polled = [PollFd::new(pin.fd(), libc::POLLOUT)];
        sys::poll(&mut polled, Some(0))?;
        let found = polled[0].found();
        if found == 0 {
            return Err(Errno(libc::EAGAIN));
        }
        match sys::getsockopt_int(pin.fd(), libc::SOL_SOCKET, libc::SO_ERROR)? {
            0 if found & libc::POLLOUT == 0 => Err(Errno(libc::EAGAIN)),
            0 => Ok(0),
            errno => Err(Errno(errno)),
        }
    })
}
