//! The Openfire REST API plugin 1.12 under `/plugins/restapi/v1`.
//!
//! Its shapes and formats are `wire` (the entities), `output` and `input` (their XML and JSON) and `negotiate`
//! (which of the two).

pub mod cors;
pub mod input;
pub mod negotiate;
pub mod output;
pub mod page;
mod surrogate;
pub mod target;
pub mod wire;
