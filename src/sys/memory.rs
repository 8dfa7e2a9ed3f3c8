//! Memory that can be had or not: nothing in the library ends the process for want of it.
//!
//! Two rules, one for each kind of allocation:
//!
//! - What may be large or stays (a caller's text, a list, an object behind a handle) is asked for with the
//!   functions of this module, which return ENOMEM.
//! - Small transient pieces come from the allocator as usual, because the standard library cannot be asked to
//!   fail (a box, an `Arc`, a formatted name). When malloc has nothing, they come from a reserve inside the
//!   library, to which they return when they are freed.
//!
//! The reserve is a bit map: no lock that a fork could copy while another thread holds it.

use super::Errno;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::ptr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// What a bit stands for.
const UNIT: usize = 64;
const WORDS: usize = 64;
const BITS: usize = u64::BITS as usize;
/// A piece never crosses a word.
const LARGEST: usize = BITS * UNIT;
const SIZE: usize = WORDS * LARGEST;
/// Nothing that stays is made when this much of the reserve is in use.
const LOW: usize = SIZE / 2;
/// How often an allocation that finds the reserve in use is tried again, a millisecond apart: transient
/// pieces come back.
const TRIES: u32 = 2000;

#[repr(align(4096))]
struct Room(UnsafeCell<[u8; SIZE]>);

// SAFETY: the thread that has set the bits of a piece has the piece to itself.
unsafe impl Sync for Room {}

struct Reserve {
    room: Room,
    taken: [AtomicU64; WORDS],
    used: AtomicUsize,
}

// In .bss: costs nothing before it is touched.
static RESERVE: Reserve = Reserve {
    room: Room(UnsafeCell::new([0; SIZE])),
    taken: [const { AtomicU64::new(0) }; WORDS],
    used: AtomicUsize::new(0),
};

/// The bits of a piece of this size, from bit 0.
fn bits(size: usize) -> u64 {
    u64::MAX >> (BITS - size.div_ceil(UNIT).clamp(1, BITS))
}

impl Reserve {
    fn begin(&self) -> usize {
        self.room.0.get() as usize
    }

    /// The place of a piece, if it is one of this reserve.
    #[inline(always)]
    fn place(&self, piece: *mut u8) -> Option<usize> {
        let offset = (piece as usize).wrapping_sub(self.begin());
        (offset < SIZE).then_some(offset)
    }

    #[cold]
    fn take(&self, layout: Layout) -> *mut u8 {
        if layout.size() > LARGEST || layout.align() > LARGEST {
            return ptr::null_mut();
        }
        let wanted = bits(layout.size());
        let last = wanted.leading_zeros() as usize;
        for (number, word) in self.taken.iter().enumerate() {
            let mut now = word.load(Ordering::Relaxed);
            let mut at = 0;
            while at <= last {
                if now & wanted << at != 0 {
                    at += (layout.align() / UNIT).max(1);
                    continue;
                }
                let next = now | wanted << at;
                match word.compare_exchange_weak(now, next, Ordering::Acquire, Ordering::Relaxed) {
                    Ok(_) => {
                        self.used.fetch_add(wanted.count_ones() as usize * UNIT, Ordering::Relaxed);
                        // SAFETY: inside the room.
                        return unsafe { self.room.0.get().cast::<u8>().add(number * LARGEST + at * UNIT) };
                    }
                    Err(other) => now = other,
                }
            }
        }
        ptr::null_mut()
    }

    #[cold]
    fn give_back(&self, place: usize, size: usize) {
        let wanted = bits(size);
        self.used.fetch_sub(wanted.count_ones() as usize * UNIT, Ordering::Relaxed);
        let word = &self.taken[place / LARGEST];
        word.fetch_and(!(wanted << (place % LARGEST / UNIT)), Ordering::Release);
    }
}

/// The allocator of this library's copy of the standard library.
struct Allocator;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

#[cold]
#[inline(never)]
fn without_malloc(layout: Layout) -> *mut u8 {
    // The failure of malloc is absorbed here.
    let _errno = super::KeptErrno::new();
    for _ in 0..TRIES {
        let piece = RESERVE.take(layout);
        if !piece.is_null() || layout.size() > LARGEST || layout.align() > LARGEST {
            return piece;
        }
        super::pause(1_000_000);
        // SAFETY: the layout is that of the caller, who has checked it.
        let piece = unsafe { System.alloc(layout) };
        if !piece.is_null() {
            return piece;
        }
    }
    ptr::null_mut()
}

// SAFETY: pieces of malloc go back to malloc, pieces of the reserve to the reserve; a piece of the reserve
// has its bits to itself, is aligned (the room and its units are), and is as large as asked for.
unsafe impl GlobalAlloc for Allocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's contract.
        let piece = unsafe { System.alloc(layout) };
        if piece.is_null() { without_malloc(layout) } else { piece }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's contract.
        let mut piece = unsafe { System.alloc_zeroed(layout) };
        if piece.is_null() {
            piece = without_malloc(layout);
            if !piece.is_null() {
                // SAFETY: a piece of this size.
                unsafe { piece.write_bytes(0, layout.size()) };
            }
        }
        piece
    }

    #[inline]
    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        match RESERVE.place(piece) {
            Some(place) => RESERVE.give_back(place, layout.size()),
            // SAFETY: the caller's contract; the piece is malloc's.
            None => unsafe { System.dealloc(piece, layout) },
        }
    }

    unsafe fn realloc(&self, piece: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if RESERVE.place(piece).is_none() {
            // SAFETY: the caller's contract; the piece is malloc's.
            let moved = unsafe { System.realloc(piece, layout, size) };
            if !moved.is_null() {
                return moved;
            }
        }
        // SAFETY: the caller's contract: the new size is valid for this alignment; the pieces are two, both
        // as large as what is copied.
        unsafe {
            let moved = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !moved.is_null() {
                ptr::copy_nonoverlapping(piece, moved, size.min(layout.size()));
                self.dealloc(piece, layout);
            }
            moved
        }
    }
}

const NONE: Errno = Errno(libc::ENOMEM);

/// Whether malloc has this much: for what stays, and is made by code that cannot be asked to fail. If another
/// thread takes the memory meanwhile, the reserve serves. No object is larger than `isize::MAX`: malloc is not
/// asked for one, because sanitizers and valgrind report such a size as an error of the program.
pub fn available(size: usize) -> Result<(), Errno> {
    if size > isize::MAX as usize || RESERVE.used.load(Ordering::Relaxed) >= LOW {
        return Err(NONE);
    }
    let _errno = super::KeptErrno::new();
    // SAFETY: a size; what it returns is freed at once.
    unsafe {
        let piece = libc::malloc(size.max(1));
        // Or the pair would be optimised away.
        if std::hint::black_box(piece).is_null() {
            return Err(NONE);
        }
        libc::free(piece);
    }
    Ok(())
}

/// Makes room for so many more items.
pub fn reserve<T>(list: &mut Vec<T>, more: usize) -> Result<(), Errno> {
    if list.capacity() - list.len() >= more {
        return Ok(());
    }
    available(more.saturating_mul(size_of::<T>()))?;
    list.try_reserve(more).map_err(|_| NONE)
}

/// Adds an item.
pub fn push<T>(list: &mut Vec<T>, item: T) -> Result<(), Errno> {
    reserve(list, 1)?;
    list.push(item);
    Ok(())
}

/// Collects items.
pub fn collect<T>(items: impl IntoIterator<Item = T>) -> Result<Vec<T>, Errno> {
    let mut list = Vec::new();
    for item in items {
        push(&mut list, item)?;
    }
    Ok(list)
}

/// A copy of a list.
pub fn copy<T: Clone>(items: &[T]) -> Result<Vec<T>, Errno> {
    let mut list = Vec::new();
    list.try_reserve_exact(items.len()).map_err(|_| NONE)?;
    list.extend_from_slice(items);
    Ok(list)
}

/// As many copies of an item.
pub fn filled<T: Clone>(item: T, count: usize) -> Result<Vec<T>, Errno> {
    let mut list = Vec::new();
    list.try_reserve_exact(count).map_err(|_| NONE)?;
    list.resize(count, item);
    Ok(list)
}

/// A text for the C library; `None` if there is a NUL inside.
pub fn c_text(text: &[u8]) -> Result<Option<std::ffi::CString>, Errno> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(text.len() + 1).map_err(|_| NONE)?;
    bytes.extend_from_slice(text);
    Ok(std::ffi::CString::new(bytes).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reserve() -> Reserve {
        Reserve {
            room: Room(UnsafeCell::new([0; SIZE])),
            taken: [const { AtomicU64::new(0) }; WORDS],
            used: AtomicUsize::new(0),
        }
    }

    fn layout(size: usize, align: usize) -> Layout {
        Layout::from_size_align(size, align).expect("a layout")
    }

    #[test]
    fn pieces_do_not_overlap_and_come_back() {
        let reserve = Box::new(reserve());
        let layouts = [(1, 1), (64, 8), (65, 16), (4096, 8), (100, 1024), (200, 128), (4000, 4096)];
        let layouts = layouts.map(|(size, align)| layout(size, align));
        let mut pieces = Vec::new();
        'full: loop {
            for wanted in layouts {
                let piece = reserve.take(wanted);
                if piece.is_null() {
                    break 'full;
                }
                assert_eq!(piece as usize % wanted.align().min(4096), 0, "{wanted:?}");
                let place = reserve.place(piece).expect("in the reserve");
                pieces.push((place, wanted.size()));
            }
        }
        assert!(pieces.len() > 50 && reserve.used.load(Ordering::Relaxed) > SIZE / 2);
        pieces.sort_unstable();
        assert!(pieces.windows(2).all(|two| two[0].0 + two[0].1 <= two[1].0), "{pieces:?}");
        pieces.iter().for_each(|&(place, size)| reserve.give_back(place, size));
        assert_eq!(reserve.used.load(Ordering::Relaxed), 0);
        assert!(reserve.taken.iter().all(|word| word.load(Ordering::Relaxed) == 0), "whole again");
    }

    #[test]
    fn what_is_too_large_for_the_reserve_is_not_there() {
        let reserve = Box::new(reserve());
        assert!(reserve.take(layout(LARGEST + 1, 1)).is_null());
        assert!(!reserve.take(layout(LARGEST, 1)).is_null());
        assert_eq!(collect(0..5).as_deref(), Ok(&[0, 1, 2, 3, 4][..]));
        assert_eq!(copy(b"ab").as_deref(), Ok(&b"ab"[..]));
        assert!(filled(0u8, isize::MAX as usize).is_err() && available(isize::MAX as usize).is_err());
        assert_eq!(c_text(b"a\0b"), Ok(None));
    }
}
