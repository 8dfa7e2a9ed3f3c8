//! AF_UNIX: a path, an abstract name (leading NUL, every byte counts) or no name. See unix(7).

use super::escape::{Text, unescape};
use super::native::Native;
use super::number::AF_UNIX;
use crate::net::codec::refused::{Refused, Why};

/// Whether a name may begin with a NUL, and then lies in no file system. Elsewhere such bytes are no name.
const HAS_ABSTRACT: bool = cfg!(any(target_os = "linux", target_os = "android"));
/// The bytes of `sun_path`: 104 on macOS and the BSDs.
const PATH_LEN: usize =
    if cfg!(all(unix, not(any(target_os = "linux", target_os = "android")))) { 104 } else { 108 };

/// The name in the bytes after the family: a path without its NUL, an abstract name with its leading NUL, or
/// nothing; `None` if the name is too long.
pub fn read(bytes: &[u8]) -> Option<&[u8]> {
    let name = match bytes {
        [0, ..] if !HAS_ABSTRACT => &[],
        [] | [0, ..] => bytes,
        path => path.split(|&byte| byte == 0).next()?,
    };
    (name.len() <= PATH_LEN).then_some(name)
}

/// The native form of a name that is not longer than `sun_path`. A path has its NUL if there is room.
pub fn native(name: &[u8]) -> Native {
    let mut native = Native::of_family(AF_UNIX);
    native.push(name);
    if name.len() < PATH_LEN && !matches!(name, [] | [0, ..]) {
        native.push(&[0]);
    }
    native
}

/// The address of a caller's name.
pub fn new(name: &[u8]) -> Result<Native, Refused> {
    if !HAS_ABSTRACT && name.first() == Some(&0) {
        return Err(Refused { field: "path", why: Why::OtherPlatform("abstract names exist on Linux only") });
    }
    let (path, max) = match name {
        [] | [0, ..] => (false, PATH_LEN),
        _ => (true, PATH_LEN - 1),
    };
    if name.len() > max {
        return Err(Refused { field: "path", why: Why::TooLong { len: name.len(), max } });
    }
    if path && name.contains(&0) {
        return Err(Refused::malformed("path", "a path cannot hold a NUL"));
    }
    Ok(native(name))
}

/// The address of the name after `unix:`.
pub fn parse(text: &[u8]) -> Result<Native, Refused> {
    let mut name = [0; PATH_LEN + 1];
    let (skip, text) = match text {
        [b'@', rest @ ..] => (1, rest),
        _ => (0, text),
    };
    let len = skip + unescape(text, &mut name[skip..], "path")?;
    let Some(name) = name.get(..len) else {
        let max = if skip == 1 { PATH_LEN } else { PATH_LEN - 1 };
        return Err(Refused { field: "path", why: Why::TooLong { len, max } });
    };
    if skip == 0 && name.first() == Some(&0) {
        return Err(Refused::malformed("path", "a path cannot hold a NUL; an abstract name begins with @"));
    }
    new(name)
}

/// Writes the text form of a name; false if the path is too long to have one.
pub fn write(name: &[u8], to: &mut Text) -> bool {
    if name.len() >= PATH_LEN && name[0] != 0 {
        return false;
    }
    to.push(b"unix:");
    match name {
        [0, rest @ ..] => {
            to.push(b"@");
            to.escape(rest, b"");
        }
        [b'@', rest @ ..] => {
            to.push(b"%40");
            to.escape(rest, b"");
        }
        _ => to.escape(name, b""),
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(result: Result<Native, Refused>) -> Why {
        result.map(|native| native.bytes().to_vec()).unwrap_err().why
    }

    #[test]
    fn the_three_kinds_and_their_lengths() {
        // At most 107 bytes of path, because its NUL counts; 108 of an abstract name.
        assert_eq!(new(b"").unwrap().bytes(), 1_u16.to_ne_bytes());
        assert_eq!(&new(b"/run/x").unwrap().bytes()[2..], b"/run/x\0");
        assert_eq!(&new(b"\0a\0").unwrap().bytes()[2..], b"\0a\0");
        assert_eq!(new(&[b'p'; 107]).unwrap().bytes().len(), 110);
        assert_eq!(refused(new(&[b'p'; 108])), Why::TooLong { len: 108, max: 107 });
        assert_eq!(new(&[0; 108]).unwrap().bytes().len(), 110);
        assert_eq!(refused(new(&[0; 109])), Why::TooLong { len: 109, max: 108 });
    }

    #[test]
    fn only_abstract_names_may_hold_a_nul() {
        for path in [b"a\0".as_slice(), b"a\0b"] {
            assert!(matches!(refused(new(path)), Why::Malformed(_)));
        }
        for text in ["a%00", "%00", "%00name"] {
            assert!(matches!(refused(parse(text.as_bytes())), Why::Malformed(_)), "{text}");
        }
        assert_eq!(&parse(b"@a%00").unwrap().bytes()[2..], b"\0a\0");
    }

    #[test]
    fn lengths_are_judged_after_the_escapes() {
        assert_eq!(parse("%61".repeat(107).as_bytes()).unwrap().bytes().len(), 110);
        assert_eq!(refused(parse("%61".repeat(108).as_bytes())), Why::TooLong { len: 108, max: 107 });
        assert_eq!(refused(parse("p".repeat(5000).as_bytes())), Why::TooLong { len: 5000, max: 107 });
        assert_eq!(parse(format!("@{}", "%00".repeat(107)).as_bytes()).unwrap().bytes().len(), 110);
        let over = format!("@{}", "x".repeat(108));
        assert_eq!(refused(parse(over.as_bytes())), Why::TooLong { len: 109, max: 108 });
    }
}
