//! What holds for every tree and for every stream.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use xml::attribute::OwnedAttribute;
use xml::reader::{ParserConfig, XmlEvent};

use super::*;

/// Text that XML can carry, with what is special in it more often than chance would have it.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("]]>".to_owned()),
        Just("\r\n".to_owned()),
        Just("</message>".to_owned()),
        Just("&amp;".to_owned()),
        "[\\]<>&'\"\t\r\n =/!?-]",
        "[a-z ]{0,10}",
        any::<char>().prop_map(|c| if is_char(c) {
            c.to_string()
        } else {
            "\u{FFFD}".to_owned()
        }),
    ];
    vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

/// XML 1.0 §2.2
fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

fn name() -> impl Strategy<Value = Name> {
    "[a-zA-Z_àÿωя一][a-zA-Z0-9_.à-]{0,5}"
        .prop_filter("a declaration", |name| name != "xmlns")
        .prop_map(|name| Name::parse(&name).unwrap())
}

fn namespace() -> impl Strategy<Value = Namespace> {
    let name = prop_oneof![
        Just(String::new()),
        Just(ns::JABBER_CLIENT.to_owned()),
        Just(ns::STREAM.to_owned()),
        Just(ns::DELAY.to_owned()),
        "urn:[a-d]",
        "[a-z0-9:/?#@!$&'()*+,;=%._~-]{1,12}",
        "[äß你]{1,3}",
    ];
    name.prop_map(|name| Namespace::intern(&name))
}

fn tag() -> impl Strategy<Value = Element> {
    let attributes = btree_map(
        (0..4u8, name().prop_map(|name| name.as_str().to_owned())),
        (namespace(), text()),
        0..5,
    );
    (name(), namespace(), attributes).prop_map(|(name, ns, attributes)| {
        let mut element = Element::new(name, ns);
        for ((plain, name), (ns, value)) in attributes {
            let ns = match plain {
                0 => ns,
                1 => ns::XML.into(),
                _ => Namespace::NONE,
            };
            element.set_attr_ns(ns, Name::parse(&name).unwrap(), value);
        }
        element
    })
}

fn tree() -> impl Strategy<Value = Element> {
    tag().prop_recursive(5, 40, 6, |inner| {
        let node = prop_oneof![inner.prop_map(Ok), text().prop_map(Err)];
        (tag(), vec(node, 0..6)).prop_map(|(mut element, nodes)| {
            for node in nodes {
                match node {
                    Ok(child) => element.push(child),
                    Err(text) => element.push_text(text),
                }
            }
            element
        })
    })
}

const PIECES: &[&[u8]] = &[
    b"<a b='\r'>\r</a>",
    b" \r\n",
    b"<![CDATA[\r]]>",
    b"<a><![CDATA[]]]]><![CDATA[>]]></a>",
    b"</stream:stream>",
    b"<!--",
    b"<?xml",
    b"&#x41;",
    b"\xC3\xA4",
    b"\xC3",
    b"\0",
    b"<a xmlns='",
    b"<stream:a xmlns:stream='urn:x'/>",
];

/// Bytes that are nearly a stream, so that the faults are deep in the parser.
fn nearly_a_stream() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        3 => tree().prop_map(|tree| {
            let mut out = Vec::new();
            write_element(&tree, Scope::CLIENT, &mut out);
            out
        }),
        1 => "[<>/a:=' \r\n&;\\[\\]!?-]{1,6}".prop_map(String::into_bytes),
        1 => proptest::sample::select(PIECES).prop_map(<[u8]>::to_vec),
    ];
    vec(piece, 0..5).prop_map(|pieces| [HEADER.as_bytes(), &pieces.concat()].concat())
}

/// The tree as the other parser in this program sees it.
fn seen_by_another(document: &str) -> Element {
    let config = ParserConfig::new()
        .cdata_to_characters(true)
        .whitespace_to_characters(true);
    let mut open: Vec<Element> = Vec::new();
    for event in config.create_reader(document.as_bytes()) {
        match event.unwrap() {
            XmlEvent::StartElement { name, attributes, .. } => {
                let ns = Namespace::intern(&name.namespace.unwrap_or_default());
                let mut element = Element::new(Name::parse(&name.local_name).unwrap(), ns);
                for OwnedAttribute { name, value } in attributes {
                    let ns = Namespace::intern(&name.namespace.unwrap_or_default());
                    element.set_attr_ns(ns, Name::parse(&name.local_name).unwrap(), value);
                }
                open.push(element);
            }
            XmlEvent::EndElement { .. } => {
                let element = open.pop().unwrap();
                match open.last_mut() {
                    Some(parent) => parent.push(element),
                    None => return element,
                }
            }
            XmlEvent::Characters(text) => open.last_mut().unwrap().push_text(text),
            _ => {}
        }
    }
    panic!("no end");
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_the_same_tree(tree in tree()) {
        let alone = tree.to_string();
        prop_assert!(parse_element(&alone, Limits::OWN_TEXT).as_ref() == Ok(&tree), "{}", alone);

        let mut stream = HEADER.as_bytes().to_vec();
        write_element(&tree, Scope::CLIENT, &mut stream);
        let (frames, fault) = read_all(&stream);
        prop_assert!(fault.is_none() && frames[1..] == [Frame::Element(tree)], "{}", String::from_utf8_lossy(&stream));
    }

    #[test]
    fn another_parser_sees_the_same_tree(tree in tree()) {
        let document = tree.to_string();
        let other = seen_by_another(&document);
        prop_assert!(other == tree, "{} is {}", document, other);
    }

    #[test]
    fn every_division_of_a_stream_gives_the_same_frames(stream in nearly_a_stream(), cuts in vec(1..40usize, 1..9)) {
        let whole = read_all(&stream);
        let mut rest = &stream[..];
        let pieces = cuts.iter().cycle().map_while(|&size| {
            let (piece, behind) = rest.split_at(size.min(rest.len()));
            rest = behind;
            (!piece.is_empty()).then_some(piece)
        });
        let pieces = read(pieces, Limits::KNOWN_PEER);
        prop_assert!(without_whitespace(pieces) == without_whitespace(whole), "{}", String::from_utf8_lossy(&stream));
    }
}
