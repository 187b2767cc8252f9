//! The chart of affiliations (XEP-0060 §4.1) under every access model and publish model (§4.5, §16.4.4), over real sockets.

use super::client::Client;
use super::server::Server;

const SERVICE: &str = "pubsub.example.org";
const PUBSUB: &str = "http://jabber.org/protocol/pubsub";
const OWNER: &str = "http://jabber.org/protocol/pubsub#owner";

/// Somebody who wants something of a node: john is a contact of the owner in a group that is allowed, admin is not.
struct Person {
    name: &'static str,
    is_contact: bool,
}

/// What §4.1 says of an affiliation, column by column. `others` and `own` are whose items are meant.
struct Row {
    affiliation: &'static str,
    /// Whether it is let in whatever the access model is; `None`: the model decides.
    reads: Option<bool>,
    /// Whether it publishes whatever the publish model is; `None`: the model decides.
    publishes: Option<bool>,
    deletes_others: bool,
    purges_others: bool,
    purges_own: bool,
    owns: bool,
}

const CHART: &[Row] = &[
    Row {
        affiliation: "owner",
        reads: Some(true),
        publishes: Some(true),
        deletes_others: true,
        purges_others: true,
        purges_own: true,
        owns: true,
    },
    Row {
        affiliation: "publisher",
        reads: Some(true),
        publishes: Some(true),
        deletes_others: false,
        purges_others: false,
        purges_own: true,
        owns: false,
    },
    Row {
        affiliation: "publish-only",
        reads: Some(false),
        publishes: Some(true),
        deletes_others: false,
        purges_others: false,
        purges_own: false,
        owns: false,
    },
    Row {
        affiliation: "member",
        reads: Some(true),
        publishes: None,
        deletes_others: false,
        purges_others: false,
        purges_own: false,
        owns: false,
    },
    Row {
        affiliation: "none",
        reads: None,
        publishes: None,
        deletes_others: false,
        purges_others: false,
        purges_own: false,
        owns: false,
    },
    Row {
        affiliation: "outcast",
        reads: Some(false),
        publishes: Some(false),
        deletes_others: false,
        purges_others: false,
        purges_own: false,
        owns: false,
    },
];

const FORBIDDEN: &[&str] = &["type='error'", "type='auth'", "<forbidden"];

/// Why somebody without an affiliation may not read; empty: he may.
fn refusal(access: &str, person: &Person) -> &'static [&'static str] {
    match (access, person.is_contact) {
        ("presence", false) => &["type='auth'", "<not-authorized", "<presence-subscription-required"],
        ("roster", false) => &["type='auth'", "<not-authorized", "<not-in-roster-group"],
        ("authorize", _) => &["type='auth'", "<not-authorized", "<not-subscribed"],
        ("whitelist", _) => &["type='cancel'", "<not-allowed", "<closed-node"],
        _ => &[],
    }
}

fn ask(client: &mut Client, kind: &str, namespace: &str, content: &str) -> String {
    client.ask(
        &format!("<iq type='{kind}' id='asked' to='{SERVICE}'><pubsub xmlns='{namespace}'>{content}</pubsub></iq>"),
        "asked",
    )
}

fn form(fields: &[(&str, &str)]) -> String {
    let field = |(name, value): &(&str, &str)| format!("<field var='pubsub#{name}'><value>{value}</value></field>");
    let fields: String = fields.iter().map(field).collect();
    format!("<x xmlns='jabber:x:data' type='submit'>{fields}</x>")
}

fn publish(client: &mut Client, id: &str) -> String {
    let item = format!("<publish node='n'><item id='{id}'><a xmlns='urn:x'/></item></publish>");
    ask(client, "set", PUBSUB, &item)
}

/// Checks one answer: `refused` holds what a refusal has to contain, nothing if the request succeeds.
#[track_caller]
fn check(case: &str, what: &str, answer: &str, refused: &[&str]) {
    if refused.is_empty() {
        assert!(answer.contains("type='result'"), "{case}: {what}: {answer}");
    } else {
        let is_refused = answer.contains("type='error'") && refused.iter().all(|text| answer.contains(text));
        assert!(is_refused, "{case}: {what}: {answer}");
    }
}

fn unless(is_allowed: bool) -> &'static [&'static str] {
    if is_allowed { &[] } else { FORBIDDEN }
}

/// Goes through the columns of the chart for one node and one person.
fn walk(jane: &mut Client, client: &mut Client, person: &Person, row: &Row, access: &str, model: &str) {
    let case = format!("{} as {} ({access}, {model})", person.name, row.affiliation);
    let config = form(&[
        ("access_model", access),
        ("publish_model", model),
        ("roster_groups_allowed", "Cave"),
    ]);
    let made = ask(
        jane,
        "set",
        PUBSUB,
        &format!("<create node='n'/><configure>{config}</configure>"),
    );
    check(&case, "make", &made, &[]);
    check(&case, "publish first", &publish(jane, "hers"), &[]);
    if row.affiliation != "none" {
        let affiliation = format!(
            "<affiliations node='n'><affiliation jid='{}@example.org' affiliation='{}'/></affiliations>",
            person.name, row.affiliation
        );
        check(&case, "affiliate", &ask(jane, "set", OWNER, &affiliation), &[]);
    }

    let closed = match row.reads {
        Some(reads) => unless(reads),
        None => refusal(access, person),
    };
    let items = ask(client, "get", PUBSUB, "<items node='n'/>");
    check(&case, "retrieve items", &items, closed);
    assert_eq!(items.contains("id='hers'"), closed.is_empty(), "{case}: {items}");

    let publishes_at_once = row.publishes.unwrap_or(model == "open");
    check(&case, "publish", &publish(client, "his"), unless(publishes_at_once));

    let subscribe = format!("<subscribe node='n' jid='{}@example.org'/>", person.name);
    let subscribed = ask(client, "set", PUBSUB, &subscribe);
    let is_to_be_approved = row.reads.is_none() && access == "authorize";
    if is_to_be_approved {
        assert!(subscribed.contains("subscription='pending'"), "{case}: {subscribed}");
    } else {
        check(&case, "subscribe", &subscribed, closed);
    }
    let is_subscribed = closed.is_empty();
    let publishes = row.publishes.unwrap_or(match model {
        "open" => true,
        "subscribers" => is_subscribed,
        _ => false,
    });
    check(&case, "publish later", &publish(client, "his"), unless(publishes));

    let delete_hers = ask(client, "set", PUBSUB, "<retract node='n'><item id='hers'/></retract>");
    check(
        &case,
        "delete an item of another",
        &delete_hers,
        unless(row.deletes_others),
    );
    check(&case, "publish again", &publish(jane, "hers"), &[]);
    if publishes {
        let delete_his = ask(client, "set", PUBSUB, "<retract node='n'><item id='his'/></retract>");
        check(&case, "delete an own item", &delete_his, &[]);
        check(&case, "publish once more", &publish(client, "his"), &[]);
    }

    let purge = ask(client, "set", OWNER, "<purge node='n'/>");
    check(&case, "purge items of others", &purge, unless(row.purges_others));
    if !row.purges_others {
        let retract = ask(jane, "set", PUBSUB, "<retract node='n'><item id='hers'/></retract>");
        check(&case, "leave him alone", &retract, &[]);
    }
    let purge = ask(client, "set", OWNER, "<purge node='n'/>");
    check(&case, "purge own items", &purge, unless(row.purges_own));

    let configure = format!("<configure node='n'>{}</configure>", form(&[("title", "mine")]));
    let configured = ask(client, "set", OWNER, &configure);
    check(&case, "configure", &configured, unless(row.owns));
    let shown = ask(client, "get", OWNER, "<configure node='n'/>");
    check(&case, "see the configuration", &shown, unless(row.owns));
    let people = ask(client, "get", OWNER, "<affiliations node='n'/>");
    check(&case, "see the affiliations", &people, unless(row.owns));
    let people = ask(client, "get", OWNER, "<subscriptions node='n'/>");
    check(&case, "see the subscriptions", &people, unless(row.owns));

    let deleted = ask(client, "set", OWNER, "<delete node='n'/>");
    check(&case, "delete the node", &deleted, unless(row.owns));
    if !row.owns {
        check(
            &case,
            "delete at last",
            &ask(jane, "set", OWNER, "<delete node='n'/>"),
            &[],
        );
    }
}

#[test]
fn everybody_may_what_the_chart_of_affiliations_says() {
    let server = Server::start();
    let mut jane = server.log_in("jane", "a");
    let grouped = "<iq type='set' id='g'><query xmlns='jabber:iq:roster'>\
                   <item jid='john@example.org' name='John'><group>Cave</group></item></query></iq>";
    assert!(jane.ask(grouped, "g").contains("type='result'"));
    let mut john = server.log_in("john", "b");
    let mut admin = Client::connect(server.0.xmpp_port, "admin", "admin", "c");
    admin.send("<presence/>");
    let contact = Person {
        name: "john",
        is_contact: true,
    };
    let stranger = Person {
        name: "admin",
        is_contact: false,
    };
    for row in CHART {
        for access in ["open", "presence", "roster", "authorize", "whitelist"] {
            for model in ["publishers", "subscribers", "open"] {
                walk(&mut jane, &mut john, &contact, row, access, model);
                walk(&mut jane, &mut admin, &stranger, row, access, model);
            }
        }
    }
}
