//! Whether the embedded server is well.

use async_trait::async_trait;

use super::Embedded;
use crate::backend::Health;
use crate::domain::Result;
use crate::domain::clock::now_in_milliseconds;
use crate::domain::health::WriterState;
use crate::storage::installation;

#[async_trait]
impl Health for Embedded {
    fn writer_state(&self) -> WriterState {
        self.store.writer_state()
    }

    async fn try_writer(&self) -> Result<()> {
        let write = self.writer_state().failing;
        let now = now_in_milliseconds(&*self.clock);
        self.store
            .write(move |transaction| {
                if write {
                    installation::note_trial(transaction, now)?;
                }
                Ok(())
            })
            .await
    }
}
