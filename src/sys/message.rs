//! The memory of a message: where its data and its control data are.

use std::ffi::c_void;
use std::marker::PhantomData;
use std::mem::MaybeUninit;

/// A piece of memory, laid out as `struct iovec`: an array of one can be cast to the other.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct IoVec {
    /// Its address; not accessed when `len` is 0.
    pub base: *mut c_void,
    /// Its length in bytes.
    pub len: usize,
}

impl IoVec {
    /// No memory.
    pub(crate) const NONE: IoVec = IoVec { base: std::ptr::null_mut(), len: 0 };
}

/// Pieces of memory that are one after another the data of a message, accessed as `Access` says.
pub struct Pieces<'a, Access> {
    list: &'a [IoVec],
    total: usize,
    access: PhantomData<(&'a (), Access)>,
}

/// Data to be sent.
pub type Gather<'a> = Pieces<'a, &'a [u8]>;
/// Places for data that arrives.
pub type Scatter<'a> = Pieces<'a, &'a mut [MaybeUninit<u8>]>;

/// So many pieces at once are given to the kernel after a part of them is done.
const WINDOW: usize = 64;

/// The pieces behind a part that is done.
pub(super) type Window = [IoVec; WINDOW];
pub(super) const NO_WINDOW: Window = [IoVec::NONE; WINDOW];

impl<'a, Access> Pieces<'a, Access> {
    /// Of a caller's array; `total` is the sum of the lengths.
    ///
    /// # Safety
    /// Each piece has length 0 or is valid for `'a`: of a `Gather` for reading, of a `Scatter` for
    /// writing, by nobody else.
    #[inline]
    pub unsafe fn new(list: &'a [IoVec], total: usize) -> Pieces<'a, Access> {
        debug_assert_eq!(list.iter().map(|piece| piece.len).sum::<usize>(), total);
        Pieces { list, total, access: PhantomData }
    }

    /// How many bytes they are.
    #[inline]
    pub fn total(&self) -> usize {
        self.total
    }

    #[inline]
    pub(super) fn all(&self) -> &[IoVec] {
        self.list
    }

    /// What is left after `done` bytes, as many pieces as fit into the window.
    pub(super) fn after<'w>(&self, mut done: usize, window: &'w mut Window) -> &'w [IoVec] {
        let mut count = 0;
        for piece in self.list {
            let skipped = done.min(piece.len);
            done -= skipped;
            if skipped < piece.len && count < WINDOW {
                window[count] =
                    IoVec { base: piece.base.wrapping_byte_add(skipped), len: piece.len - skipped };
                count += 1;
            }
        }
        &window[..count]
    }
}

/// ControlBuffer for control data, and what the kernel has written of it.
pub struct ControlBuffer<'a> {
    pub(super) bytes: &'a mut [MaybeUninit<u8>],
    /// So many bytes at the front were written.
    pub(super) filled: usize,
}

impl<'a> ControlBuffer<'a> {
    /// Empty room.
    #[inline]
    pub fn new(bytes: &'a mut [MaybeUninit<u8>]) -> ControlBuffer<'a> {
        ControlBuffer { bytes, filled: 0 }
    }

    /// How much room there is.
    pub fn capacity(&self) -> usize {
        self.bytes.len()
    }

    /// What was received.
    #[inline]
    pub fn filled(&self) -> &[u8] {
        // SAFETY: the kernel has initialised these bytes.
        unsafe { std::slice::from_raw_parts(self.bytes.as_ptr().cast(), self.filled) }
    }

    /// What was received, to be marked as taken.
    pub fn filled_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `filled`, and the bytes are borrowed mutably.
        unsafe { std::slice::from_raw_parts_mut(self.bytes.as_mut_ptr().cast(), self.filled) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_begins_within_a_piece() {
        let memory = [0_u8; 100];
        let at =
            |offset: usize, len| IoVec { base: memory.as_ptr().wrapping_add(offset) as *mut c_void, len };
        let list = [at(0, 10), IoVec::NONE, at(10, 5), at(15, 20)];
        // SAFETY: within `memory`, for reading.
        let data: Gather = unsafe { Pieces::new(&list, 35) };
        for done in 0..=35 {
            let mut window = NO_WINDOW;
            let left = data.after(done, &mut window);
            let mut expected = done;
            for piece in left {
                assert_eq!(piece.base as usize - memory.as_ptr() as usize, expected);
                assert!(piece.len > 0);
                expected += piece.len;
            }
            assert_eq!(expected, 35, "after {done}");
        }
        assert_eq!(data.after(12, &mut { NO_WINDOW }).len(), 2);
    }

    #[test]
    fn many_pieces_go_window_by_window() {
        let memory = [0_u8; 200];
        let piece = |i: usize| IoVec { base: memory.as_ptr().wrapping_add(i) as *mut c_void, len: 1 };
        let list: Vec<IoVec> = (0..200).map(piece).collect();
        // SAFETY: within `memory`, for reading.
        let data: Gather = unsafe { Pieces::new(&list, 200) };
        let mut window = NO_WINDOW;
        assert_eq!(data.after(1, &mut window).len(), WINDOW);
        assert_eq!(data.after(199, &mut window).len(), 1);
        assert_eq!(data.after(200, &mut window).len(), 0);
    }
}
