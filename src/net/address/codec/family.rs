//! The families that libsock knows by their fields, and the one form in which it writes each.

use super::native::{Native, split};
use super::number::{AF_INET, AF_INET6, AF_UNIX};
use super::platform;
use super::{ip, unix};
use crate::net::codec::refused::Refused;
use std::net::SocketAddr;

/// The fields of an address of a known family.
pub enum Known<'a> {
    Ip(SocketAddr),
    Unix(&'a [u8]),
    /// A family that only some systems have.
    Platform(platform::Known<'a>),
}

impl<'a> Known<'a> {
    /// Reads the fields; `None` for other families and for forms that are too short or too long.
    pub fn read(bytes: &'a [u8]) -> Option<Known<'a>> {
        match split(bytes)? {
            (AF_INET | AF_INET6, _) => ip::read(bytes).map(Known::Ip),
            (AF_UNIX, name) => unix::read(name).map(Known::Unix),
            (family, _) => platform::Known::read(family, bytes).map(Known::Platform),
        }
    }

    /// The native form that libsock writes for these fields.
    pub fn native(&self) -> Native {
        match self {
            Known::Ip(address) => ip::native(address),
            Known::Unix(name) => unix::native(name),
            Known::Platform(fields) => fields.native(),
        }
    }
}

/// The form in which libsock keeps an address from outside: that of its fields if libsock knows them (without
/// stray bytes in the padding or after a path's NUL), otherwise the bytes unchanged.
pub fn canonical(bytes: &[u8]) -> Result<Native, Refused> {
    let verbatim = Native::verbatim(bytes)?;
    Ok(Known::read(bytes).map_or(verbatim, |known| known.native()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(bytes: &[u8]) -> Vec<u8> {
        canonical(bytes).expect("an address").bytes().to_vec()
    }

    /// Bytes after a family number.
    fn of(family: u16, rest: &[u8]) -> Vec<u8> {
        [&family.to_ne_bytes(), rest].concat()
    }

    #[test]
    fn stray_bytes_go() {
        let v4 = of(AF_INET, &[0, 80, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
        let mut stray = v4.clone();
        stray[8..].fill(0xaa);
        assert_eq!(kept(&stray), v4, "sin_zero");
        stray.resize(128, 0xbb);
        assert_eq!(kept(&stray), v4, "the length of a sockaddr_storage");

        let v6 = of(AF_INET6, &[[0x11; 26].as_slice()].concat());
        assert_eq!(kept(&v6), v6);
        assert_eq!(kept(&[v6.clone(), vec![1; 100]].concat()), v6);

        let path = of(AF_UNIX, b"/run/x\0");
        assert_eq!(kept(&of(AF_UNIX, b"/run/x")), path, "without the NUL");
        assert_eq!(kept(&of(AF_UNIX, b"/run/x\0stray\0")), path);
        assert_eq!(
            kept(&of(AF_UNIX, &[b"/run/x".as_slice(), &[0; 102]].concat())),
            path,
            "the whole sun_path"
        );
    }

    #[test]
    fn every_byte_of_an_abstract_name_counts() {
        for name in [b"\0".as_slice(), b"\0\0", b"\0name", b"\0a\0b\0", &[0; 108]] {
            assert_eq!(kept(&of(AF_UNIX, name)), of(AF_UNIX, name));
        }
    }

    #[test]
    fn a_path_without_room_for_its_nul() {
        let full = of(AF_UNIX, &[b'p'; 108]);
        assert_eq!(kept(&full), full);
        // The kernel returns such a path with its NUL, one byte past the struct, but does not accept it so.
        assert_eq!(kept(&[full.as_slice(), &[0]].concat()), full);
        let longer = of(AF_UNIX, &[b'p'; 109]);
        assert_eq!(kept(&longer), longer);
    }

    #[test]
    fn other_forms_are_kept_as_they_are() {
        let odd: [&[u8]; 8] =
            [&[], &[0, 0], &[2, 0], &[2, 0, 0, 80, 1, 2, 3], &[10, 0, 9], &[9; 24], &[44; 128], &[1, 0]];
        for bytes in odd {
            assert_eq!(kept(bytes), bytes);
        }
        let rfc2133 = of(AF_INET6, &[7; 22]);
        assert_eq!(kept(&rfc2133), rfc2133, "24 bytes, without the scope");
    }

    #[test]
    fn no_more_than_the_storage_and_no_half_family() {
        assert_eq!(
            canonical(&[0; 129]).map(|_| ()).unwrap_err().to_string(),
            "len: 129 is not within 0 to 128"
        );
        assert_eq!(canonical(&[2]).map(|_| ()).unwrap_err().to_string(), "len: 1 byte cannot hold a family");
    }
}
