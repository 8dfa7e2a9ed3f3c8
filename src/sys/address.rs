//! The storage of a socket address, as C and the kernel see it.

/// A socket address of any family: the length of the native form and its bytes.
///
/// A plain value: copy it, compare it, keep it. It owns nothing and is never freed.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RawAddress {
    /// Length of the native address in bytes, 0 to 128; 0 means that there is none.
    pub len: u32,
    /// Always 0.
    pub zero: u32,
    /// The native address: a `struct sockaddr` of any family, the rest 0.
    pub native: [u64; 16],
}

impl RawAddress {
    /// The longest native address: a `struct sockaddr_storage`.
    pub const CAPACITY: usize = 128;

    /// The address that is none.
    pub const NONE: RawAddress = RawAddress { len: 0, zero: 0, native: [0; 16] };
}
