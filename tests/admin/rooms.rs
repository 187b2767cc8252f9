//! Chat services, rooms and affiliations, through the administration's door, over the embedded server.

use crate::administered::{Administered, Configured};
use firekeeper::admin::AdminSession;
use firekeeper::domain::account::{NewAccount, Password, Properties};
use firekeeper::domain::address::{AccountAddress, Address, Host, Localpart};
use firekeeper::domain::affiliation::{Affiliate, Affiliation, Affiliations};
use firekeeper::domain::clock::Clock as _;
use firekeeper::domain::group::GroupContent;
use firekeeper::domain::page::{MAX_PAGE, PageRequest};
use firekeeper::domain::room::{Room, RoomContent, RoomFilter, RoomPlace, RoomSearch, RoomService, RoomSettings};
use firekeeper::domain::{Error, Kind};
use jiff::Timestamp;

struct Server {
    folder: tempfile::TempDir,
    administered: Administered,
    session: AdminSession,
}

impl Server {
    async fn start() -> Self {
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

    async fn restarted(self) -> Self {
        self.administered.embedded.close().await;
        Self::open(self.folder).await
    }

    /// The groups `staff` (jane, john as admin) and `empty`.
    async fn with_groups(self) -> Self {
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

    async fn set(&self, name: &str, affiliations: &[(&str, Affiliation)]) -> Result<Affiliations, Error> {
        self.session.set_room(&place(name), content(affiliations)).await
    }

    async fn room(&self, name: &str) -> Result<Room, Error> {
        self.session.find_room(&place(name)).await
    }

    async fn affiliations(&self, name: &str) -> Vec<(String, Affiliation)> {
        let room = self.room(name).await.unwrap();
        room.affiliations
            .into_iter()
            .map(|(affiliate, affiliation)| (text(&affiliate), affiliation))
            .collect()
    }

    async fn add(&self, name: &str, affiliation: Affiliation, whom: &str) -> Result<Vec<Affiliate>, Error> {
        let affiliates = vec![affiliate(whom)];
        self.session
            .add_room_affiliates(&place(name), affiliation, affiliates)
            .await
    }

    async fn remove(&self, name: &str, affiliation: Affiliation, whom: &str) -> Result<(), Error> {
        self.session
            .remove_room_affiliate(&place(name), affiliation, affiliate(whom))
            .await
    }

    async fn names(&self, filter: RoomFilter) -> Vec<String> {
        let page = self
            .session
            .list_rooms(&host(), "conference", &filter, PageRequest::first())
            .await;
        page.unwrap().items.iter().map(|room| room.name.to_string()).collect()
    }
}

fn host() -> Host {
    Host::prepare("example.org").unwrap()
}

fn place(name: &str) -> RoomPlace {
    RoomPlace {
        host: host(),
        service: "conference".into(),
        name: Localpart::prepare(name).unwrap(),
    }
}

/// `#name` is a group, everything else an address.
fn affiliate(text: &str) -> Affiliate {
    match text.strip_prefix('#') {
        Some(group) => Affiliate::Group(group.to_owned()),
        None => Affiliate::User(Address::parse(text).unwrap()),
    }
}

fn text(affiliate: &Affiliate) -> String {
    match affiliate {
        Affiliate::User(address) => address.to_string(),
        Affiliate::Group(name) => format!("#{name}"),
    }
}

fn content(affiliations: &[(&str, Affiliation)]) -> RoomContent {
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

fn is_missing<T>(outcome: Result<T, Error>, expected: Kind) -> bool {
    matches!(outcome, Err(Error::NotFound { kind, .. }) if kind == expected)
}

fn is_conflict<T>(outcome: Result<T, Error>) -> bool {
    matches!(outcome, Err(Error::Conflict { .. }))
}

use Affiliation::{Admin as Administrator, Member, Outcast, Owner};

const ADMIN: (&str, Affiliation) = ("admin@example.org", Owner);

#[tokio::test]
async fn a_service_is_found_in_any_letter_case_and_not_made_twice() {
    let server = Server::start().await;
    let twice = RoomService::named("Conference");
    let refused = server.session.create_room_service(&host(), twice).await;
    assert!(matches!(refused, Err(Error::AlreadyExists { .. })));
    server.set("lobby", &[ADMIN]).await.unwrap();
    let upper = RoomPlace {
        service: "CONFERENCE".into(),
        ..place("lobby")
    };
    assert!(server.session.find_room(&upper).await.is_ok());
    let services = server.session.list_room_services(&host(), PageRequest::first()).await;
    let names: Vec<String> = services
        .unwrap()
        .items
        .into_iter()
        .map(|service| service.name)
        .collect();
    assert_eq!(names, ["conference"]);
}

#[tokio::test]
async fn a_room_makes_its_service_unless_the_name_is_illegal() {
    let server = Server::start().await;
    let fresh = RoomPlace {
        service: "fresh".into(),
        ..place("one")
    };
    server.session.set_room(&fresh, content(&[ADMIN])).await.unwrap();
    let illegal = RoomPlace {
        service: "with blank".into(),
        ..place("one")
    };
    let refused = server.session.set_room(&illegal, content(&[ADMIN])).await;
    assert!(matches!(refused, Err(Error::Invalid { .. })));
    let services = server.session.list_room_services(&host(), PageRequest::first()).await;
    assert_eq!(services.unwrap().items.len(), 2);
    assert!(is_missing(server.session.find_room(&illegal).await, Kind::RoomService));
    assert!(is_missing(server.room("one").await, Kind::Room));
}

#[tokio::test]
async fn a_room_is_replaced_as_a_whole() {
    let server = Server::start().await;
    let mut full = content(&[ADMIN]);
    full.settings = RoomSettings {
        natural_name: Some(String::new()),
        description: Some("d".into()),
        password: Some("p".into()),
        subject: Some("s".into()),
        max_occupants: -3,
        persistent: true,
        moderated: true,
        ..RoomSettings::default()
    };
    full.created = Some(Timestamp::from_second(5).unwrap());
    server.session.set_room(&place("lobby"), full.clone()).await.unwrap();
    let room = server.room("lobby").await.unwrap();
    assert_eq!(room.settings, full.settings);
    assert_eq!(room.created, full.created.unwrap());
    assert_eq!(room.modified, server.administered.clock.now());
    server.administered.clock.advance(1000);
    server.set("lobby", &[ADMIN]).await.unwrap();
    let room = server.room("lobby").await.unwrap();
    assert_eq!(room.settings, content(&[]).settings);
    assert_eq!(room.created, server.administered.clock.now());
}

#[tokio::test]
async fn texts_that_are_too_long_are_refused() {
    let server = Server::start().await;
    let long = server.set(&"n".repeat(51), &[ADMIN]).await;
    assert!(matches!(long, Err(Error::TooLong { field: "roomName", .. })));
    let mut described = content(&[ADMIN]);
    described.settings.description = Some("d".repeat(256));
    let refused = server.session.set_room(&place("x"), described).await;
    assert!(matches!(
        refused,
        Err(Error::TooLong {
            field: "description",
            ..
        })
    ));
    assert!(is_missing(server.room("x").await, Kind::Room));
}

#[tokio::test]
async fn only_persistent_rooms_survive_a_restart() {
    let server = Server::start().await;
    server.set("kept", &[ADMIN]).await.unwrap();
    server.set("turned", &[ADMIN]).await.unwrap();
    let mut temporary = content(&[ADMIN]);
    temporary.settings.persistent = false;
    for name in ["temporary", "turned"] {
        server.session.set_room(&place(name), temporary.clone()).await.unwrap();
    }
    assert_eq!(
        server.names(RoomFilter::default()).await,
        ["kept", "temporary", "turned"]
    );
    let server = server.restarted().await;
    assert_eq!(server.names(RoomFilter::default()).await, ["kept"]);
}

#[tokio::test]
async fn a_retired_name_is_not_used_again() {
    let server = Server::start().await;
    let mut retiring = content(&[ADMIN]);
    retiring.retire_on_removal = Some(true);
    server.session.set_room(&place("old"), retiring).await.unwrap();
    // An update that does not speak of it leaves it as it is.
    server.set("old", &[ADMIN]).await.unwrap();
    server.session.remove_room(&place("old")).await.unwrap();
    let refused = server.set("old", &[ADMIN]).await;
    assert!(matches!(refused, Err(Error::NotAllowed { .. })));
    assert!(is_missing(server.session.remove_room(&place("old")).await, Kind::Room));
}

#[tokio::test]
async fn rooms_are_searched_by_both_names_in_any_letter_case() {
    let server = Server::start().await;
    for (name, natural, public) in [("lobby", None, true), ("office", Some("The LOBBY of Küche 50%"), false)] {
        let mut content = content(&[ADMIN]);
        content.settings.natural_name = natural.map(str::to_owned);
        content.settings.public = public;
        server.session.set_room(&place(name), content).await.unwrap();
    }
    for (text, found) in [
        ("LOB", &["lobby", "office"][..]),
        ("KÜCHE", &["office"]),
        ("%", &["office"]),
        ("_", &[]),
    ] {
        let filter = RoomFilter {
            public_only: false,
            containing: Some(RoomSearch::new(text).unwrap()),
        };
        assert_eq!(server.names(filter).await, found, "{text}");
    }
    let public = RoomFilter {
        public_only: true,
        containing: None,
    };
    assert_eq!(server.names(public).await, ["lobby"]);
}

#[tokio::test]
async fn lists_come_in_pages_with_all_affiliations() {
    let server = Server::start().await;
    for number in 0..5 {
        let members = [ADMIN, ("a@x", Administrator), ("b@x", Member)];
        server.set(&format!("room{number}"), &members).await.unwrap();
    }
    let mut page = PageRequest { after: None, limit: 2 };
    let mut seen = Vec::new();
    loop {
        let rooms = server
            .session
            .list_rooms(&host(), "conference", &RoomFilter::default(), page)
            .await
            .unwrap();
        assert!(rooms.items.iter().all(|room| room.affiliations.len() == 3));
        seen.extend(rooms.items.iter().map(|room| room.name.to_string()));
        let Some(next) = rooms.next else { break };
        page = PageRequest {
            after: Some(next),
            limit: 2,
        };
    }
    assert_eq!(seen, ["room0", "room1", "room2", "room3", "room4"]);
}

#[tokio::test]
async fn what_stays_keeps_its_place_and_what_is_new_is_told() {
    let server = Server::start().await;
    let added = server
        .set("r", &[("o1@x", Owner), ("o2@x", Owner), ("m1@x", Member)])
        .await;
    let added: Vec<String> = added.unwrap().iter().map(|(affiliate, _)| text(affiliate)).collect();
    assert_eq!(added, ["o2@x", "m1@x"]);
    let added = server
        .set(
            "r",
            &[("new@x", Owner), ("o2@x", Owner), ("o1@x", Member), ("m1@x", Member)],
        )
        .await;
    assert_eq!(added.unwrap().len(), 2);
    assert_eq!(
        server.affiliations("r").await,
        [
            ("o2@x".into(), Owner),
            ("m1@x".into(), Member),
            ("new@x".into(), Owner),
            ("o1@x".into(), Member),
        ]
    );
    assert_eq!(server.set("r", &[ADMIN]).await.unwrap().len(), 1);
    assert_eq!(server.affiliations("r").await, [("admin@example.org".into(), Owner)]);
}

#[tokio::test]
async fn rooms_that_reserve_nicknames_take_no_new_members_and_a_refusal_leaves_nothing() {
    let server = Server::start().await;
    let mut reserved = content(&[ADMIN, ("jane@example.org", Member)]);
    reserved.settings.reserved_nicknames_only = true;
    assert!(is_conflict(
        server.session.set_room(&place("nick"), reserved.clone()).await
    ));
    assert!(is_missing(server.room("nick").await, Kind::Room));
    server
        .set("nick", &[ADMIN, ("jane@example.org", Member)])
        .await
        .unwrap();
    server.session.set_room(&place("nick"), reserved).await.unwrap();
    assert!(is_conflict(server.add("nick", Member, "john@example.org").await));
    assert!(server.add("nick", Administrator, "john@example.org").await.is_ok());
}

#[tokio::test]
async fn the_last_owner_stays() {
    let server = Server::start().await.with_groups().await;
    server.set("r", &[("jane@example.org", Owner)]).await.unwrap();
    for affiliation in [Administrator, Member, Outcast] {
        assert!(is_conflict(server.add("r", affiliation, "jane@example.org").await));
    }
    assert!(is_conflict(server.remove("r", Owner, "jane@example.org").await));
    assert_eq!(server.affiliations("r").await, [("jane@example.org".into(), Owner)]);
    server.add("r", Owner, "#empty").await.unwrap();
    server.remove("r", Owner, "jane@example.org").await.unwrap();
    assert!(is_conflict(server.remove("r", Owner, "#empty").await));
}

#[tokio::test]
async fn an_affiliation_is_removed_only_where_it_counts() {
    let server = Server::start().await.with_groups().await;
    server
        .set("r", &[ADMIN, ("#staff", Member), ("john@example.org", Outcast)])
        .await
        .unwrap();
    // By the group only: nothing to take.
    server.remove("r", Member, "jane@example.org").await.unwrap();
    assert!(is_conflict(server.remove("r", Administrator, "jane@example.org").await));
    assert!(is_conflict(server.remove("r", Member, "john@example.org").await));
    assert!(is_conflict(server.remove("r", Outcast, "#staff").await));
    assert_eq!(server.affiliations("r").await.len(), 3);
    server.remove("r", Outcast, "john@example.org").await.unwrap();
    server.remove("r", Member, "#staff").await.unwrap();
    assert_eq!(server.affiliations("r").await, [("admin@example.org".into(), Owner)]);
}

#[tokio::test]
async fn a_list_is_replaced_or_added_to_as_a_whole() {
    let server = Server::start().await;
    server
        .set("r", &[ADMIN, ("a@x", Member), ("b@x", Member)])
        .await
        .unwrap();
    let members = |texts: &[&str]| texts.iter().map(|text| affiliate(text)).collect::<Vec<_>>();
    let (session, room) = (&server.session, place("r"));
    let replaced = session.replace_room_affiliates(&room, Member, members(&["b@x", "c@x"]));
    assert_eq!(replaced.await.unwrap(), members(&["c@x"]));
    let refused = session.replace_room_affiliates(&room, Owner, Vec::new());
    assert!(is_conflict(refused.await));
    let added = session.add_room_affiliates(&room, Member, members(&["d@x", "admin@example.org"]));
    assert!(is_conflict(added.await));
    let page = PageRequest {
        after: None,
        limit: MAX_PAGE,
    };
    let listed = session.list_room_affiliates(&room, Member, page).await.unwrap();
    assert_eq!(listed.items, members(&["b@x", "c@x"]));
}

#[tokio::test]
async fn a_group_that_does_not_exist_is_not_affiliated() {
    let server = Server::start().await;
    assert!(is_missing(
        server.set("r", &[ADMIN, ("#none", Member)]).await,
        Kind::Group
    ));
    assert!(is_missing(server.room("r").await, Kind::Room));
}

#[tokio::test]
async fn a_text_means_an_address_a_group_or_a_local_account() {
    let server = Server::start().await.with_groups().await;
    let texts = ["Jane@Example.ORG/phone", "staff", "STAFF", "8s======"].map(str::to_owned);
    let found = server.session.find_affiliates(&host(), &texts).await.unwrap();
    let found: Vec<String> = found.iter().map(text).collect();
    assert_eq!(
        found,
        [
            "jane@example.org",
            "#staff",
            "staff@example.org",
            "8s======@example.org"
        ]
    );
    for illegal in ["a b", "a@b@c", "@example.org", "jane@", ""] {
        let refused = server.session.find_affiliates(&host(), &[illegal.to_owned()]).await;
        assert!(matches!(refused, Err(Error::Invalid { value, .. }) if value == illegal));
    }
}

#[tokio::test]
async fn a_removed_account_leaves_its_rooms_to_an_administrator() {
    let server = Server::start().await;
    server
        .set("own", &[("jane@example.org", Owner), ("b@x", Member)])
        .await
        .unwrap();
    server
        .set("shared", &[ADMIN, ("jane@example.org", Owner)])
        .await
        .unwrap();
    let jane = AccountAddress::prepare("jane", &host()).unwrap();
    let new = NewAccount {
        address: jane.clone(),
        password: Password::new("secret").unwrap(),
        name: None,
        email: None,
        properties: Properties::new(),
        administrator: false,
    };
    server.session.create_account(new).await.unwrap();
    server.session.remove_account(&jane).await.unwrap();
    assert_eq!(
        server.affiliations("own").await,
        [("b@x".into(), Member), ("admin@example.org".into(), Owner)]
    );
    assert_eq!(
        server.affiliations("shared").await,
        [("admin@example.org".into(), Owner)]
    );
}

#[tokio::test]
async fn a_group_that_goes_leaves_an_administrator_behind() {
    let server = Server::start().await.with_groups().await;
    server.set("r", &[("#staff", Owner), ("#empty", Member)]).await.unwrap();
    server.session.remove_group(&host(), "staff").await.unwrap();
    assert_eq!(
        server.affiliations("r").await,
        [("#empty".into(), Member), ("admin@example.org".into(), Owner)]
    );
}
