//! Administration from the command line. A request is the same whether it goes through the control socket to the
//! running service or straight to `perform`, because no service runs.
//!
//! The socket stands in the data directory, for its owner only: who may open it may also read the database, so it asks
//! for no password. One JSON object per line each way; requests of one connection are answered in order.

mod client;
mod messages;
pub mod operator;
mod perform;
mod socket;

pub use client::{Client, ClientError};
pub use messages::{AccountRow, InvitationRow, Reply, Request};
pub use perform::perform;
pub use socket::{Socket, SocketError};

use std::path::{Path, PathBuf};

/// A request is a few short texts; a longer line is no request of ours.
const MAX_LINE: u64 = 64 * 1024;

/// Where the socket of a data directory is.
pub fn socket_path(data_dir: &Path) -> PathBuf {
    data_dir.join("control.sock")
}
