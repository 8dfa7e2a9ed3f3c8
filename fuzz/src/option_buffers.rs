//! Whatever the kernel or a caller hands in as an option's bytes: nothing panics, nothing is read that
//! was not written.

use crate::net::option::codec::group::Request;
use crate::net::option::codec::span::{MILLISECOND, SECOND, nanoseconds, units};
use crate::net::option::codec::{peer, tcp_info};

/// Takes one input; a finding is a panic.
pub fn run(data: &[u8]) {
    let info = tcp_info::decode(data);
    assert_eq!(info.size as usize, tcp_info::FIRST_VERSION);
    assert_eq!(info.total_rto_time_ns == -1, data.len() < 248);
    assert_eq!(peer::credentials(data).is_none(), data.len() < 12 || data[4..12] == [0xff; 8]);
    assert_eq!(peer::multipath(data).is_none(), data.len() < 12);

    let (index, rest) =
        data.split_first_chunk().map_or((0, data), |(i, rest)| (u32::from_ne_bytes(*i), rest));
    let (group, source) = rest.split_at(rest.len() / 2);
    let request = Request::new(index, group, Some(source));
    let storage = &request.bytes()[size_of::<usize>()..];
    assert_eq!(storage.len(), 256);
    assert_eq!(&storage[..group.len().min(128)], &group[..group.len().min(128)]);
    assert_eq!(&storage[128..][..source.len().min(128)], &source[..source.len().min(128)]);

    if let Some(ns) = data.first_chunk().map(|bytes| i64::from_ne_bytes(*bytes)) {
        for unit in [SECOND, MILLISECOND] {
            if let Ok(count) = units(ns, unit, 0, i32::MAX.into()) {
                assert_eq!(nanoseconds(count, unit), ns);
            }
        }
    }
}
