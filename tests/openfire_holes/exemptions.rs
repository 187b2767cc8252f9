//! Three kinds of path need no credentials. No other path passes for one of them: not by going up from it, not by
//! containing it, not by another spelling of it.

use super::support::service::Service;
use super::support::wire::Request;
use super::visitor::{ADMIN, API, SECRET, Visitor, basic_mode, everything, is_of_the_api, secret_mode};

/// What goes up, or hopes to.
const CLIMBS: [&str; 22] = [
    "..",
    "../..",
    "%2e%2e",
    "%2E%2e/.%2e",
    "%2e.",
    "..;",
    "..;x=y",
    "%2e%2e;",
    "..%3b",
    "..%2f..",
    "%2e%2e%2f%2e%2e",
    "..%5c..",
    "..\\..",
    "%252e%252e",
    "%252e%252e%252f",
    "%c0%ae%c0%ae",
    "%c0%af..",
    "%uff0e%uff0e",
    "\u{ff0e}\u{ff0e}",
    ".../...",
    "./.",
    "",
];

#[test]
fn nothing_climbs_out_of_an_open_path() {
    let service = Service::demo(secret_mode());
    let before = everything(&service, SECRET);
    let mut stranger = Visitor::stranger(&service);
    for open in [
        "/plugins/restapi/v1/system/liveness",
        "/plugins/restapi/v1/system/readiness/server",
        "/plugins/restapi/v1/openapi.yaml",
        "/plugins/restapi/v1/userservice",
        "/plugins/userService/userservice",
        "/plugins/restapi/docs",
        "/login.jsp",
        "",
    ] {
        for climb in CLIMBS {
            for goal in [
                "users",
                "users/jane",
                "v1/users",
                "plugins/restapi/v1/users/jane",
                "restapi/v1/groups",
            ] {
                for method in ["GET", "POST", "DELETE"] {
                    let target = format!("{open}/{climb}/{goal}");
                    let answer = stranger.ask(&Request::new(method, &target));
                    assert!(
                        matches!(answer.status, 400 | 401 | 404),
                        "{method} {target}: {}",
                        answer.status
                    );
                    let text = answer.text();
                    assert!(!text.contains("jane.doe"), "{method} {target}: {text}");
                }
            }
        }
    }
    assert_eq!(everything(&service, SECRET), before);
}

#[test]
fn a_path_that_goes_up_or_has_an_empty_segment_is_refused_before_anybody_asks_who_calls() {
    let service = Service::demo(secret_mode());
    let mut stranger = Visitor::stranger(&service);
    for target in [
        "/plugins/restapi/v1/system/liveness/../../users",
        "/plugins/restapi/v1/system/liveness/%2e%2e/%2E%2E/users",
        "/plugins/restapi/v1/system/liveness/..;/..;/users",
        "/plugins/restapi/v1/system/liveness/%2e%2e;x=y/users",
        "/plugins/restapi/v1/./users",
        "/plugins/restapi/v1//users",
        "/plugins/restapi//v1/users",
        "/plugins//restapi/v1/users",
        "/plugins/restapi/v1/;/users",
        "/plugins/restapi/v1/;x=y/users",
        "/plugins/restapi/v1/system//liveness",
        "/plugins/userService/../restapi/v1/users",
        "/plugins/userService//users",
        "/plugins/userService/%2e/users",
    ] {
        for authorization in [None, Some(SECRET)] {
            let request = Request::get(target);
            let request = authorization.map_or(request.clone(), |value| request.header("Authorization", value));
            let answer = stranger.ask(&request);
            assert_eq!((answer.status, is_of_the_api(&answer)), (400, false), "{target}");
        }
    }
}

#[test]
fn an_encoded_separator_stays_inside_its_segment() {
    let service = Service::demo(secret_mode());
    for target in [
        "system%2fliveness",
        "system%2Fliveness/",
        "system/liveness%2f..%2f..%2fusers",
        "system/liveness%2fdeadlock",
        "system/liveness%3bx",
        "system/liveness%3fx",
        "system/liveness%23x",
        "system/%2e%2e%2fusers",
        "openapi.yaml%2f..%2fusers",
        "openapi.yaml%3f",
        "openapi%2eyaml/users",
        "users%3b/userservice",
        "users/%2e%2e%2fuserservice",
    ] {
        let target = format!("{API}/{target}");
        let answer = Visitor::stranger(&service).ask(&Request::get(&target));
        assert_eq!(answer.status, 401, "{target}");
        // With credentials it is no path, or the name of an account that nobody can have.
        let answer = Visitor::with(&service, SECRET).ask(&Request::get(&target));
        assert!(matches!(answer.status, 400 | 404), "{target}: {}", answer.status);
    }
}

#[test]
fn a_path_that_only_contains_an_open_one_is_closed() {
    for (settings, authorization) in [(secret_mode(), SECRET), (basic_mode(), ADMIN)] {
        let service = Service::demo(settings);
        let before = everything(&service, authorization);
        let mut stranger = Visitor::stranger(&service);
        for path in [
            "/users;restapi/v1/userservice",
            "/users?restapi/v1/userservice",
            "/users?x=/plugins/restapi/v1/userservice",
            "/users?/plugins/restapi/v1/system/liveness",
            "/users#/plugins/restapi/v1/userservice",
            "/users/restapi/v1/userservice",
            "/users/jane;/restapi/v1/userservice",
            "/users/restapi%2fv1%2fuserservice",
            "/users/%72estapi%2fv1%2fuserservice",
            "/groups/restapi/v1/userservice",
            "/userservicex",
            "/userservice/x",
            "/userservice/users",
            "/userservice/../users",
            "/userservice%2f",
            "/userservic%65",
            "/userService",
            "/USERSERVICE",
            "/userservice.json",
            "/system/livenessx",
            "/system/livenes",
            "/system/Liveness",
            "/system/liveness;",
            "/system/liveness;x=y",
            "/system;x=y/liveness",
            "/system/liveness.html",
            "/system/readiness%20",
            "/system/readines%C5%BF",
            "/System/readiness",
            "/system",
            "/system/properties/liveness",
            "/users/system/liveness",
            "/openapi.yamlx",
            "/openapi.yaml/",
            "/openapi.yaml;",
            "/openapi.yaml/users",
            "/OpenAPI.yaml",
            "/openapi.json",
            "/openapi.yml",
            "/x/openapi.yaml",
        ] {
            for method in ["GET", "POST", "PUT", "DELETE"] {
                let answer = stranger.send(&format!("{method} {path}"));
                let is_climb = path.contains("/../");
                let expected = if is_climb { 400 } else { 401 };
                assert_eq!(answer.status, expected, "{method} {path}");
            }
        }
        assert_eq!(everything(&service, authorization), before);
    }
}

#[test]
fn below_a_probe_there_is_nothing() {
    let service = Service::demo(secret_mode());
    let mut stranger = Visitor::stranger(&service);
    for path in [
        "/system/liveness/x",
        "/system/liveness/users",
        "/system/liveness/plugins/restapi/v1/users",
        "/system/readiness/..x/users",
        "/system/%6Civeness",
        "/system/liveness/%64eadlock/x",
        "/system/liveness/properties/plugin.restapi.secret",
    ] {
        for method in ["GET", "POST", "PUT", "DELETE"] {
            let answer = stranger.send(&format!("{method} {path}"));
            assert_eq!(answer.status, 404, "{method} {path}");
        }
    }
}

#[test]
fn headers_do_not_change_the_path_or_the_method() {
    let service = Service::demo(secret_mode());
    let before = everything(&service, SECRET);
    let mut stranger = Visitor::stranger(&service);
    for name in [
        "X-Original-URL",
        "X-Rewrite-URL",
        "X-Forwarded-Prefix",
        "X-Forwarded-Path",
        "X-Accel-Redirect",
    ] {
        for (sent, claimed) in [
            ("/users/jane", "/plugins/restapi/v1/system/liveness"),
            ("/system/liveness", "/plugins/restapi/v1/users/jane"),
        ] {
            let answer = stranger.ask(&Request::get(&format!("{API}{sent}")).header(name, claimed));
            let expected = if sent == "/users/jane" { 401 } else { 200 };
            assert_eq!(
                (answer.status, answer.body.contains(&b'@')),
                (expected, false),
                "{name}: {claimed}"
            );
        }
    }
    for name in ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"] {
        let target = format!("{API}/users/jane?_method=DELETE");
        // without credentials OPTIONS is answered, with them GET reads
        let answer = stranger.ask(&Request::new("OPTIONS", &target).header(name, "DELETE"));
        assert_eq!(answer.status, 200, "{name}");
        let answer = Visitor::with(&service, SECRET).ask(&Request::get(&target).header(name, "DELETE"));
        assert_eq!(answer.status, 200, "{name}");
    }
    assert_eq!(everything(&service, SECRET), before);
}
