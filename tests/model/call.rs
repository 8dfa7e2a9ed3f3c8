//! A blocking call: try first, wait only on EAGAIN, look at the state before every sleep.

use super::frame::{Answer, Pc, READ, Role};
use super::mutation::Mutation as M;
use super::property::Property;
use super::run::{Made, Run};
use super::state::{Life, NEVER, Node};

impl Run<'_> {
    pub fn call_step(&mut self, pc: Pc, choice: u8) -> Made {
        let frame = *self.top();
        match pc {
            Pc::CallPinned if frame.holds.is_none() => {
                self.finish(Answer::BadHandle);
                true
            }
            // A token sets the attention bit; it is pinned before the first try and until the call ends, so
            // that a firing or a close of it after the call has begun is never missed.
            Pc::CallPinned if frame.attention && !self.without(M::AttentionIgnored) => {
                match self.scenario.token {
                    Some(token) if !self.pins_late() => {
                        self.top_mut().token = token;
                        self.go(Pc::CallReadDeadline);
                        self.pin(token, true);
                        true
                    }
                    _ => {
                        self.go(Pc::CallReadDeadline);
                        self.call_step(Pc::CallReadDeadline, 0)
                    }
                }
            }
            Pc::CallPinned => self.try_it(),
            Pc::CallReadDeadline => {
                let past = self.deadline() <= self.state.clock;
                match past {
                    true => self.leave_with(Answer::TimedOut),
                    false if self.watches() => self.go(Pc::CallReadFired),
                    false => self.go(Pc::CallTry),
                }
            }
            Pc::CallReadFired => match self.state.slot(frame.token).fired {
                true => self.leave_with(Answer::Canceled),
                false => self.go(Pc::CallTry),
            },
            Pc::CallTry => self.try_it(),
            Pc::CallLeaves => self.leave_then(false, Pc::CallLeft),
            Pc::CallLeft => {
                self.finish(frame.answer);
                true
            }
            _ => self.wait_step(pc, choice),
        }
    }

    fn deadline(&self) -> u8 {
        self.my_slot().deadlines[usize::from(self.top().direction)]
    }

    /// The system call, without blocking.
    fn try_it(&mut self) -> Made {
        let id = self.top().id;
        self.system_call(id);
        self.top_mut().tried = true;
        if self.ready() {
            return self.leave_with(Answer::Done);
        }
        match self.scenario.token {
            Some(token) if self.pins_late() && self.top().holds_token.is_none() => {
                self.top_mut().token = token;
                self.go(Pc::WaitPinToken)
            }
            _ => self.go(self.wait_begin()),
        }
    }

    fn ready(&self) -> bool {
        self.state.data && self.top().direction == READ
    }

    /// The end of the call: the token is left, then the handle.
    fn leave_with(&mut self, answer: Answer) -> Made {
        self.top_mut().answer = answer;
        match self.top().holds_token {
            Some(_) => self.leave_then(true, Pc::CallLeaves),
            None => self.leave_then(false, Pc::CallLeft),
        }
    }

    fn pins_late(&self) -> bool {
        self.without(M::TokenPinnedLate) || self.without(M::TokenNotPinned)
    }

    fn wait_begin(&self) -> Pc {
        if self.without(M::NodeAfterState) { Pc::WaitReadWord } else { Pc::WaitLock }
    }

    fn wait_step(&mut self, pc: Pc, choice: u8) -> Made {
        let frame = *self.top();
        let late = self.without(M::NodeAfterState);
        match pc {
            Pc::WaitPinToken if self.without(M::TokenNotPinned) => self.go(self.wait_begin()),
            Pc::WaitPinToken => {
                self.go(Pc::WaitTokenPinned);
                self.pin(frame.token, true);
                true
            }
            Pc::WaitTokenPinned => {
                self.go(self.wait_begin());
                self.wait_step(self.top().pc, 0)
            }
            Pc::WaitLock => self.lock_then(Pc::WaitAddNode),
            Pc::WaitAddNode => {
                let me = self.me;
                let node = Node { present: true, direction: frame.direction, signalled: false };
                self.my_slot_mut().nodes[me] = node;
                self.unlock();
                self.go(if late { self.sleep() } else { Pc::WaitReadWord })
            }
            Pc::WaitReadWord => {
                let closing = self.my_slot().word.life == Life::Closing && !self.without(M::WordNotRead);
                let fired_next = self.watches() && !self.without(M::FiredNotRead);
                match closing {
                    true => self.end_wait(Answer::Closed),
                    false if fired_next => self.go(Pc::WaitReadFired),
                    false => self.go(Pc::WaitReadDeadline),
                }
            }
            Pc::WaitReadFired => match self.state.slot(frame.token).fired {
                true => self.end_wait(Answer::Canceled),
                false => self.go(Pc::WaitReadDeadline),
            },
            Pc::WaitReadDeadline => {
                self.top_mut().deadline = self.deadline();
                if self.deadline() <= self.state.clock && !self.without(M::DeadlineNotRead) {
                    return self.end_wait(Answer::TimedOut);
                }
                self.go(if late { Pc::WaitLock } else { self.sleep() })
            }
            Pc::WaitDrainLate => {
                self.thread_mut().wake = false;
                self.go(Pc::WaitSleep)
            }
            Pc::WaitSleep => self.sleep_step(choice),
            Pc::WaitLeaveLock => self.lock_then(Pc::WaitRemoveNode),
            Pc::WaitRemoveNode => self.remove_node(),
            Pc::WaitDrainUnlocked => {
                self.thread_mut().wake = false;
                self.after_remove()
            }
            Pc::WaitTokenLeft => {
                self.top_mut().token = Default::default();
                self.after_wait()
            }
            _ => unreachable!("{pc:?} is no step of a call"),
        }
    }

    fn sleep(&self) -> Pc {
        if self.without(M::DrainAfterState) { Pc::WaitDrainLate } else { Pc::WaitSleep }
    }

    /// Whether the sleep includes a token.
    fn watches(&self) -> bool {
        let loose = self.without(M::TokenNotPinned) && self.scenario.token.is_some();
        self.top().holds_token.is_some() || loose
    }

    /// The node may not be there yet when the state is read too early.
    fn end_wait(&mut self, answer: Answer) -> Made {
        self.top_mut().answer = answer;
        self.go(Pc::WaitLeaveLock)
    }

    /// ppoll: choice 0 ends by readiness or time, 1 by a signal whose hook is to run.
    fn sleep_step(&mut self, choice: u8) -> Made {
        let frame = *self.top();
        // Parent and child would take each other's wake-ups.
        if self.thread().inherited {
            self.broken.add(Property::ParentDisturbed);
        }
        if choice == 1 {
            if self.thread().hooks_left == 0 {
                return false;
            }
            self.thread_mut().hooks_left -= 1;
            self.top_mut().hook_due = true;
            return self.go(Pc::WaitLeaveLock);
        }
        let token = self.watches() && self.state.slot(frame.token).readable;
        let late = frame.deadline != NEVER && frame.deadline <= self.state.clock;
        if !(self.ready() || self.thread().wake || token || late) {
            return false;
        }
        self.system_call(frame.id);
        if self.watches() {
            self.system_call(frame.token);
        }
        self.go(Pc::WaitLeaveLock)
    }

    fn remove_node(&mut self) -> Made {
        let me = self.me;
        let node = self.my_slot().nodes[me];
        if !self.without(M::NodeKept) {
            self.my_slot_mut().nodes[me] = Node::default();
        }
        if (node.signalled && !self.without(M::NoDrain)) || self.without(M::DrainAlways) {
            if self.without(M::DrainUnlocked) {
                self.unlock();
                return self.go(Pc::WaitDrainUnlocked);
            }
            self.thread_mut().wake = false;
        }
        self.unlock();
        self.after_remove()
    }

    fn after_remove(&mut self) -> Made {
        if self.thread().wake {
            self.broken.add(Property::StaleHint);
        }
        if self.without(M::TokenPinnedLate) && self.top().holds_token.is_some() {
            return self.leave_then(true, Pc::WaitTokenLeft);
        }
        self.after_wait()
    }

    /// The node is gone and no lock is held: the place where a hook may run.
    fn after_wait(&mut self) -> Made {
        let frame = *self.top();
        if frame.answer != Answer::None {
            return self.leave_with(frame.answer);
        }
        self.go(Pc::CallTry);
        if frame.hook_due {
            self.top_mut().hook_due = false;
            let hooks = self.scenario.hooks[self.me];
            let next = hooks.len() - usize::from(self.thread().hooks_left) - 1;
            self.begin(hooks[next], Role::Hook);
        }
        true
    }
}
