//! A fault to be found: a run that misses it proves nothing about the other targets.

/// Panics on inputs that begin with "FAULT".
pub fn run(data: &[u8]) {
    assert!(!data.starts_with(b"FAULT"), "the planted fault");
}
