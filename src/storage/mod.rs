//! SQLite: a pool of readers, one writer, and one file of plain functions per group of tables.
//! Knows the domain; knows neither HTTP nor XMPP.

pub mod account_lists;
pub mod account_moves;
pub mod accounts;
pub mod archive;
pub mod audit;
pub mod blocked;
pub mod capabilities;
pub mod copy;
pub mod groups;
pub mod installation;
pub mod invitations;
mod lanes;
pub mod last_activity;
pub mod leftovers;
pub mod load;
pub mod login_tokens;
mod metrics;
pub mod offline;
mod open;
pub mod people;
pub mod portable;
pub mod presence_contacts;
pub mod private_xml;
pub mod properties;
pub mod pubsub;
pub mod push;
pub mod room_affiliations;
pub mod room_changes;
pub mod room_directory;
pub mod room_nicknames;
pub mod room_profiles;
pub mod room_reasons;
pub mod room_services;
pub mod room_subjects;
pub mod rooms;
pub mod rosters;
pub mod rows;
pub mod service_addresses;
pub mod snapshot;
pub mod standing_messages;
mod store;
pub mod subscriptions;
#[cfg(test)]
pub mod testing;
pub mod upload_files;
pub mod uploads;
pub mod vcards;
pub mod verification;
mod writer;

pub use open::{OpenError, Options, fold};
pub use store::{Listener, Store};
pub use writer::Transaction;
