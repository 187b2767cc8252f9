//! Streams and elements as they arrive, and what must not pass.

use super::*;

const HEADER: &str = "<?xml version='1.0'?><stream:stream to='capulet.example' version='1.0' xml:lang='en' \
    xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";

/// Everything that comes out of a stream that arrives in pieces of this many bytes.
fn frames_in_pieces(stream: &[u8], size: usize) -> (Vec<Frame>, Option<Fault>) {
    let mut parser = StreamParser::new(Limits::KNOWN_PEER);
    let mut frames = Vec::new();
    for piece in stream.chunks(size) {
        parser.push(piece);
        loop {
            match parser.next() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(fault) => return (frames, Some(fault)),
            }
        }
        parser.release();
    }
    (frames, None)
}

fn frames(stream: &str) -> (Vec<Frame>, Option<Fault>) {
    frames_in_pieces(stream.as_bytes(), usize::MAX)
}

#[test]
fn a_stream_gives_its_header_its_stanzas_and_its_end() {
    let stream = format!(
        "{HEADER} <message to='romeo@montague.example'><body>Hi &amp; <![CDATA[<bye>]]></body></message></stream:stream>"
    );
    let (frames, fault) = frames(&stream);
    assert_eq!(fault, None);
    let [
        Frame::Open(header),
        Frame::Whitespace,
        Frame::Element(message),
        Frame::Close,
    ] = &frames[..]
    else {
        panic!("{frames:?}");
    };
    assert!(header.element.is("stream", ns::STREAM));
    assert_eq!(header.element.attr("to"), Some("capulet.example"));
    assert_eq!(header.element.lang(), Some("en"));
    assert_eq!(header.content_ns.as_str(), ns::JABBER_CLIENT);
    assert_eq!(header.prefix.as_ref().map(Name::as_str), Some("stream"));
    assert!(message.is("message", ns::JABBER_CLIENT));
    assert_eq!(
        message.child_text("body", ns::JABBER_CLIENT).as_deref(),
        Some("Hi & <bye>")
    );
}
