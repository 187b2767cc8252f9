//! Spellings of targets as recorded, and the ways past an exemption that must not exist.

use super::*;
use proptest::prelude::*;

fn path(raw: &str) -> Option<String> {
    let target = Target::parse(raw).ok()?;
    Some(target.canonical().unwrap_or(raw).to_owned())
}

#[test]
fn the_router_sees_one_spelling() {
    for (raw, expected) in [
        ("/plugins/restapi/v1/users/jane", "/plugins/restapi/v1/users/jane"),
        ("/plugins/restapi/v1/users/jane/", "/plugins/restapi/v1/users/jane"),
        ("/plugins/restapi/v1/users/jane;x=y", "/plugins/restapi/v1/users/jane"),
        ("/plugins/restapi/v1/users/jane;", "/plugins/restapi/v1/users/jane"),
        (
            "/plugins/restapi/v1/users/jane;a=b;c=d",
            "/plugins/restapi/v1/users/jane",
        ),
        ("/plugins/restapi/v1/users;x=y/jane", "/plugins/restapi/v1/users/jane"),
        ("/plugins/restapi/v1/users;/jane;/", "/plugins/restapi/v1/users/jane"),
        (
            "/plugins/restapi/v1/users;restapi/v1/userservice",
            "/plugins/restapi/v1/users/v1/userservice",
        ),
        ("/plugins/restapi/v1/users/;x", "/plugins/restapi/v1/users"),
        ("//plugins/restapi/v1/users", "/plugins/restapi/v1/users"),
        ("/plugins/userService/users;x/jane/", "/plugins/restapi/v1/users/jane"),
        ("/plugins/userService/userservice/", "/plugins/userService/userservice"),
        ("///plugins/restapi/v1/users/", "/plugins/restapi/v1/users"),
        (
            "/plugins/restapi/v1/users/jane%3Bx",
            "/plugins/restapi/v1/users/jane%3Bx",
        ),
        (
            "/plugins/restapi/v1/users/a%2Fb%5c%25",
            "/plugins/restapi/v1/users/a%2Fb%5c%25",
        ),
        ("/plugins/restapi/v1/users/t..x", "/plugins/restapi/v1/users/t..x"),
        ("/plugins/restapi/v1/users/...", "/plugins/restapi/v1/users/..."),
        ("/plugins/restapi/v1/users/.jane", "/plugins/restapi/v1/users/.jane"),
        (
            "/plugins/restapi/v1/users/..%2Fusers",
            "/plugins/restapi/v1/users/..%2Fusers",
        ),
        (
            "/plugins/restapi/v1/users/jane%3C%22%5E%7C%3F%23",
            "/plugins/restapi/v1/users/jane%3C%22%5E%7C%3F%23",
        ),
        (
            "/plugins/restapi/v1/users/(jane)~*!$,=+@",
            "/plugins/restapi/v1/users/(jane)~*!$,=+@",
        ),
        (
            "/plugins/restapi/v1/users/%E6%97%A5é",
            "/plugins/restapi/v1/users/%E6%97%A5é",
        ),
        ("/", "/"),
        ("/;x", "/"),
        ("*", "*"),
    ] {
        assert_eq!(path(raw).as_deref(), Some(expected), "{raw}");
    }
}

#[test]
fn malformed_paths_are_refused() {
    for end in [
        "//users",
        "users//jane",
        "users/jane//",
        "users/;/jane",
        "users/./jane",
        "users/../users",
        "./users",
        "users/.",
        "users/%2e%2e/users",
        "users/%2E/jane",
        "users/.%2e",
        "users/..;/users",
        "users/.;x=y/jane",
        "users/jane%",
        "users/jane%zz",
        "users/jane%2",
        "users/jane%+1",
        "users/jane%00",
        "users/jane%0A",
        "users/jane%1f",
        "users/jane%7F",
        "users/jane%FF",
        "users/%C3",
        "users/%C3/%A9",
        "users/%C0%AF",
        "users/%ED%A0%80",
        "users/jane%80",
        "users/jane%u0041",
        "users/jane<x>",
        "users/jane\"",
        "users/jane{x}",
        "users/jane|x",
        "users/jane^x",
        "users/[jane]",
        "users/a\\b",
        "users/a`b",
        "users/a b",
        "users/jane;x=%zz",
        "users/jane;x=<",
        "users/jane;x=%00",
    ] {
        assert_eq!(path(&format!("/plugins/restapi/v1/{end}")), None, "{end}");
    }
    for raw in [
        "",
        "plugins",
        "/plugins//restapi/v1/users",
        "//users",
        "//",
        "/a//plugins/restapi/v1/users",
        "/..",
        "/%2e",
    ] {
        assert_eq!(path(raw), None, "{raw}");
    }
}

#[test]
fn only_paths_below_the_version_are_the_api() {
    for (raw, expected) in [
        ("/plugins/restapi/v1/users", Place::Api),
        ("/plugins/restapi/v1/", Place::Api),
        ("/plugins;x/restapi/v1;y/users", Place::Api),
        ("//plugins/restapi/v1/users", Place::Api),
        ("/plugins/restapi/v1", Place::Outside),
        ("/plugins/restapi/docs/index.html", Place::Documentation),
        ("/plugins/restapi/docs/a/b", Place::Documentation),
        ("/plugins/restapi/docs/", Place::Outside),
        ("/plugins/restapi/docs", Place::Outside),
        ("/plugins/restapi/v10/users", Place::Outside),
        ("/plugins/restapi/v2/users", Place::Outside),
        ("/plugins/restapi/V1/users", Place::ApiInOtherCase),
        ("/plugins/restapi/V1", Place::Outside),
        ("/plugins/RESTAPI/v1/users", Place::Outside),
        ("/Plugins/restapi/v1/users", Place::Outside),
        ("/plugins/restapi/", Place::Outside),
        ("/plugins/restapi/%761/users", Place::Outside),
        ("/", Place::Outside),
        ("*", Place::Server),
    ] {
        assert_eq!(Target::parse(raw).unwrap().place(), expected, "{raw}");
    }
}

#[test]
fn only_probes_and_the_document_are_open() {
    let is_open = |end: &str| Target::parse(&format!("/plugins/restapi/v1/{end}")).unwrap().is_open();
    for end in [
        "openapi.yaml",
        "%6Fpenapi.yaml",
        "system/liveness",
        "system/liveness/",
        "system/readiness/",
        "system/liveness/none",
        "system/readiness/connections",
        "system/%6Civeness",
        "system/liveness/%64eadlock",
        "system/liveness/deadlock;x",
    ] {
        assert!(is_open(end), "{end}");
    }
    for end in [
        "openapi.yaml/",
        "openapi.yaml;x=y",
        "openapi.yaml;",
        "Openapi.yaml",
        "openapi.json",
        "openapi",
        "system",
        "system/",
        "system/livenessx",
        "system/Liveness",
        "system/liveness;x=y",
        "system;x=y/liveness",
        "users/system/liveness",
        "system/liveness%2Fdeadlock",
        "system/liveness%2F..%2F..%2Fusers",
        "system%2Fliveness",
        "users;/system/liveness",
        "system/properties;system/liveness",
        "users/x%2Fsystem%2Fliveness",
        "users/openapi.yaml",
        "userservice",
    ] {
        assert!(!is_open(end), "{end}");
    }
    for raw in [
        "/plugins/restapi/v2/system/liveness",
        "/plugins;x/restapi/v1/system/liveness",
        "/system/liveness",
    ] {
        assert!(!Target::parse(raw).unwrap().is_open(), "{raw}");
    }
}

#[test]
fn only_the_exact_legacy_paths_are_the_userservice() {
    let is_userservice = |path: &str| Target::parse(&format!("/plugins/{path}")).unwrap().place() == Place::Userservice;
    for path in [
        "restapi/v1/userservice",
        "restapi/v1/userservice/",
        "restapi/v1/userservice;x=y",
        "restapi/userservice",
        "userService/userservice",
        "userservice/userservice",
    ] {
        assert!(is_userservice(path), "{path}");
    }
    for path in [
        "restapi/v1/userservicex",
        "restapi/v1/userService",
        "restapi/v1/userservice/x",
        "restapi/v1/users/userservice",
        "restapi/v1/users;restapi/v1/userservice",
        "restapi/v1/x%2Fuserservice",
        "restapi/v1/user%73ervice",
        "restapi/V1/userservice",
        "userService/userService",
        "userservice/users",
        "userservice",
    ] {
        assert!(!is_userservice(path), "{path}");
    }
}

fn head(method: &str, uri: &str, headers: &[(&str, &str)]) -> Request<()> {
    let builder = Request::builder().method(method).uri(uri);
    headers
        .iter()
        .fold(builder, |builder, (name, value)| builder.header(*name, *value))
        .body(())
        .unwrap()
}

#[test]
fn the_head_is_checked_as_the_web_server_does() {
    let host = ("host", "example.org");
    let refusal =
        |method: &str, uri: &str, headers: &[(&str, &str)]| check(&head(method, uri, headers), 8 * 1024).err();
    assert_eq!(refusal("GET", "/a", &[host]), None);
    assert_eq!(refusal("OPTIONS", "*", &[host]), None);
    assert_eq!(refusal("GET", "*", &[host]), Some(Refusal::Malformed));
    assert_eq!(refusal("GET", "/a", &[]), Some(Refusal::Malformed));
    assert_eq!(refusal("GET", "/a", &[host, host]), Some(Refusal::Malformed));
    assert_eq!(refusal("TRACE", "/a//", &[host]), Some(Refusal::Trace));
    let long = format!("/{}", "a".repeat(8_186));
    assert_eq!(
        refusal("GET", &format!("{long}a"), &[host]),
        Some(Refusal::HeadTooLarge)
    );
    assert_eq!(
        refusal("GET", &format!("{long}aaa"), &[host]),
        Some(Refusal::TargetTooLong)
    );
    assert_eq!(
        refusal("GET", &format!("/?{long}"), &[host]),
        Some(Refusal::TargetTooLong)
    );
    assert_eq!(refusal("GET", "/", &[host, ("x", &"a".repeat(8_000))]), None);
    assert_eq!(
        refusal("GET", "/", &[host, ("x", &"a".repeat(8_192))]),
        Some(Refusal::HeadTooLarge)
    );
}

#[test]
fn a_rewritten_target_keeps_its_query() {
    let uri: Uri = "/plugins/restapi/v1/users/;x?search=a%20b".parse().unwrap();
    let rewritten = Target::parse(uri.path()).unwrap().rewritten(&uri).unwrap();
    assert_eq!(rewritten, "/plugins/restapi/v1/users?search=a%20b");
    let uri: Uri = "/plugins/restapi/v1/users?search".parse().unwrap();
    assert_eq!(Target::parse(uri.path()).unwrap().rewritten(&uri), None);
}

proptest! {
    #[test]
    fn what_one_look_takes_for_plain_passes_every_check(raw in "/?([a./@;%]|\\PC){0,8}") {
        let is_refused = check_characters(&raw).or(check_segments(&raw)).is_err();
        prop_assert!(!(is_plain(&raw) && is_refused));
    }

    #[test]
    fn no_path_is_too_odd(raw in "\\PC*") {
        let _ = Target::parse(&raw).map(|target| (target.place(), target.is_open()));
    }

    #[test]
    fn what_is_accepted_is_canonical(raw in "(/|//)(plugins|[a.%25eE2;=/]{0,4})(/[a.%25eE2fF;=/]{0,6}){0,4}") {
        let Some(path) = path(&raw) else { return Ok(()) };
        prop_assert!(path.starts_with('/') && !path.contains("//") && !path.contains(';'));
        prop_assert!(path == "/" || !path.ends_with('/'));
        for segment in path.split('/') {
            let decoded = percent_decode_str(segment).decode_utf8().unwrap();
            prop_assert!(decoded != "." && decoded != "..");
        }
        let again = Target::parse(&path).unwrap();
        prop_assert_eq!(again.canonical(), None);
    }
}
