//! One step of one thread: the helpers all operations share, and the way from a step to its code.

use super::frame::{Answer, Frame, Hold, Op, Pc, Role};
use super::mutation::Mutation;
use super::property::{Broken, Property};
use super::scenario::Scenario;
use super::state::{ENTRIES, Id, Life, NOBODY, Slot, State, THREADS, Thread};

/// A state being changed by one step.
pub struct Run<'a> {
    pub state: State,
    pub me: usize,
    pub scenario: &'a Scenario,
    pub without: &'a [Mutation],
    pub broken: Broken,
}

/// Whether a step could be made; what could not leaves the state as it was.
pub type Made = bool;

impl Run<'_> {
    /// Takes the thread's next step. `choice` picks among outcomes that are not the program's to decide.
    pub fn step(&mut self, choice: u8) -> Made {
        if self.thread().running == 0 {
            return choice == 0 && self.begin_next();
        }
        let pc = self.top().pc;
        if choice > 0 && !matches!(pc, Pc::WaitSleep | Pc::CloseSleep | Pc::ForkCopyMemory) {
            return false;
        }
        match pc {
            _ if pc <= Pc::PinCountLoadWord => self.pin_step(pc),
            _ if pc <= Pc::LeavePoll => self.leave_step(pc),
            _ if pc <= Pc::CallLeft => self.call_step(pc, choice),
            _ if pc <= Pc::GiveUp => self.close_step(pc, choice),
            _ => self.environment_step(pc, choice),
        }
    }

    /// A signal arrives: its handler runs on top of whatever the thread does.
    pub fn interrupt(&mut self) -> Made {
        let Some(op) = self.scenario.handlers[self.me] else { return false };
        if !self.thread().handler_left || self.thread().gone {
            return false;
        }
        self.thread_mut().handler_left = false;
        self.begin(op, Role::Handler);
        true
    }

    fn begin_next(&mut self) -> Made {
        let at = usize::from(self.thread().at);
        let Some(step) = self.scenario.scripts[self.me].get(at) else { return false };
        if self.thread().gone {
            return false;
        }
        if let Op::After(thread, steps) = step.op {
            let other = &self.state.threads[usize::from(thread)];
            if !other.gone && other.at < steps {
                return false;
            }
        }
        if let Op::Tried(thread) = step.op {
            let other = &self.state.threads[usize::from(thread)];
            let tried = other.running > 0 && other.frames[0].tried;
            if !other.gone && !tried {
                return false;
            }
        }
        self.begin(step.op, Role::Script);
        true
    }

    /// Starts an operation. What needs a single step is done by it at once.
    pub fn begin(&mut self, op: Op, role: Role) {
        let mut frame = Frame { role, pc: Pc::Single, ..Frame::IDLE };
        match op {
            Op::Call(id, direction) => {
                (frame.pc, frame.id, frame.direction) = (Pc::CallPinned, id, direction);
                self.push(frame);
                self.pin(id, false);
            }
            Op::SetDeadline(id, direction, deadline) => {
                (frame.pc, frame.id, frame.direction) = (Pc::DeadlinePinned, id, direction);
                frame.deadline = deadline;
                self.push(frame);
                self.pin(id, false);
            }
            Op::Close(id) | Op::Detach(id) => {
                (frame.pc, frame.id) = (Pc::CloseLoadWord, id);
                frame.detach = matches!(op, Op::Detach(_));
                self.push(frame);
            }
            Op::Fire(id) => {
                (frame.pc, frame.id) = (Pc::FireCount, id);
                self.push(frame);
            }
            Op::Create(slot) => {
                (frame.pc, frame.id.slot) = (Pc::CreateOpen, slot);
                self.push(frame);
            }
            Op::Fork => {
                frame.pc = Pc::ForkPrepare;
                self.push(frame);
            }
            Op::Borrow => {
                frame.pc = Pc::BorrowOpen;
                self.push(frame);
            }
            Op::Stranger => {
                let number = self.state.open();
                let object = self.state.table[usize::from(number)];
                self.state.foreign[usize::from(object)] = true;
                self.push(frame);
                self.finish(Answer::Done);
            }
            Op::Data | Op::Tick | Op::After(..) | Op::Tried(_) => {
                self.state.data |= op == Op::Data;
                self.state.clock += u8::from(op == Op::Tick);
                self.push(frame);
                self.finish(Answer::Done);
            }
        }
    }

    /// Ends the innermost operation.
    pub fn finish(&mut self, answer: Answer) {
        let frame = *self.top();
        self.pop();
        if frame.role == Role::Script {
            let script = self.scenario.scripts[self.me];
            let step = &script[usize::from(self.thread().at)];
            if !step.right.contains(&answer) {
                self.broken.add(Property::WrongAnswer);
            }
            self.thread_mut().at += 1;
        } else if frame.role == Role::Hook && !self.scenario.hook_answers.contains(&answer) {
            self.broken.add(Property::WrongAnswer);
        }
    }

    pub fn push(&mut self, frame: Frame) {
        let thread = self.thread_mut();
        thread.frames[usize::from(thread.running)] = frame;
        thread.running += 1;
    }

    pub fn pop(&mut self) {
        let thread = self.thread_mut();
        thread.running -= 1;
        thread.frames[usize::from(thread.running)] = Frame::IDLE;
    }

    pub fn without(&self, mutation: Mutation) -> bool {
        self.without.contains(&mutation)
    }

    pub fn thread(&self) -> &Thread {
        &self.state.threads[self.me]
    }

    pub fn thread_mut(&mut self) -> &mut Thread {
        &mut self.state.threads[self.me]
    }

    pub fn top(&self) -> &Frame {
        let thread = self.thread();
        &thread.frames[usize::from(thread.running) - 1]
    }

    pub fn top_mut(&mut self) -> &mut Frame {
        let thread = self.thread_mut();
        &mut thread.frames[usize::from(thread.running) - 1]
    }

    /// The operation that the innermost one is a part of.
    pub fn below_mut(&mut self) -> &mut Frame {
        let thread = self.thread_mut();
        &mut thread.frames[usize::from(thread.running) - 2]
    }

    pub fn go(&mut self, pc: Pc) -> Made {
        self.top_mut().pc = pc;
        true
    }

    pub fn my_slot(&self) -> &Slot {
        self.state.slot(self.top().id)
    }

    pub fn my_slot_mut(&mut self) -> &mut Slot {
        let id = self.top().id;
        self.state.slot_mut(id)
    }

    /// A locked instruction lets all earlier stores of the thread out first.
    pub fn fence(&mut self) {
        self.thread_mut().drain();
    }

    /// Takes the slot's lock, or waits.
    pub fn lock_then(&mut self, next: Pc) -> Made {
        if self.my_slot().lock != NOBODY {
            return false;
        }
        self.fence();
        self.my_slot_mut().lock = self.me as u8;
        self.go(next)
    }

    pub fn unlock(&mut self) {
        let me = self.me as u8;
        let slot = self.my_slot_mut();
        if slot.lock == me {
            slot.lock = NOBODY;
        }
    }

    /// Signals the nodes of the slot, all or those of one direction. The lock is held.
    pub fn signal(&mut self, direction: Option<u8>) {
        for other in 0..THREADS {
            let node = &mut self.my_slot_mut().nodes[other];
            if !node.present || direction.is_some_and(|wanted| wanted != node.direction) {
                continue;
            }
            node.signalled = true;
            // In a child a foreign node leads to an eventfd that is the parent's.
            if self.state.threads[other].gone || self.state.threads[other].inherited {
                self.broken.add(Property::ParentDisturbed);
            }
            match self.without(Mutation::SignalUnlocked) && self.top().pc == Pc::CloseSignal {
                true => self.top_mut().unwritten[other] = true,
                false => self.state.threads[other].wake = true,
            }
        }
    }

    /// Only when swapped: the write(2)s that belong under the lock.
    pub fn write_late(&mut self) {
        for other in 0..THREADS {
            let unwritten = std::mem::take(&mut self.top_mut().unwritten[other]);
            self.state.threads[other].wake |= unwritten;
        }
    }

    /// Whether the record of a thread names the slot, as this thread sees it.
    pub fn names(&self, other: usize, id: Id) -> bool {
        let thread = &self.state.threads[other];
        let record = if other == self.me { thread.own_record() } else { thread.record };
        record.contains(&(id.slot + 1))
    }

    /// Whether a call of this very thread runs on the slot.
    pub fn own_call(&self, id: Id) -> bool {
        let counted = self.thread().counted[usize::from(id.slot)] > 0;
        self.names(self.me, id) || (counted && !self.without(Mutation::OwnCountUnknown))
    }

    /// A system call on the descriptor in the handle's slot: it must be the handle's own.
    pub fn system_call(&mut self, id: Id) {
        let number = self.state.slot(id).number;
        if self.state.table[usize::from(number)] != self.state.object_of(id) {
            self.broken.add(Property::Theft);
        }
    }

    /// Whether pins of this thread are counted now instead of entered in its record.
    pub fn counts(&self) -> bool {
        self.scenario.counted[self.me]
            || usize::from(self.thread().depth) >= ENTRIES.min(self.scenario.entries)
    }

    /// Starts the leaving of a pin held by the innermost operation, which goes on at `next`.
    pub fn leave_then(&mut self, of_token: bool, next: Pc) -> Made {
        let frame = *self.top();
        let (id, how) = if of_token { (frame.token, frame.holds_token) } else { (frame.id, frame.holds) };
        self.go(next);
        self.push(Frame { role: Role::Part, id, of_token, how, ..Frame::IDLE });
        self.start_leaving()
    }

    /// The first step of leaving, by the kind of the pin.
    pub fn start_leaving(&mut self) -> Made {
        let first = match self.top().how {
            Some(Hold::Count) => Pc::LeaveUncount,
            _ if self.without(Mutation::LeaveLooksFirst) => Pc::LeaveLookFirst,
            _ => Pc::LeaveClearEntry,
        };
        self.go(first)
    }

    /// Whether the word still carries this handle, open.
    pub fn is_live(&self, id: Id) -> bool {
        let word = self.state.slot(id).word;
        let same = word.generation == id.generation || self.without(Mutation::GenerationIgnored);
        same && word.life == Life::Open
    }
}
