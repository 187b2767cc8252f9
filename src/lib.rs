//! Firekeeper answers the administration APIs of XMPP servers over one domain model.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod cli;
pub mod config;
pub mod data_dir;
pub mod telemetry;
