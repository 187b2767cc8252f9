use super::*;

#[tokio::test]
async fn a_subscription_is_asked_for_given_and_ended_by_the_subscriber() {
    let scene = Scene::new().await;
    assert!(scene.send("jane", "john", Subscribe).await);
    assert_eq!(scene.heard(), ["jane: item john None?", "john: Subscribe of jane"]);
    assert_eq!(scene.requests("john").await, ["jane Subscribe 0"]);
    assert_eq!(scene.item("john", "jane").await, None);

    assert!(scene.send("john", "jane", Subscribed).await);
    assert_eq!(
        scene.heard(),
        [
            "jane: Subscribed of john",
            "jane: item john To",
            "john: item jane From",
            "jane: presence of john"
        ]
    );
    assert!(scene.requests("john").await.is_empty());

    assert!(scene.send("jane", "john", Unsubscribe).await);
    assert_eq!(
        scene.heard(),
        [
            "jane: item john None",
            "john: Unsubscribe of jane",
            "john: item jane None",
            "jane: no presence of john"
        ]
    );
}

#[tokio::test]
async fn who_is_seen_ends_a_subscription_with_its_last_presence_before_the_word() {
    let scene = Scene::new().await;
    scene.see_each_other().await;
    assert_eq!(scene.item("jane", "john").await.unwrap(), "Both");
    assert!(scene.send("john", "jane", Unsubscribed).await);
    assert_eq!(
        scene.heard(),
        [
            "john: item jane To",
            "jane: no presence of john",
            "jane: Unsubscribed of john",
            "jane: item john From"
        ]
    );
}

#[tokio::test]
async fn a_request_is_denied() {
    let scene = Scene::new().await;
    scene.send("jane", "john", Subscribe).await;
    scene.heard();
    assert!(scene.send("john", "jane", Unsubscribed).await);
    assert_eq!(scene.heard(), ["jane: Unsubscribed of john", "jane: item john None"]);
    assert!(scene.requests("john").await.is_empty());
    assert_eq!(scene.item("john", "jane").await, None);
}

#[tokio::test]
async fn a_request_is_taken_back() {
    let scene = Scene::new().await;
    scene.send("jane", "john", Subscribe).await;
    scene.heard();
    scene.send("jane", "john", Unsubscribe).await;
    assert_eq!(scene.heard(), ["jane: item john None", "john: Unsubscribe of jane"]);
    assert!(scene.requests("john").await.is_empty());
}

#[tokio::test]
async fn a_request_that_was_approved_before_is_answered_by_the_service() {
    let scene = Scene::new().await;
    assert!(!scene.send("john", "jane", Subscribed).await);
    assert_eq!(scene.heard(), ["john: item jane None!"]);
    scene.send("jane", "john", Subscribe).await;
    assert_eq!(
        scene.heard(),
        [
            "jane: item john None?",
            "jane: Subscribed of john",
            "jane: item john To",
            "john: item jane From",
            "jane: presence of john"
        ]
    );
    assert!(scene.requests("john").await.is_empty());
}

#[tokio::test]
async fn an_approval_in_advance_is_taken_back() {
    let scene = Scene::new().await;
    scene.send("john", "jane", Subscribed).await;
    scene.heard();
    assert!(!scene.send("john", "jane", Unsubscribed).await);
    assert_eq!(scene.heard(), ["john: item jane None"]);
}

#[tokio::test]
async fn a_request_of_who_sees_already_brings_a_one_sided_roster_in_order() {
    let scene = Scene::new().await;
    scene.see_each_other().await;
    scene
        .test
        .write(|transaction| {
            transaction
                .execute(
                    "UPDATE roster_items SET subscription = 0 \
                     WHERE roster = (SELECT id FROM rosters WHERE localpart = 'jane')",
                    [],
                )
                .map_err(failure)
        })
        .await
        .unwrap();
    scene.send("jane", "john", Subscribe).await;
    assert_eq!(
        scene.heard(),
        [
            "jane: item john None?",
            "jane: Subscribed of john",
            "jane: item john To"
        ]
    );
}

#[tokio::test]
async fn a_stanza_from_elsewhere_changes_the_recipient_only_and_the_answer_is_given_back() {
    let scene = Scene::new().await;
    let receive_from = |kind| {
        scene.test.write(move |transaction| {
            let sender = address("far@example.net");
            receive(
                transaction,
                &account("john"),
                &sender,
                kind,
                &Arc::from("x"),
                moment(0),
                &LIMITS,
            )
        })
    };
    assert!(!scene.send("john", "far@example.net", Subscribed).await);
    assert_eq!(receive_from(Subscribe).await.unwrap(), Some(Subscribed));
    assert_eq!(
        scene.heard(),
        ["john: item far None!", "john: item far From", "far: presence of john"]
    );
    assert!(scene.send("john", "far@example.net", Subscribe).await);
    receive_from(Subscribed).await.unwrap();
    assert_eq!(
        scene.heard(),
        ["john: item far From?", "john: Subscribed of far", "john: item far Both"]
    );
}

#[tokio::test]
async fn nobody_subscribes_to_himself_and_a_stranger_is_asked_in_vain() {
    let scene = Scene::new().await;
    assert!(!scene.send("jane", "jane", Subscribe).await);
    assert_eq!(scene.item("jane", "jane").await, None);
    assert!(scene.send("jane", "nobody", Subscribe).await);
    assert_eq!(scene.heard(), ["jane: item nobody None?"]);
}
