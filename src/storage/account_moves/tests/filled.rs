//! A database in which every table that can hold something of jane does.

use super::super::*;
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
use crate::storage::testing::{TestStore, account, host, insert_room, moment};
use crate::storage::{
    archive, groups, invitations, last_activity, offline, private_xml, push, room_affiliations, rooms,
    service_addresses, standing_messages, uploads,
};

/// The row id of the account in question, which no other table gives by chance.
pub const ID: i64 = 770_077;

pub async fn filled() -> TestStore {
    let test = TestStore::with_accounts(&["john", "jane"]).await;
    test.write(fill).await.unwrap();
    test
}

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
