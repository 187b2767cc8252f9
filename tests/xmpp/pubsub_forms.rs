//! What forms of nodes say to clients that read numbers where XEP-0060 §8.2.2 lets a word stand.

use super::pubsub::{OWNER, PUBSUB, ask, options, publish, set};
use super::server::Server;

const SERVICE: &str = "pubsub.example.org";

fn configure(fields: &[(&str, &str)]) -> String {
    let fields = fields
        .iter()
        .map(|(field, value)| format!("<field var='pubsub#{field}'><value>{value}</value></field>"))
        .collect::<Vec<_>>()
        .concat();
    let form_type =
        "<field var='FORM_TYPE' type='hidden'><value>http://jabber.org/protocol/pubsub#node_config</value></field>";
    format!("<x xmlns='jabber:x:data' type='submit'>{form_type}{fields}</x>")
}

/// What a form says in a field.
fn value(form: &str, field: &str) -> String {
    let start = form.find(&format!("var='pubsub#{field}'")).expect("the field");
    let field = &form[start..];
    let field = &field[..field.find("</field>").expect("the end of the field")];
    let value = field.split("<value>").nth(1).expect("a value");
    value.split('<').next().expect("a text").to_owned()
}

#[test]
fn a_node_without_limits_of_its_own_shows_those_that_hold_as_numbers() {
    let server = Server::start();
    let mut jane = server.connect("jane", "a");
    set(
        &mut jane,
        SERVICE,
        &format!(
            "<create node='n'/><configure>{}</configure>",
            configure(&[("max_items", "max")])
        ),
    );

    let form = ask(&mut jane, "get", SERVICE, OWNER, "<configure node='n'/>");
    let shown = [value(&form, "max_items"), value(&form, "max_payload_size")];
    for number in &shown {
        assert!(number.parse::<u32>().expect("a number") > 1, "{form}");
    }
    let default = ask(&mut jane, "get", SERVICE, OWNER, "<default/>");
    assert_eq!(
        [value(&default, "max_items"), value(&default, "max_payload_size")],
        shown
    );

    // Sent back they change nothing: the node is still one that keeps as many as it can.
    let same = configure(&[("max_items", &shown[0]), ("max_payload_size", &shown[1])]);
    let changed = ask(
        &mut jane,
        "set",
        SERVICE,
        OWNER,
        &format!("<configure node='n'>{same}</configure>"),
    );
    assert!(changed.contains("type='result'"), "{changed}");
    for wanted in ["max", shown[0].as_str()] {
        let item = publish("n", "1", "<a xmlns='urn:x'/>") + &options(&[("max_items", wanted)]);
        let published = ask(&mut jane, "set", SERVICE, PUBSUB, &item);
        assert!(published.contains("type='result'"), "{wanted}: {published}");
    }
    let other = publish("n", "1", "<a xmlns='urn:x'/>") + &options(&[("max_items", "3")]);
    let refused = ask(&mut jane, "set", SERVICE, PUBSUB, &other);
    assert!(refused.contains("precondition-not-met"), "{refused}");
}

#[test]
fn a_node_of_an_account_is_for_its_contacts_by_default_and_tells_them_of_its_last_item() {
    let server = Server::start();
    let mut jane = server.connect("jane", "a");
    let default = ask(&mut jane, "get", "", OWNER, "<default/>");
    for (field, expected) in [
        ("access_model", "presence"),
        ("deliver_notifications", "1"),
        ("deliver_payloads", "1"),
        ("send_last_published_item", "on_sub_and_presence"),
    ] {
        assert_eq!(value(&default, field), expected, "{field}: {default}");
    }
    let of_service = ask(&mut jane, "get", SERVICE, OWNER, "<default/>");
    assert_eq!(value(&of_service, "send_last_published_item"), "on_sub_and_presence");
}
