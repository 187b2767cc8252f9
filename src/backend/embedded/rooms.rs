//! Chat services and rooms of the embedded server.

use async_trait::async_trait;

use super::Embedded;
use crate::backend::Rooms;
use crate::domain::Result;
use crate::domain::address::Host;
use crate::domain::affiliation::Affiliations;
use crate::domain::audit::AuditRecord;
use crate::domain::clock::now_in_milliseconds;
use crate::domain::page::{Page, PageRequest};
use crate::domain::room::{Room, RoomContent, RoomFarewell, RoomFilter, RoomPlace, RoomService};
use crate::engine::muc::overview;
use crate::storage::{room_services, rooms};

#[async_trait]
impl Rooms for Embedded {
    async fn list_room_services(&self, host: &Host, page: PageRequest) -> Result<Page<RoomService>> {
        let host = host.clone();
        self.store
            .read(move |connection| room_services::list(connection, &host, &page))
            .await
    }

    async fn create_room_service(&self, host: &Host, new: RoomService, record: Option<AuditRecord>) -> Result<()> {
        RoomService::domain(&new.name, host)?;
        let host = host.clone();
        self.change(record, move |transaction| {
            room_services::insert(transaction, &host, &new).map(drop)
        })
        .await
    }

    async fn list_rooms(
        &self,
        host: &Host,
        service: &str,
        filter: &RoomFilter,
        page: PageRequest,
    ) -> Result<Page<Room>> {
        overview::settle(&self.engine).await;
        let (host, service, filter) = (host.clone(), service.to_owned(), filter.clone());
        self.store
            .read(move |connection| rooms::list(connection, &host, &service, &filter, &page))
            .await
    }

    async fn find_room(&self, place: &RoomPlace) -> Result<Room> {
        overview::settle(&self.engine).await;
        let place = place.clone();
        self.store.read(move |connection| rooms::find(connection, &place)).await
    }

    async fn check_room_place(&self, place: &RoomPlace) -> Result<()> {
        let place = place.clone();
        self.store
            .read(move |connection| rooms::check_name(connection, &place))
            .await
    }

    async fn set_room(
        &self,
        place: &RoomPlace,
        content: RoomContent,
        record: Option<AuditRecord>,
    ) -> Result<Affiliations> {
        let content = match content.checked() {
            Ok(content) => content,
            Err(refused) => {
                self.check_room_place(place).await?;
                return Err(refused);
            }
        };
        let place = place.clone();
        let now = now_in_milliseconds(&*self.clock);
        self.change(record, move |transaction| {
            rooms::check_name(transaction, &place)?;
            rooms::set(transaction, &place, &content, now)
        })
        .await
    }

    async fn remove_room(&self, place: &RoomPlace, record: Option<AuditRecord>) -> Result<()> {
        let place = place.clone();
        self.change(record, move |transaction| {
            rooms::remove(transaction, &place, &RoomFarewell::default())
        })
        .await
    }
}
