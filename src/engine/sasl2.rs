//! What a client asks for along with its login (XEP-0388), read before anything is decided: its mechanism and first
//! message, who it is, what becomes of its stream when it is let in (XEP-0386, XEP-0198), and tokens (XEP-0484). Knows no
//! connection.

use std::borrow::Cow;
use std::sync::Arc;

use super::sasl::{self, Failure};
use super::xml::{Element, ns};
use crate::domain::login_token::TokenUse;

/// Bytes of the longest id that a client gives itself: a UUID has 36.
const MAX_CLIENT: usize = 128;

/// What can be switched on with the binding of a resource (XEP-0386 §3.1).
const WITH_BINDING: [&str; 3] = [ns::CARBONS, ns::CLIENT_STATE, ns::STREAM_MANAGEMENT];

/// For the stream features.
pub fn bind_feature() -> Element {
    let features = WITH_BINDING.map(|feature| Element::new("feature", ns::BIND2).with_attr("var", feature));
    Element::new("bind", ns::BIND2).with_child(Element::new("inline", ns::BIND2).with_children(features))
}

/// `<authenticate/>`
#[derive(Debug)]
pub struct Authenticate {
    pub mechanism: String,
    pub initial_response: Option<Vec<u8>>,
    /// How the client tells itself from others of the account: the id of its `<user-agent/>`.
    pub client: Option<Arc<str>>,
    pub bind: Option<Bind>,
    /// `<resume/>` of stream management, as it came.
    pub resume: Option<Element>,
    /// It logs in with a token that it has (XEP-0484 §3.4), and how it uses that.
    pub token: Option<TokenUse>,
    /// It wants a token, for use with this mechanism (§3.2).
    pub wanted_token: Option<String>,
}

/// A session as the client wants it.
#[derive(Debug, Default)]
pub struct Bind {
    /// What its resource shall begin with; never empty.
    pub tag: Option<String>,
    pub carbons: bool,
    /// Nobody looks at it from the beginning (XEP-0352).
    pub inactive: bool,
    /// `<enable/>` of stream management, as it came.
    pub management: Option<Element>,
}

impl Authenticate {
    /// What is not known is left alone: others may extend this element (§2.3).
    pub fn read(mut element: Element) -> Result<Self, Failure> {
        let initial_response = match element.child("initial-response", ns::SASL2) {
            // An empty element is an empty response here; none is none (§2.2).
            Some(given) => Some(sasl::decode_response(&given.text())?),
            None => None,
        };
        Ok(Self {
            mechanism: element.attr("mechanism").unwrap_or_default().to_owned(),
            initial_response,
            client: client(&element)?,
            token: match element.child("fast", ns::FAST) {
                Some(fast) => Some(token_use(fast)?),
                None => None,
            },
            wanted_token: element
                .child("request-token", ns::FAST)
                .map(|wanted| wanted.attr("mechanism").unwrap_or_default().to_owned()),
            bind: element.child("bind", ns::BIND2).map(Bind::read),
            resume: element.take_child("resume", ns::STREAM_MANAGEMENT),
        })
    }
}

fn client(element: &Element) -> Result<Option<Arc<str>>, Failure> {
    let agent = element.child("user-agent", ns::SASL2);
    match agent.and_then(|agent| agent.attr("id")) {
        None => Ok(None),
        Some(id) if (1..=MAX_CLIENT).contains(&id.len()) => Ok(Some(id.into())),
        Some(_) => Err(Failure::MalformedRequest),
    }
}

/// XEP-0484 §3.4, §3.6
fn token_use(fast: &Element) -> Result<TokenUse, Failure> {
    let count = match fast.attr("count").map(str::parse::<u64>) {
        None => None,
        Some(Ok(count)) if i64::try_from(count).is_ok() => Some(count),
        Some(_) => return Err(Failure::MalformedRequest),
    };
    Ok(TokenUse {
        count,
        invalidates: matches!(fast.attr("invalidate"), Some("true" | "1")),
    })
}

impl Bind {
    fn read(element: &Element) -> Self {
        let tag = element.child_text("tag", ns::BIND2).filter(|tag| !tag.is_empty());
        Self {
            tag: tag.map(Cow::into_owned),
            carbons: element.has_child("enable", ns::CARBONS),
            inactive: element.has_child("inactive", ns::CLIENT_STATE),
            management: element.child("enable", ns::STREAM_MANAGEMENT).cloned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::xml::{Limits, parse_element};

    fn read(content: &str) -> Result<Authenticate, Failure> {
        let text = format!("<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'>{content}</authenticate>");
        Authenticate::read(parse_element(&text, Limits::UNKNOWN_PEER).unwrap())
    }

    #[test]
    fn a_request_with_nothing_in_it_asks_for_nothing() {
        let asked = read("").unwrap();
        assert_eq!(asked.mechanism, "PLAIN");
        assert_eq!((asked.initial_response, asked.client), (None, None));
        assert!(asked.bind.is_none() && asked.resume.is_none());
        assert!(asked.token.is_none() && asked.wanted_token.is_none());
    }

    #[test]
    fn a_token_is_used_with_a_count_or_without_and_given_back() {
        let fast = |attributes: &str| read(&format!("<fast xmlns='urn:xmpp:fast:0' {attributes}/>"));
        let used = |count, invalidates| Some(TokenUse { count, invalidates });
        assert_eq!(fast("").unwrap().token, used(None, false));
        assert_eq!(
            fast("count='123' invalidate='true'").unwrap().token,
            used(Some(123), true)
        );
        assert_eq!(fast("count='0' invalidate='0'").unwrap().token, used(Some(0), false));
        for wrong in ["", "-1", "1.5", "x", "9223372036854775808", "99999999999999999999"] {
            let attribute = format!("count='{wrong}'");
            assert_eq!(fast(&attribute).err(), Some(Failure::MalformedRequest), "{wrong}");
        }
        let wanted = read("<request-token xmlns='urn:xmpp:fast:0' mechanism='HT-SHA-256-NONE'/>").unwrap();
        assert_eq!(wanted.wanted_token.as_deref(), Some("HT-SHA-256-NONE"));
    }

    #[test]
    fn an_empty_response_is_a_response() {
        assert_eq!(read("<initial-response/>").unwrap().initial_response, Some(Vec::new()));
        let given = read("<initial-response>AGEAYg==</initial-response>").unwrap();
        assert_eq!(given.initial_response.as_deref(), Some(&b"\0a\0b"[..]));
        assert_eq!(
            read("<initial-response>AGEAYg</initial-response>").err(),
            Some(Failure::IncorrectEncoding)
        );
    }

    #[test]
    fn a_client_names_itself_briefly_or_not_at_all() {
        let agent = |id: &str| read(&format!("<user-agent id='{id}'><software>x</software></user-agent>"));
        assert_eq!(agent("d4565fa7").unwrap().client.as_deref(), Some("d4565fa7"));
        assert_eq!(read("<user-agent/>").unwrap().client, None);
        assert!(agent(&"x".repeat(MAX_CLIENT)).is_ok());
        for wrong in ["", &"x".repeat(MAX_CLIENT + 1)] {
            assert_eq!(agent(wrong).err(), Some(Failure::MalformedRequest), "{wrong}");
        }
    }

    #[test]
    fn what_a_session_shall_be_is_read_and_the_rest_left_alone() {
        let asked = read(
            "<bind xmlns='urn:xmpp:bind:0'><tag>Awesome</tag><enable xmlns='urn:xmpp:carbons:2'/>\
             <enable xmlns='urn:xmpp:sm:3' resume='true'/><inactive xmlns='urn:xmpp:csi:0'/><x xmlns='urn:x'/></bind>\
             <resume xmlns='urn:xmpp:sm:3' h='1' previd='2'/><y xmlns='urn:y'/>",
        );
        let asked = asked.unwrap();
        assert_eq!(asked.resume.unwrap().attr("previd"), Some("2"));
        let bind = asked.bind.unwrap();
        assert_eq!(bind.tag.as_deref(), Some("Awesome"));
        assert!(bind.carbons && bind.inactive);
        assert_eq!(bind.management.unwrap().attr("resume"), Some("true"));
        let bare = read("<bind xmlns='urn:xmpp:bind:0'><tag/><active xmlns='urn:xmpp:csi:0'/></bind>").unwrap();
        let bare = bare.bind.unwrap();
        assert!(bare.tag.is_none() && !bare.carbons && !bare.inactive && bare.management.is_none());
    }
}
