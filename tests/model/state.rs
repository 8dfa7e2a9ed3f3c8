//! One state of the whole: memory, store buffers, the kernel's descriptor table, every thread.

use super::frame::{FRAMES, Frame};
use std::hash::{Hash, Hasher};

/// Threads of every scenario; unused ones have an empty script.
pub const THREADS: usize = 3;
/// Slot 0 is a socket; slot 1 is the cancel token or a second socket.
pub const SLOTS: usize = 2;
/// Entries of a hazard record here (8 in the library); beyond them a pin is counted.
pub const ENTRIES: usize = 3;
/// Descriptor numbers; 0 is none.
pub const NUMBERS: usize = 5;
/// Generations a slot can reach, and objects the kernel can open.
pub const OBJECTS: usize = 8;
/// No deadline is set.
pub const NEVER: u8 = 9;
/// Nobody: the lock is free.
pub const NOBODY: u8 = 9;

/// What a caller holds: a slot and the generation it had. Never a pointer, never a descriptor.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Id {
    pub slot: u8,
    pub generation: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Life {
    #[default]
    Free,
    Open,
    Closing,
}

/// The slot's one atomic word. (The kind takes no part in any race, so it is left out.)
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Word {
    pub generation: u8,
    pub life: Life,
    pub attention: bool,
    pub shared: bool,
    pub owner: u8,
}

/// A waiter's node in the slot; at most one of each thread, so its place is the thread's number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Node {
    pub present: bool,
    pub direction: u8,
    pub signalled: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Slot {
    pub word: Word,
    /// The descriptor's number, 0 when none is held.
    pub number: u8,
    pub lock: u8,
    pub barrier_done: bool,
    pub handed_over: bool,
    /// The futex on which the closer sleeps.
    pub gate: u8,
    /// Pins without a record entry.
    pub count: u8,
    /// Tokens only: firings under way, the flag, and whether the eventfd is readable.
    pub fires: u8,
    pub fired: bool,
    pub readable: bool,
    /// The socket is closed where a fork may come in between.
    pub apart: bool,
    /// It is in the queue of free slots.
    pub queued: bool,
    pub deadlines: [u8; 2],
    pub nodes: [Node; THREADS],
}

impl Slot {
    pub const EMPTY: Slot = Slot {
        word: Word { generation: 0, life: Life::Free, attention: false, shared: false, owner: 0 },
        number: 0,
        lock: NOBODY,
        barrier_done: false,
        handed_over: false,
        gate: 0,
        count: 0,
        fires: 0,
        fired: false,
        readable: false,
        apart: false,
        queued: true,
        deadlines: [NEVER; 2],
        nodes: [Node { present: false, direction: 0, signalled: false }; THREADS],
    };
}

/// Stores to the own record that other threads do not see yet, oldest first.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct StoreBuffer {
    stores: [(u8, u8); BUFFERED],
    len: u8,
}

/// A processor has room for more; a full buffer lets its oldest store out.
const BUFFERED: usize = 4;

impl StoreBuffer {
    fn push(&mut self, entry: u8, value: u8) {
        self.stores[usize::from(self.len)] = (entry, value);
        self.len += 1;
    }

    fn pop(&mut self) -> Option<(u8, u8)> {
        if self.len == 0 {
            return None;
        }
        let first = self.stores[0];
        self.stores.copy_within(1.., 0);
        self.len -= 1;
        self.stores[usize::from(self.len)] = (0, 0);
        Some(first)
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Thread {
    /// The next step of the script.
    pub at: u8,
    /// What runs, innermost last.
    pub frames: [Frame; FRAMES],
    pub running: u8,
    /// The hazard record as other threads see it (slot + 1, 0 for none) and what is still on its way there.
    pub record: [u8; ENTRIES],
    pub buffer: StoreBuffer,
    pub depth: u8,
    /// Counted pins of this thread by slot: thread-local, for telling the own call from others.
    pub counted: [u8; SLOTS],
    /// The counter of the wake eventfd, and whether that eventfd is still the parent's.
    pub wake: bool,
    pub inherited: bool,
    pub hooks_left: u8,
    pub handler_left: bool,
    /// The descriptor table as it was copied by a fork that is not finished.
    pub copied: [u8; NUMBERS],
    /// In how many parts of operations the thread is that no fork may divide, one inside the other.
    pub inside: u8,
    /// In a forked child: it settles when the part ends that a signal handler had interrupted.
    pub unsettled: bool,
    /// A descriptor that a call of the thread has on its stack.
    pub stack: u8,
    /// In a forked child: a thread that exists only in the parent.
    pub gone: bool,
}

/// Without the frames that do not run: they are always the same.
impl Hash for Thread {
    fn hash<H: Hasher>(&self, hash: &mut H) {
        let Thread { at, frames, running, record, buffer, depth, counted, wake, inherited, .. } = self;
        let Thread { hooks_left, handler_left, copied, gone, inside, unsettled, stack, .. } = self;
        frames[..usize::from(*running)].hash(hash);
        (at, record, buffer, depth, counted, wake, inherited).hash(hash);
        (hooks_left, handler_left, copied, gone, inside, unsettled, stack).hash(hash);
    }
}

impl Thread {
    pub const IDLE: Thread = Thread {
        at: 0,
        frames: [Frame::IDLE; FRAMES],
        running: 0,
        record: [0; ENTRIES],
        buffer: StoreBuffer { stores: [(0, 0); BUFFERED], len: 0 },
        depth: 0,
        counted: [0; SLOTS],
        wake: false,
        inherited: false,
        hooks_left: 0,
        handler_left: false,
        copied: [0; NUMBERS],
        inside: 0,
        unsettled: false,
        stack: 0,
        gone: false,
    };

    /// The record as the thread itself sees it: its own stores are always visible to it.
    pub fn own_record(&self) -> [u8; ENTRIES] {
        let mut record = self.record;
        for (entry, value) in &self.buffer.stores[..usize::from(self.buffer.len)] {
            record[usize::from(*entry)] = *value;
        }
        record
    }

    /// A plain store to the own record.
    pub fn store(&mut self, entry: u8, value: u8) {
        if usize::from(self.buffer.len) == BUFFERED {
            self.flush();
        }
        self.buffer.push(entry, value);
    }

    pub fn drain(&mut self) {
        while self.flush() {}
    }

    /// Lets the oldest buffered store reach memory.
    pub fn flush(&mut self) -> bool {
        let first = self.buffer.pop();
        if let Some((entry, value)) = first {
            self.record[usize::from(entry)] = value;
        }
        first.is_some()
    }
}

#[derive(Clone, Copy, Hash, Debug)]
pub struct State {
    pub slots: [Slot; SLOTS],
    pub threads: [Thread; THREADS],
    /// The kernel: the object of each descriptor number, 0 for none.
    pub table: [u8; NUMBERS],
    pub next_object: u8,
    /// Which object each handle was made for, by slot and generation. Only the checks read it.
    pub objects: [[u8; OBJECTS]; SLOTS],
    /// Objects that are not libsock's (any more): a stranger's, or detached.
    pub foreign: [bool; OBJECTS],
    /// The socket has data.
    pub data: bool,
    pub clock: u8,
    /// How many forks are under way: they keep changes of the descriptor table out, and wait for them.
    pub forking: u8,
    pub child: bool,
}

impl State {
    pub const EMPTY: State = State {
        slots: [Slot::EMPTY; SLOTS],
        threads: [Thread::IDLE; THREADS],
        table: [0; NUMBERS],
        next_object: 1,
        objects: [[0; OBJECTS]; SLOTS],
        foreign: [false; OBJECTS],
        data: false,
        clock: 0,
        forking: 0,
        child: false,
    };

    pub fn slot(&self, id: Id) -> &Slot {
        &self.slots[usize::from(id.slot)]
    }

    pub fn slot_mut(&mut self, id: Id) -> &mut Slot {
        &mut self.slots[usize::from(id.slot)]
    }

    /// The object a handle was made for.
    pub fn object_of(&self, id: Id) -> u8 {
        self.objects[usize::from(id.slot)][usize::from(id.generation)]
    }

    /// The kernel assigns the lowest free number, as POSIX requires.
    pub fn open(&mut self) -> u8 {
        let free = self.table[1..].iter().position(|object| *object == 0);
        let number = free.expect("the model has enough descriptor numbers") + 1;
        self.table[number] = self.next_object;
        self.next_object += 1;
        number as u8
    }

    /// Makes the slot's next generation live.
    pub fn publish(&mut self, slot: u8, number: u8, owner: u8, raise: bool) {
        let object = self.table[usize::from(number)];
        let target = &mut self.slots[usize::from(slot)];
        let generation = target.word.generation + u8::from(raise);
        target.number = number;
        target.deadlines = [NEVER; 2];
        (target.fired, target.readable, target.apart) = (false, false, false);
        target.word = Word { generation, life: Life::Open, attention: false, shared: false, owner };
        self.objects[usize::from(slot)][usize::from(generation)] = object;
    }

    /// Whether some call holds this very handle pinned.
    pub fn in_flight(&self, id: Id) -> bool {
        self.threads.iter().any(|thread| {
            let running = &thread.frames[..usize::from(thread.running)];
            running.iter().any(|frame| {
                let own = frame.holds.is_some() && frame.id == id;
                own || (frame.holds_token.is_some() && frame.token == id)
            })
        })
    }
}
