//! Chat rooms and the services they live in (XEP-0045).

use jiff::Timestamp;

use super::account::check_length;
use super::address::{Address, Localpart};
use super::error::Result;

/// The most characters of a room's texts (Openfire's default database).
pub const MAX_ROOM_NAME: usize = 50;
pub const MAX_NATURAL_NAME: usize = 255;
pub const MAX_DESCRIPTION: usize = 255;
pub const MAX_PASSWORD: usize = 50;

/// A chat service: the subdomain under which rooms have their addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomService {
    /// The subdomain in the letter case it was made with.
    pub name: String,
    pub description: Option<String>,
    pub hidden: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Affiliation {
    Owner,
    Admin,
    Member,
    Outcast,
}

impl Affiliation {
    pub const ALL: [Self; 4] = [Self::Owner, Self::Admin, Self::Member, Self::Outcast];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Member => "member",
            Self::Outcast => "outcast",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|affiliation| affiliation.as_str() == name)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    Moderator,
    Participant,
    Visitor,
    None,
}

impl Role {
    pub const ALL: [Self; 4] = [Self::Moderator, Self::Participant, Self::Visitor, Self::None];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Moderator => "moderator",
            Self::Participant => "participant",
            Self::Visitor => "visitor",
            Self::None => "none",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}

/// Who may send private messages in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PrivateMessages {
    #[default]
    Anyone,
    Participants,
    Moderators,
    None,
}

impl PrivateMessages {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Anyone => "anyone",
            Self::Participants => "participants",
            Self::Moderators => "moderators",
            Self::None => "none",
        }
    }

    /// Letter case does not count.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Anyone, Self::Participants, Self::Moderators, Self::None]
            .into_iter()
            .find(|value| value.as_str().eq_ignore_ascii_case(name))
    }
}

/// Every setting of a room.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoomSettings {
    pub natural_name: Option<String>,
    pub description: Option<String>,
    pub password: Option<String>,
    pub subject: Option<String>,
    /// 0: no limit. Negative values are kept as they were given.
    pub max_occupants: i32,
    pub persistent: bool,
    pub public: bool,
    pub registration_enabled: bool,
    pub anyone_discovers_addresses: bool,
    pub occupants_change_subject: bool,
    pub occupants_invite: bool,
    pub change_nickname: bool,
    pub logged: bool,
    pub reserved_nicknames_only: bool,
    pub members_only: bool,
    pub moderated: bool,
    /// The roles whose presence is broadcast, in the order given, repetitions kept.
    pub broadcast_roles: Vec<Role>,
    pub private_messages: PrivateMessages,
    /// The name must not be used again once the room has been destroyed.
    pub retire_on_deletion: bool,
}

impl RoomSettings {
    pub fn checked(self) -> Result<Self> {
        for (field, text, most) in [
            ("naturalName", &self.natural_name, MAX_NATURAL_NAME),
            ("description", &self.description, MAX_DESCRIPTION),
            ("password", &self.password, MAX_PASSWORD),
        ] {
            if let Some(text) = text {
                check_length(field, text, most)?;
            }
        }
        Ok(self)
    }
}

/// Whom an affiliation is given to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Affiliate {
    User(Address),
    /// A group of this service, by its exact name; its members and admins hold the affiliation.
    Group(String),
}

/// Affiliations in the order in which they were given.
pub type Affiliations = Vec<(Affiliate, Affiliation)>;

/// A room as an administrator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    pub name: Localpart,
    pub settings: RoomSettings,
    pub created: Timestamp,
    pub modified: Timestamp,
    pub affiliations: Affiliations,
}

/// What a room is to be: the content of a creation or of a full replacement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomContent {
    pub name: Localpart,
    pub settings: RoomSettings,
    /// `None`: now.
    pub created: Option<Timestamp>,
    pub modified: Option<Timestamp>,
    pub affiliations: Affiliations,
}

/// Which rooms of a service a list holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoomFilter {
    /// Only rooms that are listed in the directory.
    pub public_only: bool,
    /// The prepared name, or the natural name, contains this text; letter case does not count.
    pub containing: Option<String>,
}

/// Somebody who is in a room now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occupant {
    /// Room address with the nickname as resource.
    pub occupant_address: String,
    /// The real full address.
    pub user_address: String,
    pub role: Role,
    pub affiliation: Option<Affiliation>,
}

/// A message that the room keeps for newcomers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomMessage {
    pub to: Option<String>,
    pub from: String,
    pub body: String,
    pub sent: Timestamp,
    pub delay_from: Option<String>,
}
