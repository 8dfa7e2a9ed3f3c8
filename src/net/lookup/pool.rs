//! The pool: workers around calls that no one can interrupt.
//!
//! A worker is started when a lookup finds none idle, ends after a while without work, blocks every
//! signal and is never joined: a resolver that hangs holds up neither a caller nor the end of the
//! process. Callers wait on a descriptor of their own and leave when their time is up; a lookup that is
//! still queued then leaves the queue, one that runs is abandoned and counted.
//!
//! One lock guards queue, counts and jobs. A result is put down and its waiter signaled under it, and a
//! waiter that leaves says so under it: no signal can reach a descriptor that was closed meanwhile.

use super::resolver_call::{Resolved, ResolverCall};
use crate::net::error::{Code, Result};
use crate::net::handle::NoForkGuard;
use crate::net::operation::foreign;
use crate::net::time::{self, Nanos};
use crate::sys::{self, Lock};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

/// Workers whose lookup someone waits for.
const WORKERS: u32 = 16;
/// Workers beyond these that hang in a lookup which everyone has left: a name whose server is gone
/// does not hold up the others.
const ABANDONED: u32 = 16;
/// How long a worker without work stays.
const IDLE: Nanos = Nanos::from_millis(5000);

/// How long a lookup may hold locks of the C library that a fork must not copy; afterwards it waits for
/// answers.
const RESOLVER_LOCK_WINDOW: Nanos = Nanos::from_millis(50);
const FORK_POLL: Nanos = Nanos::from_millis(2);

/// The pool at one moment.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Stats {
    pub threads: u32,
    pub idle: u32,
    pub queued: usize,
    pub running: u32,
    pub abandoned: u32,
    pub started_total: u64,
    pub abandoned_total: u64,
}

#[derive(Default)]
struct Pool {
    queue: VecDeque<Arc<Job>>,
    stats: Stats,
}

static POOL: Lock<Pool> = Lock::new(Pool {
    queue: VecDeque::new(),
    stats: Stats {
        threads: 0,
        idle: 0,
        queued: 0,
        running: 0,
        abandoned: 0,
        started_total: 0,
        abandoned_total: 0,
    },
});

/// How many lookups are in the C library, and when the last one began: a fork reads both without the lock.
static RUNNING: AtomicU32 = AtomicU32::new(0);
static LAST_BEGIN: AtomicI64 = AtomicI64::new(0);

/// Changes with each job: idle workers sleep on it.
static NEWS: AtomicU32 = AtomicU32::new(0);

struct Job {
    call: ResolverCall,
    state: Lock<State>,
}

/// Guarded by the pool's lock; the lock of its own is free whenever that one is held.
struct State {
    /// The descriptor to signal; -1 when no one waits any more.
    waiter: i32,
    phase: Phase,
}

enum Phase {
    Queued,
    Running,
    Done(Result<Resolved>),
    Taken,
}

/// A lookup under way, in the hands of the one who waits for it. Dropping it leaves.
pub struct PendingLookup {
    job: Arc<Job>,
    /// The process that the job belongs to: in a child its worker does not exist.
    process: u32,
}

/// Hands a lookup to the pool. `waiter` is signaled when it is done.
pub fn submit(call: ResolverCall, waiter: i32) -> Result<PendingLookup> {
    // The C library's share too: it does not survive every failure of malloc.
    sys::memory::available(1 << 16)?;
    let state = Lock::new(State { waiter, phase: Phase::Queued });
    let job = Arc::new(Job { call, state });
    let process = sys::process_epoch();
    let no_fork = NoForkGuard::enter();
    let start = {
        let mut pool = POOL.lock();
        pool.queue.try_reserve(1).map_err(|_| Code::errno(libc::ENOMEM))?;
        pool.queue.push_back(job.clone());
        pool.stats.queued = pool.queue.len();
        pool.stats.started_total += 1;
        let start = pool.stats.queued > pool.stats.idle as usize && has_room(&pool.stats);
        if start {
            pool.stats.threads += 1;
        }
        start
    };
    drop(no_fork);
    let pending = PendingLookup { job, process };
    if !start {
        NEWS.fetch_add(1, Ordering::SeqCst);
        sys::futex::wake(&NEWS, 1);
    } else if let Err(error) = start_worker() {
        let mut pool = POOL.lock();
        pool.stats.threads -= 1;
        // With other workers there it is only late.
        if pool.stats.threads == 0 {
            drop(pool);
            return Err(Code::from(error).because(format_args!("lookup: no thread could be started")));
        }
    }
    Ok(pending)
}

fn has_room(stats: &Stats) -> bool {
    stats.threads < WORKERS + stats.abandoned.min(ABANDONED)
}

/// The room of a worker, and how much more one has for each fork behind it.
const STACK: usize = 1 << 20;
const STACK_STEP: usize = 1 << 16;

/// How many forks lie between this process and the first.
static FORKS: AtomicU32 = AtomicU32::new(0);

/// Starts a worker. In the child of a fork the GNU C library hands out the stacks of the parent's threads
/// again, with their thread-local data as it was: a worker on the stack of one that was looking up would
/// share its socket, and take the parent's answers. A stack that is larger is a new one.
fn start_worker() -> std::result::Result<(), sys::Errno> {
    let forks = FORKS.load(Ordering::Relaxed) as usize;
    sys::start_thread(STACK + STACK_STEP * (forks % 32), work_on)
}

/// A worker's life.
fn work_on() {
    sys::name_thread(c"sock-lookup");
    let mut idle_until = None;
    let mut pool = POOL.lock();
    loop {
        if let Some(job) = pool.queue.pop_front() {
            idle_until = None;
            pool.stats.queued = pool.queue.len();
            pool.stats.running += 1;
            job.state.lock().phase = Phase::Running;
            drop(pool);
            begin_lookup();
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| job.call.run()));
            let result = result.unwrap_or_else(|payload| {
                std::mem::forget(payload);
                Err(Code::PANIC)
            });
            RUNNING.fetch_sub(1, Ordering::SeqCst);
            pool = POOL.lock();
            pool.stats.running -= 1;
            let mut state = job.state.lock();
            if state.waiter >= 0 {
                state.phase = Phase::Done(result);
                sys::signal(state.waiter);
            } else {
                pool.stats.abandoned -= 1;
            }
            continue;
        }
        // What hung has come back: the workers that stood in for it go.
        let surplus = pool.stats.threads > WORKERS + pool.stats.abandoned.min(ABANDONED);
        let now = time::now();
        let until = *idle_until.get_or_insert(now.after(IDLE));
        if surplus || now >= until {
            pool.stats.threads -= 1;
            return;
        }
        pool.stats.idle += 1;
        let seen = NEWS.load(Ordering::SeqCst);
        drop(pool);
        sys::futex::wait(&NEWS, seen, Some((until - now).0));
        pool = POOL.lock();
        pool.stats.idle -= 1;
    }
}

/// Says that a lookup begins, after the forks that are under way.
fn begin_lookup() {
    let _no_fork = NoForkGuard::enter();
    LAST_BEGIN.store(time::now().0, Ordering::SeqCst);
    RUNNING.fetch_add(1, Ordering::SeqCst);
}

impl PendingLookup {
    /// The result, once; `None` while the lookup runs.
    pub fn take(&self) -> Option<Result<Resolved>> {
        if self.process != sys::process_epoch() {
            return Some(Err(foreign()));
        }
        let _no_fork = NoForkGuard::enter();
        let _pool = POOL.lock();
        let mut state = self.job.state.lock();
        match std::mem::replace(&mut state.phase, Phase::Taken) {
            Phase::Done(result) => Some(result),
            before => {
                state.phase = before;
                None
            }
        }
    }
}

impl Drop for PendingLookup {
    fn drop(&mut self) {
        if self.process != sys::process_epoch() {
            return;
        }
        let _no_fork = NoForkGuard::enter();
        let mut pool = POOL.lock();
        let mut state = self.job.state.lock();
        state.waiter = -1;
        match state.phase {
            Phase::Queued => {
                pool.queue.retain(|job| !Arc::ptr_eq(job, &self.job));
                pool.stats.queued = pool.queue.len();
            }
            Phase::Running => {
                pool.stats.abandoned += 1;
                pool.stats.abandoned_total += 1;
                // A worker may now replace the one that hangs.
                let start = !pool.queue.is_empty() && pool.stats.idle == 0 && has_room(&pool.stats);
                if start {
                    pool.stats.threads += 1;
                    drop(state);
                    drop(pool);
                    if start_worker().is_err() {
                        POOL.lock().stats.threads -= 1;
                    }
                }
            }
            Phase::Done(_) | Phase::Taken => {}
        }
    }
}

/// The pool as it is now.
pub fn stats() -> Stats {
    sys::settle_if_forked();
    let _no_fork = NoForkGuard::enter();
    POOL.lock().stats
}

/// Before a fork, when none can begin: waits until no lookup is young any more.
///
/// At the beginning of a lookup the C library reads its configuration and loads modules under locks that
/// its fork does not know: a child that got such a lock could never look anything up. The wait is short,
/// because nothing reports when that is over: a busy machine may need longer.
pub fn hold() {
    // No one wakes this word: the idle workers' own would swallow a wake-up that is theirs.
    static NEVER: AtomicU32 = AtomicU32::new(0);
    let limit = time::now().after(RESOLVER_LOCK_WINDOW).after(RESOLVER_LOCK_WINDOW);
    loop {
        let now = time::now();
        let age = now - Nanos(LAST_BEGIN.load(Ordering::SeqCst));
        if RUNNING.load(Ordering::SeqCst) == 0 || age >= RESOLVER_LOCK_WINDOW || now >= limit {
            return;
        }
        sys::futex::wait(&NEVER, 0, Some(FORK_POLL.0));
    }
}

/// In a new process: takes the lock from a thread that does not exist here.
pub fn reset_lock() {
    POOL.reset_after_fork();
}

/// In a new process: no worker is there. What they held is forgotten, not freed: they may have been in
/// the middle of it.
pub fn after_fork_child() {
    FORKS.fetch_add(1, Ordering::Relaxed);
    RUNNING.store(0, Ordering::Relaxed);
    std::mem::forget(std::mem::take(&mut *POOL.lock()));
}
