#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| (selvedge_bytes::COMPONENT.run)(data));
