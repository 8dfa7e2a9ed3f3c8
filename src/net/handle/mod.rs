//! Handles: numbers that refer to slots, and the protocol that keeps a descriptor open while any
//! call uses it. ARCHITECTURE.md describes the protocol as a whole and what was proved of it.

mod child;
mod close;
mod direction;
mod id;
mod no_fork;
mod object;
pub mod phase;
mod pin;
mod slot;
mod table;
mod token;
mod waiters;
mod watch;
mod word;

pub use close::{abandon, close, detach};
pub use direction::{Direction, Wake};
pub use id::Id;
pub use no_fork::{NoForkGuard, watch_forks};
pub use object::{Object, any_object, object, open_object, open_object_with};
pub use pin::{FastPin, Pin, notify_closer, pin, pin_by_a_look, pin_limited, pin_socket};
pub use slot::{Label, Slot};
pub use table::{adopt, open, own_event, slot};
pub use token::{Token, fire, is_token, wake_poller};
pub use waiters::Waiter;
pub use watch::{Watch, set_watch};
pub use word::Kind;
