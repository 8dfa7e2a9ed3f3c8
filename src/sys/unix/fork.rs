//! fork(2): what the layer above does around it. When, is the platform's.

unsafe extern "C" {
    pub(in crate::sys) fn pthread_atfork(
        prepare: Option<unsafe extern "C" fn()>,
        parent: Option<unsafe extern "C" fn()>,
        child: Option<unsafe extern "C" fn()>,
    ) -> libc::c_int;
}

/// What is known of a new process that settles.
#[derive(Clone, Copy)]
pub struct Child {
    /// The fork handlers ran: nothing was halfway, and nothing has happened in this process since.
    pub ran_handlers: bool,
    /// Its table of descriptors is its own: closing one here closes it nowhere else.
    pub owns_descriptors: bool,
}

/// What the layer above does around a fork. None of it may unwind, and none in the child may allocate.
pub struct ForkPhases {
    /// Before the fork, in the thread that forks.
    pub hold: fn(),
    /// After it, in the parent.
    pub release: fn(),
    /// After it, in the child.
    pub child: fn(),
    /// In a child, also one that ran no handler, before anything else.
    pub settle: fn(Child),
    /// Runs something that no fork may divide.
    pub undivided: fn(&mut dyn FnMut()),
}
