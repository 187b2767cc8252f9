//! Firekeeper answers the administration APIs of XMPP servers over one domain model.
//!
//! `domain` holds the words and rules, `storage` the SQLite database, `backend` the traits of an
//! XMPP server that is administered, `admin` what an administrator can do, `api` one folder per
//! imitated API, `transport` what clients of XMPP reach over HTTP, `http` the listeners, and `app` puts them together.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod acme;
pub mod admin;
pub mod api;
pub mod app;
pub mod backend;
pub mod certificates;
pub mod cli;
pub mod config;
pub mod control;
pub mod data_dir;
pub mod domain;
pub mod engine;
pub mod exchange;
pub mod exchange_dir;
pub mod http;
pub mod listeners;
pub mod metrics;
pub mod scram;
pub mod start;
pub mod storage;
pub mod supervisor;
pub mod telemetry;
pub mod transfer;
pub mod transport;
