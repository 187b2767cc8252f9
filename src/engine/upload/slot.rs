//! Places for files (XEP-0363 §5). What allows to put a file stands in a header of the answer, not in the URL, which
//! others are given.

use std::sync::Arc;

use jiff::SignedDuration;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::digest;
use crate::domain::Error;
use crate::domain::address::AccountAddress;
use crate::domain::clock::now_in_milliseconds;
use crate::domain::random::alphanumeric;
use crate::domain::upload::{ID, NewUpload};
use crate::engine::Engine;
use crate::engine::Service;
use crate::engine::answer::{Answer, answer, payload};
use crate::engine::delay::stamp;
use crate::engine::form::{Field, FieldKind, Form};
use crate::engine::serving::Serving;
use crate::engine::session::Session;
use crate::engine::settings::UploadSettings;
use crate::engine::stanza::{Condition, IqType, Kind, Stanza, StanzaError};
use crate::engine::xml::{Element, ns};
use crate::storage::uploads;

/// The most bytes of the name of a file and of its type.
const MAX_NAME: usize = 255;
const MAX_TYPE: usize = 100;

/// After so long it is worth to ask again whether there is room.
const RETRY: SignedDuration = SignedDuration::from_hours(1);

/// What stands in a URL as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_');

struct Slots;

/// Serves the upload services of all hosts, where files are taken.
pub fn register(engine: &Engine) {
    if engine.settings().upload.is_none() {
        return;
    }
    for host in engine.hosts() {
        engine.router().register(&format!("upload.{host}"), Arc::new(Slots));
    }
}

impl Service for Slots {
    fn take(&self, engine: &Engine, sender: &Arc<Session>, stanza: Stanza) -> Serving {
        let (engine, sender) = (engine.clone(), Arc::clone(sender));
        Serving::Alone(Box::pin(async move {
            let outcome = serve(&engine, &sender, &stanza).await;
            answer(&engine, &sender, &stanza, outcome);
        }))
    }
}

async fn serve(engine: &Engine, sender: &Session, stanza: &Stanza) -> Answer {
    let is_for_service = stanza.to.as_ref().is_some_and(|to| to.bare.localpart().is_none());
    let (Kind::Iq(IqType::Get), true, Some(settings)) = (stanza.kind, is_for_service, &engine.settings().upload) else {
        return Err(Condition::ServiceUnavailable.into());
    };
    let request = payload(stanza)?;
    match request.ns() {
        ns::PING => Ok(None),
        ns::DISCO_INFO | ns::DISCO_ITEMS if request.attr("node").is_some() => Err(Condition::ItemNotFound.into()),
        ns::DISCO_INFO => Ok(Some(describe(settings))),
        ns::DISCO_ITEMS => Ok(Some(Element::new("query", ns::DISCO_ITEMS))),
        ns::UPLOAD if request.name() != "request" => Err(Condition::BadRequest.into()),
        ns::UPLOAD => {
            let owner = sender.account().ok_or(Condition::NotAllowed)?;
            give(engine, settings, owner, request).await
        }
        _ => Err(Condition::ServiceUnavailable.into()),
    }
}

fn describe(settings: &UploadSettings) -> Element {
    let identity = Element::new("identity", ns::DISCO_INFO)
        .with_attr("category", "store")
        .with_attr("type", "file")
        .with_attr("name", "Files");
    let features = [ns::DISCO_INFO, ns::DISCO_ITEMS, ns::UPLOAD, ns::PING];
    let features = features
        .iter()
        .map(|feature| Element::new("feature", ns::DISCO_INFO).with_attr("var", feature));
    let limits =
        Form::new(ns::UPLOAD).with(Field::new("max-file-size", FieldKind::TextSingle).with_value(settings.max_size));
    Element::new("query", ns::DISCO_INFO)
        .with_child(identity)
        .with_children(features)
        .with_child(limits.to_result())
}

async fn give(engine: &Engine, settings: &UploadSettings, owner: &AccountAddress, request: &Element) -> Answer {
    let refuse = |text: &str| StanzaError::new(Condition::BadRequest).with_text(text);
    let name = request.attr("filename").unwrap_or_default();
    if name.is_empty() || name.len() > MAX_NAME || matches!(name, "." | "..") {
        return Err(refuse("filename has 1 to 255 bytes and is no step in a path"));
    }
    let bytes: u64 = request
        .attr("size")
        .and_then(|size| size.parse().ok())
        .filter(|size| *size > 0)
        .ok_or_else(|| refuse("size is a number of bytes above zero"))?;
    let content_type = request.attr("content-type").unwrap_or("application/octet-stream");
    if !is_content_type(content_type) {
        return Err(refuse("content-type is no media type"));
    }
    if bytes > settings.max_size {
        let most = Element::new("max-file-size", ns::UPLOAD).with_text(settings.max_size.to_string());
        let error = StanzaError::new(Condition::NotAcceptable)
            .with_text(format!("a file has {} bytes at most", settings.max_size));
        return Err(error.with_specific(Element::new("file-too-large", ns::UPLOAD).with_child(most)));
    }
    let permit = alphanumeric(engine.random(), ID);
    let now = now_in_milliseconds(engine.clock());
    let new = NewUpload {
        id: alphanumeric(engine.random(), ID),
        owner: owner.clone(),
        name: utf8_percent_encode(name, PLAIN).to_string(),
        bytes,
        content_type: content_type.to_owned(),
        permit: digest(&permit),
        created: now,
    };
    let url = format!("{}/{}/{}", settings.url, new.id, new.name);
    let quota = settings.quota;
    let reserved = engine
        .store()
        .submit(move |transaction| uploads::reserve(transaction, &new, quota));
    match reserved.await {
        Ok(()) => {}
        Err(error @ Error::LimitReached { .. }) => {
            let again = stamp(now.saturating_add(RETRY).unwrap_or(now));
            let retry = Element::new("retry", ns::UPLOAD).with_attr("stamp", again);
            let error = StanzaError::new(Condition::ResourceConstraint).with_text(error.to_string());
            return Err(error.with_specific(retry));
        }
        Err(error) => return Err(error.into()),
    }
    let header = Element::new("header", ns::UPLOAD)
        .with_attr("name", "Authorization")
        .with_text(format!("Bearer {permit}"));
    let put = Element::new("put", ns::UPLOAD)
        .with_attr("url", &url)
        .with_child(header);
    let get = Element::new("get", ns::UPLOAD).with_attr("url", &url);
    Ok(Some(Element::new("slot", ns::UPLOAD).with_child(put).with_child(get)))
}

/// What may stand in a header as the type of a file: `type/subtype`, with parameters (RFC 9110 §8.3.1). No comma stands
/// outside quotes, where browsers would see the list of two types and take the last (Fetch §3.5).
fn is_content_type(text: &str) -> bool {
    let mut parts = text.split(';');
    let essence = parts.next().unwrap_or_default().trim();
    text.len() <= MAX_TYPE
        && essence
            .split_once('/')
            .is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype))
        && parts.all(|parameter| is_parameter(parameter.trim_matches(' ')))
}

fn is_token(text: &str) -> bool {
    let is_of_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte);
    !text.is_empty() && text.bytes().all(is_of_token)
}

/// `name=value`. What quotes would have to escape, and semicolons, are in the types of no files.
fn is_parameter(text: &str) -> bool {
    let is_quoted = |value: &str| {
        let inner = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        inner.is_some_and(|inner| {
            inner
                .bytes()
                .all(|byte| matches!(byte, b' '..=b'~') && !b"\"\\".contains(&byte))
        })
    };
    text.split_once('=')
        .is_some_and(|(name, value)| is_token(name) && (is_token(value) || is_quoted(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_media_types_are_taken_as_types() {
        for (text, expected) in [
            ("image/jpeg", true),
            ("text/plain; charset=utf-8", true),
            ("video/mp4; codecs=\"avc1.42E01E, mp4a.40.2\"; x=1", true),
            ("application/vnd.ms-excel", true),
            ("image", false),
            ("/", false),
            ("image/", false),
            ("image/j\npeg", false),
            ("text/plain;\r\nx: y", false),
            ("image/png;,text/html", false),
            ("image/png;a=\"b\",text/html", false),
            ("image/png;a=\"b,text/html", false),
            ("image/png,text/html", false),
            ("image/png;a=b,text/html", false),
            ("image/png;", false),
            ("", false),
        ] {
            assert_eq!(is_content_type(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_name_is_no_path_in_a_url() {
        for (name, expected) in [
            ("a b.jpg", "a%20b.jpg"),
            ("../../etc/passwd", "..%2F..%2Fetc%2Fpasswd"),
            ("très.png", "tr%C3%A8s.png"),
            ("a?b#c", "a%3Fb%23c"),
        ] {
            assert_eq!(utf8_percent_encode(name, PLAIN).to_string(), expected);
        }
    }
}
