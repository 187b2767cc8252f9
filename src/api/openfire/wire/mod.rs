//! The entities of the REST API plugin as they stand on the wire (§12): plain values, no rules. One file per noun,
//! each saying once how the entity is written and, where it is sent to us, how it is read.

pub mod affiliations;
pub mod archive;
pub mod chat_room;
pub mod chat_service;
pub mod clustering;
pub mod error;
pub mod group;
pub mod invitation;
pub mod messages;
pub mod occupants;
pub mod property;
pub mod room_creation_results;
pub mod roster;
pub mod security_log;
pub mod session;
#[cfg(test)]
mod tests;
pub mod user;
pub mod user_groups;
pub mod vcard;
