//! Clearing away what removals leave behind, while the service runs.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use super::leftovers::{SLICE, remove_some};
use super::store::Store;
use crate::domain::event::Event;

/// How long it rests after the database failed.
const REST: Duration = Duration::from_secs(10);

impl Store {
    /// Removes what is left of earlier removals, now and after every further one. Never ends.
    pub async fn clear_leftovers(self) {
        let removed = Arc::new(Notify::new());
        let notice = Arc::clone(&removed);
        self.listen(Box::new(move |event| {
            if let Event::AccountRemoved(_) | Event::GroupRemoved { .. } | Event::RoomRemoved { .. } = event {
                notice.notify_one();
            }
        }));
        loop {
            match self.write(|transaction| remove_some(transaction, SLICE)).await {
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
