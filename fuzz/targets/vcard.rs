//! vCards: no bytes panic, and what is stored is stored the same when a client sends it back.
#![no_main]

use firekeeper::api::openfire::wire::vcard::stored_form;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(stored) = stored_form(bytes) else {
        return;
    };
    assert_eq!(stored_form(stored.as_bytes()).as_deref().ok(), Some(stored.as_str()));
});
