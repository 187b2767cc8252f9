//! The Openfire REST API plugin 1.12 under `/plugins/restapi/v1`.

pub mod cors;
pub mod page;
pub mod target;
