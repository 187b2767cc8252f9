//! Words and rules of the service: addresses, accounts, groups, rosters, rooms, and what may go
//! wrong with them. Nothing here knows SQL, HTTP or the shape of any imitated API.

pub mod access;
pub mod account;
pub mod address;
pub mod affiliation;
pub mod archive;
pub mod audit;
pub mod backup;
pub mod clock;
pub mod command;
pub mod error;
pub mod event;
pub mod group;
pub mod group_address;
pub mod health;
pub mod invitation;
pub mod kept;
pub mod login_token;
pub mod message;
pub mod network;
pub mod offline;
pub mod page;
pub mod presence;
pub mod private_xml;
pub mod progress;
pub mod property;
pub mod pubsub;
pub mod push;
pub mod random;
pub mod room;
pub mod room_profile;
pub mod roster;
pub mod search;
pub mod secret;
pub mod service;
pub mod session;
pub mod setting;
pub mod subscription;
pub mod upload;
pub mod vcard;

pub use error::{Error, Kind, Result};
