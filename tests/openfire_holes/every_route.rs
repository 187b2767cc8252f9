//! No route answers without credentials, in any method and however its path is written.

use std::collections::BTreeSet;

use super::support::compat::Compat;
use super::support::service::Service;
use super::support::wire::{Answer, Request};
use super::visitor::{ADMIN, API, SECRET, Visitor, basic_mode, everything, is_of_the_api, secret_mode};

const METHODS: [&str; 9] = [
    "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "get", "PROPFIND", "BREW",
];

/// Every path of the API with values in it that exist; without the legacy endpoint.
fn all_paths() -> BTreeSet<String> {
    let paths = Compat::read().rest.routes.into_iter().map(|route| {
        [
            ("{username}", "jane"),
            ("{rosterJid}", "john@example.org"),
            ("{groupName}", "crew"),
            ("{groupname}", "crew"),
            ("{roomName}", "den"),
            ("{affiliation}", "members"),
            ("{jid}", "jane@example.org"),
            ("{propertyKey}", "plugin.restapi.enabled"),
            ("{nodeId}", "1"),
        ]
        .into_iter()
        .fold(route.path, |path, (name, value)| path.replace(name, value))
    });
    let paths: BTreeSet<String> = paths.collect();
    assert!(
        paths.len() > 40 && paths.iter().all(|path| !path.contains('{')),
        "{paths:?}"
    );
    paths
}

fn is_open(path: &str) -> bool {
    path.starts_with("/system/liveness") || path.starts_with("/system/readiness") || path == "/openapi.yaml"
}

fn closed_paths() -> Vec<String> {
    all_paths().into_iter().filter(|path| !is_open(path)).collect()
}

/// Ways to write a path that somebody may hope to be understood as that path, or as another one.
fn spellings(path: &str) -> Vec<String> {
    let whole = format!("{API}{path}");
    let matrix =
        |parameter: &str| whole.replace('/', &format!("{parameter}/"))[parameter.len()..].to_owned() + parameter;
    let older = format!("/plugins/userService{path}");
    vec![
        whole.clone(),
        format!("{whole}/"),
        format!("/{whole}"),
        format!("////{whole}/"),
        format!("{whole};"),
        format!("{whole};x=y"),
        format!("{whole};x=y/"),
        matrix(";x=y"),
        matrix(";liveness"),
        format!("{whole}?"),
        format!("{whole}?secret={SECRET}&Authorization={SECRET}"),
        format!("{whole}#system/liveness"),
        format!("http://example.org{whole}"),
        format!("http://{SECRET}@example.org{whole}"),
        format!("{API}{}", encoded(path, |at| at == 0)),
        format!("{API}{}", encoded(path, |_| true)),
        encoded(&whole, |at| at == 0),
        format!("/plugins/restapi/V1{path}"),
        format!("/Plugins/RestAPI/v1{path}"),
        older.clone(),
        format!("{older}/"),
        format!("/{older}"),
        format!("{older};x=y"),
        format!("/plugins;a/userService;b{path}"),
        encoded(&older, |at| at == 0),
        format!("/plugins/userservice{path}"),
        format!("/plugins/restapi{path}"),
    ]
}

/// The path with those letters percent-encoded whose place in their segment is chosen.
fn encoded(path: &str, is_chosen: impl Fn(usize) -> bool) -> String {
    let segment = |segment: &str| -> String {
        let letters = segment.bytes().enumerate();
        letters
            .map(|(at, byte)| {
                if is_chosen(at) {
                    format!("%{byte:02x}")
                } else {
                    char::from(byte).to_string()
                }
            })
            .collect()
    };
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}

fn is_refused(answer: &Answer) -> bool {
    match answer.status {
        401 => true,
        // the web server around the API knows no such place
        404 => !is_of_the_api(answer),
        _ => false,
    }
}

fn assert_that_strangers_are_refused(service: &Service, authorization: &'static str) {
    let before = everything(service, authorization);
    let mut stranger = Visitor::stranger(service);
    let mut wrong = Vec::new();
    let mut refused = 0;
    for path in closed_paths() {
        for (method, spelling) in METHODS.iter().flat_map(|method| {
            let spellings = spellings(&path);
            spellings.into_iter().map(move |spelling| (method, spelling))
        }) {
            let answer = stranger.ask(&Request::new(method, &spelling));
            if is_refused(&answer) {
                refused += 1;
            } else {
                wrong.push(format!("{method} {spelling}: {}", answer.status));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(refused > 5_000, "{refused}");
    assert_eq!(everything(service, authorization), before);
}

#[test]
fn without_the_secret_no_route_answers_however_it_is_written() {
    assert_that_strangers_are_refused(&Service::demo(secret_mode()), SECRET);
}

#[test]
fn without_a_password_no_route_answers_however_it_is_written() {
    assert_that_strangers_are_refused(&Service::demo(basic_mode()), ADMIN);
}

#[test]
fn the_plain_path_of_every_route_is_401_and_not_merely_missing() {
    let service = Service::demo(secret_mode());
    let mut stranger = Visitor::stranger(&service);
    for path in closed_paths() {
        for target in [format!("{API}{path}"), format!("/plugins/userService{path}")] {
            let answer = stranger.ask(&Request::get(&target));
            assert_eq!((answer.status, is_of_the_api(&answer)), (401, true), "{target}");
            assert_eq!(answer.header("www-authenticate"), None, "{target}");
        }
    }
}

#[test]
fn options_tells_strangers_the_methods_and_nothing_else() {
    let service = Service::demo(secret_mode());
    let before = everything(&service, SECRET);
    let mut stranger = Visitor::stranger(&service);
    for path in closed_paths() {
        for target in [format!("{API}{path}"), format!("/plugins/userService{path}/")] {
            let answer = stranger.ask(&Request::new("OPTIONS", &target));
            assert!(matches!(answer.status, 200 | 404), "{target}: {}", answer.status);
            assert!(answer.body.is_empty(), "{target}: {}", answer.text());
            let answer = stranger.ask(&Request::new("TRACE", &target).header("Cookie", "a"));
            assert_eq!((answer.status, answer.text().as_str()), (403, ""), "{target}");
        }
    }
    assert_eq!(everything(&service, SECRET), before);
}

#[test]
fn what_is_open_to_strangers_is_the_probes_and_one_document() {
    let service = Service::demo(secret_mode());
    let mut stranger = Visitor::stranger(&service);
    for path in all_paths().into_iter().filter(|path| is_open(path)) {
        let answer = stranger.send(&format!("GET {path}"));
        let is_document = path == "/openapi.yaml";
        assert!(answer.status == 200 || is_document, "{path}: {}", answer.status);
        assert!(answer.body.is_empty() || is_document, "{path}: {}", answer.text());
        for method in ["POST", "PUT", "DELETE", "PATCH"] {
            let answer = stranger.send(&format!("{method} {path}"));
            assert!(matches!(answer.status, 404 | 405), "{method} {path}: {}", answer.status);
        }
        let older = stranger.send(&format!("GET /plugins/userService{path}"));
        assert_eq!(older.status, 401, "{path}");
    }
}

#[test]
fn the_legacy_endpoint_answers_strangers_with_one_word_on_all_its_paths() {
    let service = Service::demo(secret_mode());
    let before = everything(&service, SECRET);
    let mut stranger = Visitor::stranger(&service);
    for path in [
        "/plugins/restapi/v1/userservice",
        "/plugins/restapi/userservice",
        "/plugins/userService/userservice",
        "/plugins/userservice/userservice",
    ] {
        for query in [
            "",
            "?type=grouplist",
            "?type=grouplist&secret=",
            "?type=grouplist&secret",
            "?type=grouplist&Secret=potato",
            "?type=grouplist&secret=Potato",
            "?type=grouplist&secret=potato%00",
            "?type=grouplist&secret=wrong&secret=potato",
            "?type=delete&username=jane",
            "?type=add&username=new&password=pw&secret=secret",
        ] {
            for slash in ["", "/", ";secret=potato"] {
                for method in ["GET", "POST"] {
                    let target = format!("{path}{slash}{query}");
                    // The header of the other endpoints counts for nothing here.
                    let request = Request::new(method, &target).header("Authorization", SECRET);
                    let answer = stranger.ask(&request);
                    let expected = (200, "<error>RequestNotAuthorised</error>\n");
                    assert_eq!((answer.status, answer.text().as_str()), expected, "{method} {target}");
                }
            }
        }
        for method in ["PUT", "DELETE", "PATCH", "get"] {
            let target = format!("{path}?type=delete&username=jane&secret={SECRET}");
            assert_eq!(
                stranger.ask(&Request::new(method, &target)).status,
                405,
                "{method} {target}"
            );
        }
    }
    assert_eq!(everything(&service, SECRET), before);
}
