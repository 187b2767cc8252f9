//! Changes through the URL that scripts call, whose secret and passwords stand in the query.

use super::log::entries_of;
use super::support::service::{Service, Settings};
use super::support::wire::Request;

const CHANGES: &[(&str, &[&str])] = &[
    (
        "type=add&username=mary&password=beetle&groups=g",
        &[
            "created account mary@example.org",
            "added mary@example.org to the groups g",
        ],
    ),
    (
        "type=update&username=mary&password=beetle2&name=M",
        &["changed account mary@example.org"],
    ),
    ("type=disable&username=mary", &["locked account mary@example.org"]),
    ("type=enable&username=mary", &["unlocked account mary@example.org"]),
    (
        "type=add_roster&username=mary&item_jid=kim@example.net",
        &["added kim@example.net to the roster of mary@example.org"],
    ),
    (
        "type=update_roster&username=mary&item_jid=kim@example.net&name=K&subscription=3",
        &["changed kim@example.net in the roster of mary@example.org"],
    ),
    (
        "type=delete_roster&username=mary&item_jid=kim@example.net",
        &["removed kim@example.net from the roster of mary@example.org"],
    ),
    ("type=delete&username=mary", &["removed account mary@example.org"]),
];

fn ask(service: &Service, query: &str) -> String {
    let target = format!("/plugins/restapi/v1/userservice?{query}");
    service.send(&Request::get(&target)).expect("an answer").text()
}

#[test]
fn every_change_by_the_userservice_is_told_without_its_secrets() {
    let service = Service::demo(Settings::demo());
    for (query, expected) in CHANGES {
        let entries = entries_of(&service, || {
            let answer = ask(&service, &format!("{query}&secret=potato"));
            assert_eq!(answer, "<result>ok</result>\n", "{query}");
        });
        let summaries: Vec<_> = entries.iter().map(|entry| entry.summary.as_str()).collect();
        assert_eq!(summaries, *expected, "{query}");
        for entry in entries {
            assert_eq!(entry.details, "userservice: GET /userservice from 127.0.0.1", "{query}");
            assert_eq!(entry.username, "(shared secret)", "{query}");
        }
    }
}

#[test]
fn a_change_by_a_form_is_told_as_one() {
    let service = Service::demo(Settings::demo());
    let entries = entries_of(&service, || {
        let form = "type=disable&username=jane&secret=potato";
        let mut request = Request::new("POST", "/plugins/userService/userservice")
            .header("Content-Type", "application/x-www-form-urlencoded");
        request.body = Some(form.as_bytes().to_vec());
        let answer = service.send(&request).expect("an answer").text();
        assert_eq!(answer, "<result>ok</result>\n");
    });
    let told: Vec<_> = entries.iter().map(|entry| (&*entry.summary, &*entry.details)).collect();
    assert_eq!(
        told,
        [(
            "locked account jane@example.org",
            "userservice: POST /userservice from 127.0.0.1"
        )]
    );
}

#[test]
fn what_the_userservice_refuses_or_only_answers_is_not_told() {
    let service = Service::demo(Settings::demo());
    let entries = entries_of(&service, || {
        for query in [
            "type=add&username=mary&password=beetle&secret=wrong",
            "type=add&username=jane&password=beetle&secret=potato",
            "type=delete&username=nobody&secret=potato",
            "type=delete_roster&username=jane&item_jid=kim@example.net&secret=potato",
            "type=grouplist&secret=potato",
            "type=usergrouplist&username=jane&secret=potato",
        ] {
            ask(&service, query);
        }
    });
    assert_eq!(entries, []);
}
