//! Layout, refusals and descriptors.

use super::platform::layout::{HEADER, len, space};
use super::platform::peer::SCM_PIDFD;
use super::put;
use super::rights::{self, Which, take_each, without_fds};
use super::walk::{Item, next};
use crate::net::codec::refused::{Refused, Why};
use libc::{IPPROTO_IP, SCM_RIGHTS, SOL_SOCKET};

/// What a function puts into an empty buffer.
pub(super) fn built(
    write: impl FnOnce(&mut [u8], &mut usize) -> Result<(), Refused>,
) -> Result<Vec<u8>, Refused> {
    let mut control = vec![0xee; 4096];
    let mut used = 0;
    write(&mut control, &mut used)?;
    control.truncate(used);
    Ok(control)
}

/// A message of raw data.
pub(super) fn item(level: i32, kind: i32, data: &[u8]) -> Vec<u8> {
    built(|control, used| put(control, used, level, kind, data)).expect("it fits")
}

#[test]
fn r100_len_and_space() {
    let most = i64::from(i32::MAX);
    let (last_len, last_space) = (most - HEADER as i64, most - space(1).unwrap());
    assert_eq!(len(last_len), Ok(most));
    assert!(space(last_space).is_ok_and(|space| space <= most));
    if cfg!(target_pointer_width = "64") {
        assert_eq!((last_len, last_space), (2_147_483_631, 2_147_483_623));
        assert_eq!((len(0), len(4), space(0), space(1)), (Ok(16), Ok(20), Ok(16), Ok(24)));
    }
    for n in [-1, i64::MIN, i64::MAX] {
        assert!(len(n).is_err() && space(n).is_err(), "{n}");
    }
    assert!(len(last_len + 1).is_err() && space(last_space + 1).is_err());
    let sentence = len(-1).unwrap_err().to_string();
    assert_eq!(sentence, format!("len: -1 is not within 0 to {last_len}"));
}

#[test]
fn r98_r99_items_are_put_in_order_with_zeros_between() {
    let mut control = vec![0xee; 3 * 24 + 5];
    let mut used = 0;
    for (kind, data) in [(7, &b"ab"[..]), (8, b""), (9, b"12345678")] {
        put(&mut control, &mut used, 1, kind, data).unwrap();
    }
    let bytes = control[..used].to_vec();
    let wanted = [item(1, 7, b"ab"), item(1, 8, b""), item(1, 9, b"12345678")].concat();
    assert_eq!(bytes, wanted);
    let mut pos = 0;
    let mut kinds = Vec::new();
    while let Some(item) = next(&bytes, &mut pos).unwrap() {
        kinds.push((item.kind, bytes[item.data].to_vec()));
    }
    assert_eq!(kinds, [(7, b"ab".to_vec()), (8, vec![]), (9, b"12345678".to_vec())]);
    assert_eq!(bytes[HEADER + 2..HEADER.next_multiple_of(8) + 4], [0, 0]);
}

#[test]
fn r98_what_does_not_fit_changes_nothing() {
    let mut control = vec![0xee; space(4).unwrap() as usize - 1];
    let mut used = 0;
    let cap = control.len();
    let refused = put(&mut control, &mut used, 1, 1, b"1234").unwrap_err();
    assert_eq!(refused, Refused { field: "cap", why: Why::Room { needed: cap + 1, cap } });
    assert_eq!(used, 0);
    let mut beyond = cap + 1;
    assert!(matches!(
        put(&mut control, &mut beyond, 1, 1, b""),
        Err(Refused { field: "len", why: Why::Range { .. } })
    ));
    let endless = std::iter::empty();
    let huge = super::put::put_parts(&mut control, &mut used, 1, 1, usize::MAX, endless).unwrap_err();
    assert!(matches!(huge, Refused { field: "data_len", why: Why::Range { .. } }), "{huge}");
}

#[test]
fn r105_walk_ends_at_what_is_malformed() {
    let mut pos = 0;
    assert_eq!(next(&[], &mut pos), Ok(None));
    let whole = item(1, 2, b"12345678");
    for cap in 0..HEADER {
        pos = 0;
        assert_eq!(next(&whole[..cap], &mut pos), Ok(None), "a header of {cap} bytes");
        assert_eq!(pos, cap);
    }
    for cap in HEADER..whole.len() {
        pos = 0;
        let cut = Item { level: 1, kind: 2, data: HEADER..cap, cut: true };
        assert_eq!(next(&whole[..cap], &mut pos), Ok(Some(cut)), "data up to {cap}");
        assert_eq!((pos, next(&whole[..cap], &mut pos)), (cap, Ok(None)));
    }
    let mut short = whole.clone();
    short[..size_of::<usize>()].copy_from_slice(&(HEADER - 1).to_ne_bytes());
    pos = 0;
    assert!(matches!(next(&short, &mut pos), Err(Refused { why: Why::Message(_), .. })));
    assert_eq!(pos, short.len(), "the walk is over");
    let mut endless = whole;
    endless[..size_of::<usize>()].copy_from_slice(&usize::MAX.to_ne_bytes());
    pos = 0;
    assert!(next(&endless, &mut pos).unwrap().unwrap().cut);
    assert_eq!(next(&endless, &mut usize::MAX.clone()), Ok(None));
}

#[test]
fn r108_descriptors_are_whole_ints_and_are_taken_once() {
    let mut data: Vec<u8> = [5, -1, 7].iter().flat_map(|fd: &i32| fd.to_ne_bytes()).collect();
    data.extend([9, 9, 9]);
    let mut control = item(SOL_SOCKET, SCM_RIGHTS, &data);
    control.extend(item(SOL_SOCKET, SCM_PIDFD, &8_i32.to_ne_bytes()));
    control.extend(item(IPPROTO_IP, SCM_RIGHTS, &3_i32.to_ne_bytes()));
    assert!(rights::any(&control, Which::Sent) && rights::any(&control, Which::Process));
    assert_eq!(rights::process(&control), Ok(Some(8)));
    let mut taken = Vec::new();
    take_each(&mut control, Which::Sent, |fd| {
        taken.push(fd);
        taken.len() < 2
    });
    assert_eq!(taken, [5, 7], "the second was looked at, and left");
    taken.clear();
    let mut all = |fd| {
        taken.push(fd);
        true
    };
    take_each(&mut control, Which::All, &mut all);
    take_each(&mut control, Which::All, &mut all);
    assert_eq!(taken, [7, 8]);
    assert_eq!(rights::process(&control), Ok(None), "taken");
    assert!(rights::any(&control, Which::Sent), "they were there");
    let gone = item(SOL_SOCKET, SCM_PIDFD, &(-libc::ESRCH).to_ne_bytes());
    assert_eq!(rights::process(&gone), Ok(Some(-libc::ESRCH)));
}

#[test]
fn descriptors_go_once_and_the_rest_with_every_part() {
    let fds = item(SOL_SOCKET, SCM_RIGHTS, &[1, 0, 0, 0]);
    let other = item(SOL_SOCKET, 2, b"credentials.");
    let more = item(17, 3, b"x");
    assert_eq!(
        *without_fds(&[&*fds, &*other, &*fds, &*more].concat()).expect("memory"),
        [&*other, &*more].concat()
    );
    assert!(without_fds(&fds).expect("memory").is_empty());
    assert!(matches!(without_fds(&other), Some(std::borrow::Cow::Borrowed(same)) if *same == *other));
}
