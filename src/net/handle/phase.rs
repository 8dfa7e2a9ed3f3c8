//! What happens to the handles around a fork. The module `fork` of the layer calls it, in order.

pub use super::child::settle_slots;
pub use super::no_fork::{after_fork_child as forget_guards, hold as hold_guards, release as release_guards};
pub use super::table::{after_fork_child as reset_table, hold as hold_table, release as release_table};
