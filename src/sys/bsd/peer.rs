//! The process at the other end of an AF_UNIX connection, and the kernel controls of macOS.

use crate::sys::Result;
use crate::sys::unix::ret::of_libc;
use std::mem::{MaybeUninit, size_of};

/// An option that is a struct.
fn option<T>(fd: i32, level: i32, name: i32) -> Result<T> {
    let mut value = MaybeUninit::<T>::zeroed();
    let mut len = size_of::<T>() as libc::socklen_t;
    // SAFETY: at most the size of the struct is written to it; its callers ask for structs of numbers only, for which
    // all zeros are a value.
    unsafe {
        of_libc(libc::getsockopt(fd, level, name, value.as_mut_ptr().cast(), &mut len))?;
        Ok(value.assume_init())
    }
}

/// Process (0 where it is not reported), user and group of the peer when it connected.
#[cfg(target_vendor = "apple")]
pub fn peer_credentials(fd: i32) -> Result<(i32, u32, u32)> {
    let peer: libc::xucred = option(fd, libc::SOL_LOCAL, libc::LOCAL_PEERCRED)?;
    let pid = option(fd, libc::SOL_LOCAL, libc::LOCAL_PEERPID).unwrap_or(0);
    Ok((pid, peer.cr_uid, peer.cr_groups[0]))
}

/// Process (0 where it is not reported), user and group of the peer when it connected.
#[cfg(target_os = "freebsd")]
pub fn peer_credentials(fd: i32) -> Result<(i32, u32, u32)> {
    let peer: libc::xucred = option(fd, libc::SOL_LOCAL, libc::LOCAL_PEERCRED)?;
    // SAFETY: FreeBSD 13 and later have the process there; earlier ones a pointer of zero.
    let pid = unsafe { peer.cr_pid__c_anonymous_union.cr_pid };
    Ok((pid, peer.cr_uid, peer.cr_groups[0]))
}

/// Process, user and group of the peer when it connected.
#[cfg(target_os = "netbsd")]
pub fn peer_credentials(fd: i32) -> Result<(i32, u32, u32)> {
    // sys/un.h: the level of the options of AF_UNIX is 0.
    let peer: libc::unpcbid = option(fd, 0, libc::LOCAL_PEEREID)?;
    Ok((peer.unp_pid, peer.unp_euid, peer.unp_egid))
}

/// Process, user and group of the peer when it connected.
#[cfg(target_os = "openbsd")]
pub fn peer_credentials(fd: i32) -> Result<(i32, u32, u32)> {
    let peer: libc::sockpeercred = option(fd, libc::SOL_SOCKET, libc::SO_PEERCRED)?;
    Ok((peer.pid, peer.uid, peer.gid))
}

/// User and group of the peer when it connected: getpeereid(3).
#[cfg(not(any(
    target_vendor = "apple",
    target_os = "freebsd",
    target_os = "netbsd",
    target_os = "openbsd"
)))]
pub fn peer_credentials(fd: i32) -> Result<(i32, u32, u32)> {
    let (mut uid, mut gid) = (0, 0);
    // SAFETY: two places of ours.
    of_libc(unsafe { libc::getpeereid(fd, &mut uid, &mut gid) })?;
    Ok((0, uid, gid))
}

/// The number of a kernel control, by its name: CTLIOCGINFO on a socket of SYSPROTO_CONTROL.
#[cfg(target_vendor = "apple")]
pub fn kernel_control(name: &[u8]) -> Result<u32> {
    use crate::sys::{Errno, socket};
    use std::os::fd::AsRawFd;
    let socket = socket(libc::PF_SYSTEM, libc::SOCK_DGRAM, libc::SYSPROTO_CONTROL)?;
    let mut info = libc::ctl_info { ctl_id: 0, ctl_name: [0; 96] };
    if name.len() >= info.ctl_name.len() {
        return Err(Errno(libc::ENAMETOOLONG));
    }
    for (place, letter) in info.ctl_name.iter_mut().zip(name) {
        *place = *letter as libc::c_char;
    }
    // SAFETY: the request reads the name and writes the number, both in a struct of ours.
    of_libc(unsafe { libc::ioctl(socket.as_raw_fd(), libc::CTLIOCGINFO, &raw mut info) })?;
    Ok(info.ctl_id)
}
