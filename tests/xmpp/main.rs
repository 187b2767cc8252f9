//! The XMPP server as clients meet it: the running binary, real sockets, and the REST API beside it.

#[path = "../support/mod.rs"]
mod support;

mod bosh;
mod certificates;
mod client;
mod dice;
mod ending;
mod interleavings;
mod invitation_page;
mod order;
mod presence;
mod pubsub;
mod pubsub_chart;
mod pubsub_forms;
mod pubsub_groups;
mod pubsub_limits;
mod room_administration;
mod room_configuration;
mod room_discovery;
mod room_ends;
mod room_memory;
mod room_people;
mod room_races;
mod rooms;
mod roster;
mod server;
mod server_facts;
mod shared_groups;
mod stream_headers;
mod subscriptions;
mod upload;
mod websocket;
