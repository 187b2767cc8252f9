//! The embedded XMPP server: who its accounts are, who is connected, and what passes between them.
//! Knows neither the administration APIs nor HTTP.

pub mod accounts;
pub mod sasl;
pub mod xml;
