//! `Accept` and `Content-Type`: no header panics, and what was read means the same when it is written out.
#![no_main]

use firekeeper::api::accept::{Accept, ContentType};
use headers::Header;
use http::HeaderValue;
use libfuzzer_sys::fuzz_target;

const OFFERED: [&str; 2] = ["application/xml", "application/json"];

fuzz_target!(|bytes: &[u8]| {
    let Ok(value) = HeaderValue::from_bytes(bytes) else {
        return;
    };
    if let Ok(ContentType(media_type)) = ContentType::decode(&mut [&value].into_iter()) {
        media_type.to_header_value();
    }
    let Ok(accept) = Accept::decode(&mut [&value].into_iter()) else {
        return;
    };
    let chosen = accept.choose(&OFFERED).map(|chosen| chosen.index);
    if let (Some(index), Some(only)) = (chosen, accept.single()) {
        let (kind, subtype) = OFFERED[index].split_once('/').expect("a media type");
        assert!(only.is_wildcard() || only.is(kind, subtype));
    }
    let mut written = Vec::new();
    accept.encode(&mut written);
    if let Ok(again) = Accept::decode(&mut written.iter()) {
        assert_eq!(again.choose(&OFFERED).map(|chosen| chosen.index), chosen);
    }
});
