//! The messages as Linux writes them, and the room that they need.

use super::super::tests::{built, item};
use super::error::Extended;
use super::ip::{self, Arrival};
use super::peer::Credentials;
use super::time::{self, Stamps};
use super::{layout, space};
use crate::net::codec::refused::Refused;
use libc::{IPPROTO_IP, IPPROTO_IPV6, SOL_SOCKET};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

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
fn room_for_a_set_of_kinds() {
    assert_eq!(space::space(0, 0), Ok(0));
    assert_eq!(space::space(1, 0), layout::space(12));
    assert_eq!(space::space(0, 253), layout::space(253 * 4));
    let one_by_one: i64 = (0..10).map(|bit| space::space(1 << bit, 0).unwrap()).sum();
    assert_eq!(space::space((1 << 10) - 1, 2), Ok(one_by_one + layout::space(8).unwrap()));
    for (kinds, fds) in [(-1, 0), (1 << 10, 0), (i64::MIN, 0), (0, -1), (0, 254), (0, i64::MAX)] {
        assert!(space::space(kinds, fds).is_err(), "{kinds} {fds}");
    }
}
