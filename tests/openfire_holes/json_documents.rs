//! JSON that never ends, or is wide or odd: it is refused or read, and nobody falls over it.

use super::documents::{LITTLE, READERS, Reader};
use super::support::service::Service;
use super::visitor::{SECRET, Visitor, everything, secret_mode};

/// Bodies in JSON that succeed, whatever stands at `DEEP`: a key of each that is passed over where it means nothing.
const PASSED_OVER: [(&str, u16, &str); 4] = [
    ("PUT /users/jane", 200, r#"{"name":"J","groups":DEEP}"#),
    (
        "POST /users",
        201,
        r#"{"username":"deep","password":"x","groups":DEEP}"#,
    ),
    (
        "POST /users/jane/roster",
        201,
        r#"{"jid":"pal@example.net","name":DEEP}"#,
    ),
    (
        "POST /chatrooms",
        201,
        r#"{"roomName":"den","naturalName":"den","description":"d","servicename":DEEP}"#,
    ),
];

fn lists(levels: usize) -> String {
    "[".repeat(levels) + &"]".repeat(levels)
}

fn objects(levels: usize) -> String {
    "{\"a\":".repeat(levels) + "1" + &"}".repeat(levels)
}

#[test]
fn json_is_refused_for_its_depth_alone() {
    const LEVELS: usize = 100_000;
    let service = Service::demo(secret_mode());
    let before = everything(&service, SECRET);
    let mut caller = Visitor::with(&service, SECRET);
    for (request, _, body) in PASSED_OVER {
        for deep in [lists(LEVELS), objects(LEVELS), lists(64), objects(64)] {
            let answer = caller.send_json(request, &body.replace("DEEP", &deep));
            assert_eq!(answer.status, 400, "{request}: {}", answer.text());
        }
    }
    assert_eq!(everything(&service, SECRET), before);
    for (request, status, body) in PASSED_OVER {
        let shallow = if request.starts_with("PUT") {
            lists(60)
        } else {
            objects(60)
        };
        let answer = caller.send_json(request, &body.replace("DEEP", &shallow));
        assert_eq!(answer.status, status, "{request}: {}", answer.text());
    }
}

/// Here the depth is not the only fault: that nobody falls over it is what is shown.
#[test]
fn json_with_a_hundred_thousand_levels_stops_no_reader() {
    const LEVELS: usize = 100_000;
    let service = Service::demo(secret_mode());
    let before = everything(&service, SECRET);
    let mut caller = Visitor::with(&service, SECRET);
    for Reader { request, root, .. } in READERS.iter().filter(|reader| !reader.request.ends_with("vcard")) {
        for deep in [&lists(LEVELS), &objects(LEVELS)] {
            for body in [
                deep.clone(),
                deep[..LEVELS].to_owned(),
                format!("{{\"nonsense\":{deep}}}"),
                format!("{{\"{root}\":{deep}}}"),
                format!("{{\"name\":{deep}}}"),
                format!("{{\"key\":\"x\",\"value\":{deep}}}"),
                format!("{{\"groupnames\":{deep}}}"),
                format!("{{\"members\":{deep},\"name\":\"x\",\"roomName\":\"x\"}}"),
            ] {
                let answer = caller.send_json(request, &body);
                let shown: String = body.chars().take(60).collect();
                assert_eq!(answer.status, 400, "{request} {shown}: {}", answer.text());
            }
        }
    }
    assert_eq!(everything(&service, SECRET), before);
}

#[test]
fn json_that_is_wide_or_odd_is_read_or_refused() {
    const MANY: usize = 150_000;
    let service = Service::demo(secret_mode());
    let mut caller = Visitor::with(&service, SECRET);
    let many = |item: &dyn Fn(usize) -> String| (0..MANY).map(item).collect::<Vec<_>>().join(",");
    for request in [READERS[0].request, READERS[6].request] {
        for body in [
            format!("{{{}}}", many(&|n| format!("\"a{n}\":1"))),
            format!("{{{}}}", many(&|_| "\"name\":1".to_owned())),
            format!("[{}]", many(&|_| "1".to_owned())),
            format!("{{\"groupnames\":[{}]}}", many(&|_| "{}".to_owned())),
            format!("{{\"maxUsers\":{}}}", "9".repeat(1 << 20)),
            "{\"maxUsers\":1e999999999}".to_owned(),
            "{\"subscriptionType\":1e-999999999,\"jid\":\"x@example.net\"}".to_owned(),
            format!("{{\"subscriptionType\":0.{}1}}", "0".repeat(1 << 20)),
            format!("{{\"creationDate\":{}}}", "9".repeat(1 << 20)),
            "{\"creationDate\":-9223372036854775809}".to_owned(),
            format!("{{\"name\":\"{}\"}}", "\\ud800".repeat(1 << 17)),
            format!("{{\"name\":\"{}\"}}", "\\\\".repeat(1 << 19)),
            "\"".repeat(1 << 20),
            "{".repeat(1 << 20),
            " ".repeat(1 << 20),
        ] {
            let answer = caller.send_json(request, &body);
            let shown: String = body.chars().take(60).collect();
            assert!(
                (200..500).contains(&answer.status),
                "{request} {shown}: {}",
                answer.status
            );
        }
    }
    if let Some(most) = service.most_memory() {
        assert!(most < LITTLE, "{most}");
    }
}
