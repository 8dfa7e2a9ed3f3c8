//! The environment of calls and closes: deadlines, cancel tokens, new handles, forks.

use super::frame::{Answer, Frame, Hold, Pc, Role};
use super::mutation::Mutation as M;
use super::property::Property;
use super::run::{Made, Run};
use super::state::{ENTRIES, Id, Life, NOBODY, NUMBERS, Node, THREADS, Thread};

impl Run<'_> {
    pub fn environment_step(&mut self, pc: Pc, choice: u8) -> Made {
        if pc <= Pc::DeadlineLeft {
            return self.deadline_step(pc);
        }
        if pc <= Pc::FireLeft {
            return self.fire_step(pc);
        }
        let frame = *self.top();
        match pc {
            Pc::CreateOpen => {
                if !self.enter_change() {
                    return false;
                }
                self.top_mut().number = self.state.open();
                self.top_mut().popped = std::mem::take(&mut self.my_slot_mut().queued);
                self.go(Pc::CreatePublish)
            }
            Pc::CreatePublish => {
                self.publish(frame);
                true
            }
            Pc::BorrowOpen => {
                if !self.enter_change() {
                    return false;
                }
                let number = self.state.open();
                self.thread_mut().stack = number;
                self.top_mut().number = number;
                self.leave_change();
                self.go(Pc::BorrowClose)
            }
            Pc::BorrowClose if self.without(M::BorrowEndsOutside) => {
                self.state.table[usize::from(frame.number)] = 0;
                self.go(Pc::BorrowForget)
            }
            Pc::BorrowForget => {
                self.thread_mut().stack = 0;
                self.finish(Answer::Done);
                true
            }
            Pc::BorrowClose => {
                if !self.enter_change() {
                    return false;
                }
                self.state.table[usize::from(frame.number)] = 0;
                self.thread_mut().stack = 0;
                self.leave_change();
                self.finish(Answer::Done);
                true
            }
            Pc::ForkPrepare => self.fork_prepare(),
            // The kernel copies the descriptor table first, the memory later.
            Pc::ForkCopyTable => {
                let table = self.state.table;
                self.thread_mut().copied = table;
                self.go(Pc::ForkCopyMemory)
            }
            Pc::ForkCopyMemory => {
                if choice == 1 {
                    self.become_child();
                }
                self.thread_mut().copied = [0; NUMBERS];
                // The child has counted from 0 again.
                let flag = self.without(M::ForkFlag);
                self.state.forking = if flag { 0 } else { self.state.forking.saturating_sub(1) };
                self.finish(Answer::Done);
                true
            }
            _ => unreachable!("{pc:?} is no step"),
        }
    }

    fn publish(&mut self, frame: Frame) {
        let owner = self.me as u8;
        let raise = !self.without(M::GenerationKept);
        if frame.popped {
            if self.pinned_slot(frame.id.slot) {
                self.broken.add(Property::ReusedUnderPin);
            }
            self.state.publish(frame.id.slot, frame.number, owner, raise);
        } else {
            // No slot of the model is free: the table grows, and this handle is out of sight.
            let object = self.state.table[usize::from(frame.number)];
            self.state.foreign[usize::from(object)] = true;
        }
        self.leave_change();
        self.finish(Answer::Done);
    }

    fn pinned_slot(&self, slot: u8) -> bool {
        (0..=self.my_slot().word.generation).any(|generation| self.state.in_flight(Id { slot, generation }))
    }

    fn deadline_step(&mut self, pc: Pc) -> Made {
        let frame = *self.top();
        let late = self.without(M::DeadlineAfterSignal);
        match pc {
            Pc::DeadlinePinned if frame.holds.is_none() => {
                self.finish(Answer::BadHandle);
                true
            }
            Pc::DeadlinePinned => {
                if !late {
                    self.store_deadline();
                }
                self.go(Pc::DeadlineLock)
            }
            Pc::DeadlineLock => self.lock_then(Pc::DeadlineAttention),
            // The bit is made from what is stored, both directions and the token: another setter's store
            // may be the last.
            Pc::DeadlineAttention => {
                let clock = self.state.clock;
                let stored = self.my_slot().deadlines.iter().any(|at| *at <= clock);
                let bit = match self.without(M::AttentionFromArgument) {
                    true => frame.deadline <= clock,
                    false => stored || self.scenario.token.is_some(),
                };
                if self.without(M::AttentionByStore) {
                    self.top_mut().word = self.my_slot().word;
                    self.top_mut().word.attention = bit;
                    return self.go(Pc::DeadlineAttentionStore);
                }
                self.my_slot_mut().word.attention = bit;
                self.go(Pc::DeadlineSignal)
            }
            Pc::DeadlineAttentionStore => {
                self.my_slot_mut().word = frame.word;
                self.go(Pc::DeadlineSignal)
            }
            Pc::DeadlineSignal => {
                if !self.without(M::DeadlineNotSignalled) {
                    self.signal(Some(frame.direction));
                }
                self.unlock();
                if late {
                    return self.go(Pc::DeadlineStoreLate);
                }
                self.leave_then(false, Pc::DeadlineLeft)
            }
            Pc::DeadlineStoreLate => {
                self.store_deadline();
                self.leave_then(false, Pc::DeadlineLeft)
            }
            Pc::DeadlineLeft => {
                self.finish(Answer::Done);
                true
            }
            _ => unreachable!("{pc:?} is no step of setdeadline"),
        }
    }

    fn store_deadline(&mut self) {
        let frame = *self.top();
        self.my_slot_mut().deadlines[usize::from(frame.direction)] = frame.deadline;
    }

    /// Firing takes no lock and no record entry: a signal handler may do it on top of anything.
    fn fire_step(&mut self, pc: Pc) -> Made {
        let frame = *self.top();
        let counted = !self.without(M::FireUncounted);
        match pc {
            Pc::FireCount => {
                self.fence();
                self.my_slot_mut().fires += u8::from(counted);
                self.go(Pc::FireLoadWord)
            }
            Pc::FireLoadWord => {
                let live = self.is_live(frame.id);
                self.top_mut().answer = if live { Answer::Done } else { Answer::BadHandle };
                let first = if self.without(M::FlagAfterWrite) { Pc::FireWrite } else { Pc::FireSet };
                self.go(if live { first } else { Pc::FireUncount })
            }
            Pc::FireSet => {
                self.my_slot_mut().fired = true;
                self.go(if self.without(M::FlagAfterWrite) { Pc::FireUncount } else { Pc::FireWrite })
            }
            Pc::FireWrite => {
                self.system_call(frame.id);
                self.my_slot_mut().readable = true;
                self.go(if self.without(M::FlagAfterWrite) { Pc::FireSet } else { Pc::FireUncount })
            }
            Pc::FireUncount => {
                self.fence();
                self.my_slot_mut().fires -= u8::from(counted);
                if self.without(M::FireLeavesByLock) {
                    return self.go(Pc::FireLoadWordAgain);
                }
                self.go(Pc::FireLeft);
                self.fire_step(Pc::FireLeft)
            }
            Pc::FireLoadWordAgain => {
                let closing = self.my_slot().word.life == Life::Closing;
                self.go(Pc::FireLeft);
                if closing {
                    let how = Some(Hold::Count);
                    let part =
                        Frame { role: Role::Part, pc: Pc::LeaveLock, id: frame.id, how, ..Frame::IDLE };
                    self.push(part);
                }
                true
            }
            Pc::FireLeft => {
                self.finish(frame.answer);
                true
            }
            _ => unreachable!("{pc:?} is no step of fire"),
        }
    }

    /// Before a fork: wait until no thread is between opening a descriptor and publishing its slot, and let
    /// none begin.
    fn fork_prepare(&mut self) -> Made {
        if !self.without(M::ForkUnlocked) {
            let me = self.me;
            let own = self.without(M::ForkAwaitsItself);
            let threads = self.state.threads.iter().enumerate();
            if threads.filter(|(index, _)| own || *index != me).any(|(_, thread)| thread.inside > 0) {
                return false;
            }
            self.state.forking += 1;
        }
        self.fence();
        self.go(Pc::ForkCopyTable)
    }

    /// The child has this thread only. What the others held is void; what they had begun is ended.
    fn become_child(&mut self) {
        let me = self.me;
        self.state.child = true;
        self.state.table = self.thread().copied;
        self.state.forking = 0;
        for other in (0..THREADS).filter(|other| *other != me) {
            let Thread { record, stack, .. } = self.state.threads[other];
            let thread = &mut self.state.threads[other];
            // The child's memory keeps what had reached memory; buffered stores stay behind.
            *thread = Thread { gone: true, record, stack, ..Thread::IDLE };
        }
        self.thread_mut().wake = false;
        let inherited = self.without(M::ForkKeepsWake);
        self.thread_mut().inherited = inherited;
        // A signal handler has forked inside a part that no fork may divide: only the locks are released now.
        if self.thread().inside > 0 && !self.without(M::ForkSettlesInside) {
            self.thread_mut().unsettled = true;
            for slot in &mut self.state.slots {
                slot.lock = NOBODY;
            }
            return;
        }
        self.settle();
    }

    /// What other threads of the parent held is void; what they had begun is ended.
    pub fn settle(&mut self) {
        let me = self.me;
        for other in (0..THREADS).filter(|other| *other != me) {
            let stack = std::mem::take(&mut self.state.threads[other].stack);
            if !self.without(M::ForkKeepsStacks) {
                self.state.table[usize::from(stack)] = 0;
            }
            if !self.without(M::ForkKeepsRecords) {
                self.state.threads[other].record = [0; ENTRIES];
            }
        }
        if self.without(M::ForkDropsOwn) {
            self.thread_mut().record = [0; ENTRIES];
        }
        for slot in 0..self.state.slots.len() {
            self.void_slot(slot);
            // The queue is made anew.
            let slot = &mut self.state.slots[slot];
            slot.queued = slot.word.life == Life::Free;
        }
    }

    fn void_slot(&mut self, index: usize) {
        let (me, own) = (self.me, self.thread().counted[index]);
        let (locks, nodes) = (self.without(M::ForkKeepsLocks), self.without(M::ForkKeepsNodes));
        let (counts, fires) = (self.without(M::ForkKeepsCounts), self.without(M::ForkKeepsFires));
        let slot = &mut self.state.slots[index];
        if !locks {
            slot.lock = NOBODY;
        }
        for (other, node) in slot.nodes.iter_mut().enumerate() {
            if other != me && !nodes {
                *node = Node::default();
            }
        }
        if !counts {
            slot.count = own;
        }
        if !fires {
            slot.fires = 0;
        }
        // The eventfd is made anew; what has fired stays fired.
        slot.readable = slot.fired;
        if slot.word.life != Life::Closing || self.without(M::ForkLeavesClosing) {
            return;
        }
        // A signal handler may have forked in the middle of a close of this thread: it goes on.
        let thread = self.thread();
        let closes = thread.frames[..usize::from(thread.running)].iter().any(|frame| {
            frame.pc > Pc::CloseSwap && frame.pc <= Pc::GiveUp && usize::from(frame.id.slot) == index
        });
        if closes && !self.without(M::ForkEndsOwnClose) {
            let slot = &mut self.state.slots[index];
            slot.gate = slot.gate.wrapping_add(1);
            return;
        }
        // A thread that stayed behind was closing this. Its work is done here, or by the own call inside it.
        let named = self.thread().record.contains(&(index as u8 + 1)) || own > 0;
        let slot = &mut self.state.slots[index];
        if named {
            (slot.barrier_done, slot.handed_over) = (true, true);
            return;
        }
        let number = usize::from(std::mem::take(&mut slot.number));
        let apart = std::mem::take(&mut slot.apart);
        let id = Id { slot: index as u8, generation: slot.word.generation };
        slot.word.life = Life::Free;
        (slot.barrier_done, slot.handed_over) = (false, false);
        let is_own = self.state.table[number] == self.state.object_of(id);
        if number != 0 && (is_own || !apart || self.without(M::ForkTrustsNumber)) {
            if self.state.table[number] != self.state.object_of(id) {
                self.broken.add(Property::Theft);
            }
            self.state.table[number] = 0;
        }
    }
}
