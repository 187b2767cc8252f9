//! Streams as well-meaning peers send them.

use super::*;

#[test]
fn a_stream_gives_its_header_its_stanzas_and_its_end() {
    let (frames, fault) = read_all(format!(
        "{HEADER} <message to='romeo@montague.example'><body>Hi &amp; <![CDATA[<bye>]]></body></message></stream:stream>"
    ));
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
    assert_eq!(header.prefix.as_deref(), Some("stream"));
    assert!(message.is("message", ns::JABBER_CLIENT));
    assert_eq!(
        message.child_text("body", ns::JABBER_CLIENT).as_deref(),
        Some("Hi & <bye>")
    );
}

#[test]
fn a_header_is_given_as_it_was_written() {
    let (frames, _) = read_all("<foo:open xmlns:foo='urn:a' xmlns='urn:b' foo:x='1'>");
    let [Frame::Open(header)] = &frames[..] else {
        panic!("{frames:?}");
    };
    assert!(header.element.is("open", "urn:a"));
    assert_eq!(header.element.attr_ns("urn:a", "x"), Some("1"));
    assert_eq!(header.prefix.as_deref(), Some("foo"));
    assert_eq!(header.content_ns.as_str(), "urn:b");

    let (frames, _) = read_all("<stream>");
    let [Frame::Open(header)] = &frames[..] else {
        panic!("{frames:?}");
    };
    assert!(header.element.is("stream", "") && header.prefix.is_none());
    assert_eq!(header.content_ns, Namespace::NONE);
}

#[test]
fn a_frame_is_given_as_soon_as_its_last_byte_is_there() {
    let mut parser = StreamParser::new(Limits::UNKNOWN_PEER);
    let mut next_after = |bytes: &str| {
        parser.push(bytes.as_bytes());
        parser.next().unwrap()
    };
    assert_eq!(next_after(&HEADER[..HEADER.len() - 1]), None);
    assert!(matches!(next_after(">"), Some(Frame::Open(_))));
    assert_eq!(next_after(""), None);
    assert_eq!(next_after("<presence"), None);
    assert_eq!(next_after("/"), None);
    assert!(matches!(next_after(">"), Some(Frame::Element(_))));
    assert_eq!(next_after("\r"), Some(Frame::Whitespace));
    assert_eq!(next_after("\n"), None);
    assert_eq!(next_after(" "), Some(Frame::Whitespace));
    assert_eq!(next_after("</stream:stream"), None);
    assert_eq!(next_after(">"), Some(Frame::Close));
    assert_eq!(next_after("\n"), None);
}

#[test]
fn a_stream_of_one_empty_tag_opens_and_closes() {
    let (frames, fault) = read_all("<stream:stream xmlns:stream='http://etherx.jabber.org/streams'/>");
    assert!(matches!(frames[..], [Frame::Open(_), Frame::Close]), "{frames:?}");
    assert_eq!(fault, None);
}

#[test]
fn a_stream_may_begin_again_with_what_is_left() {
    let mut parser = StreamParser::new(Limits::UNKNOWN_PEER);
    let mut frames = Vec::new();
    parser.push(format!("{HEADER}<auth xmlns='urn:x'/>\n{HEADER}<iq/>").as_bytes());
    assert!(matches!(parser.next(), Ok(Some(Frame::Open(_)))));
    assert!(matches!(parser.next(), Ok(Some(Frame::Element(_)))));
    parser.restart();
    drain(&mut parser, &mut frames).unwrap();
    assert!(matches!(frames[..], [Frame::Open(_), Frame::Element(_)]), "{frames:?}");
}

#[test]
fn what_a_header_declares_counts_for_its_stream_alone() {
    let header = HEADER.replacen("xmlns:stream", "xmlns:x='urn:x' xmlns:stream", 1);
    let mut parser = StreamParser::new(Limits::UNKNOWN_PEER);
    parser.push(format!("{header}<x:a/>{HEADER}<x:a/>").as_bytes());
    assert!(matches!(parser.next(), Ok(Some(Frame::Open(_)))));
    assert!(matches!(parser.next(), Ok(Some(Frame::Element(element))) if element.is("a", "urn:x")));
    parser.restart();
    assert!(matches!(parser.next(), Ok(Some(Frame::Open(_)))));
    assert_eq!(parser.next(), Err(Fault::NotWellFormed));
}

#[test]
fn a_stanza_is_passed_on_without_a_prefix_and_with_all_that_it_declares() {
    let header = HEADER.replacen("xmlns:stream", "xmlns:x='urn:x' xmlns:stream", 1);
    let mut parser = StreamParser::new(Limits::UNKNOWN_PEER);
    parser.push(header.as_bytes());
    parser.push(b"<c:message xmlns:c='jabber:client'><c:body>hi</c:body><x:y x:z='1'/></c:message>");
    assert!(matches!(parser.next(), Ok(Some(Frame::Open(_)))));
    let Ok(Some(Frame::Element(message))) = parser.next() else {
        panic!("a message");
    };
    let mut out = Vec::new();
    write_element(&message, Scope::CLIENT, &mut out);
    let written = String::from_utf8(out).unwrap();
    assert!(
        written.starts_with("<message><body>hi</body><y xmlns='urn:x' "),
        "{written}"
    );
    let alone = stanza(&written);
    assert_eq!(alone, message);
}

#[test]
fn a_parser_knows_whether_bytes_follow_a_frame() {
    for (behind, pending) in [("", false), (" ", true), ("<", true), ("<message/>", true), ("x", true)] {
        let mut parser = StreamParser::new(Limits::UNKNOWN_PEER);
        parser.push(format!("{HEADER}<starttls xmlns='{}'/>{behind}", ns::TLS).as_bytes());
        assert!(matches!(parser.next(), Ok(Some(Frame::Open(_)))));
        assert!(matches!(parser.next(), Ok(Some(Frame::Element(_)))));
        assert_eq!(parser.has_pending(), pending, "{behind:?}");
    }
    let mut parser = StreamParser::new(Limits::UNKNOWN_PEER);
    parser.push(format!("{HEADER}<message").as_bytes());
    drain(&mut parser, &mut Vec::new()).unwrap();
    assert!(parser.has_pending());
}

#[test]
fn line_ends_are_folded_as_xml_says() {
    let message = stanza("<a b='1\r\n2\r3\n4\t5&#13;&#10;&#9;\r'>1\r\n2\r3\r\r\n4&#13;<![CDATA[\r\r\n]]></a>");
    assert_eq!(message.attr("b"), Some("1 2 3 4 5\r\n\t "));
    assert_eq!(message.text(), "1\n2\n3\n\n4\r\n\n");
}

#[test]
fn prefixes_mean_what_is_declared_where_they_stand() {
    let outer = stanza(
        "<message xmlns:a='urn:1' a:x='1' x='2'><a:b xmlns:a='urn:2' a:x='3'/><a:b/><stream:b/>\
         <stream:b xmlns:stream='urn:3'/><b xmlns=''><c/></b><b xmlns='urn:4'><c/></b><c/></message>",
    );
    assert_eq!((outer.attr_ns("urn:1", "x"), outer.attr("x")), (Some("1"), Some("2")));
    let names: Vec<_> = outer.children().map(|child| (child.name(), child.ns())).collect();
    assert_eq!(
        names,
        [
            ("b", "urn:2"),
            ("b", "urn:1"),
            ("b", ns::STREAM),
            ("b", "urn:3"),
            ("b", ""),
            ("b", "urn:4"),
            ("c", ns::JABBER_CLIENT),
        ]
    );
    let inner: Vec<_> = outer.children().flat_map(Element::children).map(Element::ns).collect();
    assert_eq!(inner, ["", "urn:4"]);
}

#[test]
fn what_people_write_passes_unchanged() {
    for text in [
        "🔥 Grüße, 你好",
        "a]b]]c",
        "&lt;",
        "\u{85}\u{2028}\u{FEFF}\u{10FFFF}\u{7F}",
        " \n\t ",
    ] {
        let mut escaped = Vec::new();
        escape_text(text, &mut escaped);
        let body = stanza(&format!("<body>{}</body>", String::from_utf8(escaped).unwrap()));
        assert_eq!(body.text(), text);
    }
}

#[test]
fn an_element_alone_is_read_from_a_text() {
    let open = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='a\rb'/>";
    let element = parse_element(open, Limits::UNKNOWN_PEER).unwrap();
    assert!(element.is("open", ns::FRAMING));
    assert_eq!(element.attr("to"), Some("a b"));
    for wrong in [
        "", " ", "text", "<a/><b/>", "<a/>text", "text<a/>", "<a>", "<a", "</a>", "<a></b>", "<x:a/>",
    ] {
        assert_eq!(
            parse_element(wrong, Limits::UNKNOWN_PEER),
            Err(Fault::NotWellFormed),
            "{wrong}"
        );
    }
    let long = format!("<a>{}</a>", " ".repeat(Limits::UNKNOWN_PEER.stanza_bytes));
    assert!(matches!(
        parse_element(&long, Limits::UNKNOWN_PEER),
        Err(Fault::PolicyViolation(_))
    ));
}
