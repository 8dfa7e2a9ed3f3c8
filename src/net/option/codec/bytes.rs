//! Numbers at fixed places in what the kernel wrote, which an older kernel ends earlier.

/// What the kernel wrote of an option's struct.
#[derive(Clone, Copy)]
pub struct Written<'a>(pub &'a [u8]);

impl Written<'_> {
    fn chunk<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        self.0.get(at..)?.first_chunk().copied()
    }

    /// The byte at a place.
    pub fn u8(&self, at: usize) -> Option<u8> {
        self.0.get(at).copied()
    }

    /// The 16 bits at a place.
    pub fn u16(&self, at: usize) -> Option<u16> {
        self.chunk(at).map(u16::from_ne_bytes)
    }

    /// The 32 bits at a place.
    pub fn u32(&self, at: usize) -> Option<u32> {
        self.chunk(at).map(u32::from_ne_bytes)
    }

    /// The 64 bits at a place.
    pub fn u64(&self, at: usize) -> Option<u64> {
        self.chunk(at).map(u64::from_ne_bytes)
    }
}
