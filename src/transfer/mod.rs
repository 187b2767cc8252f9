//! Moves whole databases and files of data in and out while no service runs: the data directory is locked by the
//! caller. What is loaded takes effect as a whole or not at all.

pub mod backup;
pub mod csv;
mod hashing;
pub mod loading;
pub mod openfire;
pub mod place;
pub mod portable;
pub mod restore;
pub mod summary;
