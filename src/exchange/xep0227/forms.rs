//! What each thing looks like in the document, and what the document says of it. What is written is read again: only what
//! comes back the same has a form here.

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;

use super::part::Part;
use super::reader::{Item, Reader};
use super::{DELAY, PRIVATE, SCRAM, SERVER_DATA, STANZA_ID, VCARD};
use crate::domain::{
    Error, Result,
    account::ScramKeys,
    address::{AccountAddress, Address},
    offline::NewOfflineMessage,
    roster::{KeptContact, NewRosterItem, Subscription},
    subscription::SubscriptionRequest,
};
use crate::engine::xml::{Element, Limits, Scope, ns, parse_element, write_element};
use crate::scram::Hash;

/// The text of an element in the document.
pub type Form = String;

const MECHANISMS: [(Hash, &str); 2] = [(Hash::Sha1, "SCRAM-SHA-1"), (Hash::Sha256, "SCRAM-SHA-256")];

pub fn keys_form(hash: Hash, keys: &ScramKeys) -> Form {
    let text = |name: &'static str, text: String| Element::new(name, SCRAM).with_text(text);
    let mechanism = MECHANISMS
        .iter()
        .find(|(known, _)| *known == hash)
        .map_or("", |(_, name)| name);
    let element = Element::new("scram-credentials", SCRAM)
        .with_attr("mechanism", mechanism)
        .with_child(text("iter-count", keys.iterations.to_string()))
        .with_child(text("salt", STANDARD.encode(&keys.salt)))
        .with_child(text("server-key", STANDARD.encode(&keys.server_key)))
        .with_child(text("stored-key", STANDARD.encode(&keys.stored_key)));
    text_of(&element)
}

/// The keys of `scram-credentials`; `None` for mechanisms that this service does not have.
pub fn scram_keys(element: &Element) -> Result<Option<(Hash, ScramKeys)>> {
    let name = element.attr("mechanism").unwrap_or_default();
    let Some((hash, _)) = MECHANISMS.iter().find(|(_, known)| *known == name) else {
        return Ok(None);
    };
    let wrong = || {
        Error::invalid(
            "scram-credentials",
            name,
            "they are incomplete, or no keys of this mechanism",
        )
    };
    let text = |name: &str| element.child_text(name, SCRAM).map(|text| text.trim().to_owned());
    let bytes = |name: &str| text(name).and_then(|text| STANDARD.decode(text).ok()).ok_or_else(wrong);
    let keys = ScramKeys {
        salt: bytes("salt")?,
        iterations: text("iter-count")
            .and_then(|text| text.parse().ok())
            .ok_or_else(wrong)?,
        stored_key: bytes("stored-key")?,
        server_key: bytes("server-key")?,
    };
    let is_sound = keys.iterations > 0 && !keys.salt.is_empty();
    let is_long = [&keys.stored_key, &keys.server_key]
        .iter()
        .all(|key| key.len() == hash.length());
    if is_sound && is_long {
        Ok(Some((*hash, keys)))
    } else {
        Err(wrong())
    }
}

/// The contacts that have a form, in one element, and those that have none.
pub fn roster_form(contacts: Vec<KeptContact>) -> (Option<Form>, Vec<KeptContact>) {
    let (with_form, without): (Vec<_>, Vec<_>) = contacts.into_iter().partition(|kept| {
        let text = text_of(&Element::new("query", ns::ROSTER).with_child(item(kept)));
        let read = parse_element(&text, Limits::OWN_TEXT)
            .ok()
            .map(|query| contacts_of(&query));
        matches!(read.as_deref(), Some([Ok(again)]) if again == kept)
    });
    let query = Element::new("query", ns::ROSTER).with_children(with_form.iter().map(item));
    ((!with_form.is_empty()).then(|| text_of(&query)), without)
}

fn item(kept: &KeptContact) -> Element {
    let subscription = match kept.item.subscription {
        Subscription::Remove => "remove",
        Subscription::None => "none",
        Subscription::To => "to",
        Subscription::From => "from",
        Subscription::Both => "both",
    };
    let groups = kept
        .item
        .groups
        .iter()
        .map(|group| Element::new("group", ns::ROSTER).with_text(group));
    Element::new("item", ns::ROSTER)
        .with_attr("jid", &kept.item.contact)
        .with_optional_attr("name", kept.item.nickname.as_ref())
        .with_attr("subscription", subscription)
        .with_optional_attr("ask", kept.asked.then_some("subscribe"))
        .with_optional_attr("approved", kept.approved.then_some("true"))
        .with_children(groups)
}

/// The contacts of a roster; one that cannot be read is an error of its own.
pub fn contacts(query: &Element) -> Vec<Result<KeptContact>> {
    contacts_of(query)
}

fn contacts_of(query: &Element) -> Vec<Result<KeptContact>> {
    let items = query.children().filter(|child| child.is("item", ns::ROSTER));
    items.map(contact).collect()
}

fn contact(item: &Element) -> Result<KeptContact> {
    let subscription = match item.attr("subscription").unwrap_or("none") {
        "none" => Subscription::None,
        "to" => Subscription::To,
        "from" => Subscription::From,
        "both" => Subscription::Both,
        other => {
            return Err(Error::invalid(
                "subscription",
                other,
                "it is one of none, to, from, both",
            ));
        }
    };
    let groups = item.children().filter(|child| child.is("group", ns::ROSTER));
    let new = NewRosterItem {
        contact: Address::parse(item.attr("jid").unwrap_or_default())?,
        nickname: item.attr("name").map(str::to_owned),
        subscription,
        groups: groups.map(|group| group.text().into_owned()).collect(),
    };
    new.check()?;
    Ok(KeptContact {
        item: new,
        asked: item.attr("ask") == Some("subscribe"),
        approved: matches!(item.attr("approved"), Some("true" | "1")),
        overrides: false,
    })
}

/// The vCard as it stands, if it can stand in the document.
pub fn vcard_form(vcard: &str) -> Option<Form> {
    let part = read_again(vcard)?;
    (part.element.is("vCard", VCARD) && part.text == vcard).then(|| vcard.to_owned())
}

/// What a reader of the document finds where this text stands.
fn read_again(text: &str) -> Option<Part> {
    let document =
        format!("<server-data xmlns='{SERVER_DATA}'><host jid='h'><user name='u'>{text}</user></host></server-data>");
    let mut reader = Reader::new(document.as_bytes());
    let mut parts = Vec::new();
    while let Some(item) = reader.read().ok()? {
        if let Item::Part(part) = item {
            parts.push(part);
        }
    }
    let only = parts.pop()?;
    parts.is_empty().then_some(only)
}

/// An offline message with its time and its id in the archive.
pub fn offline_form(message: &NewOfflineMessage, owner: &AccountAddress) -> Option<Form> {
    let stanza = parse_element(&message.stanza, Limits::OWN_TEXT).ok()?;
    let id = message.archive_id.as_ref().map(|id| {
        Element::new("stanza-id", STANZA_ID)
            .with_attr("by", owner)
            .with_attr("id", id)
    });
    let form = text_of(&stanza.with_optional_child(id).with_child(delay(message.at, owner)));
    let again = parse_element(&form, Limits::OWN_TEXT).ok()?;
    (offline_message(again, owner, Timestamp::UNIX_EPOCH).ok()? == *message).then_some(form)
}

/// The message of such an element. One without a time is of `now`.
pub fn offline_message(mut stanza: Element, owner: &AccountAddress, now: Timestamp) -> Result<NewOfflineMessage> {
    if !stanza.is("message", ns::JABBER_CLIENT) {
        return Err(Error::invalid("offline message", stanza.name(), "it is no message"));
    }
    let at = take_delay(&mut stanza).unwrap_or(now);
    let owner = owner.to_string();
    let id = take_last(&mut stanza, |child| {
        child.is("stanza-id", STANZA_ID) && child.attr("by") == Some(&owner)
    });
    Ok(NewOfflineMessage {
        stanza: text_of(&stanza).into(),
        at,
        archive_id: id.and_then(|id| id.attr("id").map(str::to_owned)),
        holder: None,
    })
}

/// Something private: its namespace, its name, and the element.
pub type PrivatePart = ((String, String), String);

/// Everything private in one element; what has no form is given back.
pub fn private_form(parts: Vec<PrivatePart>) -> (Option<Form>, Vec<PrivatePart>) {
    let (with_form, without): (Vec<_>, Vec<_>) = parts.into_iter().partition(|((namespace, name), xml)| {
        read_again(xml).is_some_and(|part| part.element.is(name, namespace) && part.text == *xml)
    });
    let content: String = with_form.iter().map(|(_, xml)| xml.as_str()).collect();
    let form = format!("<query xmlns='{PRIVATE}'>{content}</query>");
    ((!with_form.is_empty()).then_some(form), without)
}

/// A subscription request with its time.
pub fn request_form(request: &SubscriptionRequest, owner: &AccountAddress) -> Option<Form> {
    let stanza = parse_element(&request.stanza, Limits::OWN_TEXT).ok()?;
    let form = text_of(&stanza.with_child(delay(request.at, owner)));
    let again = parse_element(&form, Limits::OWN_TEXT).ok()?;
    (self::request(again, Timestamp::UNIX_EPOCH).ok()? == *request).then_some(form)
}

/// The request of a presence stanza. One without a time is of `now`.
pub fn request(mut stanza: Element, now: Timestamp) -> Result<SubscriptionRequest> {
    if !stanza.is("presence", ns::JABBER_CLIENT) || stanza.attr("type") != Some("subscribe") {
        return Err(Error::invalid(
            "presence",
            stanza.name(),
            "it is no subscription request",
        ));
    }
    let at = take_delay(&mut stanza).unwrap_or(now);
    Ok(SubscriptionRequest {
        sender: Address::parse(stanza.attr("from").unwrap_or_default())?,
        stanza: text_of(&stanza),
        at,
    })
}

fn delay(at: Timestamp, owner: &AccountAddress) -> Element {
    Element::new("delay", DELAY)
        .with_attr("from", owner.host())
        .with_attr("stamp", at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ"))
}

/// The last mark of a delay is that of the server that kept the stanza.
fn take_delay(stanza: &mut Element) -> Option<Timestamp> {
    let delay = take_last(stanza, |child| child.is("delay", DELAY))?;
    delay.attr("stamp")?.parse().ok()
}

fn take_last(element: &mut Element, is_it: impl Fn(&Element) -> bool) -> Option<Element> {
    let found = element.children().filter(|child| is_it(child)).last()?.clone();
    let last = element.children().filter(|child| is_it(child)).count();
    let mut seen = 0;
    element.retain_children(|child| {
        seen += usize::from(is_it(child));
        !is_it(child) || seen < last
    });
    Some(found)
}

pub(super) fn text_of(element: &Element) -> String {
    let mut bytes = Vec::new();
    write_element(element, Scope::NONE, &mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::address::Host;

    fn owner() -> AccountAddress {
        AccountAddress::prepare("kim", &Host::from_stored("example.org")).unwrap()
    }

    /// What a reader finds of a form among a person's parts.
    fn read(form: &str) -> Part {
        read_again(form).unwrap()
    }

    fn subscription() -> impl Strategy<Value = Subscription> {
        (-1..=3).prop_map(|number| Subscription::from_number(number).unwrap())
    }

    prop_compose! {
        fn contact()(
            nickname in proptest::option::of("(\\PC|[\n\t\u{1}'\"<&]){0,6}"),
            groups in proptest::collection::vec("(\\PC|[\n\u{fffe}<]){0,4}", 0..3),
            subscription in subscription(),
            asked: bool,
            approved: bool,
            overrides: bool,
        ) -> KeptContact {
            KeptContact {
                item: NewRosterItem {
                    contact: Address::parse("lee@example.net").unwrap(),
                    nickname,
                    subscription,
                    groups,
                },
                asked,
                approved,
                overrides,
            }
        }
    }

    proptest! {
        #[test]
        fn every_contact_comes_back_from_the_document_or_has_no_form(contacts in proptest::collection::vec(contact(), 0..5)) {
            let (form, without) = roster_form(contacts.clone());
            let with: Vec<_> = form
                .map(|form| super::contacts(&read(&form).element).into_iter().map(Result::unwrap).collect())
                .unwrap_or_default();
            let (mut expected, mut found) = (contacts, [with, without].concat());
            expected.sort_by_key(|kept| format!("{kept:?}"));
            found.sort_by_key(|kept| format!("{kept:?}"));
            prop_assert_eq!(expected, found);
        }

        #[test]
        fn every_offline_message_comes_back_or_has_no_form(
            body in "(\\PC|[\n\u{1}<&>]|<x/>|<delay xmlns='urn:xmpp:delay' stamp='1999-01-01T00:00:00Z'/>){0,6}",
            milliseconds in -1_000_000_000_000i64..4_000_000_000_000,
            archive_id in proptest::option::of("[a-z<&']{0,4}"),
        ) {
            let message = NewOfflineMessage {
                stanza: format!("<message xmlns='jabber:client'>{body}</message>").into(),
                at: Timestamp::from_millisecond(milliseconds).unwrap(),
                archive_id,
                holder: None,
            };
            if let Some(form) = offline_form(&message, &owner()) {
                let read = offline_message(read(&form).element, &owner(), Timestamp::UNIX_EPOCH);
                prop_assert_eq!(read.unwrap(), message);
            }
        }
    }

    #[test]
    fn ordinary_things_have_a_form() {
        let message = NewOfflineMessage {
            stanza: "<message xmlns='jabber:client' from='a@b.example'><body>x &lt; y</body></message>".into(),
            at: Timestamp::from_millisecond(1_400_000_000_123).unwrap(),
            archive_id: Some("a7".to_owned()),
            holder: None,
        };
        assert!(
            offline_form(&message, &owner())
                .unwrap()
                .contains("stamp='2014-05-13T16:53:20.123Z'")
        );
        let vcard = "<vCard xmlns=\"vcard-temp\"><FN>K</FN></vCard>";
        assert_eq!(vcard_form(vcard).as_deref(), Some(vcard));
        for other in [
            // It would come back under another prefix.
            "<v:vCard xmlns:v='vcard-temp'/>",
            "<vCard/>",
            "<vCard xmlns='vcard-temp'><!-- c --></vCard>",
            "text",
            "<a/><b/>",
        ] {
            assert_eq!(vcard_form(other), None, "{other}");
        }
    }

    #[test]
    fn keys_come_back_and_broken_ones_are_refused() {
        let keys = ScramKeys {
            salt: vec![1, 2, 3],
            iterations: 4096,
            stored_key: vec![7; 20],
            server_key: vec![8; 20],
        };
        let form = keys_form(Hash::Sha1, &keys);
        let (hash, found) = scram_keys(&read(&form).element).unwrap().unwrap();
        assert_eq!((hash, found.salt, found.iterations), (Hash::Sha1, keys.salt, 4096));
        assert_eq!((found.stored_key, found.server_key), (keys.stored_key, keys.server_key));
        for (from, to) in [
            ("4096", "0"),
            ("AQID", "?"),
            ("SHA-1", "SHA-256"),
            ("stored-key", "other-key"),
        ] {
            assert!(
                scram_keys(&read(&form.replace(from, to)).element).is_err(),
                "{from} {to}"
            );
        }
        assert!(
            scram_keys(&read(&form.replace("SHA-1", "SHA-512")).element)
                .unwrap()
                .is_none()
        );
    }
}
