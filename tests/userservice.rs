//! What the recordings of the legacy userservice cannot show: its switch, forms, and secrets that stay secret.

mod support;

use support::service::{Service, Settings};
use support::wire::{Answer, Request};

const PATHS: [&str; 4] = [
    "/plugins/restapi/v1/userservice",
    "/plugins/restapi/userservice",
    "/plugins/userService/userservice",
    "/plugins/userservice/userservice",
];
const NOT_AUTHORISED: &str = "<error>RequestNotAuthorised</error>\n";
const DISABLED: &str = "<error>UserServiceDisabled</error>\n";
const FORM: &str = "application/x-www-form-urlencoded";

fn get(service: &Service, target: &str) -> Answer {
    service.send(&Request::get(target)).expect("an answer")
}

fn post(service: &Service, query: &str, media_type: &str, form: &str) -> Answer {
    post_at(service, &format!("{}{query}", PATHS[0]), media_type, form)
}

fn post_at(service: &Service, target: &str, media_type: &str, form: &str) -> Answer {
    let mut request = Request::new("POST", target).header("Content-Type", media_type);
    request.body = Some(form.as_bytes().to_vec());
    service.send(&request).expect("an answer")
}

#[test]
fn it_is_off_until_it_is_switched_on_and_says_so_on_every_path() {
    let service = Service::demo(Settings::demo().with("userservice.enabled", "false"));
    for path in PATHS {
        let answer = get(&service, &format!("{path}?type=grouplist&secret=potato"));
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.text(), DISABLED, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), None, "{path}");
    }
}

#[test]
fn nobody_who_says_nothing_has_it_on() {
    let secret = Settings::default()
        .with("openfire.auth", "secret")
        .with("openfire.secret", "potato");
    // Not the demonstration, which has it on.
    let service = Service::start_with(secret, &["serve"]).expect("a service");
    for path in PATHS {
        let asked = get(
            &service,
            &format!("{path}?type=add&username=u&password=p&secret=potato"),
        );
        assert_eq!((asked.status, asked.text().as_str()), (200, DISABLED), "{path}");
        let form = "type=add&username=u&password=p&secret=potato";
        let told = post_at(&service, path, FORM, form);
        assert_eq!((told.status, told.text().as_str()), (200, DISABLED), "{path}");
    }
    let user = Request::get("/plugins/restapi/v1/users/u").header("Authorization", "potato");
    assert_eq!(service.send(&user).expect("an answer").status, 404);
}

#[test]
fn every_path_answers_alike() {
    let service = Service::demo(Settings::demo());
    for path in PATHS {
        assert_eq!(
            get(&service, &format!("{path}?type=grouplist&secret=potato")).text(),
            "<result></result>\n"
        );
        assert_eq!(
            get(&service, &format!("{path}?type=grouplist&secret=x")).text(),
            NOT_AUTHORISED
        );
        assert_eq!(
            get(&service, &format!("{path}?type=x&username=jane&secret=potato")).text(),
            ""
        );
    }
}

#[test]
fn every_path_takes_a_form() {
    let service = Service::demo(Settings::demo());
    let shown = |user: &str| {
        let target = format!("/plugins/restapi/v1/users/{user}");
        let request = Request::get(&target).header("Authorization", "potato");
        service.send(&request).expect("an answer").status
    };
    for (number, path) in PATHS.into_iter().enumerate() {
        let (user, form) = (format!("form{number}"), "secret=potato&password=p&type=add&username=");
        assert_eq!(
            post_at(&service, path, FORM, &format!("{form}{user}")).text(),
            "<result>ok</result>\n",
            "{path}"
        );
        assert_eq!(shown(&user), 200, "{path}");
        assert_eq!(
            post_at(&service, path, FORM, &format!("{form}{user}")).text(),
            "<error>UserAlreadyExistsException</error>\n",
            "{path}"
        );
        assert_eq!(
            post_at(&service, path, FORM, "secret=x&type=add&password=p&username=stranger").text(),
            NOT_AUTHORISED,
            "{path}"
        );
        // By the query, as the forms of the older clients have it, and by a form that says nothing.
        let target = format!("{path}?secret=potato&type=delete&username={user}");
        assert_eq!(
            post_at(&service, &target, FORM, "").text(),
            "<result>ok</result>\n",
            "{path}"
        );
        assert_eq!(shown(&user), 404, "{path}");
    }
    assert_eq!(shown("stranger"), 404);
    // The letters of the older extension in any other case are no path of it.
    for path in [
        "/plugins/USERSERVICE/userservice",
        "/plugins/userService/userService",
        "/plugins/userservice/UserService",
        "/plugins/restapi/userService",
    ] {
        let answer = post_at(&service, path, FORM, "secret=potato&type=grouplist");
        assert_ne!(answer.text(), "<result></result>\n", "{path}");
        assert!(matches!(answer.status, 401 | 404), "{path}: {}", answer.status);
    }
}

#[test]
fn a_disabled_api_disables_every_path() {
    let service = Service::demo(Settings::demo().with("openfire.enabled", "false"));
    for path in PATHS {
        assert_eq!(
            get(&service, &format!("{path}?type=grouplist&secret=potato")).status,
            403,
            "{path}"
        );
        let form = post_at(&service, path, FORM, "type=grouplist&secret=potato");
        assert_eq!(form.status, 403, "{path}");
    }
}

#[test]
fn a_form_fills_what_the_query_lacks_and_nothing_else_is_a_form() {
    let service = Service::demo(Settings::demo());
    let form = "secret=potato&type=add&username=form+user&password=p%C3%A4";
    let added = post(&service, "", "application/x-www-form-urlencoded; charset=UTF-8", form);
    assert_eq!(added.text(), "<result>ok</result>\n");
    let again = post(&service, "?username=another", "APPLICATION/X-WWW-FORM-URLENCODED", form);
    assert_eq!(again.text(), "<result>ok</result>\n");
    for media_type in ["text/plain", "application/json", "multipart/form-data"] {
        assert_eq!(
            post(&service, "", media_type, form).text(),
            NOT_AUTHORISED,
            "{media_type}"
        );
    }
    let listed = Request::get("/plugins/restapi/v1/users").header("Authorization", "potato");
    let users = service.send(&listed).expect("an answer").text();
    assert!(users.contains("<username>form\\20user</username>") && users.contains("<username>another</username>"));
}

#[test]
fn a_form_that_is_too_large_is_refused() {
    let service = Service::demo(Settings::demo().with("http.limits.max_body", "1KiB"));
    let form = format!("secret=potato&type=grouplist&x={}", "x".repeat(2000));
    assert_eq!(post(&service, "", FORM, &form).status, 413);
}

#[test]
fn the_secret_before_the_present_one_is_accepted_while_it_is_set() {
    let service = Service::demo(Settings::demo().with("openfire.previous_secret", "carrot"));
    for secret in ["potato", "carrot"] {
        let answer = get(&service, &format!("{}?type=grouplist&secret={secret}", PATHS[0]));
        assert_eq!(answer.text(), "<result></result>\n");
    }
    assert_eq!(
        get(&service, &format!("{}?type=grouplist&secret=", PATHS[0])).text(),
        NOT_AUTHORISED
    );
}

#[test]
fn no_secret_and_no_password_of_a_url_is_in_the_log() {
    let service = Service::demo(Settings::demo().with("log.access", "true").with("log.level", "trace"));
    let target = format!("{}?type=add&username=kafka&password=beetle&secret=potato", PATHS[0]);
    assert_eq!(get(&service, &target).text(), "<result>ok</result>\n");
    let log = service.log();
    assert!(log.contains("/plugins/restapi/v1/userservice"), "{log}");
    assert!(!log.contains("beetle"), "{log}");
    assert!(!log.contains("secret=potato"), "{log}");
}
