//! What becomes of groups, rosters and vCards when an account is renamed or removed.

use crate::group_server::{Server, address, content, owned};
use firekeeper::domain::audit::AuditFilter;
use firekeeper::domain::group::{GroupContent, Sharing};
use firekeeper::domain::page::PageRequest;
use firekeeper::domain::roster::{RosterItemChanges, Subscription};
use firekeeper::domain::vcard::VCard;
use firekeeper::storage::{group_members, rosters, vcards};

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
            group_members::remove_address(transaction, &jid)?;
            rosters::leave(transaction, &jane)?;
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
            group_members::rename_address(transaction, &from.to_address(), &to.to_address())?;
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
