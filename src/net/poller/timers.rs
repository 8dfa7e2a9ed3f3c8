//! The timers of a poller: a heap by the moment that is next, in which each knows its place.

use crate::net::error::Result;
use crate::net::handle::Id;
use crate::net::time::Nanos;
use crate::sys;

/// The place of a timer that does not run.
const NOWHERE: u32 = u32::MAX;

struct Timer {
    id: Id,
    data: u64,
    at: Nanos,
    /// The period; [`Nanos::ZERO`]: once.
    every: Nanos,
    /// Its place in the heap; of a free one, the next free one plus 1.
    place: u32,
}

/// A timer whose moment has come.
#[derive(Debug, PartialEq, Eq)]
pub struct Due {
    pub id: Id,
    pub data: u64,
    /// How many periods have passed.
    pub count: u64,
}

#[derive(Default)]
pub struct Timers {
    list: Vec<Timer>,
    /// Numbers of timers, the earliest first.
    heap: Vec<u32>,
    free: Vec<u32>,
}

impl Timers {
    /// A place for a timer that does not run yet.
    pub fn add(&mut self, every: Nanos, data: u64) -> Result<u32> {
        let timer = Timer { id: Id::NONE, data, at: Nanos::FOREVER, every, place: NOWHERE };
        if let Some(number) = self.free.pop() {
            self.list[number as usize] = timer;
            return Ok(number);
        }
        sys::memory::reserve(&mut self.list, 1)?;
        // Room for all of them: neither an event nor the end of a timer takes memory.
        let room = self.list.capacity();
        let (heap, free) = (room - self.heap.len(), room - self.free.len());
        sys::memory::reserve(&mut self.heap, heap)?;
        sys::memory::reserve(&mut self.free, free)?;
        self.list.push(timer);
        Ok(self.list.len() as u32 - 1)
    }

    /// Starts a timer.
    pub fn start(&mut self, number: u32, id: Id, at: Nanos) {
        let timer = &mut self.list[number as usize];
        (timer.id, timer.at) = (id, at);
        if at < Nanos::FOREVER {
            self.heap.push(number);
            self.up(self.heap.len() - 1);
        }
    }

    /// Ends a timer, if it has not ended.
    pub fn remove(&mut self, number: u32, id: Id) {
        if self.list.get(number as usize).is_some_and(|timer| timer.id == id) {
            self.give_back(number);
        }
    }

    /// Ends one that was not started.
    pub fn give_back(&mut self, number: u32) {
        self.stop(number);
        self.list[number as usize].id = Id::NONE;
        self.free.push(number);
    }

    /// When the next one is due.
    pub fn next(&self) -> Nanos {
        self.heap.first().map_or(Nanos::FOREVER, |&first| self.at(first))
    }

    /// Takes the first one that is due, and starts it again if it is periodic.
    pub fn take_due(&mut self, now: Nanos) -> Option<Due> {
        let number = *self.heap.first()?;
        let timer = &mut self.list[number as usize];
        if timer.at > now {
            return None;
        }
        let mut due = Due { id: timer.id, data: timer.data, count: 1 };
        if timer.every > Nanos::ZERO && timer.every < Nanos::FOREVER {
            let missed = (now - timer.at).0 / timer.every.0;
            due.count += missed as u64;
            timer.at = Nanos(timer.at.0.saturating_add(timer.every.0.saturating_mul(missed + 1))).clamped();
            self.down(0);
        } else {
            self.stop(number);
        }
        Some(due)
    }

    /// Takes out all: none of them runs any more. Their handles.
    pub fn take_ids(&mut self) -> impl Iterator<Item = Id> + use<> {
        let all = std::mem::take(self).list;
        all.into_iter().map(|timer| timer.id).filter(|id| *id != Id::NONE)
    }

    fn stop(&mut self, number: u32) {
        let place = std::mem::replace(&mut self.list[number as usize].place, NOWHERE);
        if place == NOWHERE {
            return;
        }
        let place = place as usize;
        self.heap.swap_remove(place);
        if let Some(&moved) = self.heap.get(place) {
            self.list[moved as usize].place = place as u32;
            self.up(place);
            self.down(self.list[moved as usize].place as usize);
        }
    }

    fn at(&self, number: u32) -> Nanos {
        self.list[number as usize].at
    }

    fn put(&mut self, place: usize, number: u32) {
        self.heap[place] = number;
        self.list[number as usize].place = place as u32;
    }

    /// Moves what is at a place towards the front.
    fn up(&mut self, mut place: usize) {
        let number = self.heap[place];
        while place > 0 {
            let above = (place - 1) / 2;
            if self.at(self.heap[above]) <= self.at(number) {
                break;
            }
            self.put(place, self.heap[above]);
            place = above;
        }
        self.put(place, number);
    }

    /// Moves what is at a place away from the front.
    fn down(&mut self, mut place: usize) {
        let number = self.heap[place];
        loop {
            let (left, right) = (2 * place + 1, 2 * place + 2);
            let Some(&first) = self.heap.get(left) else { break };
            let second = self.heap.get(right).filter(|&&other| self.at(other) < self.at(first));
            let (child, other) = second.map_or((left, first), |&other| (right, other));
            if self.at(number) <= self.at(other) {
                break;
            }
            self.put(place, other);
            place = child;
        }
        self.put(place, number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn started(timers: &mut Timers, at: i64, every: i64) -> u32 {
        let number = timers.add(Nanos(every), at as u64).expect("memory");
        timers.start(number, Id(i64::from(number) + 1), Nanos(at));
        number
    }

    proptest::proptest! {
        #[test]
        fn they_come_in_order_and_ended_ones_do_not(ats in proptest::collection::vec((0i64..50, proptest::bool::ANY), 0..60)) {
            let mut timers = Timers::default();
            let numbers: Vec<u32> = ats.iter().map(|(at, _)| started(&mut timers, *at, 0)).collect();
            for (number, (_, ended)) in numbers.iter().zip(&ats) {
                if *ended {
                    timers.remove(*number, Id(i64::from(*number) + 1));
                }
            }
            let mut expected: Vec<u64> = ats.iter().filter(|(_, ended)| !ended).map(|(at, _)| *at as u64).collect();
            expected.sort_unstable();
            let left = timers.list.iter().filter(|timer| timer.id != Id::NONE).count();
            assert_eq!(left, expected.len());
            let mut came = Vec::new();
            for now in 0..50 {
                while let Some(due) = timers.take_due(Nanos(now)) {
                    assert_eq!(due.data as i64, now, "not early, not late");
                    came.push(due.data);
                }
            }
            assert_eq!(came, expected);
            assert_eq!(timers.next(), Nanos::FOREVER);
        }
    }

    #[test]
    fn a_periodic_one_counts_what_was_missed_and_keeps_its_beat() {
        let mut timers = Timers::default();
        let number = started(&mut timers, 10, 10);
        assert_eq!(timers.take_due(Nanos(9)), None);
        let due = |count| Some(Due { id: Id(1), data: 10, count });
        assert_eq!(timers.take_due(Nanos(10)), due(1));
        assert_eq!(timers.take_due(Nanos(19)), None);
        assert_eq!(timers.take_due(Nanos(45)), due(3));
        assert_eq!((timers.next(), timers.take_due(Nanos(49))), (Nanos(50), None));
        assert_eq!(timers.take_due(Nanos(50)), due(1));
        timers.remove(number, Id(2));
        assert_eq!(timers.next(), Nanos(60), "it is another one's number");
        timers.remove(number, Id(1));
        assert_eq!((timers.next(), timers.take_ids().count()), (Nanos::FOREVER, 0));
    }

    #[test]
    fn periods_beyond_all_time_are_one() {
        let mut timers = Timers::default();
        started(&mut timers, 5, Nanos::FOREVER.0 - 1);
        started(&mut timers, Nanos::FOREVER.0, 1);
        assert_eq!(timers.take_due(Nanos(7)).map(|due| due.count), Some(1));
        assert_eq!(timers.next(), Nanos::FOREVER);
        assert_eq!(timers.take_due(Nanos(8)), None, "one that never comes");
    }
}
