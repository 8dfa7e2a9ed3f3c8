//! The last failure of each thread: its code, and a sentence that names the field at fault, if there is one.
//!
//! Sentences have a fixed place: two for each thread, beside its record. Writing one allocates nothing
//! (the first of a process takes memory for the places; without memory there is no sentence), and a thread
//! that ends has nothing to free.
//!
//! A sentence belongs to the code for which it was written, by a ticket that no other sentence has. So a
//! code that a call absorbs leaves nothing behind: its sentence is not that of the last failure until a
//! public function returns it, and cannot explain a later failure with the same number.

use super::code::{Code, NO_TICKET};
use super::text;
use crate::sys::{GrowOnlyTable, Threads};
use std::cell::Cell;
use std::fmt::{self, Write};
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicUsize, Ordering};

/// The longest sentence, in bytes; a longer one is cut off after a character.
pub const LONGEST: usize = 320;

struct Sentence {
    ticket: AtomicU32,
    len: AtomicUsize,
    bytes: [AtomicU8; LONGEST],
}

impl Default for Sentence {
    fn default() -> Sentence {
        Sentence {
            ticket: AtomicU32::new(NO_TICKET),
            len: AtomicUsize::new(0),
            bytes: [const { AtomicU8::new(0) }; LONGEST],
        }
    }
}

/// The two of each record: that of the last failure, and one to write the next into.
static SENTENCES: GrowOnlyTable<[Sentence; 2], 65_536, 64> = GrowOnlyTable::new();

/// The last ticket that was given out.
static TICKETS: AtomicU32 = AtomicU32::new(NO_TICKET);

thread_local! {
    // Without a destructor: registering one takes memory, and the C library ends the process without.
    /// The number of the last failure, and the ticket of its sentence.
    static LAST: Cell<(i32, u32)> = const { Cell::new((0, NO_TICKET)) };
    /// The ticket of the sentence about the last panic.
    static PANIC: Cell<u32> = const { Cell::new(NO_TICKET) };
}

/// A name of the caller in a sentence: what is not UTF-8 is shown as U+FFFD.
pub struct Shown<'a>(pub &'a [u8]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            to.write_str(chunk.valid())?;
            if !chunk.invalid().is_empty() {
                to.write_char(char::REPLACEMENT_CHARACTER)?;
            }
        }
        Ok(())
    }
}

/// Those of this thread. None without memory, or in a thread that is ending.
fn sentences() -> Option<&'static [Sentence; 2]> {
    SENTENCES.get_or_grow((Threads::current().number() as usize).checked_sub(1)?)
}

impl Code {
    /// This code, with a sentence for `sock_last_error` that names the field at fault.
    #[cold]
    pub fn because(self, detail: fmt::Arguments<'_>) -> Code {
        let Some(both) = sentences() else { return self };
        let (_, kept) = LAST.get();
        let is_kept =
            |sentence: &Sentence| kept != NO_TICKET && sentence.ticket.load(Ordering::Relaxed) == kept;
        let [first, second] = both;
        self.with_ticket(if is_kept(first) { second } else { first }.write(detail))
    }
}

impl Sentence {
    /// Writes it anew, under a new ticket.
    fn write(&self, detail: fmt::Arguments<'_>) -> u32 {
        // Until it is whole it belongs to no code.
        self.ticket.store(NO_TICKET, Ordering::Relaxed);
        self.len.store(0, Ordering::Relaxed);
        let _ = Writer(self).write_fmt(detail);
        let ticket = new_ticket();
        self.ticket.store(ticket, Ordering::Relaxed);
        ticket
    }
}

fn new_ticket() -> u32 {
    loop {
        let ticket = TICKETS.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        if ticket != NO_TICKET {
            return ticket;
        }
    }
}

/// Adds to a sentence as much as there is room for; the rest is dropped.
struct Writer<'a>(&'a Sentence);

impl Write for Writer<'_> {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let len = self.0.len.load(Ordering::Relaxed);
        let room = LONGEST - len;
        let fits = (0..=more.len().min(room)).rev().find(|&end| more.is_char_boundary(end)).unwrap_or(0);
        for (to, from) in self.0.bytes[len..].iter().zip(&more.as_bytes()[..fits]) {
            to.store(*from, Ordering::Relaxed);
        }
        self.0.len.store(len + fits, Ordering::Relaxed);
        // Cut off: a shorter piece that still fits must not follow.
        if fits < more.len() { Err(fmt::Error) } else { Ok(()) }
    }
}

/// Remembers the failure that a public function is about to return, with its sentence if it has one.
pub fn remember(code: Code) {
    LAST.set((code.raw(), code.ticket()));
}

/// Keeps what a panic says, for [`panicked`].
pub fn note_panic(info: fmt::Arguments<'_>) {
    PANIC.set(Code::PANIC.because(info).ticket());
}

/// The code of a panic that was caught in this thread, with what it said.
pub fn panicked() -> Code {
    Code::PANIC.with_ticket(PANIC.replace(NO_TICKET))
}

/// The code and text of the last failure of this thread; (0, "success") before the first.
pub fn with_last<T>(use_it: impl FnOnce(i32, &[u8]) -> T) -> T {
    let (number, ticket) = LAST.get();
    let both = if ticket == NO_TICKET { None } else { sentences() };
    let of_ticket = |sentence: &&Sentence| sentence.ticket.load(Ordering::Relaxed) == ticket;
    let Some(sentence) = both.and_then(|both| both.iter().find(of_ticket)) else {
        return use_it(number, text(number.into()).to_bytes());
    };
    let mut bytes = [0; LONGEST];
    for (to, from) in bytes.iter_mut().zip(&sentence.bytes) {
        *to = from.load(Ordering::Relaxed);
    }
    let len = sentence.len.load(Ordering::Relaxed).min(LONGEST);
    use_it(number, &bytes[..len])
}

/// The text of a failure, for tests.
#[cfg(test)]
pub fn text_of(code: Code) -> String {
    remember(code);
    with_last(|_, text| String::from_utf8(text.to_vec()).expect("whole characters"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use libc::{EBADF, EINVAL};

    fn last() -> (i32, String) {
        with_last(|code, text| (code, String::from_utf8(text.to_vec()).expect("whole characters")))
    }

    fn because(text: &str) -> Code {
        Code::errno(EINVAL).because(format_args!("{text}"))
    }

    #[test]
    fn a_sentence_belongs_to_its_code() {
        assert_eq!(last(), (0, "success".into()));
        remember(because("port: 70000 is not within 0 to 65535"));
        assert_eq!(last(), (-EINVAL, "port: 70000 is not within 0 to 65535".into()));
        remember(Code::errno(EINVAL));
        assert_eq!(last().1, "Invalid argument", "the sentence of an earlier call");
        remember(Code::errno(EBADF));
        assert_eq!(last(), (-EBADF, "Bad file descriptor".into()));
    }

    #[test]
    fn an_absorbed_failure_leaves_nothing() {
        remember(because("first"));
        for _ in 0..3 {
            let _ = because("absorbed");
            assert_eq!(last().1, "first", "a call that succeeds changes nothing");
        }
        remember(Code::errno(EINVAL));
        assert_eq!(last().1, "Invalid argument", "an unrelated failure with the same number");
    }

    #[test]
    fn the_code_that_is_returned_has_its_own_sentence_or_none() {
        let (older, newer) = (because("older"), because("newer"));
        remember(older);
        assert_eq!(last().1, "Invalid argument", "overwritten, and not the sentence of the newer one");
        let newest = because("newest");
        remember(newer);
        remember(newest);
        assert_eq!(last().1, "newest");
    }

    #[test]
    fn a_long_sentence_is_cut_off_after_a_character() {
        let long = "ü".repeat(LONGEST);
        remember(Code::errno(EINVAL).because(format_args!("x{long}{}", "and more")));
        let text = last().1;
        assert_eq!(text.len(), LONGEST - 1);
        assert!(text.starts_with("xü") && text.ends_with('ü'));
    }

    #[test]
    fn a_name_is_shown_as_the_standard_library_does() {
        for name in [&b"plain"[..], b"\xff\xfe", b"a\xc3\xbcb", b"\xe2\x82", b"x\xe2\x28\xa1y"] {
            assert_eq!(Shown(name).to_string(), String::from_utf8_lossy(name));
        }
    }

    #[test]
    fn a_thread_has_no_sentence_of_one_before_it() {
        for i in 0..3 {
            let thread = std::thread::spawn(move || {
                assert_eq!(last(), (0, "success".into()));
                remember(because(&format!("thread {i}")));
                assert_eq!(last().1, format!("thread {i}"));
            });
            thread.join().expect("a thread of the test");
        }
    }
}
