//! What is kept of an account that is read again and again shows every change, in every format.

mod support;

use serde_json::json;
use support::service::{Service, Settings};
use support::wire::Request;

const USERS: &str = "/plugins/restapi/v1/users";

const FORMATS: [&str; 4] = [
    "application/xml",
    "application/xml;charset=ISO-8859-1",
    "application/json",
    "application/json;profile=legacy",
];

fn request(method: &str, path: &str) -> Request {
    Request::new(method, path).header("Authorization", "potato")
}

fn change(service: &Service, user: &str, to: &serde_json::Value) {
    let request = request("PUT", &format!("{USERS}/{user}")).body("application/json", to.to_string());
    let answer = service.send(&request).expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// What the account looks like in every format; all of them are read more than once.
fn look(service: &Service, user: &str) -> [String; 4] {
    let read = || {
        FORMATS.map(|accept| {
            let request = request("GET", &format!("{USERS}/{user}")).header("Accept", accept);
            let answer = service.send(&request).expect("an answer");
            assert_eq!(answer.status, 200, "{accept}: {}", answer.text());
            answer.text()
        })
    };
    let first = read();
    assert_eq!(read(), first);
    assert_eq!(read(), first);
    first
}

#[test]
fn each_change_shows_in_each_format() {
    let service = Service::demo(Settings::demo());
    let changes = [
        (json!({"name": "Jörg"}), ["Jörg", "J&#246;rg", "Jörg", "Jörg"]),
        (json!({"name": "Jane D."}), ["Jane D."; 4]),
        (json!({"email": "d@example.org"}), ["d@example.org"; 4]),
        (json!({"properties": [{"key": "desk", "value": "4"}]}), ["desk"; 4]),
    ];
    look(&service, "jane");
    for (to, expected) in changes {
        change(&service, "jane", &to);
        for (shown, expected) in look(&service, "jane").iter().zip(expected) {
            assert!(shown.contains(expected), "{to}: {shown}");
        }
    }
}

#[test]
fn an_account_too_long_to_be_kept_is_shown_whole() {
    let service = Service::demo(Settings::demo());
    for letter in ["a", "b"] {
        let long = letter.repeat(3000);
        change(
            &service,
            "jane",
            &json!({"properties": [{"key": "note", "value": long}]}),
        );
        for shown in look(&service, "jane") {
            assert!(shown.contains(&long), "{shown}");
        }
    }
}

#[test]
fn a_renamed_account_shows_under_its_new_name_alone() {
    let service = Service::demo(Settings::demo());
    look(&service, "jane");
    change(&service, "jane", &json!({"username": "janet"}));
    for shown in look(&service, "janet") {
        assert!(shown.contains("janet"), "{shown}");
    }
    let former = service
        .send(&request("GET", &format!("{USERS}/jane")))
        .expect("an answer");
    assert_eq!(former.status, 404);
}
