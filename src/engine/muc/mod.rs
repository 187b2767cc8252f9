//! Multi-user chat (XEP-0045): services of rooms, the rooms that somebody is in, and what happens there. The state of a
//! room is behind a short lock, and its occupants are told while that is held, so that all hear everything in one order.
//! Settings and affiliations are what the database says: changed there by jobs, and known here by the writer's events.

mod affiliates;
mod announce;
mod changes;
mod entering;
mod history;
mod leaving;
mod live;
mod loading;
mod messages;
mod nickname;
mod occupant_ids;
mod occupants;
pub mod overview;
mod presence;
mod relay;
mod requests;
mod roles;
mod room;
mod service;
mod status;

pub use changes::hear;
pub use leaving::{leave, shut_down};
pub use live::Rooms;
pub use room::Room;
pub use service::register_services;
