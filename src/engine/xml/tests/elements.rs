//! Trees made by hand, and how they are written.

use super::*;

fn written(element: &Element, scope: Scope<'_>) -> String {
    let mut out = Vec::new();
    write_element(element, scope, &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn an_element_is_made_and_read_by_name() {
    let mut iq = Element::new("iq", ns::JABBER_CLIENT)
        .with_attr("type", "result")
        .with_optional_attr("id", Some(7))
        .with_optional_attr("to", None::<&str>)
        .with_lang("de")
        .with_child(
            Element::new("query", ns::VERSION)
                .with_text("a")
                .with_text("")
                .with_text("b"),
        )
        .with_optional_child(None)
        .with_children([Element::new("x", "urn:x"), Element::new("y", "urn:x")]);
    assert_eq!((iq.attr("id"), iq.attr("to"), iq.lang()), (Some("7"), None, Some("de")));
    assert_eq!(iq.attr("lang"), None);
    assert_eq!(iq.child_text("query", ns::VERSION).as_deref(), Some("ab"));
    assert_eq!(iq.child_text("query", ns::TIME), None);

    iq.set_attr("id", 8);
    assert_eq!(iq.remove_attr("id").as_deref(), Some("8"));
    assert_eq!(iq.remove_attr("id"), None);
    assert!(iq.take_child("x", "urn:x").is_some_and(|x| x.is("x", "urn:x")));
    assert!(iq.take_child("x", "urn:x").is_none());
    iq.retain_children(|child| child.ns() == ns::VERSION);
    assert_eq!(iq.children().map(Element::name).collect::<Vec<_>>(), ["query"]);
}

#[test]
fn texts_that_come_together_are_one() {
    let mut apart = Element::new("a", "")
        .with_text("1")
        .with_child(Element::new("b", ""))
        .with_text("2");
    assert_eq!(apart.text(), "12");
    apart.retain_children(|_| false);
    assert_eq!(apart, Element::new("a", "").with_text("12"));
}

#[test]
fn namespaces_are_declared_where_they_change() {
    let message = Element::new("message", ns::JABBER_CLIENT)
        .with_attr("to", "a&b")
        .with_child(Element::new("body", ns::JABBER_CLIENT).with_text("1 < 2"))
        .with_child(
            Element::new("x", "urn:x")
                .with_child(Element::new("y", "urn:x"))
                .with_child(Element::new("z", "")),
        )
        .with_child(Element::new("error", ns::STREAM));
    assert_eq!(
        written(&message, Scope::CLIENT),
        "<message to='a&amp;b'><body>1 &lt; 2</body><x xmlns='urn:x'><y/><z xmlns=''/></x><stream:error/></message>"
    );
    assert_eq!(
        message.to_string(),
        "<message xmlns='jabber:client' to='a&amp;b'><body>1 &lt; 2</body><x xmlns='urn:x'><y/><z xmlns=''/></x>\
         <error xmlns='http://etherx.jabber.org/streams'/></message>"
    );
    assert!(written(&message, Scope::SERVER).starts_with("<message xmlns='jabber:client' "));
}

#[test]
fn attributes_in_namespaces_get_prefixes() {
    let mut element = Element::new("a", "urn:a").with_lang("en");
    element.set_attr_ns("urn:b", "c", 1);
    element.set_attr_ns("urn:a", "c", 2);
    element.set_attr_ns("urn:b", "d", 3);
    assert_eq!(
        element.to_string(),
        "<a xmlns='urn:a' xml:lang='en' xmlns:ns1='urn:b' ns1:c='1' xmlns:ns2='urn:a' ns2:c='2' ns1:d='3'/>"
    );
}

#[test]
fn what_xml_does_not_allow_is_never_written() {
    let text = "a\0b\u{8}c\u{1F}d\u{FFFE}e\u{FFFF}f\u{EFFF}";
    let element = Element::new("a", "").with_attr("b", text).with_text(text);
    let replaced = "a\u{FFFD}b\u{FFFD}c\u{FFFD}d\u{FFFD}e\u{FFFD}f\u{EFFF}";
    assert_eq!(element.to_string(), format!("<a b='{replaced}'>{replaced}</a>"));
}

#[test]
fn content_is_written_below_a_start_tag_made_by_hand() {
    let message = Element::new("message", ns::JABBER_CLIENT)
        .with_child(Element::new("body", ns::JABBER_CLIENT).with_text("Hi"))
        .with_text("!");
    let mut out = b"<message to='".to_vec();
    escape_attribute("o'neill@montague.example", &mut out);
    out.extend_from_slice(b"'>");
    write_content(&message, Scope::CLIENT, &mut out);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "<message to='o&apos;neill@montague.example'><body>Hi</body>!"
    );
}

#[test]
fn passwords_and_messages_are_not_in_debugging_output() {
    let auth = Element::new("auth", ns::SASL)
        .with_attr("token", "secret")
        .with_text("secret");
    assert_eq!(
        format!("{auth:?}"),
        "<{urn:ietf:params:xml:ns:xmpp-sasl}auth token>6 bytes of text</auth>"
    );
}

#[test]
fn names_that_are_none_are_refused() {
    assert_eq!(Name::parse("müsli-2.x").as_ref().map(Name::as_str), Some("müsli-2.x"));
    for name in ["", "a:b", "2a", "-a", "a b", "a<", "a\0"] {
        assert_eq!(Name::parse(name), None, "{name:?}");
    }
}
