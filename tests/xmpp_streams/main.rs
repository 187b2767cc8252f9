//! Streams of clients from outside: stream management (XEP-0198).

#[path = "../support/mod.rs"]
mod support;

mod client;
mod management;
