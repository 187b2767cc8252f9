//! The conformance vectors of the Openfire REST API, as tables of requests and answers in `fixtures/openfire/vectors`.

mod support;

#[test]
fn every_vector_is_answered_as_the_contract_says() {
    support::script::run_all("openfire/vectors");
}
