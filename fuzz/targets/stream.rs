//! Streams of XMPP: no bytes panic, however they are cut the frames are the same, what was read survives being written,
//! and another parser sees the same stream.
#![no_main]

use firekeeper::engine::xml::{
    Element, Fault, Frame, Limits, Name, Namespace, Scope, StreamParser, parse_element, write_element,
};
use libfuzzer_sys::fuzz_target;
use xml::reader::{ParserConfig, XmlEvent};

fuzz_target!(|input: (u8, &[u8])| {
    let (size, stream) = input;
    let (frames, fault) = read([stream]);
    let in_pieces = read(stream.chunks(usize::from(size) + 1));
    assert!((&frames, fault) == (&in_pieces.0, in_pieces.1), "{fault:?} {:?}", in_pieces.1);

    let elements = frames.iter().filter_map(|frame| match frame {
        Frame::Element(element) => Some(element),
        _ => None,
    });
    for element in elements.clone() {
        assert!(parse_element(&element.to_string(), Limits::OWN_TEXT).as_ref() == Ok(element), "{element}");
        let mut stream = b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>".to_vec();
        write_element(element, Scope::CLIENT, &mut stream);
        let (frames, _) = read([&stream[..]]);
        assert!(matches!(&frames[..], [Frame::Open(_), Frame::Element(again)] if again == element), "{element}");
    }

    if let ([Frame::Open(header), .., Frame::Close], None) = (&frames[..], fault) {
        let document = String::from_utf8(stream.trim_ascii_start().to_vec()).expect("a good stream is UTF-8");
        let seen = seen_by_another(&document);
        let read = header.element.clone().with_children(elements.cloned());
        assert!(without_space_between(seen.clone()) == read, "{seen} is {read}");
    }
});

/// The frames but for white space, which there is more of in more pieces.
fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Frame>, Option<Fault>) {
    let mut parser = StreamParser::new(Limits::KNOWN_PEER);
    let mut frames = Vec::new();
    for piece in pieces {
        parser.push(piece);
        loop {
            match parser.next() {
                Ok(Some(Frame::Whitespace)) => {}
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(fault) => return (frames, Some(fault)),
            }
        }
        parser.release();
    }
    (frames, None)
}

fn seen_by_another(document: &str) -> Element {
    let config = ParserConfig::new()
        .cdata_to_characters(true)
        .whitespace_to_characters(true)
        .max_name_length(usize::MAX)
        .max_attribute_length(usize::MAX);
    let mut open: Vec<Element> = Vec::new();
    for event in config.create_reader(document.as_bytes()) {
        match event.expect("what is a good stream is good XML") {
            XmlEvent::StartElement { name, attributes, .. } => {
                let ns = Namespace::intern(&name.namespace.unwrap_or_default());
                let mut element = Element::new(Name::parse(&name.local_name).expect("a name"), ns);
                for attribute in attributes {
                    let ns = Namespace::intern(&attribute.name.namespace.unwrap_or_default());
                    let name = Name::parse(&attribute.name.local_name).expect("a name");
                    element.set_attr_ns(ns, name, attribute.value);
                }
                open.push(element);
            }
            XmlEvent::EndElement { .. } => {
                let element = open.pop().expect("an end has a start");
                match open.last_mut() {
                    Some(parent) => parent.push(element),
                    None => return element,
                }
            }
            XmlEvent::Characters(text) => open.last_mut().expect("text is in an element").push_text(text),
            _ => {}
        }
    }
    panic!("the document does not end");
}

fn without_space_between(stream: Element) -> Element {
    assert!(stream.text().trim_ascii().is_empty(), "text between the elements");
    let mut bare = Element::new(Name::parse(stream.name()).expect("a name"), stream.namespace().clone());
    for (ns, name, value) in stream.attrs() {
        bare.set_attr_ns(Namespace::intern(ns), Name::parse(name).expect("a name"), value);
    }
    bare.with_children(stream.into_children())
}
