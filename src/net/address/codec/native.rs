//! A native socket address: the family in the first two bytes, then what the family defines. On macOS and the BSDs the
//! first byte is the length of the address, and the second the family.

use crate::net::codec::refused::{Refused, Why};

/// The most bytes of a native address: those of `struct sockaddr_storage`.
pub(crate) const MAX: usize = 128;
/// Whether the first byte is the length: `sa_len`.
const HAS_LEN: bool = cfg!(all(unix, not(any(target_os = "linux", target_os = "android"))));
/// The bytes before what a family defines.
pub(super) const FAMILY_LEN: usize = 2;

/// A native address with its storage; the bytes beyond its length are zero.
#[derive(Clone, Copy)]
pub struct Native {
    len: usize,
    bytes: [u8; MAX],
}

impl Native {
    /// The address of length 0: the kernel's form of "no address".
    pub const EMPTY: Native = Native { len: 0, bytes: [0; MAX] };

    /// The shortest address of a family: only its number.
    #[inline]
    pub fn of_family(family: u16) -> Native {
        let mut native = Native::EMPTY;
        native.push(&if HAS_LEN { [0, family as u8] } else { family.to_ne_bytes() });
        native
    }

    /// An address of this family and length; all bytes after the family are zero.
    pub fn of_len(family: u16, len: usize) -> Native {
        let mut native = Native { len, ..Native::of_family(family) };
        native.note_len();
        native
    }

    /// Writes a field at an offset.
    ///
    /// # Panics
    /// If it does not fit, which is a bug in the caller.
    pub fn set(&mut self, at: usize, bytes: &[u8]) {
        self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// Appends bytes.
    ///
    /// # Panics
    /// If they do not fit, which is a bug in the caller: it has checked every length.
    #[inline]
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes[self.len..self.len + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
        self.note_len();
    }

    /// Where an address says how long it is.
    #[inline]
    fn note_len(&mut self) {
        if HAS_LEN && self.len > 0 {
            self.bytes[0] = self.len as u8;
        }
    }

    /// These bytes, unchanged.
    pub fn verbatim(bytes: &[u8]) -> Result<Native, Refused> {
        check_len(bytes.len())?;
        let mut native = Native::EMPTY;
        native.push(bytes);
        Ok(native)
    }

    /// The native bytes.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// The whole storage as the words of the C struct.
    #[inline]
    pub fn words(&self) -> [u64; MAX / 8] {
        let mut words = [0; MAX / 8];
        for (word, from) in words.iter_mut().zip(self.bytes.chunks_exact(8)) {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(from);
            *word = u64::from_ne_bytes(bytes);
        }
        words
    }
}

/// Whether an address may have this length: 0, or at least a family and at most the storage.
#[inline]
pub fn check_len(len: usize) -> Result<(), Refused> {
    match len {
        1 => Err(Refused::malformed("len", "1 byte cannot hold a family")),
        0..=MAX => Ok(()),
        _ => {
            let high = MAX as i64;
            let why =
                i64::try_from(len).map_or(Why::Beyond { high }, |value| Why::Range { value, low: 0, high });
            Err(Refused { field: "len", why })
        }
    }
}

/// The family of an address and the bytes after it; `None` if the address is empty.
#[inline]
pub fn split(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (family, rest) = bytes.split_first_chunk::<FAMILY_LEN>()?;
    let family = if HAS_LEN { family[1].into() } else { u16::from_ne_bytes(*family) };
    Some((family, rest))
}
