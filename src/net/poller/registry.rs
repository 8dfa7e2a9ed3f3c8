//! All pollers of the process by number, and which of them a block of registrations belongs to.

use super::registration::BLOCK;
use super::state::Poller;
use crate::net::error::{Code, Result};
use crate::sys::Lock;
use std::sync::Arc;

/// Held while pollers come and go. Before all other locks of pollers.
static ROLL: Lock<()> = Lock::new(());
static POLLERS: Lock<Vec<Option<Arc<Poller>>>> = Lock::new(Vec::new());
static BLOCKS: Lock<Blocks> = Lock::new(Blocks { owners: Vec::new(), free: Vec::new() });

/// Blocks are numbered from 1, so that no registration has the number 0.
struct Blocks {
    /// Of each block the poller, and its place among that poller's blocks.
    owners: Vec<(u32, u32)>,
    free: Vec<u32>,
}

/// The most blocks: a registration's number has 32 bits.
const MOST_BLOCKS: usize = (u32::MAX / BLOCK) as usize - 1;

fn no_memory<E>(_: E) -> Code {
    Code::errno(libc::ENOMEM)
}

/// Adds a poller, made with its number.
pub fn add(make: impl FnOnce(u32) -> Poller) -> Result<Arc<Poller>> {
    let _roll = ROLL.lock();
    let mut pollers = POLLERS.lock();
    let number = pollers.iter().position(Option::is_none).unwrap_or(pollers.len());
    if number == pollers.len() {
        pollers.try_reserve(1).map_err(no_memory)?;
        pollers.push(None);
    }
    let poller = Arc::new(make(number as u32));
    pollers[number] = Some(poller.clone());
    Ok(poller)
}

/// Removes a poller and gives back its blocks.
pub fn remove(poller: &Poller, blocks: impl Iterator<Item = u32>) {
    let _roll = ROLL.lock();
    BLOCKS.lock().free.extend(blocks);
    let gone = POLLERS.lock().get_mut(poller.number as usize).and_then(Option::take);
    drop(gone);
}

/// A block for a poller, which has so many already.
pub fn add_block(poller: &Poller, has: u32) -> Result<u32> {
    let mut blocks = BLOCKS.lock();
    if let Some(number) = blocks.free.pop() {
        blocks.owners[number as usize - 1] = (poller.number, has);
        return Ok(number);
    }
    if blocks.owners.len() >= MOST_BLOCKS {
        return Err(Code::errno(libc::ENOSPC));
    }
    blocks.owners.try_reserve(1).map_err(no_memory)?;
    // Room for all, so that giving back takes no memory.
    let room = blocks.owners.capacity() - blocks.free.len();
    blocks.free.try_reserve(room).map_err(no_memory)?;
    blocks.owners.push((poller.number, has));
    Ok(blocks.owners.len() as u32)
}

/// Ends [`add_block`].
pub fn drop_block(number: u32) {
    BLOCKS.lock().free.push(number);
}

/// The poller that a registration belongs to, and its local number there.
pub fn find(link: u32) -> Option<(Arc<Poller>, u32)> {
    let block = (link / BLOCK).checked_sub(1)?;
    let (poller, place) = *BLOCKS.lock().owners.get(block as usize)?;
    let poller = POLLERS.lock().get(poller as usize)?.clone()?;
    Some((poller, place * BLOCK + link % BLOCK))
}

/// Under `ROLL`. Not under the lock of the list, which a thread takes that holds a poller's.
fn each(act: impl Fn(&Poller)) {
    let count = POLLERS.lock().len();
    for number in 0..count {
        let poller = POLLERS.lock()[number].clone();
        poller.inspect(|poller| act(poller));
    }
}

/// Before a fork: no registration changes, and no event is being written.
pub fn hold() {
    ROLL.hold();
    each(|poller| {
        poller.changes.hold();
        poller.state.hold();
    });
}

/// Ends [`hold`].
pub fn release() {
    each(|poller| {
        poller.state.release();
        poller.changes.release();
    });
    ROLL.release();
}

/// In a new process: takes the locks from threads that do not exist here.
pub fn after_fork_child() {
    ROLL.reset_after_fork();
    POLLERS.reset_after_fork();
    BLOCKS.reset_after_fork();
}
