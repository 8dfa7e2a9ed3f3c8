//! The socket address as C sees it.

/// A socket address of any family: a native address and its length. Its 136 bytes never change.
///
/// Make one with the functions below. `{0}` is the empty address, which results when the kernel
/// names none. Copy addresses by assignment; they own nothing.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Address {
    /// Length of `native`: 0, or 2 to 128.
    pub len: u32,
    /// Must be 0.
    pub zero: u32,
    /// The native address (`struct sockaddr_in` ...), aligned for any family.
    pub native: [u64; 16],
}

const _: () = assert!(size_of::<Address>() == 136);
// OpenBSD's has 256 bytes, of which no family of its own uses more than 110.
const _: () =
    assert!(size_of::<libc::sockaddr_storage>() == if cfg!(target_os = "openbsd") { 256 } else { 128 });

impl Address {
    /// The longest native address: a `struct sockaddr_storage`.
    pub(crate) const CAPACITY: usize = 128;

    /// One more than a `struct sockaddr_un`.
    const UNIX_OVERLONG: u32 = size_of::<libc::sockaddr_un>() as u32 + 1;

    /// The empty address.
    pub(crate) const NONE: Address = Address { len: 0, zero: 0, native: [0; 16] };

    /// An address of native bytes; what is beyond the storage is cut.
    pub fn of(bytes: &[u8]) -> Address {
        let bytes = &bytes[..bytes.len().min(Address::CAPACITY)];
        let mut address = Address { len: bytes.len() as u32, ..Address::NONE };
        for (word, from) in address.native.iter_mut().zip(bytes.chunks(8)) {
            let mut whole = [0; 8];
            whole[..from.len()].copy_from_slice(from);
            *word = u64::from_ne_bytes(whole);
        }
        address
    }

    /// The length for a system call that takes an address. Of an AF_UNIX path of 108 bytes the kernel counts a NUL
    /// that has no room, so that it reports one byte more than it takes.
    #[inline(always)]
    pub(crate) fn call_len(&self) -> u32 {
        let len = self.len.min(Address::CAPACITY as u32);
        if len == Address::UNIX_OVERLONG && self.is_unix() { len - 1 } else { len }
    }

    #[cold]
    fn is_unix(&self) -> bool {
        // The family: two bytes, or the second where the first is the length.
        let family: [u8; 2] = if cfg!(all(unix, not(any(target_os = "linux", target_os = "android")))) {
            [self.len as u8, libc::AF_UNIX as u8]
        } else {
            (libc::AF_UNIX as u16).to_ne_bytes()
        };
        self.bytes().starts_with(&family)
    }

    /// The native bytes. A length beyond the storage, which only a foreign value can have, is cut.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        let len = (self.len as usize).min(size_of_val(&self.native));
        // SAFETY: the words are initialised, any of their bytes is a u8, and the length is within them.
        unsafe { std::slice::from_raw_parts(self.native.as_ptr().cast(), len) }
    }
}
