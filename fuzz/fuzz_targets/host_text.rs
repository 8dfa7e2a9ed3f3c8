//! Numeric hosts in any form: nothing panics, and what the strict reader takes the inet_aton one takes too.
#![no_main]
#![allow(dead_code, unused_imports)]

// The library's own module paths, which the codecs use.
#[path = "../../src/net"]
mod net {
    pub mod codec;
    pub mod address {
        pub mod codec;
    }
}

use net::address::codec::escape::Text;
use net::address::codec::{ip, inet_aton, numeric};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Some(host) = numeric::v4(data) {
        assert_eq!(inet_aton::v4(data), Some(host));
    }
    let inet_aton = inet_aton::v4(data).map(Into::into);
    for host in [numeric::host(data), inet_aton].into_iter().flatten() {
        let mut text = Text::new();
        ip::write_host(&host, &mut text);
        assert_eq!(numeric::host(text.bytes()), Some(host));
    }
});
