//! Changes that an administrator makes from an XMPP client, by the commands of XEP-0133.

use std::collections::BTreeSet;

use super::log::entries_of;
use super::support::service::{Service, Settings};
use super::support::xmpp::{Client, flattened};

const ADMIN: &str = "http://jabber.org/protocol/admin#";
const INVITE: &str = "urn:xmpp:invite#create-account";

/// Fields of a form by their names; a field with several values stands here as often.
type Filled = &'static [(&'static str, &'static str)];

/// A command, what is filled in, and the entries that it leaves. Each finds what those before it have left. The service ends
/// last.
const CHANGES: &[(&str, Filled, &[&str])] = &[
    (
        "add-user",
        &[
            ("accountjid", "mary@example.org"),
            ("password", "secret"),
            ("password-verify", "secret"),
        ],
        &["created account mary@example.org"],
    ),
    (
        "change-user-password",
        &[("accountjid", "mary@example.org"), ("password", "other")],
        &["changed account mary@example.org"],
    ),
    (
        "disable-user",
        &[("accountjids", "mary@example.org")],
        &["locked account mary@example.org"],
    ),
    (
        "reenable-user",
        &[("accountjids", "mary@example.org")],
        &["unlocked account mary@example.org"],
    ),
    (
        "delete-user",
        &[("accountjids", "mary@example.org")],
        &["removed account mary@example.org"],
    ),
    (
        "end-user-session",
        &[("accountjids", "jane@example.org")],
        &["closed the sessions of jane@example.org"],
    ),
    (
        "edit-blacklist",
        &[("blacklistjids", "kim@example.net")],
        &["set the blocked addresses, 1 of them"],
    ),
    (
        "edit-whitelist",
        &[("whitelistjids", "kim@example.com")],
        &["set the allowed addresses, 1 of them"],
    ),
    (
        "announce",
        &[("announcement", "hello")],
        &["sent a message to all connected users"],
    ),
    ("set-motd", &[("motd", "hello")], &["set the message of the day"]),
    ("edit-motd", &[("motd", "hi")], &["edited the message of the day"]),
    ("delete-motd", &[], &["removed the message of the day"]),
    ("set-welcome", &[("welcome", "hello")], &["set the welcome message"]),
    ("delete-welcome", &[], &["removed the welcome message"]),
    (
        "edit-admin",
        &[("adminjids", "admin@example.org"), ("adminjids", "john@example.org")],
        &["made administrators: john@example.org; took that from: "],
    ),
    (INVITE, &[("username", "newcomer")], &["invited newcomer@example.org"]),
    (
        "restart",
        &[("delay", "3600")],
        &["ordered the restart of the service in 3600 s"],
    ),
    (
        "shutdown",
        &[("delay", "7200"), ("announcement", "bye")],
        &[
            "ordered the shutdown of the service in 7200 s",
            "sent a message to all connected users",
        ],
    ),
];

fn connect(service: &Service, user: &str, password: &str) -> Client {
    let mut client = Client::dial(service.xmpp_port, "example.org").expect("a connection");
    client.log_in(user, password).expect("a login");
    client.bind("office").expect("a session");
    client
}

fn node_of(name: &str) -> String {
    if name.contains('#') {
        name.to_owned()
    } else {
        format!("{ADMIN}{name}")
    }
}

/// Begins a command, and fills its form in where it asks for something.
fn run(admin: &mut Client, name: &str, fields: &[(&str, &str)]) -> String {
    let node = node_of(name);
    let command = |attributes: &str, form: &str| {
        format!("<command xmlns='http://jabber.org/protocol/commands' node='{node}' {attributes}>{form}</command>")
    };
    let begun = admin
        .request("set", &command("action='execute'", ""))
        .expect("an answer");
    let begun = flattened(&begun);
    let Some((_, rest)) = begun
        .split_once("sessionid='")
        .filter(|_| begun.contains("status='executing'"))
    else {
        return begun;
    };
    let session = rest.split('\'').next().expect("a session");
    let about = node
        .strip_suffix("create-account")
        .map_or("http://jabber.org/protocol/admin", |_| &node);
    let mut form =
        format!("<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>{about}</value></field>");
    let mut names: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
    names.dedup();
    for name in names {
        form.push_str(&format!("<field var='{name}'>"));
        for (_, value) in fields.iter().filter(|(other, _)| *other == name) {
            form.push_str(&format!("<value>{value}</value>"));
        }
        form.push_str("</field>");
    }
    form.push_str("</x>");
    let attributes = format!("sessionid='{session}' action='complete'");
    flattened(&admin.request("set", &command(&attributes, &form)).expect("an answer"))
}

/// The commands that are offered to this client and are more than a question.
fn offered(admin: &mut Client) -> BTreeSet<String> {
    let query = "<query xmlns='http://jabber.org/protocol/disco#items' node='http://jabber.org/protocol/commands'/>";
    let items = admin.request("get", query).expect("an answer");
    let nodes = items.children().next().expect("a query").children();
    let nodes = nodes.map(|item| item.attr("node").expect("a node").to_owned());
    let is_question = |node: &String| node.contains("#get-") || node.ends_with("#user-stats");
    nodes.filter(|node| !is_question(node)).collect()
}

#[test]
fn every_command_that_changes_something_is_told_with_who_and_which() {
    let service = Service::demo(Settings::demo().with("xmpp.invitations", "administrators"));
    let mut admin = connect(&service, "admin", "admin");
    let _jane = connect(&service, "jane", "secret");
    let commands: BTreeSet<_> = CHANGES.iter().map(|(name, ..)| node_of(name)).collect();
    assert_eq!(offered(&mut admin), commands, "each has its place in the table");

    for (name, fields, expected) in CHANGES {
        let entries = entries_of(&service, || {
            let answer = run(&mut admin, name, fields);
            assert!(
                answer.contains("status='completed'") && !answer.contains("error"),
                "{name}: {answer}"
            );
        });
        let summaries: Vec<_> = entries.iter().map(|entry| entry.summary.as_str()).collect();
        assert_eq!(summaries, *expected, "{name}");
        for entry in entries {
            assert_eq!(entry.username, "admin", "{name}");
            assert_eq!(entry.details, format!("XMPP: {}", node_of(name)));
        }
    }
}

#[test]
fn a_command_that_is_refused_is_not_told() {
    let service = Service::demo(Settings::demo());
    let mut jane = connect(&service, "jane", "secret");
    let entries = entries_of(&service, || {
        let answer = run(&mut jane, "delete-user", &[("accountjids", "john@example.org")]);
        assert!(answer.contains("forbidden"), "{answer}");
    });
    assert_eq!(entries, []);
}
