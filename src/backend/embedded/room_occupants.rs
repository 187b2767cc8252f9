//! What lives in the rooms of the embedded server. As long as it has no XMPP engine nobody can
//! enter a room, say anything there or be reached by an invitation.

use async_trait::async_trait;

use super::Embedded;
use crate::backend::RoomOccupants;
use crate::domain::Result;
use crate::domain::address::Address;
use crate::domain::audit::AuditRecord;
use crate::domain::room::{Occupant, RoomMessage, RoomPlace};
use crate::storage::rooms;

impl Embedded {
    async fn require_room(&self, place: &RoomPlace) -> Result<()> {
        let place = place.clone();
        self.store
            .read(move |connection| rooms::locate(connection, &place).map(|_| ()))
            .await
    }
}

#[async_trait]
impl RoomOccupants for Embedded {
    async fn list_room_occupants(&self, place: &RoomPlace) -> Result<Vec<Occupant>> {
        self.require_room(place).await?;
        Ok(Vec::new())
    }

    async fn list_room_history(&self, place: &RoomPlace) -> Result<Vec<RoomMessage>> {
        self.require_room(place).await?;
        Ok(Vec::new())
    }

    async fn invite_to_room(
        &self,
        place: &RoomPlace,
        _invitees: Vec<Address>,
        _reason: Option<String>,
        record: Option<AuditRecord>,
    ) -> Result<()> {
        self.require_room(place).await?;
        self.note(record).await
    }
}
