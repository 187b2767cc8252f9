//! The configuration of a room as a form (XEP-0045 §10.1.3, §15.5.3): what it shows, and what a submitted one changes.
//! A field that is left out changes nothing; the lists of owners and admins are whole lists.

use super::refusals::refused;
use crate::domain::address::Host;
use crate::domain::affiliation::{Affiliate, Affiliation, Affiliations};
use crate::domain::group_address::group_address;
use crate::domain::room::{PrivateMessages, Role, Room, RoomContent};
use crate::domain::room_profile::RoomProfile;
use crate::domain::secret::Secret;
use crate::engine::form::{Field, FieldKind, Filled, Form, FormError, Validation};
use crate::engine::stanza::{Condition, StanzaError};
use crate::engine::xml::ns;

const ROOM_NAME: &str = "muc#roomconfig_roomname";
const DESCRIPTION: &str = "muc#roomconfig_roomdesc";
const LANGUAGE: &str = "muc#roomconfig_lang";
const CHANGE_SUBJECT: &str = "muc#roomconfig_changesubject";
const MAX_USERS: &str = "muc#roomconfig_maxusers";
const PRESENCE_BROADCAST: &str = "muc#roomconfig_presencebroadcast";
const PUBLIC: &str = "muc#roomconfig_publicroom";
const PERSISTENT: &str = "muc#roomconfig_persistentroom";
const MODERATED: &str = "muc#roomconfig_moderatedroom";
const MEMBERS_ONLY: &str = "muc#roomconfig_membersonly";
const ALLOW_INVITES: &str = "muc#roomconfig_allowinvites";
const PASSWORD_PROTECTED: &str = "muc#roomconfig_passwordprotectedroom";
const SECRET: &str = "muc#roomconfig_roomsecret";
const WHOIS: &str = "muc#roomconfig_whois";
const ALLOW_PRIVATE: &str = "muc#roomconfig_allowpm";
const LOGGING: &str = "muc#roomconfig_enablelogging";
const MEMBER_LIST: &str = "muc#roomconfig_getmemberlist";
const NODE: &str = "muc#roomconfig_pubsub";
const OWNERS: &str = "muc#roomconfig_roomowners";
const ADMINS: &str = "muc#roomconfig_roomadmins";
// What Openfire has beyond the registry of XEP-0045.
const RESERVED_NICKNAMES: &str = "x-muc#roomconfig_reservednick";
const CHANGE_NICKNAME: &str = "x-muc#roomconfig_canchangenick";
const REGISTRATION: &str = "x-muc#roomconfig_registration";
const RETIRE: &str = "{http://igniterealtime.org}muc#roomconfig_retireondel";

/// Numbers of occupants to choose from; any other may be given as well.
const SIZES: [i32; 7] = [10, 20, 30, 50, 100, 500, 1000];
const UNLIMITED: &str = "none";

const MODERATORS: &str = "moderators";
const ANYONE: &str = "anyone";

/// Roles that somebody in a room can have.
const ROLES: [(Role, &str); 3] = [
    (Role::Moderator, "Moderators"),
    (Role::Participant, "Participants"),
    (Role::Visitor, "Visitors"),
];

const PRIVATE_MESSAGES: [(PrivateMessages, &str); 4] = [
    (PrivateMessages::Anyone, "Anyone"),
    (PrivateMessages::Participants, "Participants and moderators"),
    (PrivateMessages::Moderators, "Moderators"),
    (PrivateMessages::None, "Nobody"),
];

/// The form that shows how a room of `host` is configured.
pub fn form(host: &Host, room: &Room, profile: &RoomProfile) -> Form {
    let settings = &room.settings;
    let text = |name, label, value: Option<&str>| {
        Field::new(name, FieldKind::TextSingle)
            .with_label(label)
            .with_values(value)
    };
    let boolean = |name, label, value| Field::boolean(name, value).with_label(label);
    let password = settings.password.as_ref().map_or("", Secret::expose);
    Form::new(ns::MUC_ROOM_CONFIG)
        .with_title(format!("Configuration of the room {}", room.name))
        .with_instructions("Fields that are left out stay as they are.")
        .with(text(ROOM_NAME, "Name", settings.natural_name.as_deref()))
        .with(text(DESCRIPTION, "Description", settings.description.as_deref()))
        .with(text(
            LANGUAGE,
            "Language of the discussion",
            profile.language.as_deref(),
        ))
        .with(boolean(
            CHANGE_SUBJECT,
            "May occupants change the subject?",
            settings.occupants_change_subject,
        ))
        .with(most_occupants(settings.max_occupants))
        .with(roles(
            PRESENCE_BROADCAST,
            "Roles for which presence is broadcast",
            &settings.broadcast_roles,
        ))
        .with(boolean(PUBLIC, "Is the room listed?", settings.public))
        .with(boolean(
            PERSISTENT,
            "Does the room stay when the last occupant leaves?",
            settings.persistent,
        ))
        .with(boolean(MODERATED, "Is the room moderated?", settings.moderated))
        .with(boolean(MEMBERS_ONLY, "May members only enter?", settings.members_only))
        .with(boolean(
            ALLOW_INVITES,
            "May occupants invite others?",
            settings.occupants_invite,
        ))
        .with(boolean(
            PASSWORD_PROTECTED,
            "Does entering need a password?",
            !password.is_empty(),
        ))
        .with(
            Field::new(SECRET, FieldKind::TextPrivate)
                .with_label("Password")
                .with_values((!password.is_empty()).then_some(password)),
        )
        .with(
            Field::new(WHOIS, FieldKind::ListSingle)
                .with_label("Who may see real addresses?")
                .with_option(MODERATORS, "Moderators only")
                .with_option(ANYONE, "Anyone")
                .with_value(if settings.anyone_discovers_addresses {
                    ANYONE
                } else {
                    MODERATORS
                }),
        )
        .with(private_messages(settings.private_messages))
        .with(boolean(
            LOGGING,
            "Is what is said kept in the archive?",
            settings.logged,
        ))
        .with(
            roles(
                MEMBER_LIST,
                "Roles that may read who is affiliated",
                &profile.list_readers,
            )
            .with_description("It counts where anyone may see real addresses; admins may in any case."),
        )
        .with(text(NODE, "Publish-subscribe node", profile.node.as_deref()))
        .with(boolean(
            RESERVED_NICKNAMES,
            "May members enter with their reserved nickname only?",
            settings.reserved_nicknames_only,
        ))
        .with(boolean(
            CHANGE_NICKNAME,
            "May occupants change their nickname?",
            settings.change_nickname,
        ))
        .with(boolean(
            REGISTRATION,
            "May people register with the room?",
            settings.registration_enabled,
        ))
        .with(boolean(
            RETIRE,
            "Is the room's name never used again once it is destroyed?",
            room.retire_on_removal,
        ))
        .with(Field::fixed(
            "Admins and owners are given as whole lists, one address in a line.",
        ))
        .with(people(ADMINS, "Admins", host, &room.affiliations, Affiliation::Admin))
        .with(people(OWNERS, "Owners", host, &room.affiliations, Affiliation::Owner))
}

fn most_occupants(most: i32) -> Field {
    let field = Field::new(MAX_USERS, FieldKind::ListSingle)
        .with_label("Most occupants")
        .with_validation(Validation::Open);
    let field = SIZES.iter().fold(field, |field, size| field.with_option(size, size));
    let field = field.with_option(UNLIMITED, "Any number");
    if most > 0 {
        field.with_value(most)
    } else {
        field.with_value(UNLIMITED)
    }
}

fn private_messages(allowed: PrivateMessages) -> Field {
    let field = Field::new(ALLOW_PRIVATE, FieldKind::ListSingle).with_label("Who may send private messages?");
    let options = PRIVATE_MESSAGES.iter();
    options
        .fold(field, |field, (who, label)| field.with_option(who.as_str(), label))
        .with_value(allowed.as_str())
}

fn roles(name: &'static str, label: &'static str, chosen: &[Role]) -> Field {
    let field = Field::new(name, FieldKind::ListMulti).with_label(label);
    let options = ROLES.iter();
    options
        .fold(field, |field, (role, label)| field.with_option(role.as_str(), label))
        .with_values(chosen.iter().map(|role| role.as_str()))
}

fn people(
    name: &'static str,
    label: &'static str,
    host: &Host,
    affiliations: &Affiliations,
    wanted: Affiliation,
) -> Field {
    let people = affiliations.iter().filter(|(_, affiliation)| *affiliation == wanted);
    Field::new(name, FieldKind::JidMulti)
        .with_label(label)
        .with_values(people.map(|(affiliate, _)| match affiliate {
            Affiliate::User(address) => address.to_string(),
            Affiliate::Group(name) => group_address(name, host),
        }))
}

/// What a submitted form changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    natural_name: Option<String>,
    description: Option<String>,
    language: Option<String>,
    occupants_change_subject: Option<bool>,
    max_occupants: Option<i32>,
    broadcast_roles: Option<Vec<Role>>,
    public: Option<bool>,
    persistent: Option<bool>,
    moderated: Option<bool>,
    members_only: Option<bool>,
    occupants_invite: Option<bool>,
    password_protected: Option<bool>,
    password: Option<Secret>,
    anyone_discovers_addresses: Option<bool>,
    private_messages: Option<PrivateMessages>,
    logged: Option<bool>,
    list_readers: Option<Vec<Role>>,
    node: Option<String>,
    reserved_nicknames_only: Option<bool>,
    change_nickname: Option<bool>,
    registration_enabled: Option<bool>,
    retire_on_removal: Option<bool>,
    owners: Option<Vec<Affiliate>>,
    admins: Option<Vec<Affiliate>>,
}

impl Changes {
    /// Reads a form about a room of `host`. Fields that are not known are left alone.
    pub fn read(form: &Filled<'_>, host: &Host) -> Result<Self, FormError> {
        form.check_type(ns::MUC_ROOM_CONFIG)?;
        let affiliates = |name: &str| -> Result<Option<Vec<Affiliate>>, FormError> {
            let addresses = form.addresses(name)?;
            Ok(addresses.map(|addresses| {
                let affiliates = addresses.into_iter().map(|address| Affiliate::at(address, host));
                affiliates.collect()
            }))
        };
        Ok(Self {
            natural_name: form.text(ROOM_NAME),
            description: form.text(DESCRIPTION),
            language: form.text(LANGUAGE),
            occupants_change_subject: form.boolean(CHANGE_SUBJECT)?,
            max_occupants: form.parsed(MAX_USERS, "none or a number", read_size)?,
            broadcast_roles: read_roles(form, PRESENCE_BROADCAST)?,
            public: form.boolean(PUBLIC)?,
            persistent: form.boolean(PERSISTENT)?,
            moderated: form.boolean(MODERATED)?,
            members_only: form.boolean(MEMBERS_ONLY)?,
            occupants_invite: form.boolean(ALLOW_INVITES)?,
            password_protected: form.boolean(PASSWORD_PROTECTED)?,
            password: form.value(SECRET).map(Secret::new),
            anyone_discovers_addresses: form.parsed(WHOIS, "moderators or anyone", read_whois)?,
            private_messages: form.parsed(ALLOW_PRIVATE, "one of the options", PrivateMessages::from_name)?,
            logged: form.boolean(LOGGING)?,
            list_readers: read_roles(form, MEMBER_LIST)?,
            node: form.text(NODE),
            reserved_nicknames_only: form.boolean(RESERVED_NICKNAMES)?,
            change_nickname: form.boolean(CHANGE_NICKNAME)?,
            registration_enabled: form.boolean(REGISTRATION)?,
            retire_on_removal: form.boolean(RETIRE)?,
            owners: affiliates(OWNERS)?,
            admins: affiliates(ADMINS)?,
        })
    }

    /// Whether nothing is to change: a room as it is by default is wanted (§10.1.2).
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What the room is to be.
    pub fn apply(&self, room: Room, profile: RoomProfile) -> Result<(RoomContent, RoomProfile), StanzaError> {
        let mut settings = room.settings;
        let text = |new: &Option<String>, former: Option<String>| match new {
            Some(text) => (!text.is_empty()).then(|| text.clone()),
            None => former,
        };
        settings.natural_name = text(&self.natural_name, settings.natural_name);
        settings.description = text(&self.description, settings.description);
        settings.password = self.password_after(settings.password)?;
        set(&mut settings.occupants_change_subject, self.occupants_change_subject);
        set(&mut settings.max_occupants, self.max_occupants);
        set(&mut settings.broadcast_roles, self.broadcast_roles.clone());
        set(&mut settings.public, self.public);
        set(&mut settings.persistent, self.persistent);
        set(&mut settings.moderated, self.moderated);
        set(&mut settings.members_only, self.members_only);
        set(&mut settings.occupants_invite, self.occupants_invite);
        set(
            &mut settings.anyone_discovers_addresses,
            self.anyone_discovers_addresses,
        );
        set(&mut settings.private_messages, self.private_messages);
        set(&mut settings.logged, self.logged);
        set(&mut settings.reserved_nicknames_only, self.reserved_nicknames_only);
        set(&mut settings.change_nickname, self.change_nickname);
        set(&mut settings.registration_enabled, self.registration_enabled);
        let content = RoomContent {
            settings,
            retire_on_removal: self.retire_on_removal,
            created: Some(room.created),
            modified: None,
            affiliations: self.affiliations_after(room.affiliations),
        };
        let profile = RoomProfile {
            language: text(&self.language, profile.language),
            node: text(&self.node, profile.node),
            list_readers: self.list_readers.clone().unwrap_or(profile.list_readers),
        };
        Ok((content.checked().map_err(refused)?, profile.checked().map_err(refused)?))
    }

    fn password_after(&self, former: Option<Secret>) -> Result<Option<Secret>, StanzaError> {
        if self.password_protected == Some(false) {
            return Ok(None);
        }
        let password = match &self.password {
            Some(new) => Some(new.clone()).filter(|new| !new.is_empty()),
            None => former,
        };
        if self.password_protected == Some(true) && password.is_none() {
            return Err(
                StanzaError::new(Condition::NotAcceptable).with_text("a password-protected room needs a password")
            );
        }
        Ok(password)
    }

    /// Who is in neither list and was owner or admin has no affiliation any more. What somebody has by a list of the form
    /// counts more than what he had, and owner more than admin.
    fn affiliations_after(&self, former: Affiliations) -> Affiliations {
        let listed = |list: &Option<Vec<Affiliate>>, affiliate: &Affiliate| {
            list.as_ref().is_some_and(|list| list.contains(affiliate))
        };
        let kept = former.into_iter().filter(|(affiliate, affiliation)| {
            let is_replaced = match affiliation {
                Affiliation::Owner => self.owners.is_some(),
                Affiliation::Admin => self.admins.is_some(),
                Affiliation::Member | Affiliation::Outcast => false,
            };
            !is_replaced && !listed(&self.owners, affiliate) && !listed(&self.admins, affiliate)
        });
        let given = |list: &Option<Vec<Affiliate>>, affiliation| {
            let list = list.clone().unwrap_or_default();
            list.into_iter().map(move |affiliate| (affiliate, affiliation))
        };
        // Of several affiliations of one affiliate the last counts.
        kept.chain(given(&self.admins, Affiliation::Admin))
            .chain(given(&self.owners, Affiliation::Owner))
            .collect()
    }
}

fn set<T>(value: &mut T, new: Option<T>) {
    if let Some(new) = new {
        *value = new;
    }
}

fn read_size(text: &str) -> Option<i32> {
    if text == UNLIMITED {
        return Some(0);
    }
    text.trim().parse().ok().filter(|size| *size >= 0)
}

fn read_whois(text: &str) -> Option<bool> {
    match text {
        ANYONE => Some(true),
        MODERATORS => Some(false),
        _ => None,
    }
}

fn read_roles(form: &Filled<'_>, name: &str) -> Result<Option<Vec<Role>>, FormError> {
    let Some(values) = form.find(name) else { return Ok(None) };
    let values = values.iter().filter(|value| !value.is_empty());
    let read = values.map(|value| {
        let role = Role::from_name(value).filter(|role| *role != Role::None);
        role.ok_or_else(|| FormError::value(name, value, "a role"))
    });
    read.collect::<Result<_, _>>().map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::address::{Address, Localpart};
    use crate::domain::room::RoomSettings;
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
                (ROOM_NAME, &["The Cave"]),
                (DESCRIPTION, &["Dark & deep"]),
                (LANGUAGE, &["de"]),
                (CHANGE_SUBJECT, &["1"]),
                (MAX_USERS, &["50"]),
                (PRESENCE_BROADCAST, &["moderator"]),
                (PUBLIC, &["0"]),
                (PERSISTENT, &["true"]),
                (MODERATED, &["1"]),
                (MEMBERS_ONLY, &["1"]),
                (ALLOW_INVITES, &["1"]),
                (PASSWORD_PROTECTED, &["1"]),
                (SECRET, &["s3cret"]),
                (WHOIS, &["moderators"]),
                (ALLOW_PRIVATE, &["participants"]),
                (LOGGING, &["1"]),
                (MEMBER_LIST, &["moderator"]),
                (NODE, &["xmpp:pubsub.example.org?;node=x"]),
                (RESERVED_NICKNAMES, &["1"]),
                (CHANGE_NICKNAME, &["1"]),
                (REGISTRATION, &["1"]),
                (RETIRE, &["1"]),
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
                (OWNERS, &["mia@example.org", "jane@example.org/x"]),
                (ADMINS, &["jane@example.org", "bad@example.org"]),
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
            (&[(OWNERS, &[][..])][..], Condition::Conflict),
            (&[(OWNERS, &["@"])], Condition::NotAcceptable),
            (&[(PASSWORD_PROTECTED, &["1"])], Condition::NotAcceptable),
            (
                &[(PASSWORD_PROTECTED, &["1"]), (SECRET, &[""])],
                Condition::NotAcceptable,
            ),
            (&[(WHOIS, &["none"])], Condition::NotAcceptable),
            (&[(MAX_USERS, &["many"])], Condition::NotAcceptable),
            (&[(MAX_USERS, &["-1"])], Condition::NotAcceptable),
            (&[(PUBLIC, &["maybe"])], Condition::NotAcceptable),
            (&[(PRESENCE_BROADCAST, &["none"])], Condition::NotAcceptable),
            (&[("FORM_TYPE", &["other"])], Condition::BadRequest),
        ] {
            let found = after(room(), fields).map_err(|error| error.condition);
            assert_eq!(found, Err(condition), "{fields:?}");
        }
        let long = "n".repeat(256);
        let found = after(room(), &[(ROOM_NAME, &[&long])]);
        assert_eq!(found.map_err(|error| error.condition), Err(Condition::NotAcceptable));
    }

    #[test]
    fn a_password_goes_when_the_room_is_open_and_stays_when_nothing_is_said() {
        let mut protected = room();
        protected.settings.password = Some(Secret::new("old"));
        for (fields, password) in [
            (&[][..], Some("old")),
            (&[(PASSWORD_PROTECTED, &["1"][..])], Some("old")),
            (&[(PASSWORD_PROTECTED, &["0"])], None),
            (&[(PASSWORD_PROTECTED, &["0"]), (SECRET, &["new"])], None),
            (&[(SECRET, &["new"])], Some("new")),
            (&[(SECRET, &[""])], None),
            (&[(MAX_USERS, &["none"])], Some("old")),
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
}
