//! Copies of everything that a server stores.

/// What goes into a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackupScope {
    /// The database, and beside it the files that clients have put on the server.
    Everything,
    DatabaseOnly,
}
