//! Lookups
//!
//! Hosts and services to addresses, and back. What is a number is answered at once, without a system
//! call. Everything else is asked of the C library's resolver (/etc/hosts, DNS, mDNS: whatever the system
//! is set up for), by a few threads of the library's own that start when one is needed, block all signals
//! and are never waited for: a resolver that hangs holds no caller beyond its time. A lookup that
//! everybody has left goes on by itself and is counted until it ends.
//!
//! Limits: a span from now, a deadline on the clock of `sock_now`, a cancel token; the earliest ends the
//! call, with SOCK_ETIMEDOUT or SOCK_ECANCELED. Failures of a lookup have codes of their own, SOCK_EAI_NONAME,
//! SOCK_EAI_AGAIN and so on; they are the same on every platform, and `sock_is_resolver` knows them.
//! Hosts beyond ASCII are spelled by UTS 46 (IDNA) before they are looked up.
//! A fork waits up to 0.1 seconds for lookups that have just begun, because the C library then holds locks
//! which the child could never take; a program that forks while it looks names up does better not to look up
//! any in the child.
//! From any thread, none of these from a signal handler.

use super::arg;
use super::guard::{guard, guard_bare, uncancelable};
use super::handle::sock_cancel_t;
use crate::net::address::Address;
use crate::net::error::{Code, Result};
use crate::net::lookup::{self, List, Names};
use crate::net::operation::Limits;
use crate::sys::{Found, Hints};
use std::ffi::{c_char, c_int};

/// The handle of an operation: a lookup or a dial under way.
///
/// `sock_fileno` gives its descriptor, which is readable when a step is due: add it to an event loop
/// (poll(2), epoll(7), libuv ...), and call the step function until it answers something other than 0.
/// It still belongs to the handle. `sock_setcancel` and `sock_setdeadline` (SOCK_READ) work on it;
/// `sock_close` cancels what is under way and frees everything. In the child of a fork it answers
/// -ESTALE, and can be closed.
pub type sock_op_t = i64;
/// The handle of what a lookup has found. Closed by the caller with `sock_close`.
pub type sock_addrinfo_list_t = i64;

/// What to look up, and for how long. Begins with its own size; zero everywhere else is what NULL means.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sock_addrinfo_options {
    /// sizeof(struct sock_addrinfo_options).
    pub size: usize,
    /// AF_INET, AF_INET6, or 0 (AF_UNSPEC) for both.
    pub family: i32,
    /// SOCK_STREAM, SOCK_DGRAM, ..., or 0 for all.
    pub r#type: i32,
    /// IPPROTO_TCP, ..., or 0 for all.
    pub proto: i32,
    /// AI_PASSIVE, AI_CANONNAME, ...
    pub flags: i32,
    /// At most so many nanoseconds from now. 0: the default timeout, if there is one; SOCK_FOREVER: no
    /// limit; 1 does without whatever takes a lookup.
    pub timeout_ns: i64,
    /// Until this moment; 0: no deadline.
    pub deadline_ns: i64,
    /// A cancel token, or 0.
    pub cancel: sock_cancel_t,
}

/// One answer of a lookup. Fixed for ever; 152 bytes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sock_addrinfo {
    /// AF_INET or AF_INET6.
    pub family: i32,
    /// SOCK_STREAM, ...; 0 from the calls that look up hosts alone.
    pub r#type: i32,
    /// IPPROTO_TCP, ...
    pub proto: i32,
    /// 0.
    pub zero: i32,
    /// The address, with the port that was asked for.
    pub address: Address,
}

/// The lookups of this process at one moment, and since its beginning.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sock_lookup_stats {
    /// Threads of the library that look names up: at most 16, and 16 more while as many hang in lookups
    /// that everybody has left.
    pub threads: i64,
    /// Those of them without work; they end after 5 seconds.
    pub idle: i64,
    /// Lookups that wait for a thread.
    pub queued: i64,
    /// Lookups that run.
    pub running: i64,
    /// Those of them that everybody has left.
    pub abandoned: i64,
    /// Lookups since the process began.
    pub total: i64,
    /// Those of them that were left while they ran.
    pub abandoned_total: i64,
}

/// Options as the inner layers take them.
///
/// # Safety
/// As `arg::options`.
unsafe fn read(opt: *const sock_addrinfo_options) -> Result<(Hints, Limits)> {
    // SAFETY: this function's contract; numbers alone.
    let opt = unsafe { arg::options(opt) }?;
    let hints = Hints { family: opt.family, socket_type: opt.r#type, proto: opt.proto, flags: opt.flags };
    Ok((hints, Limits::of(opt.timeout_ns, opt.deadline_ns, opt.cancel)?))
}

/// The first address of a host and a port: what bind, connect and sendto need.
///
/// `host`: NULL or "" is the wildcard address, "<broadcast>" is 255.255.255.255; a number is taken as it
/// is, a zone too ("fe80::1%eth0"); anything else is looked up.
/// `port`: a number from 0 to 65535 as text, or the name of a service; NULL or "" is 0.
/// `family`: AF_INET, AF_INET6 or 0 for whatever comes first.
/// `timeout_ns`: how long a lookup may take; 0 does without; SOCK_FOREVER has no limit.
/// `out`: receives the address; written only on success.
/// Returns 0; -EINVAL for a port out of range, a negative time or a host that cannot be encoded;
/// SOCK_EAI_ADDRFAMILY for a number of another family, SOCK_EAI_FAMILY for another family, SOCK_EAI_NONAME and
/// others of the lookup; SOCK_ETIMEDOUT; -EFAULT for a NULL `out`. Since 0.1.0. See getaddrinfo(3).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_resolve(
    host: *const c_char,
    port: *const c_char,
    family: c_int,
    timeout_ns: i64,
    out: *mut Address,
) -> c_int {
    guard_bare(|| {
        // SAFETY: strings or NULL, as the header demands.
        let (host, port) = unsafe { (arg::optional_text(host), arg::optional_text(port)) };
        // SAFETY: `out` is NULL or valid for one address, as the header demands.
        let out = unsafe { arg::output(out, "out") }?;
        out.write(match lookup::resolve_numeric(host, port, family)? {
            Some(address) => address,
            None => uncancelable(|| lookup::resolve_name(host, port, family, timeout_ns))?,
        });
        Ok(0)
    })
}

/// All addresses of a host and a service.
///
/// `host`: a name or a number; NULL is the wildcard with AI_PASSIVE, else this machine. "" and
/// "<broadcast>" mean nothing here.
/// `port`: a number from 0 to 65535 as text, or the name of a service; NULL is 0.
/// `opt`: what to look for and the limits; NULL is all, under the default timeout.
/// Returns a list in the order of the resolver, closed by the caller; SOCK_EAI_NONAME, also when both
/// texts are NULL, and the other codes of lookups; -EINVAL for a port out of range; -E2BIG for options that
/// this library does not know; SOCK_ETIMEDOUT, SOCK_ECANCELED. Since 0.1.0. See getaddrinfo(3).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn sock_getaddrinfo(
    host: *const c_char,
    port: *const c_char,
    opt: *const sock_addrinfo_options,
) -> sock_addrinfo_list_t {
    guard(|| {
        // SAFETY: strings or NULL, as the header demands.
        let (host, port) = unsafe { (arg::optional_text(host), arg::optional_text(port)) };
        // SAFETY: `opt` is NULL or valid for the size it names, as the header demands.
        let (hints, limits) = unsafe { read(opt) }?;
        lookup::getaddrinfo(host, port, hints, limits)
    })
}

/// The answers that take no lookup: of a host and a port that are numbers, as `sock_getaddrinfo` would
/// give them, straight into an array. No system call but for the name of a zone, and no handle.
///
/// `host`, `port`, `opt`: as there; the limits do not count. `out`, `cap`: where to put the answers, of which
/// there are at most 3; NULL with 0 asks.
/// Returns how many there are, of which the first `cap` are written; 0 where it takes a lookup, or
/// AI_CANONNAME asks for a name: `sock_getaddrinfo` then; errors as there, -EFAULT for NULL. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addrinfo_numeric(
    host: *const c_char,
    port: *const c_char,
    opt: *const sock_addrinfo_options,
    out: *mut sock_addrinfo,
    cap: usize,
) -> i64 {
    guard_bare(|| {
        // SAFETY: strings or NULL, as the header demands.
        let (host, port) = unsafe { (arg::optional_text(host), arg::optional_text(port)) };
        // SAFETY: `opt` is NULL or valid for the size it names, as the header demands.
        let (hints, _) = unsafe { read(opt) }?;
        // SAFETY: `out` is NULL or valid for `cap` entries, as the header demands.
        let places = unsafe { arg::places(out, cap, "out") }?;
        let mut count = 0;
        for found in lookup::numeric_answers(host, port, hints)? {
            if let Some(place) = places.get_mut(count) {
                place.write(answer(found));
            }
            count += 1;
        }
        Ok(count as i64)
    })
}

/// An answer as C has it.
fn answer(found: Found) -> sock_addrinfo {
    sock_addrinfo {
        family: found.family,
        r#type: found.socket_type,
        proto: found.proto,
        zero: 0,
        address: found.address,
    }
}

/// Starts a lookup without waiting for it: `sock_getaddrinfo` for event loops.
///
/// Parameters and errors as there; none is kept. Returns an operation, closed by the caller.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn sock_getaddrinfo_start(
    host: *const c_char,
    port: *const c_char,
    opt: *const sock_addrinfo_options,
) -> sock_op_t {
    guard(|| {
        // SAFETY: strings or NULL, as the header demands.
        let (host, port) = unsafe { (arg::optional_text(host), arg::optional_text(port)) };
        // SAFETY: `opt` is NULL or valid for the size it names, as the header demands.
        let (hints, limits) = unsafe { read(opt) }?;
        lookup::start(host, port, hints, limits)
    })
}

/// Does what a lookup has to do now; never waits.
///
/// `op`: from `sock_getaddrinfo_start`. Returns 0 while it is in progress: wait until its descriptor is
/// readable; then once the list, which the caller closes, or the error of `sock_getaddrinfo`. After that
/// -EINVAL. -ENOTSOCK for another kind of operation, -ESTALE in the child of a fork. Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn sock_getaddrinfo_step(op: sock_op_t) -> sock_addrinfo_list_t {
    guard(|| Ok(lookup::step(op)?.unwrap_or(0)))
}

/// How many answers a list has; -EBADF, -ENOTSOCK. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_addrinfo_list_count(list: sock_addrinfo_list_t) -> i64 {
    guard(|| List::count(list))
}

/// One answer of a list.
///
/// `index`: from 0. `out`: receives it; written only on success.
/// Returns 0; -EINVAL for an index beyond the end; -EFAULT, -EBADF, -ENOTSOCK. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addrinfo_list_at(
    list: sock_addrinfo_list_t,
    index: i64,
    out: *mut sock_addrinfo,
) -> c_int {
    guard(|| {
        // SAFETY: `out` is NULL or valid for one answer, as the header demands.
        let out = unsafe { arg::output(out, "out") }?;
        out.write(answer(List::at(list, index)?));
        Ok(0)
    })
}

/// The official name of the host: of the first answer, where AI_CANONNAME asked for it or the call gives
/// it anyway; otherwise "".
///
/// `buf`, `cap`: where to put the text with its NUL; NULL with 0 asks.
/// Returns the length needed, without the NUL; errors as `sock_addrinfo_list_at`. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addrinfo_list_canonname(
    list: sock_addrinfo_list_t,
    index: i64,
    buf: *mut c_char,
    cap: usize,
) -> i64 {
    // SAFETY: `buf` is NULL or valid for `cap` bytes, as the header demands.
    guard(|| unsafe { arg::write_text(&List::at(list, index)?.canonical.unwrap_or_default(), buf, cap) })
}

/// How many other names a host has: of lists that `sock_gethostbyname_ex` and `sock_gethostbyaddr` made,
/// otherwise 0. -EBADF, -ENOTSOCK. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_addrinfo_list_alias_count(list: sock_addrinfo_list_t) -> i64 {
    guard(|| List::alias_count(list))
}

/// Another name of a host.
///
/// `index`: from 0. `buf`, `cap`: where to put the text with its NUL; NULL with 0 asks.
/// Returns the length needed, without the NUL; errors as `sock_addrinfo_list_at`. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addrinfo_list_alias(
    list: sock_addrinfo_list_t,
    index: i64,
    buf: *mut c_char,
    cap: usize,
) -> i64 {
    // SAFETY: `buf` is NULL or valid for `cap` bytes, as the header demands.
    guard(|| unsafe { arg::write_text(&List::alias(list, index)?, buf, cap) })
}

/// The names of an address: host and service.
///
/// `addr`: an address of any family that the C library has names for.
/// `flags`: NI_NUMERICHOST, NI_NUMERICSERV, NI_NAMEREQD, NI_DGRAM ...; with both of the first nothing is
/// looked up.
/// `host`, `host_cap`, `service`, `service_cap`: where to put the texts, each with its NUL; NULL with 0
/// leaves one out. NI_MAXHOST (1025) and NI_MAXSERV (32) hold any. A zone stands in the host, as
/// "fe80::1%eth0".
/// `timeout_ns`: how long the lookup may take; SOCK_FOREVER has no limit.
/// Returns 0; SOCK_EAI_OVERFLOW where a text does not fit, and then neither is written; SOCK_EAI_NONAME with
/// NI_NAMEREQD where there is no name; SOCK_EAI_BADFLAGS, SOCK_EAI_FAMILY, SOCK_EAI_AGAIN ...; SOCK_ETIMEDOUT;
/// -EINVAL for what is no address; -EFAULT. Since 0.1.0. See getnameinfo(3).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_getnameinfo(
    addr: *const Address,
    flags: c_int,
    host: *mut c_char,
    host_cap: usize,
    service: *mut c_char,
    service_cap: usize,
    timeout_ns: i64,
) -> c_int {
    guard(|| {
        // SAFETY: `addr` is NULL or valid, as the header demands.
        let addr = unsafe { arg::input(addr, "addr") }?;
        // SAFETY: each is NULL or valid for its capacity, as the header demands.
        unsafe { check_names(host, host_cap, service, service_cap) }?;
        let found = lookup::names(addr, flags, Limits::span(timeout_ns)?)?;
        // SAFETY: as above.
        unsafe { write_names(&found, host, host_cap, service, service_cap) }?;
        Ok(0)
    })
}

/// Where two names go.
///
/// # Safety
/// Each is NULL or valid for its capacity.
unsafe fn check_names(
    host: *mut c_char,
    host_cap: usize,
    service: *mut c_char,
    service_cap: usize,
) -> Result<()> {
    // SAFETY: this function's contract.
    unsafe {
        arg::buffer(host.cast(), host_cap, "host")?;
        arg::buffer(service.cast(), service_cap, "service")?;
    }
    Ok(())
}

/// Writes both names or, where one does not fit, none.
///
/// # Safety
/// Each is NULL or valid for its capacity.
unsafe fn write_names(
    found: &Names,
    host: *mut c_char,
    host_cap: usize,
    service: *mut c_char,
    service_cap: usize,
) -> Result<()> {
    let fits = |text: &[u8], cap| cap == 0 || text.len() < cap;
    if !fits(&found.0, host_cap) || !fits(&found.1, service_cap) {
        return Err(Code::EAI_OVERFLOW);
    }
    // SAFETY: this function's contract.
    unsafe {
        arg::write_text(&found.0, host, host_cap)?;
        arg::write_text(&found.1, service, service_cap)?;
    }
    Ok(())
}

/// Starts to look up the names of an address without waiting for them: `sock_getnameinfo` for event loops.
///
/// Parameters and errors as there; nothing is kept. Returns an operation, closed by the caller.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn sock_getnameinfo_start(
    addr: *const Address,
    flags: c_int,
    timeout_ns: i64,
) -> sock_op_t {
    guard(|| {
        // SAFETY: `addr` is NULL or valid, as the header demands.
        let addr = unsafe { arg::input(addr, "addr") }?;
        lookup::names_start(addr, flags, Limits::span(timeout_ns)?)
    })
}

/// Does what such a lookup has to do now; never waits.
///
/// `op`: from `sock_getnameinfo_start`. `host`, `host_cap`, `service`, `service_cap`: as in `sock_getnameinfo`.
/// Returns 0 while it is in progress: wait until its descriptor is readable; then once 1, with the names
/// written, or the error of `sock_getnameinfo`. After that -EINVAL. -ENOTSOCK for another kind of
/// operation, -ESTALE in the child of a fork. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_getnameinfo_step(
    op: sock_op_t,
    host: *mut c_char,
    host_cap: usize,
    service: *mut c_char,
    service_cap: usize,
) -> c_int {
    guard(|| {
        // SAFETY: each is NULL or valid for its capacity, as the header demands.
        unsafe { check_names(host, host_cap, service, service_cap) }?;
        let Some(found) = lookup::names_step(op)? else { return Ok(0) };
        // SAFETY: as above.
        unsafe { write_names(&found, host, host_cap, service, service_cap) }?;
        Ok(1)
    })
}

/// The first IPv4 address of a name: `sock_resolve` with AF_INET and no port.
///
/// `name`: as the host there. `timeout_ns`, `out`: as there. Returns 0 or a code as there. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_gethostbyname(
    name: *const c_char,
    timeout_ns: i64,
    out: *mut Address,
) -> c_int {
    guard(|| {
        // SAFETY: `name` is NULL or a string, `out` NULL or valid, as the header demands.
        let (name, out) = unsafe { (arg::text(name, "name")?, arg::output(out, "out")?) };
        out.write(lookup::resolve(Some(name), None, libc::AF_INET, timeout_ns)?);
        Ok(0)
    })
}

/// All IPv4 addresses of a name, with its official name and its other names.
///
/// `name`: as in `sock_gethostbyname`. `timeout_ns`: for both lookups that this takes.
/// Returns a list, closed by the caller: sock_addrinfo_list_canonname of its first entry is the official name. A
/// failure to resolve has a code like SOCK_EAI_NONAME; what comes after it SOCK_HOST_NOT_FOUND,
/// SOCK_TRY_AGAIN, SOCK_NO_RECOVERY or SOCK_NO_DATA. Since 0.1.0. See gethostbyname(3).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn sock_gethostbyname_ex(name: *const c_char, timeout_ns: i64) -> sock_addrinfo_list_t {
    // SAFETY: `name` is NULL or a string, as the header demands.
    guard(|| lookup::host_by_name(unsafe { arg::text(name, "name") }?, Limits::span(timeout_ns)?))
}

/// The name of an address.
///
/// `name`: an address of either family as text, or a name, of which the first address is taken.
/// `timeout_ns`: for both lookups that this takes.
/// Returns a list as `sock_gethostbyname_ex`. Since 0.1.0. See gethostbyaddr(3).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn sock_gethostbyaddr(name: *const c_char, timeout_ns: i64) -> sock_addrinfo_list_t {
    // SAFETY: `name` is NULL or a string, as the header demands.
    guard(|| lookup::host_by_address(unsafe { arg::text(name, "name") }?, Limits::span(timeout_ns)?))
}

/// The full name of a host: the first of its names with a dot in it.
///
/// `name`: a name or an address; NULL, "", "0.0.0.0" and "::" are this machine. Blanks around are cut.
/// `timeout_ns`: for all lookups that this takes.
/// `buf`, `cap`: where to put the text with its NUL; NULL with 0 asks.
/// Returns the length needed, without the NUL. Where nothing is found the name is the answer, as it was
/// given. SOCK_ETIMEDOUT; -EFAULT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_getfqdn(
    name: *const c_char,
    timeout_ns: i64,
    buf: *mut c_char,
    cap: usize,
) -> i64 {
    guard(|| {
        // SAFETY: `name` is NULL or a string, as the header demands.
        let name = unsafe { arg::optional_text(name) }.unwrap_or_default();
        let full = lookup::fqdn(name, Limits::span(timeout_ns)?)?;
        // SAFETY: `buf` is NULL or valid for `cap` bytes, as the header demands.
        unsafe { arg::write_text(&full, buf, cap) }
    })
}

/// The lookups of this process: how many run, wait, or were left by everybody.
///
/// `out`: receives the counts. Returns 0 or -EFAULT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_lookup_stats(out: *mut sock_lookup_stats) -> c_int {
    guard(|| {
        // SAFETY: `out` is NULL or valid for the counts, as the header demands.
        let out = unsafe { arg::output(out, "out") }?;
        let stats = lookup::stats();
        out.write(sock_lookup_stats {
            threads: stats.threads.into(),
            idle: stats.idle.into(),
            queued: stats.queued as i64,
            running: stats.running.into(),
            abandoned: stats.abandoned.into(),
            total: stats.started_total as i64,
            abandoned_total: stats.abandoned_total as i64,
        });
        Ok(0)
    })
}
