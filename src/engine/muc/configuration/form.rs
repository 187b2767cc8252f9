//! The form as owners see it.

use super::names;
use crate::domain::address::Host;
use crate::domain::affiliation::{Affiliate, Affiliation, Affiliations};
use crate::domain::group_address::group_address;
use crate::domain::room::{PrivateMessages, Role, Room};
use crate::domain::room_profile::RoomProfile;
use crate::domain::secret::Secret;
use crate::engine::form::{Field, FieldKind, Form, Validation};
use crate::engine::xml::ns;

/// Numbers of occupants to choose from; any other may be given as well.
const SIZES: [i32; 7] = [10, 20, 30, 50, 100, 500, 1000];
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
    let password = settings.password_to_enter().map_or("", Secret::expose);
    let form = Form::new(ns::MUC_ROOM_CONFIG)
        .with_title(format!("Configuration of the room {}", room.name))
        .with_instructions("Fields that are left out stay as they are.")
        .with(text(names::ROOM_NAME, "Name", settings.natural_name.as_deref()))
        .with(text(names::DESCRIPTION, "Description", settings.description.as_deref()))
        .with(text(
            names::LANGUAGE,
            "Language of the discussion",
            profile.language.as_deref(),
        ))
        .with(boolean(
            names::CHANGE_SUBJECT,
            "May occupants change the subject?",
            settings.occupants_change_subject,
        ))
        .with(most_occupants(settings.max_occupants))
        .with(roles(
            names::PRESENCE_BROADCAST,
            "Roles for which presence is broadcast",
            &settings.broadcast_roles,
        ))
        .with(boolean(names::PUBLIC, "Is the room listed?", settings.public))
        .with(boolean(
            names::PERSISTENT,
            "Does the room stay when the last occupant leaves?",
            settings.persistent,
        ))
        .with(boolean(names::MODERATED, "Is the room moderated?", settings.moderated))
        .with(boolean(
            names::MEMBERS_ONLY,
            "May members only enter?",
            settings.members_only,
        ))
        .with(boolean(
            names::ALLOW_INVITES,
            "May occupants invite others?",
            settings.occupants_invite,
        ))
        .with(boolean(
            names::PASSWORD_PROTECTED,
            "Does entering need a password?",
            !password.is_empty(),
        ))
        .with(
            Field::new(names::SECRET, FieldKind::TextPrivate)
                .with_label("Password")
                .with_values((!password.is_empty()).then_some(password)),
        )
        .with(
            Field::new(names::WHOIS, FieldKind::ListSingle)
                .with_label("Who may see real addresses?")
                .with_option(names::MODERATORS, "Moderators only")
                .with_option(names::ANYONE, "Anyone")
                .with_value(if settings.anyone_discovers_addresses {
                    names::ANYONE
                } else {
                    names::MODERATORS
                }),
        )
        .with(private_messages(settings.private_messages))
        .with(boolean(
            names::LOGGING,
            "Is what is said kept in the archive?",
            settings.logged,
        ))
        .with(
            roles(
                names::MEMBER_LIST,
                "Roles that may read who is affiliated",
                &profile.list_readers,
            )
            .with_description("It counts where anyone may see real addresses; admins may in any case."),
        )
        .with(text(names::NODE, "Publish-subscribe node", profile.node.as_deref()));
    with_people(form, host, room)
}

/// Under which names people come, and who has a say.
fn with_people(form: Form, host: &Host, room: &Room) -> Form {
    let settings = &room.settings;
    form.with(boolean(
        names::RESERVED_NICKNAMES,
        "May members enter with their reserved nickname only?",
        settings.reserved_nicknames_only,
    ))
    .with(boolean(
        names::CHANGE_NICKNAME,
        "May occupants change their nickname?",
        settings.change_nickname,
    ))
    .with(boolean(
        names::REGISTRATION,
        "May people register with the room?",
        settings.registration_enabled,
    ))
    .with(boolean(
        names::RETIRE,
        "Is the room's name never used again once it is destroyed?",
        room.retire_on_removal,
    ))
    .with(Field::fixed(
        "Admins and owners are given as whole lists, one address in a line.",
    ))
    .with(people(
        names::ADMINS,
        "Admins",
        host,
        &room.affiliations,
        Affiliation::Admin,
    ))
    .with(people(
        names::OWNERS,
        "Owners",
        host,
        &room.affiliations,
        Affiliation::Owner,
    ))
}

fn boolean(name: &'static str, label: &'static str, value: bool) -> Field {
    Field::boolean(name, value).with_label(label)
}

fn most_occupants(most: i32) -> Field {
    let field = Field::new(names::MAX_USERS, FieldKind::ListSingle)
        .with_label("Most occupants")
        .with_validation(Validation::Open);
    let field = SIZES.iter().fold(field, |field, size| field.with_option(size, size));
    let field = field.with_option(names::UNLIMITED, "Any number");
    if most > 0 {
        field.with_value(most)
    } else {
        field.with_value(names::UNLIMITED)
    }
}

fn private_messages(allowed: PrivateMessages) -> Field {
    let field = Field::new(names::ALLOW_PRIVATE, FieldKind::ListSingle).with_label("Who may send private messages?");
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
