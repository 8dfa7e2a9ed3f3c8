//! Ranges of tickets whose buffers are free, merged as they come. Pure.

/// Consecutive tickets, both ends included.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Range {
    pub first: u64,
    pub last: u64,
    /// The kernel has copied the data after all.
    pub copied: bool,
}

/// How many ranges that do not touch are kept: completions come almost in order.
pub const MOST: usize = 8;

/// The ranges that wait for the program.
#[derive(Default, Debug)]
pub struct Ranges {
    list: [Range; MOST],
    len: usize,
}

impl Ranges {
    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn is_full(&self) -> bool {
        self.len == MOST
    }

    /// Adds a range, together with those that it touches. Not to a full list, except for what merges.
    pub fn add(&mut self, mut added: Range) {
        let mut kept = 0;
        for at in 0..self.len {
            let range = self.list[at];
            let touches =
                range.last.wrapping_add(1) == added.first || added.last.wrapping_add(1) == range.first;
            if touches && range.copied == added.copied {
                added.first = added.first.min(range.first);
                added.last = added.last.max(range.last);
            } else {
                self.list[kept] = range;
                kept += 1;
            }
        }
        if let Some(place) = self.list.get_mut(kept) {
            *place = added;
            kept += 1;
        }
        self.len = kept;
    }

    /// Takes the oldest range.
    pub fn take(&mut self) -> Option<Range> {
        let at = (0..self.len).min_by_key(|&at| self.list[at].first)?;
        let range = self.list[at];
        self.len -= 1;
        self.list[at] = self.list[self.len];
        Some(range)
    }
}

/// The ticket that the kernel means by a number of 32 bits: the latest of those given out. The first ticket is 1 and
/// the kernel's first number 0.
pub fn ticket(number: u32, sent: u64) -> u64 {
    let back = (sent as u32).wrapping_sub(1).wrapping_sub(number);
    sent.wrapping_sub(back.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(first: u64, last: u64, copied: bool) -> Range {
        Range { first, last, copied }
    }

    #[test]
    fn touching_ranges_merge_and_others_do_not() {
        let mut ranges = Ranges::default();
        for (first, last, copied) in [(1, 2, false), (5, 5, false), (3, 4, false), (6, 6, true), (8, 9, true)]
        {
            ranges.add(range(first, last, copied));
        }
        ranges.add(range(7, 7, true));
        assert_eq!(ranges.take(), Some(range(1, 5, false)));
        assert_eq!(ranges.take(), Some(range(6, 9, true)));
        assert_eq!((ranges.take(), ranges.is_empty()), (None, true));
    }

    #[test]
    fn a_full_list_still_takes_what_merges() {
        let mut ranges = Ranges::default();
        for at in 0..MOST as u64 {
            ranges.add(range(at * 10 + 1, at * 10 + 1, false));
        }
        assert!(ranges.is_full());
        ranges.add(range(2, 10, false));
        assert_eq!(ranges.take(), Some(range(1, 11, false)));
        assert!(!ranges.is_full());
    }

    #[test]
    fn every_order_of_completions_gives_every_ticket_once() {
        let mut seed = 1_u64;
        for _ in 0..200 {
            let mut order: Vec<u64> = (1..=6).collect();
            for at in (1..order.len()).rev() {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                order.swap(at, (seed >> 33) as usize % (at + 1));
            }
            let mut ranges = Ranges::default();
            order.iter().for_each(|&ticket| ranges.add(range(ticket, ticket, false)));
            assert_eq!(ranges.take(), Some(range(1, 6, false)), "{order:?}");
        }
    }

    #[test]
    fn numbers_of_32_bits_are_the_latest_tickets() {
        assert_eq!(ticket(0, 1), 1);
        assert_eq!(ticket(4, 5), 5);
        assert_eq!(ticket(0, 5), 1);
        let wrapped = (1 << 32) + 3;
        assert_eq!(ticket(2, wrapped), wrapped);
        assert_eq!(ticket(u32::MAX, wrapped), 1 << 32);
    }
}
