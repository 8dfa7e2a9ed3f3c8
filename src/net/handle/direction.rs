//! The two directions of a socket, each with its own deadline and its own waiters.

/// What a call that may wait does with a handle: which deadline it obeys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Direction {
    /// Receive and accept.
    Read = 1,
    /// Send and connect.
    Write = 2,
}

/// Which waiters of a handle are woken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wake {
    /// All of them.
    All,
    /// Those of one direction.
    Only(Direction),
}

impl Wake {
    /// Whether a waiter of these directions, the bits of [`Direction`], is woken.
    pub(super) fn concerns(self, directions: u32) -> bool {
        match self {
            Wake::All => true,
            Wake::Only(only) => directions & only as u32 != 0,
        }
    }
}
