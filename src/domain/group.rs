//! Groups of addresses. Openfire's groups, ejabberd's shared roster groups and Prosody's groups
//! are this one thing.

use std::collections::{BTreeMap, HashSet};

use super::account::check_length;
use super::address::Address;
use super::error::{Error, Result};

/// The most characters of a group's name and description (Openfire's default database).
pub const MAX_NAME: usize = 50;
pub const MAX_DESCRIPTION: usize = 255;

/// Who sees the members of a group in their roster, as contacts with a subscription in both
/// directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sharing {
    /// Nobody: the group is for administration only.
    #[default]
    Nobody,
    /// Its own members see each other.
    Members,
    /// Everybody on the host sees its members.
    Everybody,
}

/// A group. Its name is exact: letter case and blanks count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub name: String,
    pub description: Option<String>,
    pub sharing: Sharing,
    /// The roster group in which its members appear to those it is shared with.
    pub display_name: String,
    /// Bare addresses, local or remote, sorted; an address is member or admin, never both.
    pub members: Vec<Address>,
    pub admins: Vec<Address>,
    pub properties: BTreeMap<String, String>,
}

/// A group to be made, or the new content of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupContent {
    pub name: String,
    pub description: Option<String>,
    pub sharing: Sharing,
    pub members: Vec<Address>,
    pub admins: Vec<Address>,
}

impl GroupContent {
    /// A group of this name without anybody in it, shared with nobody.
    pub fn empty(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            description: Some(String::new()),
            sharing: Sharing::Nobody,
            members: Vec::new(),
            admins: Vec::new(),
        }
    }

    /// Checks name and lengths. Duplicates are merged, and who is both is an admin.
    pub fn checked(mut self) -> Result<Self> {
        check_name(&self.name)?;
        if let Some(description) = &self.description {
            check_length("description", description, MAX_DESCRIPTION)?;
        }
        let mut seen = HashSet::new();
        self.admins.retain(|admin| seen.insert(admin.clone()));
        self.members.retain(|member| seen.insert(member.clone()));
        Ok(self)
    }
}

/// A group's name: not blank, at most [`MAX_NAME`] characters. Blanks at its ends count.
pub fn check_name(name: &str) -> Result<()> {
    if name.trim().is_empty() {
        return Err(Error::invalid("name", name, "the name of a group must not be blank"));
    }
    check_length("name", name, MAX_NAME)
}

/// What a list of groups shows of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupSummary {
    pub name: String,
    pub description: Option<String>,
}
