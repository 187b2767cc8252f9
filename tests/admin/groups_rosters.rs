//! Groups, rosters and vCards through the administration's door.

use crate::administered::{Administered, Configured, HOST};
use firekeeper::admin::AdminSession;
use firekeeper::domain::account::{NewAccount, Password, Properties};
use firekeeper::domain::address::{AccountAddress, Address, Host};
use firekeeper::domain::audit::AuditFilter;
use firekeeper::domain::group::{GroupContent, Sharing};
use firekeeper::domain::page::PageRequest;
use firekeeper::domain::roster::{NewRosterItem, RosterItem, RosterItemChanges, Subscription};
use firekeeper::domain::vcard::VCard;
use firekeeper::domain::{Error, Kind};
use firekeeper::storage::{Store, groups, rosters, vcards};

/// A server with the accounts jane, john and kim, of which kim has no display name.
struct Server {
    _folder: tempfile::TempDir,
    administered: Administered,
    admin: AdminSession,
    host: Host,
}

impl Server {
    async fn start() -> Self {
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

    fn store(&self) -> &Store {
        self.administered.embedded.store()
    }

    async fn create_account(&self, localpart: &str, name: &str) {
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

    fn account(&self, localpart: &str) -> AccountAddress {
        AccountAddress::prepare(localpart, &self.host).unwrap()
    }

    async fn create_group(&self, name: &str, sharing: Sharing, members: &[&str]) {
        self.admin
            .create_group(&self.host, content(name, sharing, members, &[]))
            .await
            .unwrap();
    }

    async fn change_group(&self, name: &str, sharing: Sharing, members: &[&str]) {
        self.admin
            .change_group(&self.host, content(name, sharing, members, &[]))
            .await
            .unwrap();
    }

    async fn add_contact(&self, owner: &str, contact: &str, subscription: Subscription) {
        self.admin
            .create_roster_item(&self.account(owner), new_contact(contact, subscription, &[]))
            .await
            .unwrap();
    }

    /// The roster, each contact as `address nickname subscription [groups] [shared groups]`.
    async fn roster(&self, owner: &str) -> Vec<String> {
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

    async fn group(&self, name: &str) -> Option<(Vec<String>, Vec<String>)> {
        let group = self.admin.find_group(&self.host, name).await.unwrap()?;
        let texts = |addresses: Vec<Address>| addresses.iter().map(Address::to_string).collect();
        Some((texts(group.members), texts(group.admins)))
    }

    async fn groups_of(&self, member: &str) -> Vec<String> {
        self.admin
            .list_groups_of(&self.host, &address(member), PageRequest::first())
            .await
            .unwrap()
            .items
    }
}

fn show(item: &RosterItem) -> String {
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
fn address(text: &str) -> Address {
    if text.contains('@') {
        return Address::parse(text).unwrap();
    }
    Address::parse(&format!("{text}@example.org")).unwrap()
}

fn content(name: &str, sharing: Sharing, members: &[&str], admins: &[&str]) -> GroupContent {
    GroupContent {
        name: name.to_owned(),
        description: None,
        sharing,
        members: members.iter().map(|member| address(member)).collect(),
        admins: admins.iter().map(|admin| address(admin)).collect(),
    }
}

fn new_contact(contact: &str, subscription: Subscription, groups: &[&str]) -> NewRosterItem {
    NewRosterItem {
        contact: address(contact),
        nickname: None,
        subscription,
        groups: owned(groups),
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[tokio::test]
async fn a_group_keeps_each_address_once_and_whoever_is_both_is_an_admin() {
    let server = Server::start().await;
    let new = content(
        "G",
        Sharing::Nobody,
        &["john", "jane", "JANE", "far@elsewhere.example"],
        &["jane", "jane"],
    );
    server.admin.create_group(&server.host, new.clone()).await.unwrap();
    let group = server.admin.find_group(&server.host, "G").await.unwrap().unwrap();
    assert_eq!(group.members, [address("far@elsewhere.example"), address("john")]);
    assert_eq!(group.admins, [address("jane")]);
    assert_eq!(group.display_name, "G");
    let again = server.admin.create_group(&server.host, new).await;
    assert!(matches!(again, Err(Error::AlreadyExists { kind: Kind::Group, .. })));
    assert!(server.group("g").await.is_none(), "letter case counts");
}

#[tokio::test]
async fn names_that_are_blank_or_too_long_are_refused_and_nothing_is_made() {
    let server = Server::start().await;
    let long = "n".repeat(51);
    for name in ["", " ", "\t", &long] {
        let created = server.admin.create_group(&server.host, GroupContent::empty(name)).await;
        let added = server
            .admin
            .add_to_groups(&server.host, &address("jane"), owned(&["Fine", name]))
            .await;
        for refused in [created, added] {
            let about_the_name = matches!(
                refused,
                Err(Error::Invalid { field: "name", .. } | Error::TooLong { field: "name", .. })
            );
            assert!(about_the_name, "{name:?}");
        }
    }
    assert!(server.group("Fine").await.is_none());
}

#[tokio::test]
async fn changing_a_group_replaces_who_is_in_it_and_a_rank_can_change_both_ways() {
    let server = Server::start().await;
    let change = |new| server.admin.change_group(&server.host, new);
    let missing = change(content("G", Sharing::Nobody, &[], &[])).await;
    assert!(matches!(missing, Err(Error::NotFound { kind: Kind::Group, .. })));

    server.create_group("G", Sharing::Nobody, &["jane", "john"]).await;
    change(content("G", Sharing::Nobody, &["kim"], &["jane"]))
        .await
        .unwrap();
    let kim_and_jane = (owned(&["kim@example.org"]), owned(&["jane@example.org"]));
    assert_eq!(server.group("G").await, Some(kim_and_jane));
    change(content("G", Sharing::Nobody, &["jane"], &["kim"]))
        .await
        .unwrap();
    let swapped = (owned(&["jane@example.org"]), owned(&["kim@example.org"]));
    assert_eq!(server.group("G").await, Some(swapped));
}

#[tokio::test]
async fn groups_are_listed_by_name_in_pages() {
    let server = Server::start().await;
    for name in ["b", "a", "C", " lead", "ü"] {
        server.create_group(name, Sharing::Nobody, &[]).await;
    }
    let mut names = Vec::new();
    let mut after = None;
    loop {
        let page = server
            .admin
            .list_groups(&server.host, PageRequest { after, limit: 2 })
            .await
            .unwrap();
        names.extend(page.items.into_iter().map(|group| group.name));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(names, [" lead", "C", "a", "b", "ü"]);
}

#[tokio::test]
async fn adding_to_groups_makes_missing_ones_and_turns_an_admin_into_a_member() {
    let server = Server::start().await;
    let admin = content("Adm", Sharing::Nobody, &[], &["jane"]);
    server.admin.create_group(&server.host, admin).await.unwrap();
    server
        .admin
        .add_to_groups(&server.host, &address("jane"), owned(&["New", "Adm", "New"]))
        .await
        .unwrap();
    assert_eq!(server.groups_of("jane").await, ["Adm", "New"]);
    assert_eq!(
        server.group("Adm").await,
        Some((owned(&["jane@example.org"]), Vec::new()))
    );
    let made = server.admin.find_group(&server.host, "New").await.unwrap().unwrap();
    assert_eq!(made.description.as_deref(), Some(""));
    assert_eq!(made.sharing, Sharing::Nobody);
}

#[tokio::test]
async fn leaving_a_group_leaves_an_admin_rank_alone() {
    let server = Server::start().await;
    let new = content("G", Sharing::Nobody, &["john"], &["jane"]);
    server.admin.create_group(&server.host, new).await.unwrap();
    for member in ["jane", "john", "nobody"] {
        server
            .admin
            .remove_from_group(&server.host, &address(member), "G")
            .await
            .unwrap();
    }
    assert_eq!(
        server.group("G").await,
        Some((Vec::new(), owned(&["jane@example.org"])))
    );
    let missing = server
        .admin
        .remove_from_group(&server.host, &address("jane"), "none")
        .await;
    assert!(matches!(missing, Err(Error::NotFound { kind: Kind::Group, .. })));
}

#[tokio::test]
async fn setting_the_groups_of_somebody_joins_and_leaves_but_keeps_ranks() {
    let server = Server::start().await;
    for (name, admins) in [("Ruled", ["jane"].as_slice()), ("Also ruled", &["jane"]), ("Old", &[])] {
        let new = content(name, Sharing::Nobody, &["jane"], admins);
        server.admin.create_group(&server.host, new).await.unwrap();
    }
    let jane = address("jane");
    let set = |names: &[&str]| server.admin.set_groups_of(&server.host, &jane, owned(names));
    set(&["Also ruled", "New"]).await.unwrap();
    assert_eq!(server.groups_of("jane").await, ["Also ruled", "New", "Ruled"]);
    assert_eq!(
        server.group("Also ruled").await,
        Some((Vec::new(), owned(&["jane@example.org"])))
    );
    set(&[]).await.unwrap();
    assert_eq!(server.groups_of("jane").await, ["Also ruled", "Ruled"]);
}

#[tokio::test]
async fn members_of_a_shared_group_are_in_each_others_rosters() {
    let server = Server::start().await;
    server
        .create_group(
            "Team",
            Sharing::Members,
            &["jane", "john", "kim", "ghost", "far@elsewhere.example"],
        )
        .await;
    // Somebody without an account is no contact; without a display name the localpart stands for it.
    assert_eq!(
        server.roster("john").await,
        [
            r#"far@elsewhere.example far@elsewhere.example 3 [] ["Team"]"#,
            r#"jane@example.org Jane Doe 3 [] ["Team"]"#,
            r#"kim@example.org kim 3 [] ["Team"]"#,
        ]
    );
    server.create_account("lee", "Lee").await;
    assert!(server.roster("lee").await.is_empty(), "lee is in no group");
    server.change_group("Team", Sharing::Nobody, &["jane", "john"]).await;
    assert!(server.roster("john").await.is_empty());
}

#[tokio::test]
async fn a_group_shared_with_everybody_is_in_every_roster_once() {
    let server = Server::start().await;
    server.create_group("All", Sharing::Everybody, &["jane", "kim"]).await;
    server.create_group("Team", Sharing::Members, &["john", "kim"]).await;
    assert_eq!(
        server.roster("john").await,
        [
            r#"jane@example.org Jane Doe 3 [] ["All"]"#,
            r#"kim@example.org kim 3 [] ["All", "Team"]"#,
        ]
    );
    assert_eq!(server.roster("kim").await.len(), 2);
}

#[tokio::test]
async fn a_personal_contact_is_merged_with_a_shared_group_and_survives_its_end() {
    let server = Server::start().await;
    server.add_contact("jane", "john", Subscription::To).await;
    let personal = [r"john@example.org - 1 [] []"];
    server.create_group("Team", Sharing::Members, &["jane", "john"]).await;
    assert_eq!(server.roster("jane").await, [r#"john@example.org - 3 [] ["Team"]"#]);
    server.change_group("Team", Sharing::Members, &["jane"]).await;
    assert_eq!(server.roster("jane").await, personal);
    server.change_group("Team", Sharing::Members, &["jane", "john"]).await;
    server.admin.remove_group(&server.host, "Team").await.unwrap();
    assert_eq!(server.roster("jane").await, personal);
}

#[tokio::test]
async fn a_contact_that_is_there_or_would_be_in_a_shared_group_is_refused() {
    let server = Server::start().await;
    server.create_group("Team", Sharing::Members, &["jane", "john"]).await;
    server.add_contact("jane", "own@example.net", Subscription::None).await;
    for known in ["john", "own@example.net"] {
        let refused = server
            .admin
            .create_roster_item(&server.account("jane"), new_contact(known, Subscription::None, &[]))
            .await;
        assert!(matches!(
            refused,
            Err(Error::AlreadyExists {
                kind: Kind::RosterItem,
                ..
            })
        ));
    }
    // Also by somebody who is not in that group.
    let refused = server
        .admin
        .create_roster_item(
            &server.account("kim"),
            new_contact("x@y", Subscription::None, &["Own", "Team"]),
        )
        .await;
    assert!(matches!(refused, Err(Error::SharedGroup { .. })));
    server
        .admin
        .create_roster_item(
            &server.account("kim"),
            new_contact("x@y", Subscription::None, &["team", "Own", "Own"]),
        )
        .await
        .unwrap();
    assert_eq!(server.roster("kim").await, [r#"x@y - 0 ["team", "Own", "Own"] []"#]);
}

#[tokio::test]
async fn a_change_of_a_shared_contact_is_kept_and_counts() {
    let server = Server::start().await;
    server.create_group("Team", Sharing::Members, &["jane", "john"]).await;
    let (jane, john) = (server.account("jane"), address("john"));
    let change = |changes| server.admin.change_roster_item(&jane, &john, changes);
    let groups = |groups: &[&str]| RosterItemChanges {
        groups: Some(owned(groups)),
        ..RosterItemChanges::default()
    };
    let refused = change(groups(&["Own"])).await;
    assert!(matches!(refused, Err(Error::SharedGroup { .. })));
    change(groups(&["Team", "Own"])).await.unwrap();
    assert_eq!(
        server.roster("jane").await,
        [r#"john@example.org John Doe 3 ["Own"] ["Team"]"#]
    );

    change(RosterItemChanges {
        nickname: Some(Some("J".to_owned())),
        subscription: Some(Subscription::None),
        groups: None,
    })
    .await
    .unwrap();
    assert_eq!(
        server.roster("jane").await,
        [r#"john@example.org J 0 ["Own"] ["Team"]"#]
    );
    server.admin.remove_group(&server.host, "Team").await.unwrap();
    assert_eq!(server.roster("jane").await, [r#"john@example.org J 0 ["Own"] []"#]);
}

#[tokio::test]
async fn a_shared_contact_cannot_be_removed_and_an_unknown_one_is_not_found() {
    let server = Server::start().await;
    server.create_group("Team", Sharing::Members, &["jane", "john"]).await;
    let remove = |contact: &str| {
        let (jane, contact) = (server.account("jane"), address(contact));
        let admin = server.admin.clone();
        async move { admin.remove_roster_item(&jane, &contact).await }
    };
    assert!(matches!(remove("john").await, Err(Error::SharedGroup { .. })));
    assert!(matches!(
        remove("kim").await,
        Err(Error::NotFound {
            kind: Kind::RosterItem,
            ..
        })
    ));
}

#[tokio::test]
async fn removing_a_contact_lowers_the_subscription_of_the_other_side() {
    for (ours, theirs, left) in [
        (Subscription::Both, Subscription::Both, 0),
        (Subscription::To, Subscription::Both, 1),
        (Subscription::From, Subscription::Both, 2),
        (Subscription::None, Subscription::Both, 3),
        (Subscription::Both, Subscription::From, 0),
        (Subscription::Both, Subscription::Remove, -1),
    ] {
        let server = Server::start().await;
        server.add_contact("jane", "john", ours).await;
        server.add_contact("john", "jane", theirs).await;
        server
            .admin
            .remove_roster_item(&server.account("jane"), &address("john"))
            .await
            .unwrap();
        assert!(server.roster("jane").await.is_empty());
        assert_eq!(
            server.roster("john").await,
            [format!("jane@example.org - {left} [] []")]
        );
    }
}

#[tokio::test]
async fn an_owner_without_account_has_a_roster_and_a_vcard() {
    let server = Server::start().await;
    let ghost = server.account("ghost");
    server.add_contact("ghost", "a@b", Subscription::Both).await;
    assert_eq!(server.roster("ghost").await, ["a@b - 3 [] []"]);
    assert_eq!(server.admin.find_vcard(&ghost).await.unwrap(), None);
    for xml in ["<vCard/>", "<other/>"] {
        let vcard = VCard::from_well_formed(xml.to_owned()).unwrap();
        server.admin.change_vcard(&ghost, vcard.clone()).await.unwrap();
        assert_eq!(server.admin.find_vcard(&ghost).await.unwrap(), Some(vcard));
    }
    server.admin.remove_vcard(&ghost).await.unwrap();
    server.admin.remove_vcard(&ghost).await.unwrap();
    assert_eq!(server.admin.find_vcard(&ghost).await.unwrap(), None);
}

#[tokio::test]
async fn a_removed_account_is_gone_from_groups_rosters_and_vcards() {
    let server = Server::start().await;
    server.create_group("G", Sharing::Members, &["jane", "john"]).await;
    server.add_contact("jane", "a@b", Subscription::Both).await;
    server.add_contact("kim", "jane", Subscription::Both).await;
    let (jane, jid) = (server.account("jane"), address("jane"));
    let vcard = VCard::from_well_formed("<vCard/>".to_owned()).unwrap();
    server.admin.change_vcard(&jane, vcard).await.unwrap();
    server
        .store()
        .write(move |transaction| {
            groups::remove_address(transaction, &jid)?;
            rosters::remove_owner(transaction, &jane)?;
            rosters::remove_contact(transaction, &jid)?;
            vcards::remove(transaction, &jane)
        })
        .await
        .unwrap();
    assert_eq!(
        server.group("G").await,
        Some((owned(&["john@example.org"]), Vec::new()))
    );
    for owner in ["jane", "john", "kim"] {
        assert!(server.roster(owner).await.is_empty(), "{owner}");
    }
    assert_eq!(server.admin.find_vcard(&server.account("jane")).await.unwrap(), None);
}

#[tokio::test]
async fn a_renamed_account_keeps_groups_contacts_and_vcard() {
    let server = Server::start().await;
    server.create_account("lee", "Lee").await;
    let adm = content("Adm", Sharing::Nobody, &[], &["lee"]);
    server.admin.create_group(&server.host, adm).await.unwrap();
    server.create_group("Team", Sharing::Members, &["lee", "kim"]).await;
    server.add_contact("lee", "jane", Subscription::Both).await;
    server.add_contact("jane", "lee", Subscription::From).await;
    server.add_contact("john", "lee", Subscription::To).await;
    server
        .admin
        .change_roster_item(
            &server.account("kim"),
            &address("lee"),
            RosterItemChanges {
                nickname: Some(Some("L".to_owned())),
                ..RosterItemChanges::default()
            },
        )
        .await
        .unwrap();
    let (from, to) = (server.account("lee"), server.account("leela"));
    let vcard = VCard::from_well_formed("<vCard/>".to_owned()).unwrap();
    server.admin.change_vcard(&from, vcard.clone()).await.unwrap();
    server.create_account("leela", "Leela").await;
    server
        .store()
        .write(move |transaction| {
            rosters::rename(transaction, &from, &to)?;
            groups::rename_address(transaction, &from.to_address(), &to.to_address())?;
            vcards::rename(transaction, &from, &to)
        })
        .await
        .unwrap();
    assert_eq!(
        server.group("Adm").await,
        Some((owned(&["leela@example.org"]), Vec::new()))
    );
    assert_eq!(
        server.roster("leela").await,
        [r"jane@example.org - 3 [] []", r#"kim@example.org kim 3 [] ["Team"]"#]
    );
    assert_eq!(server.roster("jane").await, [r"leela@example.org - 2 [] []"]);
    assert!(server.roster("john").await.is_empty(), "john was no contact of lee");
    assert_eq!(server.roster("kim").await, [r#"leela@example.org L 3 [] ["Team"]"#]);
    assert!(server.groups_of("lee").await.is_empty());
    assert_eq!(server.admin.find_vcard(&server.account("lee")).await.unwrap(), None);
    assert_eq!(
        server.admin.find_vcard(&server.account("leela")).await.unwrap(),
        Some(vcard)
    );
}

#[tokio::test]
async fn changes_are_in_the_audit_log_and_refused_ones_are_not() {
    let server = Server::start().await;
    server.create_group("G", Sharing::Nobody, &[]).await;
    let refused = server.admin.create_group(&server.host, GroupContent::empty("G")).await;
    assert!(refused.is_err());
    let everything = AuditFilter::default();
    let log = server.admin.list_audit_entries(&everything, PageRequest::first());
    let entries = log.await.unwrap().items;
    let about_groups = entries.iter().filter(|entry| entry.record.summary.contains("group"));
    assert_eq!(about_groups.count(), 1);
}

#[tokio::test]
async fn a_group_of_a_hundred_thousand_is_changed_and_listed_in_reasonable_time() {
    let server = Server::start().await;
    let everybody = |count: usize| GroupContent {
        members: (0..count)
            .map(|number| Address::from_stored(format!("m{number:06}@elsewhere.example")))
            .chain([address("jane")])
            .collect(),
        ..content("Big", Sharing::Members, &[], &[])
    };
    server
        .admin
        .create_group(&server.host, everybody(100_000))
        .await
        .unwrap();
    server
        .admin
        .change_group(&server.host, everybody(99_000))
        .await
        .unwrap();
    let mut count = 0;
    let mut after = None;
    loop {
        let page = server
            .admin
            .list_roster(&server.account("jane"), PageRequest::after(after))
            .await
            .unwrap();
        count += page.items.len();
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(count, 99_000);
}
