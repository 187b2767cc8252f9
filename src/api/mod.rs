//! The administration APIs that this service answers: one folder per imitated server, and what they share.
//!
//! A dialect imports `admin`, `domain` and the shared modules here; never another dialect, never storage.

pub mod accept;
pub mod body;
pub mod openfire;
pub mod query;
