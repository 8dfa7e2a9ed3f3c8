//! Calls against close, detach, the slot's next handle, and hooks that close.

use super::*;

pub const OWNER_CLOSES: Scenario = Scenario {
    name: "the owner closes under two calls, a stranger takes the number",
    scripts: [&[CLOSE_FIRST, STRANGER], &[call(FIRST)], &[call(FIRST)]],
    ..BASE
};

pub const OTHER_CLOSES: Scenario = Scenario {
    name: "another thread closes under the owner's call",
    scripts: [&[call(FIRST)], &[CLOSE_FIRST, STRANGER], &[call(FIRST)]],
    ..BASE
};

pub const REUSE: Scenario = Scenario {
    name: "the slot is used again under stale ids",
    scripts: [&[CLOSE_FIRST, CREATE, done(Op::Close(NEXT))], &[call(FIRST)], &[call(NEXT)]],
    ..BASE
};

pub const REUSE_BY_OTHER: Scenario = Scenario {
    name: "the next handle of the slot has another owner",
    scripts: [&[CLOSE_FIRST, call(NEXT)], &[CREATE, CLOSE_NEXT], &[STALE]],
    ..BASE
};

pub const RIVALS: Scenario =
    Scenario { name: "two threads close", scripts: [&[RIVAL, CREATE], &[RIVAL], &[call(FIRST)]], ..BASE };

pub const DETACH_RIVAL: Scenario = Scenario {
    name: "one thread closes, another detaches",
    scripts: [&[LIMITED_RIVAL], &[step(Op::Detach(FIRST), &[Done, BadHandle])], &[call(FIRST)]],
    limit: true,
    ..BASE
};

pub const DETACH: Scenario = Scenario {
    name: "detach under a call and a failing pin",
    scripts: [&[done(Op::Detach(FIRST))], &[call(FIRST)], &[STALE]],
    limit: true,
    ..BASE
};

pub const LIMIT: Scenario = Scenario {
    name: "the 100 ms of a close end under two calls",
    scripts: [&[LIMITED, STRANGER], &[call(FIRST)], &[call(FIRST)]],
    limit: true,
    ..BASE
};

pub const LIMIT_REUSE: Scenario = Scenario {
    name: "the 100 ms end, the slot is used again",
    scripts: [&[LIMITED, CREATE, CLOSE_NEXT], &[call(FIRST)], &[call(NEXT)]],
    limit: true,
    ..BASE
};

pub const LIMIT_IN_LOCK: Scenario = Scenario {
    name: "the 100 ms end, close(2) under the slot's lock",
    scripts: [&[LIMITED, STRANGER, CREATE], &[call(FIRST)], &[STALE]],
    limit: true,
    close_in_lock: true,
    ..BASE
};

pub const HOOK: Scenario = Scenario {
    name: "a hook closes the handle of its call, another call runs",
    scripts: [&[call(FIRST)], &[call(FIRST)], &[]],
    hooks: [&[Op::Close(FIRST)], &[], &[]],
    hook_answers: &[HandedOver],
    ..BASE
};

pub const HOOK_ALONE: Scenario = Scenario {
    name: "a hook closes the handle of the only call, a pin fails",
    scripts: [&[call(FIRST)], &[STALE], &[]],
    hooks: [&[Op::Close(FIRST)], &[], &[]],
    hook_answers: &[HandedOver],
    ..BASE
};

pub const HOOK_RIVAL: Scenario = Scenario {
    name: "a hook closes while another thread does",
    scripts: [&[call(FIRST)], &[RIVAL, CREATE], &[STALE]],
    hooks: [&[Op::Close(FIRST)], &[], &[]],
    hook_answers: &[HandedOver, BadHandle],
    ..BASE
};

pub const HOOK_DETACH: Scenario = Scenario {
    name: "a hook detaches the handle of its call",
    scripts: [&[call(FIRST)], &[CLOSE_FIRST], &[]],
    hooks: [&[Op::Detach(FIRST)], &[], &[]],
    hook_answers: &[Deadlock, BadHandle],
    ..BASE
};

pub const HOOK_COUNTED: Scenario = Scenario {
    name: "hooks close and detach, pins counted",
    scripts: [&[call(FIRST)], &[call(FIRST)], &[]],
    hooks: [&[Op::Detach(FIRST), Op::Close(FIRST)], &[], &[]],
    hook_answers: &[Deadlock, HandedOver],
    counted: [true; THREADS],
    ..BASE
};

pub const HOOK_WAITS: Scenario = Scenario {
    name: "a hook waits on a second socket with the same wake fd",
    scripts: [&[call(FIRST)], &[CLOSE_FIRST], &[done(Op::Close(OTHER))]],
    hooks: [&[Op::Call(OTHER, READ)], &[], &[]],
    hook_answers: &[Closed, BadHandle],
    second: true,
    owners: [1, 2],
    ..BASE
};

pub const HOOKS_CROSSED: Scenario = Scenario {
    name: "two hooks close each other's handle",
    scripts: [&[call(FIRST), CLOSE_OTHER], &[call(OTHER), LIMITED_RIVAL], &[]],
    hooks: [&[Op::Close(OTHER)], &[Op::Close(FIRST)], &[]],
    hook_answers: &[Done, HandedOver, BadHandle],
    second: true,
    owners: [0, 1],
    limit: true,
    ..BASE
};
