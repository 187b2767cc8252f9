//! What owners do with a room: they configure and destroy it (XEP-0045 §10).

use super::room_administration::{OWNER, ROOM, change, configure, enter, list, make, outcome, request, with_room};
use super::server::Server;

#[test]
fn only_owners_see_and_change_the_configuration() {
    let (server, mut jane) = with_room(&[]);
    let mut john = server.log_in("john", "b");
    enter(&mut john, "John");
    make(&mut jane, "john@example.org", "admin");
    let show = format!("<query xmlns='{OWNER}'/>");
    assert_eq!(outcome(&request(&mut john, "get", ROOM, &show)), "forbidden");
    assert_eq!(outcome(&configure(&mut john, &["roomname=Mine"])), "forbidden");
    let form = request(&mut jane, "get", ROOM, &show);
    for name in [
        "roomname",
        "roomdesc",
        "lang",
        "changesubject",
        "maxusers",
        "presencebroadcast",
        "publicroom",
        "persistentroom",
        "moderatedroom",
        "membersonly",
        "allowinvites",
        "passwordprotectedroom",
        "roomsecret",
        "whois",
        "allowpm",
        "enablelogging",
        "getmemberlist",
        "pubsub",
        "roomadmins",
        "roomowners",
    ] {
        assert!(
            form.contains(&format!("var='muc#roomconfig_{name}'")),
            "{name} in {form}"
        );
    }
    assert!(form.contains("<value>john@example.org</value>"), "{form}");
    let nowhere = "nowhere@conference.example.org";
    assert_eq!(outcome(&request(&mut jane, "get", nowhere, &show)), "item-not-found");
}

#[test]
fn changes_of_the_configuration_are_told_by_their_codes() {
    let (server, mut jane) = with_room(&[]);
    let mut john = server.log_in("john", "b");
    enter(&mut john, "John");
    for (fields, code) in [
        (&["roomname=Other"][..], "104"),
        (&["lang=de"], "104"),
        (&["enablelogging=0"], "171"),
        (&["enablelogging=1"], "170"),
        (&["whois=moderators"], "173"),
        (&["whois=anyone"], "172"),
    ] {
        assert_eq!(outcome(&configure(&mut jane, fields)), "ok");
        let told = john.expect(&["<message", &format!("from='{ROOM}'"), "type='groupchat'"]);
        assert!(told.contains(&format!("<status code='{code}'")), "{fields:?}: {told}");
    }
    assert_eq!(outcome(&configure(&mut jane, &["membersonly=1"])), "ok");
    john.expect(&["<presence", "type='unavailable'", "code='322'", "code='110'"]);
}

#[test]
fn a_configuration_that_cannot_be_changes_nothing() {
    let (_server, mut jane) = with_room(&[]);
    for (fields, condition) in [
        (
            &["roomname=New", "roomowners=john@example.org", "maxusers=many"][..],
            "not-acceptable",
        ),
        (
            &["roomname=New", "passwordprotectedroom=1", "roomsecret="],
            "not-acceptable",
        ),
        (&["roomname=New", "roomowners="], "conflict"),
        (&["roomname=New"], "ok"),
    ] {
        let found = configure(&mut jane, fields);
        assert_eq!(outcome(&found), condition, "{fields:?}");
        let shown = request(
            &mut jane,
            "get",
            ROOM,
            "<query xmlns='http://jabber.org/protocol/disco#info'/>",
        );
        assert_eq!(shown.contains("name='New'"), condition == "ok", "{fields:?}");
    }
    let cancelled = format!("<query xmlns='{OWNER}'><x xmlns='jabber:x:data' type='cancel'/></query>");
    assert_eq!(outcome(&request(&mut jane, "set", ROOM, &cancelled)), "ok");
    assert_eq!(outcome(&list(&mut jane, "affiliation='owner'")), "ok");
    let nothing = format!("<query xmlns='{OWNER}'/>");
    assert_eq!(outcome(&request(&mut jane, "set", ROOM, &nothing)), "bad-request");
}

#[test]
fn a_first_configuration_that_is_cancelled_destroys_the_room() {
    let server = Server::start();
    let mut jane = server.log_in("jane", "a");
    enter(&mut jane, "Jane");
    let mut john = server.log_in("john", "b");
    assert_eq!(
        outcome(&change(&mut john, "<item nick='Jane' role='none'/>")),
        "item-not-found"
    );
    jane.send(&format!(
        "<iq type='set' to='{ROOM}' id='c'><query xmlns='{OWNER}'><x xmlns='jabber:x:data' type='cancel'/></query></iq>"
    ));
    jane.expect(&["<presence", "type='unavailable'", "<destroy"]);
    let show = format!("<query xmlns='{OWNER}'/>");
    assert_eq!(outcome(&request(&mut jane, "get", ROOM, &show)), "item-not-found");
}

#[test]
fn an_owner_destroys_a_room_with_a_last_word() {
    let (server, mut jane) = with_room(&[]);
    let mut john = server.log_in("john", "b");
    enter(&mut john, "John");
    let destroy = format!(
        "<query xmlns='{OWNER}'><destroy jid='den@conference.example.org'><reason>Cold</reason></destroy></query>"
    );
    assert_eq!(outcome(&request(&mut john, "set", ROOM, &destroy)), "forbidden");
    jane.send(&format!("<iq type='set' to='{ROOM}' id='d'>{destroy}</iq>"));
    for client in [&mut jane, &mut john] {
        let told = client.expect(&["<presence", "type='unavailable'", "<destroy"]);
        assert!(
            told.contains("jid='den@conference.example.org'") && told.contains("<reason>Cold"),
            "{told}"
        );
    }
    let info = "<query xmlns='http://jabber.org/protocol/disco#info'/>";
    assert_eq!(outcome(&request(&mut jane, "get", ROOM, info)), "item-not-found");
}
