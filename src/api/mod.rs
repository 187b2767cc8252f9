//! The administration APIs that this service answers: one folder per imitated server, and what they share.
//!
//! A dialect imports `admin`, `domain` and the shared modules here; never another dialect, never storage.

pub mod accept;
pub mod adhoc;
pub mod body;
mod client_address;
pub mod cors;
mod entry;
mod methods;
pub mod metrics;
pub mod openfire;
pub mod page;
pub mod query;
mod request_id;
mod scrape;
pub mod target;
mod unavailable;
pub mod userservice;

pub use entry::{Api, Groups, Settings};
