use super::{arg, guard, sock_t};
use crate::net::handle::Id;
use crate::net::option::peer;
use std::ffi::c_int;
use std::os::fd::IntoRawFd;

/// The process at the other end of an AF_UNIX connection, as it was when the connection was made:
/// by connect, listen or socketpair.
///
/// `pid`, `uid`, `gid`: receive process, user and group; each may be NULL. The process is 0 where it is in
/// a PID namespace that this process cannot see. Its number may be another's by now: `sock_peer_pidfd`.
/// Returns 0; -ENOTCONN for an AF_UNIX socket without a peer; -EOPNOTSUPP for other families; -EBADF.
/// Any thread. Since 0.1.0. See unix(7), SO_PEERCRED.
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

/// A descriptor of the process at the other end of an AF_UNIX connection, which no later process can
/// take over: for pidfd_send_signal(2), waitid(2), poll(2).
///
/// Returns the descriptor, close-on-exec, which the caller closes with close(2); -ESRCH when the process
/// is gone; -ENOPROTOOPT when the kernel is older than Linux 6.5; -ENOTCONN and -EOPNOTSUPP as
/// `sock_peer_cred`; -EMFILE; -EBADF. Any thread. Since 0.1.0. See pidfd_open(2), SO_PEERPIDFD.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn sock_peer_pidfd(s: sock_t) -> c_int {
    guard(|| Ok(peer::process(Id(s))?.into_raw_fd()))
}
