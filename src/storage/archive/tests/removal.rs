use super::*;
use crate::domain::room::RoomFarewell;

#[tokio::test]
async fn old_messages_go_in_slices_and_a_body_goes_with_its_last_entry() {
    let test = TestStore::with_accounts(&["jane", "john"]).await;
    let both = [("jane", "john@example.org"), ("john", "jane@example.org")];
    insert_all(
        &test,
        (0..10)
            .map(|number| message(&number.to_string(), number, &both))
            .collect(),
    )
    .await;
    let archives = test.read(|connection| list_archives(connection, None, 10)).await;
    assert_eq!(archives.len(), 2);
    let remove = |archive: ArchiveId| {
        test.write(move |transaction| remove_before(transaction, archive, Before::moment(moment(5)), 3))
    };
    assert_eq!(
        (remove(archives[0]).await.unwrap(), remove(archives[0]).await.unwrap()),
        (3, 2)
    );
    assert_eq!(remove(archives[0]).await.unwrap(), 0);
    assert_eq!(rows_of(&test, "archive_bodies").await, 10);
    while remove(archives[1]).await.unwrap() > 0 {}
    assert_eq!(rows_of(&test, "archive_bodies").await, 5);
    let page = listed(&test, ArchiveFilter::default(), first(), 100).await.unwrap();
    assert_eq!(texts(&page), "56789");
}

#[tokio::test]
async fn what_is_beyond_the_newest_so_many_is_found() {
    let (test, _) = ten_messages().await;
    let archive = test.read(|connection| list_archives(connection, None, 10)).await[0];
    for (most, kept) in [(3, "789"), (0, "")] {
        test.write(move |transaction| {
            let excess = find_excess(transaction, archive, most)?.unwrap();
            remove_before(transaction, archive, excess, 100)
        })
        .await
        .unwrap();
        let page = listed(&test, ArchiveFilter::default(), first(), 100).await.unwrap();
        assert_eq!(texts(&page), kept);
    }
    assert_eq!(
        test.read(move |connection| find_excess(connection, archive, 3)).await,
        None
    );
}

#[tokio::test]
async fn the_archive_of_a_removed_account_is_gone_at_once_and_its_rows_go_in_slices() {
    let (test, ids) = ten_messages().await;
    insert_all(
        &test,
        vec![message(
            "shared",
            20_000,
            &[("jane", "john@example.org"), ("john", "jane@example.org")],
        )],
    )
    .await;
    test.write(|transaction| {
        account_moves::remove(transaction, &account("jane"), &account("admin").to_address())?;
        crate::storage::testing::insert_account(transaction, "jane")
    })
    .await
    .unwrap();
    let page = listed(&test, ArchiveFilter::default(), first(), 100).await.unwrap();
    assert!(page.messages.is_empty());
    let by_id = ArchivePosition::After(Some(ids[0].clone()));
    assert!(listed(&test, ArchiveFilter::default(), by_id, 10).await.is_err());
    let mut slices = 0;
    while test
        .write(|transaction| remove_ownerless(transaction, 4))
        .await
        .unwrap()
    {
        slices += 1;
    }
    assert_eq!(slices, 3);
    assert_eq!(
        (
            rows_of(&test, "archive_entries").await,
            rows_of(&test, "archive_bodies").await
        ),
        (1, 1)
    );
    assert_eq!(rows_of(&test, "archives").await, 1);
}

#[tokio::test]
async fn an_archive_is_cleared_at_once_and_goes_on_empty() {
    let (test, _) = ten_messages().await;
    test.write(|transaction| clear(transaction, &owner("jane")))
        .await
        .unwrap();
    insert_all(&test, vec![message("new", 0, &[("jane", "john@example.org")])]).await;
    let page = listed(&test, ArchiveFilter::default(), first(), 100).await.unwrap();
    assert_eq!(texts(&page), "new");
}

#[tokio::test]
async fn a_renamed_account_keeps_its_archive() {
    let (test, ids) = ten_messages().await;
    test.write(|transaction| {
        let heir = account("admin").to_address();
        account_moves::rename(
            transaction,
            &account("jane"),
            &account("janet"),
            &AccountChanges::default(),
            &heir,
            moment(0),
        )
    })
    .await
    .unwrap();
    let page = test
        .read(|connection| list(connection, &owner("janet"), &ArchiveFilter::default(), &first(), 1))
        .await;
    assert_eq!(page.messages[0].id, ids[0]);
}

#[tokio::test]
async fn a_room_has_an_archive_that_goes_with_it() {
    let test = TestStore::with_accounts(&["jane"]).await;
    let place = RoomPlace {
        host: host(),
        service: "conference".into(),
        name: Localpart::from_stored("hall"),
    };
    let room = ArchiveOwner::Room(place.clone());
    let said = NewArchivedMessage {
        stanza: "hello".into(),
        at: moment(0),
        copies: vec![ArchiveCopy {
            owner: room.clone(),
            contact: FullAddress::parse("jane@example.org/desk").unwrap(),
            address_visible: false,
            nickname: None,
        }],
    };
    let missing = test
        .write({
            let said = said.clone();
            move |transaction| insert(transaction, &said)
        })
        .await
        .unwrap();
    assert_eq!(missing, [None]);
    test.write(|transaction| Ok(insert_room(transaction, "hall")))
        .await
        .unwrap();
    test.write(move |transaction| insert(transaction, &said)).await.unwrap();
    let page = test
        .read({
            let room = room.clone();
            move |connection| list(connection, &room, &ArchiveFilter::default(), &first(), 10)
        })
        .await;
    assert!(!page.messages[0].address_visible);
    test.write(move |transaction| rooms::remove(transaction, &place, &RoomFarewell::default()))
        .await
        .unwrap();
    assert!(
        test.write(|transaction| remove_ownerless(transaction, 10))
            .await
            .unwrap()
    );
    assert_eq!(rows_of(&test, "archive_bodies").await, 0);
}
