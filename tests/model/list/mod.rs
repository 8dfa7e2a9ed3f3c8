//! The scenarios, and the words they are written in.

mod scenarios_close;
mod scenarios_environment;

pub use scenarios_close::*;
pub use scenarios_environment::*;

use super::frame::Answer::{BadHandle, Canceled, Closed, Deadlock, Done, HandedOver, TimedOut};
use super::frame::{Answer, Op, READ, WRITE};
use super::scenario::{Scenario, Step};
use super::state::{Id, NEVER, SLOTS, THREADS};

const BASE: Scenario = Scenario {
    name: "",
    scripts: [&[]; THREADS],
    hooks: [&[]; THREADS],
    hook_answers: &[],
    handlers: [None; THREADS],
    token: None,
    second: false,
    owners: [0; SLOTS],
    counted: [false; THREADS],
    entries: 3,
    limit: false,
    data: false,
    close_in_lock: false,
    lingers: false,
};

const FIRST: Id = Id { slot: 0, generation: 1 };
const NEXT: Id = Id { slot: 0, generation: 2 };
/// The handle in slot 1: the cancel token, or a second socket.
const OTHER: Id = Id { slot: 1, generation: 1 };

const fn step(op: Op, right: &'static [Answer]) -> Step {
    Step { op, right }
}

const fn done(op: Op) -> Step {
    step(op, &[Done])
}

/// A call that only a close ends, and that may come after it.
const fn call(id: Id) -> Step {
    step(Op::Call(id, READ), &[BadHandle, Closed])
}

/// A call through an id that was never live here.
const STALE: Step = step(Op::Call(Id { slot: 0, generation: 0 }, READ), &[BadHandle]);
const STRANGER: Step = done(Op::Stranger);
const CREATE: Step = done(Op::Create(0));
const CLOSE_FIRST: Step = done(Op::Close(FIRST));
/// One of two that close the same handle.
const RIVAL: Step = step(Op::Close(FIRST), &[Done, BadHandle]);
/// A close that may hand over.
const LIMITED: Step = step(Op::Close(FIRST), &[Done, HandedOver]);
const LIMITED_RIVAL: Step = step(Op::Close(FIRST), &[Done, HandedOver, BadHandle]);
/// The next handle of the slot; where the slot was not free there is none.
const CLOSE_NEXT: Step = step(Op::Close(NEXT), &[Done, HandedOver, BadHandle]);
const CLOSE_OTHER: Step = step(Op::Close(OTHER), &[Done, HandedOver, BadHandle]);

/// Beyond what the protocol promises: two hooks detach each other's handle. A detach never hands over, so
/// both wait forever, as two threads that join each other do.
pub const DETACHES_CROSSED: Scenario = Scenario {
    name: "two hooks detach each other's handle",
    hooks: [&[Op::Detach(OTHER)], &[Op::Detach(FIRST)], &[]],
    ..HOOKS_CROSSED
};

/// Beyond what the protocol promises: a signal handler makes a call on the handle of the call it interrupts.
/// The thread may hold the slot's lock. Only firing a token is allowed in handlers.
pub const HANDLER_SAME: Scenario = Scenario {
    name: "a signal handler makes a call on the same handle",
    scripts: [&[step(Op::Call(FIRST, WRITE), &[Closed, BadHandle])], &[CLOSE_FIRST], &[]],
    handlers: [Some(Op::Call(FIRST, READ)), None, None],
    data: true,
    ..BASE
};

pub const ALL: &[&Scenario] = &[
    &OWNER_CLOSES,
    &OTHER_CLOSES,
    &REUSE,
    &REUSE_BY_OTHER,
    &RIVALS,
    &DETACH_RIVAL,
    &DETACH,
    &LIMIT,
    &LIMIT_REUSE,
    &LIMIT_IN_LOCK,
    &HOOK,
    &HOOK_ALONE,
    &HOOK_RIVAL,
    &HOOK_DETACH,
    &HOOK_COUNTED,
    &HOOK_WAITS,
    &HOOKS_CROSSED,
    &COUNTED,
    &COUNTED_SOME,
    &DEADLINE,
    &DEADLINE_LATER,
    &DEADLINE_CLOSE,
    &ATTENTION,
    &CANCEL,
    &CANCEL_CLOSE,
    &CANCEL_THEN_CLOSE,
    &CANCEL_HOOK,
    &CANCEL_HANDLER,
    &RECORD_FULL,
    &HANDLER,
    &FORK,
    &FORK_IN_LOCK,
    &FORK_COUNTED,
    &FORK_FIRE,
    &FORK_REUSE,
    &FORK_HOOK,
    &FORK_WAITS,
    &FORK_TWICE,
    &FORK_HANDLER,
    &FORK_LINGER,
    &FORK_STACKS,
];
