//! Chat rooms and the services they live in (XEP-0045).

use std::collections::HashSet;
use std::fmt;

use jiff::Timestamp;

use super::account::check_length;
use super::address::{Address, Host, Localpart};
use super::affiliation::{Affiliate, Affiliation, Affiliations};
use super::error::{Error, Result};
use super::secret::Secret;

/// The most characters of a room's texts (Openfire's default database).
pub const MAX_ROOM_NAME: usize = 50;
pub const MAX_NATURAL_NAME: usize = 255;
pub const MAX_DESCRIPTION: usize = 255;
pub const MAX_PASSWORD: usize = 50;

/// The description of a chat service that is given none.
pub const DEFAULT_SERVICE_DESCRIPTION: &str = "Public Chatrooms";

/// The most bytes of one label of a domain (RFC 1035 §2.3.4).
const MAX_LABEL: usize = 63;

/// A chat service: the subdomain under which rooms have their addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomService {
    /// The subdomain in the letter case it was made with.
    pub name: String,
    pub description: Option<String>,
    pub hidden: bool,
}

impl RoomService {
    /// The service that every host begins with.
    pub fn first() -> Self {
        Self {
            name: "conference".to_owned(),
            description: Some(DEFAULT_SERVICE_DESCRIPTION.to_owned()),
            hidden: false,
        }
    }

    /// A service that shows and is described by its name.
    pub fn named(name: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            description: Some(name.clone()),
            name,
            hidden: false,
        }
    }

    /// The domain of the service `name` of `host`; `Invalid` when the name makes none.
    pub fn domain(name: &str, host: &Host) -> Result<Host> {
        let domain = Host::prepare(&format!("{name}.{host}"))
            .map_err(|_| Error::invalid("chat service", name, "it makes no legal domain"))?;
        let legal = |label: &str| !label.is_empty() && label.len() <= MAX_LABEL;
        if !domain.as_str().split('.').all(legal) {
            return Err(Error::invalid(
                "chat service",
                name,
                format!("each label of its domain needs 1 to {MAX_LABEL} characters"),
            ));
        }
        Ok(domain)
    }
}

/// Where a room stands. In requests the service may have any letter case; what is stored and told
/// has that of the service.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RoomPlace {
    pub host: Host,
    pub service: String,
    pub name: Localpart,
}

impl RoomPlace {
    /// Checks what a room needs that an administrator makes: a short name, and a service name that makes a domain.
    pub fn checked(&self) -> Result<()> {
        check_length("roomName", self.name.as_str(), MAX_ROOM_NAME)?;
        RoomService::domain(&self.service, &self.host).map(|_| ())
    }

    /// The room's own address; `Invalid` when its service makes no domain.
    pub fn address(&self) -> Result<Address> {
        let domain = RoomService::domain(&self.service, &self.host)?;
        Ok(Address::new(&self.name, &domain))
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
    pub password: Option<Secret>,
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
}

impl RoomSettings {
    pub fn checked(self) -> Result<Self> {
        for (field, text, most) in [
            ("naturalName", self.natural_name.as_deref(), MAX_NATURAL_NAME),
            ("description", self.description.as_deref(), MAX_DESCRIPTION),
            ("password", self.password.as_ref().map(Secret::expose), MAX_PASSWORD),
        ] {
            if let Some(text) = text {
                check_length(field, text, most)?;
            }
        }
        Ok(self)
    }

    /// The password that entering asks for. One of nothing but blanks is kept, and asked of nobody.
    pub fn password_to_enter(&self) -> Option<&Secret> {
        let password = self.password.as_ref();
        password.filter(|password| !password.expose().trim().is_empty())
    }
}

impl fmt::Display for RoomPlace {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}@{}.{}", self.name, self.service, self.host)
    }
}

/// A room as an administrator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    pub name: Localpart,
    pub settings: RoomSettings,
    /// The name must not be used again once the room has been removed.
    pub retire_on_removal: bool,
    pub created: Timestamp,
    pub modified: Timestamp,
    pub affiliations: Affiliations,
}

/// What a room is to be: the content of a creation or of a full replacement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomContent {
    pub settings: RoomSettings,
    /// `None`: as it is, for a new room no.
    pub retire_on_removal: Option<bool>,
    /// `None`: now.
    pub created: Option<Timestamp>,
    pub modified: Option<Timestamp>,
    /// At least one owner.
    pub affiliations: Affiliations,
}

impl RoomContent {
    /// Checks every length and that there is an owner. Of several affiliations for one affiliate
    /// the last counts.
    pub fn checked(mut self) -> Result<Self> {
        self.settings = self.settings.checked()?;
        let mut seen = HashSet::new();
        self.affiliations.reverse();
        self.affiliations
            .retain(|(affiliate, _)| seen.insert(affiliate.clone()));
        self.affiliations.reverse();
        let is_owner = |(_, affiliation): &(Affiliate, Affiliation)| *affiliation == Affiliation::Owner;
        if !self.affiliations.iter().any(is_owner) {
            return Err(no_owner());
        }
        Ok(self)
    }
}

/// `Conflict`: a change would leave a room without an owner.
pub fn no_owner() -> Error {
    Error::conflict("a room has at least one owner")
}

/// The owner of a room that names none: the account `admin` of the host, whether or not it exists.
pub fn default_owner(host: &Host) -> Address {
    Address::new(&Localpart::from_stored("admin"), host)
}

/// Which rooms of a service a list holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoomFilter {
    /// Only rooms that are listed in the directory.
    pub public_only: bool,
    pub containing: Option<RoomSearch>,
}

/// A text to be found in the name or in the natural name of a room, in any letter case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomSearch {
    /// As names are prepared.
    pub prepared: Localpart,
    pub lower_case: String,
}

impl RoomSearch {
    /// `Invalid` for what can be in no room's name.
    pub fn new(text: &str) -> Result<Self> {
        Ok(Self {
            prepared: Localpart::prepare(text)?,
            lower_case: text.to_lowercase(),
        })
    }
}

/// Who changed something about somebody in a room, and why, as its occupants are told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoomCause {
    /// The nickname of who did it; `None`: nobody in the room.
    pub actor: Option<Box<str>>,
    pub reason: Option<Box<str>>,
}

/// What the occupants of a room are told when it is destroyed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoomFarewell {
    pub reason: Option<Box<str>>,
    /// Another room in which they may meet, and its password.
    pub alternate: Option<Address>,
    pub password: Option<Secret>,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn host() -> Host {
        Host::prepare("example.org").unwrap()
    }

    #[test]
    fn a_service_name_makes_a_domain() {
        for (name, domain) in [
            ("conference", "conference.example.org"),
            ("Upper", "upper.example.org"),
            ("a.b", "a.b.example.org"),
            ("übung", "xn--bung-zra.example.org"),
            (&"n".repeat(63), &*format!("{}.example.org", "n".repeat(63))),
        ] {
            assert_eq!(RoomService::domain(name, &host()).unwrap().as_str(), domain);
        }
    }

    #[test]
    fn a_service_name_that_makes_no_domain_is_refused() {
        for name in ["", "with blank", "a@b", "a/b", ".", "a..b", &"n".repeat(64)] {
            assert!(RoomService::domain(name, &host()).is_err(), "{name:?}");
        }
    }

    #[test]
    fn the_last_of_several_affiliations_of_one_affiliate_counts() {
        let owner = Affiliate::User(default_owner(&host()));
        let group = Affiliate::Group("staff".into());
        let content = RoomContent {
            settings: RoomSettings::default(),
            retire_on_removal: None,
            created: None,
            modified: None,
            affiliations: vec![
                (group.clone(), Affiliation::Owner),
                (owner.clone(), Affiliation::Owner),
                (group.clone(), Affiliation::Member),
            ],
        };
        let checked = content.clone().checked().unwrap();
        assert_eq!(
            checked.affiliations,
            [(owner, Affiliation::Owner), (group, Affiliation::Member)]
        );
        let ownerless = RoomContent {
            affiliations: checked.affiliations[1..].to_vec(),
            ..checked
        };
        assert!(matches!(ownerless.checked(), Err(Error::Conflict { .. })));
    }
}
