//! How people come to a room: by registering, by asking for a voice, by invitation (XEP-0045 §7.8, §7.10, §7.13).

use super::room_administration::{ROOM, change, configure, enter, outcome, request, with_room};

const REGISTER: &str = "jabber:iq:register";
const USER: &str = "http://jabber.org/protocol/muc#user";

fn registration(nickname: &str) -> String {
    format!(
        "<query xmlns='{REGISTER}'><x xmlns='jabber:x:data' type='submit'>\
         <field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#register</value></field>\
         <field var='muc#register_roomnick'><value>{nickname}</value></field></x></query>"
    )
}

#[test]
fn who_registers_is_a_member_with_a_nickname_of_his_own() {
    let (server, mut jane) = with_room(&["kim"]);
    let mut john = server.log_in("john", "b");
    let ask = format!("<query xmlns='{REGISTER}'/>");
    let form = request(&mut john, "get", ROOM, &ask);
    assert!(
        form.contains("var='muc#register_roomnick'") && form.contains("<required"),
        "{form}"
    );
    for (payload, condition) in [
        (format!("<query xmlns='{REGISTER}'/>"), "bad-request"),
        (registration(""), "bad-request"),
        (registration("Jane"), "conflict"),
        (registration("Johnny"), "ok"),
    ] {
        assert_eq!(
            outcome(&request(&mut john, "set", ROOM, &payload)),
            condition,
            "{payload}"
        );
    }
    let registered = request(&mut john, "get", ROOM, &ask);
    assert!(
        registered.contains("<registered></registered><username>Johnny</username>"),
        "{registered}"
    );
    let item = "<query xmlns='http://jabber.org/protocol/disco#info' node='x-roomuser-item'/>";
    let known = request(&mut john, "get", ROOM, item);
    assert!(
        known.contains("<identity category='conference' name='Johnny' type='text'"),
        "{known}"
    );
    assert!(!request(&mut jane, "get", ROOM, item).contains("<identity"));

    let mut kim = server.log_in("kim", "c");
    assert_eq!(
        outcome(&request(&mut kim, "set", ROOM, &registration("Johnny"))),
        "conflict"
    );
    kim.send(&format!(
        "<presence to='{ROOM}/Johnny'><x xmlns='http://jabber.org/protocol/muc'/></presence>"
    ));
    kim.expect(&["<presence", "type='error'", "<conflict"]);
    enter(&mut john, "Johnny");

    // A ban takes the nickname away.
    assert_eq!(
        outcome(&change(&mut jane, "<item nick='Johnny' affiliation='outcast'/>")),
        "ok"
    );
    assert_eq!(outcome(&request(&mut john, "get", ROOM, &ask)), "not-allowed");
    assert_eq!(outcome(&request(&mut kim, "set", ROOM, &registration("Johnny"))), "ok");
    let remove = format!("<query xmlns='{REGISTER}'><remove/></query>");
    assert_eq!(outcome(&request(&mut kim, "set", ROOM, &remove)), "ok");
    assert_eq!(
        outcome(&request(&mut kim, "set", ROOM, &remove)),
        "registration-required"
    );
    let members = "<query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='member'/></query>";
    assert!(!request(&mut jane, "get", ROOM, members).contains("jid="));
    assert_eq!(
        outcome(&configure(&mut jane, &["x-muc#roomconfig_registration=0"])),
        "ok"
    );
    assert_eq!(outcome(&request(&mut kim, "get", ROOM, &ask)), "not-allowed");
}

#[test]
fn a_room_that_asks_for_reserved_nicknames_has_members_with_theirs_only() {
    let (server, mut jane) = with_room(&[]);
    let mut john = server.log_in("john", "b");
    assert_eq!(outcome(&request(&mut john, "set", ROOM, &registration("Johnny"))), "ok");
    assert_eq!(
        outcome(&configure(&mut jane, &["x-muc#roomconfig_reservednick=1"])),
        "ok"
    );
    john.send(&format!(
        "<presence to='{ROOM}/Other'><x xmlns='http://jabber.org/protocol/muc'/></presence>"
    ));
    john.expect(&[
        "<presence",
        &format!("from='{ROOM}/Johnny'"),
        "code='110'",
        "code='210'",
    ]);
    let member = "<item jid='kim@example.org' affiliation='member'/>";
    assert_eq!(outcome(&change(&mut jane, member)), "conflict");
    let with_nickname = "<item jid='kim@example.org' nick='Kim' affiliation='member'/>";
    assert_eq!(outcome(&change(&mut jane, with_nickname)), "ok");
    john.send(&format!("<presence to='{ROOM}/Kim'/>"));
    john.expect(&["<presence", "type='error'", "<conflict"]);
}

#[test]
fn a_visitor_asks_for_a_voice_and_a_moderator_grants_it() {
    let (server, mut jane) = with_room(&[]);
    assert_eq!(outcome(&configure(&mut jane, &["moderatedroom=1"])), "ok");
    let mut john = server.log_in("john", "b");
    let ask = |fields: &str| {
        format!(
            "<message to='{ROOM}'><x xmlns='jabber:x:data' type='submit'>\
             <field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#request</value></field>{fields}</x></message>"
        )
    };
    let role = "<field var='muc#role'><value>participant</value></field>";
    john.send(&ask(role));
    john.expect(&["<message", "type='error'", "<not-acceptable"]);
    enter(&mut john, "John");
    john.send(&ask(role));
    let form = jane.expect(&["<message", &format!("from='{ROOM}'"), "muc#request_allow"]);
    for part in [
        "<value>john@example.org/b",
        "var='muc#roomnick'",
        "<value>John<",
        "<value>participant",
    ] {
        assert!(form.contains(part), "{part} in {form}");
    }
    let allow = "<field var='muc#roomnick'><value>John</value></field>\
                 <field var='muc#request_allow'><value>1</value></field>";
    john.send(&ask(&format!("{role}{allow}")));
    john.expect(&["<message", "type='error'", "<forbidden"]);
    jane.send(&ask(&format!("{role}{allow}")));
    john.expect(&[
        "<presence",
        &format!("from='{ROOM}/John'"),
        "role='participant'",
        "code='110'",
    ]);
}

#[test]
fn an_invitation_goes_through_the_room_and_so_does_its_refusal() {
    let (server, mut jane) = with_room(&["kim"]);
    let mut john = server.log_in("john", "b");
    let mut kim = server.log_in("kim", "c");
    jane.send(&format!(
        "<message to='{ROOM}'><x xmlns='{USER}'><invite to='john@example.org'><reason>Come</reason></invite>\
         <invite to='kim@example.org'/></x></message>"
    ));
    let told = john.expect(&[
        "<message",
        &format!("from='{ROOM}'"),
        "<invite from='jane@example.org/a'",
    ]);
    assert!(
        told.contains("<reason>Come") && told.contains(&format!("jid='{ROOM}'")),
        "{told}"
    );
    kim.expect(&[
        "<message",
        &format!("from='{ROOM}'"),
        "<invite from='jane@example.org/a'",
    ]);
    john.send(&format!(
        "<message to='{ROOM}'><x xmlns='{USER}'><decline to='jane@example.org/a'><reason>Busy</reason></decline></x></message>"
    ));
    let told = jane.expect(&[
        "<message",
        &format!("from='{ROOM}'"),
        "<decline from='john@example.org'",
    ]);
    assert!(told.contains("<reason>Busy"), "{told}");
    jane.send(&format!(
        "<message to='{ROOM}'><x xmlns='{USER}'><invite to='nobody@example.org'/></x></message>"
    ));
    jane.expect(&["<message", "type='error'", "<item-not-found"]);
    // Who is not in the room invites nobody.
    kim.send(&format!(
        "<message to='{ROOM}'><x xmlns='{USER}'><invite to='john@example.org'/></x></message>"
    ));
    kim.expect(&["<message", "type='error'", "<forbidden"]);
}

#[test]
fn who_is_invited_to_a_room_for_members_becomes_one() {
    let (server, mut jane) = with_room(&["kim", "liz"]);
    assert_eq!(
        outcome(&configure(
            &mut jane,
            &["membersonly=1", "passwordprotectedroom=1", "roomsecret=x"]
        )),
        "ok"
    );
    let mut john = server.log_in("john", "b");
    let invite = |whom: &str| format!("<message to='{ROOM}'><x xmlns='{USER}'><invite to='{whom}'/></x></message>");
    jane.send(&invite("john@example.org"));
    john.expect(&["<invite from='jane@example.org/a'", "<password>x</password>"]);
    john.send(&format!(
        "<presence to='{ROOM}/John'><x xmlns='http://jabber.org/protocol/muc'><password>x</password></x></presence>"
    ));
    john.expect(&["<presence", "affiliation='member'", "code='110'"]);
    // Members invite where that is allowed.
    john.send(&invite("kim@example.org"));
    john.expect(&["<message", "type='error'", "<forbidden"]);
    assert_eq!(outcome(&configure(&mut jane, &["allowinvites=1"])), "ok");
    let mut kim = server.log_in("kim", "c");
    john.send(&invite("kim@example.org"));
    kim.expect(&["<invite from='john@example.org/b'"]);
    // A new member that is not there is asked in.
    let mut liz = server.log_in("liz", "d");
    assert_eq!(
        outcome(&change(&mut jane, "<item jid='liz@example.org' affiliation='member'/>")),
        "ok"
    );
    liz.expect(&["<invite from='jane@example.org'", "<password>x</password>"]);
}

#[test]
fn whoever_is_told_of_a_change_finds_the_room_changed() {
    let (server, mut jane) = with_room(&[]);
    let mut john = server.connect("john", "b");
    for _ in 0..30 {
        enter(&mut john, "John");
        assert_eq!(
            outcome(&change(
                &mut jane,
                "<item jid='john@example.org' affiliation='outcast'/>"
            )),
            "ok"
        );
        john.send(&format!(
            "<presence to='{ROOM}/John'><x xmlns='http://jabber.org/protocol/muc'/></presence>"
        ));
        john.expect(&["<presence", "type='unavailable'", "code='301'"]);
        john.expect(&["<presence", "type='error'", "<forbidden"]);
        assert_eq!(
            outcome(&change(&mut jane, "<item jid='john@example.org' affiliation='none'/>")),
            "ok"
        );
    }
}
