//! Invitations. Of a token only the hash is kept.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};
use sha2::{Digest, Sha256};

use super::rows::{self, amount, failure, time};
use super::writer::Transaction;
use super::{accounts, subscriptions};
use crate::domain::address::{AccountAddress, Host, Localpart};
use crate::domain::invitation::{Invitation, InvitationLimits, NewInvitation, Purpose, Token};
use crate::domain::page::{Page, PageRequest};
use crate::domain::subscription::SubscriptionLimits;
use crate::domain::{Error, Kind, Result};

/// What has expired is removed only then: whoever has shown a token in time may go on (XEP-0445 §4).
const GRACE: SignedDuration = SignedDuration::from_hours(1);

/// Within which those count that an inviter makes.
const DAY: SignedDuration = SignedDuration::from_hours(24);

const COLUMNS: &str = "number, invitations.host, username, accounts.host, localpart, uses, invitations.created, expires \
     FROM invitations LEFT JOIN accounts ON accounts.id = inviter";

/// Of an inviter who has been removed, or cannot log in at `:now`, nobody comes.
const STANDS: &str = "(inviter IS NULL OR accounts.host <> '' AND NOT EXISTS (SELECT 1 FROM lockouts \
     WHERE account = inviter AND coalesce(\"from\" <= :now, 1) AND coalesce(:now < until, 1)))";

/// Stores an invitation and gives its number. `LimitReached` when there are as many of the same inviter, or of none;
/// `AlreadyExists` when there is an account of its name, `NotFound` when there is no such inviter.
pub fn insert(
    transaction: &mut Transaction<'_>,
    new: &NewInvitation,
    token: &Token,
    (created, expires): (Timestamp, Timestamp),
    limits: InvitationLimits,
) -> Result<i64> {
    remove_expired(transaction, created)?;
    let host = new.host().ok_or_else(|| Error::not_found(Kind::Host, ""))?;
    let inviter = match &new.inviter {
        Some(inviter) => Some(accounts::id_of(transaction, inviter)?),
        None => None,
    };
    let username = match &new.purpose {
        Purpose::Account { username, .. } => username.as_ref(),
        Purpose::Contact => None,
    };
    if let Some(name) = username {
        let account = AccountAddress::new(name.clone(), host.clone());
        if accounts::exists(transaction, &account)? || is_kept(transaction, &account, None, created)? {
            return Err(Error::already_exists(Kind::Account, account.to_string()));
        }
    }
    check_limits(transaction, inviter, created, limits)?;
    let inserted = transaction
        .prepare_cached(
            "INSERT INTO invitations (token, host, username, inviter, uses, created, expires) \
             SELECT ?1, name, ?3, ?4, ?5, ?6, ?7 FROM hosts WHERE name = ?2 RETURNING number",
        )
        .and_then(|mut statement| {
            let values = params![
                hash(token),
                host.as_str(),
                username.map(Localpart::as_str),
                inviter,
                new.uses,
                created.as_millisecond(),
                expires.as_millisecond(),
            ];
            statement.query_row(values, |row| row.get(0)).optional()
        })
        .map_err(failure)?;
    inserted.ok_or_else(|| Error::not_found(Kind::Host, host.as_str()))
}

fn check_limits(connection: &Connection, inviter: Option<i64>, now: Timestamp, limits: InvitationLimits) -> Result<()> {
    let day_ago = now.checked_sub(DAY).unwrap_or(Timestamp::MIN);
    let (valid, of_the_day) = connection
        .prepare_cached(
            "SELECT count(*) FILTER (WHERE expires > ?2 AND uses > 0), count(*) FILTER (WHERE created > ?3) \
             FROM invitations WHERE inviter IS ?1",
        )
        .and_then(|mut statement| {
            let values = params![inviter, now.as_millisecond(), day_ago.as_millisecond()];
            statement.query_row(values, |row| Ok((amount(row, 0)?, amount(row, 1)?)))
        })
        .map_err(failure)?;
    for (what, made, most) in [
        ("invitations", valid, limits.at_a_time),
        ("invitations in a day", of_the_day, limits.in_a_day),
    ] {
        if made >= most {
            return Err(Error::LimitReached { what, most });
        }
    }
    Ok(())
}

/// The invitation to `host` with this token, if it has not expired and its inviter can log in.
pub fn find(connection: &Connection, host: &Host, token: &Token, now: Timestamp) -> Result<Option<Invitation>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} WHERE token = :token AND invitations.host = :host AND expires > :now AND uses > 0 AND {STANDS}"
        ))
        .and_then(|mut statement| {
            let (token, host, now) = (hash(token), host.as_str(), now.as_millisecond());
            let values = named_params! { ":token": token, ":host": host, ":now": now };
            statement.query_row(values, read).optional()
        })
        .map_err(failure)
}

/// Those that can be used, by their numbers.
pub fn list(connection: &Connection, page: &PageRequest<i64>, now: Timestamp) -> Result<Page<Invitation, i64>> {
    let found = connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} WHERE number > ?1 AND expires > ?2 AND uses > 0 AND accounts.host IS NOT '' \
             ORDER BY number LIMIT ?3"
        ))
        .and_then(|mut statement| {
            let limit = rows::limit(page.limit);
            let values = params![page.after.unwrap_or_default(), now.as_millisecond(), limit];
            let rows = statement.query_map(values, read)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        })
        .map_err(failure)?;
    Ok(Page::from_rows(found, page.limit, |last| last.number))
}

/// Takes an invitation back. `NotFound`: there is none of this number.
pub fn remove(transaction: &Transaction<'_>, number: i64) -> Result<()> {
    let removed = transaction
        .execute("DELETE FROM invitations WHERE number = ?1 AND uses > 0", [number])
        .map_err(failure)?;
    if removed == 0 {
        return Err(Error::not_found(Kind::Invitation, number.to_string()));
    }
    Ok(())
}

/// Removes those that have expired, used up or not, and count no more for the day; says how many they were.
pub fn remove_expired(transaction: &Transaction<'_>, now: Timestamp) -> Result<usize> {
    let [expired, created] = [GRACE, DAY].map(|ago| now.checked_sub(ago).unwrap_or(now).as_millisecond());
    transaction
        .prepare_cached("DELETE FROM invitations WHERE expires <= ?1 AND created <= ?2")
        .and_then(|mut statement| statement.execute([expired, created]))
        .map_err(failure)
}

/// Whether the name of an account is kept for who is invited, by another invitation than this one.
pub fn is_kept(
    connection: &Connection,
    account: &AccountAddress,
    by_other_than: Option<i64>,
    now: Timestamp,
) -> Result<bool> {
    connection
        .prepare_cached(
            "SELECT 1 FROM invitations WHERE host = ?1 AND username = ?2 AND number IS NOT ?3 AND expires > ?4 \
             AND uses > 0",
        )
        .and_then(|mut statement| {
            let (host, username) = (account.host().as_str(), account.localpart().as_str());
            statement.exists(params![host, username, by_other_than, now.as_millisecond()])
        })
        .map_err(failure)
}

/// Somebody comes by the invitation of this number: it can be used once less, and the inviter, who may have got another
/// name since it was shown, and he become contacts. `NotAllowed`: it has been used by others or taken back, or its
/// inviter cannot log in any more.
pub fn accept(
    transaction: &mut Transaction<'_>,
    number: i64,
    newcomer: &AccountAddress,
    now: Timestamp,
    limits: &SubscriptionLimits,
) -> Result<()> {
    let found = transaction
        .prepare_cached(&format!("SELECT {COLUMNS} WHERE number = :number AND {STANDS}"))
        .and_then(|mut statement| {
            let values = named_params! { ":number": number, ":now": now.as_millisecond() };
            statement.query_row(values, read).optional()
        })
        .map_err(failure)?;
    let Some(invitation) = found.filter(|invitation| invitation.uses > 0) else {
        return Err(Error::NotAllowed {
            reason: "the invitation has been used up".to_owned(),
        });
    };
    use_once(transaction, number)?;
    let Some(inviter) = invitation.inviter.filter(|inviter| inviter != newcomer) else {
        return Ok(());
    };
    let befriended = subscriptions::request_approved(transaction, newcomer, &inviter, now, limits)
        .and_then(|()| subscriptions::request_approved(transaction, &inviter, newcomer, now, limits));
    match befriended {
        // A full roster keeps nobody from making an account.
        Err(Error::LimitReached { .. }) => Ok(()),
        other => other,
    }
}

/// A contact shows a token that its inviter has given away; `false`: it counts for nothing, and is not used up.
pub fn accept_contact(
    transaction: &mut Transaction<'_>,
    token: &Token,
    inviter: &AccountAddress,
    contact: &AccountAddress,
    now: Timestamp,
    limits: &SubscriptionLimits,
) -> Result<bool> {
    let invitation = find(transaction, inviter.host(), token, now)?;
    let Some(invitation) = invitation.filter(|invitation| invitation.inviter.as_ref() == Some(inviter)) else {
        return Ok(false);
    };
    if inviter == contact || !use_once(transaction, invitation.number)? {
        return Ok(false);
    }
    subscriptions::request_approved(transaction, contact, inviter, now, limits)?;
    // The contact answers as he likes, or has approved it already (XEP-0379 §3.6).
    subscriptions::request(transaction, inviter, contact, now, limits)?;
    Ok(true)
}

fn use_once(transaction: &Transaction<'_>, number: i64) -> Result<bool> {
    let used = transaction
        .execute(
            "UPDATE invitations SET uses = uses - 1 WHERE number = ?1 AND uses > 0",
            [number],
        )
        .map_err(failure)?;
    Ok(used > 0)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Invitation> {
    let host: Option<String> = row.get(3)?;
    let localpart: Option<String> = row.get(4)?;
    let inviter = host.zip(localpart);
    Ok(Invitation {
        number: row.get(0)?,
        host: Host::from_stored(row.get::<_, String>(1)?),
        username: row.get::<_, Option<String>>(2)?.map(Localpart::from_stored),
        inviter: inviter
            .map(|(host, localpart)| AccountAddress::new(Localpart::from_stored(localpart), Host::from_stored(host))),
        uses: row.get(5)?,
        created: time(row.get(6)?),
        expires: time(row.get(7)?),
    })
}

fn hash(token: &Token) -> [u8; 32] {
    Sha256::digest(token.expose()).into()
}

#[cfg(test)]
mod tests;
