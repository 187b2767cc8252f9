//! Affiliations of rooms, and the people behind them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::slice;

use super::AdminSession;
use crate::domain::address::{Address, Host, Localpart};
use crate::domain::affiliation::{Affiliate, Affiliation};
use crate::domain::page::{Page, PageRequest};
use crate::domain::room::RoomPlace;
use crate::domain::{Error, Kind, Result};

impl AdminSession {
    /// In the order of addition.
    pub async fn list_room_affiliates(
        &self,
        place: &RoomPlace,
        affiliation: Affiliation,
        page: PageRequest<i64>,
    ) -> Result<Page<Affiliate, i64>> {
        self.backend().list_room_affiliates(place, affiliation, page).await
    }

    /// Gives all of them the affiliation in place of any other, and tells who did not have it.
    /// `Conflict` for new members when the room asks for nicknames, and when no owner would be left.
    pub async fn add_room_affiliates(
        &self,
        place: &RoomPlace,
        affiliation: Affiliation,
        affiliates: Vec<Affiliate>,
    ) -> Result<Vec<Affiliate>> {
        let record = self.record(format!(
            "added to the {}s of room {place}: {}",
            affiliation.as_str(),
            names(&affiliates)
        ));
        self.backend()
            .add_room_affiliates(place, affiliation, affiliates, record)
            .await
    }

    /// As adding, and takes the affiliation from everybody else.
    pub async fn replace_room_affiliates(
        &self,
        place: &RoomPlace,
        affiliation: Affiliation,
        affiliates: Vec<Affiliate>,
    ) -> Result<Vec<Affiliate>> {
        let record = self.record(format!(
            "replaced the {}s of room {place} by: {}",
            affiliation.as_str(),
            names(&affiliates)
        ));
        self.backend()
            .replace_room_affiliates(place, affiliation, affiliates, record)
            .await
    }

    /// Takes the affiliation from one for whom exactly this counts, groups included; else a
    /// `Conflict`, as for the last owner. Who has it by a group only keeps it.
    pub async fn remove_room_affiliate(
        &self,
        place: &RoomPlace,
        affiliation: Affiliation,
        affiliate: Affiliate,
    ) -> Result<()> {
        let record = self.record(format!(
            "removed from the {}s of room {place}: {}",
            affiliation.as_str(),
            names(slice::from_ref(&affiliate))
        ));
        self.backend()
            .remove_room_affiliate(place, affiliation, affiliate, record)
            .await
    }

    /// Invites persons and the people of groups, each once.
    pub async fn invite_to_room(
        &self,
        place: &RoomPlace,
        invitees: &[Affiliate],
        reason: Option<String>,
    ) -> Result<()> {
        let groups = Affiliate::groups_among(invitees);
        let people = self.people_of_groups(&place.host, groups).await?;
        let mut seen = HashSet::new();
        let mut addresses = Vec::new();
        for invitee in invitees {
            let persons = match invitee {
                Affiliate::User(address) => std::slice::from_ref(address),
                Affiliate::Group(name) => people.get(name).map_or(&[][..], Vec::as_slice),
            };
            addresses.extend(persons.iter().filter(|person| seen.insert(*person)).cloned());
        }
        let record = match invitees {
            [] => None,
            invitees => self.record(format!("invited to room {place}: {}", names(invitees))),
        };
        self.backend().invite_to_room(place, addresses, reason, record).await
    }

    /// The members and admins of each of these groups of `host`; unknown groups are left out.
    pub async fn people_of_groups(
        &self,
        host: &Host,
        names: BTreeSet<String>,
    ) -> Result<BTreeMap<String, Vec<Address>>> {
        if names.is_empty() {
            return Ok(BTreeMap::new());
        }
        self.backend().people_of_groups(host, names).await
    }

    /// Whom one text means, by the rule of [`Self::find_affiliates`].
    pub async fn find_affiliate(&self, host: &Host, text: &str) -> Result<Affiliate> {
        let found = self.find_affiliates(host, &[text.to_owned()]).await?;
        let missing = || Error::invalid("address", text, "it means nobody");
        found.into_iter().next().ok_or_else(missing)
    }

    /// Whom a text means that is to be a group: an address when it has exactly one `@`, else the
    /// group of exactly this name, `NotFound` when there is none.
    pub async fn find_group_affiliate(&self, host: &Host, text: &str) -> Result<Affiliate> {
        if is_address(text) {
            return Affiliate::parse(text, host);
        }
        let name = BTreeSet::from([text.to_owned()]);
        match self.backend().existing_groups(host, name).await?.pop_first() {
            Some(name) => Ok(Affiliate::Group(name)),
            None => Err(Error::not_found(Kind::Group, text)),
        }
    }

    /// Whom each text means: an address when it has exactly one `@`, else a group of exactly this
    /// name, else a local account. `Invalid` with the text when it can be none of them.
    pub async fn find_affiliates(&self, host: &Host, texts: &[String]) -> Result<Vec<Affiliate>> {
        let names: BTreeSet<String> = texts.iter().filter(|text| !is_address(text)).cloned().collect();
        let groups = if names.is_empty() {
            names
        } else {
            self.backend().existing_groups(host, names).await?
        };
        let affiliate = |text: &String| {
            if is_address(text) {
                Affiliate::parse(text, host)
            } else if groups.contains(text) {
                Ok(Affiliate::Group(text.clone()))
            } else {
                let address = Address::new(&Localpart::prepare(text)?, host);
                Ok(Affiliate::User(address))
            }
        };
        texts.iter().map(affiliate).collect()
    }
}

fn is_address(text: &str) -> bool {
    text.matches('@').count() == 1
}

/// Whom an audit entry is about: the first ten, and how many more.
fn names(affiliates: &[Affiliate]) -> String {
    const SHOWN: usize = 10;
    let shown = affiliates.iter().take(SHOWN).map(|affiliate| match affiliate {
        Affiliate::User(address) => address.to_string(),
        Affiliate::Group(name) => format!("group {name}"),
    });
    let mut names = shown.collect::<Vec<_>>().join(", ");
    if let Some(more @ 1..) = affiliates.len().checked_sub(SHOWN) {
        names.push_str(&format!(" and {more} more"));
    }
    names
}
