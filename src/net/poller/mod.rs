//! Pollers: many handles behind one wait.
//!
//! | file | what |
//! |---|---|
//! | `event` | what a wait returns |
//! | `registration`, `timers` | the tables, which know nothing of threads |
//! | `state` | a poller and its two locks |
//! | `registry`, `links` | all pollers; the list of a handle's registrations |
//! | `kernel` | the pollset, and its renewal in the child of a fork |
//! | `change` | registrations begin, change and end |
//! | `wait` | what has happened is written for the caller |
//! | `object`, `timer` | the handles of pollers and timers |

mod change;
mod enter;
mod event;
mod kernel;
mod links;
mod object;
mod registration;
mod registry;
mod state;
mod timer;
mod timers;
mod wait;

pub use super::handle::wake_poller as wake;
pub use change::{add, add_number, modify, remove, remove_number};
pub use event::Event;
pub use object::{create, finish_left_behind};
pub use registry::{after_fork_child, reset_locks};
pub use timer::start as start_timer;
pub use wait::wait;
