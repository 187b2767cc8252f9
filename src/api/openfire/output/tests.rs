use proptest::prelude::*;

use super::super::negotiate::Format;
use super::super::wire::error::ErrorEntity;
use super::super::wire::property::Property;
use super::super::wire::user::USERS;
use super::*;
use crate::domain::account::Account;
use crate::domain::address::{AccountAddress, Host, Localpart};

const DECLARATION: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;

fn written<E: Entity>(format: Format, entity: &E) -> String {
    let mut out = Vec::new();
    write_entity(format, entity, &mut out);
    String::from_utf8(out).unwrap()
}

fn list(format: Format, users: &[Account]) -> String {
    let mut out = Vec::new();
    let mut writer = ListWriter::open(format, USERS, &mut out);
    for user in users {
        writer.item(user, &mut out);
    }
    writer.close(&mut out);
    String::from_utf8(out).unwrap()
}

/// An account with this name and these properties, as it would be found in the database.
pub fn account(localpart: &str, name: &str, properties: &[(&str, &str)]) -> Account {
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    Account {
        address: AccountAddress::new(Localpart::from_stored(localpart), Host::from_stored("example.org")),
        name: Some(name.to_owned()),
        email: None,
        properties: properties.iter().map(owned).collect(),
        created: Timestamp::UNIX_EPOCH,
        modified: Timestamp::UNIX_EPOCH,
        administrator: false,
    }
}

fn jane() -> Account {
    Account {
        email: Some("jane@example.org".to_owned()),
        ..account(
            "jane",
            "Jane Doe",
            &[("console.order", "session-summary=1"), ("tea", "earl & grey")],
        )
    }
}

#[test]
fn a_user_has_the_literal_form_of_the_contract() {
    assert_eq!(
        written(Format::Xml, &jane()),
        DECLARATION.to_owned()
            + r#"<user><username>jane</username><name>Jane Doe</name><email>jane@example.org</email><properties><property key="console.order" value="session-summary=1"/><property key="tea" value="earl &amp; grey"/></properties></user>"#
    );
    assert_eq!(
        written(Format::Json, &jane()),
        r#"{"username":"jane","name":"Jane Doe","email":"jane@example.org","properties":[{"key":"console.order","value":"session-summary=1"},{"key":"tea","value":"earl & grey"}]}"#
    );
    assert_eq!(
        written(Format::LegacyJson, &jane()),
        r#"{"username":"jane","name":"Jane Doe","email":"jane@example.org","properties":{"property":[{"@key":"console.order","@value":"session-summary=1"},{"@key":"tea","@value":"earl & grey"}]}}"#
    );
}

#[test]
fn empty_texts_and_lists_are_written_and_absent_ones_are_not() {
    let user = account("x", "", &[]);
    assert_eq!(
        written(Format::Xml, &user),
        DECLARATION.to_owned() + "<user><username>x</username><name></name><properties/></user>"
    );
    assert_eq!(
        written(Format::Json, &user),
        r#"{"username":"x","name":"","properties":[]}"#
    );
    assert_eq!(
        written(Format::LegacyJson, &user),
        r#"{"username":"x","name":"","properties":null}"#
    );
    assert_eq!(
        written(Format::Xml, &Property::default()),
        DECLARATION.to_owned() + "<property/>"
    );
}

#[test]
fn a_list_streams_item_by_item() {
    let (one, two) = (account("a", "", &[]), account("b", "", &[]));
    let rows = [
        (Format::Xml, vec![], format!("{DECLARATION}<users/>")),
        (
            Format::Xml,
            vec![one.clone()],
            format!("{DECLARATION}<users><user><username>a</username><name></name><properties/></user></users>"),
        ),
        (Format::Json, vec![], r#"{"users":[]}"#.to_owned()),
        (
            Format::Json,
            vec![one.clone(), two.clone()],
            r#"{"users":[{"username":"a","name":"","properties":[]},{"username":"b","name":"","properties":[]}]}"#.to_owned(),
        ),
        (Format::LegacyJson, vec![], "null".to_owned()),
        (
            Format::LegacyJson,
            vec![one.clone()],
            r#"{"user":{"username":"a","name":"","properties":null}}"#.to_owned(),
        ),
        (
            Format::LegacyJson,
            vec![one.clone(), two.clone()],
            r#"{"user":[{"username":"a","name":"","properties":null},{"username":"b","name":"","properties":null}]}"#.to_owned(),
        ),
        (
            Format::LegacyJson,
            vec![one.clone(), two, one],
            r#"{"user":[{"username":"a","name":"","properties":null},{"username":"b","name":"","properties":null},{"username":"a","name":"","properties":null}]}"#.to_owned(),
        ),
    ];
    for (format, users, expected) in rows {
        assert_eq!(list(format, &users), expected);
    }
}

#[test]
fn an_alphabetical_entity_is_sorted_in_xml_only() {
    let error = ErrorEntity {
        resource: Some("jane".to_owned()),
        message: "Could not get user".to_owned(),
        exception: "UserNotFoundException",
    };
    assert_eq!(
        written(Format::Xml, &error),
        DECLARATION.to_owned()
            + "<error><exception>UserNotFoundException</exception><message>Could not get user</message><resource>jane</resource></error>"
    );
    assert_eq!(
        written(Format::Json, &error),
        r#"{"resource":"jane","message":"Could not get user","exception":"UserNotFoundException"}"#
    );
}

#[test]
fn escapes_are_those_of_the_original() {
    let rows = [
        // value, XML text, XML attribute, JSON
        ("a&b", "a&amp;b", "a&amp;b", "a&b"),
        ("<b>", "&lt;b&gt;", "&lt;b&gt;", "<b>"),
        ("\"q\"", "\"q\"", "&quot;q&quot;", r#"\"q\""#),
        ("it's", "it's", "it's", "it's"),
        ("a\tb", "a\tb", "a\tb", r"a\tb"),
        ("a\r\nb", "a&#13;\nb", "a&#13;&#10;b", r"a\r\nb"),
        (
            "é日\u{a0}\u{2028}",
            "é日\u{a0}\u{2028}",
            "é日\u{a0}\u{2028}",
            "é日\u{a0}\u{2028}",
        ),
        ("😀", "😀", "😀", r"\uD83D\uDE00"),
        ("a\u{1}\u{8}\u{c}\u{1f}b", "ab", "ab", r"a\u0001\b\f\u001Fb"),
        ("a\u{7f}\u{85}b", "a\u{7f}\u{85}b", "a\u{7f}\u{85}b", "a\u{7f}\u{85}b"),
        ("\u{fffe}\u{fffd}", "\u{fffd}", "\u{fffd}", "\u{fffe}\u{fffd}"),
        (r"\/", r"\/", r"\/", r"\\/"),
        ("\u{10ffff}\u{e000}x", "x", "x", r"\uD800x"),
    ];
    for (value, text, attribute, json) in rows {
        let user = account("x", value, &[("k", value)]);
        assert_eq!(
            written(Format::Xml, &user),
            format!(
                "{DECLARATION}<user><username>x</username><name>{text}</name><properties><property key=\"k\" value=\"{attribute}\"/></properties></user>"
            )
        );
        assert_eq!(
            written(Format::Json, &user),
            format!(r#"{{"username":"x","name":"{json}","properties":[{{"key":"k","value":"{json}"}}]}}"#)
        );
    }
}

#[test]
fn in_another_charset_every_other_character_is_a_reference() {
    let user = account("x", "é<日😀\u{fffe}", &[("k", "ü\"")]);
    assert_eq!(
        written(Format::XmlInAscii, &user),
        DECLARATION.to_owned()
            + r#"<user><username>x</username><name>&#233;&lt;&#26085;&#128512;</name><properties><property key="k" value="&#252;&quot;"/></properties></user>"#
    );
}

proptest! {
    #[test]
    fn every_text_survives_a_json_reader(name in any::<String>()) {
        prop_assume!(!name.contains('\u{10ffff}'));
        let user = account("x", &name, &[]);
        let read: serde_json::Value = serde_json::from_str(&written(Format::Json, &user)).unwrap();
        prop_assert_eq!(read["name"].as_str(), Some(name.as_str()));
    }

    #[test]
    fn every_text_gives_well_formed_xml(name in any::<String>(), value in any::<String>()) {
        let user = account("x", &name, &[("k", &value)]);
        let document = written(Format::Xml, &user);
        for event in ::xml::reader::EventReader::new(document.as_bytes()) {
            prop_assert!(event.is_ok(), "{document:?}");
        }
    }
}
