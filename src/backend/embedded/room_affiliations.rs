//! Affiliations of rooms of the embedded server.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;

use super::Embedded;
use crate::backend::RoomAffiliations;
use crate::domain::Result;
use crate::domain::address::{Address, Host};
use crate::domain::affiliation::{Affiliate, Affiliation};
use crate::domain::audit::AuditRecord;
use crate::domain::page::{Page, PageRequest};
use crate::domain::room::RoomPlace;
use crate::storage::{group_members, room_affiliations, rooms};

#[async_trait]
impl RoomAffiliations for Embedded {
    async fn list_room_affiliates(
        &self,
        place: &RoomPlace,
        affiliation: Affiliation,
        page: PageRequest<i64>,
    ) -> Result<Page<Affiliate, i64>> {
        let place = place.clone();
        self.store
            .read(move |connection| {
                let room = rooms::locate(connection, &place)?;
                room_affiliations::list(connection, &room, affiliation, &page)
            })
            .await
    }

    async fn add_room_affiliates(
        &self,
        place: &RoomPlace,
        affiliation: Affiliation,
        affiliates: Vec<Affiliate>,
        record: Option<AuditRecord>,
    ) -> Result<Vec<Affiliate>> {
        let place = place.clone();
        self.change(record, move |transaction| {
            let room = rooms::locate(transaction, &place)?;
            room_affiliations::add(transaction, &room, affiliation, &affiliates)
        })
        .await
    }

    async fn replace_room_affiliates(
        &self,
        place: &RoomPlace,
        affiliation: Affiliation,
        affiliates: Vec<Affiliate>,
        record: Option<AuditRecord>,
    ) -> Result<Vec<Affiliate>> {
        let place = place.clone();
        self.change(record, move |transaction| {
            let room = rooms::locate(transaction, &place)?;
            room_affiliations::replace(transaction, &room, affiliation, &affiliates)
        })
        .await
    }

    async fn remove_room_affiliate(
        &self,
        place: &RoomPlace,
        affiliation: Affiliation,
        affiliate: Affiliate,
        record: Option<AuditRecord>,
    ) -> Result<()> {
        let place = place.clone();
        self.change(record, move |transaction| {
            let room = rooms::locate(transaction, &place)?;
            room_affiliations::remove(transaction, &room, affiliation, &affiliate)
        })
        .await
    }

    async fn existing_groups(&self, host: &Host, names: BTreeSet<String>) -> Result<BTreeSet<String>> {
        let host = host.clone();
        self.store
            .read(move |connection| group_members::existing_groups(connection, &host, &names))
            .await
    }

    async fn people_of_groups(&self, host: &Host, names: BTreeSet<String>) -> Result<BTreeMap<String, Vec<Address>>> {
        let host = host.clone();
        self.store
            .read(move |connection| group_members::people_of_groups(connection, &host, &names))
            .await
    }
}
