#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| libsock_fuzz::control_c::run(data));
