//! Every request and payload that the documentation of the REST API plugin shows, with the answer it promises or, where its
//! own examples contradict each other, the one that follows from the quirk tables. The tables and payloads stand in
//! `fixtures/openfire/readme`.

mod support;

#[test]
fn every_documented_request_works_as_documented() {
    support::script::run_all("openfire/readme");
}
