//! Any bytes are walked as control messages to an end; what they hold is read, taken once, and put again
//! as the same bytes.

use crate::net::message::control::error::Extended;
use crate::net::message::control::ip::{self, Arrival};
use crate::net::message::control::layout::HEADER;
use crate::net::message::control::peer::Credentials;
use crate::net::message::control::rights::{self, Which, take_each, without_fds};
use crate::net::message::control::time::Stamps;
use crate::net::message::control::{next, put};

/// Takes one input; a finding is a panic.
pub fn run(data: &[u8]) {
    let (mut pos, mut before, mut again, mut used) = (0, 0, vec![0xee; data.len() + 16], 0);
    let mut items = Vec::new();
    while let Ok(Some(item)) = next(data, &mut pos) {
        assert!(pos > before && pos <= data.len(), "the walk goes on");
        assert_eq!(item.data.start, before + HEADER);
        assert!(item.data.start <= item.data.end && item.data.end <= data.len());
        assert!(!item.cut || pos == data.len(), "what is cut is the last");
        put(&mut again[..], &mut used, item.level, item.kind, &data[item.data.clone()]).expect("it fits");
        before = pos;
        items.push(item);
    }

    // Without room for the last, it is refused, and nothing changes.
    let (mut few, mut kept) = (vec![0xee; used.saturating_sub(1)], 0);
    let mut refused =
        items.iter().map(|item| put(&mut few[..], &mut kept, item.level, item.kind, &data[item.data.clone()]));
    assert!(items.is_empty() || refused.any(|put| put.is_err()));
    assert!(few[kept..].iter().all(|byte| *byte == 0xee), "bytes beyond what fits were written");
    let mut beyond = few.len() + 1;
    assert!(put(&mut few[..], &mut beyond, 0, 0, b"").is_err() && beyond == few.len() + 1);

    // What was put again is the same, message for message.
    let (again, mut pos) = (&again[..used], 0);
    for item in &items {
        let same = next(again, &mut pos).expect("well formed").expect("as many");
        assert_eq!((same.level, same.kind, same.cut), (item.level, item.kind, false));
        assert_eq!(again[same.data], data[item.data.clone()]);
    }
    assert_eq!(next(again, &mut pos), Ok(None));

    // What both hold reads the same; the copy has no malformed end to stumble over.
    for bytes in [data, again] {
        let _ = (Credentials::find(bytes), Stamps::find(bytes), Arrival::find(bytes), Extended::find(bytes));
        let _ =
            (ip::ttl(bytes), ip::tos(bytes), ip::drops(bytes), ip::gro_size(bytes), rights::process(bytes));
    }

    let mut owned = data.to_vec();
    let mut taken = Vec::new();
    take_each(&mut owned, Which::All, |fd| {
        assert!(fd >= 0);
        taken.push(fd);
        true
    });
    assert!(taken.is_empty() || rights::any(data, Which::All));
    take_each(&mut owned, Which::All, |fd| panic!("{fd} was taken before"));
    let mut copy = again.to_vec();
    let mut count = 0;
    take_each(&mut copy, Which::All, |fd| {
        assert_eq!(fd, taken[count]);
        count += 1;
        true
    });
    assert_eq!(count, taken.len());

    assert!(without_fds(again).is_some_and(|kept| !rights::any(&kept, Which::Sent)));
}
