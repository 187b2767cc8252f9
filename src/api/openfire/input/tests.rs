use proptest::prelude::*;

use super::super::negotiate::Format;
use super::super::output::tests::account;
use super::super::output::write_entity;
use super::super::wire::affiliations::{AffiliationList, SentAffiliations};
use super::super::wire::chat_room::{ChatRoom, ChatRooms};
use super::super::wire::group::Group;
use super::super::wire::invitation::{Invitation, Invitations};
use super::super::wire::property::Property;
use super::super::wire::roster::RosterItem;
use super::super::wire::user::{NewUsers, User};
use super::super::wire::user_groups::UserGroups;
use super::*;
use crate::domain::account::Properties;

fn from_xml<T: FromFields>(body: &str) -> Result<T, BindError> {
    read(Format::Xml, body.as_bytes(), Strictness::Generous).map(|found| found.expect("XML has an entity"))
}

fn from_json<T: FromFields>(body: &str) -> Result<Option<T>, BindError> {
    read(Format::Json, body.as_bytes(), Strictness::Generous)
}

fn value_in_xml(body: &str) -> Option<String> {
    from_xml::<Property>(body).unwrap().value
}

fn value_in_json(body: &str) -> Option<String> {
    from_json::<Property>(body).unwrap().unwrap().value
}

#[expect(clippy::unnecessary_wraps, reason = "what is compared with it is optional")]
fn texts(values: &[&str]) -> Option<Vec<String>> {
    Some(values.iter().map(|value| (*value).to_owned()).collect())
}

fn assert_json_refused<T: FromFields + std::fmt::Debug>(body: &str) {
    let found = from_json::<T>(body);
    assert!(matches!(found, Err(BindError::Json(_))), "{body}: {found:?}");
}

mod json_documents;
mod json_values;
mod xml_documents;

proptest! {
    #[test]
    fn any_body_is_read_or_refused(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        json in "[{}\\[\\]\",:a-z\\\\u0-9@ .eE-]{0,80}",
        xml in "(<user>|</user>|<name>|</name>|<users>|</users>|<properties>|<property key='a' |value=\"b\"|/>|>|<!--|-->|<!\\[CDATA\\[|\\]\\]>|<\\?pi |\\?>|&amp;|&#1[0-9];|[ a-z\n\r<&'\"]){0,25}",
    ) {
        for body in [bytes.as_slice(), json.as_bytes(), xml.as_bytes()] {
            for format in [Format::Xml, Format::Json] {
                let _ = read::<NewUsers>(format, body, Strictness::Generous);
                let _ = read::<ChatRooms>(format, body, Strictness::Strict);
                let _ = read::<RosterItem>(format, body, Strictness::Generous);
            }
        }
    }

    #[test]
    fn what_is_written_in_xml_is_read_back(name in "[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\u{fffe}\u{ffff}]{0,20}", key in "[^\\x00-\\x09\\x0b\\x0c\\x0e-\\x1f\u{fffe}\u{ffff}]{0,20}") {
        prop_assume!(!name.contains('\u{10ffff}') && !key.contains('\u{10ffff}'));
        let mut out = Vec::new();
        write_entity(Format::Xml, &account("x", &name, &[(&key, &key)]), &mut out);
        let user = read::<User>(Format::Xml, &out, Strictness::Strict).unwrap().unwrap();
        let property = Property { key: Some(key.clone()), value: Some(key) };
        prop_assert_eq!((user.name, user.properties), (Some(name), Some(vec![property])));
    }

    #[test]
    fn what_is_written_is_read_back(username in any::<String>(), keys in proptest::collection::vec(any::<String>(), 0..4)) {
        prop_assume!(!username.contains('\u{10ffff}'));
        let keys: Vec<&str> = keys.iter().map(String::as_str).filter(|key| !key.contains('\u{10ffff}')).collect();
        let pairs: Vec<(&str, &str)> = keys.iter().map(|key| (*key, *key)).collect();
        let written = account(&username, &username, &pairs);
        for format in [Format::Json, Format::LegacyJson] {
            let mut out = Vec::new();
            write_entity(format, &written, &mut out);
            let user = read::<User>(format, &out, Strictness::Strict).unwrap().unwrap();
            prop_assert_eq!((user.username.as_ref(), user.name.as_ref()), (Some(&username), Some(&username)));
            // legacy JSON has null for an empty list
            let properties = user.properties.unwrap_or_default().into_iter().map(|property| (property.key.unwrap(), property.value.unwrap()));
            prop_assert_eq!(properties.collect::<Properties>(), written.properties.clone());
        }
    }
}
