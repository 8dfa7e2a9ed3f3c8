//! How a batch is cut into messages. No system call, so that Miri and property tests reach it.

use crate::sys::Piece;

/// The kernel's limit for the segments of one message; newer kernels take twice as many.
const MOST_SEGMENTS: usize = 64;
/// The most bytes of one message with segments: what a packet of 65535 bytes has room for behind any usual
/// headers.
const MOST_BYTES: usize = 65_535 - 128;

/// How the next part of an entry goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Cut {
    /// The rest of the entry is one datagram.
    Rest,
    /// One datagram of the entry's size of segments, which the kernel takes alone.
    Plain,
    /// A message of this length, which the kernel cuts.
    Segments(usize),
}

#[inline]
fn cut(rest: usize, segment: usize, kernel_cuts: bool) -> Cut {
    if segment == 0 || rest <= segment {
        return Cut::Rest;
    }
    let most = MOST_SEGMENTS.min(MOST_BYTES / segment);
    if !kernel_cuts || most < 2 { Cut::Plain } else { Cut::Segments(rest.min(most * segment)) }
}

/// What a batch of so many entries consists of.
pub trait Entries {
    /// How many entries there are.
    fn count(&self) -> usize;
    /// The length of an entry's data and its size of segments.
    fn size(&self, at: usize) -> (usize, usize);
}

/// How far a batch has gone.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Progress {
    /// So many entries went.
    pub entry: usize,
    /// So much of the next one.
    pub offset: usize,
    /// A part of that one went as a plain datagram although it has more segments.
    pub plain: bool,
}

/// What the kernel is trusted with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rules {
    /// The kernel cuts messages into segments.
    pub kernel_cuts: bool,
    /// The entry whose segments it has refused.
    pub refused: Option<usize>,
    /// Whether control data goes with each message of an entry, not only the first.
    pub repeats_control: bool,
}

impl Rules {
    fn cuts(&self, entry: usize) -> bool {
        self.kernel_cuts && self.refused != Some(entry)
    }
}

/// The messages that follow, one after another.
pub struct Plan<'e, E> {
    entries: &'e E,
    rules: Rules,
    entry: usize,
    offset: usize,
}

impl<E: Entries> Iterator for Plan<'_, E> {
    type Item = Piece;

    #[inline]
    fn next(&mut self) -> Option<Piece> {
        let (entry, offset) = (self.entry, self.offset);
        if entry >= self.entries.count() {
            return None;
        }
        let (len, segment) = self.entries.size(entry);
        let rest = len - offset;
        let (taken, in_kernel) = match cut(rest, segment, self.rules.cuts(entry)) {
            Cut::Rest => (rest, 0),
            Cut::Plain => (segment, 0),
            Cut::Segments(taken) => (taken, segment as u16),
        };
        self.offset += taken;
        if self.offset >= len {
            (self.entry, self.offset) = (entry + 1, 0);
        }
        let control = offset == 0 || self.rules.repeats_control;
        Some(Piece { entry, offset, len: taken, segment: in_kernel, control })
    }
}

impl Progress {
    /// The messages that follow. A plan made again is the same.
    pub fn plan<'e, E: Entries>(&self, entries: &'e E, rules: Rules) -> Plan<'e, E> {
        Plan { entries, rules, entry: self.entry, offset: self.offset }
    }

    /// Goes on behind the next message, which the kernel took; `short` says how many bytes of it went if that
    /// is less than planned, and the batch ends there.
    #[inline]
    pub fn advance(&mut self, entries: &impl Entries, rules: Rules, short: Option<usize>) -> Went {
        let (len, segment) = entries.size(self.entry);
        if self.offset == 0 && short.is_none() && (segment == 0 || len <= segment) {
            self.entry += 1;
            return Went::All { plain: false };
        }
        let Some(piece) = self.plan(entries, rules).next() else { return Went::Part };
        self.plain |= piece.segment == 0 && segment != 0 && len - piece.offset > segment;
        if let Some(short) = short {
            self.offset = piece.offset + short.min(piece.len);
            return Went::Part;
        }
        self.offset = piece.offset + piece.len;
        if self.offset < len {
            return Went::Part;
        }
        let plain = self.plain;
        *self = Progress { entry: self.entry + 1, ..Progress::default() };
        Went::All { plain }
    }
}

/// What has become of an entry after one of its messages went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Went {
    /// Not all of it went yet.
    Part,
    /// It is complete; a part of it went as a plain datagram although it had more segments.
    All { plain: bool },
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    impl Entries for Vec<(usize, usize)> {
        fn count(&self) -> usize {
            self.len()
        }

        fn size(&self, at: usize) -> (usize, usize) {
            self[at]
        }
    }

    const RULES: Rules = Rules { kernel_cuts: true, refused: None, repeats_control: true };

    /// What arrives, by entry: every datagram of every message, if the kernel takes `at_once` messages a call.
    fn arrives(entries: &Vec<(usize, usize)>, rules: Rules, at_once: usize) -> (Vec<Vec<usize>>, Vec<bool>) {
        let mut progress = Progress::default();
        let mut datagrams = vec![Vec::new(); entries.len()];
        let mut plain = Vec::new();
        while progress.entry < entries.len() {
            let pieces: Vec<Piece> = progress.plan(entries, rules).take(at_once).collect();
            assert!(!pieces.is_empty());
            for piece in pieces {
                if piece.segment == 0 {
                    datagrams[piece.entry].push(piece.len);
                } else {
                    let segment = usize::from(piece.segment);
                    assert!(piece.len <= MOST_BYTES && piece.len.div_ceil(segment) <= MOST_SEGMENTS);
                    assert!(piece.len > segment, "one datagram needs no segments");
                    let full = std::iter::repeat_n(segment, piece.len / segment);
                    let last = Some(piece.len % segment).filter(|last| *last > 0);
                    datagrams[piece.entry].extend(full.chain(last));
                }
                match progress.advance(entries, rules, None) {
                    Went::All { plain: was_plain } => {
                        assert_eq!(piece.entry, plain.len(), "entries end in order, each once");
                        plain.push(was_plain);
                    }
                    Went::Part => assert_eq!(progress.entry, piece.entry),
                }
            }
        }
        (datagrams, plain)
    }

    fn expected(&(len, segment): &(usize, usize)) -> Vec<usize> {
        if segment == 0 || len <= segment {
            return vec![len];
        }
        let full = std::iter::repeat_n(segment, len / segment);
        full.chain(Some(len % segment).filter(|last| *last > 0)).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 8 } else { 512 }))]

        /// Whoever cuts, the same datagrams arrive.
        #[test]
        fn every_way_sends_the_same_datagrams(
            entries in prop::collection::vec(
                (0_usize..200_000, prop_oneof![0_usize..3, 1_usize..2000, 1_usize..65_536]),
                0..5,
            ),
            kernel_cuts: bool,
            refused in prop::option::of(0_usize..5),
            at_once in 1_usize..70,
        ) {
            // Tiny segments of long entries are many.
            let entries: Vec<_> = entries
                .into_iter()
                .map(|(len, segment)| (if cfg!(miri) { len.min(segment * 100 + 7) } else { len }, segment))
                .collect();
            let rules = Rules { kernel_cuts, refused, ..RULES };
            let (datagrams, plain) = arrives(&entries, rules, at_once);
            for (at, entry) in entries.iter().enumerate() {
                prop_assert_eq!(&datagrams[at], &expected(entry));
                let (len, segment) = *entry;
                let by_kernel = kernel_cuts && refused != Some(at) && 2 * segment <= MOST_BYTES;
                prop_assert_eq!(plain[at], segment != 0 && len > segment && !by_kernel);
            }
        }
    }

    #[test]
    fn a_message_that_went_in_part_ends_the_batch() {
        let entries = vec![(10, 0), (10, 0)];
        let mut progress = Progress::default();
        assert_eq!(progress.plan(&entries, RULES).count(), 2);
        assert_eq!(progress.advance(&entries, RULES, Some(4)), Went::Part);
        assert_eq!((progress.entry, progress.offset), (0, 4));
    }

    #[test]
    fn nothing_is_a_datagram() {
        assert_eq!(arrives(&vec![(0, 0), (0, 100)], RULES, 8).0, [[0], [0]]);
    }

    #[test]
    fn control_data_goes_once_where_it_must_not_repeat() {
        let rules = Rules { kernel_cuts: false, repeats_control: false, ..RULES };
        let entries = vec![(25, 10)];
        let control: Vec<bool> =
            Progress::default().plan(&entries, rules).map(|piece| piece.control).collect();
        assert_eq!(control, [true, false, false]);
    }
}
