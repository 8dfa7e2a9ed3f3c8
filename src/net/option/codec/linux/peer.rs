//! The other end of a connection: `struct ucred` and the flags of `struct mptcp_info`.

use crate::net::codec::bytes::u32_at;
use crate::net::codec::credentials::Credentials;

/// The user and the group that the kernel reports for a socket without a peer.
const NOBODY: u32 = u32::MAX;

/// The peer in a `struct ucred`; `None` if the kernel knows none.
pub fn credentials(bytes: &[u8]) -> Option<Credentials> {
    Credentials::read(bytes).filter(|found| found.uid != NOBODY || found.gid != NOBODY)
}

/// The state of MPTCP on a connection that asked for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Multipath {
    /// No peer has answered yet.
    Asked,
    /// Both ends speak it.
    Active,
    /// The connection has fallen back to TCP.
    FellBack,
}

/// The offset of the flags in a `struct mptcp_info`: linux/mptcp.h.
const FLAGS: usize = 8;
const FALLBACK: u32 = 1 << 0;
const REMOTE_KEY_RECEIVED: u32 = 1 << 1;

/// The state in a `struct mptcp_info`; `None` if it is too short to hold one.
pub fn multipath(bytes: &[u8]) -> Option<Multipath> {
    let flags = u32_at(bytes, FLAGS)?;
    Some(if flags & FALLBACK != 0 {
        Multipath::FellBack
    } else if flags & REMOTE_KEY_RECEIVED != 0 {
        Multipath::Active
    } else {
        Multipath::Asked
    })
}
