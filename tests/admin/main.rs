//! What administrators can do, through the admin layer over a real database, without HTTP.

mod administered;
mod audit;
mod groups_rosters;
mod health;
mod lists;
mod login;
mod properties;
mod room_affiliations;
mod room_server;
mod rooms;
