//! The program as it is started on a machine.

mod accounts;
mod arguments;
mod audit;
mod backups;
mod certificates;
mod demonstration;
mod dns;
mod documents;
mod export;
mod first_start;
mod furnished;
mod generated;
mod import_csv;
mod import_openfire;
mod import_portable;
mod invitations;
mod login;
mod place;
mod probes;
mod signals;
mod supervision;
mod terminal;
mod uploaded_files;

#[path = "../support/ports.rs"]
mod ports;
