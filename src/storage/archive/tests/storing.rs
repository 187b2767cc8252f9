use super::*;

#[tokio::test]
async fn a_message_is_stored_once_and_has_another_id_in_each_archive() {
    let test = TestStore::with_accounts(&["jane", "john"]).await;
    let copies = [("jane", "john@example.org/desk"), ("john", "jane@example.org/phone")];
    let ids = insert_all(&test, vec![message("hello", 5, &copies)]).await.remove(0);
    assert_ne!(ids[0], ids[1]);
    for (name, id, contact) in [("jane", &ids[0], copies[0].1), ("john", &ids[1], copies[1].1)] {
        let name = name.to_owned();
        let page = test
            .read(move |connection| list(connection, &owner(&name), &ArchiveFilter::default(), &first(), 10))
            .await;
        let expected = ArchivedMessage {
            id: id.clone().unwrap(),
            stanza: "hello".into(),
            at: moment(5),
            contact: FullAddress::parse(contact).unwrap(),
            address_visible: true,
            nickname: None,
        };
        assert_eq!(page.messages, [expected]);
    }
    assert_eq!(rows_of(&test, "archive_bodies").await, 1);
}

#[tokio::test]
async fn whoever_talks_with_himself_has_one_entry_and_who_is_not_there_has_none() {
    let test = TestStore::with_accounts(&["jane"]).await;
    let own = [("jane", "jane@example.org/desk"), ("jane", "jane@example.org/phone")];
    let ids = insert_all(&test, vec![message("note", 0, &own)]).await.remove(0);
    assert_eq!(ids[0], ids[1]);
    let nobody = insert_all(&test, vec![message("lost", 0, &[("nobody", "jane@example.org")])]).await;
    assert_eq!(nobody, [[None]]);
    assert_eq!(
        (
            rows_of(&test, "archive_bodies").await,
            rows_of(&test, "archive_entries").await
        ),
        (1, 1)
    );
}

#[tokio::test]
async fn the_order_of_the_commits_counts_when_the_clock_goes_back() {
    let test = TestStore::with_accounts(&["jane"]).await;
    let to_john = [("jane", "john@example.org")];
    insert_all(
        &test,
        vec![
            message("1", 5000, &to_john),
            message("2", 5000, &to_john),
            message("3", 0, &to_john),
        ],
    )
    .await;
    let page = listed(&test, ArchiveFilter::default(), first(), 10).await.unwrap();
    assert_eq!(texts(&page), "123");
    assert_eq!(page.messages[2].at, moment(0));
}

#[tokio::test]
async fn an_import_goes_where_its_times_belong_and_can_be_repeated() {
    let (test, _) = ten_messages().await;
    let to_john = [("jane", "john@example.org")];
    let old = Arc::new(vec![
        message("a", -1000, &to_john),
        message("b", 3000, &to_john),
        message("c", 3000, &to_john),
    ]);
    for expected in [3, 0] {
        let old = Arc::clone(&old);
        let imported = test.write(move |transaction| import(transaction, &old)).await.unwrap();
        assert_eq!(imported, expected);
    }
    let page = listed(&test, ArchiveFilter::default(), first(), 100).await.unwrap();
    assert_eq!(texts(&page), "a0123bc456789");
}

#[tokio::test]
async fn each_entry_is_told_with_its_owner_and_id() {
    let test = TestStore::with_accounts(&["jane", "john"]).await;
    let heard = Arc::new(std::sync::Mutex::new(Vec::new()));
    let ears = Arc::clone(&heard);
    let listener: Listener = Box::new(move |event| ears.lock().unwrap().push(event.clone()));
    test.store().listen(listener);
    let copies = [("jane", "john@example.org/desk"), ("john", "jane@example.org/phone")];
    let ids = insert_all(&test, vec![message("hello", 0, &copies)]).await.remove(0);
    let expected: Vec<Event> = copies
        .iter()
        .zip(ids)
        .map(|((name, contact), id)| Event::MessageArchived {
            owner: owner(name),
            contact: FullAddress::parse(contact).unwrap().bare,
            id: id.unwrap(),
        })
        .collect();
    assert_eq!(*heard.lock().unwrap(), expected);
}

#[tokio::test]
async fn preferences_are_kept_and_bounded() {
    let test = TestStore::with_accounts(&["jane"]).await;
    assert_eq!(
        test.read(|connection| find_preferences(connection, &account("jane")))
            .await,
        None
    );
    let preferences = ArchivePreferences {
        standard: ArchiveStandard::Contacts,
        always: vec![FullAddress::parse("john@example.org").unwrap()],
        never: vec![FullAddress::parse("mary@example.org/a/b").unwrap()],
    };
    let set = |most| {
        let preferences = preferences.clone();
        test.write(move |transaction| set_preferences(transaction, &account("jane"), &preferences, most))
    };
    assert!(matches!(set(1).await, Err(Error::LimitReached { most: 1, .. })));
    set(2).await.unwrap();
    let found = test
        .read(|connection| find_preferences(connection, &account("jane")))
        .await;
    assert_eq!(found, Some(preferences));
}
