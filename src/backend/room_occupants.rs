//! What lives in a room: who is in it, what was said lately, who is asked in. Every call is
//! `NotFound` for the service or for the room.

use async_trait::async_trait;

use crate::domain::Result;
use crate::domain::address::Address;
use crate::domain::audit::AuditRecord;
use crate::domain::room::{Occupant, RoomMessage, RoomPlace};

#[async_trait]
pub trait RoomOccupants: Send + Sync {
    /// Everybody who is in the room now, one entry for each session.
    async fn list_room_occupants(&self, place: &RoomPlace) -> Result<Vec<Occupant>>;

    /// The messages that newcomers are shown, oldest first.
    async fn list_room_history(&self, place: &RoomPlace) -> Result<Vec<RoomMessage>>;

    /// Sends each of them an invitation from the room, with its password if it has one.
    async fn invite_to_room(
        &self,
        place: &RoomPlace,
        invitees: Vec<Address>,
        reason: Option<String>,
        record: Option<AuditRecord>,
    ) -> Result<()>;
}
