//! The entities of the REST API plugin as they stand on the wire (§12): plain values, no rules. One file per noun,
//! each saying once how the entity is written and, where it is sent to us, how it is read.

pub mod error;
pub mod property;
pub mod user;
