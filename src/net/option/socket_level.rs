//! Options at the level of sockets: keepalive, linger, buffers.

use super::codec::span::{SECOND, nanoseconds};
use super::platform::{TCP_KEEPCNT, TCP_KEEPIDLE, TCP_KEEPINTVL};
use super::{pin_socket, refused, whole};
use crate::net::deadline::{READ, WRITE};
use crate::net::error::Result;
use crate::net::handle::Id;
use crate::net::time::Nanos;
use crate::sys::{self, number as limit};
use libc::{IPPROTO_TCP, SO_KEEPALIVE, SO_LINGER, SO_RCVBUF, SO_SNDBUF, SOL_SOCKET};

/// Switches keepalive on or off and sets its three figures, except those that are 0. All are checked before
/// the first is set, so that a refusal changes nothing.
pub fn set_keepalive(id: Id, on: bool, idle: i64, interval: i64, count: i32) -> Result<i32> {
    let seconds = |field, ns| match ns {
        0 => Ok(0),
        ns => whole(field, ns, SECOND, 1, limit::KEEPALIVE_SECONDS_MAX),
    };
    let (idle, interval) = (seconds("idle", idle)?, seconds("interval", interval)?);
    if !(0..=limit::KEEPALIVE_COUNT_MAX).contains(&count) {
        let most = limit::KEEPALIVE_COUNT_MAX;
        return Err(refused("count", format_args!("{count} is not within 0 to {most}")));
    }
    let pin = pin_socket(id)?;
    for (name, value) in [(TCP_KEEPIDLE, idle), (TCP_KEEPINTVL, interval), (TCP_KEEPCNT, count)] {
        if value != 0 {
            sys::setsockopt(pin.fd(), IPPROTO_TCP, name, &value.to_ne_bytes())?;
        }
    }
    sys::setsockopt(pin.fd(), SOL_SOCKET, SO_KEEPALIVE, &i32::from(on).to_ne_bytes())?;
    Ok(0)
}

/// The figures of keepalive.
#[derive(Default)]
pub struct Keepalive {
    pub idle: i64,
    pub interval: i64,
    pub count: i32,
}

/// Whether keepalive is on, and if `figures` is set, its three figures, which only TCP has.
pub fn keepalive(id: Id, figures: bool) -> Result<(bool, Keepalive)> {
    let pin = pin_socket(id)?;
    let get = |level, name| sys::getsockopt_int(pin.fd(), level, name);
    let on = get(SOL_SOCKET, SO_KEEPALIVE)? != 0;
    if !figures {
        return Ok((on, Keepalive::default()));
    }
    let seconds = |name| get(IPPROTO_TCP, name).map(|seconds| nanoseconds(seconds, SECOND));
    let idle = seconds(TCP_KEEPIDLE)?;
    let interval = seconds(TCP_KEEPINTVL)?;
    Ok((on, Keepalive { idle, interval, count: get(IPPROTO_TCP, TCP_KEEPCNT)? }))
}

/// SO_LINGER. Forever is the longest span that the system's seconds can hold: 68 years, on Windows 18 hours.
pub fn set_linger(id: Id, on: bool, span: i64) -> Result<i32> {
    let most = sys::LINGER_SECONDS_MAX;
    let seconds = if span >= Nanos::FOREVER.0 { most } else { whole("span", span, SECOND, 0, most.into())? };
    let pin = pin_socket(id)?;
    sys::setsockopt(pin.fd(), SOL_SOCKET, SO_LINGER, &sys::linger_bytes(on, seconds))?;
    pin.slot().set_may_linger();
    Ok(0)
}

/// SO_LINGER: whether it is on, and its span.
pub fn linger(id: Id) -> Result<(bool, i64)> {
    let (value, _) = sys::getsockopt_bytes(pin_socket(id)?.fd(), SOL_SOCKET, SO_LINGER)?;
    let (on, seconds) = sys::linger_of(value);
    Ok((on, if seconds == sys::LINGER_SECONDS_MAX { Nanos::FOREVER.0 } else { nanoseconds(seconds, SECOND) }))
}

fn buffer_option(direction: i32) -> Result<i32> {
    match direction {
        READ => Ok(SO_RCVBUF),
        WRITE => Ok(SO_SNDBUF),
        _ => Err(refused("direction", format_args!("{direction} is neither SOCK_READ nor SOCK_WRITE"))),
    }
}

/// SO_RCVBUF or SO_SNDBUF: returns the size that the kernel chose.
pub fn set_buffer(id: Id, direction: i32, bytes: i64) -> Result<i64> {
    let name = buffer_option(direction)?;
    let value = i32::try_from(bytes).ok().filter(|bytes| *bytes >= 0);
    let value =
        value.ok_or_else(|| refused("bytes", format_args!("{bytes} is not within 0 to {}", i32::MAX)))?;
    let pin = pin_socket(id)?;
    sys::setsockopt(pin.fd(), SOL_SOCKET, name, &value.to_ne_bytes())?;
    Ok(sys::getsockopt_int(pin.fd(), SOL_SOCKET, name)?.into())
}

/// SO_RCVBUF or SO_SNDBUF as the kernel counts.
pub fn buffer(id: Id, direction: i32) -> Result<i64> {
    let name = buffer_option(direction)?;
    Ok(sys::getsockopt_int(pin_socket(id)?.fd(), SOL_SOCKET, name)?.into())
}
