//! Numeric hosts in any form: nothing panics, and what the strict reader takes the lenient one takes too.

use crate::addresses::escape::Text;
use crate::addresses::{ip, lenient, numeric};

/// Takes one input; a finding is a panic.
pub fn run(data: &[u8]) {
    if let Some(host) = numeric::v4(data) {
        assert_eq!(lenient::v4(data), Some(host));
    }
    let lenient = lenient::v4(data).map(Into::into);
    for host in [numeric::host(data), lenient].into_iter().flatten() {
        let mut text = Text::new();
        ip::write_host(&host, &mut text);
        assert_eq!(numeric::host(text.bytes()), Some(host));
    }
}
