//! Files that clients put on the server for others to get (XEP-0363).

use jiff::Timestamp;

use super::address::AccountAddress;

/// Letters and digits of the id of a file.
pub const ID: usize = 32;

/// Whether the text can be the id of a file. It is then the name of one in a folder, too.
pub fn is_id(text: &str) -> bool {
    text.len() == ID && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// A place for a file that somebody is about to put.
#[derive(Debug, Clone)]
pub struct NewUpload {
    /// Random; whoever knows it may read the file.
    pub id: String,
    pub owner: AccountAddress,
    /// As it stands in the URL.
    pub name: String,
    pub bytes: u64,
    pub content_type: String,
    /// SHA-256 of what allows to put it.
    pub permit: Vec<u8>,
    pub created: Timestamp,
}

/// What one account may have of files, with those that are still to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    pub bytes: u64,
    /// However small they are: each is a row and a file on the disk.
    pub files: u64,
}

/// What is known of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    pub name: String,
    pub bytes: u64,
    pub content_type: String,
    pub permit: Vec<u8>,
    pub state: UploadState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UploadState {
    /// A place is kept for it.
    Expected,
    /// Somebody is putting it.
    Coming,
    Stored,
}
