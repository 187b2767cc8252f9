//! Who may write properties cannot make themselves more by it: while the configuration is in charge, no spelling and no
//! tree of properties changes who may call.

use super::support::service::{Service, Settings};
use super::visitor::{self, ADMIN, SECRET, Visitor, basic_mode, secret_mode};

/// The properties that decide who may call, with a value that would let somebody else in.
const DECIDING: [(&str, &str); 6] = [
    ("plugin.restapi.secret", "guess"),
    ("plugin.restapi.httpAuth", "custom"),
    ("plugin.restapi.allowedIPs", "203.0.113.9"),
    ("plugin.restapi.enabled", "false"),
    ("admin.authorizedJIDs", "jane@example.org"),
    ("xmpp.auth.anonymous", "true"),
];

fn read_only(settings: Settings) -> Settings {
    settings
        .with("openfire.writable_security_properties", "false")
        .with("openfire.allowed_ips", "127.0.0.1,192.0.2.1")
        .with("openfire.administrators", "admin@example.org")
}

/// What an administrator sees, but for the audit log, which may tell that nothing was deleted.
fn everything(service: &Service, authorization: &'static str) -> Vec<String> {
    let mut seen = visitor::everything(service, authorization);
    seen.retain(|part| !part.starts_with("/logs"));
    seen
}

/// A property as JSON.
fn json(key: &str, value: Option<&str>) -> String {
    match value {
        Some(value) => serde_json::json!({"key": key, "value": value}),
        None => serde_json::json!({ "key": key }),
    }
    .to_string()
}

/// A property as XML.
fn xml(key: &str, value: Option<&str>) -> String {
    let key = key.replace('\t', "&#9;").replace('\n', "&#10;");
    let value = value.map_or_else(String::new, |value| format!(" value=\"{value}\""));
    format!("<property key=\"{key}\"{value}/>")
}

/// Spellings that are stored under the key itself.
fn spellings(key: &str) -> Vec<String> {
    vec![
        key.to_owned(),
        format!("{key}."),
        format!(" {key}"),
        format!("{key} "),
        format!("\t{key}\n"),
        format!("  {key} ."),
    ]
}

#[test]
fn no_spelling_of_a_deciding_property_can_be_written_or_deleted() {
    for (settings, authorization) in [(secret_mode(), SECRET), (basic_mode(), ADMIN)] {
        let mut service = Service::demo(read_only(settings));
        let before = everything(&service, authorization);
        let mut caller = Visitor::with(&service, authorization);
        for (key, value) in DECIDING {
            for spelling in spellings(key) {
                let is_exact = spelling == key;
                for value in [Some(value), Some(""), Some(" "), None] {
                    let what = format!("{spelling:?} = {value:?}");
                    // A key is trimmed when it is written; what is deleted is named exactly, so here nothing.
                    let expected = if is_exact || value.is_some() { 403 } else { 201 };
                    let answer = caller.send_json("POST /system/properties", &json(&spelling, value));
                    assert_eq!(answer.status, expected, "{what}: {}", answer.text());
                    let answer = caller.send_xml("POST /system/properties", xml(&spelling, value));
                    assert_eq!(answer.status, expected, "{what}: {}", answer.text());
                    let path = spelling.replace(' ', "%20");
                    if path.contains(['\t', '\n']) {
                        continue;
                    }
                    let put = format!("PUT /system/properties/{path}");
                    let answer = caller.send_json(&put, &json(&spelling, value));
                    assert_eq!(
                        answer.status,
                        if is_exact { 403 } else { 404 },
                        "{what}: {}",
                        answer.text()
                    );
                    let answer = caller.send(&format!("DELETE /system/properties/{path}"));
                    assert_eq!(
                        answer.status,
                        if is_exact { 403 } else { 404 },
                        "{what}: {}",
                        answer.text()
                    );
                }
            }
        }
        assert_eq!(everything(&service, authorization), before);
        service.restart();
        assert_eq!(everything(&service, authorization), before);
    }
}

#[test]
fn no_tree_that_holds_a_deciding_property_can_be_deleted() {
    let mut service = Service::demo(read_only(secret_mode()));
    let mut caller = Visitor::with(&service, SECRET);
    let roots = [
        "plugin",
        "plugin.restapi",
        "plugin.restapi.secret",
        "admin",
        "xmpp",
        "xmpp.auth",
        "adminConsole",
    ];
    // Some of these are free keys themselves, under which the deciding ones stand.
    for root in roots {
        let answer = caller.send_json("POST /system/properties", &json(root, Some("free")));
        assert!(matches!(answer.status, 201 | 403), "{root}: {}", answer.text());
    }
    let before = everything(&service, SECRET);
    for root in roots {
        for (spelling, expected) in [
            (root.to_owned(), 403),
            (format!("{root}."), 201),
            (format!(" {root} "), 201),
            (format!("{root}.."), 201),
        ] {
            for answer in [
                caller.send_json("POST /system/properties", &json(&spelling, None)),
                caller.send_xml("POST /system/properties", xml(&spelling, None)),
            ] {
                assert_eq!(answer.status, expected, "{spelling:?}: {}", answer.text());
            }
        }
        let answer = caller.send(&format!("DELETE /system/properties/{root}"));
        assert_eq!(answer.status, 403, "{root}: {}", answer.text());
        let answer = caller.send_json(&format!("PUT /system/properties/{root}"), &json(root, None));
        assert_eq!(answer.status, 403, "{root}: {}", answer.text());
        let answer = caller.send(&format!("DELETE /system/properties/{root}."));
        assert_eq!(answer.status, 404, "{root}: {}", answer.text());
    }
    // Patterns, and the root of everything, delete nothing.
    for key in [
        "",
        " ",
        ".",
        "%",
        "_",
        "*",
        "plugin%",
        "plugin.restapi.%",
        "%.secret",
        "plugin_restapi_secret",
        "?",
    ] {
        let answer = caller.send_json("POST /system/properties", &json(key, None));
        assert_eq!(answer.status, 201, "{key:?}: {}", answer.text());
    }
    let visible = |seen: &[String]| {
        seen.iter()
            .filter(|part| !part.starts_with("/logs"))
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(visible(&everything(&service, SECRET)), visible(&before));
    service.restart();
    assert_eq!(visible(&everything(&service, SECRET)), visible(&before));
}

#[test]
fn a_key_in_other_letter_case_is_another_key_without_effect() {
    let mut service = Service::demo(read_only(secret_mode()));
    let mut caller = Visitor::with(&service, SECRET);
    for (key, value) in DECIDING {
        let others = [
            key.to_uppercase(),
            key.to_lowercase(),
            key.replace("plugin", "Plugin")
                .replace("xmpp", "Xmpp")
                .replace("admin", "Admin"),
            key.replace('.', ".."),
            format!(".{key}"),
            format!("{key}.."),
            format!("{key}.x"),
            format!("{key}\u{a0}"),
            format!("{key}\0"),
            key.replace('i', "\u{131}"),
            key.replace('a', "\u{ff41}"),
        ];
        for other in others.into_iter().filter(|other| other != key) {
            let answer = caller.send_json("POST /system/properties", &json(&other, Some(value)));
            assert!(matches!(answer.status, 201 | 403), "{other:?}: {}", answer.text());
        }
    }
    let assert_as_configured = |service: &Service| {
        let mut caller = Visitor::with(service, SECRET);
        assert_eq!(caller.send("GET /users").status, 200);
        for authorization in ["guess", ADMIN, "Basic amFuZTpzZWNyZXQ="] {
            assert_eq!(Visitor::with(service, authorization).send("GET /users").status, 401);
        }
        for (key, value) in DECIDING {
            let shown = caller.send(&format!("GET /system/properties/{key}")).text();
            assert!(!shown.contains(&format!("value=\"{value}\"")), "{shown}");
        }
    };
    assert_as_configured(&service);
    service.restart();
    assert_as_configured(&service);
}

#[test]
fn what_was_written_while_it_was_allowed_counts_no_more_when_it_is_not() {
    let mut service = Service::demo(secret_mode().with("openfire.administrators", "admin@example.org"));
    let mut caller = Visitor::with(&service, SECRET);
    for (key, value) in [
        ("admin.authorizedJIDs", "jane@example.org"),
        ("plugin.restapi.secret", "guess"),
    ] {
        let answer = caller.send_json("POST /system/properties", &json(key, Some(value)));
        assert_eq!(answer.status, 201, "{key}: {}", answer.text());
    }
    assert_eq!(Visitor::with(&service, "guess").send("GET /users").status, 200);
    service.restart_with(read_only(secret_mode()));
    assert_eq!(Visitor::with(&service, "guess").send("GET /users").status, 401);
    let shown = Visitor::with(&service, SECRET).send("GET /system/properties/admin.authorizedJIDs");
    assert_eq!(
        (shown.status, shown.text().contains("jane")),
        (200, false),
        "{}",
        shown.text()
    );
}

#[test]
fn the_secret_cannot_be_guessed_by_writing_it() {
    let service = Service::demo(read_only(secret_mode()));
    let mut caller = Visitor::with(&service, SECRET);
    let mut answers = [SECRET, "guess"].map(|value| {
        let answer = caller.send_json("POST /system/properties", &json("plugin.restapi.secret", Some(value)));
        (answer.status, answer.text())
    });
    answers.sort();
    assert_eq!(answers[0], answers[1]);
}

#[test]
fn a_deciding_property_that_is_not_set_cannot_be_deleted_either() {
    // Stored while that was allowed, ignored while it is not, and there again when it is.
    let mut service = Service::demo(secret_mode());
    let list = json("plugin.restapi.allowedIPs", Some("127.0.0.1"));
    let stored = Visitor::with(&service, SECRET).send_json("POST /system/properties", &list);
    assert_eq!(stored.status, 201, "{}", stored.text());
    service.restart_with(secret_mode().with("openfire.writable_security_properties", "false"));
    let mut caller = Visitor::with(&service, SECRET);
    for key in [
        "plugin.restapi.allowedIPs",
        "plugin.restapi",
        "plugin",
        "admin.authorizedJIDs",
        "admin",
    ] {
        let answer = caller.send_json("POST /system/properties", &json(key, None));
        assert_eq!(answer.status, 403, "{key}: {}", answer.text());
    }
    service.restart_with(secret_mode());
    let shown = Visitor::with(&service, SECRET).send("GET /system/properties/plugin.restapi.allowedIPs");
    assert!(shown.text().contains("127.0.0.1"), "{}", shown.text());
}
