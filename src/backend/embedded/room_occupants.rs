//! What lives in the rooms of the embedded server.

use async_trait::async_trait;

use super::Embedded;
use crate::backend::RoomOccupants;
use crate::domain::Result;
use crate::domain::address::Address;
use crate::domain::audit::AuditRecord;
use crate::domain::room::{Occupant, RoomMessage, RoomPlace};
use crate::engine::muc::{self, overview};
use crate::storage::rooms;

impl Embedded {
    async fn require_room(&self, place: &RoomPlace) -> Result<()> {
        overview::settle(&self.engine).await;
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
        overview::list_occupants(&self.engine, place)
    }

    async fn list_room_history(&self, place: &RoomPlace) -> Result<Vec<RoomMessage>> {
        self.require_room(place).await?;
        overview::list_history(&self.engine, place).await
    }

    async fn invite_to_room(
        &self,
        place: &RoomPlace,
        invitees: Vec<Address>,
        reason: Option<String>,
        record: Option<AuditRecord>,
    ) -> Result<()> {
        let located = place.clone();
        let settings = self
            .store
            .read(move |connection| {
                let found = rooms::locate(connection, &located)?;
                rooms::settings(connection, &found)
            })
            .await?;
        self.note(record).await?;
        muc::invite(&self.engine, &place.address()?, &settings, invitees, reason.as_deref()).await;
        Ok(())
    }
}
