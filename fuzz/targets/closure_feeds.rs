#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| outrider_fuzz::bodies::closure_feeds(bytes));
