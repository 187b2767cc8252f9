//! What owners, admins and moderators do with a room over XMPP (XEP-0045 §8 to §10).

use super::client::Client;
use super::server::Server;
use super::support::service::Settings;

pub const ROOM: &str = "lobby@conference.example.org";
pub const OWNER: &str = "http://jabber.org/protocol/muc#owner";
const ADMIN: &str = "http://jabber.org/protocol/muc#admin";

/// Sends a request and gives its answer.
pub fn request(client: &mut Client, kind: &str, to: &str, payload: &str) -> String {
    client.ask(
        &format!("<iq type='{kind}' to='{to}' id='asked'>{payload}</iq>"),
        "asked",
    )
}

/// The condition of an error, `ok` for a result.
pub fn outcome(answer: &str) -> &str {
    if answer.contains("type='result'") {
        return "ok";
    }
    let (_, behind) = answer.split_once("<error type='").expect("an error");
    let (_, condition) = behind.split_once('<').expect("a condition");
    condition.split([' ', '/', '>']).next().expect("a name")
}

pub fn enter(client: &mut Client, nick: &str) {
    client.send(&format!(
        "<presence to='{ROOM}/{nick}'><x xmlns='http://jabber.org/protocol/muc'/></presence>"
    ));
    client.expect(&["<presence", &format!("from='{ROOM}/{nick}'"), "code='110'"]);
    client.expect(&["<message", "<subject"]);
}

/// Sends fields of the configuration form, `name=value` each.
pub fn configure(client: &mut Client, fields: &[&str]) -> String {
    let field = |field: &&str| {
        let (name, value) = field.split_once('=').expect("a value");
        let name = if name.contains('#') {
            name.to_owned()
        } else {
            format!("muc#roomconfig_{name}")
        };
        format!("<field var='{name}'><value>{value}</value></field>")
    };
    let fields = fields.iter().map(field).collect::<Vec<_>>().concat();
    let form = format!("<x xmlns='jabber:x:data' type='submit'>{fields}</x>");
    request(client, "set", ROOM, &format!("<query xmlns='{OWNER}'>{form}</query>"))
}

/// Sends items of lists.
pub fn change(client: &mut Client, items: &str) -> String {
    request(client, "set", ROOM, &format!("<query xmlns='{ADMIN}'>{items}</query>"))
}

pub fn list(client: &mut Client, item: &str) -> String {
    request(
        client,
        "get",
        ROOM,
        &format!("<query xmlns='{ADMIN}'><item {item}/></query>"),
    )
}

/// A server with a room that jane owns, and jane in it.
pub fn with_room(people: &[&str]) -> (Server, Client) {
    let server = Server::start();
    server.create(people);
    let mut jane = server.log_in("jane", "a");
    enter(&mut jane, "Jane");
    assert_eq!(outcome(&configure(&mut jane, &[])), "ok");
    (server, jane)
}

/// What an affiliate does, without waiting for what is told of it.
pub fn make(jane: &mut Client, address: &str, affiliation: &str) {
    let item = format!("<item jid='{address}' affiliation='{affiliation}'/>");
    assert_eq!(outcome(&change(jane, &item)), "ok");
}

#[test]
fn several_changes_are_all_made_or_none() {
    let (server, mut jane) = with_room(&["kim"]);
    let mut john = server.log_in("john", "b");
    enter(&mut john, "John");
    for (items, condition) in [
        ("", "bad-request"),
        ("<item/>", "bad-request"),
        ("<item jid='kim@example.org' affiliation='king'/>", "bad-request"),
        ("<item jid='@' affiliation='member'/>", "jid-malformed"),
        (
            "<item jid='kim@example.org' affiliation='member'/><item nick='Nobody' role='visitor'/>",
            "item-not-found",
        ),
        (
            "<item jid='kim@example.org' affiliation='member'/><item nick='Jane' role='visitor'/>",
            "not-allowed",
        ),
        (
            "<item jid='kim@example.org' affiliation='member'/><item jid='jane@example.org' affiliation='outcast'/>",
            "conflict",
        ),
        (
            "<item jid='kim@example.org' affiliation='member'/><item jid='jane@example.org' affiliation='admin'/>",
            "conflict",
        ),
    ] {
        assert_eq!(outcome(&change(&mut jane, items)), condition, "{items}");
        let members = list(&mut jane, "affiliation='member'");
        assert!(!members.contains("kim@example.org"), "{items}: {members}");
    }
    let items = "<item jid='kim@example.org' affiliation='member'/><item nick='John' role='visitor'>\
                 <reason>Shh</reason></item><item jid='bad@example.net/x' affiliation='outcast'/>";
    assert_eq!(outcome(&change(&mut jane, items)), "ok");
    let told = john.expect(&["<presence", &format!("from='{ROOM}/John'"), "role='visitor'"]);
    assert!(
        told.contains("<reason>Shh") && told.contains("<actor nick='Jane'"),
        "{told}"
    );
    assert!(list(&mut jane, "affiliation='member'").contains("jid='kim@example.org'"));
    assert!(list(&mut jane, "affiliation='outcast'").contains("jid='bad@example.net'"));
    // Two owners: one of them may go.
    make(&mut jane, "john@example.org", "owner");
    make(&mut jane, "jane@example.org", "none");
    assert_eq!(
        outcome(&change(&mut jane, "<item jid='kim@example.org' affiliation='none'/>")),
        "forbidden"
    );
}

#[test]
fn admins_rule_over_those_below_them() {
    let (server, mut jane) = with_room(&["kim", "liz"]);
    let mut john = server.log_in("john", "b");
    enter(&mut john, "John");
    make(&mut jane, "john@example.org", "admin");
    make(&mut jane, "kim@example.org", "admin");
    for (items, condition) in [
        ("<item jid='jane@example.org' affiliation='outcast'/>", "not-allowed"),
        ("<item jid='kim@example.org' affiliation='outcast'/>", "not-allowed"),
        ("<item jid='kim@example.org' affiliation='none'/>", "forbidden"),
        ("<item jid='liz@example.org' affiliation='admin'/>", "forbidden"),
        ("<item jid='john@example.org' affiliation='outcast'/>", "conflict"),
        ("<item nick='Jane' role='none'/>", "not-allowed"),
        ("<item nick='Jane' role='participant'/>", "not-allowed"),
        ("<item jid='liz@example.org' affiliation='member'/>", "ok"),
        ("<item jid='liz@example.org' affiliation='outcast'/>", "ok"),
    ] {
        assert_eq!(outcome(&change(&mut john, items)), condition, "{items}");
    }
    let mut liz = server.log_in("liz", "c");
    liz.send(&format!(
        "<presence to='{ROOM}/Liz'><x xmlns='http://jabber.org/protocol/muc'/></presence>"
    ));
    liz.expect(&["<presence", "type='error'", "<forbidden"]);
    assert_eq!(
        outcome(&change(&mut liz, "<item nick='John' role='none'/>")),
        "forbidden"
    );
}

#[test]
fn who_is_kicked_or_banned_learns_why_and_by_whom() {
    let (server, mut jane) = with_room(&[]);
    let mut john = server.log_in("john", "b");
    for (item, code, affiliation) in [
        ("nick='John' role='none'", "307", "none"),
        ("jid='john@example.org/b' affiliation='outcast'", "301", "outcast"),
    ] {
        enter(&mut john, "John");
        jane.send(&format!(
            "<iq type='set' to='{ROOM}' id='k'><query xmlns='{ADMIN}'><item {item}><reason>Go</reason></item></query></iq>"
        ));
        for client in [&mut john, &mut jane] {
            let told = client.expect(&["<presence", &format!("from='{ROOM}/John'"), "type='unavailable'"]);
            for part in [
                format!("affiliation='{affiliation}'"),
                format!("code='{code}'"),
                "role='none'".to_owned(),
                "<actor nick='Jane'".to_owned(),
                "<reason>Go".to_owned(),
            ] {
                assert!(told.contains(&part), "{part} in {told}");
            }
        }
    }
}

#[test]
fn groups_have_affiliations_as_people_do() {
    let (server, mut jane) = with_room(&[]);
    server.rest(
        "POST /groups",
        r#"{"name": "G", "description": "", "members": ["john@example.org"], "admins": []}"#,
    );
    let mut john = server.log_in("john", "b");
    enter(&mut john, "John");
    let group = "8s======@example.org/dfcf28d0734569a6a693bc8194de62bf";
    make(&mut jane, group, "admin");
    john.expect(&[
        "<presence",
        &format!("from='{ROOM}/John'"),
        "affiliation='admin'",
        "role='moderator'",
    ]);
    let admins = list(&mut jane, "affiliation='admin'");
    assert!(admins.contains(&format!("jid='{group}'")), "{admins}");
    let form = request(&mut jane, "get", ROOM, &format!("<query xmlns='{OWNER}'/>"));
    assert!(form.contains(&format!("<value>{group}</value>")), "{form}");
    // What he has by his group lets him rule.
    assert_eq!(
        outcome(&change(&mut john, "<item jid='kim@example.org' affiliation='member'/>")),
        "ok"
    );
    make(&mut jane, group, "none");
    john.expect(&[
        "<presence",
        &format!("from='{ROOM}/John'"),
        "affiliation='none'",
        "role='participant'",
    ]);
    let nobody = "8sq00===@example.org/f32a26e2a3a8aa338cd77b6e1263c535";
    let item = format!("<item jid='{nobody}' affiliation='member'/>");
    assert_ne!(outcome(&change(&mut jane, &item)), "internal-server-error");
}

#[test]
fn affiliations_and_rooms_of_an_owner_are_limited() {
    let settings = Settings::demo()
        .with("xmpp.limits.room_affiliations", "2")
        .with("xmpp.limits.owned_rooms", "1");
    let server = Server::start_with(settings);
    let mut jane = server.log_in("jane", "a");
    enter(&mut jane, "Jane");
    let member = |name: &str| format!("<item jid='{name}@example.org' affiliation='member'/>");
    assert_eq!(outcome(&change(&mut jane, &member("john"))), "ok");
    assert_eq!(outcome(&change(&mut jane, &member("kim"))), "resource-constraint");
    assert!(!list(&mut jane, "affiliation='member'").contains("kim@"));
    assert_eq!(
        outcome(&configure(&mut jane, &["roomadmins=kim@example.org"])),
        "resource-constraint"
    );
    jane.send(
        "<presence to='other@conference.example.org/Jane'><x xmlns='http://jabber.org/protocol/muc'/></presence>",
    );
    jane.expect(&["<presence", "from='other@", "<not-allowed"]);
}

#[test]
fn a_domain_is_cast_out_as_a_whole() {
    let (server, mut jane) = with_room(&["kim"]);
    let mut john = server.log_in("john", "b");
    enter(&mut john, "John");
    make(&mut jane, "kim@example.org", "member");
    make(&mut jane, "example.org", "outcast");
    john.expect(&["<presence", "type='unavailable'", "code='301'", "code='110'"]);
    john.send(&format!(
        "<presence to='{ROOM}/John'><x xmlns='http://jabber.org/protocol/muc'/></presence>"
    ));
    john.expect(&["<presence", "type='error'", "<forbidden"]);
    // Who has an affiliation is an exception.
    enter(&mut server.log_in("kim", "c"), "Kim");
    make(&mut jane, "example.org", "none");
    enter(&mut john, "John");
}

#[test]
pub fn lists_are_read_by_those_who_may() {
    let (server, mut jane) = with_room(&["kim"]);
    let mut john = server.log_in("john", "b");
    let mut kim = server.log_in("kim", "c");
    enter(&mut john, "John");
    // Everybody in the room sees addresses.
    for (item, of_occupant, of_stranger) in [
        ("affiliation='owner'", "ok", "forbidden"),
        ("affiliation='admin'", "ok", "forbidden"),
        ("affiliation='member'", "ok", "forbidden"),
        ("affiliation='outcast'", "forbidden", "forbidden"),
        ("role='moderator'", "forbidden", "forbidden"),
        ("role='participant'", "forbidden", "forbidden"),
        ("role='none'", "bad-request", "bad-request"),
    ] {
        assert_eq!(outcome(&list(&mut john, item)), of_occupant, "{item}");
        assert_eq!(outcome(&list(&mut kim, item)), of_stranger, "{item}");
    }
    let moderators = list(&mut jane, "role='moderator'");
    assert!(
        moderators.contains("jid='jane@example.org/a' nick='Jane' role='moderator'"),
        "{moderators}"
    );
    assert_eq!(outcome(&configure(&mut jane, &["getmemberlist=moderator"])), "ok");
    assert_eq!(outcome(&list(&mut john, "affiliation='owner'")), "forbidden");
    assert_eq!(
        outcome(&configure(
            &mut jane,
            &["getmemberlist=participant", "whois=moderators"]
        )),
        "ok"
    );
    assert_eq!(outcome(&list(&mut john, "affiliation='owner'")), "forbidden");
    assert_eq!(outcome(&list(&mut jane, "affiliation='owner'")), "ok");
}
