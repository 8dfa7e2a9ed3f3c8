//! A box that may be absent, at half the alignment of a pointer: a struct of small fields around it has no padding.

use std::ptr::NonNull;

/// As `Option<Box<T>>`.
#[repr(Rust, packed(4))]
pub struct PackedBox<T>(Option<NonNull<T>>);

// SAFETY: it owns what it points to, as a box does.
unsafe impl<T: Send> Send for PackedBox<T> {}
// SAFETY: a shared one lends shared references only.
unsafe impl<T: Sync> Sync for PackedBox<T> {}

const _: () = assert!(align_of::<PackedBox<u64>>() == 4 && size_of::<PackedBox<u64>>() == size_of::<usize>());

impl<T> PackedBox<T> {
    /// With this in it.
    pub fn new(value: T) -> PackedBox<T> {
        PackedBox(NonNull::new(Box::into_raw(Box::new(value))))
    }

    /// What is in it.
    pub fn get(&self) -> Option<&T> {
        let place = self.0;
        // SAFETY: from a box that this owns, and that lives as long.
        place.map(|place| unsafe { &*place.as_ptr() })
    }

    /// Takes out what is in it.
    pub fn take(&mut self) -> Option<T> {
        let place = std::mem::take(self).into_raw();
        // SAFETY: from a box that no one has any more.
        place.map(|place| *unsafe { Box::from_raw(place.as_ptr()) })
    }

    fn into_raw(self) -> Option<NonNull<T>> {
        let place = self.0;
        std::mem::forget(self);
        place
    }
}

impl<T> Default for PackedBox<T> {
    fn default() -> PackedBox<T> {
        PackedBox(None)
    }
}

impl<T> Drop for PackedBox<T> {
    fn drop(&mut self) {
        let place = self.0;
        // SAFETY: from a box that no one has any more.
        drop(place.map(|place| unsafe { Box::from_raw(place.as_ptr()) }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::rc::Rc;

    #[test]
    fn it_is_a_box() {
        let value = Rc::new(7);
        let mut one = PackedBox::new(value.clone());
        assert_eq!((one.get().map(|value| **value), Rc::strong_count(&value)), (Some(7), 2));
        assert_eq!(one.take().map(|value| *value), Some(7));
        assert_eq!((one.get(), Rc::strong_count(&value)), (None, 1));
        assert_eq!(one.take(), None);
        one = PackedBox::new(value.clone());
        drop(one);
        assert_eq!(Rc::strong_count(&value), 1);
    }
}
