//! Who does what at the same time. Each scenario is small, so that all of its interleavings are looked at.

use super::frame::{Answer, Op};
use super::state::{Id, SLOTS, State, THREADS};

/// One step of a script and the answers that are right for it.
pub struct Step {
    pub op: Op,
    pub right: &'static [Answer],
}

pub struct Scenario {
    pub name: &'static str,
    pub scripts: [&'static [Step]; THREADS],
    /// What signals in a wait make a thread run, one after the other; and the answers that are right for it.
    pub hooks: [&'static [Op]; THREADS],
    pub hook_answers: &'static [Answer],
    /// What a signal handler runs, once, between any two steps of the thread.
    pub handlers: [Option<Op>; THREADS],
    /// The cancel token attached to slot 0; it lives in slot 1.
    pub token: Option<Id>,
    /// Slot 1 is a second socket.
    pub second: bool,
    /// The threads that made slots 0 and 1.
    pub owners: [u8; SLOTS],
    /// Threads that can only count their pins.
    pub counted: [bool; THREADS],
    /// Entries a record has.
    pub entries: usize,
    /// The closer's 100 ms can end.
    pub limit: bool,
    /// Data is there from the start.
    pub data: bool,
    /// close(2) is made before the slot is given up, under its lock.
    pub close_in_lock: bool,
    /// close(2) may linger: no fork waits for it.
    pub lingers: bool,
}

impl Scenario {
    pub fn initial(&self) -> State {
        let mut state = State::EMPTY;
        let number = state.open();
        state.publish(0, number, self.owners[0], true);
        state.slots[0].queued = false;
        if self.second || self.token.is_some() {
            let number = state.open();
            state.publish(1, number, self.owners[1], true);
            state.slots[1].queued = false;
        }
        state.data = self.data;
        state.slots[0].word.attention = self.token.is_some();
        for (index, thread) in state.threads.iter_mut().enumerate() {
            thread.hooks_left = self.hooks[index].len() as u8;
            thread.handler_left = self.handlers[index].is_some();
        }
        state
    }
}
