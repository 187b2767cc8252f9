//! Streams of clients from outside: how they begin and end, logins in one step (XEP-0388, XEP-0484), stream management
//! (XEP-0198), the limits of a stream, clients that mean harm, and the proxy for files (XEP-0065).

#[path = "../support/mod.rs"]
mod support;

mod bytestreams;
mod client;
mod crashes;
mod guessing;
mod hostile;
mod inline_login;
mod limits;
mod management;
mod opening;
mod tls;
mod tokens;
