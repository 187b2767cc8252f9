//! Walks the schema: wherever something is stored of an account, its removal removes it and its renaming moves it, or it
//! is said here why not. A new table makes this fail until it is listed and filled below.

use rusqlite::{Connection, params};

use super::*;
use crate::domain::account::{Credentials, Lockout, OpenSessions, Properties};
use crate::domain::address::FullAddress;
use crate::domain::affiliation::{Affiliate, Affiliation};
use crate::domain::archive::{ArchiveCopy, ArchiveOwner, ArchivePreferences, ArchiveStandard, NewArchivedMessage};
use crate::domain::event::RosterCause;
use crate::domain::group::GroupContent;
use crate::domain::invitation::{InvitationLimits, NewInvitation, Purpose, Token};
use crate::domain::login_token::LoginToken;
use crate::domain::offline::{NewOfflineMessage, OfflineLimits};
use crate::domain::presence::LastActivity;
use crate::domain::private_xml::{PrivateElement, PrivateLimits};
use crate::domain::pubsub::{
    Item, Node, NodeAddress, NodeAffiliation, NodeConfig, NodeSubscription, NodeSubscriptionState, PubsubLimits,
    SubscriptionOptions,
};
use crate::domain::push::PushRegistration;
use crate::domain::roster::{NewRosterItem, Subscription};
use crate::domain::service::AddressList;
use crate::domain::subscription::{NewSubscription, SubscriptionKind, SubscriptionLimits};
use crate::domain::upload::{NewUpload, Quota};
use crate::domain::vcard::VCard;
use crate::storage::pubsub::{affiliations, items, moved, nodes, subscriptions as node_subscriptions};
use crate::storage::rows::failure;
use crate::storage::testing::{TestStore, account, host, insert_account, insert_room, moment};
use crate::storage::{
    archive, groups, invitations, last_activity, offline, private_xml, push, room_affiliations, rooms,
    service_addresses, standing_messages, uploads,
};

/// What becomes of what a table holds of an account.
enum Fate {
    /// It goes with the account, and moves with its name.
    Follows,
    /// The same, but a renamed account leaves it behind.
    FollowsRemovalOnly,
    /// The same, but it outlives the account.
    FollowsRenamingOnly,
    /// Some of it stays.
    Stays,
    /// The table holds nothing of accounts.
    Irrelevant,
}

use Fate::{Follows, FollowsRemovalOnly, FollowsRenamingOnly, Irrelevant, Stays};

/// Each table with the fate of what it holds, and the reason where it does not just follow.
const TABLES: &[(&str, Fate, &str)] = &[
    ("account_properties", Follows, ""),
    ("accounts", Follows, ""),
    (
        "archive_bodies",
        Irrelevant,
        "messages; whose they are is in archive_entries",
    ),
    (
        "archive_entries",
        Stays,
        "with others it names whom they talked with: their own past",
    ),
    ("archive_preferences", Follows, ""),
    ("archives", Follows, ""),
    ("audit_log", Stays, "what administrators did must not change"),
    (
        "blocked_addresses",
        FollowsRenamingOnly,
        "who does not want to hear an address decides that himself",
    ),
    ("capabilities", Irrelevant, "what programs can do"),
    ("counters", Irrelevant, "numbers"),
    ("group_members", Follows, ""),
    ("group_properties", Irrelevant, "texts of groups"),
    ("groups", Irrelevant, "groups"),
    ("hosts", Irrelevant, "hosts"),
    ("invitations", Follows, ""),
    ("last_activity", Follows, ""),
    ("last_logins", Follows, ""),
    (
        "lockouts",
        FollowsRemovalOnly,
        "an account with another name is not locked out",
    ),
    (
        "login_tokens",
        FollowsRemovalOnly,
        "a token is made for the name that it was given to",
    ),
    ("offline_messages", Follows, ""),
    ("private_xml", Follows, ""),
    ("properties", Irrelevant, "properties of the server"),
    ("pubsub_affiliations", Follows, ""),
    ("pubsub_items", Follows, ""),
    ("pubsub_moved", Follows, ""),
    ("pubsub_nodes", Follows, ""),
    ("pubsub_subscriptions", Follows, ""),
    ("push_registrations", Follows, ""),
    ("retired_rooms", Irrelevant, "names of rooms"),
    (
        "room_affiliations",
        FollowsRemovalOnly,
        "affiliations do not come along",
    ),
    (
        "room_nicknames",
        FollowsRemovalOnly,
        "they belong to affiliations, which do not come along",
    ),
    ("room_profiles", Irrelevant, "what rooms are like"),
    ("room_services", Irrelevant, "chat services"),
    ("room_subjects", Irrelevant, "subjects of rooms"),
    ("room_vcards", Irrelevant, "pictures of rooms"),
    ("rooms", Irrelevant, "rooms"),
    ("roster_items", Follows, ""),
    (
        "roster_partings",
        Irrelevant,
        "what is left to do of the removal or the renaming itself",
    ),
    (
        "roster_tombstones",
        Stays,
        "contacts must be told that it is gone, as long as they are told of anything",
    ),
    ("rosters", Follows, ""),
    (
        "service_addresses",
        Stays,
        "administrators decide with whom nobody communicates",
    ),
    ("settings", Irrelevant, "what the service noted of itself"),
    ("standing_message_receipts", Follows, ""),
    ("standing_messages", Irrelevant, "what everybody is told"),
    ("subscription_requests", Follows, ""),
    ("uploads", Follows, ""),
    ("vcards", Follows, ""),
];

/// The row id of the account in question, which no other table gives by chance.
const ID: i64 = 770_077;

/// Fills every table that can hold something of jane, hers and what others have of her.
fn fill(transaction: &mut Transaction<'_>) -> Result<()> {
    let (jane, john) = (account("jane"), account("john"));
    let (jane_address, john_address) = (jane.to_address(), john.to_address());
    transaction
        .execute("UPDATE accounts SET id = ?1 WHERE localpart = 'jane'", [ID])
        .map_err(failure)?;
    let changes = AccountChanges {
        properties: Some(Properties::from([("key".to_owned(), "value".to_owned())])),
        ..AccountChanges::default()
    };
    accounts::change(transaction, &jane, &changes, None, moment(0))?;
    let lockout = Lockout {
        until: Some(moment(0)),
        ..Lockout::default()
    };
    accounts::lock(transaction, &jane, &lockout, OpenSessions::End)?;
    fill_rosters(transaction, &jane, &john)?;
    let members = GroupContent {
        members: vec![jane_address.clone()],
        ..GroupContent::empty("group")
    };
    groups::insert(transaction, &host(), &members)?;
    let room = insert_room(transaction, "room");
    let room = rooms::locate(transaction, &room)?;
    let affiliates = [Affiliate::User(jane_address.clone())];
    room_affiliations::add(transaction, &room, Affiliation::Owner, &affiliates)?;
    room_nicknames::reserve(transaction, &room, &jane_address, "jane")?;
    vcards::put(transaction, &jane, &VCard::from_stored("<vCard/>".to_owned()))?;
    fill_messages(transaction, &jane, &john)?;
    let element = PrivateElement {
        namespace: "urn:x".to_owned(),
        name: "x".to_owned(),
        xml: "<x xmlns='urn:x'/>".to_owned(),
    };
    let limits = PrivateLimits {
        elements: 9,
        bytes: 999,
    };
    private_xml::put(transaction, &jane, &[element], &limits)?;
    for (owner, other) in [(&jane, &john_address), (&john, &jane_address)] {
        blocked::block(transaction, owner, &[FullAddress::from_stored(other.as_str())], 9)?;
    }
    let last = LastActivity {
        at: moment(0),
        status: None,
    };
    last_activity::put(transaction, &[(jane.clone(), last)])?;
    last_activity::put_logins(transaction, &[(jane.clone(), moment(0))])?;
    let file = NewUpload {
        id: "file".to_owned(),
        owner: jane.clone(),
        name: "x".to_owned(),
        bytes: 1,
        content_type: "text/plain".to_owned(),
        permit: vec![1],
        created: moment(0),
    };
    uploads::reserve(transaction, &file, Quota { bytes: 9, files: 9 })?;
    let token = LoginToken {
        seed: vec![1],
        mechanism: "HT-SHA-256-NONE".to_owned(),
        issued: moment(0),
        expires: moment(1),
        count: 0,
    };
    login_tokens::insert(transaction, &jane, "phone", &token, &Credentials::default(), 9)?;
    fill_nodes(transaction, &jane_address, &john_address)?;
    let registration = PushRegistration {
        service: FullAddress::from_stored("push.example.org"),
        node: "node".to_owned(),
        options: None,
    };
    push::put(transaction, &jane, &registration, 9)?;
    let invitation = NewInvitation {
        purpose: Purpose::Contact,
        inviter: Some(jane.clone()),
        uses: 1,
        lifetime: None,
    };
    let times = (moment(0), moment(1));
    let limits = InvitationLimits {
        at_a_time: 9,
        in_a_day: 9,
    };
    invitations::insert(transaction, &invitation, &Token::shown("token"), times, limits)?;
    standing_messages::note_receipt(transaction, &jane, moment(0))?;
    let blocked = [FullAddress::from(jane_address)];
    service_addresses::set(transaction, AddressList::Blocked, &blocked)?;
    transaction
        .execute("INSERT INTO audit_log VALUES (NULL, 0, 'jane', 'x', NULL, 'x')", [])
        .map_err(failure)?;
    Ok(())
}

/// A node of jane with an item of hers, and one of john that she follows.
fn fill_nodes(transaction: &mut Transaction<'_>, jane: &Address, john: &Address) -> Result<()> {
    let limits = PubsubLimits {
        nodes: 9,
        items: 9,
        bytes: 999,
        subscriptions: 9,
        affiliations: 9,
    };
    let mut create = |owner: &Address| {
        let address = NodeAddress {
            service: owner.clone(),
            name: "node".to_owned(),
        };
        nodes::insert(
            transaction,
            &address,
            owner,
            NodeConfig::of_account(),
            moment(0),
            &limits,
        )
    };
    let (own, followed) = (create(jane)?, create(john)?);
    let item = Item {
        id: "item".to_owned(),
        publisher: jane.clone(),
        at: moment(0),
        payload: None,
    };
    items::put(transaction, &own, &[item], 1, &limits)?;
    let former = Node {
        address: NodeAddress {
            name: "former".to_owned(),
            ..own.address.clone()
        },
        ..own
    };
    moved::put(transaction, &former, "urn:successor", &limits)?;
    affiliations::set(transaction, &followed, jane, NodeAffiliation::Member, &limits)?;
    let subscription = NodeSubscription {
        subscriber: jane.clone().into(),
        id: "subscription".to_owned(),
        state: NodeSubscriptionState::Subscribed,
        options: SubscriptionOptions::default(),
    };
    node_subscriptions::insert(transaction, &followed, &subscription, &limits)
}

fn fill_rosters(transaction: &mut Transaction<'_>, jane: &AccountAddress, john: &AccountAddress) -> Result<()> {
    let mary = &account("mary");
    for (owner, contact, gone) in [
        (jane, john, &Address::from_stored("gone@example.net")),
        (john, jane, &Address::from_stored("gone@example.net")),
        (mary, john, &jane.to_address()),
    ] {
        for contact in [&contact.to_address(), gone] {
            let new = NewRosterItem {
                contact: contact.clone(),
                nickname: None,
                subscription: Subscription::To,
                groups: Vec::new(),
            };
            rosters::insert(transaction, owner, &new)?;
        }
        rosters::remove(transaction, owner, gone, RosterCause::Client)?;
    }
    let limits = SubscriptionLimits {
        contacts: 9,
        requests: 9,
        repetition: jiff::SignedDuration::ZERO,
    };
    for (sender, contact) in [(jane, john), (john, jane)] {
        let request = NewSubscription {
            kind: SubscriptionKind::Subscribe,
            contact: contact.to_address(),
            stanza: "<presence/>".into(),
            blocked: false,
            at: moment(0),
        };
        subscriptions::send(transaction, sender, &request, &limits)?;
    }
    Ok(())
}

fn fill_messages(transaction: &mut Transaction<'_>, jane: &AccountAddress, john: &AccountAddress) -> Result<()> {
    let copy = |owner: &AccountAddress, contact: &AccountAddress| ArchiveCopy {
        owner: ArchiveOwner::Account(owner.clone()),
        contact: FullAddress::from_stored(contact.to_address().as_str()),
        address_visible: true,
        nickname: None,
    };
    let message = NewArchivedMessage {
        stanza: "<message/>".into(),
        at: moment(0),
        copies: vec![copy(jane, john), copy(john, jane)],
    };
    archive::insert(transaction, &message)?;
    let preferences = ArchivePreferences::of(ArchiveStandard::Contacts);
    archive::set_preferences(transaction, jane, &preferences, 9)?;
    let waiting = NewOfflineMessage {
        stanza: "<message/>".into(),
        at: moment(0),
        archive_id: None,
        holder: None,
    };
    let limits = OfflineLimits {
        messages: 9,
        bytes: 999,
    };
    offline::insert(transaction, jane, &waiting, &limits).map(drop)
}

/// How many rows of a table have a name in one of their texts, or refer to the account.
fn mentions(connection: &Connection, table: &str, name: &str, id: Option<i64>) -> rusqlite::Result<i64> {
    let texts = columns(
        connection,
        &format!("SELECT name FROM pragma_table_info('{table}') WHERE type = 'TEXT'"),
    )?;
    let references = columns(
        connection,
        &format!("SELECT \"from\" FROM pragma_foreign_key_list('{table}') WHERE \"table\" = 'accounts'"),
    )?;
    let named = texts.iter().map(|column| format!("instr(\"{column}\", ?1) > 0"));
    let referring = references.iter().map(|column| format!("\"{column}\" = ?2"));
    let conditions: Vec<String> = named.chain(referring).collect();
    connection.query_row(
        &format!(
            "SELECT count(*) FROM \"{table}\" WHERE ?1 <> ?1 OR ?2 <> ?2 OR {}",
            conditions.join(" OR ")
        ),
        params![name, id],
        |row| row.get(0),
    )
}

fn columns(connection: &Connection, sql: &str) -> rusqlite::Result<Vec<String>> {
    connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
}

async fn mentioned(test: &TestStore, table: &'static str, name: &'static str, id: Option<i64>) -> bool {
    test.read(move |connection| mentions(connection, table, name, id).map_err(failure))
        .await
        > 0
}

async fn filled() -> TestStore {
    let test = TestStore::with_accounts(&["john", "jane"]).await;
    test.write(fill).await.unwrap();
    test
}

#[tokio::test]
async fn every_table_is_listed_and_filled() {
    let test = filled().await;
    let tables: Vec<String> = test
        .read(|connection| {
            let mut statement = connection
                .prepare(
                    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
                )
                .map_err(failure)?;
            let names = statement.query_map([], |row| row.get(0)).map_err(failure)?;
            names.collect::<rusqlite::Result<_>>().map_err(failure)
        })
        .await;
    let listed: Vec<&str> = TABLES.iter().map(|(table, ..)| *table).collect();
    assert_eq!(tables, listed);
    for (table, fate, _) in TABLES {
        assert_eq!(
            mentioned(&test, table, "jane", Some(ID)).await,
            !matches!(fate, Irrelevant),
            "{table}"
        );
    }
}

#[tokio::test]
async fn a_removed_account_leaves_nothing_behind() {
    let test = filled().await;
    test.write(|transaction| {
        remove(
            transaction,
            &account("jane"),
            &Address::from_stored("admin@example.org"),
        )?;
        while archive::remove_ownerless(transaction, 100)? {}
        Ok(())
    })
    .await
    .unwrap();
    for (table, fate, reason) in TABLES {
        let stays = matches!(fate, Stays | FollowsRenamingOnly);
        assert_eq!(
            mentioned(&test, table, "jane", Some(ID)).await,
            stays,
            "{table} {reason}"
        );
    }
}

#[tokio::test]
async fn an_account_that_is_made_anew_has_nothing_of_the_old_one() {
    let test = filled().await;
    test.write(|transaction| {
        remove(
            transaction,
            &account("jane"),
            &Address::from_stored("admin@example.org"),
        )?;
        insert_account(transaction, "jane")?;
        transaction
            .execute("UPDATE accounts SET id = ?1 WHERE localpart = 'jane'", [ID])
            .map_err(failure)
    })
    .await
    .unwrap();
    for (table, fate, reason) in TABLES {
        let stays = matches!(fate, Stays | FollowsRenamingOnly) || *table == "accounts";
        assert_eq!(
            mentioned(&test, table, "jane", Some(ID)).await,
            stays,
            "{table} {reason}"
        );
    }
}

#[tokio::test]
async fn a_renamed_account_is_not_found_under_its_old_name() {
    let test = filled().await;
    test.write(|transaction| {
        let heir = Address::from_stored("admin@example.org");
        let (from, to) = (account("jane"), account("olga"));
        rename(transaction, &from, &to, &AccountChanges::default(), &heir, moment(0))
    })
    .await
    .unwrap();
    for (table, fate, reason) in TABLES {
        let stays = matches!(fate, Stays);
        let moves = matches!(fate, Follows | FollowsRenamingOnly);
        assert_eq!(mentioned(&test, table, "jane", None).await, stays, "{table} {reason}");
        assert_eq!(
            mentioned(&test, table, "olga", Some(ID)).await,
            moves,
            "{table} {reason}"
        );
    }
}
