//! getaddrinfo(3), and getnameinfo(3) as an operation.

use super::host::{Names, ask_names};
use super::list::List;
use super::machine::{Lookup, Progress};
use super::pool::submit;
use super::request::{Request, Resolution};
use super::resolve::wait;
use super::resolver_call::Resolved;
use crate::net::error::Result;
use crate::net::handle::Id;
use crate::net::operation::{self, Limits};
use crate::sys::{AddrInfo, Address, Hints, Lock};

/// getaddrinfo(3) within limits: a list.
pub fn getaddrinfo(host: Option<&[u8]>, port: Option<&[u8]>, hints: Hints, limits: Limits) -> Result<Id> {
    List::open(match Request::ask(host, port, hints)? {
        Resolution::Known(found) => found,
        Resolution::Open(request) => wait(limits, request.call(hints.family))?.addresses()?,
    })
}

/// Starts getaddrinfo(3) as an operation.
pub fn start(host: Option<&[u8]>, port: Option<&[u8]>, hints: Hints, limits: Limits) -> Result<Id> {
    let asked = Request::ask(host, port, hints)?;
    operation::start(limits, |watch| {
        let progress = match asked {
            Resolution::Known(found) => Progress::Known(found),
            Resolution::Open(request) => {
                Progress::Running(submit(request.call(hints.family), watch.wake_fd())?)
            }
        };
        Ok(Lookup { progress: Lock::new(progress), of: Resolved::addresses })
    })
}

/// A step of it: the list, or `None`.
pub fn step(operation: Id) -> Result<Option<Id>> {
    operation::step::<Lookup<Vec<AddrInfo>>>(operation)?.map(List::open).transpose()
}

/// Starts getnameinfo(3) as an operation.
pub fn names_start(address: &Address, flags: i32, limits: Limits) -> Result<Id> {
    let asked = ask_names(address, flags)?;
    operation::start(limits, |watch| {
        let progress = match asked {
            (call, true) => Progress::Known(call.run()?.names()?),
            (call, false) => Progress::Running(submit(call, watch.wake_fd())?),
        };
        Ok(Lookup { progress: Lock::new(progress), of: Resolved::names })
    })
}

/// A step of it: host and service, or `None`.
pub fn names_step(operation: Id) -> Result<Option<Names>> {
    operation::step::<Lookup<Names>>(operation)
}
