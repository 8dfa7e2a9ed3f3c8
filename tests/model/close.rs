//! Close and detach: one thread wins, wakes everybody, waits until they have left, and closes itself.

use super::frame::{Answer, Pc, Role};
use super::mutation::Mutation as M;
use super::property::Property;
use super::run::{Made, Run};
use super::state::{Life, Thread};

impl Run<'_> {
    pub fn close_step(&mut self, pc: Pc, choice: u8) -> Made {
        let frame = *self.top();
        let id = frame.id;
        match pc {
            Pc::CloseLoadWord => {
                if frame.detach && self.own_call(id) && self.is_live(id) && !self.without(M::DetachFromInside)
                {
                    self.finish(Answer::Deadlock);
                    return true;
                }
                if !self.is_live(id) {
                    self.finish(Answer::BadHandle);
                    return true;
                }
                self.top_mut().word = self.my_slot().word;
                let early_signal = self.without(M::SignalBeforeSwap);
                let early_barrier = self.without(M::BarrierBeforeSwap);
                self.go(match (early_signal, early_barrier) {
                    (true, _) => Pc::CloseEarlySignal,
                    (_, true) => Pc::CloseEarlyBarrier,
                    _ => Pc::CloseSwap,
                })
            }
            Pc::CloseEarlyBarrier => {
                self.barrier();
                self.go(Pc::CloseSwap)
            }
            Pc::CloseEarlySignal => {
                self.signal(None);
                self.go(Pc::CloseSwap)
            }
            Pc::CloseSwap => self.swap(),
            // A token fires when it is closed, so that its waiters leave.
            Pc::CloseSetFired => {
                self.my_slot_mut().fired = true;
                self.go(Pc::CloseWriteToken)
            }
            Pc::CloseWriteToken => {
                self.system_call(id);
                self.my_slot_mut().readable = true;
                self.go(Pc::CloseAlone)
            }
            Pc::CloseAlone => self.alone(),
            Pc::CloseBarrier => {
                self.barrier();
                self.go(Pc::CloseLock)
            }
            Pc::CloseLock => self.lock_then(Pc::CloseSignal),
            Pc::CloseSignal => {
                self.my_slot_mut().barrier_done = true;
                if !self.without(M::NoSignal) && !self.without(M::SignalBeforeSwap) {
                    self.signal(None);
                }
                self.unlock();
                self.go(if self.without(M::SignalUnlocked) { Pc::CloseWriteLate } else { Pc::CloseReadGate })
            }
            Pc::CloseWriteLate => {
                self.write_late();
                self.go(Pc::CloseReadGate)
            }
            Pc::CloseReadGate => {
                self.top_mut().gate = self.my_slot().gate;
                self.go(Pc::CloseLookLock)
            }
            Pc::CloseLookLock => self.look_lock(),
            Pc::CloseScan => {
                self.scan_one(Pc::CloseDecide);
                true
            }
            Pc::CloseDecide => self.close_decide(),
            Pc::CloseHandOverLate => self.hand_over(),
            Pc::CloseReadGateLate => {
                self.top_mut().gate = self.my_slot().gate;
                self.go(Pc::CloseSleep)
            }
            Pc::CloseSleep => self.close_sleep(choice),
            Pc::ClosePoll => self.my_slot().fires == 0 && self.go(Pc::CloseReadGate),
            Pc::TakeOut => self.take_out(),
            Pc::KernelClose => self.kernel_close(),
            Pc::GiveUp => {
                if self.scenario.lingers {
                    if !self.enter_change() {
                        return false;
                    }
                    self.my_slot_mut().number = 0;
                    self.my_slot_mut().apart = false;
                }
                self.give_up();
                self.end_close()
            }
            _ => unreachable!("{pc:?} is no step of close"),
        }
    }

    /// membarrier: every thread's stores are out, and no later load of it was made before.
    fn barrier(&mut self) {
        self.state.threads.iter_mut().for_each(Thread::drain);
    }

    fn swap(&mut self) -> Made {
        self.fence();
        let seen = self.top().word;
        if self.my_slot().word != seen && !self.without(M::CloseByStore) {
            if self.without(M::CloseSwapsOnce) {
                self.finish(Answer::BadHandle);
                return true;
            }
            return self.go(Pc::CloseLoadWord);
        }
        self.my_slot_mut().word.life = Life::Closing;
        let fires = self.scenario.token == Some(self.top().id) && !self.without(M::CloseDoesNotFire);
        self.go(if fires { Pc::CloseSetFired } else { Pc::CloseAlone })
    }

    /// When only this thread ever pinned the slot and nothing of it is in flight, the close needs neither
    /// barrier nor lock. If it must wait for anything the barrier is due after all: others will look at
    /// all records then, and a failed pin of another thread may stay in one for any length of time.
    fn alone(&mut self) -> Made {
        let old = self.top().word;
        let owner = usize::from(old.owner) == self.me;
        let alone = owner && (!old.shared || self.without(M::BarrierSkippedIfOwner));
        let id = self.top().id;
        let slot = self.my_slot();
        let idle = !self.names(self.me, id) && slot.count == 0 && slot.fires == 0;
        match alone {
            true if idle => self.go(Pc::TakeOut),
            true if self.without(M::BarrierSkippedIfWaiting) => self.go(Pc::CloseLock),
            _ if self.without(M::NoBarrier) || self.without(M::BarrierBeforeSwap) => self.go(Pc::CloseLock),
            _ => self.go(Pc::CloseBarrier),
        }
    }

    fn look_lock(&mut self) -> Made {
        let id = self.top().id;
        if !self.lock_then(Pc::CloseScan) {
            return false;
        }
        (self.top_mut().scan, self.top_mut().named) = (0, false);
        let ignored = self.without(M::OwnCallAwaited) || self.without(M::OwnEntriesIgnored);
        if self.own_call(id) && !ignored {
            return self.hand_over();
        }
        if self.top().expired && self.without(M::HandOverUnchecked) {
            return self.hand_over();
        }
        if self.top().woken && self.without(M::WakeTrusted) {
            return self.go(Pc::TakeOut);
        }
        true
    }

    /// The last call to leave closes. (The lock is held.)
    fn hand_over(&mut self) -> Made {
        self.my_slot_mut().handed_over = true;
        self.unlock();
        if self.top().detach {
            self.broken.add(Property::DetachHandedOver);
        }
        self.finish(Answer::HandedOver);
        true
    }

    fn close_decide(&mut self) -> Made {
        let frame = *self.top();
        let slot = *self.my_slot();
        let counted = slot.count > 0 && !self.without(M::CountsNotAwaited);
        if (frame.named || counted) && !self.without(M::FreeAtOnce) {
            if frame.expired && !self.without(M::HandOverUnlocked) {
                return self.hand_over();
            }
            self.unlock();
            if frame.expired {
                return self.go(Pc::CloseHandOverLate);
            }
            return self.go(if self.without(M::GateReadLate) {
                Pc::CloseReadGateLate
            } else {
                Pc::CloseSleep
            });
        }
        // A firing takes no lock and wakes nobody, being allowed in signal handlers: it is polled for.
        if slot.fires > 0 && !self.without(M::FiresNotAwaited) {
            self.unlock();
            return self.go(Pc::ClosePoll);
        }
        self.go(Pc::TakeOut)
    }

    /// The futex: choice 0 is a wake-up, 1 the end of the 100 ms.
    fn close_sleep(&mut self, choice: u8) -> Made {
        let frame = *self.top();
        if choice == 0 {
            self.top_mut().woken = self.without(M::WakeTrusted);
            return self.my_slot().gate != frame.gate && self.go(Pc::CloseReadGate);
        }
        if !self.scenario.limit || (frame.detach && !self.without(M::DetachHandsOver)) {
            return false;
        }
        self.top_mut().expired = true;
        self.go(Pc::CloseReadGate)
    }

    /// The descriptor is taken out of the slot, so nobody else can close it. Then the slot is given up at
    /// once and close(2) comes last, so that a lingering one holds no lock; or, the other order, close(2)
    /// is made under the slot's lock. Forks are kept away in between.
    fn take_out(&mut self) -> Made {
        // What lingers keeps the number in the slot, where a child compares it.
        if !self.scenario.lingers && !self.enter_change() {
            return false;
        }
        let word = self.my_slot().word;
        if self.top().role == Role::Part {
            // A leaver may have come for an older handle than the one it closes.
            self.top_mut().id.generation = word.generation;
        }
        let id = self.top().id;
        if word.life != Life::Closing || word.generation != id.generation {
            self.broken.add(Property::ClosedTwice);
        }
        if self.state.in_flight(id) {
            self.broken.add(Property::ClosedUnderCall);
            if self.top().role != Role::Part {
                self.broken.add(Property::ReturnedEarly);
            }
        }
        if self.scenario.lingers {
            self.my_slot_mut().apart = true;
            self.top_mut().number = self.my_slot().number;
            return self.go(Pc::KernelClose);
        }
        self.top_mut().number = std::mem::take(&mut self.my_slot_mut().number);
        if !self.scenario.close_in_lock {
            self.give_up();
        }
        self.go(Pc::KernelClose)
    }

    fn give_up(&mut self) {
        let kept = self.without(M::FlagsKept);
        let slot = self.my_slot_mut();
        slot.word.life = Life::Free;
        slot.queued = true;
        if !kept {
            (slot.barrier_done, slot.handed_over) = (false, false);
        }
        self.unlock();
    }

    fn kernel_close(&mut self) -> Made {
        let frame = *self.top();
        let expected = self.state.object_of(frame.id);
        let object = &mut self.state.table[usize::from(frame.number)];
        if frame.detach {
            self.state.foreign[usize::from(*object)] = true;
        } else if *object == 0 {
            self.broken.add(Property::ClosedTwice);
        } else {
            if *object != expected {
                self.broken.add(Property::Theft);
            }
            *object = 0;
        }
        if self.scenario.close_in_lock || self.scenario.lingers {
            return self.go(Pc::GiveUp);
        }
        self.end_close()
    }

    fn end_close(&mut self) -> Made {
        self.leave_change();
        match self.top().role {
            Role::Part => self.pop(),
            _ => self.finish(Answer::Done),
        }
        true
    }

    /// Changes of the descriptor table keep forks away, and wait while one is under way.
    pub fn enter_change(&mut self) -> Made {
        if self.without(M::ForkUnlocked) {
            return true;
        }
        if self.state.forking > 0 && self.thread().inside == 0 {
            return false;
        }
        self.thread_mut().inside += 1;
        true
    }

    pub fn leave_change(&mut self) {
        if self.without(M::ForkUnlocked) {
            return;
        }
        self.thread_mut().inside -= 1;
        if self.thread().inside == 0 && self.thread().unsettled {
            self.thread_mut().unsettled = false;
            self.settle();
        }
    }
}
