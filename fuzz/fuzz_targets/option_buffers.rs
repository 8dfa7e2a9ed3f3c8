#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| libsock_fuzz::option_buffers::run(data));
