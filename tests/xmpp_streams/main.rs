//! Streams of clients from outside: stream management (XEP-0198), client state (XEP-0352), the limits of a stream, and
//! clients that mean harm.

#[path = "../support/mod.rs"]
mod support;

mod client;
mod client_state;
mod crashes;
mod hostile;
mod limits;
mod management;
