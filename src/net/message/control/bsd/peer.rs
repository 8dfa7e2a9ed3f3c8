//! Who sent a message: SCM_CREDS of FreeBSD (`struct cmsgcred`, which the sender asks for; LOCAL_CREDS_PERSISTENT's
//! SCM_CREDS2 has no other use here) and of NetBSD (`struct sockcred`, which the receiver asks for). macOS and OpenBSD
//! have none.

use super::super::put::Byte;
#[cfg(target_os = "freebsd")]
use super::super::put::put;
pub use crate::net::codec::credentials::Credentials;
use crate::net::codec::refused::Refused;
#[cfg(not(target_os = "freebsd"))]
use crate::net::codec::refused::Why;

/// Linux's descriptor of a process: no message is of this type.
pub const SCM_PIDFD: i32 = -1;

#[cfg(any(target_os = "freebsd", target_os = "dragonfly"))]
mod native {
    use std::mem::{offset_of, size_of};
    pub const LEN: usize = size_of::<libc::cmsgcred>();
    pub const PID: usize = offset_of!(libc::cmsgcred, cmcred_pid);
    pub const UID: usize = offset_of!(libc::cmsgcred, cmcred_uid);
    pub const GID: usize = offset_of!(libc::cmsgcred, cmcred_gid);
}

#[cfg(target_os = "netbsd")]
mod native {
    use std::mem::offset_of;
    /// As far as the number of groups.
    pub const LEN: usize = offset_of!(libc::sockcred, sc_groups);
    pub const PID: usize = offset_of!(libc::sockcred, sc_pid);
    pub const UID: usize = offset_of!(libc::sockcred, sc_uid);
    pub const GID: usize = offset_of!(libc::sockcred, sc_gid);
}

impl Credentials {
    /// Appends them as one message. The kernel of FreeBSD fills it in; elsewhere there is none to send.
    pub fn put(self, control: &mut [impl Byte], used: &mut usize) -> Result<(), Refused> {
        #[cfg(target_os = "freebsd")]
        return put(control, used, libc::SOL_SOCKET, libc::SCM_CREDS, &[0; native::LEN]);
        #[cfg(not(target_os = "freebsd"))]
        {
            let _ = (self, control, used);
            let why = Why::OtherPlatform("credentials are sent on Linux and FreeBSD only");
            Err(Refused { field: "control", why })
        }
    }

    /// Finds them (R115).
    pub fn find(control: &[u8]) -> Result<Option<Credentials>, Refused> {
        #[cfg(any(target_os = "freebsd", target_os = "dragonfly", target_os = "netbsd"))]
        {
            use super::super::walk::find_as;
            use crate::net::codec::bytes::{i32_at, u32_at};
            find_as(control, &[(libc::SOL_SOCKET, libc::SCM_CREDS)], |_, data| {
                let data = data.get(..native::LEN)?;
                Some(Credentials {
                    pid: i32_at(data, native::PID)?,
                    uid: u32_at(data, native::UID)?,
                    gid: u32_at(data, native::GID)?,
                })
            })
        }
        #[cfg(not(any(target_os = "freebsd", target_os = "dragonfly", target_os = "netbsd")))]
        {
            let _ = control;
            Ok(None)
        }
    }
}

#[cfg(any(target_os = "freebsd", target_os = "dragonfly", target_os = "netbsd"))]
pub(super) const LEN: usize = native::LEN;
#[cfg(not(any(target_os = "freebsd", target_os = "dragonfly", target_os = "netbsd")))]
pub(super) const LEN: usize = 0;
