//! Affiliations of rooms, through the admin layer.

use std::sync::{Arc, Mutex};

use crate::room_server::{ADMIN, Server, affiliate, content, host, is_conflict, is_missing, place, text};
use firekeeper::domain::account::{NewAccount, Password, Properties};
use firekeeper::domain::address::AccountAddress;
use firekeeper::domain::affiliation::Affiliation::{Admin, Member, Outcast, Owner};
use firekeeper::domain::audit::AuditFilter;
use firekeeper::domain::clock::Clock;
use firekeeper::domain::event::Event;
use firekeeper::domain::page::{MAX_PAGE, PageRequest};
use firekeeper::domain::room::RoomCause;
use firekeeper::domain::{Error, Kind};

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
    assert!(server.add("nick", Admin, "john@example.org").await.is_ok());
}

/// The one writer does nothing else meanwhile: visiting all members for each would take minutes.
#[tokio::test]
async fn many_members_come_and_go_at_once() {
    let server = Server::start().await;
    let names: Vec<String> = (0..12_000).map(|n| format!("m{n}@x")).collect();
    let wanted = names.iter().map(|name| (name.as_str(), Member));
    let wanted: Vec<_> = [ADMIN].into_iter().chain(wanted).collect();
    assert_eq!(server.set("r", &wanted).await.unwrap().len(), names.len());
    assert_eq!(server.set("r", &[ADMIN]).await.unwrap().len(), 0);
}

#[tokio::test]
async fn the_last_owner_stays() {
    let server = Server::start().await.with_groups().await;
    server.set("r", &[("jane@example.org", Owner)]).await.unwrap();
    for affiliation in [Admin, Member, Outcast] {
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
    assert!(is_conflict(server.remove("r", Admin, "jane@example.org").await));
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

#[tokio::test]
async fn listeners_hear_of_the_settings_before_affiliations_and_of_the_subject_each_time() {
    let server = Server::start().await;
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ears = Arc::clone(&heard);
    let embedded = &server.administered.embedded;
    embedded.listen(Box::new(move |event| ears.lock().unwrap().push(event.clone())));
    let jane = ("jane@example.org", Member);
    server.set("r", &[ADMIN, jane]).await.unwrap();
    server.set("r", &[ADMIN]).await.unwrap();
    let told = |(whom, affiliation): (&str, _), holds: bool| Event::RoomAffiliationChanged {
        room: place("r"),
        affiliate: affiliate(whom),
        affiliation: holds.then_some(affiliation),
        cause: RoomCause::default(),
    };
    let subject = Event::RoomSubjectSet {
        room: place("r"),
        subject: None,
        stanza: None,
        at: server.administered.clock.now(),
    };
    let is_settings = |event: &Event| matches!(event, Event::RoomChanged { room, .. } if *room == place("r"));
    let expected = [
        told(ADMIN, true),
        told(jane, true),
        subject.clone(),
        told(jane, false),
        subject,
    ];
    let mut heard = heard.lock().unwrap().clone();
    assert!(is_settings(&heard[0]) && is_settings(&heard[4]), "{heard:#?}");
    heard.retain(|event| !is_settings(event));
    assert_eq!(heard, expected);
}

#[tokio::test]
async fn the_audit_log_names_whom_a_change_is_about_and_of_many_how_many_more() {
    let server = Server::start().await.with_groups().await;
    server.set("r", &[ADMIN]).await.unwrap();
    let session = &server.session;
    let (jane, staff) = (affiliate("jane@example.org"), affiliate("#staff"));
    session
        .add_room_affiliates(&place("r"), Member, vec![jane.clone(), staff])
        .await
        .unwrap();
    session.remove_room_affiliate(&place("r"), Member, jane).await.unwrap();
    let many = (0..12).map(|n| affiliate(&format!("{n}@example.org"))).collect();
    session
        .replace_room_affiliates(&place("r"), Outcast, many)
        .await
        .unwrap();
    let everything = AuditFilter::default();
    let log = session.list_audit_entries(&everything, PageRequest::first());
    let log = log.await.unwrap().items;
    let summaries: Vec<_> = log.iter().take(3).map(|entry| entry.record.summary.as_str()).collect();
    assert!(summaries[0].ends_with(", 9@example.org and 2 more"), "{summaries:?}");
    assert_eq!(
        summaries[1..],
        [
            "removed from the members of room r@conference.example.org: jane@example.org",
            "added to the members of room r@conference.example.org: jane@example.org, group staff",
        ]
    );
}
