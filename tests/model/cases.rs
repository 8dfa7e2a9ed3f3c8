//! For each step taken out: a scenario that shows what breaks.

use super::list as with;
use super::mutation::Mutation::{self, *};
use super::property::Property::{self, *};
use super::scenario::Scenario;

pub struct Case {
    pub without: Mutation,
    pub scenario: &'static Scenario,
    /// All of these break; docs/model.md says the same.
    pub breaks: &'static [Property],
}

const fn case(without: Mutation, scenario: &'static Scenario, breaks: &'static [Property]) -> Case {
    Case { without, scenario, breaks }
}

/// In the order of the mutations.
pub const CASES: &[Case] = &[
    case(EntryAfterWord, &with::OWNER_CLOSES, &[ClosedUnderCall, Theft]),
    case(DepthAfterEntry, &with::HANDLER, &[ClosedUnderCall, Theft]),
    case(GenerationIgnored, &with::REUSE_BY_OTHER, &[Theft, ClosedTwice]),
    case(AttentionIgnored, &with::ATTENTION, &[WrongAnswer]),
    case(NoSharedMark, &with::OWNER_CLOSES, &[ClosedUnderCall, Theft]),
    case(SharedMarkUnchecked, &with::OWNER_CLOSES, &[ClosedUnderCall, Theft]),
    case(CountNotTaken, &with::COUNTED, &[ClosedUnderCall, Theft]),
    case(CountAfterWord, &with::COUNTED, &[ClosedUnderCall, Theft]),
    case(LeaveBlind, &with::DETACH_RIVAL, &[Leak, Stuck]),
    case(FailedLeaveBlind, &with::DETACH, &[Stuck]),
    case(LeaveLooksFirst, &with::DETACH, &[Stuck]),
    case(LeaveWithoutLock, &with::HOOK, &[ClosedTwice, Leak]),
    case(WakeWithoutGate, &with::RIVALS, &[Stuck]),
    case(LeaveIgnoresCounts, &with::COUNTED_SOME, &[ClosedUnderCall, Theft]),
    case(NodeAfterState, &with::RIVALS, &[Stuck]),
    case(WordNotRead, &with::RIVALS, &[Stuck]),
    case(FiredNotRead, &with::CANCEL_THEN_CLOSE, &[Spins]),
    case(DeadlineNotRead, &with::DEADLINE_LATER, &[Spins]),
    case(DrainAfterState, &with::RIVALS, &[Stuck]),
    case(NoDrain, &with::RIVALS, &[StaleHint]),
    case(NodeKept, &with::RIVALS, &[Leak, StaleHint]),
    case(TokenNotPinned, &with::RECORD_FULL, &[Theft]),
    case(TokenPinnedLate, &with::CANCEL_THEN_CLOSE, &[Stuck]),
    case(CloseByStore, &with::RIVALS, &[ClosedUnderCall, ClosedTwice]),
    case(CloseSwapsOnce, &with::DETACH, &[WrongAnswer]),
    case(NoBarrier, &with::OTHER_CLOSES, &[ClosedUnderCall, Theft]),
    case(BarrierBeforeSwap, &with::OTHER_CLOSES, &[ClosedUnderCall, Theft]),
    case(BarrierSkippedIfOwner, &with::OWNER_CLOSES, &[ClosedUnderCall, Theft]),
    case(BarrierSkippedIfWaiting, &with::HOOK_ALONE, &[Leak]),
    case(SignalBeforeSwap, &with::RIVALS, &[Stuck]),
    case(NoSignal, &with::RIVALS, &[Stuck]),
    case(SignalUnlocked, &with::HOOK_WAITS, &[StaleHint, Spins]),
    case(FreeAtOnce, &with::OWNER_CLOSES, &[ClosedUnderCall, Theft, ReturnedEarly]),
    case(CountsNotAwaited, &with::COUNTED, &[ClosedUnderCall, Theft, ReturnedEarly, ReusedUnderPin]),
    case(GateReadLate, &with::RIVALS, &[Stuck]),
    case(WakeTrusted, &with::CANCEL_CLOSE, &[Theft]),
    case(OwnCallAwaited, &with::HOOK, &[Stuck]),
    case(OwnEntriesIgnored, &with::HOOK, &[ClosedUnderCall, Theft]),
    case(OwnCountUnknown, &with::HOOK_COUNTED, &[Stuck]),
    case(HandOverUnlocked, &with::DETACH_RIVAL, &[Leak]),
    case(HandOverUnchecked, &with::DETACH_RIVAL, &[Leak]),
    case(FlagsKept, &with::LIMIT_REUSE, &[ClosedTwice]),
    case(GenerationKept, &with::REUSE_BY_OTHER, &[Theft]),
    case(DetachFromInside, &with::HOOK_DETACH, &[DetachHandedOver]),
    case(DetachHandsOver, &with::DETACH, &[DetachHandedOver]),
    case(DeadlineAfterSignal, &with::DEADLINE, &[Stuck]),
    case(DeadlineNotSignalled, &with::DEADLINE, &[Stuck]),
    case(AttentionFromArgument, &with::ATTENTION, &[WrongAnswer]),
    case(AttentionByStore, &with::DEADLINE_CLOSE, &[ClosedUnderCall, ClosedTwice]),
    case(FireUncounted, &with::CANCEL_HOOK, &[Theft]),
    case(FiresNotAwaited, &with::CANCEL_HOOK, &[Theft]),
    case(FireLeavesByLock, &with::CANCEL_HANDLER, &[Stuck]),
    case(FlagAfterWrite, &with::CANCEL_THEN_CLOSE, &[Spins]),
    case(CloseDoesNotFire, &with::CANCEL_HOOK, &[Stuck]),
    case(ForkKeepsRecords, &with::FORK, &[Stuck]),
    case(ForkKeepsLocks, &with::FORK, &[Leak, Stuck]),
    case(ForkKeepsNodes, &with::FORK, &[ParentDisturbed]),
    case(ForkKeepsCounts, &with::FORK_COUNTED, &[Leak, Stuck]),
    case(ForkKeepsFires, &with::FORK_FIRE, &[Stuck]),
    case(ForkDropsOwn, &with::FORK_HOOK, &[ClosedUnderCall, Theft]),
    case(ForkKeepsWake, &with::FORK_WAITS, &[ParentDisturbed]),
    case(ForkLeavesClosing, &with::FORK, &[Leak]),
    case(ForkUnlocked, &with::FORK_REUSE, &[Theft, Leak]),
    case(ForkFlag, &with::FORK_TWICE, &[Leak]),
    case(ForkAwaitsItself, &with::FORK_HANDLER, &[Stuck]),
    case(ForkSettlesInside, &with::FORK_HANDLER, &[Leak]),
    case(ForkEndsOwnClose, &with::FORK_HANDLER, &[ClosedTwice]),
    case(ForkTrustsNumber, &with::FORK_LINGER, &[Theft]),
    case(ForkKeepsStacks, &with::FORK_STACKS, &[Leak]),
    case(BorrowEndsOutside, &with::FORK_STACKS, &[Leak]),
];

/// A step that can go without harm: nothing breaks in any scenario. Kept in the list so that the claim
/// stays checked.
pub const SPARE: &[Mutation] = &[BarrierDoneIgnored, DrainAlways, DrainUnlocked];

/// Where spare steps are looked at: all of these exercise them.
pub const SPARE_IN: &[&Scenario] = &[
    &with::OWNER_CLOSES,
    &with::RIVALS,
    &with::DETACH_RIVAL,
    &with::DETACH,
    &with::LIMIT_IN_LOCK,
    &with::HOOK,
    &with::HOOK_ALONE,
    &with::HOOK_RIVAL,
    &with::HOOK_COUNTED,
    &with::HOOK_WAITS,
    &with::HOOKS_CROSSED,
    &with::CANCEL_HOOK,
    &with::FORK_WAITS,
];
