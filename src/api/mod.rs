//! The imitated interfaces, one folder each, and what they share.

pub mod openfire;
pub mod query;
