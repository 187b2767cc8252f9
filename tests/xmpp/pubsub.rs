//! Publish-subscribe and what clients say they can do, where a chat cannot show it: restarts, changes by the
//! administration, and what nobody may forge.

use super::client::Client;
use super::server::Server;

pub const PUBSUB: &str = "http://jabber.org/protocol/pubsub";
pub const OWNER: &str = "http://jabber.org/protocol/pubsub#owner";

/// The answer to a request at a place; empty: the own account.
pub fn ask(client: &mut Client, kind: &str, to: &str, namespace: &str, content: &str) -> String {
    let to = if to.is_empty() {
        String::new()
    } else {
        format!(" to='{to}'")
    };
    client.ask(
        &format!("<iq type='{kind}' id='asked'{to}><pubsub xmlns='{namespace}'>{content}</pubsub></iq>"),
        "asked",
    )
}

pub fn set(client: &mut Client, to: &str, content: &str) -> String {
    ask(client, "set", to, PUBSUB, content)
}

pub fn publish(node: &str, id: &str, payload: &str) -> String {
    format!("<publish node='{node}'><item id='{id}'>{payload}</item></publish>")
}

pub fn options(fields: &[(&str, &str)]) -> String {
    let fields = fields
        .iter()
        .map(|(field, value)| format!("<field var='pubsub#{field}'><value>{value}</value></field>"))
        .collect::<Vec<_>>()
        .concat();
    format!("<publish-options><x xmlns='jabber:x:data' type='submit'>{fields}</x></publish-options>")
}

/// The hash of a client that wants to be notified of `urn:x:mood`.
const WANTS_MOODS: &str = "<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='urn:test' \
                           ver='mqCha5A0VSeztqZunek/iGpMPb4='/></presence>";

pub fn say_what_it_wants(client: &mut Client) {
    client.send(WANTS_MOODS);
    let question = client.expect(&["<iq", "type='get'", "disco#info"]);
    let id = question.split("id='").nth(1).and_then(|rest| rest.split('\'').next());
    let id = id.expect("an id");
    client.send(&format!(
        "<iq type='result' id='{id}' to='example.org'><query xmlns='http://jabber.org/protocol/disco#info'>\
         <identity category='client' type='pc'/><feature var='urn:x:mood+notify'/></query></iq>"
    ));
}

#[test]
fn who_sees_an_account_from_now_on_gets_what_it_published_last() {
    let server = Server::start();
    let mut jane = server.log_in("jane", "a");
    set(&mut jane, "", &publish("urn:x:mood", "current", "<a xmlns='urn:x'/>"));
    let mut admin = Client::connect(server.0.xmpp_port, "admin", "admin", "c");
    say_what_it_wants(&mut admin);
    admin.send("<presence to='jane@example.org' type='subscribe'/>");
    jane.expect(&["<presence", "type='subscribe'"]);
    admin.expect_none(&["pubsub#event"]);
    jane.send("<presence to='admin@example.org' type='subscribed'/>");
    admin.expect(&["<message", "from='jane@example.org'", "urn:x:mood", "urn:xmpp:delay"]);
}

#[test]
fn what_configures_a_new_node_follows_it_and_names_none() {
    let server = Server::start();
    let mut jane = server.log_in("jane", "a");
    for wrong in [
        "<create node='n'/><configure node='n'/>",
        "<configure/><create node='n'/>",
    ] {
        let answer = set(&mut jane, "pubsub.example.org", wrong);
        assert!(answer.contains("bad-request"), "{answer}");
    }
}

#[test]
fn an_owner_who_is_away_is_asked_for_approval_at_the_next_login() {
    let server = Server::start();
    let mut jane = server.log_in("jane", "a");
    let config = "<configure><x xmlns='jabber:x:data' type='submit'><field var='pubsub#access_model'>\
                  <value>authorize</value></field></x></configure>";
    set(&mut jane, "pubsub.example.org", &format!("<create node='n'/>{config}"));
    let mut john = server.log_in("john", "b");
    jane.vanish();
    john.expect(&["<presence", "type='unavailable'", "from='jane@example.org/a'"]);
    let pending = set(
        &mut john,
        "pubsub.example.org",
        "<subscribe node='n' jid='john@example.org'/>",
    );
    assert!(pending.contains("subscription='pending'"), "{pending}");
    let mut jane = server.connect("jane", "a");
    jane.send("<presence/>");
    jane.expect(&["<message", "pubsub#subscribe_authorization", "john@example.org"]);
}

#[test]
fn what_was_published_and_what_clients_can_do_outlives_a_restart() {
    let mut server = Server::start();
    let mut jane = server.connect("jane", "a");
    set(&mut jane, "", &publish("urn:x:mood", "current", "<a xmlns='urn:x'/>"));
    let mut john = server.connect("john", "b");
    say_what_it_wants(&mut john);
    john.expect(&["<message", "from='jane@example.org'", "urn:x:mood", "urn:xmpp:delay"]);
    john.vanish();
    jane.vanish();
    server.0.restart();
    let mut john = server.connect("john", "b");
    john.send(WANTS_MOODS);
    john.expect(&["<message", "from='jane@example.org'", "urn:x:mood", "urn:xmpp:delay"]);
}

#[test]
fn a_photo_in_a_vcard_is_published_whoever_put_it_there() {
    let server = Server::start();
    let mut jane = server.log_in("jane", "a");
    // What is published may come before the answer. The picture: base64 of "no picture".
    jane.send(
        "<iq type='set' id='v'><vCard xmlns='vcard-temp'><PHOTO><TYPE>image/png</TYPE>\
         <BINVAL>bm8g\ncGljdHVyZQ==</BINVAL></PHOTO></vCard></iq>",
    );
    let metadata = jane.expect(&["<message", "urn:xmpp:avatar:metadata"]);
    assert!(
        metadata.contains("bytes='10'") && metadata.contains("type='image/png'"),
        "{metadata}"
    );
    let data = ask(&mut jane, "get", "", PUBSUB, "<items node='urn:xmpp:avatar:data'/>");
    assert!(data.contains("bm8gcGljdHVyZQ=="), "{data}");
    jane.send("<iq type='set' id='w'><vCard xmlns='vcard-temp'><FN>Jane</FN></vCard></iq>");
    let removed = jane.expect(&["<message", "urn:xmpp:avatar:metadata"]);
    assert!(!removed.contains("<info"), "{removed}");
}

#[test]
fn nobody_says_who_published_and_nobody_speaks_for_a_node() {
    let server = Server::start();
    let mut jane = server.log_in("jane", "a");
    let mut john = server.log_in("john", "b");
    let service = "pubsub.example.org";
    let config = "<configure><x xmlns='jabber:x:data' type='submit'><field var='pubsub#itemreply'>\
                  <value>publisher</value></field><field var='pubsub#publish_model'><value>open</value></field>\
                  </x></configure>";
    set(&mut jane, service, &format!("<create node='n'/>{config}"));
    set(&mut jane, service, "<subscribe node='n' jid='jane@example.org'/>");
    set(
        &mut john,
        service,
        "<publish node='n'><item id='1' publisher='jane@example.org'><a xmlns='urn:x'/></item></publish>",
    );
    let told = jane.expect(&["<message", "pubsub#event"]);
    assert!(told.contains("publisher='john@example.org'"), "{told}");
    let owner = ask(&mut john, "set", service, OWNER, "<delete node='n'/>");
    assert!(owner.contains("forbidden"), "{owner}");
    john.send(
        "<message to='jane@example.org/a'><event xmlns='http://jabber.org/protocol/pubsub#event'>\
         <items node='n'><item id='2'/></items></event><body>hello</body></message>",
    );
    let message = jane.expect(&["<message", "hello"]);
    assert!(!message.contains("pubsub#event"), "{message}");
}

#[test]
fn who_may_not_see_the_presence_any_more_hears_of_nothing_any_more() {
    let server = Server::start();
    let mut jane = server.log_in("jane", "a");
    let mut john = server.log_in("john", "b");
    set(&mut jane, "", &publish("n", "1", "<a xmlns='urn:x'/>"));
    let subscribed = set(
        &mut john,
        "jane@example.org",
        "<subscribe node='n' jid='john@example.org'/>",
    );
    assert!(subscribed.contains("subscription='subscribed'"), "{subscribed}");
    jane.send("<presence to='john@example.org' type='unsubscribed'/>");
    john.expect(&["<message", "pubsub#event", "subscription='none'"]);
    set(&mut jane, "", &publish("n", "2", "<a xmlns='urn:x'/>"));
    john.expect_none(&["pubsub#event"]);
    let items = ask(&mut john, "get", "jane@example.org", PUBSUB, "<items node='n'/>");
    assert!(items.contains("presence-subscription-required"), "{items}");
}

#[test]
fn a_subscriber_that_comes_gets_the_last_item_if_the_node_wants_that() {
    let server = Server::start();
    let mut jane = server.log_in("jane", "a");
    let service = "pubsub.example.org";
    let config = "<configure><x xmlns='jabber:x:data' type='submit'><field var='pubsub#send_last_published_item'>\
                  <value>on_sub_and_presence</value></field></x></configure>";
    set(&mut jane, service, &format!("<create node='n'/>{config}"));
    set(&mut jane, service, &publish("n", "last", "<a xmlns='urn:x'/>"));
    let mut john = server.connect("john", "b");
    set(&mut john, service, "<subscribe node='n' jid='john@example.org'/>");
    john.send("<presence/>");
    john.expect(&["<message", "from='pubsub.example.org'", "id='last'", "urn:xmpp:delay"]);
    john.vanish();
    set(&mut jane, "", &publish("m", "last", "<a xmlns='urn:x'/>"));
    let mut john = server.log_in("john", "b");
    john.send(&format!(
        "<iq type='set' id='s' to='jane@example.org'><pubsub xmlns='{PUBSUB}'>\
         <subscribe node='m' jid='john@example.org'/></pubsub></iq>"
    ));
    john.expect_each(&[
        vec!["<iq", "id='s'", "subscription='subscribed'"],
        vec!["<message", "from='jane@example.org'", "id='last'"],
    ]);
    john.vanish();
    let mut john = server.connect("john", "c");
    john.send("<presence/>");
    john.expect_each(&[
        vec!["<message", "from='jane@example.org'", "id='last'", "urn:xmpp:delay"],
        vec!["<message", "from='pubsub.example.org'", "id='last'", "urn:xmpp:delay"],
    ]);
}

#[test]
fn several_items_are_published_at_once_with_an_address_for_replies() {
    let server = Server::start();
    let mut jane = server.log_in("jane", "a");
    let service = "pubsub.example.org";
    let config = "<configure><x xmlns='jabber:x:data' type='submit'><field var='pubsub#itemreply'>\
                  <value>owner</value></field></x></configure>";
    set(&mut jane, service, &format!("<create node='n'/>{config}"));
    set(&mut jane, service, "<subscribe node='n' jid='jane@example.org'/>");
    let answer = set(
        &mut jane,
        service,
        "<publish node='n'><item id='1'><a xmlns='urn:x'/></item><item id='2'><a xmlns='urn:x'/></item></publish>",
    );
    assert!(answer.contains("type='result'"), "{answer}");
    let kept = ask(&mut jane, "get", service, PUBSUB, "<items node='n'/>");
    assert!(kept.contains("id='1'") && kept.contains("id='2'"), "{kept}");
    let mut john = server.log_in("john", "b");
    set(&mut john, service, "<subscribe node='n' jid='john@example.org'/>");
    set(&mut jane, service, &publish("n", "3", "<a xmlns='urn:x'/>"));
    john.expect(&["<message", "id='3'", "type='replyto'", "jid='jane@example.org'"]);
}

#[test]
fn the_nodes_of_an_account_go_with_it() {
    let server = Server::start();
    server.create(&["mary"]);
    let mut mary = server.connect("mary", "a");
    set(
        &mut mary,
        "",
        &(publish("n", "1", "<a xmlns='urn:x'/>") + &options(&[("access_model", "open")])),
    );
    let mut jane = server.connect("jane", "a");
    let items = |jane: &mut Client, whose: &str| ask(jane, "get", whose, PUBSUB, "<items node='n'/>");
    assert!(items(&mut jane, "mary@example.org").contains("urn:x"));
    server.rest("DELETE /users/mary", "");
    assert!(items(&mut jane, "mary@example.org").contains("service-unavailable"));
    server.create(&["mary"]);
    assert!(items(&mut jane, "mary@example.org").contains("service-unavailable"));
}

#[test]
fn an_account_tells_what_it_can_do_to_those_who_see_it() {
    let server = Server::start();
    let mut jane = server.log_in("jane", "a");
    let mut john = server.log_in("john", "b");
    let mut admin = Client::connect(server.0.xmpp_port, "admin", "admin", "c");
    let discover = |client: &mut Client| {
        client.ask(
            "<iq type='get' id='d' to='jane@example.org'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
            "d",
        )
    };
    for client in [&mut jane, &mut john] {
        let known = discover(client);
        assert!(
            known.contains("category='pubsub'") && known.contains("type='pep'"),
            "{known}"
        );
        assert!(
            known.contains("pubsub#publish-options") && known.contains("pubsub#auto-create"),
            "{known}"
        );
    }
    assert!(discover(&mut admin).contains("service-unavailable"));
}

#[test]
fn the_hash_in_the_features_of_a_stream_stands_for_what_the_server_answers() {
    let server = Server::start();
    let mut jane = server.connect("jane", "a");
    let c = jane.features().to_owned();
    let value = |name: &str| {
        let rest = c.split("protocol/caps'").nth(1).unwrap();
        let rest = rest.split(&format!("{name}='")).nth(1).unwrap();
        rest.split('\'').next().unwrap().to_owned()
    };
    let node = format!("{}#{}", value("node"), value("ver"));
    let mut discover = |node: &str| {
        jane.ask(
            &format!(
                "<iq type='get' id='d' to='example.org'>\
                 <query xmlns='http://jabber.org/protocol/disco#info' node='{node}'/></iq>"
            ),
            "d",
        )
    };
    let answer = discover(&node);
    assert!(answer.contains("type='result'") && answer.contains(&node), "{answer}");
    assert!(discover(&(node + "x")).contains("item-not-found"));
}
