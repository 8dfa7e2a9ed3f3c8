//! What happens to the handles around a fork. The module `fork` of the layer calls it, in order.

pub use super::child::settle_slots;
pub use super::no_fork::{after_fork_child as forget_sections, held, hold as hold_sections};
pub use super::no_fork::{begin_child, release as release_sections};
pub use super::table::{after_fork_child as reset_table, reset_locks};
