//! One half of a stream: its state, and whose turn it is. Two threads that use the same half serialise;
//! waiting for the turn is a wait like any other, under the same limits, and a close ends it.

use crate::net::error::{Code, Result};
use crate::net::handle::{Direction, Pin, Wake};
use crate::net::wait::Call;
use crate::sys::{Lock, LockGuard, Threads};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// No one's turn.
const FREE: u32 = 0;

pub struct Half<T> {
    /// The thread whose turn it is, or [`FREE`].
    owner: AtomicU32,
    /// Another one waits.
    awaited: AtomicBool,
    /// Changed by the owner alone, and locked only while it is: never during a wait, so that a fork
    /// finds it whole.
    state: Lock<T>,
}

impl<T: Default> Half<T> {
    pub fn new() -> Half<T> {
        Half { owner: AtomicU32::new(FREE), awaited: AtomicBool::new(false), state: Lock::default() }
    }

    /// In a new process: takes the turn from a thread that does not exist here. Whether that one was in the
    /// midst of changing the state, which is then a new one (the old one cannot even be dropped).
    pub fn after_fork_child(&self) -> bool {
        if self.owner.load(Ordering::Relaxed) != this_thread() {
            self.owner.store(FREE, Ordering::Relaxed);
        }
        self.awaited.store(false, Ordering::Relaxed);
        let torn = self.state.reset_after_fork();
        if torn {
            std::mem::forget(std::mem::take(&mut *self.state.lock()));
        }
        torn
    }
}

impl<T> Half<T> {
    /// The state, for a look or a change that does not wait.
    pub fn state(&self) -> LockGuard<'_, T> {
        self.state.lock()
    }

    /// Takes the turn, after the thread that has it.
    pub fn take<'a>(&'a self, call: &mut Call<'a>) -> Result<Turn<'a, T>> {
        let me = this_thread();
        while let Err(owner) = self.owner.compare_exchange(FREE, me, Ordering::SeqCst, Ordering::SeqCst) {
            if owner == me {
                // In a hook: the call that has the turn cannot go on before this one ends.
                return Err(Code::errno(libc::EDEADLK)
                    .because(format_args!("a call on this half of the stream is running in this thread")));
            }
            if call.is_nonblocking() {
                return Err(Code::errno(libc::EAGAIN));
            }
            call.wait_true(&|| {
                // Set again before each sleep, for a thread that has taken the turn meanwhile.
                self.awaited.store(true, Ordering::SeqCst);
                self.owner.load(Ordering::SeqCst) == FREE
            })?;
        }
        Ok(Turn { half: self, socket: call.pin(), direction: call.direction() })
    }
}

/// Never [`FREE`]. Threads that are ending have no number and count as one.
fn this_thread() -> u32 {
    Threads::current().number() + 1
}

/// The right to use one half of a stream.
pub struct Turn<'a, T> {
    half: &'a Half<T>,
    socket: &'a Pin,
    direction: Direction,
}

impl<T> Turn<'_, T> {
    /// The state. Not to be held during a wait.
    pub fn state(&self) -> LockGuard<'_, T> {
        self.half.state()
    }
}

impl<T> Drop for Turn<'_, T> {
    fn drop(&mut self) {
        self.half.owner.store(FREE, Ordering::SeqCst);
        if self.half.awaited.swap(false, Ordering::SeqCst) {
            self.socket.slot().announce(Wake::Only(self.direction), || ());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_gives_up_what_another_thread_was_changing() {
        let half: Half<Vec<u8>> = Half::new();
        half.state().extend([1, 2, 3]);
        // A thread that only waited when the process forked.
        half.owner.store(u32::MAX, Ordering::Relaxed);
        half.awaited.store(true, Ordering::Relaxed);
        assert!(!half.after_fork_child(), "the state is whole");
        assert_eq!((half.owner.load(Ordering::Relaxed), half.state().len()), (FREE, 3));
        // One that was in the middle of a change.
        std::mem::forget(half.state.lock());
        assert!(half.after_fork_child());
        assert_eq!(half.state().len(), 0);
        // The thread that forked keeps its turn.
        half.owner.store(this_thread(), Ordering::Relaxed);
        assert!(!half.after_fork_child());
        assert_eq!(half.owner.load(Ordering::Relaxed), this_thread());
    }
}
