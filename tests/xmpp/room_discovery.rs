//! What is found out of rooms: which there are, what they are like, what was said in them (XEP-0030, XEP-0313, XEP-0425,
//! XEP-0433, XEP-0486).

use super::client::Client;
use super::room_administration::{ROOM, change, configure, enter, outcome, request, with_room};

const INFO: &str = "<query xmlns='http://jabber.org/protocol/disco#info'/>";
const ITEMS: &str = "<query xmlns='http://jabber.org/protocol/disco#items'/>";
const SERVICE: &str = "conference.example.org";
const ARCHIVE: &str = "urn:xmpp:mam:2";

/// Says something in the room, and gives its id in the archive.
fn say(client: &mut Client, text: &str) -> String {
    client.send(&format!(
        "<message to='{ROOM}' type='groupchat'><body>{text}</body></message>"
    ));
    let said = client.expect(&["<message", &format!("<body>{text}")]);
    let (_, behind) = said.split_once("<stanza-id").expect("an id");
    let (_, behind) = behind.split_once(" id='").expect("an id");
    behind.split('\'').next().expect("an id").to_owned()
}

/// Asks for the archive of the room; gives what was said, and the end.
fn read(client: &mut Client, form: &str) -> (Vec<String>, String) {
    client.send(&format!(
        "<iq type='set' to='{ROOM}' id='mam'><query xmlns='{ARCHIVE}' queryid='q'>{form}</query></iq>"
    ));
    let mut found = Vec::new();
    loop {
        let stanza = client.next();
        if stanza.starts_with("<iq") && stanza.contains("id='mam'") {
            return (found, stanza);
        }
        if stanza.contains("queryid='q'") {
            found.push(stanza);
        }
    }
}

#[test]
fn a_service_lists_its_public_rooms_in_pages() {
    let (server, mut jane) = with_room(&[]);
    for name in ["a1", "b2"] {
        server.rest(
            "POST /chatrooms",
            &format!(r#"{{"roomName": "{name}", "naturalName": "N {name}", "publicRoom": true}}"#),
        );
    }
    server.rest("POST /chatrooms", r#"{"roomName": "hidden", "naturalName": "H"}"#);
    let info = request(&mut jane, "get", SERVICE, INFO);
    for part in [
        "category='conference'",
        "var='http://jabber.org/protocol/muc'",
        "var='http://jabber.org/protocol/rsm'",
    ] {
        assert!(info.contains(part), "{part} in {info}");
    }
    let all = request(&mut jane, "get", SERVICE, ITEMS);
    assert!(all.contains("jid='a1@conference.example.org' name='N a1'"), "{all}");
    assert!(all.contains("lobby@") && !all.contains("hidden@"), "{all}");
    let page = |set: &str| {
        format!(
            "<query xmlns='http://jabber.org/protocol/disco#items'>\
             <set xmlns='http://jabber.org/protocol/rsm'>{set}</set></query>"
        )
    };
    let second = request(
        &mut jane,
        "get",
        SERVICE,
        &page("<max>1</max><after>a1@conference.example.org</after>"),
    );
    assert!(
        second.contains("b2@") && !second.contains("a1@") && !second.contains("lobby@"),
        "{second}"
    );
    assert!(
        second.contains("<first index='1'>b2@conference.example.org") && second.contains("<count>3"),
        "{second}"
    );
    assert_eq!(
        outcome(&request(&mut jane, "get", SERVICE, &page("<after>x</after>"))),
        "item-not-found"
    );
    let unique = request(
        &mut jane,
        "get",
        SERVICE,
        "<unique xmlns='http://jabber.org/protocol/muc#unique'/>",
    );
    assert!(
        unique.contains("<unique xmlns='http://jabber.org/protocol/muc#unique'>"),
        "{unique}"
    );
}

#[test]
fn a_room_says_what_it_is_like() {
    let (server, mut jane) = with_room(&[]);
    let fields = [
        "roomname=Den",
        "roomdesc=Cosy",
        "lang=en",
        "membersonly=1",
        "moderatedroom=1",
        "persistentroom=1",
    ];
    assert_eq!(outcome(&configure(&mut jane, &fields)), "ok");
    let mut john = server.log_in("john", "b");
    let info = request(&mut john, "get", ROOM, INFO);
    for part in [
        "name='Den'",
        "muc_membersonly",
        "muc_moderated",
        "muc_nonanonymous",
        "muc_persistent",
        "muc_public",
        "muc_unsecured",
        "<value>Cosy",
        "<value>en<",
        "muc#roominfo_occupants",
        "<value>1<",
        "<value>jane@example.org",
        "var='urn:xmpp:mam:2'",
        "var='vcard-temp'",
        "var='urn:xmpp:occupant-id:0'",
        "var='urn:xmpp:message-moderate:0'",
        "var='http://jabber.org/protocol/muc#self-ping-optimization'",
    ] {
        assert!(info.contains(part), "{part} in {info}");
    }
    // Who is in a room for members is their own business.
    assert!(!request(&mut john, "get", ROOM, ITEMS).contains("<item"));
    assert!(request(&mut jane, "get", ROOM, ITEMS).contains(&format!("jid='{ROOM}/Jane'")));
    let traffic =
        "<query xmlns='http://jabber.org/protocol/disco#info' node='http://jabber.org/protocol/muc#traffic'/>";
    assert_eq!(
        outcome(&request(&mut john, "get", ROOM, traffic)),
        "service-unavailable"
    );
    let other = "<query xmlns='http://jabber.org/protocol/disco#info' node='other'/>";
    assert_eq!(outcome(&request(&mut john, "get", ROOM, other)), "item-not-found");
}

#[test]
fn the_archive_of_a_room_is_for_those_who_may_enter() {
    let (server, mut jane) = with_room(&[]);
    let first = say(&mut jane, "one");
    say(&mut jane, "two");
    let mut john = server.log_in("john", "b");
    let (found, end) = read(&mut john, "");
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].contains(&format!("from='{ROOM}'")) && found[0].contains(&format!("from='{ROOM}/Jane'")));
    assert!(found[0].contains(&format!(" id='{first}'")) && found[0].contains("jid='jane@example.org/a'"));
    assert!(end.contains("complete='true'") && end.contains("<count>2"), "{end}");
    let (found, _) = read(
        &mut john,
        &format!("<set xmlns='http://jabber.org/protocol/rsm'><max>5</max><after>{first}</after></set>"),
    );
    assert!(found.len() == 1 && found[0].contains("<body>two"), "{found:?}");

    // What was said while addresses were hidden tells nobody later who said it, by asking neither.
    assert_eq!(outcome(&configure(&mut jane, &["whois=moderators"])), "ok");
    say(&mut jane, "three");
    assert_eq!(outcome(&configure(&mut jane, &["whois=anyone"])), "ok");
    let (found, _) = read(&mut john, "");
    let shown: Vec<bool> = found
        .iter()
        .map(|stanza| stanza.contains("jane@example.org/a"))
        .collect();
    assert_eq!(shown, [true, true, false], "{found:?}");
    let with = |whom: &str| {
        format!(
            "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>{ARCHIVE}</value></field>\
             <field var='with'><value>{whom}</value></field></x>"
        )
    };
    assert_eq!(read(&mut john, &with("jane@example.org")).0.len(), 2);
    assert_eq!(read(&mut john, &with(ROOM)).0.len(), 3);
    let (found, _) = read(&mut jane, &with("jane@example.org"));
    assert!(
        found.len() == 3 && found[2].contains("jid='jane@example.org/a'"),
        "{found:?}"
    );

    assert_eq!(outcome(&configure(&mut jane, &["membersonly=1"])), "ok");
    assert_eq!(outcome(&read(&mut john, "").1), "forbidden");
    assert_eq!(
        outcome(&change(
            &mut jane,
            "<item jid='john@example.org' affiliation='member'/>"
        )),
        "ok"
    );
    assert_eq!(outcome(&read(&mut john, "").1), "ok");
    assert_eq!(
        outcome(&change(
            &mut jane,
            "<item jid='john@example.org' affiliation='outcast'/>"
        )),
        "ok"
    );
    assert_eq!(outcome(&read(&mut john, "").1), "forbidden");
}

#[test]
fn a_moderator_takes_a_message_back() {
    let (server, mut jane) = with_room(&[]);
    let mut john = server.log_in("john", "b");
    enter(&mut john, "John");
    let id = say(&mut john, "rude");
    let moderate = |id: &str| {
        format!(
            "<moderate xmlns='urn:xmpp:message-moderate:1' id='{id}'><retract xmlns='urn:xmpp:message-retract:1'/>\
             <reason>Rude</reason></moderate>"
        )
    };
    assert_eq!(outcome(&request(&mut john, "set", ROOM, &moderate(&id))), "forbidden");
    assert_eq!(
        outcome(&request(&mut jane, "set", ROOM, &moderate("0123456789abcdef"))),
        "item-not-found"
    );
    jane.send(&format!("<iq type='set' to='{ROOM}' id='m'>{}</iq>", moderate(&id)));
    let told = john.expect(&["<message", "<retract", &format!("id='{id}'")]);
    for part in [
        format!("from='{ROOM}'"),
        format!("<moderated xmlns='urn:xmpp:message-moderate:1' by='{ROOM}/Jane'"),
        "<reason>Rude".to_owned(),
        "<apply-to xmlns='urn:xmpp:fasten:0'".to_owned(),
        "<stanza-id".to_owned(),
    ] {
        assert!(told.contains(&part), "{part} in {told}");
    }
    let (found, _) = read(&mut john, "");
    assert!(found.iter().all(|stanza| !stanza.contains("rude")), "{found:?}");
    assert!(
        found[0].contains("<retracted xmlns='urn:xmpp:message-retract:1'"),
        "{found:?}"
    );
    let mut newcomer = server.log_in("john", "c");
    newcomer.send(&format!(
        "<presence to='{ROOM}/John'><x xmlns='http://jabber.org/protocol/muc'/></presence>"
    ));
    let history = newcomer.expect(&["<message", "<retracted"]);
    assert!(!history.contains("rude") && history.contains("<delay"), "{history}");
    // As older clients ask.
    let id = say(&mut john, "again");
    let older = format!(
        "<apply-to xmlns='urn:xmpp:fasten:0' id='{id}'><moderate xmlns='urn:xmpp:message-moderate:0'>\
         <retract xmlns='urn:xmpp:message-retract:0'/></moderate></apply-to>"
    );
    assert_eq!(outcome(&request(&mut jane, "set", ROOM, &older)), "ok");
    // Nobody else says it in the room's name.
    john.send(&format!(
        "<message to='{ROOM}' type='groupchat'><body>x</body><apply-to xmlns='urn:xmpp:fasten:0' id='{id}'>\
         <moderated xmlns='urn:xmpp:message-moderate:0' by='{ROOM}/Jane'/></apply-to></message>"
    ));
    let passed = jane.expect(&["<message", "<body>x"]);
    assert!(!passed.contains("moderated"), "{passed}");
}

#[test]
fn a_room_has_a_picture_that_its_owners_set() {
    let (server, mut jane) = with_room(&[]);
    let mut john = server.log_in("john", "b");
    enter(&mut john, "John");
    let vcard = "<vCard xmlns='vcard-temp'><PHOTO><TYPE>image/png</TYPE><BINVAL>aGVs\nbG8=</BINVAL></PHOTO></vCard>";
    assert_eq!(outcome(&request(&mut john, "set", ROOM, vcard)), "forbidden");
    assert!(!request(&mut john, "get", ROOM, INFO).contains("avatarhash"));
    assert_eq!(
        outcome(&request(&mut jane, "set", ROOM, &vcard.replace("aGVs", "?"))),
        "bad-request"
    );
    assert_eq!(outcome(&request(&mut jane, "set", ROOM, vcard)), "ok");
    john.expect(&["<message", &format!("from='{ROOM}'"), "code='104'"]);
    // The SHA-1 of "hello".
    let hash = "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d";
    assert!(request(&mut john, "get", ROOM, INFO).contains(&format!("<value>{hash}</value>")));
    assert!(request(&mut john, "get", ROOM, "<vCard xmlns='vcard-temp'/>").contains("<TYPE>image/png"));
    assert_eq!(
        outcome(&request(&mut jane, "set", ROOM, "<vCard xmlns='vcard-temp'/>")),
        "ok"
    );
    assert!(!request(&mut john, "get", ROOM, INFO).contains("avatarhash"));
}

#[test]
fn rooms_are_found_by_words() {
    let (server, mut jane) = with_room(&[]);
    for (name, description) in [("tea", "Green and black"), ("coffee", "Black only")] {
        server.rest(
            "POST /chatrooms",
            &format!(r#"{{"roomName": "{name}", "naturalName": "The {name}", "description": "{description}", "publicRoom": true}}"#),
        );
    }
    let search = |fields: &[(&str, &str)]| {
        let field = |(name, value): &(&str, &str)| format!("<field var='{name}'><value>{value}</value></field>");
        let fields = fields.iter().map(field).collect::<Vec<_>>().concat();
        format!(
            "<search xmlns='urn:xmpp:channel-search:0:search'><x xmlns='jabber:x:data' type='submit'>{fields}</x></search>"
        )
    };
    let form = request(
        &mut jane,
        "get",
        SERVICE,
        "<search xmlns='urn:xmpp:channel-search:0:search'/>",
    );
    assert!(form.contains("var='q'") && form.contains("var='key'"), "{form}");
    let address = "{urn:xmpp:channel-search:0:order}address";
    for (fields, expected) in [
        (&[("q", "BLACK")][..], &["coffee@", "tea@"][..]),
        (&[("q", "black green")], &["tea@"]),
        (&[("q", "black"), ("sindescription", "0")], &[]),
        (&[("q", "nothing")], &[]),
        // The one with somebody in it comes first.
        (&[("all", "1")], &["lobby@", "coffee@", "tea@"]),
        (&[("all", "1"), ("key", address)], &["coffee@", "lobby@", "tea@"]),
        (&[("all", "1"), ("min_users", "1")], &["lobby@"]),
        (&[("all", "1"), ("types", "xep-0369")], &[]),
    ] {
        let found = request(&mut jane, "get", SERVICE, &search(fields));
        let found: Vec<&str> = found.split("<item address='").skip(1).collect();
        assert_eq!(found.len(), expected.len(), "{fields:?}: {found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.starts_with(expected), "{fields:?}: {found}");
        }
    }
    for (fields, condition, specific) in [
        (&[][..], "bad-request", "no-search-conditions"),
        (&[("q", "x"), ("all", "1")], "bad-request", "conflicting-fields"),
        (&[("q", "x")], "bad-request", "invalid-search-terms"),
        (
            &[("all", "1"), ("key", "age")],
            "feature-not-implemented",
            "invalid-sort-key",
        ),
    ] {
        let refused = request(&mut jane, "get", SERVICE, &search(fields));
        assert_eq!(outcome(&refused), condition, "{fields:?}");
        assert!(refused.contains(specific), "{refused}");
    }
}
