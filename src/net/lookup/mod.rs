//! Names: hosts and services to addresses and back, with a deadline and a cancel token.
//!
//! What is a number is answered in [`numeric`]. Everything else is the C library's business, done by the
//! workers of [`pool`]; the caller leaves when its time is up.

mod getaddrinfo;
mod host;
mod idna;
mod list;
mod machine;
mod numeric;
mod pool;
mod request;
mod resolve;
mod resolver_call;

pub use getaddrinfo::{getaddrinfo, names_start, names_step, start, step};
pub use host::{Names, fqdn, host_by_address, host_by_name, names};
pub use list::List;
pub use pool::{PendingLookup, after_fork_child, hold, reset_lock, stats, submit};
pub use request::{Request, Resolution, numeric_answers};
pub use resolve::{numeric_address, resolve, resolve_in, wait};
pub use resolver_call::Resolved;
