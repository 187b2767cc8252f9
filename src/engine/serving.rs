//! What is left to do for an element of a client once the function that serves it has returned.

use futures::future::BoxFuture;

/// What serving an element takes. The effects of an element never come before those of an earlier one.
pub enum Serving {
    /// Everything has been done.
    Done,
    /// To be awaited when everything earlier has been done.
    Alone(BoxFuture<'static, ()>),
    /// Already queued for the database, behind everything earlier that was queued there.
    Stored(BoxFuture<'static, ()>),
}

impl Serving {
    /// Waits until the effects are complete.
    pub async fn finish(self) {
        match self {
            Self::Done => {}
            Self::Alone(future) | Self::Stored(future) => future.await,
        }
    }
}
