//! Fields at a place in native bytes, which may end before it. Numbers are in the machine's byte order.

/// `N` bytes from `at` on; `None` if there are fewer.
pub fn field<const N: usize>(data: &[u8], at: usize) -> Option<[u8; N]> {
    data.get(at..)?.first_chunk().copied()
}

/// A byte.
pub fn u8_at(data: &[u8], at: usize) -> Option<u8> {
    data.get(at).copied()
}

/// A 16-bit number.
pub fn u16_at(data: &[u8], at: usize) -> Option<u16> {
    field(data, at).map(u16::from_ne_bytes)
}

/// A 32-bit number with a sign.
pub fn i32_at(data: &[u8], at: usize) -> Option<i32> {
    field(data, at).map(i32::from_ne_bytes)
}

/// A 32-bit number.
pub fn u32_at(data: &[u8], at: usize) -> Option<u32> {
    field(data, at).map(u32::from_ne_bytes)
}

/// A 64-bit number.
pub fn u64_at(data: &[u8], at: usize) -> Option<u64> {
    field(data, at).map(u64::from_ne_bytes)
}

/// A 64-bit number with a sign.
pub fn i64_at(data: &[u8], at: usize) -> Option<i64> {
    field(data, at).map(i64::from_ne_bytes)
}

/// A number as wide as a pointer.
#[cfg_attr(not(any(target_os = "linux", target_os = "android")), allow(dead_code))]
pub fn usize_at(data: &[u8], at: usize) -> Option<usize> {
    field(data, at).map(usize::from_ne_bytes)
}
