//! Listeners that serve one group of routes (`http.listeners`): each answers its own, and nothing else is there, whoever asks.

use super::support::measured::ports_of_listeners;
use super::support::service::Service;
use super::support::wire::{self, Request};
use super::visitor::{SECRET, secret_mode};

/// A group, and what its listener answers: request and status.
type Group = (&'static str, &'static [(&'static str, u16)]);

const GROUPS: [Group; 5] = [
    (
        "admin",
        &[
            ("GET /plugins/restapi/v1/users", 200),
            ("HEAD /plugins/restapi/v1/users/jane", 200),
            ("POST /plugins/restapi/v1/lockouts/jane", 201),
            ("DELETE /plugins/restapi/v1/lockouts/jane", 200),
            ("GET /plugins/userService/users", 200),
            ("GET /plugins/restapi/v1/openapi.yaml", 200),
            ("GET /plugins/restapi/docs/index.html", 200),
            ("GET /plugins/restapi/v1/userservice?type=grouplist&secret=potato", 200),
            ("GET /plugins/restapi/userservice?type=grouplist&secret=potato", 200),
            ("GET /plugins/userService/userservice?type=grouplist&secret=potato", 200),
            (
                "POST /plugins/userservice/userservice?type=grouplist&secret=potato",
                200,
            ),
        ],
    ),
    (
        "probes",
        &[
            ("GET /plugins/restapi/v1/system/liveness", 200),
            ("GET /plugins/restapi/v1/system/liveness/deadlock", 200),
            ("GET /plugins/restapi/v1/system/readiness/cluster", 200),
            ("HEAD /plugins/restapi/v1/system/readiness/plugins", 200),
        ],
    ),
    (
        "metrics",
        &[("GET /metrics", 200), ("HEAD /metrics", 200), ("POST /metrics", 405)],
    ),
    (
        "xmpp",
        &[
            ("GET /.well-known/host-meta", 200),
            ("GET /.well-known/host-meta.json", 200),
            ("OPTIONS /http-bind", 204),
            ("POST /ws", 405),
        ],
    ),
    ("upload", &[("OPTIONS /upload/x/y", 204)]),
];

fn status(port: u16, request: &str) -> u16 {
    let (method, target) = request.split_once(' ').expect("a method and a target");
    let request = Request::new(method, target).header("Authorization", SECRET);
    wire::exchange(port, &request).expect("an answer").status
}

#[test]
fn a_listener_answers_the_routes_of_its_group_and_no_others() {
    let listeners = GROUPS.map(|(name, _)| format!(r#"{{ listen = "127.0.0.1:0", routes = ["{name}"] }}"#));
    let setting = format!("[{}]", listeners.join(", "));
    let service = Service::demo(secret_mode().with("http.listeners", setting));
    let ports = ports_of_listeners(&service, GROUPS.len());
    for ((listener, _), port) in GROUPS.into_iter().zip(ports) {
        for (group, requests) in GROUPS {
            for (request, own) in requests {
                let wanted = if listener == group { *own } else { 404 };
                assert_eq!(status(port, request), wanted, "{request} at a listener of {listener}");
            }
        }
        for request in [
            "GET /",
            "GET /upload/x/y",
            "GET /plugins/restapi/v1",
            "OPTIONS /nothing",
        ] {
            let answered = status(port, request);
            assert_eq!(answered, 404, "{request} at a listener of {listener}");
        }
    }
}

/// The groups that are named together are served together.
#[test]
fn a_listener_of_two_groups_answers_both() {
    let setting = r#"[{ listen = "127.0.0.1:0", routes = ["probes", "xmpp"] }]"#;
    let service = Service::demo(secret_mode().with("http.listeners", setting));
    let port = ports_of_listeners(&service, 1)[0];
    for (group, requests) in GROUPS {
        let is_served = matches!(group, "probes" | "xmpp");
        for (request, own) in requests {
            assert_eq!(status(port, request), if is_served { *own } else { 404 }, "{request}");
        }
    }
}
