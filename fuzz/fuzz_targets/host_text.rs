//! Numeric hosts in any form: nothing panics, and what the strict reader takes the lenient one takes too.
#![no_main]
#![allow(dead_code, unused_imports)]

#[path = "../../src/net/address/codec/mod.rs"]
mod codec;

use codec::escape::Text;
use codec::{ip, lenient, numeric};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Some(host) = numeric::v4(data) {
        assert_eq!(lenient::v4(data), Some(host));
    }
    let lenient = lenient::v4(data).map(Into::into);
    for host in [numeric::host(data), lenient].into_iter().flatten() {
        let mut text = Text::new();
        ip::write_host(&host, &mut text);
        assert_eq!(numeric::host(text.bytes()), Some(host));
    }
});
