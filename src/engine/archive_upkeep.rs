//! Removes from message archives what nobody can read any more and what is beyond the limits, in slices that let messages
//! pass in between.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Engine;
use super::settings::ArchiveRetention;
use crate::domain::Result;
use crate::storage::Store;
use crate::storage::archive::{self, ArchiveId, Before};

/// Messages that one job removes: a few milliseconds of the writer.
const SLICE: usize = 500;

/// Archives that are looked up at once.
const PAGE: usize = 100;

const INTERVAL: Duration = Duration::from_mins(1);

/// Limits are looked at once in so many intervals.
const INTERVALS_OF_LIMITS: u32 = 60;

impl Engine {
    /// Keeps the archives small from now on. Never ends.
    pub async fn keep_archives_small(self) {
        let mut ticks = tokio::time::interval(INTERVAL);
        let mut until_limits = 0;
        loop {
            ticks.tick().await;
            let mut removed = remove_ownerless(self.store()).await;
            if until_limits == 0 && removed.is_ok() {
                until_limits = INTERVALS_OF_LIMITS;
                removed = enforce(self.store(), self.settings().archive_retention, self.clock().now()).await;
            }
            until_limits -= u32::from(until_limits > 0);
            if let Err(cause) = removed {
                tracing::warn!(%cause, "old messages stay in the archives for now");
            }
        }
    }
}

async fn remove_ownerless(store: &Store) -> Result<()> {
    while store
        .write(|transaction| archive::remove_ownerless(transaction, SLICE))
        .await?
    {}
    Ok(())
}

/// Removes what is older than the retention or beyond its number, from every archive.
async fn enforce(store: &Store, retention: ArchiveRetention, now: Timestamp) -> Result<()> {
    let oldest = retention.age.and_then(|age| {
        let age = SignedDuration::try_from(age).ok()?;
        // An age that reaches before the calendar begins keeps everything.
        now.checked_sub(age).ok()
    });
    if oldest.is_none() && retention.messages.is_none() {
        return Ok(());
    }
    let mut after = None;
    loop {
        let archives = store
            .read(move |connection| archive::list_archives(connection, after, PAGE))
            .await?;
        for archive in &archives {
            shorten(store, *archive, oldest.map(Before::moment), retention.messages).await?;
        }
        after = archives.last().copied();
        if archives.len() < PAGE {
            return Ok(());
        }
    }
}

async fn shorten(store: &Store, archive: ArchiveId, oldest: Option<Before>, most: Option<usize>) -> Result<()> {
    let mut before = oldest;
    if let Some(most) = most {
        let excess = store
            .read(move |connection| archive::find_excess(connection, archive, most))
            .await?;
        before = before.max(excess);
    }
    let Some(before) = before else {
        return Ok(());
    };
    while store
        .write(move |transaction| archive::remove_before(transaction, archive, before, SLICE))
        .await?
        == SLICE
    {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::address::FullAddress;
    use crate::domain::archive::{ArchiveCopy, ArchiveFilter, ArchiveOwner, ArchivePosition, NewArchivedMessage};
    use crate::storage::testing::{TestStore, account, moment};

    fn owner() -> ArchiveOwner {
        ArchiveOwner::Account(account("jane"))
    }

    /// An archive with so many messages, one each second.
    async fn archived(number: i64) -> TestStore {
        let test = TestStore::with_accounts(&["jane"]).await;
        test.write(move |transaction| {
            for second in 0..number {
                let message = NewArchivedMessage {
                    stanza: second.to_string().into(),
                    at: moment(second * 1000),
                    copies: vec![ArchiveCopy {
                        owner: owner(),
                        contact: FullAddress::from_stored("john@example.org"),
                        address_visible: true,
                        nickname: None,
                    }],
                };
                archive::insert(transaction, &message)?;
            }
            Ok(())
        })
        .await
        .unwrap();
        test
    }

    async fn kept(test: &TestStore) -> Vec<String> {
        let page = test
            .read(|connection| {
                let (filter, position) = (ArchiveFilter::default(), ArchivePosition::After(None));
                archive::list(connection, &owner(), &filter, &position, 100)
            })
            .await;
        page.messages.into_iter().map(|message| message.stanza).collect()
    }

    #[tokio::test]
    async fn what_is_too_old_or_too_much_goes_and_the_stricter_limit_counts() {
        for (age, messages, expected) in [
            (None, None, 5),
            (Some(3), None, 3),
            (None, Some(2), 2),
            (Some(3), Some(2), 2),
            (Some(3), Some(4), 3),
            (Some(u64::MAX), Some(10), 5),
        ] {
            let test = archived(5).await;
            let retention = ArchiveRetention {
                age: age.map(Duration::from_secs),
                messages,
            };
            enforce(test.store(), retention, moment(5000)).await.unwrap();
            assert_eq!(kept(&test).await.len(), expected, "{retention:?}");
        }
    }

    #[tokio::test]
    async fn more_than_a_slice_goes_as_well() {
        let test = archived(1200).await;
        let retention = ArchiveRetention {
            age: None,
            messages: Some(1),
        };
        enforce(test.store(), retention, moment(0)).await.unwrap();
        assert_eq!(kept(&test).await, ["1199"]);
    }

    #[tokio::test]
    async fn what_belongs_to_nobody_goes() {
        let test = archived(1200).await;
        test.write(|transaction| archive::clear(transaction, &owner()))
            .await
            .unwrap();
        remove_ownerless(test.store()).await.unwrap();
        let rows: i64 = test
            .read(|connection| {
                connection
                    .query_row("SELECT count(*) FROM archive_bodies", [], |row| row.get(0))
                    .map_err(crate::storage::rows::failure)
            })
            .await;
        assert_eq!(rows, 0);
    }
}
