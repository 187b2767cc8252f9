//! Multi-user chat (XEP-0045): services of rooms, the rooms that somebody is in, and what happens there. The state of a
//! room is behind a short lock, and its occupants are told while that is held, so that all hear everything in one order.
//! Settings and affiliations are what the database says: changed there by jobs, and known here by the writer's events.

mod admin;
mod affiliates;
mod announce;
mod approval;
mod asked;
mod avatar;
mod changes;
mod configuration;
mod disco;
mod entering;
mod finding;
mod history;
mod incoming;
mod invitations;
mod items;
mod kept_voices;
mod leaving;
pub mod live;
mod loading;
mod messages;
mod moderation;
mod nickname;
mod occupant_ids;
mod occupants;
pub mod overview;
mod owner;
mod presence;
mod reading;
mod refusals;
mod registration;
mod relay;
mod remembered;
mod reply;
mod requests;
mod reserved_nicknames;
mod retraction;
mod rights;
mod roles;
mod room;
mod search;
mod service;
mod status;
mod voice;

pub use changes::hear;
pub use invitations::invite;
pub use leaving::{leave, shut_down};
pub use service::register_services;
