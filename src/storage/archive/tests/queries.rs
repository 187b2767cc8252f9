use super::*;

#[tokio::test]
async fn filters_choose_by_contact_time_and_id() {
    let (test, ids) = ten_messages().await;
    let id = |number: usize| Some(ids[number].clone());
    let named = |numbers: &[usize]| Some(numbers.iter().map(|number| ids[*number].clone()).collect::<Vec<_>>());
    let (least, most) = (Some(jiff::Timestamp::MIN), Some(jiff::Timestamp::MAX));
    let at = |milliseconds| Some(moment(milliseconds));
    for (filter, expected) in [
        (filter(|_| ()), "0123456789"),
        (filter(|f| f.with = Some(full("john@example.org"))), "02468"),
        (filter(|f| f.with = Some(full("john@example.org/phone"))), "26"),
        (filter(|f| f.with = Some(full("nobody@example.org"))), ""),
        (filter(|f| f.start = at(3000)), "3456789"),
        (filter(|f| f.start = at(3001)), "456789"),
        (filter(|f| f.end = at(3000)), "0123"),
        (filter(|f| f.end = at(2999)), "012"),
        (filter(|f| (f.start, f.end) = (at(2000), at(4000))), "234"),
        (filter(|f| (f.start, f.end) = (at(4000), at(2000))), ""),
        (filter(|f| (f.start, f.end) = (least, most)), "0123456789"),
        (filter(|f| f.after = id(3)), "456789"),
        (filter(|f| f.before = id(3)), "012"),
        (
            filter(|f| (f.after, f.before, f.with) = (id(2), id(6), Some(full("mary@example.net")))),
            "35",
        ),
        (filter(|f| f.ids = named(&[7, 1, 7])), "17"),
        (filter(|f| (f.ids, f.end) = (named(&[7, 1]), at(5000))), "1"),
        (
            filter(|f| (f.ids, f.with) = (named(&[7, 6, 1]), Some(full("mary@example.net")))),
            "17",
        ),
        (filter(|f| f.ids = named(&[])), ""),
    ] {
        for position in [first(), ArchivePosition::Before(None)] {
            let found = listed(&test, filter.clone(), position, 100).await.unwrap();
            assert_eq!((texts(&found).as_str(), found.complete), (expected, true), "{filter:?}");
        }
        for most in [usize::MAX, 2] {
            let query = filter.clone();
            let counted = test
                .read(move |connection| count(connection, &owner("jane"), &query, most))
                .await;
            assert_eq!(counted, expected.len().min(most) as u64, "{filter:?}");
        }
    }
}

#[tokio::test]
async fn pages_go_forward_and_backward_and_say_when_they_are_the_last() {
    let (test, _) = ten_messages().await;
    let filter = filter(|f| f.with = Some(full("john@example.org")));
    for (backward, expected) in [(false, ["02", "46", "8"]), (true, ["68", "24", "0"])] {
        let mut position = if backward {
            ArchivePosition::Before(None)
        } else {
            first()
        };
        for (number, expected) in expected.iter().enumerate() {
            let page = listed(&test, filter.clone(), position.clone(), 2).await.unwrap();
            assert_eq!(texts(&page), *expected);
            assert_eq!(page.complete, number == 2, "{expected}");
            position = if backward {
                ArchivePosition::Before(page.messages.first().map(|message| message.id.clone()))
            } else {
                ArchivePosition::After(page.messages.last().map(|message| message.id.clone()))
            };
        }
    }
    let whole = listed(&test, filter, first(), 5).await.unwrap();
    assert!(whole.complete);
}

#[tokio::test]
async fn an_id_that_the_archive_does_not_have_is_not_found() {
    let (test, ids) = ten_messages().await;
    insert_all(&test, vec![message("other", 0, &[("john", "jane@example.org")])]).await;
    let johns = test
        .read(|connection| list(connection, &owner("john"), &ArchiveFilter::default(), &first(), 1))
        .await;
    for id in ["", "no id", "0123456789abcdef", &johns.messages[0].id] {
        let id = || Some(id.to_owned());
        for (filter, position) in [
            (filter(|f| f.after = id()), first()),
            (filter(|f| f.before = id()), first()),
            (filter(|f| f.ids = Some(vec![ids[0].clone(), id().unwrap()])), first()),
            (filter(|_| ()), ArchivePosition::After(id())),
            (filter(|_| ()), ArchivePosition::Before(id())),
        ] {
            let found = listed(&test, filter.clone(), position.clone(), 10).await;
            assert!(matches!(found, Err(Error::NotFound { .. })), "{filter:?} {position:?}");
        }
    }
}

#[tokio::test]
async fn an_archive_that_was_never_written_to_is_empty() {
    let test = TestStore::with_accounts(&["jane"]).await;
    let page = listed(&test, ArchiveFilter::default(), first(), 10).await.unwrap();
    assert!(page.messages.is_empty() && page.complete);
    assert_eq!(
        test.read(|connection| find_ends(connection, &owner("jane"))).await,
        None
    );
    let after = ArchivePosition::After(Some("0123456789abcdef".into()));
    assert!(matches!(
        listed(&test, ArchiveFilter::default(), after, 10).await,
        Err(Error::NotFound { .. })
    ));
}

#[tokio::test]
async fn the_ends_of_an_archive_are_its_oldest_and_newest_message() {
    let (test, ids) = ten_messages().await;
    let ends = test
        .read(|connection| find_ends(connection, &owner("jane")))
        .await
        .unwrap();
    assert_eq!((&ends.first.id, ends.first.at), (&ids[0], moment(0)));
    assert_eq!((&ends.last.id, ends.last.at), (&ids[9], moment(9000)));
}
