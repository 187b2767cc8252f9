//! OFMUCSERVICE, OFMUCROOM, OFMUCAFFILIATION and OFMUCMEMBER.

use jiff::Timestamp;

use super::record::Record;
use crate::domain::{
    Error, Result,
    address::{Host, Localpart},
    affiliation::{Affiliate, Affiliation},
    room::{PrivateMessages, Role, RoomContent, RoomPlace, RoomService, RoomSettings},
    secret::Secret,
};
use crate::engine::xml::{Limits, ns, parse_element};

pub fn service(record: &Record, host: &Host) -> Result<RoomService> {
    let name = record.required("subdomain");
    RoomService::domain(name, host)?;
    Ok(RoomService {
        name: name.to_owned(),
        description: record.text("description").map(str::to_owned),
        hidden: record.flag("ishidden"),
    })
}

/// The room, without anybody affiliated. Every room in the table is persistent.
pub fn room(record: &Record, host: &Host, service: &str, now: Timestamp) -> Result<(RoomPlace, RoomContent)> {
    let place = RoomPlace {
        host: host.clone(),
        service: service.to_owned(),
        name: Localpart::prepare(record.required("name"))?,
    };
    place.checked()?;
    let created = record.time("creationdate").unwrap_or(now);
    let settings = RoomSettings {
        natural_name: record.text("naturalname").map(str::to_owned),
        description: record.text("description").map(str::to_owned),
        password: record.filled("roompassword").map(Secret::new),
        subject: record.filled("subject").and_then(subject),
        max_occupants: record
            .number("maxusers")
            .and_then(|most| i32::try_from(most).ok())
            .unwrap_or(0),
        persistent: true,
        public: record.flag("publicroom"),
        registration_enabled: record.flag("canregister"),
        anyone_discovers_addresses: record.flag("candiscoverjid"),
        occupants_change_subject: record.flag("canchangesubject"),
        occupants_invite: record.flag("caninvite"),
        change_nickname: record.flag("canchangenick"),
        logged: record.flag("logenabled"),
        reserved_nicknames_only: record.flag("usereservednick"),
        members_only: record.flag("membersonly"),
        moderated: record.flag("moderated"),
        broadcast_roles: roles(record.number("rolestobroadcast").unwrap_or(0)),
        private_messages: match record.number("allowpm") {
            Some(1) => PrivateMessages::Participants,
            Some(2) => PrivateMessages::Moderators,
            Some(3) => PrivateMessages::None,
            _ => PrivateMessages::Anyone,
        },
    };
    let content = RoomContent {
        settings: settings.checked()?,
        retire_on_removal: Some(record.flag("retireondeletion")),
        created: Some(created),
        modified: Some(record.time("modificationdate").unwrap_or(created)),
        affiliations: Vec::new(),
    };
    Ok((place, content))
}

/// A set of bits.
fn roles(bits: i64) -> Vec<Role> {
    let roles = [(4, Role::Moderator), (2, Role::Participant), (1, Role::Visitor)];
    roles
        .into_iter()
        .filter(|(bit, _)| bits & bit != 0)
        .map(|(_, role)| role)
        .collect()
}

/// The text of the subject: since 4.5 the whole message that set it, before the text itself.
fn subject(text: &str) -> Option<String> {
    if !text.starts_with("<message") {
        return Some(text.to_owned());
    }
    let message = parse_element(text, Limits::OWN_TEXT).ok()?;
    let found = ["", ns::JABBER_CLIENT]
        .into_iter()
        .find_map(|ns| message.child_text("subject", ns));
    found
        .map(std::borrow::Cow::into_owned)
        .filter(|subject| !subject.is_empty())
}

/// Whom an OFMUCAFFILIATION record makes what.
pub fn affiliation(record: &Record, host: &Host) -> Result<(Affiliate, Affiliation)> {
    let affiliation = match record.number("affiliation") {
        Some(10) => Affiliation::Owner,
        Some(20) => Affiliation::Admin,
        Some(30) => Affiliation::Member,
        Some(40) => Affiliation::Outcast,
        _ => {
            let value = record.required("affiliation");
            return Err(Error::invalid("affiliation", value, "it is one of 10, 20, 30, 40"));
        }
    };
    Ok((Affiliate::parse(record.required("jid"), host)?, affiliation))
}

/// Whom an OFMUCMEMBER record makes a member, and under which reserved nickname.
pub fn member(record: &Record, host: &Host) -> Result<(Affiliate, Option<String>)> {
    let member = Affiliate::parse(record.required("jid"), host)?;
    Ok((member, record.filled("nickname").map(str::to_owned)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_stands_in_a_message_or_alone() {
        let message = |inner: &str| format!("<message type=\"groupchat\" from=\"a@b.example\">{inner}</message>");
        for (stored, found) in [
            ("Welcome", Some("Welcome")),
            (&message("<subject>A &amp; B</subject>"), Some("A & B")),
            (&message("<subject xmlns=\"jabber:client\">C</subject>"), Some("C")),
            (&message("<delay xmlns=\"urn:xmpp:delay\"/>"), None),
            (&message("<subject/>"), None),
            ("<message>", None),
        ] {
            assert_eq!(subject(stored).as_deref(), found, "{stored}");
        }
    }

    #[test]
    fn the_roles_are_a_set_of_bits() {
        assert_eq!(roles(7), [Role::Moderator, Role::Participant, Role::Visitor]);
        assert_eq!(roles(4), [Role::Moderator]);
        assert_eq!(roles(0), []);
    }
}
