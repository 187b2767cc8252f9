use super::*;

#[tokio::test]
async fn a_repeated_request_replaces_the_first_and_comes_again_but_not_too_soon() {
    let scene = Scene::new().await;
    scene.send("jane", "john", Subscribe).await;
    scene.heard();
    scene.try_send("jane", "john", Subscribe, 9_999).await.unwrap();
    assert_eq!(scene.heard(), [] as [&str; 0]);
    assert_eq!(scene.requests("john").await, ["jane Subscribe 0"]);
    scene.try_send("jane", "john", Subscribe, 10_000).await.unwrap();
    assert_eq!(scene.heard(), ["john: Subscribe of jane"]);
    assert_eq!(scene.requests("john").await, ["jane Subscribe 10000"]);
}

#[tokio::test]
async fn requests_beyond_the_limit_are_dropped_and_the_sender_does_not_learn_of_it() {
    let scene = Scene::new().await;
    let receive_from = |sender: &'static str| {
        scene.test.write(move |transaction| {
            receive(
                transaction,
                &account("john"),
                &address(sender),
                Subscribe,
                &Arc::from(sender),
                moment(0),
                &LIMITS,
            )
        })
    };
    for sender in ["a@example.net", "b@example.net", "c@example.net"] {
        assert_eq!(receive_from(sender).await.unwrap(), None);
    }
    assert_eq!(scene.requests("john").await, ["a@example.net", "b@example.net"]);
    scene.heard();
    scene.send("jane", "john", Subscribe).await;
    assert_eq!(scene.heard(), ["jane: item john None?"]);
}

#[tokio::test]
async fn who_has_blocked_the_sender_hears_nothing() {
    let scene = Scene::new().await;
    let new = NewSubscription {
        kind: Subscribe,
        contact: address("john"),
        stanza: "x".into(),
        blocked: true,
        at: moment(0),
    };
    scene
        .test
        .write(move |transaction| send(transaction, &account("jane"), &new, &LIMITS))
        .await
        .unwrap();
    assert_eq!(scene.heard(), ["jane: item john None?"]);
    assert!(scene.requests("john").await.is_empty());
}

#[tokio::test]
async fn a_full_roster_refuses_a_new_contact_and_goes_on_with_the_others() {
    let scene = Scene::new().await;
    for contact in ["a@example.net", "b@example.net", "c@example.net"] {
        scene.send("jane", contact, Subscribe).await;
    }
    let refused = scene.try_send("jane", "john", Subscribe, 0).await;
    assert!(matches!(
        refused,
        Err(Error::LimitReached {
            what: "contacts",
            most: 3
        })
    ));
    assert!(scene.requests("john").await.is_empty());
    assert!(scene.send("jane", "a@example.net", Unsubscribe).await);
    assert!(scene.send("jane", "d@example.net", Unsubscribe).await);
}
