#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| outrider_fuzz::imports::osm_xml(bytes));
