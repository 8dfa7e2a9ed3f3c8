use super::group::Request;
use super::peer::{self, Multipath};
use super::span::{MILLISECOND, SECOND, Unfit, nanoseconds, units};
use super::tcp_info::{self, TcpInfo};
use crate::net::codec::credentials::Credentials;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn spans_come_back_or_are_refused(ns in any::<i64>(), seconds in 0..=i32::MAX) {
        for unit in [SECOND, MILLISECOND] {
            let whole = nanoseconds(seconds, unit);
            prop_assert_eq!(units(whole, unit, 0, i32::MAX.into()), Ok(seconds));
            prop_assert_eq!(units(whole + 1, unit, 0, i32::MAX.into()), Err(Unfit::Broken));
            match units(ns, unit, 0, i32::MAX.into()) {
                Ok(count) => prop_assert_eq!(nanoseconds(count, unit), ns),
                Err(Unfit::Broken) => prop_assert!(ns > 0 && ns % unit != 0),
                Err(Unfit::Range) => prop_assert!(ns < 0 || ns / unit > i32::MAX.into()),
            }
        }
    }

    #[test]
    fn a_request_holds_its_addresses(
        index in any::<u32>(),
        group in prop::collection::vec(any::<u8>(), 0..200),
        source in prop::option::of(prop::collection::vec(any::<u8>(), 0..200)),
    ) {
        let request = Request::new(index, &group, source.as_deref());
        let word = size_of::<usize>();
        let storages = 1 + usize::from(source.is_some());
        prop_assert_eq!(request.bytes().len(), word + 128 * storages);
        prop_assert_eq!(&request.bytes()[..4], index.to_ne_bytes());
        for (i, address) in [Some(&group), source.as_ref()].into_iter().flatten().enumerate() {
            let storage = &request.bytes()[word + 128 * i..][..128];
            let fits = address.len().min(128);
            prop_assert_eq!(&storage[..fits], &address[..fits]);
            prop_assert!(storage[fits..].iter().all(|&byte| byte == 0));
        }
    }

    #[test]
    fn a_shorter_struct_only_lacks_its_end(bytes in prop::collection::vec(any::<u8>(), 0..300), cut in 0..300_usize) {
        let (long, short) = (fields(&bytes), fields(&bytes[..cut.min(bytes.len())]));
        for (whole, part) in long.into_iter().zip(short) {
            prop_assert!(part == whole || part == -1);
        }
    }

    #[test]
    fn credentials_are_the_three_numbers(pid in any::<i32>(), uid in any::<u32>(), gid in any::<u32>()) {
        let bytes = [pid.to_ne_bytes(), uid.to_ne_bytes(), gid.to_ne_bytes()].concat();
        let expected = Credentials { pid, uid, gid };
        let nobody = uid == u32::MAX && gid == u32::MAX;
        prop_assert_eq!(peer::credentials(&bytes), (!nobody).then_some(expected));
        prop_assert_eq!(peer::credentials(&bytes[..11]), None);
    }
}

/// Every 64-bit field, in order.
fn fields(bytes: &[u8]) -> [i64; 59] {
    let info = tcp_info::decode(bytes);
    // The debug form names every field, so that none can be forgotten here.
    let text = format!("{info:?}");
    let numbers = text.split(": ").skip(3).map(|rest| {
        let end = rest.find([',', ' ']).unwrap_or(rest.len());
        rest[..end].parse().expect("every field is a number")
    });
    let numbers: Vec<i64> = numbers.collect();
    numbers.try_into().expect("59 fields")
}

#[test]
fn there_is_only_the_first_version() {
    assert_eq!(size_of::<TcpInfo>(), tcp_info::FIRST_VERSION);
    assert_eq!(fields(&[]), [-1; 59]);
    assert_eq!(tcp_info::decode(&[]).state, -1);
    assert!(fields(&[0xff; 248]).iter().all(|&field| field > 0));
}

#[test]
fn fields_lie_where_the_kernel_has_them() {
    let bytes: Vec<u8> = (0..=255).collect();
    let info = tcp_info::decode(&bytes);
    let word = |at: u8| u32::from_ne_bytes([at, at + 1, at + 2, at + 3]);
    let long = |at: u8| i64::from_ne_bytes([0, 1, 2, 3, 4, 5, 6, 7].map(|i| at + i));
    assert_eq!((info.state, info.ca_state, info.options), (0, 1, 5));
    assert_eq!(info.rto_ns, i64::from(word(8)) * 1000);
    assert_eq!(info.last_data_sent_ns, i64::from(word(44)) * 1_000_000);
    assert_eq!(info.total_retrans, i64::from(word(100)));
    assert_eq!(info.max_pacing_rate, long(112));
    assert_eq!(info.total_rto_time_ns, i64::from(word(244)) * 1_000_000);
    let top_first = cfg!(target_endian = "big");
    assert_eq!((info.snd_wscale, info.rcv_wscale), if top_first { (0, 6) } else { (6, 0) });
    let bits = (info.delivery_rate_app_limited, info.fastopen_client_fail);
    assert_eq!(bits, if top_first { (0, 0) } else { (1, 3) });
    let unlimited = tcp_info::decode(&[0xff; 248]);
    assert_eq!((unlimited.pacing_rate, unlimited.max_pacing_rate), (i64::MAX, i64::MAX));
}

#[test]
fn multipath_is_in_the_flags() {
    let mut bytes = [0; 12];
    for (flags, state) in [
        (0_u32, Multipath::Asked),
        (1, Multipath::FellBack),
        (2, Multipath::Active),
        (3, Multipath::FellBack),
        (0x80, Multipath::Asked),
    ] {
        bytes[8..].copy_from_slice(&flags.to_ne_bytes());
        assert_eq!(peer::multipath(&bytes), Some(state), "{flags}");
    }
    assert_eq!(peer::multipath(&bytes[..11]), None);
}
