//! Groups through the administration's door.

use crate::group_server::{Server, address, content, owned};
use firekeeper::domain::address::Address;
use firekeeper::domain::group::{GroupContent, Sharing};
use firekeeper::domain::page::PageRequest;
use firekeeper::domain::{Error, Kind};

#[tokio::test]
async fn a_group_keeps_each_address_once_and_whoever_is_both_is_an_admin() {
    let server = Server::start().await;
    let new = content(
        "G",
        Sharing::Nobody,
        &["john", "jane", "JANE", "far@elsewhere.example"],
        &["jane", "jane"],
    );
    server.admin.create_group(&server.host, new.clone()).await.unwrap();
    let group = server.admin.find_group(&server.host, "G").await.unwrap().unwrap();
    assert_eq!(group.members, [address("far@elsewhere.example"), address("john")]);
    assert_eq!(group.admins, [address("jane")]);
    assert_eq!(group.display_name, "G");
    let again = server.admin.create_group(&server.host, new).await;
    assert!(matches!(again, Err(Error::AlreadyExists { kind: Kind::Group, .. })));
    assert!(server.group("g").await.is_none(), "letter case counts");
}

#[tokio::test]
async fn names_that_are_blank_or_too_long_are_refused_and_nothing_is_made() {
    let server = Server::start().await;
    let long = "n".repeat(51);
    for name in ["", " ", "\t", &long] {
        let created = server.admin.create_group(&server.host, GroupContent::empty(name)).await;
        let added = server
            .admin
            .add_to_groups(&server.host, &address("jane"), owned(&["Fine", name]))
            .await;
        for refused in [created, added] {
            let about_the_name = matches!(
                refused,
                Err(Error::Invalid { field: "name", .. } | Error::TooLong { field: "name", .. })
            );
            assert!(about_the_name, "{name:?}");
        }
    }
    assert!(server.group("Fine").await.is_none());
}

#[tokio::test]
async fn changing_a_group_replaces_who_is_in_it_and_a_rank_can_change_both_ways() {
    let server = Server::start().await;
    let change = |new| server.admin.change_group(&server.host, new);
    let missing = change(content("G", Sharing::Nobody, &[], &[])).await;
    assert!(matches!(missing, Err(Error::NotFound { kind: Kind::Group, .. })));

    server.create_group("G", Sharing::Nobody, &["jane", "john"]).await;
    change(content("G", Sharing::Nobody, &["kim"], &["jane"]))
        .await
        .unwrap();
    let kim_and_jane = (owned(&["kim@example.org"]), owned(&["jane@example.org"]));
    assert_eq!(server.group("G").await, Some(kim_and_jane));
    change(content("G", Sharing::Nobody, &["jane"], &["kim"]))
        .await
        .unwrap();
    let swapped = (owned(&["jane@example.org"]), owned(&["kim@example.org"]));
    assert_eq!(server.group("G").await, Some(swapped));
}

#[tokio::test]
async fn groups_are_listed_by_name_in_pages() {
    let server = Server::start().await;
    for name in ["b", "a", "C", " lead", "ü"] {
        server.create_group(name, Sharing::Nobody, &[]).await;
    }
    let mut names = Vec::new();
    let mut after = None;
    loop {
        let page = server
            .admin
            .list_groups(&server.host, PageRequest { after, limit: 2 })
            .await
            .unwrap();
        names.extend(page.items.into_iter().map(|group| group.name));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(names, [" lead", "C", "a", "b", "ü"]);
}

#[tokio::test]
async fn adding_to_groups_makes_missing_ones_and_turns_an_admin_into_a_member() {
    let server = Server::start().await;
    let admin = content("Adm", Sharing::Nobody, &[], &["jane"]);
    server.admin.create_group(&server.host, admin).await.unwrap();
    server
        .admin
        .add_to_groups(&server.host, &address("jane"), owned(&["New", "Adm", "New"]))
        .await
        .unwrap();
    assert_eq!(server.groups_of("jane").await, ["Adm", "New"]);
    assert_eq!(
        server.group("Adm").await,
        Some((owned(&["jane@example.org"]), Vec::new()))
    );
    let made = server.admin.find_group(&server.host, "New").await.unwrap().unwrap();
    assert_eq!(made.description.as_deref(), Some(""));
    assert_eq!(made.sharing, Sharing::Nobody);
}

#[tokio::test]
async fn leaving_a_group_leaves_an_admin_rank_alone() {
    let server = Server::start().await;
    let new = content("G", Sharing::Nobody, &["john"], &["jane"]);
    server.admin.create_group(&server.host, new).await.unwrap();
    for member in ["jane", "john", "nobody"] {
        server
            .admin
            .remove_from_group(&server.host, &address(member), "G")
            .await
            .unwrap();
    }
    assert_eq!(
        server.group("G").await,
        Some((Vec::new(), owned(&["jane@example.org"])))
    );
    let missing = server
        .admin
        .remove_from_group(&server.host, &address("jane"), "none")
        .await;
    assert!(matches!(missing, Err(Error::NotFound { kind: Kind::Group, .. })));
}

#[tokio::test]
async fn setting_the_groups_of_somebody_joins_and_leaves_but_keeps_ranks() {
    let server = Server::start().await;
    for (name, admins) in [("Ruled", ["jane"].as_slice()), ("Also ruled", &["jane"]), ("Old", &[])] {
        let new = content(name, Sharing::Nobody, &["jane"], admins);
        server.admin.create_group(&server.host, new).await.unwrap();
    }
    let jane = address("jane");
    let set = |names: &[&str]| server.admin.set_groups_of(&server.host, &jane, owned(names));
    set(&["Also ruled", "New"]).await.unwrap();
    assert_eq!(server.groups_of("jane").await, ["Also ruled", "New", "Ruled"]);
    assert_eq!(
        server.group("Also ruled").await,
        Some((Vec::new(), owned(&["jane@example.org"])))
    );
    set(&[]).await.unwrap();
    assert_eq!(server.groups_of("jane").await, ["Also ruled", "Ruled"]);
}

#[tokio::test]
async fn a_group_of_a_hundred_thousand_is_changed_and_listed_in_reasonable_time() {
    let server = Server::start().await;
    let everybody = |count: usize| GroupContent {
        members: (0..count)
            .map(|number| Address::from_stored(format!("m{number:06}@elsewhere.example")))
            .chain([address("jane")])
            .collect(),
        ..content("Big", Sharing::Members, &[], &[])
    };
    server
        .admin
        .create_group(&server.host, everybody(100_000))
        .await
        .unwrap();
    server
        .admin
        .change_group(&server.host, everybody(99_000))
        .await
        .unwrap();
    let mut count = 0;
    let mut after = None;
    loop {
        let page = server
            .admin
            .list_roster(&server.account("jane"), PageRequest::after(after))
            .await
            .unwrap();
        count += page.items.len();
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(count, 99_000);
}
