//! The conformance vectors of the Openfire REST API, as tables of requests and answers in `fixtures/openfire/vectors`.

mod support;

use support::service::{Service, Settings};
use support::wire::Request;

#[test]
fn every_vector_is_answered_as_the_contract_says() {
    support::script::run_all("openfire/vectors");
}

/// Only XMPP clients can retire a name, so it is written into the database.
#[test]
fn that_a_room_name_is_retired_comes_before_what_is_wrong_with_the_content() {
    let mut service = Service::demo(Settings::demo());
    service.stop();
    let database = rusqlite::Connection::open(service.data_directory().join("firekeeper.db")).expect("a database");
    let retire = "INSERT INTO retired_rooms SELECT id, 'old' FROM room_services WHERE name = 'conference'";
    assert_eq!(database.execute(retire, []).expect("a statement"), 1);
    drop(database);
    service.restart();
    let status = |body: &str| {
        let request = Request::new("POST", "/plugins/restapi/v1/chatrooms").header("Authorization", "potato");
        service
            .send(&request.body("application/json", body))
            .expect("an answer")
            .status
    };
    assert_eq!(status(r#"{"roomName":"old"}"#), 403);
    assert_eq!(status(r#"{"roomName":"old","broadcastPresenceRoles":["king"]}"#), 403);
    assert_eq!(status(r#"{"roomName":"old","ownerGroups":["none@a@b"]}"#), 403);
    assert_eq!(status(r#"{"roomName":"old","owners":["a@b"],"admins":["a@b"]}"#), 409);
    assert_eq!(status(r#"{"roomName":"old","owners":["a b@c"]}"#), 400);
    assert_eq!(status(r#"{"roomName":"new","broadcastPresenceRoles":["king"]}"#), 400);
}
