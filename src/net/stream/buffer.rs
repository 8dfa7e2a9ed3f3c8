//! The bytes between a socket and the calls on its stream.

use crate::net::error::{Code, Result};
use crate::sys::memory;
use std::mem::MaybeUninit;

/// What an empty buffer may keep of the memory that a long line needed.
const KEPT: usize = 64 << 10;

/// Bytes that came and have not been taken; new ones are added behind them.
#[derive(Default)]
pub struct Buffer {
    /// All initialised: `start..end` counts, the rest is room.
    memory: Vec<u8>,
    start: usize,
    end: usize,
}

impl Buffer {
    /// What it holds.
    pub fn bytes(&self) -> &[u8] {
        &self.memory[self.start..self.end]
    }

    /// How many bytes it holds.
    pub fn len(&self) -> usize {
        self.end - self.start
    }

    /// Makes room for at least one more byte: memory of `capacity` bytes, or more if it holds so many
    /// already and a line may have `limit`.
    pub fn make_room(&mut self, capacity: usize, limit: usize) -> Result<()> {
        if self.end < self.memory.len() {
            return Ok(());
        }
        if self.start > 0 {
            self.memory.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.len());
            return Ok(());
        }
        let wanted = if self.memory.is_empty() { capacity } else { self.len().saturating_mul(2) };
        let wanted = wanted.min(limit.max(capacity)).max(self.len() + 1);
        let more = wanted - self.memory.len();
        let available = memory::available(more).is_ok() && self.memory.try_reserve_exact(more).is_ok();
        if !available {
            return Err(Code::errno(libc::ENOMEM).because(format_args!("a buffer of {wanted} bytes")));
        }
        self.memory.resize(wanted, 0);
        Ok(())
    }

    /// The room, to be written to from its start.
    pub fn room(&mut self) -> &mut [u8] {
        &mut self.memory[self.end..]
    }

    /// Says that this many bytes were written to the room.
    pub fn filled(&mut self, count: usize) {
        self.end = (self.end + count).min(self.memory.len());
    }

    /// Adds what there is room for: how many bytes.
    pub fn put(&mut self, data: &[u8]) -> usize {
        let room = self.room();
        let count = room.len().min(data.len());
        room[..count].copy_from_slice(&data[..count]);
        self.filled(count);
        count
    }

    /// Moves bytes into a caller's memory, as many as are available and fit.
    pub fn take(&mut self, to: &mut [MaybeUninit<u8>]) -> usize {
        let count = to.len().min(self.len());
        for (to, from) in to.iter_mut().zip(&self.bytes()[..count]) {
            to.write(*from);
        }
        self.consume(count);
        count
    }

    /// Takes bytes out.
    pub fn consume(&mut self, count: usize) {
        self.start = (self.start + count).min(self.end);
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
    }

    /// Gives back what an empty buffer needs no more, where the usual is `capacity`.
    pub fn trim(&mut self, capacity: usize) {
        if self.len() == 0 && self.memory.len() > capacity.max(KEPT) {
            self.memory = Vec::new();
        }
    }

    /// How many bytes there are up to the end of the first `mark`, of which `scanned` need not be looked
    /// at again.
    pub fn find(&self, mark: &[u8], scanned: &mut usize) -> Option<usize> {
        let from = (*scanned).min(self.len());
        let bytes = &self.bytes()[from..];
        let found = match mark {
            [byte] => bytes.iter().position(|other| other == byte),
            _ => bytes.windows(mark.len()).position(|window| window == mark),
        };
        // The mark may have begun in the last bytes.
        *scanned = self.len().saturating_sub(mark.len() - 1).max(from);
        found.map(|at| from + at + mark.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(buffer: &mut Buffer, most: usize) -> Vec<u8> {
        let before = buffer.bytes().to_vec();
        let mut memory = vec![MaybeUninit::new(0); most];
        let count = buffer.take(&mut memory);
        assert_eq!(buffer.bytes(), &before[count..]);
        before[..count].to_vec()
    }

    fn add(buffer: &mut Buffer, data: &[u8], capacity: usize, limit: usize) {
        let mut rest = data;
        while !rest.is_empty() {
            buffer.make_room(capacity, limit).expect("memory");
            let count = buffer.put(rest);
            assert!(count > 0, "room was made");
            rest = &rest[count..];
        }
    }

    proptest::proptest! {
        #[test]
        fn bytes_come_out_as_they_went_in(steps in proptest::collection::vec((0usize..40, 0usize..40), 0..60)) {
            let (mut buffer, mut next, mut got) = (Buffer::default(), 0u8, Vec::new());
            for (more, less) in steps {
                let data: Vec<u8> = (0..more).map(|_| { next = next.wrapping_add(1); next }).collect();
                add(&mut buffer, &data, 16, usize::MAX);
                got.extend(taken(&mut buffer, less));
                buffer.trim(16);
            }
            got.extend(taken(&mut buffer, usize::MAX >> 40));
            for (i, byte) in got.iter().enumerate() {
                assert_eq!(*byte, (i + 1) as u8);
            }
        }

        #[test]
        fn a_mark_is_found_however_it_comes(text in "[ab]{0,30}", mark in "[ab]{1,4}", step in 1usize..7) {
            let expected = text.find(&mark).map(|at| at + mark.len());
            let (mut buffer, mut scanned, mut found) = (Buffer::default(), 0, None);
            for piece in text.as_bytes().chunks(step) {
                add(&mut buffer, piece, 4, usize::MAX);
                found = found.or(buffer.find(mark.as_bytes(), &mut scanned));
            }
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn memory_grows_to_the_limit_and_is_given_back() {
        let mut buffer = Buffer::default();
        add(&mut buffer, &[7; 100], 64, 100);
        assert_eq!(buffer.memory.len(), 100, "no more than the line may have");
        buffer.consume(100);
        buffer.trim(64);
        assert_eq!(buffer.memory.len(), 100, "little is kept");
        add(&mut buffer, &[7; KEPT + 1], 64, usize::MAX);
        buffer.consume(1);
        buffer.trim(64);
        assert!(buffer.memory.len() > KEPT, "not empty");
        buffer.consume(KEPT);
        buffer.trim(64);
        assert_eq!(buffer.memory.len(), 0);
        assert!(buffer.make_room(usize::MAX, 0).is_err(), "no such memory");
    }
}
