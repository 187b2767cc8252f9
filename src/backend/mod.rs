//! An XMPP server that is administered, as traits, one file per noun. The embedded server is one;
//! drivers for real servers can be others. Every changing call carries the audit entry that must be
//! stored with the change (`None`: the change is not to be logged).

mod accounts;
mod audit;
pub mod embedded;
mod properties;

pub use accounts::Accounts;
pub use audit::AuditLog;
pub use properties::Properties;

/// Everything an administered server offers.
pub trait Backend: Accounts + AuditLog + Properties + Send + Sync {}

impl<T: Accounts + AuditLog + Properties + Send + Sync> Backend for T {}
