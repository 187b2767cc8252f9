//! OFUSER with OFUSERPROP and OFUSERFLAG, OFROSTER with OFROSTERGROUPS, OFVCARD, OFPRESENCE.

use jiff::Timestamp;

use super::record::Record;
use crate::domain::{
    Error, Result,
    account::{Account, Lockout, MAX_EMAIL, MAX_NAME, Properties, check_length, check_localpart},
    address::{AccountAddress, Address, Host},
    roster::{KeptContact, NewRosterItem, Subscription},
    vcard::VCard,
};
use crate::engine::xml::{Limits, ns, parse_element};

/// The account that a record belongs to.
pub fn owner(record: &Record, host: &Host) -> Result<AccountAddress> {
    let address = AccountAddress::prepare(record.required("username"), host)?;
    check_localpart(address.localpart().as_str())?;
    Ok(address)
}

/// The account of an OFUSER record with its properties. Texts that are too long are left out and named.
pub fn account(record: &Record, properties: &[Record], host: &Host, now: Timestamp) -> Result<(Account, Vec<Error>)> {
    let mut left_out = Vec::new();
    let mut text = |column: &str, field: &'static str, most: usize| {
        let text = record.filled(column).filter(|text| !text.trim().is_empty())?;
        match check_length(field, text, most) {
            Ok(()) => Some(text.to_owned()),
            Err(error) => {
                left_out.push(error);
                None
            }
        }
    };
    let (name, email) = (text("name", "name", MAX_NAME), text("email", "email", MAX_EMAIL));
    let created = record.time("creationdate").unwrap_or(now);
    let properties: Properties = properties
        .iter()
        .map(|property| {
            (
                property.required("name").to_owned(),
                property.required("propvalue").to_owned(),
            )
        })
        .collect();
    let account = Account {
        address: owner(record, host)?,
        name,
        email,
        properties,
        created,
        modified: record.time("modificationdate").unwrap_or(created),
        administrator: false,
    };
    Ok((account, left_out))
}

/// The lockout of an OFUSERFLAG record, if it is one.
pub fn lockout(record: &Record) -> Option<Lockout> {
    (record.text("name") == Some("lockout")).then(|| Lockout {
        from: record.time("starttime"),
        until: record.time("endtime"),
        reason: None,
    })
}

/// What an OFROSTER record holds.
#[derive(Debug)]
pub struct Contact {
    /// `None`: the owner has not added the contact, who only asked.
    pub kept: Option<KeptContact>,
    /// The contact asked to see the owner, with this stanza if it was kept.
    pub request: Option<Request>,
}

/// A subscription request that waits for an answer.
#[derive(Debug)]
pub struct Request {
    pub sender: Address,
    pub stanza: Option<String>,
}

/// `groups` are the records of OFROSTERGROUPS for it.
pub fn contact(record: &Record, groups: &[Record]) -> Result<Contact> {
    const SUBSCRIBE_SENT: i64 = 0;
    const SUBSCRIBE_RECEIVED: i64 = 1;
    let address = Address::parse(record.required("jid"))?;
    let number = record.number("sub").unwrap_or(0);
    let subscription = Subscription::from_number(i32::try_from(number).unwrap_or(i32::MAX))?;
    let asked = record.number("ask") == Some(SUBSCRIBE_SENT);
    let request = (record.number("recv") == Some(SUBSCRIBE_RECEIVED)).then(|| Request {
        sender: address.clone(),
        stanza: record.filled("stanza").map(str::to_owned),
    });
    let is_only_request = request.is_some() && subscription == Subscription::None && !asked;
    let mut groups: Vec<_> = groups.iter().collect();
    groups.sort_by_key(|group| group.number("rank"));
    let item = NewRosterItem {
        contact: address,
        nickname: record.filled("nick").map(str::to_owned),
        subscription,
        groups: groups
            .iter()
            .map(|group| group.required("groupname").to_owned())
            .collect(),
    };
    item.check()?;
    Ok(Contact {
        kept: (!is_only_request).then_some(KeptContact {
            item,
            asked,
            approved: false,
            overrides: false,
        }),
        request,
    })
}

/// The vCard of an OFVCARD record, as it stands there.
pub fn vcard(record: &Record) -> Result<VCard> {
    let text = record.required("vcard").trim();
    let wrong = |reason: String| Error::invalid("vCard", "", reason);
    parse_element(text, Limits::OWN_TEXT).map_err(|fault| wrong(fault.to_string()))?;
    VCard::from_well_formed(text.to_owned())
}

/// When the last session of an OFPRESENCE record went, and what it said.
pub fn last_activity(record: &Record) -> Option<(Timestamp, Option<String>)> {
    let at = record.time("offlinedate")?;
    let presence = record
        .filled("offlinepresence")
        .and_then(|text| parse_element(text, Limits::OWN_TEXT).ok());
    let status = presence.and_then(|presence| {
        let status = ["", ns::JABBER_CLIENT]
            .into_iter()
            .find_map(|ns| presence.child_text("status", ns));
        status.map(std::borrow::Cow::into_owned)
    });
    Some((at, status.filter(|status| !status.is_empty())))
}
