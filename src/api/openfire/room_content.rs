//! What a room is on the wire and in the domain (§10.8, §12.6).

use std::collections::{BTreeMap, HashSet};

use super::call::Call;
use super::wire::chat_room::ChatRoom;
use crate::domain::Error;
use crate::domain::address::{Address, FullAddress};
use crate::domain::affiliation::{Affiliate, Affiliation, Affiliations};
use crate::domain::room::{PrivateMessages, Role, Room, RoomContent, RoomPlace, RoomSettings, default_owner, no_owner};
use crate::domain::secret::Secret;

/// The people of groups, by the group's name.
pub type People = BTreeMap<String, Vec<Address>>;

/// Why a request makes no room.
#[derive(Debug)]
pub enum Refusal {
    /// These addresses stand more than once in the lists of users.
    Duplicates(Vec<String>),
    Domain(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Domain(error)
    }
}

/// What a request makes of the room at `place`. That there can be no such room is found out after
/// the addresses were read, and before anything else is refused.
pub async fn content(call: &Call, place: &RoomPlace, room: ChatRoom) -> Result<RoomContent, Refusal> {
    let default_owner = [default_owner(call.host()).to_string()];
    let people = addresses(users_of(&room, &default_owner))?;
    match content_with(call, room, people).await {
        Ok(content) => Ok(content),
        Err(refused) => {
            call.admin.check_room_place(place).await?;
            Err(refused.into())
        }
    }
}

/// The lists of users: owners, admins, members, outcasts.
fn users_of<'r>(room: &'r ChatRoom, default_owner: &'r [String]) -> [&'r [String]; 4] {
    let owners = match texts(room.owners.as_ref()) {
        [] => default_owner,
        given => given,
    };
    let [admins, members, outcasts] = [&room.admins, &room.members, &room.outcasts].map(|list| texts(list.as_ref()));
    [owners, admins, members, outcasts]
}

/// Everything that is left out is false, empty or absent, but for the owner, who is among `people`.
async fn content_with(call: &Call, room: ChatRoom, people: Vec<Vec<FullAddress>>) -> Result<RoomContent, Error> {
    let affiliations = affiliations(call, &room, people).await?;
    let roles = room.broadcast_presence_roles.unwrap_or_default();
    let private_messages = room.allow_pm.as_deref().and_then(PrivateMessages::from_name);
    Ok(RoomContent {
        settings: RoomSettings {
            natural_name: room.natural_name,
            description: room.description,
            password: room.password.map(Secret::new),
            subject: room.subject,
            max_occupants: room.max_users,
            persistent: room.persistent,
            public: room.public_room,
            registration_enabled: room.registration_enabled,
            anyone_discovers_addresses: room.can_anyone_discover_jid,
            occupants_change_subject: room.can_occupants_change_subject,
            occupants_invite: room.can_occupants_invite,
            change_nickname: room.can_change_nickname,
            logged: room.log_enabled,
            reserved_nicknames_only: room.login_restricted_to_nickname,
            members_only: room.members_only,
            moderated: room.moderated,
            broadcast_roles: roles.iter().map(|name| role(name)).collect::<Result<_, _>>()?,
            private_messages: private_messages.unwrap_or_default(),
        },
        retire_on_removal: None,
        created: room.creation_date,
        modified: room.modification_date,
        affiliations,
    })
}

fn role(name: &str) -> Result<Role, Error> {
    Role::from_name(name).ok_or_else(|| {
        Error::invalid(
            "broadcastPresenceRoles",
            name,
            "it is no role; the roles are in lower case",
        )
    })
}

/// The affiliations of all eight lists, those of users before those of groups for each affiliation.
async fn affiliations(call: &Call, room: &ChatRoom, people: Vec<Vec<FullAddress>>) -> Result<Affiliations, Error> {
    let host = call.host();
    // The original stores an owner without the resource and then misses the one with it.
    let is_missed = match &people[..] {
        [owners, ..] => matches!(&owners[..], [owner] if owner.resource.is_some()),
        [] => false,
    };
    let lists = [
        (&room.owner_groups, Affiliation::Owner),
        (&room.admin_groups, Affiliation::Admin),
        (&room.member_groups, Affiliation::Member),
        (&room.outcast_groups, Affiliation::Outcast),
    ];
    let of_groups = lists.map(|(groups, _)| texts(groups.as_ref())).concat();
    let mut of_groups = call.admin.find_affiliates(host, &of_groups).await?.into_iter();
    let mut given = Affiliations::new();
    for (users, (groups, affiliation)) in people.into_iter().zip(lists) {
        let users = users.into_iter().map(|address| Affiliate::at(address, host));
        let affiliates = users.chain(of_groups.by_ref().take(texts(groups.as_ref()).len()));
        given.extend(affiliates.map(|affiliate| (affiliate, affiliation)));
    }
    if is_missed
        && let [(Affiliate::User(_), Affiliation::Owner), rest @ ..] = &given[..]
        && !rest.iter().any(|(_, affiliation)| *affiliation == Affiliation::Owner)
    {
        return Err(no_owner());
    }
    Ok(given)
}

/// The addresses of the lists of users, each of which may stand there once.
fn addresses<const LISTS: usize>(lists: [&[String]; LISTS]) -> Result<Vec<Vec<FullAddress>>, Refusal> {
    let parse = |texts: &[String]| texts.iter().map(|text| FullAddress::parse(text)).collect();
    let parsed = lists.map(parse).into_iter().collect::<Result<Vec<Vec<_>>, Error>>()?;
    let mut seen = HashSet::new();
    let duplicates: Vec<String> = parsed
        .iter()
        .flatten()
        .filter(|address| !seen.insert(*address))
        .map(ToString::to_string)
        .collect();
    if duplicates.is_empty() {
        return Ok(parsed);
    }
    Err(Refusal::Duplicates(duplicates))
}

fn texts(list: Option<&Vec<String>>) -> &[String] {
    list.map_or(&[], Vec::as_slice)
}

impl ChatRoom {
    /// The room as it is shown. `people` are put into the lists of users besides the groups they
    /// are in.
    pub fn shown(room: Room, people: &People) -> Self {
        let Room {
            name,
            settings,
            created,
            modified,
            affiliations,
            ..
        } = room;
        let users = |affiliation| Some(users(&affiliations, affiliation, people));
        let groups = |affiliation| Some(groups(&affiliations, affiliation));
        let roles = settings.broadcast_roles.iter();
        Self {
            room_name: Some(name.as_str().to_owned()),
            creation_date: Some(created),
            modification_date: Some(modified),
            max_users: settings.max_occupants,
            persistent: settings.persistent,
            public_room: settings.public,
            registration_enabled: settings.registration_enabled,
            can_anyone_discover_jid: settings.anyone_discovers_addresses,
            can_occupants_change_subject: settings.occupants_change_subject,
            can_occupants_invite: settings.occupants_invite,
            can_change_nickname: settings.change_nickname,
            log_enabled: settings.logged,
            login_restricted_to_nickname: settings.reserved_nicknames_only,
            members_only: settings.members_only,
            moderated: settings.moderated,
            broadcast_presence_roles: Some(roles.map(|role| role.as_str().to_owned()).collect()),
            owners: users(Affiliation::Owner),
            admins: users(Affiliation::Admin),
            members: users(Affiliation::Member),
            outcasts: users(Affiliation::Outcast),
            owner_groups: groups(Affiliation::Owner),
            admin_groups: groups(Affiliation::Admin),
            member_groups: groups(Affiliation::Member),
            outcast_groups: groups(Affiliation::Outcast),
            allow_pm: Some(settings.private_messages.as_str().to_owned()),
            natural_name: settings.natural_name,
            description: settings.description,
            password: settings.password.map(|password| password.expose().to_owned()),
            subject: settings.subject,
        }
    }
}

/// The persons who have `affiliation`, then those who have it by a group, each once.
fn users(affiliations: &Affiliations, affiliation: Affiliation, people: &People) -> Vec<String> {
    let having = || affiliations.iter().filter(move |(_, held)| *held == affiliation);
    let own = having().filter_map(|(affiliate, _)| match affiliate {
        Affiliate::User(address) => Some(address),
        Affiliate::Group(_) => None,
    });
    let by_groups = having().filter_map(|(affiliate, _)| match affiliate {
        Affiliate::User(_) => None,
        Affiliate::Group(name) => people.get(name),
    });
    let mut seen = HashSet::new();
    own.chain(by_groups.flatten())
        .filter(|address| seen.insert(*address))
        .map(ToString::to_string)
        .collect()
}

/// The groups that have `affiliation`, by name.
fn groups(affiliations: &Affiliations, affiliation: Affiliation) -> Vec<String> {
    let mut names: Vec<String> = affiliations
        .iter()
        .filter(|(_, held)| *held == affiliation)
        .filter_map(|(affiliate, _)| match affiliate {
            Affiliate::Group(name) => Some(name.clone()),
            Affiliate::User(_) => None,
        })
        .collect();
    names.sort_unstable();
    names
}
