#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| libsock_fuzz::number_text::run(data));
