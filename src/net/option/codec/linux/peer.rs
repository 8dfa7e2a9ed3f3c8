//! Who is at the other end: `struct ucred` and the flags of `struct mptcp_info`.

use super::super::bytes::Written;

/// The process that made the other end of an AF_UNIX connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Credentials {
    /// Its number; 0 where this process cannot see it.
    pub pid: i64,
    /// Its user.
    pub uid: i64,
    /// Its group.
    pub gid: i64,
}

/// What the kernel says of a socket that has no peer.
const NOBODY: u32 = u32::MAX;

/// The peer of a `struct ucred`; none where the kernel knows none.
pub fn credentials(bytes: &[u8]) -> Option<Credentials> {
    let written = Written(bytes);
    let (pid, uid, gid) = (written.u32(0)?, written.u32(4)?, written.u32(8)?);
    if uid == NOBODY && gid == NOBODY {
        return None;
    }
    Some(Credentials { pid: i64::from(pid as i32), uid: uid.into(), gid: gid.into() })
}

/// How far MPTCP has come on a connection that asked for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Multipath {
    /// No peer has answered yet.
    Asked,
    /// Both ends speak it.
    Active,
    /// The connection has fallen back to TCP.
    FellBack,
}

/// Where the flags of a `struct mptcp_info` lie: linux/mptcp.h.
const FLAGS: usize = 8;
const FALLBACK: u32 = 1 << 0;
const REMOTE_KEY_RECEIVED: u32 = 1 << 1;

/// The state in a `struct mptcp_info`; none where it is too short to hold one.
pub fn multipath(bytes: &[u8]) -> Option<Multipath> {
    let flags = Written(bytes).u32(FLAGS)?;
    Some(if flags & FALLBACK != 0 {
        Multipath::FellBack
    } else if flags & REMOTE_KEY_RECEIVED != 0 {
        Multipath::Active
    } else {
        Multipath::Asked
    })
}
