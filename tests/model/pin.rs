//! Pin and unpin: the two ends of every call.

use super::frame::{Frame, Hold, Pc, Role};
use super::mutation::Mutation as M;
use super::run::{Made, Run};
use super::state::{Id, Life, THREADS};

impl Run<'_> {
    /// Pins a handle for the innermost operation, which continues at its current step.
    pub fn pin(&mut self, id: Id, of_token: bool) {
        let counted = self.counts();
        let pc = match counted {
            true if self.without(M::CountAfterWord) => Pc::PinCountLoadWord,
            true => Pc::PinCount,
            false => Pc::PinRaiseDepth,
        };
        let how = Some(if counted { Hold::Count } else { Hold::Entry });
        self.push(Frame { role: Role::Part, pc, id, of_token, how, ..Frame::IDLE });
        // Raising the depth is the thread's own affair: a step of its own only where a signal may come
        // between.
        if pc == Pc::PinRaiseDepth && self.scenario.handlers[self.me].is_none() {
            self.pin_step(pc);
        }
    }

    pub fn pin_step(&mut self, pc: Pc) -> Made {
        let id = self.top().id;
        match pc {
            Pc::PinRaiseDepth if self.without(M::DepthAfterEntry) => {
                // Swapped: the entry is written at the old depth, then the depth is raised.
                let depth = self.thread().depth;
                self.thread_mut().store(depth, id.slot + 1);
                self.go(Pc::PinStoreEntry)
            }
            Pc::PinRaiseDepth => {
                self.thread_mut().depth += 1;
                let late = self.without(M::EntryAfterWord);
                self.go(if late { Pc::PinLoadWord } else { Pc::PinStoreEntry })
            }
            Pc::PinStoreEntry if self.without(M::DepthAfterEntry) => {
                self.thread_mut().depth += 1;
                self.go(Pc::PinLoadWord)
            }
            Pc::PinStoreEntry => {
                let depth = self.thread().depth;
                self.thread_mut().store(depth - 1, id.slot + 1);
                if self.without(M::EntryAfterWord) {
                    return self.pinned();
                }
                self.go(Pc::PinLoadWord)
            }
            Pc::PinLoadWord => {
                let word = self.my_slot().word;
                self.top_mut().word = word;
                if !self.is_live(id) {
                    return self.pin_failed();
                }
                if !word.shared && usize::from(word.owner) != self.me && !self.without(M::NoSharedMark) {
                    return self.go(Pc::PinShare);
                }
                self.loaded_live()
            }
            // The first pin by another thread marks the slot, with one locked instruction.
            Pc::PinShare => {
                self.fence();
                let seen = self.top().word;
                if self.my_slot().word == seen || self.without(M::SharedMarkUnchecked) {
                    self.my_slot_mut().word.shared = true;
                    return self.loaded_live();
                }
                self.go(Pc::PinLoadWord)
            }
            Pc::PinCount => {
                self.fence();
                self.count_own(id, true);
                if self.without(M::CountAfterWord) {
                    return self.pinned();
                }
                self.go(Pc::PinCountLoadWord)
            }
            Pc::PinCountLoadWord => {
                self.top_mut().word = self.my_slot().word;
                if self.without(M::CountAfterWord) {
                    if self.is_live(id) {
                        return self.go(Pc::PinCount);
                    }
                    self.pop();
                    return true;
                }
                if self.is_live(id) { self.pinned() } else { self.pin_failed() }
            }
            _ => unreachable!("{pc:?} is no step of pin"),
        }
    }

    /// The word was right: with the entry out already this is the pin.
    fn loaded_live(&mut self) -> Made {
        if self.without(M::EntryAfterWord) {
            return self.go(Pc::PinStoreEntry);
        }
        self.pinned()
    }

    fn pinned(&mut self) -> Made {
        let part = *self.top();
        self.pop();
        let frame = self.top_mut();
        match part.of_token {
            true => frame.holds_token = part.how,
            false => {
                frame.holds = part.how;
                frame.attention = part.word.attention;
            }
        }
        true
    }

    fn pin_failed(&mut self) -> Made {
        self.top_mut().failed = true;
        self.start_leaving()
    }

    fn count_own(&mut self, id: Id, up: bool) {
        let me = self.me;
        let silent = self.without(M::CountNotTaken);
        let own = &mut self.state.threads[me].counted[usize::from(id.slot)];
        let all = &mut self.state.slots[usize::from(id.slot)].count;
        *own = if up { *own + 1 } else { *own - 1 };
        if !silent {
            *all = if up { *all + 1 } else { all.saturating_sub(1) };
        }
    }

    pub fn leave_step(&mut self, pc: Pc) -> Made {
        let id = self.top().id;
        match pc {
            // Only when swapped: the word is read, then the entry cleared.
            Pc::LeaveLookFirst => {
                self.top_mut().word = self.my_slot().word;
                self.go(Pc::LeaveClearEntry)
            }
            Pc::LeaveClearEntry => {
                let depth = self.thread().depth;
                self.thread_mut().store(depth - 1, 0);
                self.thread_mut().depth -= 1;
                self.has_left();
                if self.without(M::LeaveLooksFirst) {
                    return self.looked();
                }
                self.go(Pc::LeaveLoadWord)
            }
            Pc::LeaveUncount => {
                self.fence();
                self.count_own(id, false);
                self.has_left();
                self.go(Pc::LeaveLoadWord)
            }
            Pc::LeaveLoadWord => {
                self.top_mut().word = self.my_slot().word;
                self.looked()
            }
            Pc::LeaveLock if self.without(M::LeaveWithoutLock) => self.go(Pc::LeaveCheck),
            Pc::LeaveLock => self.lock_then(Pc::LeaveCheck),
            Pc::LeaveCheck => {
                let slot = self.my_slot();
                let ready = slot.barrier_done || self.without(M::BarrierDoneIgnored);
                if slot.word.life == Life::Closing && ready {
                    (self.top_mut().scan, self.top_mut().named) = (0, false);
                    return self.go(Pc::LeaveScan);
                }
                self.unlock_and_end()
            }
            Pc::LeaveScan => {
                self.scan_one(Pc::LeaveDecide);
                true
            }
            Pc::LeaveDecide => self.leave_decide(),
            Pc::LeavePoll => self.my_slot().fires == 0 && self.go(Pc::LeaveLock),
            _ => unreachable!("{pc:?} is no step of unpin"),
        }
    }

    /// The operation below holds its pin no longer.
    fn has_left(&mut self) {
        let part = *self.top();
        if part.failed || part.role != Role::Part {
            return;
        }
        let frame = self.below_mut();
        match part.of_token {
            true => frame.holds_token = None,
            false => frame.holds = None,
        }
    }

    fn looked(&mut self) -> Made {
        let part = *self.top();
        let blind = self.without(M::LeaveBlind) || (part.failed && self.without(M::FailedLeaveBlind));
        if part.word.life == Life::Closing && !blind {
            return self.go(Pc::LeaveLock);
        }
        self.pop();
        true
    }

    fn unlock_and_end(&mut self) -> Made {
        self.unlock();
        self.pop();
        true
    }

    /// Looks at the record of one thread; after the last goes on at `then`.
    pub fn scan_one(&mut self, then: Pc) {
        let frame = *self.top();
        let other = usize::from(frame.scan);
        let own_skipped = other == self.me && self.without(M::OwnEntriesIgnored);
        let named = self.names(other, frame.id) && !own_skipped;
        self.top_mut().named |= named;
        self.top_mut().scan += 1;
        if named || other + 1 == THREADS {
            self.go(then);
        }
    }

    /// Last one out: the closer is woken, or, if it has gone, its work is done here.
    fn leave_decide(&mut self) -> Made {
        let slot = *self.my_slot();
        let counted = slot.count > 0 && !self.without(M::LeaveIgnoresCounts);
        if self.top().named || counted {
            return self.unlock_and_end();
        }
        if !slot.handed_over {
            self.my_slot_mut().gate += u8::from(!self.without(M::WakeWithoutGate));
            return self.unlock_and_end();
        }
        if slot.fires > 0 && !self.without(M::FiresNotAwaited) {
            self.unlock();
            return self.go(Pc::LeavePoll);
        }
        self.go(Pc::TakeOut)
    }
}
