//! Rosters: what owners keep of their contacts, merged with the contacts that shared groups imply.
//! The owner need not have an account. The merge is done by every reading, so what an owner keeps
//! survives the end of a shared group, and nothing is copied when a group changes.

mod bonds;
mod changes;
mod contact;
mod holders;
mod kept;
mod moves;
mod partings;
mod requested;
pub mod subscriptions;
mod versions;

use rusqlite::{Connection, Params, Row, named_params};

use super::rows::{self, failure, json};
use crate::domain::address::{AccountAddress, Address, Host, Localpart};
use crate::domain::page::{GrowingPage, MAX_PAGE, Page, PageRequest};
use crate::domain::roster::{RosterItem, Subscription};
use crate::domain::{Error, Kind, Result};

pub use changes::{change, check_change, check_insert, insert, remove, set};
pub(super) use contact::Contact;
pub(super) use kept::{Kept, check_room, put};
pub use moves::{leave, rename};
pub(super) use partings::go_on as go_on_parting;
pub use requested::list_with_requests;
pub(super) use versions::{advance_shared, advance_shared_with};
pub use versions::{changes_since, current as current_version};

/// What an item without groups takes in memory, at most.
const ITEM_BYTES: usize = 2048;

/// `NotFound` for this contact of a roster.
pub fn missing(contact: &Address) -> Error {
    Error::not_found(Kind::RosterItem, contact.as_str())
}

/// A page of the owner's contacts, by address.
pub fn list(connection: &Connection, owner: &AccountAddress, page: &PageRequest) -> Result<Page<RosterItem>> {
    // Each group gives at most one page of its members, whatever its size. A contact on a host of
    // this service is implied only while it has an account.
    let contacts = "SELECT contact FROM ( \
             SELECT contact FROM roster_items \
             WHERE roster = (SELECT id FROM rosters WHERE host = :host AND localpart = :localpart) AND contact > :after \
             ORDER BY contact LIMIT :limit) \
         UNION SELECT value FROM visible, json_each(( \
             SELECT json_group_array(address) FROM ( \
                 SELECT address FROM group_members WHERE \"group\" = visible.id \
                 AND address > :after AND address <> :owner \
                 AND (substr(address, instr(address, '@') + 1) NOT IN (SELECT name FROM hosts) \
                     OR EXISTS (SELECT 1 FROM accounts WHERE host = substr(address, instr(address, '@') + 1) \
                         AND localpart = substr(address, 1, instr(address, '@') - 1))) \
                 ORDER BY address LIMIT :limit))) \
         ORDER BY 1 LIMIT :limit";
    select_merged(
        connection,
        contacts,
        page.limit,
        named_params! {
            ":owner": owner.to_address().as_str(),
            ":host": owner.host().as_str(),
            ":localpart": owner.localpart().as_str(),
            ":after": page.after.as_deref().unwrap_or_default(),
            ":limit": rows::limit(page.limit),
        },
    )
}

/// Every contact of the owner, by address.
pub fn list_all(connection: &Connection, owner: &AccountAddress) -> Result<Vec<RosterItem>> {
    let mut items = Vec::new();
    let mut page = PageRequest::first();
    loop {
        let found = list(connection, owner, &page)?;
        items.extend(found.items);
        match found.next {
            Some(next) => page = PageRequest::after(Some(next)),
            None => return Ok(items),
        }
    }
}

/// Those of `among` that are contacts of the owner.
pub fn list_among(connection: &Connection, owner: &AccountAddress, among: &[Address]) -> Result<Vec<RosterItem>> {
    let mut found = Vec::new();
    let mut after = Some(String::new());
    while let Some(last) = after {
        let page = select_merged(
            connection,
            "SELECT value FROM json_each(:among) WHERE value > :after ORDER BY value LIMIT :limit",
            MAX_PAGE,
            named_params! {
                ":owner": owner.to_address().as_str(),
                ":host": owner.host().as_str(),
                ":localpart": owner.localpart().as_str(),
                ":after": last,
                ":among": json(among.iter().map(Address::as_str)),
                ":limit": i64::try_from(MAX_PAGE).unwrap_or(i64::MAX),
            },
        )?;
        found.extend(page.items);
        after = page.next;
    }
    Ok(found)
}

/// One contact of the owner.
pub fn find(connection: &Connection, owner: &AccountAddress, contact: &Address) -> Result<Option<RosterItem>> {
    Ok(look(connection, owner, contact)?.item())
}

/// What there is of an address, which need not be a contact.
pub(super) fn look(connection: &Connection, owner: &AccountAddress, contact: &Address) -> Result<Contact> {
    // The row of `select_merged`, but for one contact it is quicker to begin with the groups of the contact.
    let sql = "SELECT :contact, item.contact IS NOT NULL, item.nickname, item.subscription, item.overrides, item.groups, \
             (SELECT json_group_array(display_name) \
                 FROM group_members AS theirs CROSS JOIN groups ON id = theirs.\"group\" \
                 WHERE theirs.address = :contact AND :contact <> :owner AND host = :host \
                 AND (sharing = 2 OR sharing = 1 AND EXISTS ( \
                     SELECT 1 FROM group_members AS ours WHERE ours.\"group\" = id AND ours.address = :owner))), \
             accounts.id IS NOT NULL, accounts.name, EXISTS (SELECT 1 FROM hosts WHERE hosts.name = :contact_host), \
             item.ask, item.approved, rosters.id \
         FROM (SELECT 1) \
         LEFT JOIN rosters ON rosters.host = :host AND rosters.localpart = :localpart \
         LEFT JOIN roster_items AS item ON item.roster = rosters.id AND item.contact = :contact \
         LEFT JOIN accounts ON accounts.host = :contact_host AND accounts.localpart = :contact_localpart";
    let mut statement = connection.prepare_cached(sql).map_err(failure)?;
    statement
        .query_row(
            named_params! {
                ":owner": owner.to_address().as_str(),
                ":host": owner.host().as_str(),
                ":localpart": owner.localpart().as_str(),
                ":contact": contact.as_str(),
                ":contact_host": contact.host(),
                ":contact_localpart": contact.localpart(),
            },
            |row| Ok(Contact::from_row(row)),
        )
        .map_err(failure)?
}

/// Reads the merged items of `contacts`, a statement that gives one address per row. A cross join keeps SQLite from
/// beginning with the groups, of which there may be many, instead of those of one address.
fn select_merged(
    connection: &Connection,
    contacts: &str,
    limit: usize,
    values: impl Params,
) -> Result<Page<RosterItem>> {
    let sql = format!(
        "WITH visible AS MATERIALIZED ( \
             SELECT id, display_name FROM group_members CROSS JOIN groups ON groups.id = group_members.\"group\" \
                 WHERE address = :owner AND host = :host AND sharing = 1 \
             UNION SELECT id, display_name FROM groups WHERE host = :host AND sharing = 2), \
         contacts (contact) AS ({contacts}) \
         SELECT contacts.contact, item.contact IS NOT NULL, item.nickname, item.subscription, item.overrides, \
             item.groups, \
             (SELECT json_group_array(display_name) \
                 FROM visible CROSS JOIN group_members ON \"group\" = visible.id AND address = contacts.contact \
                 WHERE contacts.contact <> :owner), \
             accounts.id IS NOT NULL, accounts.name, \
             EXISTS (SELECT 1 FROM hosts WHERE hosts.name = substr(contacts.contact, instr(contacts.contact, '@') + 1)), \
             item.ask, item.approved, item.roster \
         FROM contacts \
         LEFT JOIN roster_items AS item ON item.contact = contacts.contact \
             AND item.roster = (SELECT id FROM rosters WHERE host = :host AND localpart = :localpart) \
         LEFT JOIN accounts \
             ON accounts.host = substr(contacts.contact, instr(contacts.contact, '@') + 1) \
             AND accounts.localpart = substr(contacts.contact, 1, instr(contacts.contact, '@') - 1)"
    );
    let mut statement = connection.prepare_cached(&sql).map_err(failure)?;
    let mut rows = statement.query(values).map_err(failure)?;
    let mut page = GrowingPage::new(limit);
    while let Some(row) = rows.next().map_err(failure)? {
        if let Some(item) = Contact::from_row(row)?.item() {
            let groups = item.groups.iter().chain(&item.shared_groups).map(String::len);
            let bytes = ITEM_BYTES + groups.sum::<usize>();
            page.push(item, bytes);
        }
        if page.is_full() {
            break;
        }
    }
    Ok(page.finish(|item| item.contact.as_str().to_owned()))
}

/// The owner in the columns host and localpart.
fn owner_from_row(row: &Row<'_>) -> rusqlite::Result<AccountAddress> {
    let host = Host::from_stored(row.get::<_, String>(0)?);
    Ok(AccountAddress::new(
        Localpart::from_stored(row.get::<_, String>(1)?),
        host,
    ))
}

/// Other numbers were never stored by this program and are no subscription.
fn subscription_from_row(row: &Row<'_>, column: usize) -> rusqlite::Result<Subscription> {
    Ok(Subscription::from_number(row.get(column)?).unwrap_or_default())
}

#[cfg(test)]
mod tests;
