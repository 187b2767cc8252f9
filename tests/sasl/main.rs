//! Logging in through the public door of the engine's SASL: real database, own client, no sockets.

mod accounts;
mod channel_binding;
mod client;
mod login;
mod lookalike;
mod malformed;
mod server;
mod tokens;
