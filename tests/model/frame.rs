//! What a thread does: operations, the steps they consist of, and the locals of one that runs.

use super::state::{Id, Life, Word};

/// Operations nested in one thread: a call, its hook, what the hook calls, pin and leave inside.
pub const FRAMES: usize = 5;

/// Directions, as in `sock_setdeadline`.
pub const READ: u8 = 0;
pub const WRITE: u8 = 1;

/// One operation of a script, of an interrupt hook or of a signal handler.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Op {
    /// A blocking call in a direction: try, wait, try again.
    Call(Id, u8),
    Close(Id),
    Detach(Id),
    /// `sock_socket`: a descriptor from the kernel, then the next generation of a free slot.
    Create(u8),
    /// The program opens a descriptor of its own.
    Stranger,
    /// (handle, direction, moment)
    SetDeadline(Id, u8, u8),
    Fire(Id),
    Fork,
    /// A call that has a descriptor on its stack.
    Borrow,
    /// Data arrives.
    Data,
    /// The clock goes on by one.
    Tick,
    /// The program waits until a thread has finished so many steps of its script.
    After(u8, u8),
    /// A moment after a thread's call has tried for the first time.
    Tried(u8),
}

/// What an operation answers; scripts hold a set of those that are right.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Answer {
    #[default]
    None,
    Done,
    HandedOver,
    BadHandle,
    Closed,
    TimedOut,
    Canceled,
    Deadlock,
}

/// How a pin is held.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Hold {
    Entry,
    Count,
}

/// Who started a frame, so where its answer goes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Role {
    #[default]
    Script,
    /// A part of the frame below.
    Part,
    /// An interrupt hook, run inside the call below.
    Hook,
    /// A signal handler, run between any two steps of the frame below.
    Handler,
}

/// Makes the enum and the list of its variants from one place.
macro_rules! steps {
    ($($variant:ident,)*) => {
        /// The steps. Each touches shared memory once, is part of one critical section, or is one system
        /// call.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
        pub enum Pc { #[default] Idle, $($variant,)* }

        impl Pc {
            /// Every step but `Idle`.
            pub const ALL: &[Pc] = &[$(Pc::$variant,)*];
        }
    };
}

steps! {
    // pin
    PinRaiseDepth,
    PinStoreEntry,
    PinLoadWord,
    PinShare,
    PinCount,
    PinCountLoadWord,
    // unpin
    LeaveLookFirst,
    LeaveClearEntry,
    LeaveUncount,
    LeaveLoadWord,
    LeaveLock,
    LeaveCheck,
    LeaveScan,
    LeaveDecide,
    LeavePoll,
    // a call
    CallPinned,
    CallReadDeadline,
    CallReadFired,
    CallTry,
    // its wait
    WaitPinToken,
    WaitTokenPinned,
    WaitLock,
    WaitAddNode,
    WaitReadWord,
    WaitReadFired,
    WaitReadDeadline,
    WaitDrainLate,
    WaitSleep,
    WaitLeaveLock,
    WaitRemoveNode,
    WaitDrainUnlocked,
    WaitTokenLeft,
    CallLeaves,
    CallLeft,
    // close and detach
    CloseLoadWord,
    CloseEarlySignal,
    CloseSwap,
    CloseSetFired,
    CloseWriteToken,
    CloseAlone,
    CloseBarrier,
    CloseEarlyBarrier,
    CloseLock,
    CloseSignal,
    CloseWriteLate,
    CloseReadGate,
    CloseLookLock,
    CloseScan,
    CloseDecide,
    CloseHandOverLate,
    CloseReadGateLate,
    CloseSleep,
    ClosePoll,
    // the end of a descriptor
    TakeOut,
    KernelClose,
    GiveUp,
    // set a deadline
    DeadlinePinned,
    DeadlineLock,
    DeadlineAttention,
    DeadlineAttentionStore,
    DeadlineSignal,
    DeadlineStoreLate,
    DeadlineLeft,
    // fire a token
    FireCount,
    FireLoadWord,
    FireSet,
    FireWrite,
    FireUncount,
    FireLoadWordAgain,
    FireLeft,
    // the rest
    CreateOpen,
    CreatePublish,
    BorrowOpen,
    BorrowClose,
    BorrowForget,
    ForkPrepare,
    ForkCopyTable,
    ForkCopyMemory,
    Single,
}

/// The locals of one operation that runs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Frame {
    pub pc: Pc,
    pub role: Role,
    pub id: Id,
    /// The token a wait watches.
    pub token: Id,
    pub word: Word,
    /// This frame's pin on `id` and on `token`; set by the pin below it.
    pub holds: Option<Hold>,
    pub holds_token: Option<Hold>,
    /// What a part left here: pinned with the attention bit seen.
    pub attention: bool,
    /// For a part: it pins, or leaves, the token of the frame below and not its handle.
    pub of_token: bool,
    /// For `leave`: how the pin was held, and that it had failed.
    pub how: Option<Hold>,
    pub failed: bool,
    pub answer: Answer,
    pub gate: u8,
    /// Thread whose record is looked at next, and whether one named the slot.
    pub scan: u8,
    pub named: bool,
    /// The 100 ms are over.
    pub expired: bool,
    /// A wake-up came, and for whom wake fds are still to be written.
    pub woken: bool,
    pub unwritten: [bool; 3],
    pub detach: bool,
    pub hook_due: bool,
    /// A call: it has made its first try.
    pub tried: bool,
    /// A descriptor number taken out of the slot, or not yet in one.
    pub number: u8,
    /// A creation has a slot from the queue.
    pub popped: bool,
    pub direction: u8,
    pub deadline: u8,
}

impl Frame {
    pub const IDLE: Frame = Frame {
        pc: Pc::Idle,
        role: Role::Script,
        id: Id { slot: 0, generation: 0 },
        token: Id { slot: 0, generation: 0 },
        word: Word { generation: 0, life: Life::Free, attention: false, shared: false, owner: 0 },
        holds: None,
        holds_token: None,
        attention: false,
        of_token: false,
        how: None,
        failed: false,
        answer: Answer::None,
        gate: 0,
        scan: 0,
        named: false,
        expired: false,
        woken: false,
        unwritten: [false; 3],
        detach: false,
        hook_due: false,
        tried: false,
        number: 0,
        popped: false,
        direction: 0,
        deadline: 0,
    };
}
