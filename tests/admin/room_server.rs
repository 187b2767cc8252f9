//! A server with the chat service `conference`, and short words for rooms and affiliations.

use crate::administered::{Administered, Configured};
use firekeeper::admin::AdminSession;
use firekeeper::domain::address::{Address, Host, Localpart};
use firekeeper::domain::affiliation::{Affiliate, Affiliation, Affiliations};
use firekeeper::domain::group::GroupContent;
use firekeeper::domain::page::PageRequest;
use firekeeper::domain::room::{Room, RoomContent, RoomFilter, RoomPlace, RoomSettings};
use firekeeper::domain::{Error, Kind};

pub struct Server {
    folder: tempfile::TempDir,
    pub administered: Administered,
    pub session: AdminSession,
}

impl Server {
    pub async fn start() -> Self {
        Self::open(tempfile::tempdir().unwrap()).await
    }

    async fn open(folder: tempfile::TempDir) -> Self {
        let configured = Configured {
            texts: &[],
            writable: false,
        };
        let administered = Administered::open(folder.path(), configured).await;
        Self {
            folder,
            session: administered.session(),
            administered,
        }
    }

    pub async fn restarted(self) -> Self {
        self.administered.embedded.close().await;
        Self::open(self.folder).await
    }

    /// The groups `staff` (jane, john as admin) and `empty`.
    pub async fn with_groups(self) -> Self {
        let staff = GroupContent {
            members: vec![Address::parse("jane@example.org").unwrap()],
            admins: vec![Address::parse("john@example.org").unwrap()],
            ..GroupContent::empty("staff")
        };
        for group in [staff, GroupContent::empty("empty")] {
            self.session.create_group(&host(), group).await.unwrap();
        }
        self
    }

    pub async fn set(&self, name: &str, affiliations: &[(&str, Affiliation)]) -> Result<Affiliations, Error> {
        self.session.set_room(&place(name), content(affiliations)).await
    }

    pub async fn room(&self, name: &str) -> Result<Room, Error> {
        self.session.find_room(&place(name)).await
    }

    pub async fn affiliations(&self, name: &str) -> Vec<(String, Affiliation)> {
        let room = self.room(name).await.unwrap();
        room.affiliations
            .into_iter()
            .map(|(affiliate, affiliation)| (text(&affiliate), affiliation))
            .collect()
    }

    pub async fn add(&self, name: &str, affiliation: Affiliation, whom: &str) -> Result<Vec<Affiliate>, Error> {
        let affiliates = vec![affiliate(whom)];
        self.session
            .add_room_affiliates(&place(name), affiliation, affiliates)
            .await
    }

    pub async fn remove(&self, name: &str, affiliation: Affiliation, whom: &str) -> Result<(), Error> {
        self.session
            .remove_room_affiliate(&place(name), affiliation, affiliate(whom))
            .await
    }

    pub async fn names(&self, filter: RoomFilter) -> Vec<String> {
        let page = self
            .session
            .list_rooms(&host(), "conference", &filter, PageRequest::first())
            .await;
        page.unwrap().items.iter().map(|room| room.name.to_string()).collect()
    }
}

pub fn host() -> Host {
    Host::prepare("example.org").unwrap()
}

pub fn place(name: &str) -> RoomPlace {
    RoomPlace {
        host: host(),
        service: "conference".into(),
        name: Localpart::prepare(name).unwrap(),
    }
}

/// `#name` is a group, everything else an address.
pub fn affiliate(text: &str) -> Affiliate {
    match text.strip_prefix('#') {
        Some(group) => Affiliate::Group(group.to_owned()),
        None => Affiliate::User(Address::parse(text).unwrap()),
    }
}

pub fn text(affiliate: &Affiliate) -> String {
    match affiliate {
        Affiliate::User(address) => address.to_string(),
        Affiliate::Group(name) => format!("#{name}"),
    }
}

pub fn content(affiliations: &[(&str, Affiliation)]) -> RoomContent {
    RoomContent {
        settings: RoomSettings {
            persistent: true,
            ..RoomSettings::default()
        },
        retire_on_removal: None,
        created: None,
        modified: None,
        affiliations: affiliations
            .iter()
            .map(|(whom, affiliation)| (affiliate(whom), *affiliation))
            .collect(),
    }
}

pub fn is_missing<T>(outcome: Result<T, Error>, expected: Kind) -> bool {
    matches!(outcome, Err(Error::NotFound { kind, .. }) if kind == expected)
}

pub fn is_conflict<T>(outcome: Result<T, Error>) -> bool {
    matches!(outcome, Err(Error::Conflict { .. }))
}

/// The owner of most rooms here.
pub const ADMIN: (&str, Affiliation) = ("admin@example.org", Affiliation::Owner);
