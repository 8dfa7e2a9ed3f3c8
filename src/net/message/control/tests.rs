//! Layout, refusals, and messages as the kernel writes them.

use super::error::Extended;
use super::ip::{self, Arrival};
use super::layout::{HEADER, len, space};
use super::peer::Credentials;
use super::refused::Refused;
use super::rights::{self, Which, take_each, without_fds};
use super::time::{self, Stamps};
use super::walk::{Item, next};
use super::{put, wanted};
use libc::{IPPROTO_IP, IPPROTO_IPV6, SCM_RIGHTS, SOL_SOCKET};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

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
    assert_eq!(refused, Refused::Room { needed: cap + 1, cap });
    assert_eq!(used, 0);
    let mut beyond = cap + 1;
    assert!(matches!(put(&mut control, &mut beyond, 1, 1, b""), Err(Refused::Range { field: "len", .. })));
    let endless = std::iter::empty();
    let huge = super::put::put_parts(&mut control, &mut used, 1, 1, usize::MAX, endless).unwrap_err();
    assert!(matches!(huge, Refused::Range { field: "data_len", .. }), "{huge}");
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
    assert!(matches!(next(&short, &mut pos), Err(Refused::Malformed(_))));
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
    control.extend(item(SOL_SOCKET, rights::SCM_PIDFD, &8_i32.to_ne_bytes()));
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
    let gone = item(SOL_SOCKET, rights::SCM_PIDFD, &(-libc::ESRCH).to_ne_bytes());
    assert_eq!(rights::process(&gone), Ok(Some(-libc::ESRCH)));
}

#[test]
fn descriptors_go_once_and_the_rest_with_every_part() {
    let fds = item(SOL_SOCKET, SCM_RIGHTS, &[1, 0, 0, 0]);
    let other = item(SOL_SOCKET, 2, b"credentials.");
    let more = item(17, 3, b"x");
    assert_eq!(*without_fds(&[&*fds, &*other, &*fds, &*more].concat()), [&*other, &*more].concat());
    assert!(without_fds(&fds).is_empty());
    assert!(matches!(without_fds(&other), std::borrow::Cow::Borrowed(same) if *same == *other));
}

#[test]
fn stamps_of_every_width() {
    let pair = |a: i64, b: i64| [a.to_ne_bytes(), b.to_ne_bytes()].concat();
    let narrow = |a: i32, b: i32| [a.to_ne_bytes(), b.to_ne_bytes()].concat();
    let stamps = |kind, data: &[u8]| Stamps::find(&item(SOL_SOCKET, kind, data));
    let software = |software| Ok(Some(Stamps { software, hardware: 0 }));
    for (kind, unit) in [(29, 1000), (63, 1000), (35, 1), (64, 1)] {
        assert_eq!(stamps(kind, &pair(3, 5)), software(3_000_000_000 + 5 * unit));
        assert_eq!(stamps(kind, &narrow(3, 5)), software(3_000_000_000 + 5 * unit));
        for short in [0, 7, 9, 15] {
            assert!(stamps(kind, &pair(3, 5)[..short]).is_err(), "{short} bytes");
        }
        assert!(stamps(kind, &pair(i64::MAX, 0)).is_err(), "beyond 2262");
    }
    for kind in [37, 65] {
        let three = [pair(3, 5), pair(0, 0), pair(9, 7)].concat();
        let wanted = Ok(Some(Stamps { software: 3_000_000_005, hardware: 9_000_000_007 }));
        assert_eq!(stamps(kind, &three), wanted);
        assert_eq!(stamps(kind, &[narrow(3, 5), narrow(0, 0), narrow(9, 7)].concat()), wanted);
        let both = [item(SOL_SOCKET, 35, &pair(1, 1)), item(SOL_SOCKET, kind, &three)].concat();
        assert_eq!(Stamps::find(&both), wanted, "the fuller one counts");
    }
    assert!(built(|control, used| time::put_transmit(control, used, 1 << 1 | 1 << 9)).is_ok());
    for flags in [-1, 1 << 2, 1 << 4, 1 << 19, i64::MAX] {
        assert!(built(|control, used| time::put_transmit(control, used, flags)).is_err(), "{flags}");
    }
}

#[test]
fn packet_info_of_both_protocols() {
    let v4 = [&7_i32.to_ne_bytes()[..], &[192, 0, 2, 1], &[224, 0, 0, 1]].concat();
    let found = Arrival::find(&item(IPPROTO_IP, libc::IP_PKTINFO, &v4)).unwrap().unwrap();
    let own: IpAddr = Ipv4Addr::new(192, 0, 2, 1).into();
    assert_eq!(found, Arrival { ifindex: 7, to: Ipv4Addr::new(224, 0, 0, 1).into(), local: Some(own) });
    let group: Ipv6Addr = "ff02::1".parse().unwrap();
    let v6 = [&group.octets()[..], &9_i32.to_ne_bytes()].concat();
    let found = Arrival::find(&item(IPPROTO_IPV6, libc::IPV6_PKTINFO, &v6)).unwrap().unwrap();
    assert_eq!(found, Arrival { ifindex: 9, to: group.into(), local: None });
    assert!(Arrival::find(&item(IPPROTO_IPV6, libc::IPV6_PKTINFO, &v6[..19])).is_err());
    for ifindex in [-1, 1 << 31, i64::MAX] {
        assert!(built(|control, used| ip::put_origin(control, used, own, ifindex)).is_err());
    }
}

#[test]
fn numbers_out_of_range_are_refused_by_name() {
    let why = |result: Result<Vec<u8>, Refused>| result.unwrap_err().to_string();
    assert_eq!(why(built(|c, u| ip::put_ttl(c, u, false, 0))), "ttl: 0 is not within 1 to 255");
    assert_eq!(why(built(|c, u| ip::put_ttl(c, u, true, 256))), "ttl: 256 is not within 0 to 255");
    assert_eq!(why(built(|c, u| ip::put_tos(c, u, true, -1))), "tos: -1 is not within 0 to 255");
    assert_eq!(why(built(|c, u| ip::put_gso_size(c, u, 65536))), "size: 65536 is not within 1 to 65535");
    let uid = Credentials::new(1, 1 << 32, 0).unwrap_err().to_string();
    assert_eq!(uid, "uid: 4294967296 is not within 0 to 4294967295");
    assert_eq!(why(Credentials::new(-1, 0, 0).map(|_| vec![])), "pid: -1 is not within 0 to 2147483647");
    // One byte on its way in, an int on its way out.
    assert_eq!(ip::tos(&item(IPPROTO_IP, libc::IP_TOS, &[0x2e])), Ok(Some(0x2e)));
    assert!(ip::tos(&item(IPPROTO_IP, libc::IP_TOS, &[])).is_err());
    assert!(ip::tos(&item(IPPROTO_IPV6, libc::IPV6_TCLASS, &[1])).is_err());
}

#[test]
fn errors_with_and_without_an_offender() {
    let mut data =
        [&111_u32.to_ne_bytes()[..], &[2, 3, 4, 0], &5_u32.to_ne_bytes(), &6_u32.to_ne_bytes()].concat();
    for short in 0..16 {
        assert!(Extended::find(&item(IPPROTO_IP, libc::IP_RECVERR, &data[..short])).is_err());
    }
    let bare = item(IPPROTO_IP, libc::IP_RECVERR, &data);
    let error = Extended::find(&bare).unwrap().unwrap();
    assert_eq!((error.errno, error.origin, error.kind, error.code), (111, 2, 3, 4));
    assert_eq!((error.info, error.data, error.offender, error.transmit()), (5, 6, &[][..], None));
    data.extend([2, 0, 0, 0, 127, 0, 0, 1]);
    let with = item(IPPROTO_IPV6, libc::IPV6_RECVERR, &data);
    assert_eq!(Extended::find(&with).unwrap().unwrap().offender, [2, 0, 0, 0, 127, 0, 0, 1]);
    data[4] = 4;
    data[16] = 0;
    let news = item(263, 16, &data);
    let news = Extended::find(&news).unwrap().unwrap();
    assert_eq!((news.offender, news.transmit()), (&[][..], Some((5, 6))));
}

#[test]
fn room_for_a_wanted_set() {
    assert_eq!(wanted::space(0, 0), Ok(0));
    assert_eq!(wanted::space(1, 0), space(12));
    assert_eq!(wanted::space(0, 253), space(253 * 4));
    let one_by_one: i64 = (0..10).map(|bit| wanted::space(1 << bit, 0).unwrap()).sum();
    assert_eq!(wanted::space((1 << 10) - 1, 2), Ok(one_by_one + space(8).unwrap()));
    for (kinds, fds) in [(-1, 0), (1 << 10, 0), (i64::MIN, 0), (0, -1), (0, 254), (0, i64::MAX)] {
        assert!(wanted::space(kinds, fds).is_err(), "{kinds} {fds}");
    }
}
