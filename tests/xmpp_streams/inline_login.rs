//! Logins in one step (XEP-0388) with binding (XEP-0386) and resumption: what chats cannot show.

use firekeeper::engine::xml::Element;

use crate::client::{Client, SM, body};
use crate::support::service::{Service, Settings};
use crate::support::wire::Request;

const JANE: &str = "jane@example.org";

fn service() -> Service {
    Service::demo(Settings::demo())
}

/// A login of that person, with this along with it; the answer.
fn log_in(service: &Service, user: &str, along: &str) -> (Client, Element) {
    let mut client = Client::open_over_tls(service);
    client.authenticate(user, along);
    let success = client.expect("success");
    client.expect("features");
    (client, success)
}

/// The id of a session that can be resumed.
fn resumption_id(success: &Element) -> String {
    let bound = success.child("bound", "urn:xmpp:bind:0").expect("a session");
    let enabled = bound.child("enabled", SM).expect("stream management");
    enabled.attr("id").expect("an id").to_owned()
}

const MANAGED: &str = "<bind xmlns='urn:xmpp:bind:0'><enable xmlns='urn:xmpp:sm:3' resume='true'/></bind>";

#[test]
fn a_lost_session_is_resumed_in_the_step_of_the_login_and_nothing_is_bound() {
    let service = service();
    let mut jane = Client::online(service.xmpp_port, "jane", "a");
    let (mut john, success) = log_in(&service, "john", MANAGED);
    let address = success
        .child_text("authorization-identifier", "urn:xmpp:sasl:2")
        .unwrap()
        .into_owned();
    let id = resumption_id(&success);
    john.send("<presence/>");
    john.say(JANE, "heard");
    assert_eq!(john.handled(), 2);
    jane.say(&address, "one");
    assert_eq!(body(&john.find("message")), "one");
    john.drop_connection();
    jane.say(&address, "two");
    jane.ping();

    let resume = format!("{MANAGED}<resume xmlns='{SM}' previd='{id}' h='0'/>");
    let (mut john, success) = log_in(&service, "john", &resume);
    assert_eq!(
        success
            .child_text("authorization-identifier", "urn:xmpp:sasl:2")
            .as_deref(),
        Some(&*address)
    );
    assert!(success.child("bound", "urn:xmpp:bind:0").is_none(), "{success}");
    let resumed = success.child("resumed", SM).expect("a resumed session");
    assert_eq!((resumed.attr("h"), resumed.attr("previd")), (Some("2"), Some(&*id)));
    assert_eq!(john.bodies(2), ["one", "two"]);
}

#[test]
fn too_high_a_count_ends_the_stream() {
    let service = service();
    let (john, success) = log_in(&service, "john", MANAGED);
    let id = resumption_id(&success);
    john.drop_connection();
    let mut again = Client::open_over_tls(&service);
    again.authenticate("john", &format!("<resume xmlns='{SM}' previd='{id}' h='1000'/>"));
    assert_eq!(again.stream_error(), "undefined-condition");
}

#[test]
fn a_client_that_nobody_looks_at_begins_so() {
    let service = service();
    let inactive = "<bind xmlns='urn:xmpp:bind:0'><inactive xmlns='urn:xmpp:csi:0'/></bind>";
    let (mut john, _) = log_in(&service, "john", inactive);
    john.send("<presence/>");
    john.ping();
    let mut jane = Client::online(service.xmpp_port, "jane", "a");
    jane.say("john@example.org", "urgent");
    jane.ping();
    // The presence of his contact waited for something that does not wait.
    let before = john.ping();
    let names: Vec<_> = before.iter().map(Element::name).collect();
    assert!(names.contains(&"message"), "{names:?}");
    let message = names.iter().position(|name| *name == "message");
    let presence = names.iter().position(|name| *name == "presence");
    assert!(presence < message, "{names:?}");
}

#[test]
fn a_guest_is_bound_in_the_step_of_the_login() {
    let service = Service::demo(Settings::demo().with("xmpp.anonymous", "true"));
    let mut guest = Client::open_over_tls(&service);
    guest.send(
        "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='ANONYMOUS'><initial-response/>\
         <bind xmlns='urn:xmpp:bind:0'><tag>Visitor</tag></bind></authenticate>",
    );
    let success = guest.expect("success");
    let address = success
        .child_text("authorization-identifier", "urn:xmpp:sasl:2")
        .unwrap();
    assert!(address.contains("@example.org/Visitor~"), "{success}");
    assert!(success.has_child("bound", "urn:xmpp:bind:0"), "{success}");
    guest.expect("features");
    guest.ping();
}

#[test]
fn a_tag_that_no_address_can_bear_is_left_out() {
    let service = service();
    let tag = "x".repeat(1100);
    let (_, success) = log_in(
        &service,
        "john",
        &format!("<bind xmlns='urn:xmpp:bind:0'><tag>{tag}</tag></bind>"),
    );
    let address = success
        .child_text("authorization-identifier", "urn:xmpp:sasl:2")
        .unwrap();
    assert!(
        address.starts_with("john@example.org/") && !address.contains('~'),
        "{address}"
    );
}

#[test]
fn the_id_of_a_client_does_not_stand_in_its_address() {
    let service = service();
    let id = "d4565fa7-4d72-4749-b3d3-740edbf87770";
    let along = format!("<user-agent id='{id}'/><bind xmlns='urn:xmpp:bind:0'><tag>Awesome</tag></bind>");
    let (_, success) = log_in(&service, "john", &along);
    let address = success
        .child_text("authorization-identifier", "urn:xmpp:sasl:2")
        .unwrap();
    assert!(address.starts_with("john@example.org/Awesome~"), "{address}");
    assert!(!address.contains(id), "{address}");
}

#[test]
fn who_has_too_many_sessions_is_in_and_not_bound() {
    let service = Service::demo(Settings::demo().with("xmpp.limits.sessions", "1"));
    let _first = Client::bound(service.xmpp_port, "john", "a");
    let (mut second, success) = log_in(&service, "john", "<bind xmlns='urn:xmpp:bind:0'/>");
    assert!(!success.has_child("bound", "urn:xmpp:bind:0"), "{success}");
    assert_eq!(second.bind("b").attr("type"), Some("error"));
    assert_eq!(second.bind("a").attr("type"), Some("result"));
}

#[test]
fn a_login_before_an_account_was_made_anew_is_none_of_the_new_one() {
    let service = service();
    let rest = |method: &str, path: &str, body: &str| {
        let request = Request::new(method, &format!("/plugins/restapi/v1{path}")).header("Authorization", "potato");
        let answer = service
            .send(&request.body("application/json", body))
            .expect("an answer");
        assert!(answer.status < 300, "{method} {path}: {}", answer.status);
    };
    let (in_one_step, success) = log_in(&service, "john", "");
    assert!(success.is("success", "urn:xmpp:sasl:2"), "{success}");
    let (in_two, _) = Client::logged_in(service.xmpp_port, "john", "secret");
    rest("DELETE", "/users/john", "");
    rest("POST", "/users", r#"{"username": "john", "password": "secret"}"#);
    for mut client in [in_one_step, in_two] {
        client.send("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
        let error = client.find("error");
        assert!(
            error.has_child("not-authorized", "urn:ietf:params:xml:ns:xmpp-streams"),
            "{error}"
        );
        assert!(client.next().is_none());
    }
}
