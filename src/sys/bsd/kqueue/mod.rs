//! kqueue(2): the pollers' wait, and edge-triggered readiness.
//!
//! | file | what |
//! |---|---|
//! | `call` | kevent(2), in the numbers of each system |
//! | `edge` | one descriptor, for a wait whose level readiness is spurious |
//! | `pollset` | all pollsets; registrations begin, change and end; wake-ups and timers |
//! | `member` | one registration: the filters that it needs |
//! | `ready` | the wait |
//! | `stand_in` | Linux only: kqueue(2) as the tests have it (`make check-kqueue`) |
//!
//! A registration is up to three knotes: EVFILT_READ, EVFILT_WRITE and, for urgent data, EVFILT_EXCEPT where the system
//! has it. Their `udata` is the key, so events are reported without a lock. What kqueue does not say (which of ERR, HUP
//! and RDHUP hold once something has ended) poll(2) is asked for.

mod call;
mod edge;
#[cfg(sock_kqueue)]
mod member;
#[cfg(sock_kqueue)]
mod pollset;
#[cfg(sock_kqueue)]
mod ready;
#[cfg(target_os = "linux")]
mod stand_in;

pub use edge::Edge;
#[cfg(not(target_os = "linux"))]
pub use edge::is_at_end;
#[cfg(sock_kqueue)]
pub use pollset::{
    PollTimer, WAKE_KEY, end_pollset, forget_pollsets, is_pollset, new_pollset, pollset_change,
    pollset_register, pollset_signal, pollset_unregister, reset_ready_lock,
};
#[cfg(sock_kqueue)]
pub use ready::{Ready, ReadyMemory};
