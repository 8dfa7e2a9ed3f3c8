use super::{arg, guard, sock_t};
use crate::net::handle::Id;
use crate::net::option::peer;
use crate::sys;
use std::ffi::c_int;

/// Gets the process at the other end of an AF_UNIX connection.
///
/// `pid`, `uid`, `gid`: receive process, user and group, as they were at connect, listen or
/// socketpair; each may be NULL. The pid is 0 if the process is in a PID namespace that this one
/// cannot see. Another process may have the number by now: see `sock_peer_pidfd`.
/// Returns 0; -ENOTCONN for an AF_UNIX socket without a peer; -EOPNOTSUPP for other families. See
/// unix(7), SO_PEERCRED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_peer_cred(s: sock_t, pid: *mut i64, uid: *mut i64, gid: *mut i64) -> c_int {
    guard(|| {
        let found = peer::credentials(Id(s))?;
        for (place, value) in [(pid, found.pid.into()), (uid, found.uid.into()), (gid, found.gid.into())] {
            // SAFETY: each is NULL or valid, as the header demands.
            unsafe { arg::optional_output(place) }.map(|place| place.write(value));
        }
        Ok(0)
    })
}

/// Opens a pidfd of the process at the other end of an AF_UNIX connection.
///
/// No later process can take its place. Use it with pidfd_send_signal(2), waitid(2) and poll(2).
/// Returns the descriptor, which the caller closes with close(2); -ESRCH if the process is gone;
/// -ENOPROTOOPT before Linux 6.5; -ENOTCONN and -EOPNOTSUPP as `sock_peer_cred`. See pidfd_open(2),
/// SO_PEERPIDFD.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn sock_peer_pidfd(s: sock_t) -> c_int {
    guard(|| Ok(sys::into_number(peer::process(Id(s))?)))
}
