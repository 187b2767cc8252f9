//! The security audit log, through the admin layer.

use std::time::Duration;

use crate::administered::{Administered, Configured};
use firekeeper::domain::audit::{AuditEntry, AuditFilter};
use firekeeper::domain::page::PageRequest;

const CONFIGURED: Configured<'_> = Configured {
    texts: &[],
    writable: false,
};

/// Properties `0` to `changes - 1` are set, a second apart.
async fn with_changes(changes: u32) -> (tempfile::TempDir, Administered) {
    let folder = tempfile::tempdir().unwrap();
    let administered = Administered::open(folder.path(), CONFIGURED).await;
    let session = administered.session();
    for number in 0..changes {
        session.write_property(&number.to_string(), "x".into()).await.unwrap();
        administered.clock.advance(1000);
    }
    (folder, administered)
}

async fn page(administered: &Administered, filter: &AuditFilter, page: PageRequest<i64>) -> Vec<AuditEntry> {
    administered
        .session()
        .list_audit_entries(filter, page)
        .await
        .unwrap()
        .items
}

fn summaries(entries: &[AuditEntry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.record.summary.as_str()).collect()
}

#[tokio::test]
async fn a_change_is_told_with_who_made_it_and_from_where() {
    let (_folder, administered) = with_changes(1).await;
    let entries = page(&administered, &AuditFilter::default(), PageRequest::first()).await;
    let record = &entries[0].record;
    assert_eq!(record.username, "(shared secret)");
    assert_eq!(record.summary, "set property 0");
    assert_eq!(record.details.as_deref(), Some("command line"));
    assert_eq!(record.node, "node");
    assert_eq!(record.at.as_second(), 1_767_225_600);
}

#[tokio::test]
async fn entries_come_newest_first_and_pages_continue_after_an_offset() {
    let (_folder, administered) = with_changes(5).await;
    let filter = AuditFilter {
        offset: 1,
        ..AuditFilter::default()
    };
    let first = page(&administered, &filter, PageRequest { after: None, limit: 2 }).await;
    assert_eq!(summaries(&first), ["set property 3", "set property 2"]);
    let after = Some(first[1].id);
    let second = page(&administered, &filter, PageRequest { after, limit: 5 }).await;
    assert_eq!(summaries(&second), ["set property 1", "set property 0"]);
}

#[tokio::test]
async fn bounds_of_time_are_inclusive_and_the_user_is_exact() {
    let (_folder, administered) = with_changes(5).await;
    let at = |seconds: i64| Some(jiff::Timestamp::from_second(1_767_225_600 + seconds).unwrap());
    let bounded = AuditFilter {
        oldest: at(1),
        newest: at(3),
        ..AuditFilter::default()
    };
    let found = page(&administered, &bounded, PageRequest::first()).await;
    assert_eq!(
        summaries(&found),
        ["set property 3", "set property 2", "set property 1"]
    );
    for (username, entries) in [("(shared secret)", 5), ("(Shared Secret)", 0), ("", 0)] {
        let filter = AuditFilter {
            username: Some(username.into()),
            ..AuditFilter::default()
        };
        let found = page(&administered, &filter, PageRequest::first()).await;
        assert_eq!(found.len(), entries, "{username:?}");
    }
}

#[tokio::test]
async fn entries_older_than_the_retention_go_in_any_number() {
    let (_folder, administered) = with_changes(1200).await;
    let admin = &administered.admin;
    assert_eq!(admin.remove_old_audit_entries(Duration::MAX).await.unwrap(), 0);
    // The clock stands a second after the last change.
    let removed = admin.remove_old_audit_entries(Duration::from_secs(10)).await.unwrap();
    assert_eq!(removed, 1190);
    let left = page(&administered, &AuditFilter::default(), PageRequest::first()).await;
    assert_eq!(left.len(), 10);
    assert_eq!(left[9].record.summary, "set property 1190");
}
