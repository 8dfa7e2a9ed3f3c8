//! `struct group_req` and `struct group_source_req` of RFC 3678: joining and leaving multicast groups
//! of any protocol.

use std::mem::size_of;

/// A `struct sockaddr_storage`.
const STORAGE: usize = 128;
/// Linux aligns a `struct sockaddr_storage` as an `unsigned long`, FreeBSD as an `int64_t`, macOS packs the two structs.
const FIRST: usize = if cfg!(target_vendor = "apple") {
    4
} else if cfg!(target_os = "freebsd") {
    8
} else {
    size_of::<usize>()
};

/// The bytes of one of the two structs.
pub struct Request {
    bytes: [u8; FIRST + 2 * STORAGE],
    len: usize,
}

impl Request {
    /// A request for a group, on the interface of an index (0: the kernel chooses), from every source
    /// or from one. The addresses are native; longer ones are cut.
    pub fn new(interface: u32, group: &[u8], source: Option<&[u8]>) -> Request {
        let mut request = Request { bytes: [0; FIRST + 2 * STORAGE], len: FIRST };
        request.bytes[..4].copy_from_slice(&interface.to_ne_bytes());
        request.push(group);
        if let Some(source) = source {
            request.push(source);
        }
        request
    }

    fn push(&mut self, address: &[u8]) {
        let fits = address.len().min(STORAGE);
        self.bytes[self.len..self.len + fits].copy_from_slice(&address[..fits]);
        self.len += STORAGE;
    }

    /// What the kernel takes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}
