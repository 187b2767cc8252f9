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

fn get(service: &Service, target: &str) -> Answer {
    service.send(&Request::get(target)).expect("an answer")
}

fn post(service: &Service, query: &str, media_type: &str, form: &str) -> Answer {
    let mut request = Request::new("POST", &format!("{}{query}", PATHS[0])).header("Content-Type", media_type);
    request.body = Some(form.as_bytes().to_vec());
    service.send(&request).expect("an answer")
}

#[test]
fn it_is_off_until_it_is_switched_on_and_says_so_on_every_path() {
    let service = Service::demo(Settings::demo().with("userservice.enabled", "false"));
    for path in PATHS {
        let answer = get(&service, &format!("{path}?type=grouplist&secret=potato"));
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.text(), "<error>UserServiceDisabled</error>\n", "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), None, "{path}");
    }
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
fn a_disabled_api_disables_every_path() {
    let service = Service::demo(Settings::demo().with("openfire.enabled", "false"));
    for path in PATHS {
        assert_eq!(
            get(&service, &format!("{path}?type=grouplist&secret=potato")).status,
            403,
            "{path}"
        );
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
    assert_eq!(
        post(&service, "", "application/x-www-form-urlencoded", &form).status,
        413
    );
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
