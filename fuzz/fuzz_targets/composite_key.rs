#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| (selvedge_bytes::COMPOSITE_KEY.run)(data));
