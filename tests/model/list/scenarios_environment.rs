//! Counted pins, deadlines, cancel tokens, signal handlers and forks.

use super::*;

pub const COUNTED: Scenario = Scenario {
    name: "all pins counted",
    scripts: [&[CLOSE_FIRST, CREATE], &[call(FIRST)], &[call(FIRST)]],
    counted: [true; THREADS],
    ..BASE
};

pub const COUNTED_SOME: Scenario = Scenario {
    name: "one thread counts its pins, the 100 ms end",
    scripts: [&[LIMITED, CREATE], &[call(FIRST)], &[call(FIRST)]],
    counted: [false, true, false],
    limit: true,
    ..BASE
};

pub const DEADLINE: Scenario = Scenario {
    name: "a deadline ends two waits",
    scripts: [
        &[step(Op::Call(FIRST, READ), &[TimedOut])],
        &[done(Op::SetDeadline(FIRST, READ, 0))],
        &[step(Op::Call(FIRST, READ), &[TimedOut])],
    ],
    ..BASE
};

pub const DEADLINE_LATER: Scenario = Scenario {
    name: "a deadline set under a wait passes",
    scripts: [
        &[step(Op::Call(FIRST, READ), &[TimedOut])],
        &[done(Op::SetDeadline(FIRST, WRITE, 0)), done(Op::SetDeadline(FIRST, READ, 1))],
        &[done(Op::Tick)],
    ],
    ..BASE
};

pub const DEADLINE_CLOSE: Scenario = Scenario {
    name: "a deadline is set while the handle is closed",
    scripts: [
        &[step(Op::Call(FIRST, READ), &[TimedOut, Closed, BadHandle])],
        &[step(Op::SetDeadline(FIRST, READ, 0), &[Done, BadHandle])],
        &[CLOSE_FIRST],
    ],
    ..BASE
};

pub const ATTENTION: Scenario = Scenario {
    name: "a past deadline fails a call before it tries, another setter runs",
    scripts: [
        &[done(Op::SetDeadline(FIRST, READ, 0))],
        &[done(Op::SetDeadline(FIRST, WRITE, NEVER))],
        &[done(Op::After(0, 1)), done(Op::After(1, 1)), step(Op::Call(FIRST, READ), &[TimedOut])],
    ],
    data: true,
    ..BASE
};

pub const CANCEL: Scenario = Scenario {
    name: "a token ends two waits",
    scripts: [
        &[step(Op::Call(FIRST, READ), &[Canceled])],
        &[done(Op::Fire(OTHER))],
        &[step(Op::Call(FIRST, READ), &[Canceled])],
    ],
    token: Some(OTHER),
    owners: [0, 1],
    ..BASE
};

pub const CANCEL_CLOSE: Scenario = Scenario {
    name: "a token is fired and closed under a wait, then the socket is",
    scripts: [
        &[step(Op::Call(FIRST, READ), &[Canceled, Closed, BadHandle])],
        &[step(Op::Fire(OTHER), &[Done, BadHandle]), CLOSE_FIRST],
        &[done(Op::Close(OTHER)), STRANGER],
    ],
    token: Some(OTHER),
    owners: [0, 2],
    ..BASE
};

pub const CANCEL_THEN_CLOSE: Scenario = Scenario {
    name: "a token is fired and closed under a call that has begun",
    scripts: [
        &[step(Op::Call(FIRST, READ), &[Canceled])],
        &[done(Op::Tried(0)), done(Op::Fire(OTHER)), done(Op::Close(OTHER)), STRANGER],
        &[],
    ],
    token: Some(OTHER),
    owners: [0, 1],
    ..BASE
};

pub const CANCEL_HOOK: Scenario = Scenario {
    name: "a hook closes the token of its call, another thread fires it",
    scripts: [
        &[step(Op::Call(FIRST, READ), &[Canceled]), CLOSE_FIRST],
        &[step(Op::Fire(OTHER), &[Done, BadHandle]), STRANGER],
        &[],
    ],
    hooks: [&[Op::Close(OTHER)], &[], &[]],
    hook_answers: &[HandedOver],
    token: Some(OTHER),
    limit: true,
    ..BASE
};

pub const CANCEL_HANDLER: Scenario = Scenario {
    name: "a signal handler fires a token on top of its close",
    scripts: [
        &[step(Op::Call(FIRST, READ), &[Canceled, Closed, BadHandle])],
        &[done(Op::Close(OTHER)), STRANGER, CLOSE_FIRST],
        &[],
    ],
    handlers: [None, Some(Op::Fire(OTHER)), None],
    token: Some(OTHER),
    owners: [0, 0],
    ..BASE
};

pub const RECORD_FULL: Scenario = Scenario {
    name: "a record of one entry: the token is pinned by count",
    scripts: [
        &[step(Op::Call(FIRST, READ), &[Canceled, Closed, BadHandle])],
        &[done(Op::Close(OTHER)), STRANGER, CLOSE_FIRST],
        &[],
    ],
    token: Some(OTHER),
    entries: 1,
    ..BASE
};

pub const HANDLER: Scenario = Scenario {
    name: "a signal handler makes a call on top of a call",
    scripts: [&[step(Op::Call(FIRST, WRITE), &[Closed, BadHandle])], &[CLOSE_FIRST, STRANGER], &[]],
    handlers: [Some(Op::Call(OTHER, READ)), None, None],
    second: true,
    data: true,
    ..BASE
};

pub const FORK: Scenario = Scenario {
    name: "fork while one thread calls and one closes",
    scripts: [&[done(Op::Fork), RIVAL], &[call(FIRST)], &[RIVAL]],
    ..BASE
};

pub const FORK_IN_LOCK: Scenario = Scenario {
    name: "fork while one thread calls and one closes under the slot's lock",
    scripts: [&[done(Op::Fork), LIMITED_RIVAL], &[call(FIRST)], &[LIMITED_RIVAL, STRANGER]],
    limit: true,
    close_in_lock: true,
    ..BASE
};

pub const FORK_COUNTED: Scenario = Scenario {
    name: "fork while another thread's call is counted",
    scripts: [&[done(Op::Fork), RIVAL], &[call(FIRST)], &[RIVAL]],
    counted: [true; THREADS],
    ..BASE
};

pub const FORK_FIRE: Scenario = Scenario {
    name: "fork while another thread fires a token",
    scripts: [&[done(Op::Fork), done(Op::Close(OTHER))], &[step(Op::Fire(OTHER), &[Done, BadHandle])], &[]],
    token: Some(OTHER),
    owners: [0, 0],
    ..BASE
};

pub const FORK_REUSE: Scenario = Scenario {
    name: "fork while a number goes from a stranger to a handle",
    scripts: [&[done(Op::Fork), RIVAL], &[RIVAL, CREATE, CLOSE_NEXT], &[STRANGER]],
    ..BASE
};

pub const FORK_HOOK: Scenario = Scenario {
    name: "a hook forks, the next closes",
    scripts: [&[call(FIRST)], &[RIVAL], &[call(FIRST)]],
    hooks: [&[Op::Fork, Op::Close(FIRST)], &[], &[]],
    hook_answers: &[Done, HandedOver, BadHandle],
    ..BASE
};

pub const FORK_WAITS: Scenario = Scenario {
    name: "the child waits and closes from a hook",
    scripts: [&[done(Op::Fork), call(FIRST)], &[RIVAL], &[]],
    hooks: [&[Op::Close(FIRST)], &[], &[]],
    hook_answers: &[HandedOver, BadHandle],
    ..BASE
};

pub const FORK_TWICE: Scenario = Scenario {
    name: "two threads fork, a third closes and opens",
    scripts: [&[done(Op::Fork)], &[done(Op::Fork)], &[CLOSE_FIRST, CREATE]],
    ..BASE
};

pub const FORK_HANDLER: Scenario = Scenario {
    name: "a signal handler forks on top of a close under a call, and of the next handle's making",
    scripts: [&[CLOSE_FIRST, CREATE], &[call(FIRST)], &[]],
    handlers: [Some(Op::Fork), None, None],
    ..BASE
};

pub const FORK_LINGER: Scenario = Scenario {
    name: "fork during a lingering close, a stranger takes the number",
    scripts: [&[done(Op::Fork), RIVAL], &[RIVAL], &[STRANGER]],
    lingers: true,
    ..BASE
};

pub const FORK_STACKS: Scenario = Scenario {
    name: "fork while another thread's call has a descriptor on its stack",
    scripts: [&[done(Op::Fork), done(Op::Borrow)], &[done(Op::Borrow)], &[]],
    ..BASE
};
