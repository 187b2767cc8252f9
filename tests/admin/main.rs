//! What administrators can do, through the admin layer over a real database, without HTTP.

mod account_moves;
mod administered;
mod audit;
mod group_server;
mod groups;
mod health;
mod lists;
mod login;
mod probes;
mod properties;
mod room_affiliations;
mod room_server;
mod rooms;
mod rosters;
mod service;
