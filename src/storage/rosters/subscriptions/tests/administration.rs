use super::*;

#[tokio::test]
async fn the_removal_of_a_contact_ends_both_directions_on_both_sides() {
    let scene = Scene::new().await;
    scene.see_each_other().await;
    scene
        .test
        .write(|transaction| {
            rosters::remove(
                transaction,
                &account("jane"),
                &address("john"),
                RosterCause::Administration,
            )
        })
        .await
        .unwrap();
    assert_eq!(
        scene.heard(),
        [
            "john: item jane To",
            "jane: no presence of john",
            "john: Unsubscribe of jane",
            "john: item jane None",
            "john: Unsubscribed of jane",
            "jane: item john removed",
            "john: no presence of jane",
        ]
    );
}

#[tokio::test]
async fn a_contact_hears_the_word_before_what_a_client_changed_by_removing_it() {
    let scene = Scene::new().await;
    scene.see_each_other().await;
    scene
        .test
        .write(|transaction| rosters::remove(transaction, &account("jane"), &address("john"), RosterCause::Client))
        .await
        .unwrap();
    assert_eq!(
        scene.heard(),
        [
            "jane: item john removed",
            "john: no presence of jane",
            "john: Unsubscribe of jane",
            "john: item jane To",
            "jane: no presence of john",
            "john: Unsubscribed of jane",
            "john: item jane None",
        ]
    );
}

#[tokio::test]
async fn the_removal_of_a_contact_takes_back_and_denies_requests() {
    let scene = Scene::new().await;
    scene.send("jane", "john", Subscribe).await;
    scene.send("john", "jane", Subscribe).await;
    scene.heard();
    scene
        .test
        .write(|transaction| {
            rosters::remove(
                transaction,
                &account("jane"),
                &address("john"),
                RosterCause::Administration,
            )
        })
        .await
        .unwrap();
    assert_eq!(
        scene.heard(),
        [
            "john: Unsubscribe of jane",
            "john: item jane None",
            "john: Unsubscribed of jane",
            "jane: item john removed",
        ]
    );
    assert!(scene.requests("john").await.is_empty() && scene.requests("jane").await.is_empty());
}

#[tokio::test]
async fn who_has_blocked_the_owner_is_not_told_of_a_removal() {
    let scene = Scene::new().await;
    scene.see_each_other().await;
    scene
        .test
        .write(|transaction| {
            blocked::block(
                transaction,
                &account("john"),
                &[FullAddress::from_stored("jane@example.org")],
                9,
            )?;
            rosters::remove(
                transaction,
                &account("jane"),
                &address("john"),
                RosterCause::Administration,
            )
        })
        .await
        .unwrap();
    assert!(!scene.heard().iter().any(|heard| heard.starts_with("john: Unsubscribe")));
    assert_eq!(scene.item("john", "jane").await.unwrap(), "None");
}

#[tokio::test]
async fn a_subscription_that_an_administrator_sets_answers_the_request() {
    let scene = Scene::new().await;
    scene.send("jane", "john", Subscribe).await;
    scene
        .test
        .write(|transaction| {
            let new = NewRosterItem {
                contact: address("jane"),
                nickname: None,
                subscription: Subscription::Both,
                groups: Vec::new(),
            };
            let refused = rosters::insert(transaction, &account("john"), &new);
            assert!(matches!(refused, Err(Error::AlreadyExists { .. })), "{refused:?}");
            let both = RosterItemChanges {
                subscription: Some(Subscription::Both),
                ..RosterItemChanges::default()
            };
            rosters::change(transaction, &account("john"), &address("jane"), &both)
        })
        .await
        .unwrap();
    assert!(scene.requests("john").await.is_empty());
}

#[tokio::test]
async fn what_a_shared_group_gives_is_not_negotiable() {
    let scene = Scene::new().await;
    scene
        .test
        .write(|transaction| {
            let content = GroupContent {
                sharing: Sharing::Members,
                members: vec![address("jane"), address("john")],
                ..GroupContent::empty("crew")
            };
            groups::insert(transaction, &host(), &content)
        })
        .await
        .unwrap();
    for kind in [Subscribe, Subscribed, Unsubscribe, Unsubscribed] {
        scene.send("jane", "john", kind).await;
    }
    assert_eq!(scene.heard(), [] as [&str; 0]);
    assert_eq!(scene.item("jane", "john").await.unwrap(), "Both");
    assert!(scene.requests("john").await.is_empty());
}

#[tokio::test]
async fn below_a_shared_group_a_subscription_of_ones_own_ends_on_both_sides() {
    let scene = Scene::new().await;
    scene.see_each_other().await;
    scene
        .test
        .write(|transaction| {
            let content = GroupContent {
                sharing: Sharing::Members,
                members: vec![address("jane"), address("john")],
                ..GroupContent::empty("crew")
            };
            groups::insert(transaction, &host(), &content)
        })
        .await
        .unwrap();
    scene.send("jane", "john", Unsubscribe).await;
    assert_eq!(scene.item("jane", "john").await.unwrap(), "Both");
    scene
        .test
        .write(|transaction| groups::remove(transaction, &host(), "crew"))
        .await
        .unwrap();
    assert_eq!(scene.item("jane", "john").await.unwrap(), "From");
    assert_eq!(scene.item("john", "jane").await.unwrap(), "To");
}

#[tokio::test]
async fn requests_go_with_their_sender_and_move_with_it() {
    let scene = Scene::new().await;
    scene.send("jane", "john", Subscribe).await;
    scene.send("mary", "john", Subscribe).await;
    scene
        .test
        .write(|transaction| {
            let heir = address("admin@example.org");
            account_moves::remove(transaction, &account("mary"), &heir)?;
            account_moves::rename(
                transaction,
                &account("jane"),
                &account("janet"),
                &crate::domain::account::AccountChanges::default(),
                &heir,
                moment(0),
            )
        })
        .await
        .unwrap();
    let page = scene
        .test
        .read(|connection| list_requests(connection, &account("john"), &PageRequest::first()))
        .await;
    let senders: Vec<&str> = page.items.iter().map(|request| request.sender.as_str()).collect();
    assert_eq!(senders, ["janet@example.org"]);
    scene.heard();
    scene.send("john", "janet", Subscribed).await;
    assert_eq!(scene.item("janet", "john").await.unwrap(), "To");
}

#[tokio::test]
async fn a_client_may_set_a_contact_without_touching_its_subscription() {
    let scene = Scene::new().await;
    scene.see_each_other().await;
    let limits = RosterLimits { contacts: 9, groups: 9 };
    scene
        .test
        .write(move |transaction| {
            let set = RosterSet {
                contact: address("john"),
                nickname: Some("Johnny".into()),
                groups: vec!["Friends".into()],
            };
            rosters::set(transaction, &account("jane"), &set, &limits)
        })
        .await
        .unwrap();
    assert_eq!(scene.heard(), ["jane: item john Both"]);
}

#[tokio::test]
async fn administrators_see_a_request_among_the_contacts_and_deny_it_by_removing_it() {
    let scene = Scene::new().await;
    scene.send("john", "jane", Subscribe).await;
    scene.send("jane", "mary", Subscribe).await;
    scene.heard();
    let listed = scene
        .test
        .read(|connection| rosters::list_with_requests(connection, &account("jane"), &PageRequest::first()))
        .await;
    let seen: Vec<_> = listed.items.iter().map(|item| item.contact.as_str()).collect();
    assert_eq!(seen, ["john@example.org", "mary@example.org"]);
    assert!(listed.items[0].is_request && !listed.items[1].is_request);
    let remove = |cause| {
        scene
            .test
            .write(move |transaction| rosters::remove(transaction, &account("jane"), &address("john"), cause))
    };
    assert!(matches!(remove(RosterCause::Client).await, Err(Error::NotFound { .. })));
    remove(RosterCause::Administration).await.unwrap();
    assert_eq!(
        scene.heard(),
        [
            "john: item jane None",
            "john: Unsubscribed of jane",
            "jane: item john removed"
        ]
    );
    assert!(scene.requests("jane").await.is_empty());
}

#[tokio::test]
async fn a_page_of_contacts_and_requests_leaves_nobody_out() {
    let scene = Scene::new().await;
    scene.send("john", "jane", Subscribe).await;
    scene.send("mary", "jane", Subscribe).await;
    scene.send("jane", "anne@elsewhere.example", Subscribe).await;
    scene.send("jane", "lucy@elsewhere.example", Subscribe).await;
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let request = PageRequest { after, limit: 1 };
        let page = scene
            .test
            .read(move |connection| rosters::list_with_requests(connection, &account("jane"), &request))
            .await;
        seen.extend(page.items.iter().map(|item| item.contact.as_str().to_owned()));
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!(
        seen,
        [
            "anne@elsewhere.example",
            "john@example.org",
            "lucy@elsewhere.example",
            "mary@example.org"
        ]
    );
}
