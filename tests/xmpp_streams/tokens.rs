//! Tokens with which clients log in again (XEP-0484), over TLS to the running service, and their limits.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use firekeeper::engine::xml::Element;
use hmac::{Hmac, KeyInit, Mac};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use sha2::{Digest, Sha256};

use crate::support::service::{Service, Settings};
use crate::support::wire::Request;
use crate::support::xmpp::{Client, PATIENCE};

const SASL2: &str = "urn:xmpp:sasl:2";
const FAST: &str = "urn:xmpp:fast:0";
const NONE: &str = "HT-SHA-256-NONE";

fn service() -> Service {
    Service::demo(Settings::demo())
}

fn with(limit: &str, value: &str) -> Service {
    Service::demo(Settings::demo().with(&format!("xmpp.limits.{limit}"), value))
}

/// A stream under TLS, and what is offered on it.
fn open(service: &Service) -> (Client, Element) {
    let mut client = Client::dial(service.xmpp_port, "example.org").expect("a connection");
    let certificate = service.data_directory().join("certificate.pem");
    client.start_tls(&certificate).expect("TLS");
    let features = client.open().expect("features");
    (client, features)
}

fn offered(features: &Element) -> Vec<String> {
    let inline = features
        .child("authentication", SASL2)
        .and_then(|offer| offer.child("inline", SASL2));
    let fast = inline.and_then(|inline| inline.child("fast", FAST));
    fast.map(|fast| fast.children().map(|one| one.text().into_owned()).collect())
        .unwrap_or_default()
}

/// A login of jane as this client with this first message; the answer.
fn log_in(service: &Service, client: &str, mechanism: &str, message: &[u8], along: &str) -> Element {
    let (mut stream, _) = open(service);
    let response = STANDARD.encode(message);
    stream.send(&format!(
        "<authenticate xmlns='{SASL2}' mechanism='{mechanism}'><initial-response>{response}</initial-response>\
         <user-agent id='{client}'/>{along}</authenticate>"
    ));
    stream.next(PATIENCE).expect("an open stream").expect("an answer")
}

/// Logs in with the password and asks for a token.
fn token(service: &Service, client: &str, mechanism: &str) -> String {
    let wanted = format!("<request-token xmlns='{FAST}' mechanism='{mechanism}'/>");
    let success = log_in(service, client, "PLAIN", b"\0jane\0secret", &wanted);
    given(&success).unwrap_or_else(|| panic!("a token should be in {success}"))
}

fn given(success: &Element) -> Option<String> {
    let token = success.child("token", FAST)?;
    let expiry = token.attr("expiry").expect("an expiry");
    assert!(expiry.parse::<jiff::Timestamp>().is_ok(), "{expiry}");
    token.attr("token").map(str::to_owned)
}

fn proof(token: &str, label: &[u8], bound: &[u8]) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(token.as_bytes()).expect("a key");
    mac.chain_update(label)
        .chain_update(bound)
        .finalize()
        .into_bytes()
        .to_vec()
}

/// Logs in with a token, `attributes` at `<fast/>`, and more along with it.
fn again_with(service: &Service, client: &str, token: &str, attributes: &str, along: &str) -> Element {
    let message = [b"jane\0", &*proof(token, b"Initiator", b"")].concat();
    let along = format!("<fast xmlns='{FAST}' {attributes}/>{along}");
    log_in(service, client, NONE, &message, &along)
}

fn again(service: &Service, client: &str, token: &str) -> Element {
    again_with(service, client, token, "", "")
}

fn is_refused(answer: &Element, condition: &str) -> bool {
    answer.is("failure", SASL2) && answer.has_child(condition, "urn:ietf:params:xml:ns:xmpp-sasl")
}

#[test]
fn tokens_are_offered_under_tls_alone() {
    let service = service();
    let (_, features) = open(&service);
    assert_eq!(
        offered(&features),
        ["HT-SHA-256-EXPR", "HT-SHA-256-ENDP", NONE],
        "{features}"
    );
    let mut in_clear = Client::dial(service.xmpp_port, "example.org").expect("a connection");
    let features = in_clear.open().expect("features");
    assert!(!features.has_child("authentication", SASL2), "{features}");
    assert!(offered(&features).is_empty(), "{features}");
}

#[test]
fn a_client_gets_a_token_and_logs_in_with_it_and_binds_in_one_step_also_after_a_restart() {
    let mut service = service();
    let token = token(&service, "phone", NONE);
    let bind = "<bind xmlns='urn:xmpp:bind:0'><tag>Phone</tag></bind>";
    let success = again_with(&service, "phone", &token, "", bind);
    assert!(success.has_child("bound", "urn:xmpp:bind:0"), "{success}");
    assert_eq!(given(&success), None, "it is not due yet");
    let data = success
        .child_text("additional-data", SASL2)
        .expect("the server's proof");
    assert_eq!(data, STANDARD.encode(proof(&token, b"Responder", b"")));
    service.restart();
    let success = again(&service, "phone", &token);
    assert!(success.is("success", SASL2), "{success}");
    assert!(is_refused(&again(&service, "desk", &token), "not-authorized"));
}

#[test]
fn a_token_that_is_bound_to_the_certificate_logs_in_with_it() {
    let service = service();
    let mechanism = "HT-SHA-256-ENDP";
    let token = token(&service, "phone", mechanism);
    let path = service.data_directory().join("certificate.pem");
    let certificate = CertificateDer::from_pem_file(path).expect("a certificate");
    let bound = Sha256::digest(&certificate);
    let message = |bound: &[u8]| [b"jane\0", &*proof(&token, b"Initiator", bound)].concat();
    let fast = format!("<fast xmlns='{FAST}'/>");
    let success = log_in(&service, "phone", mechanism, &message(&bound), &fast);
    assert!(success.is("success", SASL2), "{success}");
    let refused = log_in(&service, "phone", mechanism, &message(b""), &fast);
    assert!(is_refused(&refused, "not-authorized"), "{refused}");
}

#[test]
fn a_client_without_a_name_gets_no_token_and_uses_none() {
    let service = service();
    let (mut stream, _) = open(&service);
    let wanted = format!("<request-token xmlns='{FAST}' mechanism='{NONE}'/>");
    let response = STANDARD.encode("\0jane\0secret");
    stream.send(&format!(
        "<authenticate xmlns='{SASL2}' mechanism='PLAIN'><initial-response>{response}</initial-response>{wanted}</authenticate>"
    ));
    let success = stream.next(PATIENCE).expect("an open stream").expect("an answer");
    assert!(success.is("success", SASL2) && given(&success).is_none(), "{success}");
    let (mut stream, _) = open(&service);
    stream.send(&format!(
        "<authenticate xmlns='{SASL2}' mechanism='{NONE}'><initial-response>amFuZQBwcm9vZg==</initial-response>\
         <fast xmlns='{FAST}'/></authenticate>"
    ));
    let refused = stream.next(PATIENCE).expect("an open stream").expect("an answer");
    assert!(is_refused(&refused, "malformed-request"), "{refused}");
}

#[test]
fn a_mechanism_that_is_not_offered_brings_no_token_and_no_failure() {
    let service = service();
    let wanted = format!("<request-token xmlns='{FAST}' mechanism='HT-SHA-256-UNIQ'/>");
    let success = log_in(&service, "phone", "PLAIN", b"\0jane\0secret", &wanted);
    assert!(success.is("success", SASL2) && given(&success).is_none(), "{success}");
}

#[test]
fn a_client_logs_out_and_gets_another_token_only_when_it_asks() {
    let service = with("login_token_rotation", "0s");
    let first = token(&service, "phone", NONE);
    let success = again_with(&service, "phone", &first, "invalidate='true'", "");
    assert!(success.is("success", SASL2) && given(&success).is_none(), "{success}");
    assert!(is_refused(&again(&service, "phone", &first), "not-authorized"));
    let second = token(&service, "phone", NONE);
    let wanted = format!("<request-token xmlns='{FAST}' mechanism='{NONE}'/>");
    let success = again_with(&service, "phone", &second, "invalidate='1'", &wanted);
    let third = given(&success).expect("a token");
    assert!(is_refused(&again(&service, "phone", &second), "not-authorized"));
    assert!(again(&service, "phone", &third).is("success", SASL2));
}

#[test]
fn a_login_that_is_repeated_is_refused_by_its_count() {
    let service = service();
    let token = token(&service, "phone", NONE);
    assert!(again_with(&service, "phone", &token, "count='1'", "").is("success", SASL2));
    let repeated = again_with(&service, "phone", &token, "count='1'", "");
    assert!(is_refused(&repeated, "not-authorized"), "{repeated}");
    let wrong = again_with(&service, "phone", &token, "count='one'", "");
    assert!(is_refused(&wrong, "malformed-request"), "{wrong}");
}

#[test]
fn a_new_password_ends_all_tokens() {
    let service = service();
    let token = token(&service, "phone", NONE);
    let request = Request::new("PUT", "/plugins/restapi/v1/users/jane")
        .header("Authorization", "potato")
        .body("application/json", r#"{"password": "another"}"#);
    let answer = service.send(&request).expect("an answer");
    assert_eq!(answer.status, 200);
    assert!(is_refused(&again(&service, "phone", &token), "not-authorized"));
}

#[test]
fn a_client_with_an_older_token_gets_another_one() {
    let service = with("login_token_rotation", "0s");
    let first = token(&service, "phone", NONE);
    let lost = given(&again(&service, "phone", &first)).expect("a token");
    // The answer with the token may never arrive: the one before is still good, and the one that was lost is not.
    let second = given(&again(&service, "phone", &first)).expect("a token");
    assert!(is_refused(&again(&service, "phone", &lost), "not-authorized"));
    assert!(again(&service, "phone", &second).is("success", SASL2));
    assert!(is_refused(&again(&service, "phone", &first), "not-authorized"));
}

#[test]
fn a_token_that_has_expired_is_told_from_a_wrong_one() {
    let service = with("login_token_lifetime", "1s");
    let token = token(&service, "phone", NONE);
    let until = std::time::Instant::now() + PATIENCE;
    while !is_refused(&again(&service, "phone", &token), "credentials-expired") {
        assert!(std::time::Instant::now() < until, "it does not expire");
    }
}

#[test]
fn without_a_lifetime_there_are_no_tokens() {
    let service = with("login_token_lifetime", "0s");
    let (_, features) = open(&service);
    assert!(offered(&features).is_empty(), "{features}");
    let refused = again(&service, "phone", "guessed");
    assert!(is_refused(&refused, "invalid-mechanism"), "{refused}");
}

#[test]
fn so_many_clients_of_an_account_hold_tokens() {
    let service = with("login_tokens", "1");
    let first = token(&service, "phone", NONE);
    let second = token(&service, "desk", NONE);
    assert!(again(&service, "desk", &second).is("success", SASL2));
    assert!(is_refused(&again(&service, "phone", &first), "not-authorized"));
}
