//! Whether the administered server is well.

use async_trait::async_trait;

use crate::domain::Result;
use crate::domain::health::WriterState;

#[async_trait]
pub trait Health: Send + Sync {
    fn writer_state(&self) -> WriterState;

    /// Sends a change that changes nothing the whole way; where the last change could not be
    /// stored, one that does write, so that the end of the trouble is noticed.
    async fn try_writer(&self) -> Result<()>;
}
