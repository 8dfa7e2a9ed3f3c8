//! Every step that can be left out or swapped, one at a time.

/// Grows the enum, the list and the names from one place.
macro_rules! mutations {
    ($($(#[$doc:meta])* $variant:ident => $name:literal,)*) => {
        /// One step taken out of the protocol.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Mutation { $($(#[$doc])* $variant,)* }

        impl Mutation {
            pub const ALL: &[Mutation] = &[$(Mutation::$variant,)*];

            /// The name by which docs/model.md knows it.
            pub fn name(self) -> &'static str {
                match self { $(Mutation::$variant => $name,)* }
            }
        }
    };
}

mutations! {
    // pin
    EntryAfterWord => "pin: entry written after the word was read",
    DepthAfterEntry => "pin: depth raised after the entry",
    GenerationIgnored => "pin: generation not compared",
    AttentionIgnored => "pin: attention bit not compared",
    NoSharedMark => "pin: no mark by the first other thread",
    SharedMarkUnchecked => "pin: mark set without looking at the outcome",
    CountNotTaken => "pin: counted pin not counted",
    CountAfterWord => "pin: counted after the word was read",
    // unpin
    LeaveBlind => "unpin: word not read",
    FailedLeaveBlind => "unpin: word not read after a failed pin",
    LeaveLooksFirst => "unpin: word read before the entry is cleared",
    LeaveWithoutLock => "unpin: slow path without the lock",
    WakeWithoutGate => "unpin: gate not changed before the wake-up",
    LeaveIgnoresCounts => "unpin: counted pins not looked at",
    BarrierDoneIgnored => "unpin: barrier_done not looked at",
    // wait
    NodeAfterState => "wait: node added after the state was read",
    WordNotRead => "wait: word not read",
    FiredNotRead => "wait: fired flag not read",
    DeadlineNotRead => "wait: deadline not read",
    DrainAfterState => "wait: drained after the state was read",
    NoDrain => "wait: not drained though signalled",
    DrainAlways => "wait: drained though not signalled",
    DrainUnlocked => "wait: drained after the lock is released",
    NodeKept => "wait: node not removed",
    TokenNotPinned => "call: token not pinned",
    TokenPinnedLate => "call: token pinned by each wait, not before the first try",
    // close and detach
    CloseByStore => "close: CLOSING stored, not swapped",
    CloseSwapsOnce => "close: a failed swap not tried again",
    NoBarrier => "close: no membarrier",
    BarrierBeforeSwap => "close: membarrier before CLOSING is set",
    BarrierSkippedIfOwner => "close: barrier skipped though the slot is shared",
    BarrierSkippedIfWaiting => "close: barrier skipped though the close has to wait",
    SignalBeforeSwap => "close: nodes signalled before CLOSING is set",
    NoSignal => "close: nodes not signalled",
    SignalUnlocked => "close: wake fds written after the lock is released",
    FreeAtOnce => "close: does not wait for the calls in flight",
    CountsNotAwaited => "close: counted pins not waited for",
    GateReadLate => "close: gate read after the records",
    WakeTrusted => "close: records not looked at again after a wake-up",
    OwnCallAwaited => "close: waits for the call it runs in",
    OwnEntriesIgnored => "close: own entries not looked at",
    OwnCountUnknown => "close: own counted pins not known as own",
    HandOverUnlocked => "close: handed over without the lock",
    HandOverUnchecked => "close: handed over without looking again",
    FlagsKept => "close: flags kept by the freed slot",
    GenerationKept => "close: generation kept by the freed slot",
    DetachFromInside => "detach: from inside a call, not refused",
    DetachHandsOver => "detach: hands over after 100 ms",
    // setdeadline
    DeadlineAfterSignal => "setdeadline: stored after signalling",
    DeadlineNotSignalled => "setdeadline: nodes not signalled",
    AttentionFromArgument => "setdeadline: attention bit from the argument alone",
    AttentionByStore => "setdeadline: attention bit by load and store",
    // cancel
    FireUncounted => "fire: not counted",
    FiresNotAwaited => "close of a token: firings not waited for",
    FireLeavesByLock => "fire: leaves through the slow path",
    FlagAfterWrite => "fire: flag set after the write",
    CloseDoesNotFire => "close of a token: does not fire",
    // fork
    ForkKeepsRecords => "fork: foreign records kept",
    ForkKeepsLocks => "fork: locks kept",
    ForkKeepsNodes => "fork: foreign nodes kept",
    ForkKeepsCounts => "fork: foreign counts kept",
    ForkKeepsFires => "fork: foreign firings kept",
    ForkDropsOwn => "fork: own pins voided too",
    ForkKeepsWake => "fork: wake fd kept",
    ForkLeavesClosing => "fork: foreign closes left half done",
    ForkUnlocked => "fork: descriptor changes not kept out",
    ForkFlag => "fork: a flag, not a count",
    ForkAwaitsItself => "fork: in a signal handler, waits for the change that it interrupts",
    ForkSettlesInside => "fork: the child settles inside the change that the handler interrupts",
    ForkEndsOwnClose => "fork: the close that the handler interrupts is ended for it",
    ForkTrustsNumber => "fork: the number of a lingering close not compared",
    ForkKeepsStacks => "fork: descriptors on stacks of other threads kept",
    BorrowEndsOutside => "call: descriptor on its stack closed outside of a change",
}
