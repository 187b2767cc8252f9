//! Chat services and rooms of the administered server.

use async_trait::async_trait;

use crate::domain::Result;
use crate::domain::address::Host;
use crate::domain::affiliation::Affiliations;
use crate::domain::audit::AuditRecord;
use crate::domain::page::{Page, PageRequest};
use crate::domain::room::{Room, RoomContent, RoomFilter, RoomPlace, RoomService};

#[async_trait]
pub trait Rooms: Send + Sync {
    /// By name in code point order.
    async fn list_room_services(&self, host: &Host, page: PageRequest) -> Result<Page<RoomService>>;

    /// `AlreadyExists` when there is one of that name in any letter case, `Invalid` when the name
    /// makes no domain.
    async fn create_room_service(&self, host: &Host, new: RoomService, record: Option<AuditRecord>) -> Result<()>;

    /// By name. `NotFound` when there is no such service.
    async fn list_rooms(
        &self,
        host: &Host,
        service: &str,
        filter: &RoomFilter,
        page: PageRequest,
    ) -> Result<Page<Room>>;

    /// `NotFound` for the service or for the room.
    async fn find_room(&self, place: &RoomPlace) -> Result<Room>;

    /// Whether there is, or can be, a room at `place`: `Invalid` or `TooLong` when not by its name,
    /// `NotAllowed` when the name is retired.
    async fn check_room_place(&self, place: &RoomPlace) -> Result<()>;

    /// Makes the room exactly this, whether or not it exists, and its service when there is none.
    /// Gives the affiliations that are new; who is owner by the creation itself is not.
    /// Refuses what `check_room_place` refuses before its content; `Conflict` when it would have no
    /// owner, or new members though its settings ask for nicknames, `NotFound` for a group.
    async fn set_room(
        &self,
        place: &RoomPlace,
        content: RoomContent,
        record: Option<AuditRecord>,
    ) -> Result<Affiliations>;

    /// Removes the room; its occupants leave. `NotFound` for the service or for the room.
    async fn remove_room(&self, place: &RoomPlace, record: Option<AuditRecord>) -> Result<()>;
}
