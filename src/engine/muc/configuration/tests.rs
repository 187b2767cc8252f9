use super::{Changes, form, names};
use crate::domain::address::Host;
use crate::domain::address::{Address, Localpart};
use crate::domain::affiliation::{Affiliate, Affiliation, Affiliations};
use crate::domain::room::RoomSettings;
use crate::domain::room::{PrivateMessages, Role, Room, RoomContent};
use crate::domain::room_profile::RoomProfile;
use crate::domain::secret::Secret;
use crate::engine::form::{Filled, Form};
use crate::engine::stanza::{Condition, StanzaError};
use crate::engine::xml::ns;
use crate::engine::xml::{Element, Limits, parse_element};
use jiff::Timestamp;

fn host() -> Host {
    Host::prepare("example.org").unwrap()
}

fn user(text: &str) -> Affiliate {
    Affiliate::User(Address::parse(text).unwrap())
}

fn room() -> Room {
    Room {
        name: Localpart::prepare("cave").unwrap(),
        settings: RoomSettings {
            natural_name: Some("Cave".to_owned()),
            max_occupants: 30,
            public: true,
            anyone_discovers_addresses: true,
            broadcast_roles: vec![Role::Moderator, Role::Visitor],
            ..RoomSettings::default()
        },
        retire_on_removal: false,
        created: Timestamp::UNIX_EPOCH,
        modified: Timestamp::UNIX_EPOCH,
        affiliations: vec![
            (user("jane@example.org"), Affiliation::Owner),
            (user("bob@example.org"), Affiliation::Admin),
            (Affiliate::Group("staff".to_owned()), Affiliation::Admin),
            (user("mia@example.org"), Affiliation::Member),
            (user("bad@example.org"), Affiliation::Outcast),
        ],
    }
}

fn submitted(fields: &[(&str, &[&str])]) -> Element {
    let form = Element::new("x", ns::DATA_FORMS).with_attr("type", "submit");
    form.with_children(fields.iter().map(|(name, values)| {
        let values = values
            .iter()
            .map(|value| Element::new("value", ns::DATA_FORMS).with_text(*value));
        Element::new("field", ns::DATA_FORMS)
            .with_attr("var", name)
            .with_children(values)
    }))
}

fn after(room: Room, fields: &[(&str, &[&str])]) -> Result<(RoomContent, RoomProfile), StanzaError> {
    let element = submitted(fields);
    let changes = Changes::read(&Filled::read(&element)?, &host())?;
    changes.apply(room, RoomProfile::default())
}

/// The form as a client sends it back without a change.
fn sent_back(form: &Form) -> Element {
    let mut element = form.to_form();
    element.set_attr("type", "submit");
    parse_element(&element.to_string(), Limits::OWN_TEXT).unwrap()
}

#[test]
fn a_form_that_is_sent_back_changes_nothing() {
    let mut odd = room();
    odd.settings.password = Some(Secret::new("s3cret"));
    odd.settings.max_occupants = 77;
    odd.settings.private_messages = PrivateMessages::Moderators;
    odd.retire_on_removal = true;
    for room in [room(), odd] {
        let profile = RoomProfile {
            language: Some("en".to_owned()),
            node: None,
            list_readers: vec![Role::Moderator],
        };
        let form = form(&host(), &room, &profile);
        let element = sent_back(&form);
        let filled = Filled::read(&element).unwrap();
        form.check(&filled).unwrap();
        let changes = Changes::read(&filled, &host()).unwrap();
        let (content, profile_after) = changes.apply(room.clone(), profile.clone()).unwrap();
        assert_eq!(content.settings, room.settings);
        assert_eq!(content.retire_on_removal, Some(room.retire_on_removal));
        assert_eq!(profile_after, profile);
        let sorted = |mut affiliations: Affiliations| {
            affiliations.sort();
            affiliations
        };
        assert_eq!(sorted(content.affiliations), sorted(room.affiliations));
    }
}

#[test]
fn every_field_changes_its_setting() {
    let (content, profile) = after(
        room(),
        &[
            ("FORM_TYPE", &[ns::MUC_ROOM_CONFIG]),
            (names::ROOM_NAME, &["The Cave"]),
            (names::DESCRIPTION, &["Dark & deep"]),
            (names::LANGUAGE, &["de"]),
            (names::CHANGE_SUBJECT, &["1"]),
            (names::MAX_USERS, &["50"]),
            (names::PRESENCE_BROADCAST, &["moderator"]),
            (names::PUBLIC, &["0"]),
            (names::PERSISTENT, &["true"]),
            (names::MODERATED, &["1"]),
            (names::MEMBERS_ONLY, &["1"]),
            (names::ALLOW_INVITES, &["1"]),
            (names::PASSWORD_PROTECTED, &["1"]),
            (names::SECRET, &["s3cret"]),
            (names::WHOIS, &["moderators"]),
            (names::ALLOW_PRIVATE, &["participants"]),
            (names::LOGGING, &["1"]),
            (names::MEMBER_LIST, &["moderator"]),
            (names::NODE, &["xmpp:pubsub.example.org?;node=x"]),
            (names::RESERVED_NICKNAMES, &["1"]),
            (names::CHANGE_NICKNAME, &["1"]),
            (names::REGISTRATION, &["1"]),
            (names::RETIRE, &["1"]),
            ("unknown", &["x"]),
        ],
    )
    .unwrap();
    let expected = RoomSettings {
        natural_name: Some("The Cave".to_owned()),
        description: Some("Dark & deep".to_owned()),
        password: Some(Secret::new("s3cret")),
        subject: None,
        max_occupants: 50,
        persistent: true,
        public: false,
        registration_enabled: true,
        anyone_discovers_addresses: false,
        occupants_change_subject: true,
        occupants_invite: true,
        change_nickname: true,
        logged: true,
        reserved_nicknames_only: true,
        members_only: true,
        moderated: true,
        broadcast_roles: vec![Role::Moderator],
        private_messages: PrivateMessages::Participants,
    };
    assert_eq!(content.settings, expected);
    assert_eq!(content.retire_on_removal, Some(true));
    assert_eq!(profile.language.as_deref(), Some("de"));
    assert_eq!(profile.list_readers, [Role::Moderator]);
    assert!(profile.node.is_some());
}

#[test]
fn lists_of_the_form_are_whole_lists() {
    let (content, _) = after(
        room(),
        &[
            (names::OWNERS, &["mia@example.org", "jane@example.org/x"]),
            (names::ADMINS, &["jane@example.org", "bad@example.org"]),
        ],
    )
    .unwrap();
    assert_eq!(
        content.affiliations,
        [
            (user("bad@example.org"), Affiliation::Admin),
            (user("mia@example.org"), Affiliation::Owner),
            (user("jane@example.org"), Affiliation::Owner),
        ]
    );
}

#[test]
fn what_a_room_cannot_be_is_refused() {
    for (fields, condition) in [
        (&[(names::OWNERS, &[][..])][..], Condition::Conflict),
        (&[(names::OWNERS, &["@"])], Condition::NotAcceptable),
        (&[(names::PASSWORD_PROTECTED, &["1"])], Condition::NotAcceptable),
        (
            &[(names::PASSWORD_PROTECTED, &["1"]), (names::SECRET, &[""])],
            Condition::NotAcceptable,
        ),
        (&[(names::WHOIS, &["none"])], Condition::NotAcceptable),
        (&[(names::MAX_USERS, &["many"])], Condition::NotAcceptable),
        (&[(names::MAX_USERS, &["-1"])], Condition::NotAcceptable),
        (&[(names::PUBLIC, &["maybe"])], Condition::NotAcceptable),
        (&[(names::PRESENCE_BROADCAST, &["none"])], Condition::NotAcceptable),
        (&[("FORM_TYPE", &["other"])], Condition::BadRequest),
    ] {
        let found = after(room(), fields).map_err(|error| error.condition);
        assert_eq!(found, Err(condition), "{fields:?}");
    }
    let long = "n".repeat(256);
    let found = after(room(), &[(names::ROOM_NAME, &[&long])]);
    assert_eq!(found.map_err(|error| error.condition), Err(Condition::NotAcceptable));
}

#[test]
fn a_password_goes_when_the_room_is_open_and_stays_when_nothing_is_said() {
    let mut protected = room();
    protected.settings.password = Some(Secret::new("old"));
    for (fields, password) in [
        (&[][..], Some("old")),
        (&[(names::PASSWORD_PROTECTED, &["1"][..])], Some("old")),
        (&[(names::PASSWORD_PROTECTED, &["0"])], None),
        (&[(names::PASSWORD_PROTECTED, &["0"]), (names::SECRET, &["new"])], None),
        (&[(names::SECRET, &["new"])], Some("new")),
        (&[(names::SECRET, &[""])], None),
        (&[(names::MAX_USERS, &["none"])], Some("old")),
    ] {
        let (content, _) = after(protected.clone(), fields).unwrap();
        let found = content.settings.password.as_ref().map(Secret::expose);
        assert_eq!(found, password, "{fields:?}");
    }
}

#[test]
fn an_empty_form_asks_for_a_room_as_it_is() {
    let element = submitted(&[]);
    let changes = Changes::read(&Filled::read(&element).unwrap(), &host()).unwrap();
    assert!(changes.is_empty());
}
