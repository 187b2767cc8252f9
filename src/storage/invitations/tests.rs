use super::*;
use crate::domain::account::{AccountChanges, Lockout, OpenSessions};
use crate::domain::roster::Subscription;
use crate::storage::testing::{TestStore, account, host, insert_account, moment};
use crate::storage::{account_moves, rosters};

const LIMITS: SubscriptionLimits = SubscriptionLimits {
    contacts: 9,
    requests: 9,
    repetition: SignedDuration::ZERO,
};

const MOST: InvitationLimits = InvitationLimits {
    at_a_time: 2,
    in_a_day: 9,
};

const MANY: InvitationLimits = InvitationLimits {
    at_a_time: 9,
    in_a_day: 9,
};

fn token() -> Token {
    Token::shown("token")
}

fn new(username: Option<&str>, uses: u32) -> NewInvitation {
    NewInvitation {
        purpose: Purpose::Account {
            host: host(),
            username: username.map(|name| Localpart::prepare(name).unwrap()),
        },
        inviter: Some(account("jane")),
        uses,
        lifetime: None,
    }
}

async fn with(username: Option<&str>, uses: u32) -> TestStore {
    let test = TestStore::with_accounts(&["jane", "john"]).await;
    let new = new(username, uses);
    test.write(move |transaction| insert(transaction, &new, &token(), (moment(0), moment(60)), MOST))
        .await
        .unwrap();
    test
}

async fn found(test: &TestStore, now: i64) -> Option<Invitation> {
    test.read(move |connection| find(connection, &host(), &token(), moment(now)))
        .await
}

async fn subscription(test: &TestStore, owner: &'static str, contact: &'static str) -> Option<Subscription> {
    test.read(move |connection| rosters::find(connection, &account(owner), &account(contact).to_address()))
        .await
        .map(|item| item.subscription)
}

#[tokio::test]
async fn an_invitation_is_found_by_its_token_until_it_expires() {
    let test = with(None, 1).await;
    assert!(found(&test, 59).await.is_some());
    assert!(found(&test, 60).await.is_none());
    let other = test
        .read(|connection| find(connection, &host(), &Token::shown("Token"), moment(0)))
        .await;
    assert_eq!(other, None);
}

#[tokio::test]
async fn whoever_comes_and_the_inviter_become_contacts_and_the_invitation_is_used_up() {
    let test = with(None, 1).await;
    let number = found(&test, 0).await.unwrap().number;
    test.write(move |transaction| {
        insert_account(transaction, "anna")?;
        // He has shown the token before it expired.
        accept(transaction, number, &account("anna"), moment(99), &LIMITS)
    })
    .await
    .unwrap();
    assert_eq!(subscription(&test, "jane", "anna").await, Some(Subscription::Both));
    assert_eq!(subscription(&test, "anna", "jane").await, Some(Subscription::Both));
    let second = test
        .write(move |transaction| accept(transaction, number, &account("john"), moment(0), &LIMITS))
        .await;
    assert!(matches!(second, Err(Error::NotAllowed { .. })), "{second:?}");
    assert_eq!(subscription(&test, "jane", "john").await, None);
}

#[tokio::test]
async fn a_contact_that_shows_the_token_is_approved_and_asked() {
    let test = with(None, 2).await;
    let accepted = test
        .write(|transaction| {
            accept_contact(
                transaction,
                &token(),
                &account("jane"),
                &account("john"),
                moment(0),
                &LIMITS,
            )
        })
        .await;
    assert!(accepted.unwrap());
    assert_eq!(subscription(&test, "john", "jane").await, Some(Subscription::To));
    assert_eq!(subscription(&test, "jane", "john").await, Some(Subscription::From));
    assert_eq!(found(&test, 0).await.map(|invitation| invitation.uses), Some(1));
    let others = test
        .write(|transaction| {
            accept_contact(
                transaction,
                &token(),
                &account("john"),
                &account("jane"),
                moment(0),
                &LIMITS,
            )
        })
        .await;
    assert!(!others.unwrap());
}

#[tokio::test]
async fn a_name_is_kept_for_whoever_is_invited() {
    let test = with(Some("anna"), 1).await;
    let number = found(&test, 0).await.unwrap().number;
    for (by_other_than, now, kept) in [(None, 0, true), (Some(number), 0, false), (None, 60, false)] {
        let is_kept = test
            .read(move |connection| is_kept(connection, &account("anna"), by_other_than, moment(now)))
            .await;
        assert_eq!(is_kept, kept);
    }
    let (taken, second) = (new(Some("john"), 1), new(Some("anna"), 1));
    for new in [taken, second] {
        let refused = test
            .write(move |transaction| insert(transaction, &new, &Token::shown("other"), (moment(0), moment(60)), MANY))
            .await;
        assert!(matches!(refused, Err(Error::AlreadyExists { .. })), "{refused:?}");
    }
}

#[tokio::test]
async fn so_many_invitations_of_one_account_are_valid_at_a_time() {
    let test = with(None, 1).await;
    let insert = |name: &'static str, now: i64| {
        test.write(move |transaction| {
            let times = (moment(now), moment(now + 60));
            insert(transaction, &new(None, 1), &Token::shown(name), times, MOST)
        })
    };
    insert("second", 0).await.unwrap();
    assert!(matches!(insert("third", 0).await, Err(Error::LimitReached { .. })));
    insert("third", 24 * 3_600_060).await.unwrap();
    // Those that have expired and count no more for the day are gone.
    assert_eq!(found(&test, 0).await, None);
}

#[tokio::test]
async fn an_account_makes_so_many_invitations_in_a_day_used_up_or_not() {
    let test = TestStore::with_accounts(&["jane", "john"]).await;
    let limits = InvitationLimits {
        at_a_time: 2,
        in_a_day: 3,
    };
    let make = |name: &'static str, now: i64| {
        test.write(move |transaction| {
            let times = (moment(now), moment(now + 60));
            insert(transaction, &new(None, 1), &Token::shown(name), times, limits)
        })
    };
    for name in ["first", "second", "third"] {
        let number = make(name, 0).await.unwrap();
        test.write(move |transaction| accept(transaction, number, &account("john"), moment(0), &LIMITS))
            .await
            .unwrap();
    }
    let day = 24 * 3_600_000;
    for now in [0, day - 1] {
        let refused = make("fourth", now).await;
        assert!(
            matches!(refused, Err(Error::LimitReached { most: 3, .. })),
            "{refused:?}"
        );
    }
    let used_up = test
        .read(|connection| find(connection, &host(), &Token::shown("third"), moment(1)))
        .await;
    assert_eq!(used_up, None);
    make("fourth", day).await.unwrap();
}

#[tokio::test]
async fn the_contact_is_the_inviter_by_whatever_name_and_not_who_has_taken_the_old_one() {
    let test = with(None, 1).await;
    let number = found(&test, 0).await.unwrap().number;
    test.write(move |transaction| {
        let (jane, joan) = (account("jane"), account("joan"));
        let (changes, heir) = (AccountChanges::default(), account("john").to_address());
        account_moves::rename(transaction, &jane, &joan, &changes, &heir, moment(0))?;
        insert_account(transaction, "jane")?;
        insert_account(transaction, "anna")?;
        accept(transaction, number, &account("anna"), moment(0), &LIMITS)
    })
    .await
    .unwrap();
    assert_eq!(subscription(&test, "jane", "anna").await, None);
    assert_eq!(subscription(&test, "anna", "jane").await, None);
    assert_eq!(subscription(&test, "joan", "anna").await, Some(Subscription::Both));
}

#[tokio::test]
async fn nobody_comes_while_the_inviter_is_locked_out() {
    let test = with(None, 1).await;
    let number = found(&test, 0).await.unwrap().number;
    let lockout = Lockout {
        until: Some(moment(10)),
        ..Lockout::default()
    };
    test.write(move |transaction| accounts::lock(transaction, &account("jane"), &lockout, OpenSessions::Keep))
        .await
        .unwrap();
    assert_eq!(found(&test, 9).await, None);
    let accepted =
        |now: i64| test.write(move |transaction| accept(transaction, number, &account("john"), moment(now), &LIMITS));
    assert!(matches!(accepted(9).await, Err(Error::NotAllowed { .. })));
    assert!(found(&test, 10).await.is_some());
    accepted(10).await.unwrap();
}

#[tokio::test]
async fn nobody_comes_by_an_inviter_who_has_gone_before_his_rows() {
    let test = with(None, 1).await;
    let number = found(&test, 0).await.unwrap().number;
    test.write(|transaction| {
        transaction
            .execute(
                "UPDATE accounts SET host = '', localpart = id WHERE localpart = 'jane'",
                [],
            )
            .map_err(failure)
    })
    .await
    .unwrap();
    assert_eq!(found(&test, 0).await, None);
    let page = PageRequest { after: None, limit: 9 };
    let listed = test.read(move |connection| list(connection, &page, moment(0))).await;
    assert!(listed.items.is_empty(), "{listed:?}");
    let accepted = test
        .write(move |transaction| accept(transaction, number, &account("john"), moment(0), &LIMITS))
        .await;
    assert!(matches!(accepted, Err(Error::NotAllowed { .. })), "{accepted:?}");
}

#[tokio::test]
async fn an_invitation_that_is_taken_back_is_gone() {
    let test = with(None, 1).await;
    let number = found(&test, 0).await.unwrap().number;
    test.write(move |transaction| remove(transaction, number))
        .await
        .unwrap();
    assert_eq!(found(&test, 0).await, None);
    let again = test.write(move |transaction| remove(transaction, number)).await;
    assert!(matches!(again, Err(Error::NotFound { .. })), "{again:?}");
}
