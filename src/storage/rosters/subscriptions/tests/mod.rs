//! Subscriptions, by what clients hear of them.

mod administration;
mod limits;
mod stanzas;

use std::sync::Mutex;

use jiff::SignedDuration;

use super::*;
use crate::domain::Error;
use crate::domain::group::{GroupContent, Sharing};
use crate::domain::page::PageRequest;
use crate::domain::roster::{NewRosterItem, RosterItemChanges, RosterLimits, RosterSet, Subscription};
use crate::storage::rows::failure;
use crate::storage::testing::{TestStore, account, host, moment};
use crate::storage::{Listener, account_moves, groups, rosters};
use SubscriptionKind::{Subscribe, Subscribed, Unsubscribe, Unsubscribed};

const LIMITS: SubscriptionLimits = SubscriptionLimits {
    contacts: 3,
    requests: 2,
    repetition: SignedDuration::from_secs(10),
};

/// Accounts whose stanzas are sent one after the other, and what their clients hear.
struct Scene {
    test: TestStore,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Scene {
    async fn new() -> Self {
        let test = TestStore::with_accounts(&["jane", "john", "mary"]).await;
        let heard = Arc::<Mutex<Vec<String>>>::default();
        let ears = Arc::clone(&heard);
        let listener: Listener = Box::new(move |event| ears.lock().unwrap().extend(described(event)));
        test.store().listen(listener);
        Self { test, heard }
    }

    async fn send(&self, sender: &'static str, contact: &'static str, kind: SubscriptionKind) -> bool {
        self.try_send(sender, contact, kind, 0).await.unwrap()
    }

    async fn try_send(
        &self,
        sender: &'static str,
        contact: &'static str,
        kind: SubscriptionKind,
        at: i64,
    ) -> Result<bool> {
        let new = NewSubscription {
            kind,
            contact: address(contact),
            stanza: format!("{sender} {kind:?} {at}").into(),
            blocked: false,
            at: moment(at),
        };
        self.test
            .write(move |transaction| send(transaction, &account(sender), &new, &LIMITS))
            .await
    }

    /// What clients have heard since this was asked last.
    fn heard(&self) -> Vec<String> {
        std::mem::take(&mut *self.heard.lock().unwrap())
    }

    /// The owner's item for a contact: its subscription, `?` when it asked, `!` when it approved.
    async fn item(&self, owner: &'static str, contact: &'static str) -> Option<String> {
        let item = self
            .test
            .read(move |connection| rosters::find(connection, &account(owner), &address(contact)))
            .await;
        item.as_ref().map(item_text)
    }

    async fn requests(&self, recipient: &'static str) -> Vec<String> {
        let page = self
            .test
            .read(move |connection| list_requests(connection, &account(recipient), &PageRequest::first()))
            .await;
        page.items.into_iter().map(|request| request.stanza).collect()
    }

    async fn see_each_other(&self) {
        for (sender, contact) in [("jane", "john"), ("john", "jane")] {
            self.send(sender, contact, Subscribe).await;
            self.send(contact, sender, Subscribed).await;
        }
        self.heard();
    }
}

fn address(name: &str) -> Address {
    if name.contains('@') {
        Address::from_stored(name)
    } else {
        account(name).to_address()
    }
}

fn item_text(item: &RosterItem) -> String {
    let mark = |is: bool, mark: &'static str| if is { mark } else { "" };
    format!(
        "{:?}{}{}",
        item.subscription,
        mark(item.asked, "?"),
        mark(item.approved, "!")
    )
}

/// What the clients of an account hear by an event, and what others hear of its presence.
fn described(event: &Event) -> Vec<String> {
    match event {
        Event::SubscriptionStanza {
            recipient,
            sender,
            kind,
            ..
        } => {
            vec![format!(
                "{}: {kind:?} of {}",
                recipient.localpart(),
                sender.localpart().unwrap()
            )]
        }
        Event::RosterItemChanged {
            owner, item, before, ..
        } => {
            let (owner, contact) = (owner.localpart(), item.contact.localpart().unwrap());
            let push = format!("{owner}: item {contact} {}", item_text(item));
            let presence = match (before.is_seen_by_contact(), item.subscription.is_seen_by_contact()) {
                (false, true) => Some(format!("{contact}: presence of {owner}")),
                (true, false) => Some(format!("{contact}: no presence of {owner}")),
                _ => None,
            };
            [Some(push), presence].into_iter().flatten().collect()
        }
        Event::RosterItemRemoved {
            owner,
            contact,
            subscription,
            ..
        } => {
            let (owner, contact) = (owner.localpart(), contact.localpart().unwrap());
            let push = format!("{owner}: item {contact} removed");
            let presence = subscription
                .is_seen_by_contact()
                .then(|| format!("{contact}: no presence of {owner}"));
            [Some(push), presence].into_iter().flatten().collect()
        }
        _ => Vec::new(),
    }
}
