//! Lookups
//!
//! From hosts and services to addresses, and back. Numbers are converted at once, without a system
//! call. Everything else goes to the C library's resolver (/etc/hosts, DNS, mDNS: whatever the
//! system is set up for), in a few threads of the library, which start when needed and are never
//! waited for: a hanging resolver holds no caller beyond its limit. A lookup that every caller has
//! left runs on and is counted until it ends. A lookup fails with -EAGAIN if no thread can be
//! started for it: in the caller's own thread no limit could end it.
//!
//! The limits of a lookup are a timeout, a deadline and a cancel token. Failures have codes of their
//! own (SOCK_EAI_NONAME, SOCK_EAI_AGAIN ...); `sock_is_resolver` recognises them. Host names beyond
//! ASCII are encoded by UTS 46 (IDNA) first.
//!
//! A fork waits up to 0.1 seconds for lookups that have just begun, because the C library then holds
//! locks that the child could never take. If a program forks during lookups, its child should not
//! look up names.
//!
//! A `port` is a number from 0 to 65535 as text, or the name of a service. `list` is a list of
//! results, and `index` counts from 0.

use super::arg;
use super::guard::{guard, guard_bare, uncancelable};
use super::handle::sock_cancel_t;
use crate::net::address::Address;
use crate::net::error::{Code, Result};
use crate::net::handle::Id;
use crate::net::lookup::{self, List, Names};
use crate::net::operation::Limits;
use crate::net::time::Nanos;
use crate::sys::{AddrInfo, Hints};
use std::ffi::{c_char, c_int};

/// The handle of an operation: a lookup or a connection attempt in progress.
///
/// `sock_fileno` returns its descriptor, which the handle still owns and which is readable when a
/// step is due: add it to an event loop (poll(2), epoll(7), libuv ...) and call the step function
/// until it returns something other than 0. `sock_setcancel` and `sock_setdeadline` (SOCK_READ)
/// work on operations; `sock_close` cancels the operation and frees everything. In a forked child,
/// an operation returns -ESTALE and can only be closed.
pub type sock_op_t = i64;
/// The handle of a list of lookup results.
pub type sock_addrinfo_list_t = i64;

/// What to look up, and its limits.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sock_addrinfo_options {
    /// sizeof(struct sock_addrinfo_options).
    pub size: usize,
    /// AF_INET, AF_INET6, or 0 (AF_UNSPEC) for both.
    pub family: i32,
    /// SOCK_STREAM, SOCK_DGRAM ..., or 0 for all.
    pub r#type: i32,
    /// IPPROTO_TCP ..., or 0 for all.
    pub proto: i32,
    /// AI_PASSIVE, AI_CANONNAME ...
    pub flags: i32,
    /// Limit in nanoseconds from now. 0: the default timeout, if any; SOCK_FOREVER: none; 1: only
    /// what needs no lookup.
    pub timeout_ns: i64,
    /// Deadline; 0: none.
    pub deadline_ns: i64,
    /// Cancel token, or 0.
    pub cancel: sock_cancel_t,
}

/// One result of a lookup. Its 152 bytes never change.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sock_addrinfo {
    /// AF_INET or AF_INET6.
    pub family: i32,
    /// SOCK_STREAM ...; 0 from calls that look up only hosts.
    pub r#type: i32,
    /// IPPROTO_TCP ...
    pub proto: i32,
    /// 0.
    pub zero: i32,
    /// The address, with the requested port.
    pub address: Address,
}

/// The lookups of this process, now and in total.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sock_lookup_stats {
    /// In: sizeof(struct sock_lookup_stats). Out: bytes filled.
    pub size: usize,
    /// Lookup threads: at most 16, plus up to 16 for hanging lookups that every caller has left.
    pub threads: i64,
    /// Threads without work; they end after 5 seconds.
    pub idle: i64,
    /// Lookups waiting for a thread.
    pub queued: i64,
    /// Lookups running.
    pub running: i64,
    /// Lookups still running that nobody waits for.
    pub abandoned: i64,
    /// Lookups since the process began.
    pub total: i64,
    /// Lookups that were left while running.
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
    Ok((hints, Limits::of(Nanos(opt.timeout_ns), Nanos(opt.deadline_ns), Id(opt.cancel))?))
}

/// The first address of a host and port. A number obeys no limit; a limit that is none is refused all the same.
#[inline(always)]
fn first_address(host: Option<&[u8]>, port: Option<&[u8]>, family: i32, timeout_ns: i64) -> Result<Address> {
    if timeout_ns < 0 {
        Limits::span(Nanos(timeout_ns))?;
    }
    let by_name = || {
        let hints = Hints { family, ..Hints::default() };
        uncancelable(|| lookup::resolve(host, port, hints, Limits::span(Nanos(timeout_ns))?))
    };
    lookup::numeric_address(host, port, family)?.map_or_else(by_name, Ok)
}

/// Finds the first address of a host and a port, as bind, connect and sendto need it.
///
/// `host`: NULL or "" is the wildcard address, "<broadcast>" is 255.255.255.255; a number is used
/// as it is, with its zone ("fe80::1%eth0"); anything else is looked up.
/// `port`: NULL or "" is 0.
/// `family`: AF_INET, AF_INET6, or 0 for whichever comes first.
/// `timeout_ns`: limit of the lookup; 0: only what needs no lookup.
/// Returns 0; -EINVAL also if the host cannot be encoded; SOCK_EAI_ADDRFAMILY for a number of
/// another family, SOCK_EAI_FAMILY for another `family`, SOCK_EAI_NONAME and others. See
/// getaddrinfo(3).
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
        out.write(first_address(host, port, family, timeout_ns)?);
        Ok(0)
    })
}

/// Finds all addresses of a host and a service.
///
/// `host`: a name or a number; NULL is the wildcard with AI_PASSIVE, else this machine. "" and
/// "<broadcast>" have no special meaning.
/// `port`: NULL is 0.
/// `opt`: what to look for and the limits; NULL means everything, within the default timeout.
/// Returns a list in the resolver's order; SOCK_EAI_NONAME, also if host and port are both NULL, or
/// another code of a lookup. See getaddrinfo(3).
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

/// Finds the addresses of a numeric host and port, into an array and without a lookup.
///
/// The results are those of `sock_getaddrinfo`, without a handle, and without system calls but for
/// the name of a zone.
/// `host`, `port`, `opt`: as for `sock_getaddrinfo`; the limits are ignored.
/// `out`, `cap`: receive the results, at most 3.
/// Returns their number; 0 if a lookup is needed or AI_CANONNAME asks for a name: call
/// `sock_getaddrinfo` then; else a code as `sock_getaddrinfo`.
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
fn answer(found: AddrInfo) -> sock_addrinfo {
    sock_addrinfo {
        family: found.family,
        r#type: found.socket_type,
        proto: found.proto,
        zero: 0,
        address: found.address,
    }
}

/// Starts `sock_getaddrinfo` without waiting, for event loops.
///
/// Arguments as for `sock_getaddrinfo`.
/// Returns an operation, or a code as `sock_getaddrinfo`.
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

/// Advances a lookup; never waits.
///
/// `op`: from `sock_getaddrinfo_start`.
/// Returns 0 while the lookup is in progress: wait until its descriptor is readable. Then, once,
/// the list or a code as `sock_getaddrinfo`; after that -EINVAL.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn sock_getaddrinfo_step(op: sock_op_t) -> sock_addrinfo_list_t {
    guard(|| Ok(lookup::step(Id(op))?.unwrap_or(Id::NONE)))
}

/// Returns the number of results in a list.
#[unsafe(no_mangle)]
pub extern "C" fn sock_addrinfo_list_count(list: sock_addrinfo_list_t) -> i64 {
    guard(|| List::count(Id(list)))
}

/// Gets one result of a list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addrinfo_list_at(
    list: sock_addrinfo_list_t,
    index: i64,
    out: *mut sock_addrinfo,
) -> c_int {
    guard(|| {
        // SAFETY: `out` is NULL or valid for one answer, as the header demands.
        let out = unsafe { arg::output(out, "out") }?;
        out.write(answer(List::at(Id(list), index)?));
        Ok(0)
    })
}

/// Copies the official name of the host of a result, "" if none.
///
/// The first result has the name, if AI_CANONNAME asked for it or the call always provides it.
/// Returns the length.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addrinfo_list_canonname(
    list: sock_addrinfo_list_t,
    index: i64,
    buf: *mut c_char,
    cap: usize,
) -> i64 {
    // SAFETY: `buf` is NULL or valid for `cap` bytes, as the header demands.
    guard(|| unsafe { arg::write_text(&List::at(Id(list), index)?.canonical.unwrap_or_default(), buf, cap) })
}

/// Returns the number of other names of a host.
///
/// Lists of `sock_gethostbyname_ex` and `sock_gethostbyaddr` have them; for other lists it is 0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_addrinfo_list_alias_count(list: sock_addrinfo_list_t) -> i64 {
    guard(|| List::alias_count(Id(list)))
}

/// Copies another name of a host.
///
/// Returns the length.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addrinfo_list_alias(
    list: sock_addrinfo_list_t,
    index: i64,
    buf: *mut c_char,
    cap: usize,
) -> i64 {
    // SAFETY: `buf` is NULL or valid for `cap` bytes, as the header demands.
    guard(|| unsafe { arg::write_text(&List::alias(Id(list), index)?, buf, cap) })
}

/// Finds the names of an address: host and service.
///
/// `addr`: an address of any family for which the C library has names.
/// `flags`: NI_NUMERICHOST, NI_NUMERICSERV, NI_NAMEREQD, NI_DGRAM ...; with both of the first two
/// there is no lookup.
/// `host`, `host_cap`, `service`, `service_cap`: receive the texts; NULL and 0 omit one. NI_MAXHOST
/// (1025) and NI_MAXSERV (32) bytes always suffice. The host includes a zone: "fe80::1%eth0".
/// `timeout_ns`: limit of the lookup.
/// Returns 0; SOCK_EAI_OVERFLOW, writing neither, if a text does not fit; SOCK_EAI_NONAME with
/// NI_NAMEREQD if there is no name; SOCK_EAI_BADFLAGS, SOCK_EAI_FAMILY, SOCK_EAI_AGAIN ... See
/// getnameinfo(3).
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
        let found = lookup::names(addr, flags, Limits::span(Nanos(timeout_ns))?)?;
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

/// Starts `sock_getnameinfo` without waiting, for event loops.
///
/// Arguments as for `sock_getnameinfo`.
/// Returns an operation, or a code as `sock_getnameinfo`.
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
        lookup::names_start(addr, flags, Limits::span(Nanos(timeout_ns))?)
    })
}

/// Advances a lookup of names; never waits.
///
/// `op`: from `sock_getnameinfo_start`. The others as for `sock_getnameinfo`.
/// Returns 0 while the lookup is in progress: wait until its descriptor is readable. Then, once, 1
/// with the names written or a code as `sock_getnameinfo`; after that -EINVAL.
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
        let Some(found) = lookup::names_step(Id(op))? else { return Ok(0) };
        // SAFETY: as above.
        unsafe { write_names(&found, host, host_cap, service, service_cap) }?;
        Ok(1)
    })
}

/// Finds the first IPv4 address of a name: `sock_resolve` with AF_INET and no port.
///
/// `name`: as the host of `sock_resolve`. `timeout_ns`: limit of the lookup.
/// Returns as `sock_resolve`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_gethostbyname(
    name: *const c_char,
    timeout_ns: i64,
    out: *mut Address,
) -> c_int {
    guard(|| {
        // SAFETY: `name` is NULL or a string, `out` NULL or valid, as the header demands.
        let (name, out) = unsafe { (arg::text(name, "name")?, arg::output(out, "out")?) };
        out.write(first_address(Some(name), None, libc::AF_INET, timeout_ns)?);
        Ok(0)
    })
}

/// Finds all IPv4 addresses of a name, its official name and its other names.
///
/// `name`: as for `sock_gethostbyname`. `timeout_ns`: limit of both lookups together.
/// Returns a list; `sock_addrinfo_list_canonname` of its first result is the official name. If the
/// name cannot be resolved, a code like SOCK_EAI_NONAME; later failures are SOCK_HOST_NOT_FOUND,
/// SOCK_TRY_AGAIN, SOCK_NO_RECOVERY or SOCK_NO_DATA. See gethostbyname(3).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn sock_gethostbyname_ex(name: *const c_char, timeout_ns: i64) -> sock_addrinfo_list_t {
    // SAFETY: `name` is NULL or a string, as the header demands.
    guard(|| lookup::host_by_name(unsafe { arg::text(name, "name") }?, Limits::span(Nanos(timeout_ns))?))
}

/// Finds the names of an address.
///
/// `name`: an address of either family as text, or a name, whose first address is used.
/// `timeout_ns`: limit of both lookups together.
/// Returns a list as `sock_gethostbyname_ex`. See gethostbyaddr(3).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn sock_gethostbyaddr(name: *const c_char, timeout_ns: i64) -> sock_addrinfo_list_t {
    // SAFETY: `name` is NULL or a string, as the header demands.
    guard(|| lookup::host_by_address(unsafe { arg::text(name, "name") }?, Limits::span(Nanos(timeout_ns))?))
}

/// Finds the full name of a host: the first of its names that contains a dot.
///
/// `name`: a name or an address, without surrounding blanks; NULL, "", "0.0.0.0" and "::" are this
/// machine.
/// `timeout_ns`: limit of all lookups together.
/// Returns the length. If nothing is found, the text is the name as given.
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
        let full = lookup::fqdn(name, Limits::span(Nanos(timeout_ns))?)?;
        // SAFETY: `buf` is NULL or valid for `cap` bytes, as the header demands.
        unsafe { arg::write_text(&full, buf, cap) }
    })
}

/// The size of `struct sock_lookup_stats` in version 0.1.0.
const FIRST_STATS: usize = 64;

/// Gets the counts of lookups.
///
/// `out`: set its `size` to sizeof(struct sock_lookup_stats). The call writes the fields that both
/// the program's struct and the library have.
/// Returns 0; -EINVAL for a size smaller than in version 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_lookup_stats(out: *mut sock_lookup_stats) -> c_int {
    guard(|| {
        // SAFETY: `out` is NULL or begins with a valid number, as the header demands.
        let room = *unsafe { arg::input(out.cast::<usize>(), "out") }?;
        if room < FIRST_STATS {
            return Err(Code::errno(libc::EINVAL).because(format_args!(
                "out: a size of {room} is below the {FIRST_STATS} of the first version"
            )));
        }
        let stats = lookup::stats();
        let len = room.min(size_of::<sock_lookup_stats>());
        let found = sock_lookup_stats {
            size: len,
            threads: stats.threads.into(),
            idle: stats.idle.into(),
            queued: stats.queued as i64,
            running: stats.running.into(),
            abandoned: stats.abandoned.into(),
            total: stats.started_total as i64,
            abandoned_total: stats.abandoned_total as i64,
        };
        // SAFETY: the caller's struct has `room` bytes, as its size says, ours has at least `len`.
        unsafe { std::ptr::copy_nonoverlapping((&raw const found).cast::<u8>(), out.cast::<u8>(), len) };
        Ok(0)
    })
}
