//! The audit entry of a command that changes the whole database by itself, while no service runs.

use std::path::Path;

use jiff::Timestamp;

use crate::{control::operator, domain::audit::AuditRecord, start};

/// That whoever runs this process `did` something with `file`.
pub fn record(did: &str, file: &Path, at: Timestamp) -> AuditRecord {
    let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
    AuditRecord {
        at,
        username: operator::name(operator::current()),
        summary: format!("{did} {name}"),
        details: Some("command line".to_owned()),
        node: start::node_name(),
    }
}
