//! The Basic header: no value panics, and what a client encodes is what is read.
#![no_main]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use firekeeper::api::openfire::auth::credentials;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    credentials(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let value = format!("Basic {}", STANDARD.encode(text));
    let read = credentials(value.as_bytes());
    let sent = text
        .split_once(':')
        .map(|(name, password)| (name.to_owned(), password.to_owned()));
    assert_eq!(read, sent);
});
