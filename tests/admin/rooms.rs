//! Chat services and rooms, through the admin layer.

use crate::room_server::{ADMIN, Server, content, host, is_missing, place};
use firekeeper::domain::affiliation::Affiliation::{Admin, Member};
use firekeeper::domain::clock::Clock as _;
use firekeeper::domain::page::PageRequest;
use firekeeper::domain::room::{RoomFilter, RoomPlace, RoomSearch, RoomService, RoomSettings};
use firekeeper::domain::secret::Secret;
use firekeeper::domain::{Error, Kind};
use jiff::Timestamp;

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
        password: Some(Secret::new("p")),
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
    let mut too_long = content(&[ADMIN]);
    too_long.settings.description = Some("x".repeat(256));
    let refused = server.session.set_room(&place("old"), too_long.clone()).await;
    assert!(matches!(refused, Err(Error::NotAllowed { .. })));
    let refused = server.session.set_room(&place("new"), too_long).await;
    assert!(matches!(refused, Err(Error::TooLong { .. })));
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
        let members = [ADMIN, ("a@x", Admin), ("b@x", Member)];
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
