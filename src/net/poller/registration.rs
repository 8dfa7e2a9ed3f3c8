//! Registrations: 24 bytes each, in blocks that are never moved.

use super::event::{EDGE, ERR, EXCLUSIVE, HUP, IN, ONESHOT, OUT, PRI, RDHUP};
use crate::net::error::{Code, Result};
use crate::net::handle::Id;

/// How many registrations a block has.
pub const BLOCK: u32 = 64;

/// Above the 52 bits of a handle: IN, OUT, PRI, RDHUP, EDGE, ONESHOT and EXCLUSIVE.
const FLAGS: u32 = 52;
const _: () =
    assert!(IN | OUT | PRI == 7 && RDHUP == 32 && EDGE == 256 && ONESHOT == 512 && EXCLUSIVE == 1024);

/// The events of a registration as its flags.
fn to_flags(events: i32) -> u64 {
    let events = events as u64;
    (events & 7 | (events >> 5 & 1) << 3 | (events >> 8 & 7) << 4) << FLAGS
}

/// The events of flags.
fn of_flags(word: u64) -> i32 {
    let flags = word >> FLAGS;
    (flags & 7 | (flags >> 3 & 1) << 5 | (flags >> 4 & 7) << 8) as i32
}

const HANDLE: u64 = (1 << 52) - 1;
/// A descriptor of the program; its number is in the place of the handle.
const NUMBER: u64 = 1 << 59;
/// The socket below a stream, which has a registration of its own.
const LEG: u64 = 1 << 60;
/// A one-shot that has fired.
const SPENT: u64 = 1 << 61;
/// A stream.
const STREAM: u64 = 1 << 62;
/// In force. Without it: free, or closed and its last event not delivered yet.
const LIVE: u64 = 1 << 63;

/// What is registered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target {
    /// A handle with a descriptor.
    Handle,
    /// A buffered stream.
    Stream,
    /// The socket below a stream; data is that of [`Leg`].
    Leg,
    /// A descriptor of the program.
    Number,
}

/// One registration.
#[derive(Clone, Copy, Default)]
pub struct Registration {
    word: u64,
    pub data: u64,
    /// Changes whenever the registration does: what the kernel reported of an earlier one is void.
    pub generation: u32,
    /// In force: the next registration of the same handle. Free: the next free one. Closed: the next closed one.
    pub next: u32,
}

const _: () = assert!(size_of::<Registration>() == 24);

impl Registration {
    /// Comes into force.
    pub fn begin(&mut self, target: Target, handle: Id, events: i32, data: u64) {
        let target = match target {
            Target::Handle => 0,
            Target::Stream => STREAM,
            Target::Leg => LEG,
            Target::Number => NUMBER,
        };
        self.word = handle.0 as u64 & HANDLE | target | LIVE;
        self.change(events, data);
    }

    /// New events and data. Arms a one-shot again.
    pub fn change(&mut self, events: i32, data: u64) {
        self.word = self.word & (HANDLE | NUMBER | LEG | STREAM | LIVE) | to_flags(events);
        self.data = data;
        self.generation = self.generation.wrapping_add(1);
    }

    /// Is no longer in force: no event of it is reported any more.
    pub fn end(&mut self) {
        self.word &= !LIVE;
        self.generation = self.generation.wrapping_add(1);
    }

    pub fn is_live(&self) -> bool {
        self.word & LIVE != 0
    }

    pub fn is_spent(&self) -> bool {
        self.word & SPENT != 0
    }

    /// The handle; the number of a descriptor as it was given.
    pub fn handle(&self) -> Id {
        Id((self.word & HANDLE) as i64)
    }

    pub fn target(&self) -> Target {
        match self.word & (NUMBER | LEG | STREAM) {
            0 => Target::Handle,
            STREAM => Target::Stream,
            LEG => Target::Leg,
            _ => Target::Number,
        }
    }

    /// The events that were asked for, and how.
    pub fn events(&self) -> i32 {
        of_flags(self.word)
    }

    /// What is to be reported of readiness that was found; 0 is nothing. Uses up a one-shot.
    #[inline]
    pub fn report(&mut self, found: i32) -> i32 {
        // The first four flags lie in the order of the events, with ERR and HUP between them.
        let asked = (self.word >> 52) as i32;
        let asked = asked & (IN | OUT | PRI) | (asked & 8) << 2 | ERR | HUP;
        let found = if self.word & SPENT != 0 { 0 } else { found & asked };
        if found != 0 && self.word & 1 << 57 != 0 {
            self.word |= SPENT;
        }
        found
    }

    /// Whether every report needs a new event.
    pub fn is_edge(&self) -> bool {
        self.word & 1 << 56 != 0
    }

    /// Whether one report is all.
    pub fn is_oneshot(&self) -> bool {
        self.word & 1 << 57 != 0
    }

    /// Whether several pollers share the wake-ups.
    pub fn is_exclusive(&self) -> bool {
        self.word & 1 << 58 != 0
    }
}

/// The data of the registration of a socket below a stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Leg {
    /// The stream's registration.
    pub stream: u32,
    /// The duplicate of the socket's descriptor: a pollset holds a number once.
    pub fd: i32,
}

impl Leg {
    pub fn of(data: u64) -> Leg {
        Leg { stream: data as u32, fd: (data >> 32) as i32 }
    }

    pub fn data(self) -> u64 {
        u64::from(self.stream) | u64::from(self.fd as u32) << 32
    }
}

struct Block {
    /// Its number among all blocks of the process.
    number: u32,
    list: Vec<Registration>,
}

/// A registration that [`Registrations::take`] has found.
pub struct Taken<'a> {
    pub local: u32,
    /// As [`Registrations::link`].
    pub link: u32,
    pub one: &'a mut Registration,
}

/// The registrations of one poller, by their local number.
#[derive(Default)]
pub struct Registrations {
    blocks: Vec<Block>,
    /// The first free one, plus 1.
    free: u32,
    live: u32,
}

impl Registrations {
    /// How many blocks there are.
    pub fn blocks(&self) -> u32 {
        self.blocks.len() as u32
    }

    /// The numbers of the blocks.
    pub fn block_numbers(&self) -> impl Iterator<Item = u32> + '_ {
        self.blocks.iter().map(|block| block.number)
    }

    /// Adds a block of this number.
    pub fn add_block(&mut self, number: u32) -> Result<()> {
        let none = |_| Code::errno(libc::ENOMEM);
        let mut list = Vec::new();
        list.try_reserve_exact(BLOCK as usize).map_err(none)?;
        self.blocks.try_reserve(1).map_err(none)?;
        list.resize(BLOCK as usize, Registration::default());
        let first = self.blocks() * BLOCK;
        self.blocks.push(Block { number, list });
        for local in (first..first + BLOCK).rev() {
            self.put_back(local);
        }
        Ok(())
    }

    /// Takes a free one.
    #[inline(always)]
    pub fn take(&mut self) -> Option<Taken<'_>> {
        let local = self.free.checked_sub(1)?;
        let block = self.blocks.get_mut((local / BLOCK) as usize)?;
        let one = &mut block.list[(local % BLOCK) as usize];
        self.free = one.next;
        self.live += 1;
        Some(Taken { local, link: block.number * BLOCK + local % BLOCK, one })
    }

    /// Ends [`Registrations::take`].
    pub fn give_back(&mut self, local: u32) {
        self.live -= 1;
        self.put_back(local);
    }

    fn put_back(&mut self, local: u32) {
        let next = self.free;
        if let Some(registration) = self.get_mut(local) {
            registration.end();
            registration.next = next;
            self.free = local + 1;
        }
    }

    /// How many are taken.
    pub fn live(&self) -> usize {
        self.live as usize
    }

    pub fn get(&self, local: u32) -> Option<&Registration> {
        self.blocks.get((local / BLOCK) as usize).map(|block| &block.list[(local % BLOCK) as usize])
    }

    #[inline]
    pub fn get_mut(&mut self, local: u32) -> Option<&mut Registration> {
        self.blocks.get_mut((local / BLOCK) as usize).map(|block| &mut block.list[(local % BLOCK) as usize])
    }

    /// The number in the list of a handle's registrations: the block's number among all, and the place in it.
    pub fn link(&self, local: u32) -> u32 {
        self.blocks.get((local / BLOCK) as usize).map_or(0, |block| block.number * BLOCK + local % BLOCK)
    }

    /// The local numbers of all.
    pub fn all(&self) -> impl Iterator<Item = u32> + use<> {
        0..self.blocks() * BLOCK
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registration_keeps_what_it_is() {
        let mut one = Registration::default();
        assert!(!one.is_live());
        let handle = Id(HANDLE as i64);
        for (target, events) in [
            (Target::Handle, 0),
            (Target::Stream, IN | EDGE),
            (Target::Leg, OUT | ONESHOT),
            (Target::Number, IN | OUT | PRI | RDHUP | EXCLUSIVE),
        ] {
            let before = one.generation;
            one.begin(target, handle, events, 7);
            assert_ne!(one.generation, before);
            assert_eq!((one.target(), one.handle(), one.events(), one.data), (target, handle, events, 7));
            assert_eq!((one.is_edge(), one.is_exclusive()), (events & EDGE != 0, events & EXCLUSIVE != 0));
            assert!(one.is_live());
            one.end();
            assert!(!one.is_live());
        }
    }

    #[test]
    fn only_what_was_asked_for_is_reported_and_a_one_shot_once() {
        let all = IN | OUT | PRI | ERR | HUP | RDHUP;
        let mut one = Registration::default();
        for asked in [0, IN, OUT, PRI, RDHUP, IN | OUT | PRI | RDHUP] {
            one.begin(Target::Handle, Id(1), asked, 0);
            assert_eq!(one.report(all), asked | ERR | HUP, "{asked}");
            assert_eq!(one.report(0), 0);
            one.change(asked | ONESHOT, 0);
            assert_eq!(one.report(0), 0);
            assert!(!one.is_spent());
            assert_eq!(one.report(all), asked | ERR | HUP, "{asked}");
            assert!(one.is_spent());
            assert_eq!(one.report(all), 0);
            one.change(asked | ONESHOT, 0);
            assert_eq!(one.report(all), asked | ERR | HUP, "armed again");
        }
    }

    #[test]
    fn numbers_are_given_back_and_taken_again_with_another_generation() {
        let mut all = Registrations::default();
        assert!(all.take().is_none());
        all.add_block(9).expect("memory");
        let mut take = || all.take().map(|taken| (taken.local, taken.link));
        assert_eq!((take(), take()), (Some((0, 9 * BLOCK)), Some((1, 9 * BLOCK + 1))));
        assert_eq!(all.live(), 2);
        assert_eq!(all.link(1), 9 * BLOCK + 1);
        let before = all.get(0).expect("the first").generation;
        all.give_back(0);
        assert_eq!(all.take().map(|taken| taken.local), Some(0));
        assert_eq!(all.live(), 2);
        assert_ne!(all.get(0).expect("the first").generation, before);
    }

    #[test]
    fn a_leg_fits_the_data() {
        let leg = Leg { stream: u32::MAX, fd: i32::MAX };
        assert_eq!(Leg::of(leg.data()), leg);
    }
}
