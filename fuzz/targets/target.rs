//! Request targets: no path panics, and what passes leads to the place that the router sees, however it is spelt.
#![no_main]

use firekeeper::api::target::{Place, Target};
use http::Uri;
use libfuzzer_sys::fuzz_target;
use percent_encoding::percent_decode_str;

const OPEN: [&str; 3] = [
    "/plugins/restapi/v1/openapi.yaml",
    "/plugins/restapi/v1/system/liveness",
    "/plugins/restapi/v1/system/readiness",
];

fuzz_target!(|path: &str| {
    let Ok(target) = Target::parse(path) else {
        return;
    };
    if target.place() == Place::Server {
        return;
    }
    let seen = target.canonical().unwrap_or(path);
    assert!(seen.starts_with('/') && !seen.contains("//") && !seen.contains(';'), "{seen}");
    assert!(!seen.split('/').any(|name| matches!(name, "." | "..")), "{seen}");
    let again = Target::parse(seen).expect("what the router sees is itself a good path");
    assert_eq!(again.canonical(), None, "{seen}");
    if target.is_open() {
        let decoded = percent_decode_str(seen).decode_utf8_lossy();
        let below = |open: &str| decoded.strip_prefix(open).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        assert!(OPEN.into_iter().any(below), "{path} needs no credentials");
    }
    if let Ok(uri) = path.parse::<Uri>()
        && uri.path() == path
        && let Some(rewritten) = target.rewritten(&uri)
    {
        assert_eq!(rewritten.path(), seen);
    }
});
