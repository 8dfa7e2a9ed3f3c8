//! A table that only grows: its items never move and are never freed, so that a reference to one
//! is good forever and finding one takes no lock.

use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// Up to `CHUNKS` times `ITEMS` items of `T`.
pub struct GrowOnlyTable<T: 'static, const CHUNKS: usize, const ITEMS: usize> {
    chunks: [AtomicPtr<[T; ITEMS]>; CHUNKS],
}

impl<T: Default + Sync + 'static, const CHUNKS: usize, const ITEMS: usize> GrowOnlyTable<T, CHUNKS, ITEMS> {
    /// A table without items. It lies in zeroed memory that costs nothing before it is touched.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        GrowOnlyTable { chunks: [const { AtomicPtr::new(ptr::null_mut()) }; CHUNKS] }
    }

    /// The item of an index, if it exists.
    #[inline(always)]
    pub fn get(&self, index: usize) -> Option<&'static T> {
        let chunk = self.chunks.get(index / ITEMS)?.load(Ordering::Acquire);
        // SAFETY: a chunk pointer is NULL or comes from a leaked box that is never freed; the
        // items are shared by reference only, and T is Sync.
        let chunk = unsafe { chunk.as_ref() }?;
        Some(&chunk[index % ITEMS])
    }

    /// How many items there can be.
    pub const CAPACITY: usize = CHUNKS * ITEMS;

    /// The item of an index, made with those beside it if need be; `None` past the capacity, and without
    /// memory.
    pub fn get_or_grow(&self, index: usize) -> Option<&'static T> {
        if let Some(item) = self.get(index) {
            return Some(item);
        }
        let place = self.chunks.get(index / ITEMS)?;
        let mut items = Vec::new();
        items.try_reserve_exact(ITEMS).ok()?;
        items.resize_with(ITEMS, T::default);
        let fresh: *mut [T; ITEMS] = Box::into_raw(items.into_boxed_slice()).cast();
        if place.compare_exchange(ptr::null_mut(), fresh, Ordering::AcqRel, Ordering::Acquire).is_err() {
            // SAFETY: `fresh` came from a box of exactly this layout and was not published.
            drop(unsafe { Box::from_raw(fresh) });
        }
        self.get(index)
    }
}
