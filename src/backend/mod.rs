//! An XMPP server that is administered, as traits, one file per noun. The embedded server is one;
//! drivers for real servers can be others. Every changing call carries the audit entry that must be
//! stored with the change (`None`: the change is not to be logged).

mod accounts;
mod audit;
mod backups;
pub mod embedded;
mod groups;
mod health;
mod invitations;
mod messages;
mod properties;
mod room_affiliations;
mod room_occupants;
mod rooms;
mod rosters;
mod service;
mod sessions;
mod vcards;

pub use accounts::Accounts;
pub use audit::AuditLog;
pub use backups::Backups;
pub use groups::Groups;
pub use health::Health;
pub use invitations::Invitations;
pub use messages::Messages;
pub use properties::Properties;
pub use room_affiliations::RoomAffiliations;
pub use room_occupants::RoomOccupants;
pub use rooms::Rooms;
pub use rosters::Rosters;
pub use service::Service;
pub use sessions::Sessions;
pub use vcards::VCards;

/// Everything an administered server offers.
pub trait Backend:
    Accounts
    + AuditLog
    + Backups
    + Groups
    + Health
    + Invitations
    + Messages
    + Properties
    + RoomAffiliations
    + RoomOccupants
    + Rooms
    + Rosters
    + Service
    + Sessions
    + VCards
    + Send
    + Sync
{
}

impl<T> Backend for T where
    T: Accounts
        + AuditLog
        + Backups
        + Groups
        + Health
        + Invitations
        + Messages
        + Properties
        + RoomAffiliations
        + RoomOccupants
        + Rooms
        + Rosters
        + Service
        + Sessions
        + VCards
        + Send
        + Sync
{
}
