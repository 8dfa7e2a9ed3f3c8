//! Batches: many datagrams in one call, and datagrams that the kernel cuts and joins.
//!
//! A send plans messages (`plan`), gives them to the kernel and goes on behind those that it took. A receive
//! waits for the first datagram and takes what is there without waiting again.

mod plan;

pub use crate::sys::{Batch, Datagram, Inbox, Outbox};

use super::error::{Code, Result};
use super::family::{Use, explain};
use super::handle::{Direction, Id, Kind, Label, Pin, Slot, pin, pin_socket};
use super::message::control::{self, ip};
use super::transfer::room_is_silent;
use super::wait::{Call, Ended};
use crate::sys::{self, Errno, MESSAGES_AT_ONCE, MSG_ERRQUEUE, POLLRDHUP};
use libc::{EINVAL, EIO, EMSGSIZE, MSG_CTRUNC, MSG_DONTWAIT, MSG_OOB, MSG_PEEK};
use plan::{Entries, Progress, Rules, Went};

/// In the flags of an entry that was sent: its data went as plain datagrams.
pub const PLAIN: i32 = 1;

impl Entries for Outbox<'_> {
    fn count(&self) -> usize {
        self.len()
    }

    #[inline]
    fn size(&self, at: usize) -> (usize, usize) {
        let entry = self.entry(at);
        (entry.len, entry.segment as usize)
    }
}

/// A batch needs a socket whose messages have borders.
fn need_datagrams(slot: &Slot) -> Result<()> {
    match slot.socket_type() {
        libc::SOCK_STREAM => Err(Code::errno(EINVAL)
            .because(format_args!("s: of type SOCK_STREAM, where one with datagrams is needed"))),
        _ => Ok(()),
    }
}

/// The pin of a call; `None` where there is nothing to do.
fn begin(id: Id, direction: Direction, len: usize) -> Result<Option<Pin>> {
    if len == 0 {
        return pin_socket(id).map(|_| None);
    }
    let pin = pin(id, Kind::Socket, Some(direction))?;
    need_datagrams(pin.slot())?;
    Ok(Some(pin))
}

/// sendmmsg(2): how many entries went, the last of them maybe in part.
pub fn send(id: Id, batch: &mut Outbox<'_>, flags: i32) -> Result<i64> {
    let Some(pin) = begin(id, Direction::Write, batch.len())? else { return Ok(0) };
    let mut progress = Progress::default();
    let ended = send_on(&pin, batch, flags, &mut progress);
    let mut went = progress.entry;
    if progress.offset > 0 {
        batch.set_sent(went, progress.offset, mark(progress.plain));
        went += 1;
    }
    match ended {
        Err(ended) if went == 0 => {
            let to = batch.entry(0).addr;
            let named = to.len > 0;
            drop(pin);
            Err(if named { explain(id, &to, Use::Send, ended.code) } else { ended.code })
        }
        Err(ended) => {
            // A pending error of the socket, which the kernel reports once, not the error of an entry.
            if ended.by_kernel
                && ended.code.raw() == -libc::ECONNREFUSED
                && pin.slot().family() != libc::AF_UNIX
            {
                pin.leave_error(libc::ECONNREFUSED);
            }
            Ok(went as i64)
        }
        Ok(()) => Ok(went as i64),
    }
}

fn mark(plain: bool) -> i32 {
    if plain { PLAIN } else { 0 }
}

/// What the kernel says when it, the route or the device has no segments, or none of this size.
fn refuses_segments(error: Errno) -> bool {
    matches!(error, Errno(EIO | EINVAL | EMSGSIZE))
}

/// Whether the kernel cuts the data of a socket: all of UDP, unless it has refused to lately.
fn kernel_cuts(pin: &Pin) -> bool {
    let label = Label::of(pin.slot());
    sys::is_udp(label.family, label.socket_type, label.proto)
        && sys::knows_segments(pin.fd())
        && !pin.slot().take_plain_batch()
}

fn next_has_segments(progress: &Progress, batch: &Outbox<'_>, rules: Rules) -> bool {
    progress.plan(batch, rules).next().is_some_and(|piece| piece.segment != 0)
}

/// Sends until all went, or something ends the call.
fn send_on(
    pin: &Pin,
    batch: &mut Outbox<'_>,
    flags: i32,
    progress: &mut Progress,
) -> std::result::Result<(), Ended> {
    let (fd, slot) = (pin.fd(), pin.slot());
    let added = slot.send_flags();
    let mut call = Call::new(pin, Direction::Write);
    let once = call.is_nonblocking() || flags & MSG_DONTWAIT != 0;
    let repeats_control = slot.family() != libc::AF_UNIX;
    let mut rules = Rules { kernel_cuts: kernel_cuts(pin), refused: None, repeats_control };
    // The error of a message with segments, until it is known whether its plain datagrams go.
    let mut refusal = None;
    let places = sys::messages_at_once(slot.family());
    loop {
        let planned = progress.plan(batch, rules).take(places);
        let sent = sys::sendmmsg(fd, batch, planned, flags | added);
        match sent.answer.outcome().unwrap_or(Ok(0)) {
            Ok(taken) => {
                for at in 0..taken.min(sent.tried) {
                    let short = sent.short.filter(|short| short.0 == at).map(|short| short.1);
                    if let Went::All { plain } = progress.advance(batch, rules, short) {
                        let entry = progress.entry - 1;
                        batch.set_sent(entry, batch.entry(entry).len, mark(plain));
                    }
                }
                // Of a short batch that does not wait, the next try would only say why, unless the message at
                // which it stopped has segments, which may have been refused.
                let over = sent.tried > taken && once && !next_has_segments(progress, batch, rules);
                if refusal.take().is_some_and(|error| error != Errno(EMSGSIZE)) {
                    rules.kernel_cuts = false;
                    slot.start_plain_batches();
                }
                if progress.entry >= batch.len() || sent.short.is_some() || over {
                    return Ok(());
                }
                call.progressed()?;
            }
            Err(error) if refuses_segments(error) && next_has_segments(progress, batch, rules) => {
                refusal = Some(error);
                rules.refused = Some(progress.entry);
            }
            Err(error) => {
                if error == Errno(libc::EAGAIN)
                    && room_is_silent(slot, batch.entry(progress.entry).addr.len > 0)
                {
                    call.set_no_events();
                }
                call.retry(error, once)?;
            }
        }
    }
}

/// recvmmsg(2): waits for the first datagram and takes what is there.
pub fn receive(id: Id, batch: &mut Inbox<'_>, flags: i32) -> Result<i64> {
    let Some(pin) = begin(id, Direction::Read, batch.len())? else { return Ok(0) };
    if flags & MSG_PEEK != 0 {
        // Each message of a batch would look at the same datagram.
        batch.truncate(1);
    }
    let slot = pin.slot();
    let label = Label::of(slot);
    let udp = sys::is_udp(label.family, label.socket_type, label.proto);
    let mut call = Call::new(&pin, Direction::Read);
    let once = call.is_nonblocking() || flags & (MSG_DONTWAIT | MSG_ERRQUEUE | MSG_OOB) != 0;
    if !once && slot.take_poll_first() {
        call.wait()?;
    }
    let mut filled = 0;
    let added = sys::batch_receive_flags(label.family, label.proto);
    while filled < batch.len() {
        let tried = MESSAGES_AT_ONCE.min(batch.len() - filled);
        let answer = sys::recvmmsg(pin.fd(), batch, filled, flags | MSG_DONTWAIT, added, udp, joined);
        match answer.outcome().unwrap_or(Ok(0)) {
            Ok(came) => {
                filled += came;
                if came < tried {
                    break;
                }
            }
            Err(error) if filled > 0 => {
                if !matches!(error, Errno(libc::EAGAIN | libc::EINTR)) {
                    // The kernel would not report it again.
                    pin.leave_error(error.0);
                }
                break;
            }
            Err(error) => {
                if error == Errno(libc::EAGAIN) && !once {
                    // As in a receive of one: after SHUT_RD nothing more comes.
                    if label.socket_type != libc::SOCK_SEQPACKET && call.found() & POLLRDHUP != 0 {
                        return Ok(0);
                    }
                    slot.start_poll_first();
                }
                call.retry(error, once)?;
            }
        }
    }
    if label.socket_type == libc::SOCK_SEQPACKET {
        filled = without_repeated_end(batch, filled);
    }
    Ok(filled as i64)
}

/// Reads the size of the datagrams that were joined, of one message of UDP.
fn joined(entry: &mut Datagram, control: &[u8], own: bool) {
    let size = ip::gro_size(control).ok().flatten().and_then(|size| u32::try_from(size).ok());
    entry.segment = size.filter(|size| (*size as usize) < entry.count).unwrap_or(0);
    if own && !(size.is_some() && is_one_message(control)) {
        // Something came that the caller had no room for.
        entry.flags |= MSG_CTRUNC;
    }
}

fn is_one_message(control: &[u8]) -> bool {
    let mut pos = 0;
    matches!(control::next(control, &mut pos), Ok(Some(_))) && pos == control.len()
}

/// At its end a connection fills every entry with nothing: one is enough.
fn without_repeated_end(batch: &Inbox<'_>, filled: usize) -> usize {
    let is_end = |at: usize| {
        let entry = batch.entry(at);
        entry.count == 0 && entry.flags & !libc::MSG_EOR == 0 && entry.control_len == 0
    };
    (1..filled).rev().find(|at| !(is_end(*at) && is_end(at - 1))).map_or(filled.min(1), |at| at + 1)
}

/// UDP_GRO: whether datagrams of one sender and one size may arrive together.
pub fn set_gro(id: Id, on: bool) -> Result<i32> {
    let pin = pin_socket(id)?;
    sys::set_gro(pin.fd(), on)?;
    Ok(0)
}
