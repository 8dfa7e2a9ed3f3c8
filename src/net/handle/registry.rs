//! Who must hear of a handle's end before its descriptor is closed: pollers.
//!
//! The kernel forgets a descriptor in an epoll instance only when its last duplicate is closed, so a
//! poller that is not told would go on reporting a dead entry, or a stranger's.

use super::pin::{Direction, pin};
use super::slot::{Extra, Kind};
use crate::net::error::{Code, Result};
use std::sync::Arc;

/// Somebody who holds handles of others.
pub trait Watcher: Send + Sync {
    /// The handle is being closed and still has its descriptor: take it out, and tell whoever waits.
    /// Called by the closing thread, with no lock held.
    fn closed(&self, id: i64, fd: i32);

    /// This process is a new child: what is shared with the parent must not be changed any more.
    /// Called before any other call of this process, with no other thread there.
    fn forked(&self);
}

/// Has a watcher told of a socket's end. `false` if it is watching already.
pub fn watch(id: i64, watcher: &Arc<dyn Watcher>) -> Result<bool> {
    let pin = pin(id, Kind::Socket, Direction::None)?;
    let mut guarded = pin.slot().guarded.lock();
    if guarded.barrier_done {
        // A closer has already told everybody.
        return Err(Code::errno(libc::EBADF));
    }
    let extra = guarded.extra.get_or_insert_with(|| Box::new(Extra::default()));
    if extra.watchers.iter().any(|other| Arc::ptr_eq(other, watcher)) {
        return Ok(false);
    }
    extra.watchers.push(watcher.clone());
    Ok(true)
}

/// Ends [`watch`]. `false` if the watcher was not watching.
pub fn unwatch(id: i64, watcher: &Arc<dyn Watcher>) -> Result<bool> {
    let pin = pin(id, Kind::Socket, Direction::None)?;
    let mut guarded = pin.slot().guarded.lock();
    let Some(extra) = &mut guarded.extra else { return Ok(false) };
    let before = extra.watchers.len();
    extra.watchers.retain(|other| !Arc::ptr_eq(other, watcher));
    Ok(extra.watchers.len() < before)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{handle, socket};
    use crate::sys;
    use std::sync::Mutex;

    #[derive(Default)]
    struct Told(Mutex<Vec<(i64, bool)>>);

    impl Watcher for Told {
        fn closed(&self, id: i64, fd: i32) {
            let open = sys::nonblock(fd).is_ok();
            self.0.lock().expect("a list").push((id, open));
        }

        fn forked(&self) {}
    }

    #[test]
    fn a_watcher_hears_of_the_close_while_the_descriptor_is_open() {
        let [a, b] = socket::create_pair(-1, -1, -1).expect("a pair");
        let told = Arc::new(Told::default());
        let watcher: Arc<dyn Watcher> = told.clone();
        assert_eq!(watch(a, &watcher), Ok(true));
        assert_eq!(watch(a, &watcher), Ok(false), "once is enough");
        assert_eq!(watch(b, &watcher), Ok(true));
        assert_eq!(unwatch(b, &watcher), Ok(true));
        assert_eq!(unwatch(b, &watcher), Ok(false));
        assert_eq!((handle::close(a), handle::close(b)), (Ok(0), Ok(0)));
        assert_eq!(*told.0.lock().expect("a list"), [(a, true)]);
        assert!(watch(a, &watcher).is_err(), "a closed handle cannot be watched");
    }

    #[test]
    fn a_detached_handle_is_taken_out_too() {
        let [a, b] = socket::create_pair(-1, -1, -1).expect("a pair");
        let told = Arc::new(Told::default());
        let watcher: Arc<dyn Watcher> = told.clone();
        assert_eq!(watch(a, &watcher), Ok(true));
        let fd = handle::detach(a, |_| ()).expect("the descriptor");
        assert_eq!(*told.0.lock().expect("a list"), [(a, true)]);
        assert_eq!((sys::close(fd), handle::close(b)), (Ok(()), Ok(0)));
    }
}
