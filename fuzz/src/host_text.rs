//! Numeric hosts in any form: nothing panics, and what inet_pton's form takes, inet_aton's takes too.

use crate::net::address::codec::escape::Text;
use crate::net::address::codec::{inet_aton, ip, numeric};

/// Takes one input; a finding is a panic.
pub fn run(data: &[u8]) {
    if let Some(host) = numeric::v4(data) {
        assert_eq!(inet_aton::v4(data), Some(host));
    }
    let lenient = inet_aton::v4(data).map(Into::into);
    for host in [numeric::host(data), lenient].into_iter().flatten() {
        let mut text = Text::new();
        ip::write_host(&host, &mut text);
        assert_eq!(numeric::host(text.bytes()), Some(host));
    }
}
