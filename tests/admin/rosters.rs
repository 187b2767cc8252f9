//! Rosters through the administration's door.

use crate::group_server::{Server, address, new_contact, owned};
use firekeeper::domain::group::Sharing;
use firekeeper::domain::roster::{RosterItemChanges, Subscription};
use firekeeper::domain::{Error, Kind};

#[tokio::test]
async fn members_of_a_shared_group_are_in_each_others_rosters() {
    let server = Server::start().await;
    server
        .create_group(
            "Team",
            Sharing::Members,
            &["jane", "john", "kim", "ghost", "far@elsewhere.example"],
        )
        .await;
    // Somebody without an account is no contact; without a display name the localpart stands for it.
    assert_eq!(
        server.roster("john").await,
        [
            r#"far@elsewhere.example far@elsewhere.example 3 [] ["Team"]"#,
            r#"jane@example.org Jane Doe 3 [] ["Team"]"#,
            r#"kim@example.org kim 3 [] ["Team"]"#,
        ]
    );
    server.create_account("lee", "Lee").await;
    assert!(server.roster("lee").await.is_empty(), "lee is in no group");
    server.change_group("Team", Sharing::Nobody, &["jane", "john"]).await;
    assert!(server.roster("john").await.is_empty());
}

#[tokio::test]
async fn a_group_shared_with_everybody_is_in_every_roster_once() {
    let server = Server::start().await;
    server.create_group("All", Sharing::Everybody, &["jane", "kim"]).await;
    server.create_group("Team", Sharing::Members, &["john", "kim"]).await;
    assert_eq!(
        server.roster("john").await,
        [
            r#"jane@example.org Jane Doe 3 [] ["All"]"#,
            r#"kim@example.org kim 3 [] ["All", "Team"]"#,
        ]
    );
    assert_eq!(server.roster("kim").await.len(), 2);
}

#[tokio::test]
async fn a_personal_contact_is_merged_with_a_shared_group_and_survives_its_end() {
    let server = Server::start().await;
    server.add_contact("jane", "john", Subscription::To).await;
    let personal = [r"john@example.org - 1 [] []"];
    server.create_group("Team", Sharing::Members, &["jane", "john"]).await;
    assert_eq!(server.roster("jane").await, [r#"john@example.org - 3 [] ["Team"]"#]);
    server.change_group("Team", Sharing::Members, &["jane"]).await;
    assert_eq!(server.roster("jane").await, personal);
    server.change_group("Team", Sharing::Members, &["jane", "john"]).await;
    server.admin.remove_group(&server.host, "Team").await.unwrap();
    assert_eq!(server.roster("jane").await, personal);
}

#[tokio::test]
async fn a_contact_that_is_there_or_would_be_in_a_shared_group_is_refused() {
    let server = Server::start().await;
    server.create_group("Team", Sharing::Members, &["jane", "john"]).await;
    server.add_contact("jane", "own@example.net", Subscription::None).await;
    for known in ["john", "own@example.net"] {
        let refused = server
            .admin
            .create_roster_item(&server.account("jane"), new_contact(known, Subscription::None, &[]))
            .await;
        assert!(matches!(
            refused,
            Err(Error::AlreadyExists {
                kind: Kind::RosterItem,
                ..
            })
        ));
    }
    // Also by somebody who is not in that group.
    let refused = server
        .admin
        .create_roster_item(
            &server.account("kim"),
            new_contact("x@y", Subscription::None, &["Own", "Team"]),
        )
        .await;
    assert!(matches!(refused, Err(Error::SharedGroup { .. })));
    server
        .admin
        .create_roster_item(
            &server.account("kim"),
            new_contact("x@y", Subscription::None, &["team", "Own", "Own"]),
        )
        .await
        .unwrap();
    assert_eq!(server.roster("kim").await, [r#"x@y - 0 ["team", "Own", "Own"] []"#]);
}

#[tokio::test]
async fn a_change_of_a_shared_contact_is_kept_and_counts() {
    let server = Server::start().await;
    server.create_group("Team", Sharing::Members, &["jane", "john"]).await;
    let (jane, john) = (server.account("jane"), address("john"));
    let change = |changes| server.admin.change_roster_item(&jane, &john, changes);
    let groups = |groups: &[&str]| RosterItemChanges {
        groups: Some(owned(groups)),
        ..RosterItemChanges::default()
    };
    let refused = change(groups(&["Own"])).await;
    assert!(matches!(refused, Err(Error::SharedGroup { .. })));
    change(groups(&["Team", "Own"])).await.unwrap();
    assert_eq!(
        server.roster("jane").await,
        [r#"john@example.org John Doe 3 ["Own"] ["Team"]"#]
    );

    change(RosterItemChanges {
        nickname: Some(Some("J".to_owned())),
        subscription: Some(Subscription::None),
        groups: None,
    })
    .await
    .unwrap();
    assert_eq!(
        server.roster("jane").await,
        [r#"john@example.org J 0 ["Own"] ["Team"]"#]
    );
    server.admin.remove_group(&server.host, "Team").await.unwrap();
    assert_eq!(server.roster("jane").await, [r#"john@example.org J 0 ["Own"] []"#]);
}

#[tokio::test]
async fn a_shared_contact_cannot_be_removed_and_an_unknown_one_is_not_found() {
    let server = Server::start().await;
    server.create_group("Team", Sharing::Members, &["jane", "john"]).await;
    let remove = |contact: &str| {
        let (jane, contact) = (server.account("jane"), address(contact));
        let admin = server.admin.clone();
        async move { admin.remove_roster_item(&jane, &contact).await }
    };
    assert!(matches!(remove("john").await, Err(Error::SharedGroup { .. })));
    assert!(matches!(
        remove("kim").await,
        Err(Error::NotFound {
            kind: Kind::RosterItem,
            ..
        })
    ));
}

#[tokio::test]
async fn removing_a_contact_lowers_the_subscription_of_the_other_side() {
    for (ours, theirs, left) in [
        (Subscription::Both, Subscription::Both, 0),
        (Subscription::To, Subscription::Both, 1),
        (Subscription::From, Subscription::Both, 2),
        (Subscription::None, Subscription::Both, 3),
        (Subscription::Both, Subscription::From, 0),
        (Subscription::Both, Subscription::Remove, -1),
    ] {
        let server = Server::start().await;
        server.add_contact("jane", "john", ours).await;
        server.add_contact("john", "jane", theirs).await;
        server
            .admin
            .remove_roster_item(&server.account("jane"), &address("john"))
            .await
            .unwrap();
        assert!(server.roster("jane").await.is_empty());
        assert_eq!(
            server.roster("john").await,
            [format!("jane@example.org - {left} [] []")]
        );
    }
}
