//! Limits of publish-subscribe and of what clients say they can do.

use super::client::Client;
use super::pubsub::{OWNER, PUBSUB, ask, options, publish, set};
use super::server::Server;
use super::support::service::Settings;

#[test]
fn an_account_makes_so_many_nodes() {
    let server = Server::start_with(Settings::demo().with("xmpp.limits.pubsub_nodes", "2"));
    let mut jane = server.log_in("jane", "a");
    assert!(set(&mut jane, "pubsub.example.org", "<create node='a'/>").contains("type='result'"));
    assert!(set(&mut jane, "", "<create node='b'/>").contains("type='result'"));
    let third = set(&mut jane, "pubsub.example.org", "<create node='c'/>");
    assert!(third.contains("resource-constraint"), "{third}");
    let mut john = server.log_in("john", "b");
    assert!(set(&mut john, "pubsub.example.org", "<create node='c'/>").contains("type='result'"));
}

#[test]
fn a_node_keeps_so_many_items() {
    let server = Server::start_with(Settings::demo().with("xmpp.limits.pubsub_items", "2"));
    let mut jane = server.connect("jane", "a");
    let many = options(&[("max_items", "3")]);
    let refused = set(&mut jane, "", &(publish("n", "1", "<a xmlns='urn:x'/>") + &many));
    assert!(refused.contains("not-acceptable"), "{refused}");
    let most = options(&[("max_items", "max")]);
    for id in ["1", "2", "3"] {
        set(&mut jane, "", &(publish("n", id, "<a xmlns='urn:x'/>") + &most));
    }
    let kept = ask(&mut jane, "get", "", PUBSUB, "<items node='n'/>");
    assert!(
        !kept.contains("id='1'") && kept.contains("id='2'") && kept.contains("id='3'"),
        "{kept}"
    );
}

#[test]
fn an_account_publishes_so_many_bytes() {
    let server = Server::start_with(Settings::demo().with("xmpp.limits.pubsub_bytes", "4KiB"));
    let mut jane = server.connect("jane", "a");
    let payload = format!("<a xmlns='urn:x'>{}</a>", "x".repeat(3_000));
    assert!(set(&mut jane, "", &publish("n", "1", &payload)).contains("type='result'"));
    let second = set(&mut jane, "", &publish("m", "1", &payload));
    assert!(second.contains("resource-constraint"), "{second}");
    assert!(ask(&mut jane, "get", "", PUBSUB, "<items node='m'/>").contains("item-not-found"));
    let large = format!("<a xmlns='urn:x'>{}</a>", "x".repeat(5_000));
    assert!(set(&mut jane, "", &publish("n", "1", &large)).contains("payload-too-big"));
}

#[test]
fn a_node_has_so_many_subscriptions_and_affiliations() {
    let settings = Settings::demo()
        .with("xmpp.limits.pubsub_subscriptions", "1")
        .with("xmpp.limits.pubsub_affiliations", "2");
    let server = Server::start_with(settings);
    let mut jane = server.connect("jane", "a");
    let service = "pubsub.example.org";
    set(&mut jane, service, "<create node='n'/>");
    let subscribe = "<subscribe node='n' jid='jane@example.org'/>";
    assert!(set(&mut jane, service, subscribe).contains("type='result'"));
    let second = set(&mut jane, service, subscribe);
    assert!(
        second.contains("policy-violation") && second.contains("too-many-subscriptions"),
        "{second}"
    );
    let affiliate = |name: &str| {
        format!("<affiliations node='n'><affiliation jid='{name}@example.org' affiliation='member'/></affiliations>")
    };
    assert!(ask(&mut jane, "set", service, OWNER, &affiliate("john")).contains("type='result'"));
    let third = ask(&mut jane, "set", service, OWNER, &affiliate("admin"));
    assert!(third.contains("resource-constraint"), "{third}");
}

#[test]
fn what_is_asked_for_twice_comes_once_and_an_answer_is_only_so_long() {
    let server = Server::start();
    let mut jane = server.connect("jane", "a");
    let text = "x".repeat(200_000);
    for id in ["1", "2", "3", "4", "5", "6", "7"] {
        let item = publish("urn:x:large", id, &format!("<a xmlns='urn:x'>{text}</a>"));
        set(&mut jane, "", &(item + &options(&[("max_items", "10")])));
    }
    let by_ids = |jane: &mut Client, ids: &[&str]| {
        let ids: Vec<String> = ids.iter().map(|id| format!("<item id='{id}'/>")).collect();
        let ids = ids.concat();
        ask(
            jane,
            "get",
            "",
            PUBSUB,
            &format!("<items node='urn:x:large'>{ids}</items>"),
        )
    };
    let answer = by_ids(&mut jane, &["2"; 500]);
    assert_eq!(answer.matches("<item ").count(), 1);
    let answer = by_ids(&mut jane, &["1", "2", "3", "4", "5", "6", "7"]);
    assert!(answer.contains("policy-violation"), "{} bytes", answer.len());
    let page = |jane: &mut Client, set: &str| {
        let set = format!("<set xmlns='http://jabber.org/protocol/rsm'><max>10</max>{set}</set>");
        let asked = format!("<items node='urn:x:large'/>{set}");
        let answer = ask(jane, "get", "", PUBSUB, &asked);
        let ids: Vec<_> = answer
            .split("<item id='")
            .skip(1)
            .map(|rest| rest[..1].to_owned())
            .collect();
        ids.concat()
    };
    assert_eq!(page(&mut jane, ""), "12345");
    assert_eq!(page(&mut jane, "<after>5</after>"), "67");
    assert_eq!(page(&mut jane, "<before/>"), "34567");
    assert_eq!(page(&mut jane, "<before>3</before>"), "12");
}

#[test]
fn so_many_items_are_published_at_once() {
    let server = Server::start();
    let mut jane = server.connect("jane", "a");
    let items = |count: usize| "<item><a xmlns='u'/></item>".repeat(count);
    let answer = set(
        &mut jane,
        "",
        &format!("<publish node='urn:x:many'>{}</publish>", items(1_001)),
    );
    assert!(answer.contains("policy-violation"), "{answer}");
    let most = format!("<publish node='urn:x:many'>{}</publish>", items(1_000));
    let answer = set(&mut jane, "", &(most + &options(&[("max_items", "1000")])));
    assert!(answer.contains("type='result'"), "{answer}");
    let kept = ask(&mut jane, "get", "", PUBSUB, "<items node='urn:x:many'/>");
    assert_eq!(kept.matches("<item ").count(), 1_000);
}

#[test]
fn who_says_that_he_can_do_very_much_is_not_listened_to() {
    let server = Server::start();
    let mut jane = server.log_in("jane", "a");
    let mut john = server.log_in("john", "b");
    for (ver, features, is_heard) in [("many", 4_000, false), ("few", 1, true)] {
        john.send(&format!(
            "<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='urn:test' ver='{ver}'/></presence>"
        ));
        let question = john.expect(&["<iq", "type='get'", "disco#info", ver]);
        let id = question.split("id='").nth(1).and_then(|rest| rest.split('\'').next());
        let more: Vec<_> = (0..features)
            .map(|number| format!("<feature var='urn:x:{number}'/>"))
            .collect();
        john.send(&format!(
            "<iq type='result' id='{}' to='example.org'><query xmlns='http://jabber.org/protocol/disco#info'>\
             <identity category='client' type='pc'/><feature var='urn:x:mood+notify'/>{}</query></iq>",
            id.expect("an id"),
            more.concat()
        ));
        john.sync();
        set(&mut jane, "", &publish("urn:x:mood", ver, "<a xmlns='urn:x'/>"));
        if is_heard {
            john.expect(&["<message", "pubsub#event", "urn:x:mood", ver]);
        } else {
            john.expect_none(&["pubsub#event"]);
        }
    }
}
