//! The wrapper of what is sent: `<body/>` (XEP-0124 §7, XEP-0206 §3).

use crate::engine::xml::{Element, Limits, Scope, escape_attribute, ns, parse_element, write_element};

/// What a client asks.
pub struct Incoming {
    /// `None`: it begins a session.
    pub sid: Option<String>,
    pub rid: u64,
    pub opening: Option<Opening>,
    /// The client begins its stream anew, as after a login.
    pub restarts: bool,
    pub terminates: bool,
    /// Documents of one element each.
    pub elements: Vec<String>,
}

/// What a client wants of a new session.
#[derive(Clone)]
pub struct Opening {
    pub to: String,
    /// Of what the client writes.
    pub lang: Option<String>,
    /// Seconds that a request may wait for its answer.
    pub wait: u64,
    /// Requests that may wait.
    pub hold: usize,
}

/// `None`: it is no request of a client.
pub fn read(text: &str, limits: Limits) -> Option<Incoming> {
    let body = parse_element(text, limits)
        .ok()
        .filter(|body| body.is("body", ns::BOSH))?;
    let number = |name: &str| body.attr(name).and_then(|value| value.parse::<u64>().ok());
    let opening = body.attr("to").map(|to| Opening {
        to: to.to_owned(),
        lang: body.lang().map(str::to_owned),
        wait: number("wait").unwrap_or(60),
        hold: number("hold").map_or(1, |hold| usize::try_from(hold).unwrap_or(1)),
    });
    let elements = body.children().map(|element| {
        let mut out = Vec::new();
        write_element(element, Scope::NONE, &mut out);
        String::from_utf8(out).unwrap_or_default()
    });
    Some(Incoming {
        sid: body.attr("sid").map(str::to_owned),
        // XEP-0124 §14.1: no more than 2^53 − 1.
        rid: number("rid").filter(|rid| *rid < 1 << 53)?,
        opening,
        restarts: body.attr_ns(ns::XBOSH, "restart") == Some("true"),
        terminates: body.attr("type") == Some("terminate"),
        elements: elements.collect(),
    })
}

/// The id of the session that a request is of, from what has come of it.
pub fn session(begun: &[u8], limits: Limits) -> Option<String> {
    let end = begun.iter().position(|byte| *byte == b'>')?;
    let tag = std::str::from_utf8(begun.get(..end)?).ok()?;
    let body = parse_element(&format!("{}/>", tag.trim_end_matches('/')), limits).ok()?;
    body.attr("sid").map(str::to_owned)
}

/// An answer with these elements.
pub fn answer(attributes: &[(&str, &str)], elements: &[String]) -> String {
    let mut out = format!(
        "<body xmlns='{}' xmlns:xmpp='{}' xmlns:stream='{}'",
        ns::BOSH,
        ns::XBOSH,
        ns::STREAM
    )
    .into_bytes();
    for (name, value) in attributes {
        out.extend_from_slice(format!(" {name}='").as_bytes());
        escape_attribute(value, &mut out);
        out.push(b'\'');
    }
    out.push(b'>');
    for element in elements {
        out.extend_from_slice(element.as_bytes());
    }
    out.extend_from_slice(b"</body>");
    String::from_utf8(out).unwrap_or_default()
}

/// The end of a session (§17.2).
pub fn terminate(condition: &str) -> String {
    answer(&[("type", "terminate"), ("condition", condition)], &[])
}

/// The header of a stream, as the engine takes it.
pub fn open(to: &str, lang: Option<&str>) -> String {
    let open = Element::new("open", ns::FRAMING)
        .with_attr("to", to)
        .with_attr("version", "1.0");
    match lang {
        Some(lang) => open.with_lang(lang).to_string(),
        None => open.to_string(),
    }
}

/// The end of a stream.
pub fn close() -> String {
    Element::new("close", ns::FRAMING).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_of_a_request_stands_in_its_first_tag() {
        let found = |begun: &str| session(begun.as_bytes(), Limits::UNKNOWN_PEER);
        for (begun, expected) in [
            (
                "<body xmlns='http://jabber.org/protocol/httpbind' rid='1' sid='a'><message",
                Some("a"),
            ),
            ("<body xmlns='http://jabber.org/protocol/httpbind' sid='a'/>", Some("a")),
            (
                "<b:body xmlns:b='http://jabber.org/protocol/httpbind' sid='a'>",
                Some("a"),
            ),
            ("<body xmlns='http://jabber.org/protocol/httpbind'><body sid='a'>", None),
            ("<body xmlns='http://jabber.org/protocol/httpbind' sid='a", None),
            ("sid='a'>", None),
            ("", None),
        ] {
            assert_eq!(found(begun).as_deref(), expected, "{begun}");
        }
    }
}
