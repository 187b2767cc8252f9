//! XML or JSON: for a request body, for a result, and by a rule of its own for a service error
//! (REST API plugin, §4, with quirks 18, 71 and 87).

use headers::HeaderValue;

use crate::api::accept::{Accept, ContentType, MediaType};

/// How an entity is written or read. Reading knows no difference between the two kinds of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Xml,
    /// XML in which all characters beyond ASCII are references: right in every charset that contains ASCII.
    XmlInAscii,
    Json,
    /// The JSON of plugin versions before 1.3.
    LegacyJson,
}

/// Which JSON is written where the request does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JsonProfile {
    #[default]
    Modern,
    Legacy,
}

/// A format and the `Content-Type` that goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Negotiated {
    pub format: Format,
    pub content_type: HeaderValue,
}

const XML: HeaderValue = HeaderValue::from_static("application/xml");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The format of a successful answer with an entity. `None`: the request accepts neither (406).
///
/// A concrete accepted type comes back with its parameters and in its own letters.
pub fn result(accept: &Accept, profile: JsonProfile) -> Option<Negotiated> {
    let chosen = accept.choose(&["application/xml", "application/json"])?;
    let is_json = chosen.index == 1;
    let plain = if is_json { JSON } else { XML };
    let content_type = match chosen.accepted {
        wildcard if wildcard.is_wildcard() => plain,
        concrete => echo(concrete).unwrap_or(plain),
    };
    let format = if is_json {
        json(chosen.accepted, profile)
    } else {
        xml(chosen.accepted)
    };
    Some(Negotiated { format, content_type })
}

/// The format of a service error: a single concrete `Accept` decides, else the `Content-Type` of the request, else XML.
///
/// What has neither the XML nor the JSON form becomes `application/xml` (the original answers 500).
pub fn error(accept: &Accept, request: Option<&ContentType>, profile: JsonProfile) -> Negotiated {
    let single = accept.single().filter(|accepted| !accepted.is_any_kind());
    let wanted = single.or(request.map(|content_type| &content_type.0));
    let fallback = Negotiated {
        format: Format::Xml,
        content_type: XML,
    };
    let Some(wanted) = wanted else {
        return fallback;
    };
    let Some(content_type) = echo(wanted) else {
        return fallback;
    };
    if is_json(wanted) {
        let format = json(wanted, profile);
        return Negotiated { format, content_type };
    }
    if is_xml(wanted) {
        let format = xml(wanted);
        return Negotiated { format, content_type };
    }
    fallback
}

/// The format of a request body; wildcards are read as XML. `None`: not a type with an entity (415).
pub fn request(content_type: &ContentType) -> Option<Format> {
    let ContentType(media_type) = content_type;
    if media_type.is("application", "json") {
        return Some(Format::Json);
    }
    let is_xml = ["xml", "*"].iter().any(|subtype| media_type.is("application", subtype)) || media_type.is("*", "*");
    is_xml.then_some(Format::Xml)
}

/// The type as it was sent; the original's web server has JSON in lower case unless it has unusual parameters.
fn echo(media_type: &MediaType) -> Option<HeaderValue> {
    if media_type.is_exactly("application", "json") {
        return Some(JSON);
    }
    if media_type.is_exactly("application", "xml") || is_xml(media_type) && asks_for_wide_characters(media_type) {
        return Some(XML);
    }
    if is_json(media_type) && media_type.has_only_parameter("charset") {
        return HeaderValue::from_str(&media_type.to_string().to_ascii_lowercase()).ok();
    }
    media_type.to_header_value()
}

/// The original writes XML in the charset that was asked for, and JSON in UTF-8 whatever was asked for.
fn xml(media_type: &MediaType) -> Format {
    match media_type.parameter("charset") {
        Some(charset) if !charset.eq_ignore_ascii_case("utf-8") && !asks_for_wide_characters(media_type) => {
            Format::XmlInAscii
        }
        _ => Format::Xml,
    }
}

/// Whether a charset is asked for in which ASCII has other bytes. It gets UTF-8, and no label that says otherwise.
fn asks_for_wide_characters(media_type: &MediaType) -> bool {
    media_type.parameter("charset").is_some_and(|charset| {
        let charset = charset.to_ascii_lowercase();
        ["utf-16", "utf-32"].iter().any(|wide| charset.starts_with(wide))
    })
}

fn json(media_type: &MediaType, profile: JsonProfile) -> Format {
    if profile == JsonProfile::Legacy || media_type.parameter("profile") == Some("legacy") {
        return Format::LegacyJson;
    }
    Format::Json
}

fn is_xml(media_type: &MediaType) -> bool {
    media_type.is("application", "xml") || media_type.is("text", "xml") || media_type.has_suffix("xml")
}

fn is_json(media_type: &MediaType) -> bool {
    media_type.is("application", "json") || media_type.is("text", "json") || media_type.has_suffix("json")
}

#[cfg(test)]
mod tests {
    use super::*;
    use headers::Header;

    fn accept(text: Option<&str>) -> Accept {
        let Some(text) = text else {
            return Accept::default();
        };
        let value = HeaderValue::from_str(text).unwrap();
        Accept::decode(&mut [&value].into_iter()).unwrap()
    }

    fn content_type(text: &str) -> ContentType {
        let value = HeaderValue::from_str(text).unwrap();
        ContentType::decode(&mut [&value].into_iter()).unwrap()
    }

    fn shown(negotiated: Negotiated) -> (Format, String) {
        (negotiated.format, negotiated.content_type.to_str().unwrap().to_owned())
    }

    #[test]
    fn a_result_echoes_the_concrete_type_that_was_accepted() {
        use Format::{Json, LegacyJson, Xml, XmlInAscii};
        let rows = [
            (None, Xml, "application/xml"),
            (Some("application/*"), Xml, "application/xml"),
            (Some("application/json, text/plain, */*"), Json, "application/json"),
            (
                Some("application/json;charset=UTF-8;q=0.2"),
                Json,
                "application/json;charset=utf-8",
            ),
            (Some("APPLICATION/JSON"), Json, "application/json"),
            (Some("application/json;V=A"), Json, "application/json;v=A"),
            (Some("Application/Xml"), Xml, "Application/Xml"),
            (
                Some("application/xml;charset=UTF-8"),
                Xml,
                "application/xml;charset=UTF-8",
            ),
            (
                Some("application/xml;charset=latin1"),
                XmlInAscii,
                "application/xml;charset=latin1",
            ),
            (Some("application/xml;charset=UTF-16LE"), Xml, "application/xml"),
            (
                Some("application/json;charset=latin1"),
                Json,
                "application/json;charset=latin1",
            ),
            (
                Some("application/json;profile=legacy"),
                LegacyJson,
                "application/json;profile=legacy",
            ),
        ];
        for (header, format, expected) in rows {
            let found = result(&accept(header), JsonProfile::Modern).unwrap();
            assert_eq!(shown(found), (format, expected.to_owned()), "{header:?}");
        }
        assert_eq!(result(&accept(Some("text/html")), JsonProfile::Modern), None);
        let legacy = result(&accept(Some("application/json")), JsonProfile::Legacy).unwrap();
        assert_eq!(legacy.format, LegacyJson);
    }

    #[test]
    fn the_type_of_an_error_follows_its_own_rule() {
        use Format::{Json, Xml};
        let rows = [
            (None, None, Xml, "application/xml"),
            (Some("*/*"), None, Xml, "application/xml"),
            (Some("application/*"), None, Xml, "application/xml"),
            (Some("text/*"), None, Xml, "application/xml"),
            (Some("application/json"), None, Json, "application/json"),
            (Some("application/json, text/plain, */*"), None, Xml, "application/xml"),
            (Some("application/json, */*"), None, Xml, "application/xml"),
            (Some("application/json;q=0.5"), None, Json, "application/json"),
            (Some("application/json;v=1"), None, Json, "application/json;v=1"),
            (
                Some("*/*"),
                Some("application/json; charset=UTF-8"),
                Json,
                "application/json;charset=utf-8",
            ),
            (
                Some("application/json, */*"),
                Some("application/json"),
                Json,
                "application/json",
            ),
            (
                Some("application/json"),
                Some("application/xml"),
                Json,
                "application/json",
            ),
            (
                Some("application/xml"),
                Some("application/json"),
                Xml,
                "application/xml",
            ),
            (Some("text/html"), None, Xml, "application/xml"),
            (Some("image/png"), Some("application/json"), Xml, "application/xml"),
            (Some("text/xml"), None, Xml, "text/xml"),
            (Some("application/problem+json"), None, Json, "application/problem+json"),
            (Some("application/atom+xml"), None, Xml, "application/atom+xml"),
            (None, Some("text/json"), Json, "text/json"),
            (None, Some("text/csv"), Xml, "application/xml"),
            (
                Some("*/*"),
                Some("application/x-www-form-urlencoded"),
                Xml,
                "application/xml",
            ),
        ];
        for (header, body, format, expected) in rows {
            let body = body.map(content_type);
            let found = error(&accept(header), body.as_ref(), JsonProfile::Modern);
            assert_eq!(shown(found), (format, expected.to_owned()), "{header:?} {body:?}");
        }
    }

    #[test]
    fn only_the_two_types_and_wildcards_are_read() {
        for xml in ["application/xml", "APPLICATION/XML;v=1", "*/*", "application/*"] {
            assert_eq!(request(&content_type(xml)), Some(Format::Xml), "{xml}");
        }
        assert_eq!(request(&content_type("application/json;odata=x")), Some(Format::Json));
        for other in [
            "text/xml",
            "text/json",
            "application/x-www-form-urlencoded",
            "application/problem+xml",
            "text/*",
        ] {
            assert_eq!(request(&content_type(other)), None, "{other}");
        }
    }
}
