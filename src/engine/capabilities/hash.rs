//! XEP-0115 §5: the text that stands for an answer to disco#info, its hash, and the answers that no hash can stand for.

use std::collections::BTreeSet;

use data_encoding::BASE64;
use sha1::{Digest, Sha1};
use sha2::{Sha256, Sha512};

use crate::engine::xml::{Element, ns};

/// The hash that everybody knows, and that this server sends.
pub const SHA_1: &str = "sha-1";

/// An answer that means different things to different readers (§5.4, 3.3 to 3.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IllFormed;

/// The hash of an answer by an algorithm; `None` for algorithms that are not known here.
pub fn hash(algorithm: &str, info: &Element) -> Result<Option<String>, IllFormed> {
    let text = verification_text(info)?;
    let digest = match algorithm {
        SHA_1 => Sha1::digest(&text).to_vec(),
        "sha-256" => Sha256::digest(&text).to_vec(),
        "sha-512" => Sha512::digest(&text).to_vec(),
        _ => return Ok(None),
    };
    Ok(Some(BASE64.encode(&digest)))
}

/// What an answer says a client can do, in order.
pub fn features(info: &Element) -> Vec<&str> {
    let features = info.children().filter(|child| child.is("feature", ns::DISCO_INFO));
    let mut features: Vec<&str> = features.filter_map(|feature| feature.attr("var")).collect();
    features.sort_unstable();
    features
}

fn verification_text(info: &Element) -> Result<String, IllFormed> {
    let mut text = String::new();
    for (category, kind, lang, name) in distinct(identities(info))? {
        text.extend([category, "/", kind, "/", lang, "/", name, "<"]);
    }
    for feature in distinct(features(info))? {
        text.extend([feature, "<"]);
    }
    let forms = info.children().filter(|child| child.is("x", ns::DATA_FORMS));
    let mut extensions = Vec::new();
    for form in forms {
        extensions.extend(extension(form)?);
    }
    extensions.sort_unstable();
    if extensions.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return Err(IllFormed);
    }
    for (form_type, fields) in extensions {
        text.extend([form_type.as_str(), "<", fields.as_str()]);
    }
    Ok(text)
}

fn identities(info: &Element) -> Vec<(&str, &str, &str, &str)> {
    let identities = info.children().filter(|child| child.is("identity", ns::DISCO_INFO));
    identities
        .map(|identity| {
            let of = |name| identity.attr(name).unwrap_or_default();
            (
                of("category"),
                of("type"),
                identity.lang().unwrap_or_default(),
                of("name"),
            )
        })
        .collect()
}

/// In order, and nothing twice.
fn distinct<T: Ord>(values: Vec<T>) -> Result<BTreeSet<T>, IllFormed> {
    let count = values.len();
    let set: BTreeSet<T> = values.into_iter().collect();
    if set.len() == count { Ok(set) } else { Err(IllFormed) }
}

/// The type of a form and the text of its fields; `None` for a form that does not count, because its type is missing or
/// is not hidden.
fn extension(form: &Element) -> Result<Option<(String, String)>, IllFormed> {
    let mut fields: Vec<&Element> = form
        .children()
        .filter(|field| field.is("field", ns::DATA_FORMS))
        .collect();
    let Some(at) = fields.iter().position(|field| field.attr("var") == Some("FORM_TYPE")) else {
        return Ok(None);
    };
    let typed = fields.remove(at);
    let types = values(typed);
    if types.windows(2).any(|pair| pair[0] != pair[1]) {
        return Err(IllFormed);
    }
    let Some(form_type) = types.into_iter().next() else {
        return Ok(None);
    };
    if typed.attr("type") != Some("hidden") {
        return Ok(None);
    }
    fields.sort_by_key(|field| field.attr("var").unwrap_or_default());
    let mut text = String::new();
    for field in fields {
        text.extend([field.attr("var").unwrap_or_default(), "<"]);
        let mut values = values(field);
        values.sort_unstable();
        for value in &values {
            text.extend([value.as_str(), "<"]);
        }
    }
    Ok(Some((form_type, text)))
}

fn values(field: &Element) -> Vec<String> {
    let values = field.children().filter(|value| value.is("value", ns::DATA_FORMS));
    values.map(|value| value.text().into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::xml::{Limits, parse_element};

    fn of(content: &str) -> Result<Option<String>, IllFormed> {
        let text = format!("<query xmlns='http://jabber.org/protocol/disco#info'>{content}</query>");
        hash(SHA_1, &parse_element(&text, Limits::OWN_TEXT).unwrap())
    }

    const SIMPLE: &str = "<identity category='client' name='Exodus 0.9.1' type='pc'/>\
         <feature var='http://jabber.org/protocol/caps'/><feature var='http://jabber.org/protocol/disco#info'/>\
         <feature var='http://jabber.org/protocol/disco#items'/><feature var='http://jabber.org/protocol/muc'/>";

    #[test]
    fn the_examples_of_the_specification_have_their_hashes() {
        assert_eq!(of(SIMPLE), Ok(Some("QgayPKawpkPSDYmwT/WM94uAlu0=".to_owned())));
        let complex = "<identity xml:lang='en' category='client' name='Psi 0.11' type='pc'/>\
             <identity xml:lang='el' category='client' name='Ψ 0.11' type='pc'/>\
             <feature var='http://jabber.org/protocol/caps'/><feature var='http://jabber.org/protocol/disco#info'/>\
             <feature var='http://jabber.org/protocol/disco#items'/><feature var='http://jabber.org/protocol/muc'/>\
             <x xmlns='jabber:x:data' type='result'>\
             <field var='FORM_TYPE' type='hidden'><value>urn:xmpp:dataforms:softwareinfo</value></field>\
             <field var='ip_version'><value>ipv4</value><value>ipv6</value></field>\
             <field var='os'><value>Mac</value></field><field var='os_version'><value>10.5.1</value></field>\
             <field var='software'><value>Psi</value></field><field var='software_version'><value>0.11</value></field></x>";
        assert_eq!(of(complex), Ok(Some("q07IKJEyjvHSyhy//CH0CxmKi8w=".to_owned())));
    }

    #[test]
    fn what_looks_like_an_escaped_bracket_stays_as_it_is() {
        // The hash of "client/pc//a&lt;b<urn:x:y<".
        let info = "<identity category='client' type='pc' name='a&amp;lt;b'/><feature var='urn:x:y'/>";
        assert_eq!(of(info), Ok(Some("HKICRDOcWElXsiTy2SC7zYRsrJ4=".to_owned())));
    }

    #[test]
    fn an_answer_that_says_something_twice_is_ill_formed() {
        let form = |form_type: &str, kind: &str| {
            format!(
                "<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='{kind}'>{form_type}</field></x>"
            )
        };
        for content in [
            "<identity category='client' type='pc'/><identity category='client' type='pc'/>".to_owned(),
            "<feature var='a'/><feature var='a'/>".to_owned(),
            form("<value>a</value>", "hidden").repeat(2),
            form("<value>a</value><value>b</value>", "hidden"),
        ] {
            assert_eq!(of(&content), Err(IllFormed), "{content}");
        }
    }

    #[test]
    fn a_form_without_a_hidden_type_does_not_count() {
        for form in [
            "<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE'><value>a</value></field></x>",
            "<x xmlns='jabber:x:data' type='result'><field var='a'><value>b</value></field></x>",
            "<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='hidden'/></x>",
        ] {
            assert_eq!(of(&format!("{SIMPLE}{form}")), of(SIMPLE), "{form}");
        }
    }

    #[test]
    fn an_unknown_algorithm_has_no_hash() {
        let info = parse_element(
            "<query xmlns='http://jabber.org/protocol/disco#info'/>",
            Limits::OWN_TEXT,
        )
        .unwrap();
        assert_eq!(hash("md2", &info), Ok(None));
        assert!(hash("sha-256", &info).unwrap().is_some());
    }
}
