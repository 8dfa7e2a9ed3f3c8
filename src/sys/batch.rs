//! The memory of a batch of datagrams: an array of the caller's, with a buffer behind each entry.

use super::Address;
use std::ffi::c_void;
use std::marker::PhantomData;

/// A datagram of a batch. Set all of it to zero first.
///
/// The layout never changes; it holds pointers, so its size depends on theirs (184 bytes, or less).
/// Buffers and control data remain the caller's and are used only during the call. `buf` and `len`
/// are never changed. A send writes `count` and `flags` of the entries that went; a receive writes
/// the fields that say "receives" of the entries that it filled, and no other entry.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Datagram {
    /// Send: the data. Receive: memory for it.
    pub buf: *mut c_void,
    /// Send: bytes at `buf`. Receive: bytes of room.
    pub len: usize,
    /// Send: receives the bytes that went. Receive: receives the length of the datagram, which with
    /// MSG_TRUNC in `flags` exceeds `len`.
    pub count: usize,
    /// Send: the data is cut into datagrams of this size, 1 to 65535, the last may be shorter; 0
    /// sends one datagram. Receive: receives the size of the datagrams that came together
    /// (`sock_setgro`), of which the last may be shorter; 0 means one.
    pub segment: u32,
    /// Send: receives SOCK_BATCH_PLAIN or 0. Receive: receives the kernel's MSG_* flags: MSG_TRUNC
    /// (the datagram was longer), MSG_CTRUNC (there was more control data) ...
    pub flags: i32,
    /// Control data as in `sock_msg`; NULL for none.
    pub control: *mut c_void,
    /// Send: bytes at `control`. Receive: bytes of room; receives how many came.
    pub control_len: usize,
    /// Send: the destination; the empty address means the connected peer. Receive: receives the
    /// sender (empty if the kernel names none).
    pub addr: Address,
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<Datagram>() == 184 && std::mem::offset_of!(Datagram, addr) == 48);

/// Datagrams whose memory is accessed as `Access` says.
pub struct Batch<'a, Access> {
    pub(super) list: &'a mut [Datagram],
    access: PhantomData<Access>,
}

/// Datagrams to be sent.
pub type Outbox<'a> = Batch<'a, &'a [u8]>;
/// Memory for datagrams that arrive.
pub type Inbox<'a> = Batch<'a, &'a mut [u8]>;

impl<'a, Access> Batch<'a, Access> {
    /// Of a caller's array.
    ///
    /// # Safety
    /// Buffer and control data of each entry have length 0 or are valid for `'a`: of an `Outbox` for
    /// reading, of an `Inbox` for writing, by nobody else.
    pub unsafe fn new(list: &'a mut [Datagram]) -> Batch<'a, Access> {
        Batch { list, access: PhantomData }
    }

    /// How many datagrams there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// One of them.
    pub fn entry(&self, at: usize) -> &Datagram {
        &self.list[at]
    }

    /// Forgets all but the first `len`.
    pub fn truncate(&mut self, len: usize) {
        let list = std::mem::take(&mut self.list);
        let len = len.min(list.len());
        self.list = &mut list[..len];
    }
}

impl Outbox<'_> {
    /// Says what became of an entry.
    pub fn set_sent(&mut self, at: usize, count: usize, flags: i32) {
        let entry = &mut self.list[at];
        (entry.count, entry.flags) = (count, flags);
    }
}

/// A part of an entry that goes as one message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Piece {
    /// The entry, by its index.
    pub entry: usize,
    /// Where in its data the piece begins.
    pub offset: usize,
    /// How long it is.
    pub len: usize,
    /// The kernel cuts it into datagrams of this size; 0: it is one.
    pub segment: u16,
    /// Whether the control data of the entry goes with it.
    pub control: bool,
}
