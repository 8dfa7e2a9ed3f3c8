//! What holds for every control message and for any bytes.

use super::super::rights::{self, Which, put_fds, take_each, without_fds};
use super::super::tests::{built, item};
use super::super::walk::{find, next};
use super::error::Extended;
use super::ip::{self, Arrival};
use super::peer::Credentials;
use super::time::Stamps;
use libc::{SCM_RIGHTS, SOL_SOCKET};
use proptest::collection::vec;
use proptest::prelude::*;
use std::net::IpAddr;

/// Levels and types that are known, often; others, seldom.
fn any_kind() -> impl Strategy<Value = (i32, i32)> {
    let levels = prop::sample::select(vec![0, 1, 17, 41, 263]);
    let kinds =
        prop::sample::select(vec![1, 2, 4, 8, 11, 16, 25, 29, 35, 37, 40, 50, 52, 63, 64, 65, 67, 103, 104]);
    prop_oneof![8 => (levels, kinds), 1 => any::<(i32, i32)>()]
}

/// Bytes near to control messages: whole ones, cut, with garbage between.
fn near() -> impl Strategy<Value = Vec<u8>> {
    let whole =
        (any_kind(), vec(any::<u8>(), 0..70)).prop_map(|((level, kind), data)| item(level, kind, &data));
    let piece = prop_oneof![6 => whole, 1 => vec(any::<u8>(), 0..40), 1 => vec(0_u8..24, 0..40)];
    (vec(piece, 0..6), any::<prop::sample::Index>()).prop_map(|(pieces, cut)| {
        let mut bytes = pieces.concat();
        if cut.index(3) == 0 {
            bytes.truncate(cut.index(bytes.len() + 1));
        }
        bytes
    })
}

proptest! {
    #[test]
    fn items_round_trip(items in vec((any::<(i32, i32)>(), vec(any::<u8>(), 0..50)), 0..6)) {
        let bytes: Vec<u8> = items.iter().flat_map(|((level, kind), data)| item(*level, *kind, data)).collect();
        let (mut pos, mut found) = (0, Vec::new());
        while let Some(item) = next(&bytes, &mut pos).unwrap() {
            prop_assert!(!item.cut);
            found.push(((item.level, item.kind), bytes[item.data].to_vec()));
        }
        prop_assert_eq!(pos, bytes.len());
        prop_assert_eq!(found, items);
    }

    #[test]
    fn descriptors_round_trip(fds in vec(0..i32::MAX, 0..254)) {
        let mut control = built(|control, used| put_fds(control, used, &fds)).unwrap();
        let mut taken = Vec::new();
        take_each(&mut control, Which::All, |fd| { taken.push(fd); true });
        prop_assert_eq!(taken, fds);
        take_each(&mut control, Which::All, |fd| panic!("{fd} was taken before"));
    }

    #[test]
    fn fields_round_trip(
        credentials in (0..i32::MAX, any::<u32>(), any::<u32>()),
        origin in (any::<IpAddr>(), 0..i32::MAX),
        (ttl, tos, size, v6) in (1_i64..256, 0_i64..256, 1_i64..65536, any::<bool>()),
    ) {
        let (pid, uid, gid) = credentials;
        let credentials = Credentials::new(pid.into(), uid.into(), gid.into()).unwrap();
        let (from, ifindex) = origin;
        let control = built(|control, used| {
            credentials.put(control, used)?;
            ip::put_origin(control, used, from, ifindex.into())?;
            ip::put_ttl(control, used, v6, ttl)?;
            ip::put_tos(control, used, v6, tos)?;
            ip::put_gso_size(control, used, size)
        }).unwrap();
        prop_assert_eq!(Credentials::find(&control), Ok(Some(Credentials { pid, uid, gid })));
        let arrival = Arrival::find(&control).unwrap().unwrap();
        prop_assert_eq!(arrival.ifindex, ifindex as u32);
        let local = (!from.is_multicast() || from.is_ipv4()).then_some(from);
        prop_assert_eq!(arrival.local, local);
        prop_assert_eq!(ip::ttl(&control), Ok(Some(ttl as i32)));
        prop_assert_eq!(ip::tos(&control), Ok(Some(tos as i32)));
        let (_, segment) = find(&control, &[(libc::SOL_UDP, libc::UDP_SEGMENT)]).unwrap().unwrap();
        prop_assert_eq!(segment, (size as u16).to_ne_bytes());
    }

    #[test]
    fn any_bytes_are_walked_to_an_end(mut bytes in near()) {
        let (mut pos, mut before, mut seen) = (0, 0, 0);
        while let Ok(Some(item)) = next(&bytes, &mut pos) {
            prop_assert!(pos > before && pos <= bytes.len());
            prop_assert!(item.data.start <= item.data.end && item.data.end <= bytes.len());
            prop_assert!(!item.cut || pos == bytes.len());
            before = pos;
            seen += 1;
        }
        prop_assert!(seen <= bytes.len() / 8);
        let _ = (Credentials::find(&bytes), Stamps::find(&bytes), Arrival::find(&bytes), Extended::find(&bytes));
        let _ = (ip::ttl(&bytes), ip::tos(&bytes), ip::drops(&bytes), ip::gro_size(&bytes), rights::process(&bytes));
        let had = rights::any(&bytes, Which::All);
        let mut taken = 0;
        take_each(&mut bytes, Which::All, |fd| { assert!(fd >= 0); taken += 1; true });
        prop_assert!(had || taken == 0);
        take_each(&mut bytes, Which::All, |fd| panic!("{fd} was taken before"));
        let kept = without_fds(&bytes).expect("memory");
        prop_assert!(kept.len() <= bytes.len());
        let clean = find(&bytes, &[(SOL_SOCKET, SCM_RIGHTS)]);
        prop_assert!(clean.is_err() || find(&kept, &[(SOL_SOCKET, SCM_RIGHTS)]) == Ok(None));
    }
}
