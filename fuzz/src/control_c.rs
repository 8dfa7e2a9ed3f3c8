//! Control messages against the C macros and structs (`macros.c`): the same messages are found, they read
//! the same, and what we put is what CMSG_SPACE and CMSG_DATA make.

use crate::net::message::control::error::Extended;
use crate::net::message::control::ip::{self, Arrival};
use crate::net::message::control::layout::{self, HEADER};
use crate::net::message::control::peer::Credentials;
use crate::net::message::control::rights::{Which, take_each};
use crate::net::message::control::time::Stamps;
use crate::net::message::control::{next, put};
use std::net::IpAddr;

/// As in macros.c.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Item {
    at: usize,
    len: usize,
    level: i32,
    kind: i32,
}

/// As in macros.c: what the first message of each kind says, by C's own structs.
#[repr(C)]
struct Read {
    fds: [i32; 512],
    fd_count: usize,
    has_credentials: i32,
    credentials: [u32; 3],
    has_arrival: i32,
    ifindex: u32,
    to: [u8; 16],
    has_ttl: i32,
    ttl: i32,
    has_stamp: i32,
    stamp: [i64; 2],
    has_error: i32,
    error: [u32; 6],
}

unsafe extern "C" {
    fn fuzz_walk(control: *mut u8, len: usize, out: *mut Item, cap: usize) -> usize;
    fn fuzz_read(control: *mut u8, len: usize, out: *mut Read);
    fn fuzz_put(control: *mut u8, cap: usize, at: usize, item: *const Item, data: *const u8) -> usize;
    fn fuzz_len(len: usize) -> usize;
    fn fuzz_space(len: usize) -> usize;
}

/// Takes one input; a finding is a panic.
pub fn run(data: &[u8]) {
    // glibc's macro wants the padding of the last message too, the kernel does not write it.
    let data = &data[..data.len() / 8 * 8];
    let mut words = vec![0_u64; data.len() / 8 + 1];
    // SAFETY: the words are as many bytes, and u8 has no alignment.
    let aligned = unsafe { std::slice::from_raw_parts_mut(words.as_mut_ptr().cast::<u8>(), data.len()) };
    aligned.copy_from_slice(data);

    let mut theirs = vec![Item::default(); data.len() / HEADER + 1];
    // SAFETY: an aligned buffer, and room for as many items as there can be headers.
    let count = unsafe { fuzz_walk(aligned.as_mut_ptr(), data.len(), theirs.as_mut_ptr(), theirs.len()) };
    theirs.truncate(count);

    let (mut pos, mut ours) = (0, Vec::new());
    while let Ok(Some(item)) = next(data, &mut pos) {
        // One that is cut is the last, and C's macros end before it.
        if !item.cut {
            ours.push(item);
        }
    }
    let shown = |item: &Item| (item.at, item.len, item.level, item.kind);
    let found: Vec<_> =
        ours.iter().map(|item| (item.data.start, item.data.len(), item.level, item.kind)).collect();
    assert_eq!(found, theirs.iter().map(shown).collect::<Vec<_>>());

    build(data, &theirs);
    // Behind what is cut or malformed C's macros see nothing; give both the same messages.
    let whole = theirs.last().map_or(0, |item| (item.at + item.len).next_multiple_of(8));
    read(&mut aligned[..whole]);
}

/// The same messages, put by us and by C.
fn build(data: &[u8], items: &[Item]) {
    let cap = data.len() + 64;
    let (mut ours, mut used) = (vec![0xee; cap], 0);
    let mut words = vec![u64::from_ne_bytes([0xee; 8]); cap.div_ceil(8)];
    let mut end = 0;
    for item in items {
        let bytes = &data[item.at..][..item.len];
        put(&mut ours[..], &mut used, item.level, item.kind, bytes).expect("there is room");
        // SAFETY: an aligned buffer of at least cap bytes, and the bytes of the item.
        end = unsafe { fuzz_put(words.as_mut_ptr().cast(), cap, end, item, bytes.as_ptr()) };
        assert_eq!(used, end);
        // SAFETY: numbers alone.
        let (len, space) = unsafe { (fuzz_len(item.len), fuzz_space(item.len)) };
        assert_eq!(layout::len(item.len as i64).ok(), Some(len as i64));
        assert_eq!(layout::space(item.len as i64).ok(), Some(space as i64));
    }
    // SAFETY: the words are initialised, and end is below their size.
    let theirs = unsafe { std::slice::from_raw_parts(words.as_ptr().cast::<u8>(), end) };
    assert_eq!(&ours[..used], theirs);
}

/// What the first message of each kind says.
fn read(control: &mut [u8]) {
    // SAFETY: numbers alone, for which all zeros is a value.
    let mut said: Read = unsafe { std::mem::zeroed() };
    // SAFETY: an aligned buffer that ends with a whole message.
    unsafe { fuzz_read(control.as_mut_ptr(), control.len(), &mut said) };

    // What is too short for its struct is an error with us, and nothing in C.
    let theirs = (said.has_credentials != 0).then_some(said.credentials);
    let ours = Credentials::find(control).ok().flatten();
    assert_eq!(ours.map(|c| [c.pid as u32, c.uid, c.gid]), theirs);

    let arrival = Arrival::find(control).ok().flatten().map(|arrival| {
        let mut to = [0; 16];
        match arrival.to {
            IpAddr::V4(v4) => to[..4].copy_from_slice(&v4.octets()),
            IpAddr::V6(v6) => to = v6.octets(),
        }
        (arrival.ifindex, to)
    });
    assert_eq!(arrival, (said.has_arrival != 0).then_some((said.ifindex, said.to)));

    assert_eq!(ip::ttl(control).ok().flatten(), (said.has_ttl != 0).then_some(said.ttl));

    if said.has_stamp != 0 {
        let sum = said.stamp[0].checked_mul(1_000_000_000).and_then(|ns| ns.checked_add(said.stamp[1]));
        assert_eq!(Stamps::find(control).ok().flatten().map(|stamps| stamps.software), sum);
    }

    if let Ok(error) = Extended::find(control) {
        let ours = error.map(|e| [e.errno, e.origin.into(), e.kind.into(), e.code.into(), e.info, e.data]);
        assert_eq!(ours, (said.has_error != 0).then_some(said.error));
    }

    let mut fds = Vec::new();
    take_each(control, Which::Sent, |fd| {
        fds.push(fd);
        true
    });
    let theirs = said.fds[..said.fd_count].iter().copied().filter(|fd| *fd >= 0);
    assert!(fds.iter().copied().take(512).eq(theirs) || said.fd_count == 512);
}
