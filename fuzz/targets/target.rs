//! Request targets: no path panics, and what passes leads to the place that the router sees, however it is spelt.
#![no_main]

use firekeeper::api::target::Target;
use http::Uri;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|path: &str| {
    let Ok(target) = Target::parse(path) else {
        return;
    };
    if target.is_server() {
        return;
    }
    let seen = target.path();
    assert!(seen.starts_with('/') && !seen.contains("//") && !seen.contains(';'), "{seen}");
    assert!(!seen.split('/').any(|name| matches!(name, "." | "..")), "{seen}");
    let again = Target::parse(seen).expect("what the router sees is itself a good path");
    assert_eq!(again.path(), seen);
    assert_eq!(again.is_userservice(), target.is_userservice());
    if let Ok(uri) = path.parse::<Uri>()
        && let Some(rewritten) = target.rewritten(&uri)
    {
        assert_eq!(rewritten.path(), seen);
    }
});
