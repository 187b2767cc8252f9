//! Clearing away what removals leave behind, while the service runs.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use super::leftovers;
use super::rosters;
use super::store::Store;
use super::writer::Transaction;
use crate::domain::Result;
use crate::domain::event::Event;

/// How long it rests after the database failed.
const REST: Duration = Duration::from_secs(10);

/// Clears a little of what earlier removals and renamings left. To be called until it answers `false`: nothing is left.
/// What is left in the rosters of others goes first: it needs the rows of whose roster it was.
pub(super) fn clear_some(transaction: &mut Transaction<'_>) -> Result<bool> {
    Ok(rosters::go_on_parting(transaction)? || leftovers::remove_some(transaction, leftovers::SLICE)?)
}

impl Store {
    /// Clears what earlier removals and renamings left, now and after every further one. Never ends.
    pub async fn clear_leftovers(self) {
        let removed = Arc::new(Notify::new());
        let notice = Arc::clone(&removed);
        self.listen(Box::new(move |event| {
            if let Event::AccountRemoved(_)
            | Event::AccountRenamed { .. }
            | Event::GroupRemoved { .. }
            | Event::RoomRemoved { .. } = event
            {
                notice.notify_one();
            }
        }));
        loop {
            match self.write(clear_some).await {
                Ok(true) => {}
                Ok(false) => removed.notified().await,
                Err(cause) => {
                    tracing::warn!(%cause, "rows of what was removed stay for now");
                    tokio::time::sleep(REST).await;
                }
            }
        }
    }
}
