//! The security audit log: every change by an administrator is in it once, through whatever door it came, and what changes
//! nothing is not.

#[path = "../support/mod.rs"]
mod support;

mod commands;
mod durability;
mod every_operation;
mod log;
mod openfire;
mod userservice;
