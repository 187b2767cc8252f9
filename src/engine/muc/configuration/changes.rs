//! What a submitted form changes.

use super::names;
use crate::domain::address::Host;
use crate::domain::affiliation::{Affiliate, Affiliation, Affiliations};
use crate::domain::room::{PrivateMessages, Role, Room, RoomContent};
use crate::domain::room_profile::RoomProfile;
use crate::domain::secret::Secret;
use crate::engine::form::{Filled, FormError};
use crate::engine::muc::refusals::refused;
use crate::engine::stanza::{Condition, StanzaError};
use crate::engine::xml::ns;

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
            natural_name: form.text(names::ROOM_NAME),
            description: form.text(names::DESCRIPTION),
            language: form.text(names::LANGUAGE),
            occupants_change_subject: form.boolean(names::CHANGE_SUBJECT)?,
            max_occupants: form.parsed(names::MAX_USERS, "none or a number", read_size)?,
            broadcast_roles: read_roles(form, names::PRESENCE_BROADCAST)?,
            public: form.boolean(names::PUBLIC)?,
            persistent: form.boolean(names::PERSISTENT)?,
            moderated: form.boolean(names::MODERATED)?,
            members_only: form.boolean(names::MEMBERS_ONLY)?,
            occupants_invite: form.boolean(names::ALLOW_INVITES)?,
            password_protected: form.boolean(names::PASSWORD_PROTECTED)?,
            password: form.value(names::SECRET).map(Secret::new),
            anyone_discovers_addresses: form.parsed(names::WHOIS, "moderators or anyone", read_whois)?,
            private_messages: form.parsed(names::ALLOW_PRIVATE, "one of the options", PrivateMessages::from_name)?,
            logged: form.boolean(names::LOGGING)?,
            list_readers: read_roles(form, names::MEMBER_LIST)?,
            node: form.text(names::NODE),
            reserved_nicknames_only: form.boolean(names::RESERVED_NICKNAMES)?,
            change_nickname: form.boolean(names::CHANGE_NICKNAME)?,
            registration_enabled: form.boolean(names::REGISTRATION)?,
            retire_on_removal: form.boolean(names::RETIRE)?,
            owners: affiliates(names::OWNERS)?,
            admins: affiliates(names::ADMINS)?,
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
        if self.password_protected == Some(true) && password.as_ref().is_none_or(Secret::is_empty) {
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
    if text == names::UNLIMITED {
        return Some(0);
    }
    text.trim().parse().ok().filter(|size| *size >= 0)
}

fn read_whois(text: &str) -> Option<bool> {
    match text {
        names::ANYONE => Some(true),
        names::MODERATORS => Some(false),
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
