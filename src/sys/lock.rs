//! A small lock that a fork can undo.
//!
//! The standard mutex has no way to forget, in a child process, a holder that does not exist there.

use super::futex;
use std::cell::UnsafeCell;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU32, Ordering};

const FREE: u32 = 0;
const HELD: u32 = 1;
const CONTENDED: u32 = 2;

/// Mutual exclusion around a value: one locked instruction to take, one to give back.
pub struct Lock<T> {
    state: AtomicU32,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached only through a guard, of which there is one at a time.
unsafe impl<T: Send> Sync for Lock<T> {}

impl<T> Lock<T> {
    /// A free lock around a value.
    pub const fn new(value: T) -> Self {
        Lock { state: AtomicU32::new(FREE), value: UnsafeCell::new(value) }
    }

    /// Waits for the lock and takes it. Not async-signal-safe.
    #[inline]
    pub fn lock(&self) -> LockGuard<'_, T> {
        if self.state.compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed).is_err() {
            self.lock_contended();
        }
        count_held(1);
        LockGuard { lock: self }
    }

    #[cold]
    fn lock_contended(&self) {
        for _ in 0..100 {
            if self.state.load(Ordering::Relaxed) == FREE
                && self.state.compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed).is_ok()
            {
                return;
            }
            std::hint::spin_loop();
        }
        while self.state.swap(CONTENDED, Ordering::Acquire) != FREE {
            futex::wait(&self.state, CONTENDED, None);
        }
    }

    /// Takes the lock if no one has it.
    pub fn try_lock(&self) -> Option<LockGuard<'_, T>> {
        let taken = self.state.compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed).is_ok();
        taken.then(|| {
            count_held(1);
            LockGuard { lock: self }
        })
    }

    /// Takes the lock away from a holder that a fork left behind. The value is as that holder left
    /// it. Only for the one thread of a new process. Whether there was one.
    pub fn reset_after_fork(&self) -> bool {
        let held = self.state.load(Ordering::Relaxed) != FREE;
        if held {
            self.state.store(FREE, Ordering::Release);
        }
        held
    }

    fn release(&self) {
        if self.state.swap(FREE, Ordering::Release) == CONTENDED {
            futex::wake(&self.state, 1);
        }
    }
}

impl<T: Default> Default for Lock<T> {
    fn default() -> Self {
        Lock::new(T::default())
    }
}

/// The lock, held.
pub struct LockGuard<'a, T> {
    lock: &'a Lock<T>,
}

impl<T> Deref for LockGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: this guard holds the lock.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T> DerefMut for LockGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: this guard holds the lock and is borrowed mutably.
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<T> Drop for LockGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        count_held(-1);
        self.lock.release();
    }
}

#[cfg(debug_assertions)]
thread_local! {
    /// How many locks this thread holds.
    static LOCKS: std::cell::Cell<i32> = const { std::cell::Cell::new(0) };
}

#[inline(always)]
fn count_held(_by: i32) {
    #[cfg(debug_assertions)]
    LOCKS.set(LOCKS.get() + _by);
}

/// Asserts, in debug builds, that the calling thread holds no lock: what begins here comes before any.
#[inline(always)]
pub fn no_lock_held() {
    #[cfg(debug_assertions)]
    debug_assert_eq!(LOCKS.get(), 0, "a lock is held");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn excludes() {
        let lock = Arc::new(Lock::new(0u64));
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let lock = lock.clone();
                std::thread::spawn(move || (0..20_000).for_each(|_| *lock.lock() += 1))
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().expect("a counting thread"));
        assert_eq!(*lock.lock(), 80_000);
        assert_eq!(lock.state.load(Ordering::Relaxed), FREE);
    }

    #[test]
    fn forgets_a_holder_after_fork() {
        let lock = Lock::new(7);
        std::mem::forget(lock.lock());
        assert!(lock.reset_after_fork());
        assert_eq!(*lock.lock(), 7);
        assert!(!lock.reset_after_fork(), "nobody held it");
    }
}
