//! Affiliations of rooms, of persons and of groups. Every call is `NotFound` for the service, for
//! the room or for a group that is to be affiliated, and `Conflict` when the room would be left
//! without an owner.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;

use crate::domain::Result;
use crate::domain::address::{Address, Host};
use crate::domain::affiliation::{Affiliate, Affiliation};
use crate::domain::audit::AuditRecord;
use crate::domain::page::{Page, PageRequest};
use crate::domain::room::RoomPlace;

#[async_trait]
pub trait RoomAffiliations: Send + Sync {
    /// In the order of addition.
    async fn list_room_affiliates(
        &self,
        place: &RoomPlace,
        affiliation: Affiliation,
        page: PageRequest<i64>,
    ) -> Result<Page<Affiliate, i64>>;

    /// Gives all of them the affiliation in place of any other, and tells who did not have it.
    /// `Conflict` for new members when the room asks for nicknames.
    async fn add_room_affiliates(
        &self,
        place: &RoomPlace,
        affiliation: Affiliation,
        affiliates: Vec<Affiliate>,
        record: Option<AuditRecord>,
    ) -> Result<Vec<Affiliate>>;

    /// As adding, and takes the affiliation from everybody else.
    async fn replace_room_affiliates(
        &self,
        place: &RoomPlace,
        affiliation: Affiliation,
        affiliates: Vec<Affiliate>,
        record: Option<AuditRecord>,
    ) -> Result<Vec<Affiliate>>;

    /// Takes the affiliation from one for whom exactly this counts, groups included; else a
    /// `Conflict`. Who has it by a group only keeps it.
    async fn remove_room_affiliate(
        &self,
        place: &RoomPlace,
        affiliation: Affiliation,
        affiliate: Affiliate,
        record: Option<AuditRecord>,
    ) -> Result<()>;

    /// Those of `names` that are groups of `host`.
    async fn existing_groups(&self, host: &Host, names: BTreeSet<String>) -> Result<BTreeSet<String>>;

    /// The members and admins of each of these groups of `host`; unknown groups are left out.
    async fn people_of_groups(&self, host: &Host, names: BTreeSet<String>) -> Result<BTreeMap<String, Vec<Address>>>;
}
