//! Which headers are no credentials, in both modes, and with a secret that is empty or gone.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::support::service::Service;
use super::support::wire::{Answer, Request};
use super::visitor::{ADMIN, API, SECRET, Visitor, basic_mode, secret_mode};

type Headers<'a> = &'a [(&'a str, &'a str)];

/// Several kinds of routes: reading, writing with and without a body, a missing one.
const ROUTES: [&str; 8] = [
    "GET /users",
    "HEAD /users/jane",
    "POST /users",
    "PUT /users/jane",
    "DELETE /users/jane",
    "POST /lockouts/jane",
    "GET /system/properties",
    "GET /nowhere",
];

fn ask(service: &Service, route: &str, headers: Headers<'_>) -> Answer {
    let (method, path) = route.split_once(' ').expect("a method and a path");
    let request = headers.iter().fold(
        Request::new(method, &format!("{API}{path}")),
        |request, (name, value)| request.header(name, value),
    );
    Visitor::stranger(service).ask(&request)
}

fn assert_refused(service: &Service, headers: Headers<'_>) {
    for route in ROUTES {
        let answer = ask(service, route, headers);
        assert_eq!(answer.status, 401, "{route} with {headers:?}");
    }
}

fn assert_let_in(service: &Service, authorization: &str) {
    let answer = ask(service, "GET /users", &[("Authorization", authorization)]);
    assert_eq!(answer.status, 200, "{authorization}");
}

#[test]
fn only_the_secret_itself_in_one_header_is_let_in() {
    let service = Service::demo(secret_mode());
    assert_let_in(&service, SECRET);
    for value in [
        "",
        " ",
        "Potato",
        "POTATO",
        "potat",
        "potatoo",
        "potato,",
        "potato,potato",
        "potato potato",
        "\"potato\"",
        "potato\u{a0}",
        "p\u{3bf}tato",
        "Bearer potato",
        "bearer potato",
        "Basic potato",
        "Basic cG90YXRv",
        "cG90YXRv",
        "Basic OnBvdGF0bw==",
        "Basic YWRtaW46cG90YXRv",
        ADMIN,
        "null",
        "undefined",
        "*",
        "%70otato",
    ] {
        assert_refused(&service, &[("Authorization", value)]);
    }
    for headers in [
        &[][..],
        &[("Authorization", SECRET), ("Authorization", SECRET)],
        &[("Authorization", ""), ("Authorization", SECRET)],
        &[("Authorization", SECRET), ("authorization", "")],
        &[("Proxy-Authorization", SECRET)],
        &[("X-Authorization", SECRET)],
        &[("X-API-Key", SECRET)],
        &[("Cookie", "Authorization=potato; secret=potato")],
        &[("X-Forwarded-User", "admin"), ("Remote-User", "admin")],
    ] {
        assert_refused(&service, headers);
    }
}

#[test]
fn only_name_and_password_of_an_administrator_are_let_in() {
    let service = Service::demo(basic_mode());
    assert_let_in(&service, ADMIN);
    for value in [
        "",
        SECRET,
        "Basic",
        "Basic ",
        "Basic Og==",
        "Basic YWRtaW4=",
        "Basic YWRtaW46",
        "Basic OmFkbWlu",
        "Basic YWRtaW46QWRtaW4=",
        "Basic YWRtaW46YWRtaW4A",
        "Basic YWRtaW4AOmFkbWlu",
        "Basic YWRtaW46cG90YXRv",
        "Basic amFuZTpzZWNyZXQ=",
        "Basic amFuZTphZG1pbg==",
        "Basic bm9ib2R5OmFkbWlu",
        "Basic YWRtaW5AZXhhbXBsZS5vcmc6YWRtaW4=",
        "Basic YWRtaW5AZXZpbC5leGFtcGxlOmFkbWlu",
        "Basic /////w==",
        "Bearer YWRtaW46YWRtaW4=",
        "Digest username=\"admin\", password=\"admin\"",
        "admin:admin",
        "Basic YWRtaW46YWRtaW4=, Basic YWRtaW46YWRtaW4=",
    ] {
        assert_refused(&service, &[("Authorization", value)]);
    }
    for headers in [
        &[][..],
        &[("Authorization", ADMIN), ("Authorization", ADMIN)],
        &[("Authorization", ""), ("Authorization", ADMIN)],
        &[("Proxy-Authorization", ADMIN)],
        &[("Cookie", "JSESSIONID=1; Authorization=Basic YWRtaW46YWRtaW4=")],
    ] {
        assert_refused(&service, headers);
    }
}

/// No form of nothing passes for a secret of nothing, neither in the header nor in the URL.
fn assert_closed_to_all(service: &Service) {
    for value in ["", " ", SECRET, "null", "Basic ", "Bearer ", ADMIN] {
        assert_refused(service, &[("Authorization", value)]);
    }
    assert_refused(service, &[]);
    for query in [
        "",
        "&secret=",
        "&secret",
        "&secret=%20",
        "&secret=null",
        "&secret=potato",
    ] {
        let answer = ask(service, &format!("GET /userservice?type=grouplist{query}"), &[]);
        assert_eq!(answer.text(), "<error>RequestNotAuthorised</error>\n", "{query}");
    }
}

#[test]
fn an_empty_secret_lets_nobody_in() {
    let service = Service::demo(secret_mode());
    let emptied = Visitor::with(&service, SECRET).send_json(
        "POST /system/properties",
        r#"{"key":"plugin.restapi.secret","value":""}"#,
    );
    assert_eq!(emptied.status, 201);
    assert_closed_to_all(&service);
}

#[test]
fn a_deleted_secret_lets_nobody_in_also_after_a_restart() {
    let mut service = Service::demo(secret_mode());
    let deleted = Visitor::with(&service, SECRET).send("DELETE /system/properties/plugin.restapi.secret");
    assert_eq!(deleted.status, 200);
    assert_closed_to_all(&service);
    service.restart();
    assert_closed_to_all(&service);
}

#[test]
fn a_secret_that_was_not_configured_is_a_random_one() {
    let service = Service::demo(secret_mode().with("openfire.secret", ""));
    assert_closed_to_all(&service);
}

#[test]
fn an_empty_previous_secret_lets_nobody_in() {
    let service = Service::demo(secret_mode().with("openfire.previous_secret", ""));
    assert_refused(&service, &[("Authorization", "")]);
    assert_let_in(&service, SECRET);
    let service = Service::demo(secret_mode().with("openfire.previous_secret", "carrot"));
    assert_let_in(&service, "carrot");
    assert_refused(&service, &[("Authorization", "")]);
}

#[test]
fn an_account_that_is_changed_loses_its_old_password_with_the_answer() {
    let service = Service::demo(basic_mode());
    assert_let_in(&service, ADMIN);
    let mut administrator = Visitor::with(&service, ADMIN);
    let changed = administrator.send_json("PUT /users/admin", r#"{"password":"other"}"#);
    assert_eq!(changed.status, 200);
    assert_refused(&service, &[("Authorization", ADMIN)]);
    let other = "Basic YWRtaW46b3RoZXI=";
    assert_let_in(&service, other);
    let mut administrator = Visitor::with(&service, other);
    assert_eq!(administrator.send("POST /lockouts/admin").status, 201);
    assert_refused(&service, &[("Authorization", other)]);
}

#[test]
fn an_account_that_is_deleted_and_made_again_does_not_know_the_old_password() {
    // The configuration is in charge of who administers, and it still names the account.
    let settings = basic_mode()
        .with("openfire.writable_security_properties", "false")
        .with("openfire.administrators", "admin@example.org,jane@example.org");
    let service = Service::demo(settings);
    let jane = "Basic amFuZTpzZWNyZXQ=";
    assert_let_in(&service, jane);
    let mut administrator = Visitor::with(&service, ADMIN);
    assert_eq!(administrator.send("DELETE /users/jane").status, 200);
    assert_refused(&service, &[("Authorization", jane)]);
    let made = administrator.send_json("POST /users", r#"{"username":"jane","password":"new"}"#);
    assert_eq!(made.status, 201);
    assert_refused(&service, &[("Authorization", jane)]);
    assert_let_in(&service, "Basic amFuZTpuZXc=");
}

#[test]
fn who_gets_the_name_of_an_administrator_that_is_gone_is_none() {
    const JANE: &str = "Basic amFuZTpzZWNyZXQ=";
    const JOAN: &str = "Basic am9hbjpzZWNyZXQ=";
    const LIST: &str = r#"{"key":"admin.authorizedJIDs","value":"admin@example.org, jane@example.org"}"#;
    let written = [true, false];
    for (is_written, change) in written.into_iter().flat_map(|is_written| {
        [
            ("DELETE /users/jane", ""),
            ("PUT /users/jane", r#"{"username":"joan"}"#),
        ]
        .map(|change| (is_written, change))
    }) {
        let settings = basic_mode().with("openfire.administrators", "jane@example.org,admin@example.org");
        let mut service = Service::demo(settings);
        let mut administrator = Visitor::with(&service, ADMIN);
        if is_written {
            let written = administrator.send_json("PUT /system/properties/admin.authorizedJIDs", LIST);
            assert_eq!(written.status, 200);
        }
        assert_let_in(&service, JANE);
        assert_eq!(administrator.send_json(change.0, change.1).status, 200, "{change:?}");
        let new = r#"{"username":"jane","password":"secret"}"#;
        assert_eq!(administrator.send_json("POST /users", new).status, 201);
        let list = administrator.send("GET /system/properties/admin.authorizedJIDs").text();
        assert!(list.contains(r#"value="admin@example.org""#), "{list}");
        for stranger in [JANE, JOAN] {
            assert_refused(&service, &[("Authorization", stranger)]);
        }
        if is_written {
            service.kill_and_restart();
            assert_refused(&service, &[("Authorization", JANE)]);
            assert_let_in(&service, ADMIN);
        }
    }
}

#[test]
fn a_password_with_a_zero_at_its_end_is_another_password_and_no_account_has_one() {
    let service = Service::demo(basic_mode());
    let mut administrator = Visitor::with(&service, ADMIN);
    let refused = [
        administrator.send_json("POST /users", r#"{"username":"zero","password":"pw\u0000"}"#),
        administrator.send_json("PUT /users/admin", r#"{"password":"admin\u0000"}"#),
    ];
    for answer in refused {
        assert_eq!(answer.status, 400, "{}", answer.text());
    }
    assert_refused(&service, &[("Authorization", "Basic YWRtaW46YWRtaW4A")]);
    assert_let_in(&service, ADMIN);
}

/// While `change` is made, others use the old credentials all the time; from its answer on, nobody is let in with them.
fn assert_gone_with_the_answer(service: &Service, old: &'static str, change: impl FnOnce()) {
    let (is_done, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut visitor = Visitor::with(service, old);
                while !is_done.load(Ordering::Acquire) {
                    visitor.send("GET /users/jane");
                    asked.fetch_add(1, Ordering::Release);
                }
                for _ in 0..20 {
                    assert_eq!(visitor.send("GET /users/jane").status, 401);
                }
            });
        }
        let _done = SetWhenDropped(&is_done);
        let since = Instant::now();
        while asked.load(Ordering::Acquire) < 20 && since.elapsed() < Duration::from_secs(60) {
            thread::sleep(Duration::from_millis(1));
        }
        change();
    });
}

/// Also when the change fails: the others would go on for ever.
struct SetWhenDropped<'a>(&'a AtomicBool);

impl Drop for SetWhenDropped<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

#[test]
fn an_old_password_is_gone_with_the_answer_also_while_it_is_in_use() {
    let service = Service::demo(basic_mode());
    let passwords = [ADMIN, "Basic YWRtaW46b3RoZXI="];
    for round in 0..4 {
        let (old, new) = (passwords[round % 2], ["other", "admin"][round % 2]);
        assert_gone_with_the_answer(&service, old, || {
            let body = format!(r#"{{"password":"{new}"}}"#);
            let answer = Visitor::with(&service, old).send_json("PUT /users/admin", &body);
            assert_eq!(answer.status, 200);
        });
        assert_let_in(&service, passwords[(round + 1) % 2]);
    }
}

#[test]
fn an_old_secret_is_gone_with_the_answer_also_while_it_is_in_use() {
    let service = Service::demo(secret_mode());
    let secrets = [SECRET, "carrot"];
    for round in 0..4 {
        let (old, new) = (secrets[round % 2], secrets[(round + 1) % 2]);
        assert_gone_with_the_answer(&service, old, || {
            let body = format!(r#"{{"key":"plugin.restapi.secret","value":"{new}"}}"#);
            let answer = Visitor::with(&service, old).send_json("POST /system/properties", &body);
            assert_eq!(answer.status, 201);
        });
        assert_let_in(&service, new);
    }
}

#[test]
fn a_locked_administrator_is_shut_out_with_the_answer_also_while_at_work() {
    let service = Service::demo(basic_mode().with("openfire.administrators", "admin@example.org,jane@example.org"));
    let jane = "Basic amFuZTpzZWNyZXQ=";
    for _ in 0..3 {
        assert_gone_with_the_answer(&service, jane, || {
            assert_eq!(Visitor::with(&service, ADMIN).send("POST /lockouts/jane").status, 201);
        });
        assert_eq!(Visitor::with(&service, ADMIN).send("DELETE /lockouts/jane").status, 200);
        assert_let_in(&service, jane);
    }
}
