//! Handles that are more than a descriptor: an object of this library is behind them.

use super::id::Id;
use super::pin::Pin;
use super::slot::Slot;
use super::word::Kind;
use super::{no_fork, table};
use crate::net::error::Result;
use crate::sys;
use std::any::Any;
use std::sync::Arc;

/// The object behind a handle. It lives as long as the handle, and as long as calls use it.
pub trait Object: Any + Send + Sync {
    /// The handle is being closed: wake its calls, which then find it closing. Called by the closing
    /// thread, with no lock held.
    fn closing(&self);

    /// No call uses the handle any more: does what is left to do. Called by the thread that ends the
    /// handle, with no lock held; the result goes to the closer, if it still waits.
    fn finish(&self) -> Result<()>;

    /// The deadline or token of the handle has changed. Called with no lock held.
    fn limits_changed(&self) {}

    /// The socket whose descriptor a poller watches in place of one of its own.
    fn watched_socket(&self) -> Option<Id> {
        None
    }

    /// Whether it can be read from whatever the state of its descriptor. Called under a poller's lock.
    fn is_readable(&self) -> bool {
        false
    }

    /// This process is a new child: what other threads had begun is undone. Called before any other
    /// call of this process, under the lock of the handle's slot.
    fn forked(&self);

    /// In a new child: whether only another thread had the handle, by the number of this thread's record.
    fn is_orphan(&self, _record: u32) -> bool {
        false
    }

    /// In a new child, of an orphan: closes its descriptors by number; nothing drops them any more.
    fn close_descriptors(&self) {}

    /// Itself, for [`object`].
    fn any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
}

/// Opens the handle of an object.
pub fn open_object(kind: Kind, object: Arc<dyn Object>) -> Result<Id> {
    no_fork::watch_forks()?;
    sys::memory::available(size_of_val(&*object))?;
    let (id, slot) = table::open_number(kind, -1)?;
    slot.lock().set_object(object);
    Ok(id)
}

/// Opens the handle of an object that works with a descriptor, made under a [`NoForkGuard`](super::NoForkGuard) that lives.
pub fn open_object_with(
    kind: Kind,
    fd: sys::EventFd,
    object: Arc<dyn Object>,
) -> Result<(Id, &'static Slot)> {
    sys::memory::available(size_of_val(&*object))?;
    let (id, slot) = table::open(kind, fd)?;
    slot.lock().set_object(object);
    Ok((id, slot))
}

/// The object behind a pinned handle, if it is of this type.
pub fn object<T: Object>(pin: &Pin) -> Result<Arc<T>> {
    let object = pin.slot().lock().object().cloned();
    object.and_then(|object| object.any().downcast().ok()).ok_or(Id::wrong_kind())
}

/// The object behind a pinned handle, of whatever type, if there is one.
pub fn any_object(pin: &Pin) -> Option<Arc<dyn Object>> {
    pin.slot().lock().object().cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::error::Code;
    use crate::net::handle::{self, pin};
    use std::sync::Mutex;

    #[derive(Default)]
    struct Events(Mutex<Vec<&'static str>>);

    impl Object for Events {
        fn closing(&self) {
            self.0.lock().expect("a list").push("closing");
        }

        fn finish(&self) -> Result<()> {
            self.0.lock().expect("a list").push("finish");
            Err(Code::errno(libc::EPIPE))
        }

        fn forked(&self) {}

        fn any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
            self
        }
    }

    #[test]
    fn an_object_lives_as_long_as_its_handle() {
        let events = Arc::new(Events::default());
        let id = open_object(Kind::Test, events.clone()).expect("a handle");
        let pinned = pin(id, Kind::Test, None).expect("a pin");
        assert!(object::<Events>(&pinned).is_ok_and(|found| Arc::ptr_eq(&found, &events)));
        assert_eq!(pin(id, Kind::Socket, None).err(), Some(Code::errno(libc::ENOTSOCK)));
        drop(pinned);
        assert_eq!(handle::close(id), Err(Code::errno(libc::EPIPE)), "what finish said");
        assert_eq!(events.0.lock().expect("a list").last(), Some(&"finish"));
        assert_eq!(handle::close(id), Err(Code::errno(libc::EBADF)));
        assert_eq!(Arc::strong_count(&events), 1);
    }

    #[test]
    fn the_last_call_finishes_what_a_call_inside_has_closed() {
        let events = Arc::new(Events::default());
        let id = open_object(Kind::Test, events.clone()).expect("a handle");
        let pinned = pin(id, Kind::Test, None).expect("a pin");
        assert_eq!(handle::close(id), Ok(0), "handed over");
        assert_eq!(*events.0.lock().expect("a list"), ["closing"]);
        drop(pinned);
        assert_eq!(*events.0.lock().expect("a list"), ["closing", "finish"]);
    }
}
