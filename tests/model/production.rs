//! Which functions of the library take each step of the model.
//!
//! A function is named `module::function` or `Type::method`. Rename it here when it is renamed there; when it
//! changes what it does to shared memory, or in which order, change the model as well.

use super::frame::Pc::{self, *};

/// Steps of the model, and the functions that take them.
pub struct Row {
    pub steps: &'static [Pc],
    pub functions: &'static [&'static str],
    /// What a reader must know to compare the two.
    pub note: &'static str,
}

impl Row {
    /// The row as docs/model.md has it.
    pub fn line(&self) -> String {
        let steps = self.steps.iter().map(|step| format!("{step:?}")).collect::<Vec<_>>().join(", ");
        let functions = self.functions.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        format!("| {steps} | {functions} | {} |", self.note).replace("|  |", "| |")
    }
}

const fn row(steps: &'static [Pc], functions: &'static [&'static str], note: &'static str) -> Row {
    Row { steps, functions, note }
}

pub const TABLE: &[Row] = &[
    row(
        &[PinRaiseDepth, PinStoreEntry],
        &["ThreadRecord::enter", "ThreadRecord::enter_first"],
        "`enter_first` has one entry, which is its own depth",
    ),
    row(&[PinLoadWord], &["pin::pin", "FastPin::begin", "Id::check", "Word::admits"], ""),
    row(&[PinShare], &["Slot::mark_shared"], ""),
    row(&[PinCount, PinCountLoadWord], &["pin::pin", "ThreadRecord::enter_counted"], ""),
    row(&[LeaveClearEntry], &["ThreadRecord::leave", "ThreadRecord::leave_first"], ""),
    row(&[LeaveUncount], &["pin::unpin_counted"], ""),
    row(&[LeaveLoadWord], &["Pin::drop", "FastPin::end", "pin::notify_closer"], ""),
    row(&[LeaveLock, LeaveCheck, LeaveScan, LeaveDecide], &["close::left", "Threads::names"], ""),
    row(
        &[LeavePoll],
        &["close::wait_until_left"],
        "never needed: a close does not hand over while a fire runs",
    ),
    row(&[CallPinned, CallReadDeadline, CallReadFired], &["Pin::attend"], ""),
    row(
        &[CallTry],
        &["Call::drive", "Call::retry"],
        "between a pin and the first wait the library holds no pin on the token: `Pin::attend` keeps the number \
         of one that was closed already, and `Pin::token` takes any other that is gone for one that has fired",
    ),
    row(&[CallLeaves, CallLeft], &["Pin::drop"], ""),
    row(
        &[WaitPinToken, WaitTokenPinned, WaitTokenLeft],
        &["Pin::token", "Call::sleep_once"],
        "the library pins the token for each sleep; see CallTry",
    ),
    row(&[WaitLock, WaitAddNode], &["Waiter::enlist"], ""),
    row(
        &[WaitReadWord, WaitReadFired, WaitReadDeadline],
        &["Call::sleep_once", "Pin::is_closing", "Pin::token", "Pin::deadline"],
        "",
    ),
    row(&[WaitSleep], &["Call::sleep_once", "Call::interrupted", "interrupt::run"], ""),
    row(&[WaitLeaveLock, WaitRemoveNode], &["Waiter::leave", "Waiter::drop", "waiters::remove"], ""),
    row(&[CloseLoadWord], &["close::close", "close::detach", "Slot::begin_close"], ""),
    row(&[CloseSwap], &["Slot::begin_close"], ""),
    row(
        &[CloseSetFired, CloseWriteToken],
        &["cancel::fire_before_close"],
        "the library fires before CLOSING is set, the model after it",
    ),
    row(&[CloseAlone], &["close::end", "close::is_inside", "Slot::is_only_of"], ""),
    row(&[CloseBarrier], &["close::end", "barrier::barrier"], ""),
    row(&[CloseLock, CloseSignal], &["close::end", "waiters::signal"], ""),
    row(
        &[CloseReadGate, CloseLookLock, CloseScan, CloseDecide, CloseSleep],
        &["close::wait_until_left", "Threads::names"],
        "",
    ),
    row(
        &[ClosePoll],
        &["close::wait_until_left", "token::fire"],
        "the last fire of a handle that is being closed wakes the closer; the model looks until the count is 0",
    ),
    row(
        &[TakeOut, KernelClose, GiveUp],
        &["close::finish", "close::close_apart", "NoForkGuard::enter", "table::free", "Slot::free"],
        "`close::detach` does the same without close(2)",
    ),
    row(
        &[DeadlinePinned, DeadlineLock, DeadlineAttention, DeadlineSignal, DeadlineLeft],
        &["deadline::set", "Slot::announce", "Slot::update_attention", "waiters::signal"],
        "the library stores the deadline under the lock, the model just before it",
    ),
    row(&[FireCount, FireLoadWord, FireSet, FireWrite, FireUncount, FireLeft], &["token::fire"], ""),
    row(&[CreateOpen], &["socket::create", "NoForkGuard::enter"], ""),
    row(&[CreatePublish], &["table::open_number", "Slot::open"], ""),
    row(
        &[BorrowOpen, BorrowClose],
        &["StackFd::new", "StackFd::drop", "operation::start_as", "Operation::step"],
        "what an operation has open ends with its slot: TakeOut",
    ),
    row(
        &[ForkPrepare],
        &["fork::hold", "no_fork::hold"],
        "the library's waits have limits, after which it goes on",
    ),
    row(
        &[ForkCopyTable, ForkCopyMemory],
        &[
            "fork::child",
            "fork::settle",
            "no_fork::begin_child",
            "no_fork::left",
            "Threads::after_fork_child",
            "child::settle_slots",
            "fd_owner::close_stack_fds",
        ],
        "the kernel copies; the functions are the child's",
    ),
    row(
        &[
            LeaveLookFirst,
            WaitDrainLate,
            WaitDrainUnlocked,
            CloseEarlySignal,
            CloseEarlyBarrier,
            CloseWriteLate,
            CloseHandOverLate,
            CloseReadGateLate,
            DeadlineAttentionStore,
            DeadlineStoreLate,
            FireLoadWordAgain,
            BorrowForget,
        ],
        &[],
        "taken only where a step is swapped",
    ),
    row(&[Single], &[], "something outside the library happens"),
];
