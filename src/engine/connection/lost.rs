//! Why nothing more comes from a client.

use std::io;

use crate::engine::stream_error::StreamError;

/// Why no further frame comes.
#[derive(Debug)]
pub enum Lost {
    /// The peer has gone without `</stream:stream>`.
    Gone,
    Fault(StreamError),
}

impl From<io::Error> for Lost {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}
