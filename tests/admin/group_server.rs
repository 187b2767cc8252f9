//! A server with three accounts, and short words for groups and rosters.

use crate::administered::{Administered, Configured, HOST};
use firekeeper::admin::AdminSession;
use firekeeper::domain::account::{NewAccount, Password, Properties};
use firekeeper::domain::address::{AccountAddress, Address, Host};
use firekeeper::domain::group::{GroupContent, Sharing};
use firekeeper::domain::page::PageRequest;
use firekeeper::domain::roster::{NewRosterItem, RosterItem, Subscription};
use firekeeper::storage::Store;

/// A server with the accounts jane, john and kim, of which kim has no display name.
pub struct Server {
    _folder: tempfile::TempDir,
    pub administered: Administered,
    pub admin: AdminSession,
    pub host: Host,
}

impl Server {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let configured = Configured {
            texts: &[],
            writable: false,
        };
        let administered = Administered::open(folder.path(), configured).await;
        let server = Self {
            _folder: folder,
            admin: administered.session(),
            administered,
            host: Host::prepare(HOST).unwrap(),
        };
        for (localpart, name) in [("jane", "Jane Doe"), ("john", "John Doe"), ("kim", "")] {
            server.create_account(localpart, name).await;
        }
        server
    }

    pub fn store(&self) -> &Store {
        self.administered.embedded.store()
    }

    pub async fn create_account(&self, localpart: &str, name: &str) {
        let new = NewAccount {
            address: self.account(localpart),
            password: Password::new("secret").unwrap(),
            name: Some(name.to_owned()),
            email: None,
            properties: Properties::new(),
            administrator: false,
        };
        self.admin.create_account(new).await.unwrap();
    }

    pub fn account(&self, localpart: &str) -> AccountAddress {
        AccountAddress::prepare(localpart, &self.host).unwrap()
    }

    pub async fn create_group(&self, name: &str, sharing: Sharing, members: &[&str]) {
        self.admin
            .create_group(&self.host, content(name, sharing, members, &[]))
            .await
            .unwrap();
    }

    pub async fn change_group(&self, name: &str, sharing: Sharing, members: &[&str]) {
        self.admin
            .change_group(&self.host, content(name, sharing, members, &[]))
            .await
            .unwrap();
    }

    pub async fn add_contact(&self, owner: &str, contact: &str, subscription: Subscription) {
        self.admin
            .create_roster_item(&self.account(owner), new_contact(contact, subscription, &[]))
            .await
            .unwrap();
    }

    /// The roster, each contact as `address nickname subscription [groups] [shared groups]`.
    pub async fn roster(&self, owner: &str) -> Vec<String> {
        let mut shown = Vec::new();
        let mut after = None;
        loop {
            // Small pages, so that every test pages.
            let request = PageRequest { after, limit: 2 };
            let page = self.admin.list_roster(&self.account(owner), request).await.unwrap();
            shown.extend(page.items.iter().map(show));
            if page.next.is_none() {
                return shown;
            }
            after = page.next;
        }
    }

    pub async fn group(&self, name: &str) -> Option<(Vec<String>, Vec<String>)> {
        let group = self.admin.find_group(&self.host, name).await.unwrap()?;
        let texts = |addresses: Vec<Address>| addresses.iter().map(Address::to_string).collect();
        Some((texts(group.members), texts(group.admins)))
    }

    pub async fn groups_of(&self, member: &str) -> Vec<String> {
        self.admin
            .list_groups_of(&self.host, &address(member), PageRequest::first())
            .await
            .unwrap()
            .items
    }
}

pub fn show(item: &RosterItem) -> String {
    let nickname = item.nickname.as_deref().unwrap_or("-");
    format!(
        "{} {nickname} {} {:?} {:?}",
        item.contact,
        item.subscription.number(),
        item.groups,
        item.shared_groups
    )
}

/// An address; a word alone is a localpart of example.org.
pub fn address(text: &str) -> Address {
    if text.contains('@') {
        return Address::parse(text).unwrap();
    }
    Address::parse(&format!("{text}@example.org")).unwrap()
}

pub fn content(name: &str, sharing: Sharing, members: &[&str], admins: &[&str]) -> GroupContent {
    GroupContent {
        name: name.to_owned(),
        description: None,
        sharing,
        members: members.iter().map(|member| address(member)).collect(),
        admins: admins.iter().map(|admin| address(admin)).collect(),
    }
}

pub fn new_contact(contact: &str, subscription: Subscription, groups: &[&str]) -> NewRosterItem {
    NewRosterItem {
        contact: address(contact),
        nickname: None,
        subscription,
        groups: owned(groups),
    }
}

pub fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
