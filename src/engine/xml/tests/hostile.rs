//! Streams that must end with the right error (RFC 6120 §4.9.3 and §11.1), and soon.

use super::*;

/// However it is cut, what stands behind a good header is refused with this condition, and nothing behind the fault is
/// read.
fn is_refused(behind_header: impl AsRef<[u8]>, condition: &str) {
    let stream = [HEADER.as_bytes(), behind_header.as_ref(), b"<a/></stream:stream>"].concat();
    let shown = String::from_utf8_lossy(&stream[HEADER.len()..stream.len().min(HEADER.len() + 80)]).into_owned();
    let whole = read_all(&stream);
    assert_eq!(whole.1.map(Fault::condition), Some(condition), "{shown}");
    let pieces = read(
        stream.chunks(if stream.len() > 4096 { 1000 } else { 1 }),
        Limits::KNOWN_PEER,
    );
    assert_eq!(without_whitespace(pieces), without_whitespace(whole), "{shown}");
}

#[test]
fn what_is_not_well_formed_is_refused() {
    for text in [
        "<a></b>",
        "<a><b></a></b>",
        "<a></stream:stream>",
        "</a>",
        "</stream>",
        "<a b=c/>",
        "<a b/>",
        "<a b='1'c='2'/>",
        "<a b='<'/>",
        "<a b='1' b='2'/>",
        "<a x:b='1'/>",
        "<x:a/>",
        "<x:a xmlns:y='urn:x'/>",
        "<a xmlns:x='urn:x' xmlns:y='urn:x' x:b='1' y:b='2'/>",
        "<a xmlns='urn:x' xmlns='urn:y'/>",
        "<a xmlns:x='urn:x' xmlns:x='urn:y'/>",
        "<a xmlns:x=''/>",
        "<a xmlns:xml='urn:x'/>",
        "<a xmlns:xmlns='urn:x'/>",
        "<a xmlns:x='http://www.w3.org/XML/1998/namespace'/>",
        "<a xmlns='http://www.w3.org/XML/1998/namespace'/>",
        "<a xmlns:x='http://www.w3.org/2000/xmlns/'/>",
        "<a xmlns='http://www.w3.org/2000/xmlns/'/>",
        "<a xmlns='a b'/>",
        "<a xmlns='a&#10;b'/>",
        "<a xmlns='{a}b'/>",
        "<a xmlns:b='a|b'/>",
        "<xml:a/>",
        "<xmlns:a/>",
        "<a><xmlns:b xmlns:c='urn:x'/></a>",
        "<:a/>",
        "<a:/>",
        "<stream:a:b/>",
        "<2/>",
        "< a/>",
        "<a>]]></a>",
        "<a>&</a>",
        "<a>&;</a>",
        "<a>&#;</a>",
        "<a>&#0;</a>",
        "<a>&#x0;</a>",
        "<a>&#8;</a>",
        "<a>&#xD800;</a>",
        "<a>&#xFFFE;</a>",
        "<a>&#x110000;</a>",
        "<a b='&#0;'/>",
        "<a>\0</a>",
        "<a b='\0'/>",
        "<a\0/>",
        "<a>\u{1}</a>",
        "<a>\u{FFFF}</a>",
        "<a><![CDATA[\0]]></a>",
        "<a/ >",
        "<a / >",
        "<a></a b='1'>",
        "<>",
        "<<a/>",
    ] {
        is_refused(text, "not-well-formed");
    }
}

#[test]
fn what_xmpp_leaves_out_of_xml_is_refused() {
    for text in [
        "<!-- comment -->",
        "<a><!-- comment --></a>",
        "<?php echo ?>",
        "<a><?php echo ?></a>",
        "<?xml version='1.0'?>",
        "<a><?xml version='1.0'?></a>",
        "<!DOCTYPE a>",
        "<a><!DOCTYPE a></a>",
        "<!ELEMENT a ANY>",
        "<a>&nbsp;</a>",
        "<a b='&file;'/>",
        "<a>&averylongnameofanentitythatnobodydeclared;</a>",
    ] {
        is_refused(text, "restricted-xml");
    }
    let laughs = "<?xml version='1.0'?><!DOCTYPE l [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]><l>&b;</l>";
    assert_eq!(read_all(laughs), (vec![], Some(Fault::RestrictedXml)));
    let external = "<!DOCTYPE stream SYSTEM 'file:///etc/passwd'>";
    assert_eq!(read_all(external), (vec![], Some(Fault::RestrictedXml)));
}

/// What expat does not take as a name would end the streams of those who use it.
#[test]
fn names_that_end_the_streams_of_others_are_refused() {
    for name in ["😀", "a😀", "ĳ", "a\u{2C00}", "a\u{203F}", "a\u{200D}"] {
        is_refused(format!("<{name}/>"), "policy-violation");
        is_refused(format!("<a {name}=''/>"), "policy-violation");
    }
    assert_eq!(stanza("<größe имя='1'/>").attr("имя"), Some("1"));
}

#[test]
fn text_between_stanzas_is_refused_at_its_first_byte() {
    for text in [
        "text",
        " text",
        "&amp;",
        "&#32;",
        "]]>",
        "\0",
        "<![CDATA[text]]>",
        "<![CDATA[ ]]>",
        "\u{FEFF}",
    ] {
        is_refused(text, "invalid-xml");
    }
    assert_eq!(stanzas("x"), Err(Fault::InvalidXml));
}

#[test]
fn what_is_not_utf_8_is_refused() {
    for bytes in [
        &b"\xC0\x80"[..],
        b"\xC0\xAF",
        b"\xC1\xBF",
        b"\xE0\x80\x80",
        b"\xF0\x80\x80\x80",
        b"\xED\xA0\x80",
        b"\xED\xA0\x80\xED\xB0\x80",
        b"\xED\xBF\xBF",
        b"\xF4\x90\x80\x80",
        b"\xF8\x88\x80\x80\x80",
        b"\xFF",
        b"\xFE",
        b"\x80",
        b"\xE2\x82",
        b"a\xE2\x82b",
        b"caf\xE9",
    ] {
        is_refused([b"<a>", bytes, b"</a>"].concat(), "unsupported-encoding");
        is_refused([b"<a b='", bytes, b"'/>"].concat(), "unsupported-encoding");
        is_refused([b"<a><![CDATA[", bytes, b"]]></a>"].concat(), "unsupported-encoding");
        let (frames, fault) = read_all([HEADER.as_bytes(), b"<a", bytes, b"/>"].concat());
        assert!(frames.len() == 1 && fault.is_some(), "{bytes:x?}");
    }
}

#[test]
fn other_encodings_and_versions_are_refused() {
    for (declaration, fault) in [
        ("<?xml version='1.0' encoding='UTF-8'?>", None),
        ("<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>\n", None),
        (
            "<?xml version='1.0' encoding='UTF-8' standalone='no'?>",
            Some("restricted-xml"),
        ),
        ("\n<?xml version='1.0'?>", None),
        (
            "<?xml version='1.0' encoding='ISO-8859-1'?>",
            Some("unsupported-encoding"),
        ),
        ("<?xml version='1.0' encoding='UTF-16'?>", Some("unsupported-encoding")),
        ("<?xml version='1.1'?>", Some("restricted-xml")),
        ("<?xml encoding='UTF-8'?>", Some("not-well-formed")),
        ("<?xml?>", Some("not-well-formed")),
        ("<?xml version='1.0'?><?xml version='1.0'?>", Some("restricted-xml")),
        ("\u{FEFF}", Some("not-well-formed")),
        ("GET / HTTP/1.1", Some("not-well-formed")),
        ("\u{16}\u{3}\u{1}", Some("not-well-formed")),
    ] {
        let (_, found) = read_all(format!("{declaration}<stream>"));
        assert_eq!(found.map(Fault::condition), fault, "{declaration}");
    }
    let utf_16 = "<stream>".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    assert!(read_all(&utf_16).1.is_some());
    assert_eq!(
        read_all([b"\xFF\xFE", &utf_16[..]].concat()).1,
        Some(Fault::UnsupportedEncoding)
    );
}

#[test]
fn nothing_but_white_space_follows_the_end_of_a_stream() {
    for (behind, good) in [
        ("", true),
        (" \n", true),
        ("x", false),
        ("<a/>", false),
        ("</a>", false),
        (HEADER, false),
    ] {
        let (frames, fault) = read_all(format!("{HEADER}</stream:stream>{behind}"));
        assert!(matches!(frames[..], [Frame::Open(_), Frame::Close]), "{frames:?}");
        assert_eq!(fault, (!good).then_some(Fault::NotWellFormed), "{behind}");
    }
}

#[test]
fn a_fault_is_final() {
    let mut parser = StreamParser::new(Limits::KNOWN_PEER);
    parser.push(HEADER.as_bytes());
    assert!(matches!(parser.next(), Ok(Some(Frame::Open(_)))));
    parser.push(b"x<a/>");
    assert_eq!(parser.next(), Err(Fault::InvalidXml));
    assert_eq!(parser.next(), Err(Fault::InvalidXml));
    parser.push(b"<a/>");
    assert_eq!(parser.next(), Err(Fault::InvalidXml));
    assert!(!parser.has_pending());
    parser.restart();
    assert_eq!(parser.next(), Err(Fault::InvalidXml));
}

#[test]
fn fifty_thousand_levels_are_refused_at_the_limit() {
    let depth = Limits::KNOWN_PEER.depth;
    is_refused("<a>".repeat(50_000), "policy-violation");
    is_refused("<a>".repeat(depth + 1), "policy-violation");
    let fits = format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    assert_eq!(stanza(&fits).to_string().matches("<a").count(), depth);
}

#[test]
fn twenty_megabytes_are_refused_wherever_they_stand() {
    let long = "x".repeat(20 << 20);
    for stanza in [
        format!("<a b='{long}'/>"),
        format!("<a {long}='1'/>"),
        format!("<{long}/>"),
        format!("<a xmlns='{long}'/>"),
        format!("<a xmlns:{long}='urn:x'/>"),
        format!("<a>{long}</a>"),
        format!("<a><![CDATA[{long}]]></a>"),
        format!("<a>&{long};</a>").replace("&x", "&#x0"),
        format!("<a{}/>", " ".repeat(20 << 20)),
        format!("<a>{}</a>", "<b/>".repeat(5 << 20)),
        format!("<a>{}</a>", "&amp;".repeat(4 << 20)),
    ] {
        let (frames, fault) = read_all(format!("{HEADER}{stanza}"));
        assert_eq!(frames.len(), 1);
        assert!(fault.is_some(), "{}", &stanza[..20]);
    }
}

/// A stanza that just fits, one that just does not, and what the limit is.
#[test]
fn every_limit_holds_to_the_last_unit() {
    let limits = Limits {
        depth: 3,
        stanza_bytes: 200,
        attribute_bytes: 10,
        attributes: 2,
        namespaces: 4,
        nodes: 5,
    };
    let spaces = |count: usize| format!("<a>{}</a>", " ".repeat(count));
    let table = [
        ("<a><b><c/></b></a>".to_owned(), "<a><b><c><d/></c></b></a>".to_owned()),
        (spaces(193), spaces(194)),
        ("<a bb='45678901'/>".to_owned(), "<a bb='456789012'/>".to_owned()),
        ("<a234567890/>".to_owned(), "<a2345678901/>".to_owned()),
        ("<a b='' c=''/>".to_owned(), "<a b='' c='' d=''/>".to_owned()),
        ("<a b='' xmlns='u'/>".to_owned(), "<a b='' xmlns='u' c=''/>".to_owned()),
        (
            "<a xmlns:a='u' xmlns:b='u'><a/><a xmlns=''/></a>".to_owned(),
            "<a xmlns:a='u' xmlns:b='u'><b xmlns='u'><c xmlns=''/></b></a>".to_owned(),
        ),
        ("<a>1<b/>2<b/></a>".to_owned(), "<a>1<b/>2<b/>3</a>".to_owned()),
        (
            "<a>&lt;&lt;&lt;&lt;&lt;&lt;</a>".to_owned(),
            "<a><b/><b/><b/><b/><b/></a>".to_owned(),
        ),
    ];
    for (fits, exceeds) in table {
        let header = "<s xmlns:s='u'>";
        // Twice, so that nothing is counted across stanzas.
        let (frames, fault) = read([format!("{header}{fits}{fits}").as_bytes()], limits);
        assert_eq!((frames.len(), fault), (3, None), "{fits}");
        for pieces in [1, 1000] {
            let (frames, fault) = read(format!("{header}{exceeds}").as_bytes().chunks(pieces), limits);
            assert_eq!(frames.len(), 1, "{exceeds}");
            assert!(matches!(fault, Some(Fault::PolicyViolation(_))), "{exceeds}: {fault:?}");
        }
    }
}

#[test]
fn limits_can_change_between_stanzas() {
    let large = format!("<a>{}</a>", "x".repeat(Limits::UNKNOWN_PEER.stanza_bytes));
    let mut parser = StreamParser::new(Limits::UNKNOWN_PEER);
    parser.push(HEADER.as_bytes());
    drain(&mut parser, &mut Vec::new()).unwrap();
    parser.set_limits(Limits::KNOWN_PEER);
    parser.push(large.as_bytes());
    assert!(matches!(parser.next(), Ok(Some(Frame::Element(_)))));
    parser.set_limits(Limits::UNKNOWN_PEER);
    parser.push(large.as_bytes());
    assert_eq!(parser.next(), Err(Fault::PolicyViolation("stanza too large")));
}
