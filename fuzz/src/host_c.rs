//! Numeric hosts against the C library: inet_pton, inet_ntop, inet_aton, and getaddrinfo with
//! AI_NUMERICHOST, which makes no lookup.

use crate::net::address::codec::escape::Text;
use crate::net::address::codec::{ip, numeric};
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

unsafe extern "C" {
    fn inet_pton(family: c_int, text: *const c_char, out: *mut c_void) -> c_int;
    fn inet_ntop(family: c_int, host: *const c_void, out: *mut c_char, cap: u32) -> *const c_char;
    fn inet_aton(text: *const c_char, out: *mut [u8; 4]) -> c_int;
}

fn pton<const N: usize>(family: c_int, text: &CStr) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    // SAFETY: the text ends with 0, and the family writes N bytes.
    (unsafe { inet_pton(family, text.as_ptr(), (&raw mut bytes).cast()) } == 1).then_some(bytes)
}

fn ntop(host: &IpAddr) -> String {
    let mut text = [0 as c_char; 64];
    let (family, bytes) = match host {
        IpAddr::V4(v4) => (libc::AF_INET, v4.octets().to_vec()),
        IpAddr::V6(v6) => (libc::AF_INET6, v6.octets().to_vec()),
    };
    // SAFETY: a host of this family, and room for more than INET6_ADDRSTRLEN.
    let done = unsafe { inet_ntop(family, bytes.as_ptr().cast(), text.as_mut_ptr(), text.len() as u32) };
    assert!(!done.is_null());
    // SAFETY: inet_ntop wrote a text that ends with 0.
    unsafe { CStr::from_ptr(done) }.to_str().expect("ASCII").to_owned()
}

/// What getaddrinfo answers for a number of one family.
fn numeric_host(text: &CStr, family: c_int) -> Option<IpAddr> {
    // SAFETY: all zeros is a valid hints structure.
    let mut hints: libc::addrinfo = unsafe { std::mem::zeroed() };
    hints.ai_flags = libc::AI_NUMERICHOST;
    hints.ai_family = family;
    hints.ai_socktype = libc::SOCK_STREAM;
    let mut list = std::ptr::null_mut();
    // SAFETY: a text that ends with 0, hints, and a place for the list.
    if unsafe { libc::getaddrinfo(text.as_ptr(), std::ptr::null(), &hints, &mut list) } != 0 {
        return None;
    }
    // SAFETY: a list of at least one entry, whose address is that of its family.
    let host = unsafe {
        match (*list).ai_family {
            libc::AF_INET => {
                let address = (*list).ai_addr.cast::<libc::sockaddr_in>();
                IpAddr::from((*address).sin_addr.s_addr.to_ne_bytes())
            }
            _ => IpAddr::from((*(*list).ai_addr.cast::<libc::sockaddr_in6>()).sin6_addr.s6_addr),
        }
    };
    // SAFETY: the list of getaddrinfo, freed once.
    unsafe { libc::freeaddrinfo(list) };
    Some(host)
}

/// Takes one input; a finding is a panic.
pub fn run(data: &[u8]) {
    if data.len() >= 4 {
        let mut written = Text::new();
        let v4 = IpAddr::from(*data.first_chunk::<4>().expect("four bytes"));
        ip::write_host(&v4, &mut written);
        assert_eq!(written.bytes(), ntop(&v4).as_bytes());
    }
    if let Some(bytes) = data.first_chunk::<16>() {
        let mut written = Text::new();
        let v6 = IpAddr::from(*bytes);
        ip::write_host(&v6, &mut written);
        assert_eq!(written.bytes(), ntop(&v6).as_bytes());
    }

    // C ends a text at its first 0.
    let Ok(text) = CString::new(data) else { return };
    assert_eq!(numeric::v4(data), pton(libc::AF_INET, &text).map(Ipv4Addr::from), "{text:?}");
    assert_eq!(numeric::v6(data), pton(libc::AF_INET6, &text).map(Ipv6Addr::from), "{text:?}");

    let mut octets = [0; 4];
    // SAFETY: a text that ends with 0, and four bytes.
    let read = unsafe { inet_aton(text.as_ptr(), &mut octets) } != 0;
    assert_eq!(
        crate::net::address::codec::inet_aton::v4(data),
        read.then(|| Ipv4Addr::from(octets)),
        "{text:?}"
    );

    // getaddrinfo takes the old forms of IPv4 as well, and zones, which are interfaces of this machine.
    if let Some(host) = numeric::host(data) {
        let family = if host.is_ipv4() { libc::AF_INET } else { libc::AF_INET6 };
        assert_eq!(numeric_host(&text, family), Some(host), "{text:?}");
    } else if !data.is_empty() && !data.contains(&b'%') && !data.contains(&b' ') {
        assert_eq!(numeric_host(&text, libc::AF_INET6), None, "{text:?}");
    }
}
