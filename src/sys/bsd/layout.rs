//! The layouts that libsock relies on, as the headers of each system have them: what the libc crate says is compared
//! when the library is compiled.

use std::mem::{offset_of, size_of};

// net/if_dl.h: AF_LINK. `net/address/codec/bsd/link.rs` writes these bytes.
const _: () = {
    assert!(offset_of!(libc::sockaddr_dl, sdl_index) == 2 && offset_of!(libc::sockaddr_dl, sdl_type) == 4);
    assert!(offset_of!(libc::sockaddr_dl, sdl_nlen) == 5 && offset_of!(libc::sockaddr_dl, sdl_alen) == 6);
    assert!(offset_of!(libc::sockaddr_dl, sdl_slen) == 7 && offset_of!(libc::sockaddr_dl, sdl_data) == 8);
    let size = if cfg!(target_vendor = "apple") {
        20
    } else if cfg!(target_os = "freebsd") {
        54
    } else {
        32
    };
    assert!(size_of::<libc::sockaddr_dl>() == size);
};

// sys/socket.h: every address begins with its length.
const _: () = {
    assert!(offset_of!(libc::sockaddr, sa_len) == 0 && offset_of!(libc::sockaddr, sa_family) == 1);
    assert!(size_of::<libc::sockaddr_in>() == 16 && size_of::<libc::sockaddr_in6>() == 28);
    assert!(offset_of!(libc::sockaddr_un, sun_path) == 2);
};

// sys/ucred.h, sys/un.h, sys/socket.h: the peer's credentials. A kernel that finds another size refuses the option.
#[cfg(target_vendor = "apple")]
const _: () = {
    assert!(size_of::<libc::xucred>() == 76);
    assert!(offset_of!(libc::xucred, cr_uid) == 4 && offset_of!(libc::xucred, cr_groups) == 12);
};
#[cfg(all(target_os = "freebsd", target_pointer_width = "64"))]
const _: () = {
    assert!(size_of::<libc::xucred>() == 88);
    assert!(offset_of!(libc::xucred, cr_uid) == 4 && offset_of!(libc::xucred, cr_groups) == 12);
    assert!(offset_of!(libc::xucred, cr_pid__c_anonymous_union) == 80);
};
#[cfg(target_os = "netbsd")]
const _: () = assert!(size_of::<libc::unpcbid>() == 12 && offset_of!(libc::unpcbid, unp_egid) == 8);
#[cfg(target_os = "openbsd")]
const _: () = assert!(size_of::<libc::sockpeercred>() == 12 && offset_of!(libc::sockpeercred, pid) == 8);

// sys/kern_control.h: PF_SYSTEM.
#[cfg(target_vendor = "apple")]
const _: () = {
    assert!(size_of::<libc::ctl_info>() == 100 && offset_of!(libc::ctl_info, ctl_name) == 4);
    assert!(size_of::<libc::sockaddr_ctl>() == 32);
    assert!(offset_of!(libc::sockaddr_ctl, sc_id) == 4 && offset_of!(libc::sockaddr_ctl, sc_unit) == 8);
};

// sys/event.h. FreeBSD 12 and later have four words more at the end.
#[cfg(target_pointer_width = "64")]
const _: () = {
    let (data, udata, size) = if cfg!(target_os = "netbsd") { (24, 32, 40) } else { (16, 24, 32) };
    assert!(offset_of!(libc::kevent, data) == data && offset_of!(libc::kevent, udata) == udata);
    let longer = cfg!(target_os = "freebsd") && size_of::<libc::kevent>() == 64;
    assert!(size_of::<libc::kevent>() == size || longer);
};
