//! The formats in which people and their data come from elsewhere and go elsewhere: reading and writing only, no
//! database.

pub mod csv;
pub mod lines;
pub mod openfire;
pub mod sql;
pub mod xep0227;
