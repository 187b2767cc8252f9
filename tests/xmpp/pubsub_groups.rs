//! Nodes for a group of the roster (XEP-0060 §4.5), where the group is shared by the administration.

use super::client::Client;
use super::pubsub::{OWNER, PUBSUB, ask, options, publish, say_what_it_wants, set};
use super::server::Server;

const NODE: &str = "urn:x:mood";
const PAYLOAD: &str = "<a xmlns='urn:x'/>";

/// Somebody who is notified of what is published at [`NODE`].
fn listener(server: &Server, name: &str) -> Client {
    let mut client = server.connect(name, "l");
    client.ask("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>", "r");
    set(&mut client, "", &publish(NODE, "own", PAYLOAD));
    say_what_it_wants(&mut client);
    // What the client wants is known when it is told of its own item.
    client.expect(&[
        "<message",
        &format!("from='{name}@example.org'"),
        "id='own'",
        "urn:xmpp:delay",
    ]);
    client
}

fn publish_for_crew(jane: &mut Client, id: &str) {
    let wanted = options(&[("access_model", "roster"), ("roster_groups_allowed", "Crew")]);
    let answer = set(jane, "", &(publish(NODE, id, PAYLOAD) + &wanted));
    assert!(answer.contains("type='result'"), "{answer}");
}

fn crew(members: &str, is_shared: bool) -> String {
    format!(r#"{{"name": "Crew", "description": "c", "members": [{members}], "shared": {is_shared}}}"#)
}

fn subscribe(client: &mut Client, name: &str) -> String {
    set(
        client,
        "jane@example.org",
        &format!("<subscribe node='{NODE}' jid='{name}@example.org'/>"),
    )
}

fn expect_end(client: &mut Client, name: &str) {
    let jid = format!("jid='{name}@example.org'");
    client.expect(&["<message", "from='jane@example.org'", &jid, "subscription='none'"]);
    let refused = subscribe(client, name);
    assert!(refused.contains("not-in-roster-group"), "{refused}");
}

#[test]
fn who_comes_into_a_shared_group_gets_the_last_item_and_who_leaves_it_is_subscribed_no_more() {
    let server = Server::start();
    server.create(&["kim"]);
    let mut jane = server.log_in("jane", "a");
    publish_for_crew(&mut jane, "1");
    let mut kim = listener(&server, "kim");
    server.rest("POST /groups", &crew(r#""jane""#, true));
    let refused = subscribe(&mut kim, "kim");
    assert!(refused.contains("not-in-roster-group"), "{refused}");

    server.rest("POST /users/kim/groups/Crew", "");
    kim.expect(&["<message", "from='jane@example.org'", "id='1'", "urn:xmpp:delay"]);
    let subscribed = subscribe(&mut kim, "kim");
    assert!(subscribed.contains("subscription='subscribed'"), "{subscribed}");
    set(&mut jane, "", &publish(NODE, "2", PAYLOAD));
    kim.expect(&["<message", "from='jane@example.org'", "id='2'"]);

    server.rest("DELETE /users/kim/groups/Crew", "");
    expect_end(&mut kim, "kim");
    let left = ask(&mut jane, "get", "", OWNER, &format!("<subscriptions node='{NODE}'/>"));
    assert!(!left.contains("kim@"), "{left}");
}

#[test]
fn a_contact_gets_the_last_item_once_when_a_group_is_shared_and_loses_access_with_its_sharing() {
    let server = Server::start();
    let mut jane = server.log_in("jane", "a");
    publish_for_crew(&mut jane, "1");
    let mut john = listener(&server, "john");
    let both = r#""jane", "john""#;
    server.rest("POST /groups", &crew(both, true));
    john.expect(&["<message", "from='jane@example.org'", "id='1'", "urn:xmpp:delay"]);
    set(&mut jane, "", &publish(NODE, "2", PAYLOAD));
    let mut again = Vec::new();
    loop {
        let stanza = john.next();
        if stanza.contains("id='2'") {
            break;
        }
        again.push(stanza);
    }
    assert!(!again.iter().any(|stanza| stanza.contains("id='1'")), "{again:?}");

    assert!(subscribe(&mut john, "john").contains("subscription='subscribed'"));
    server.rest("PUT /groups/Crew", &crew(both, false));
    expect_end(&mut john, "john");

    server.rest("PUT /groups/Crew", &crew(both, true));
    john.expect(&["<message", "from='jane@example.org'", "id='2'", "urn:xmpp:delay"]);
    assert!(subscribe(&mut john, "john").contains("subscription='subscribed'"));
    server.rest("DELETE /groups/Crew", "");
    expect_end(&mut john, "john");
}

#[test]
fn who_is_subscribed_by_the_sight_that_a_shared_group_gives_is_not_without_it() {
    let server = Server::start();
    server.create(&["kim"]);
    let mut jane = server.log_in("jane", "a");
    set(&mut jane, "", &publish(NODE, "1", PAYLOAD));
    let mut kim = listener(&server, "kim");
    server.rest("POST /groups", &crew(r#""jane", "kim""#, true));
    kim.expect(&["<message", "from='jane@example.org'", "id='1'", "urn:xmpp:delay"]);
    assert!(subscribe(&mut kim, "kim").contains("subscription='subscribed'"));
    // The owner leaves, and the others see her no more.
    server.rest("DELETE /users/jane/groups/Crew", "");
    kim.expect(&["<message", "from='jane@example.org'", "subscription='none'"]);
    let items = ask(
        &mut kim,
        "get",
        "jane@example.org",
        PUBSUB,
        &format!("<items node='{NODE}'/>"),
    );
    assert!(items.contains("presence-subscription-required"), "{items}");

    server.rest("POST /users/jane/groups/Crew", "");
    kim.expect(&["<message", "from='jane@example.org'", "id='1'", "urn:xmpp:delay"]);
}
