//! Chat services and rooms.

use super::AdminSession;
use crate::domain::Result;
use crate::domain::address::Host;
use crate::domain::affiliation::Affiliations;
use crate::domain::page::{Page, PageRequest};
use crate::domain::room::{Occupant, Room, RoomContent, RoomFilter, RoomMessage, RoomPlace, RoomService};

impl AdminSession {
    /// By name in code point order.
    pub async fn list_room_services(&self, host: &Host, page: PageRequest) -> Result<Page<RoomService>> {
        self.backend().list_room_services(host, page).await
    }

    /// `AlreadyExists` when there is one of that name in any letter case, `Invalid` when the name
    /// makes no domain.
    pub async fn create_room_service(&self, host: &Host, new: RoomService) -> Result<()> {
        let record = self.record(format!("created chat service {}.{host}", new.name));
        self.backend().create_room_service(host, new, record).await
    }

    /// By name. `NotFound` when there is no such service.
    pub async fn list_rooms(
        &self,
        host: &Host,
        service: &str,
        filter: &RoomFilter,
        page: PageRequest,
    ) -> Result<Page<Room>> {
        self.backend().list_rooms(host, service, filter, page).await
    }

    /// `NotFound` for the service or for the room.
    pub async fn find_room(&self, place: &RoomPlace) -> Result<Room> {
        self.backend().find_room(place).await
    }

    /// Whether there is, or can be, a room at `place`: `Invalid` or `TooLong` when not by its name,
    /// `NotAllowed` when the name is retired.
    pub async fn check_room_place(&self, place: &RoomPlace) -> Result<()> {
        self.backend().check_room_place(place).await
    }

    /// Makes the room exactly this, whether or not it exists, and its service when there is none.
    /// Gives the affiliations that are new; who is owner by the creation itself is not.
    /// Refuses what [`Self::check_room_place`] refuses before its content; `Conflict` when it would
    /// have no owner, or new members though its settings ask for nicknames, `NotFound` for a group.
    pub async fn set_room(&self, place: &RoomPlace, content: RoomContent) -> Result<Affiliations> {
        let record = self.record(format!("set room {place}"));
        self.backend().set_room(place, content, record).await
    }

    /// `NotFound` for the service or for the room.
    pub async fn remove_room(&self, place: &RoomPlace) -> Result<()> {
        let record = self.record(format!("removed room {place}"));
        self.backend().remove_room(place, record).await
    }

    /// Everybody who is in the room now, one entry for each session.
    pub async fn list_room_occupants(&self, place: &RoomPlace) -> Result<Vec<Occupant>> {
        self.backend().list_room_occupants(place).await
    }

    /// The messages that newcomers are shown, oldest first.
    pub async fn list_room_history(&self, place: &RoomPlace) -> Result<Vec<RoomMessage>> {
        self.backend().list_room_history(place).await
    }
}
