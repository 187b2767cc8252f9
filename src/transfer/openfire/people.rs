//! Accounts with what belongs to them, and rosters and vCards of people without an account.

use super::MoveIn;
use crate::{
    domain::{
        account::{Account, Credentials, Lockout, Password},
        address::AccountAddress,
        offline::NewOfflineMessage,
        random::Random,
        secret::Secret,
    },
    exchange::openfire::{self, Passwords, Record},
    storage::{
        accounts::{self, AccountRecord},
        load::{put_contact, put_last_activity, put_private_xml, put_subscription_request},
        offline, vcards,
    },
    transfer::{
        hashing::derive_all,
        loading::{ImportError, Site},
    },
};

const ACCOUNTS: &str = "accounts";

/// The kind under which names are staged whose data stays as it is.
const UNTOUCHED: &str = "untouched";

/// Passwords that are hashed at a time.
const CHUNK: usize = 64;

pub fn take(move_in: &mut MoveIn<'_>, site: &Site, random: &dyn Random) -> Result<(), ImportError> {
    take_accounts(move_in, site, random)?;
    take_rosters(move_in)?;
    take_vcards(move_in)?;
    take_offline_messages(move_in)?;
    take_private_xml(move_in)?;
    take_last_activity(move_in)
}

/// An account whose password is known and not hashed yet.
struct Clear {
    account: Account,
    lockout: Option<Lockout>,
    password: Password,
}

fn take_accounts(move_in: &mut MoveIn<'_>, site: &Site, random: &dyn Random) -> Result<(), ImportError> {
    let key = move_in.records("ofproperty", "passwordKey")?.pop();
    let key = key.filter(|key| !key.flag("encrypted"));
    let passwords = Passwords::new(key.map(|key| Secret::new(key.required("propvalue"))).as_ref());
    let mut clear = Vec::new();
    move_in.each("ofuser", |move_in, record| {
        let Some((account, lockout)) = account(move_in, &record)? else {
            return Ok(());
        };
        let credentials = match passwords.of(&record) {
            openfire::Password::Clear(password) => {
                clear.push(Clear {
                    account,
                    lockout,
                    password,
                });
                return if clear.len() < CHUNK {
                    Ok(())
                } else {
                    hash(move_in, &mut clear, site, random)
                };
            }
            openfire::Password::Keys(keys) => Credentials {
                sha1: Some(keys),
                sha256: None,
            },
            openfire::Password::None(reason) => {
                let what = format!("nobody can log in until it gets a new password: {reason}");
                move_in.loading.summary.note(ACCOUNTS, &account.address, what);
                Credentials::default()
            }
        };
        put(move_in, account, credentials, lockout)
    })?;
    hash(move_in, &mut clear, site, random)
}

/// The account of a record with its lockout, if it is to be taken.
fn account(move_in: &mut MoveIn<'_>, record: &Record) -> Result<Option<(Account, Option<Lockout>)>, ImportError> {
    let name = record.required("username");
    let properties = move_in.records("ofuserprop", name)?;
    let flags = move_in.records("ofuserflag", name)?;
    let loading = &mut *move_in.loading;
    let (account, left_out) = match openfire::account(record, &properties, &move_in.host, loading.now) {
        Ok(found) => found,
        Err(error) => {
            loading.load.stage(UNTOUCHED, name, "")?;
            loading.summary.skip(ACCOUNTS, name, error);
            return Ok(None);
        }
    };
    let address = account.address.to_string();
    let exists = accounts::exists(&loading.load, &account.address)?;
    if !loading.wants(exists, ACCOUNTS, &address)? {
        loading.load.stage(UNTOUCHED, name, "")?;
        return Ok(None);
    }
    for error in left_out {
        loading.summary.note(ACCOUNTS, &address, format!("left out: {error}"));
    }
    Ok(Some((account, flags.iter().find_map(openfire::lockout))))
}

/// Makes keys of clear passwords, and stores their accounts.
fn hash(move_in: &mut MoveIn<'_>, clear: &mut Vec<Clear>, site: &Site, random: &dyn Random) -> Result<(), ImportError> {
    let passwords: Vec<Password> = clear.iter().map(|one| one.password.clone()).collect();
    let credentials = derive_all(&passwords, site.iterations, random);
    for (one, credentials) in clear.drain(..).zip(credentials) {
        put(move_in, one.account, credentials, one.lockout)?;
    }
    Ok(())
}

fn put(
    move_in: &mut MoveIn<'_>,
    account: Account,
    credentials: Credentials,
    lockout: Option<Lockout>,
) -> Result<(), ImportError> {
    let record = AccountRecord {
        account,
        credentials,
        lockout,
    };
    let loading = &mut *move_in.loading;
    loading.load.write(|transaction| accounts::put(transaction, &record))?;
    loading.summary.take(ACCOUNTS);
    Ok(())
}

/// Whose record it is; `None` when that is said already, or when their data is to stay as it is.
fn owner(
    move_in: &mut MoveIn<'_>,
    record: &Record,
    nouns: &'static str,
) -> Result<Option<AccountAddress>, ImportError> {
    let name = record.required("username");
    let loading = &mut *move_in.loading;
    if loading.load.first_staged_of(UNTOUCHED, name)?.is_some() {
        loading.summary.skip_of(nouns);
        return Ok(None);
    }
    match openfire::owner(record, &move_in.host) {
        Ok(owner) => Ok(Some(owner)),
        Err(error) => {
            loading.summary.skip(nouns, name, error);
            Ok(None)
        }
    }
}

/// As [`owner`], for what only an account can have.
fn account_of(
    move_in: &mut MoveIn<'_>,
    record: &Record,
    nouns: &'static str,
) -> Result<Option<AccountAddress>, ImportError> {
    let Some(owner) = owner(move_in, record, nouns)? else {
        return Ok(None);
    };
    let loading = &mut *move_in.loading;
    if accounts::exists(&loading.load, &owner)? {
        return Ok(Some(owner));
    }
    loading.summary.skip(nouns, &owner, "there is no such account");
    Ok(None)
}

fn take_rosters(move_in: &mut MoveIn<'_>) -> Result<(), ImportError> {
    const CONTACTS: &str = "contacts";
    move_in.each("ofroster", |move_in, record| {
        let Some(owner) = owner(move_in, &record, CONTACTS)? else {
            return Ok(());
        };
        let groups = move_in.records("ofrostergroups", record.required("rosterid"))?;
        let loading = &mut *move_in.loading;
        let contact = match openfire::contact(&record, &groups) {
            Ok(contact) => contact,
            Err(error) => {
                loading.summary.skip(CONTACTS, &owner, error);
                return Ok(());
            }
        };
        if let Some(kept) = &contact.kept {
            loading
                .load
                .write(|transaction| put_contact(transaction, &owner, kept))?;
            loading.summary.take(CONTACTS);
        }
        let Some(request) = &contact.request else { return Ok(()) };
        if !accounts::exists(&loading.load, &owner)? {
            loading
                .summary
                .skip("subscription requests", &owner, "there is no such account");
            return Ok(());
        }
        let (stanza, now) = (request.stanza(&owner), loading.now);
        loading
            .load
            .write(|transaction| put_subscription_request(transaction, &owner, &request.sender, &stanza, now))?;
        loading.summary.take("subscription requests");
        Ok(())
    })
}

fn take_vcards(move_in: &mut MoveIn<'_>) -> Result<(), ImportError> {
    const VCARDS: &str = "vCards";
    move_in.each("ofvcard", |move_in, record| {
        let Some(owner) = owner(move_in, &record, VCARDS)? else {
            return Ok(());
        };
        let loading = &mut *move_in.loading;
        match openfire::vcard(&record) {
            Ok(vcard) => {
                loading
                    .load
                    .write(|transaction| vcards::put(transaction, &owner, &vcard))?;
                loading.summary.take(VCARDS);
            }
            Err(error) => loading.summary.skip(VCARDS, &owner, error),
        }
        Ok(())
    })
}

fn take_offline_messages(move_in: &mut MoveIn<'_>) -> Result<(), ImportError> {
    const MESSAGES: &str = "offline messages";
    move_in.each("ofoffline", |move_in, record| {
        let Some(owner) = account_of(move_in, &record, MESSAGES)? else {
            return Ok(());
        };
        let loading = &mut *move_in.loading;
        match openfire::offline_message(&record, loading.now) {
            Ok((stanza, at)) => {
                let message = NewOfflineMessage {
                    stanza: stanza.into(),
                    at,
                    archive_id: None,
                    holder: None,
                };
                loading
                    .load
                    .write(|transaction| offline::import(transaction, &owner, &[message]))?;
                loading.summary.take(MESSAGES);
            }
            Err(error) => loading.summary.skip(MESSAGES, &owner, error),
        }
        Ok(())
    })
}

/// Databases before 4.7 hold it.
fn take_private_xml(move_in: &mut MoveIn<'_>) -> Result<(), ImportError> {
    const PRIVATE: &str = "private XML";
    move_in.each("ofprivate", |move_in, record| {
        let Some(owner) = account_of(move_in, &record, PRIVATE)? else {
            return Ok(());
        };
        let loading = &mut *move_in.loading;
        match openfire::private_xml(&record) {
            Ok(found) => {
                let key = (found.namespace.as_str(), found.name.as_str());
                loading
                    .load
                    .write(|transaction| put_private_xml(transaction, &owner, key, &found.xml))?;
                loading.summary.take(PRIVATE);
            }
            Err(error) => loading.summary.skip(PRIVATE, &owner, error),
        }
        Ok(())
    })
}

fn take_last_activity(move_in: &mut MoveIn<'_>) -> Result<(), ImportError> {
    const ACTIVITY: &str = "last activities";
    move_in.each("ofpresence", |move_in, record| {
        let Some((at, status)) = openfire::last_activity(&record) else {
            return Ok(());
        };
        let Some(owner) = account_of(move_in, &record, ACTIVITY)? else {
            return Ok(());
        };
        let loading = &mut *move_in.loading;
        loading
            .load
            .write(|transaction| put_last_activity(transaction, &owner, at, status.as_deref()))?;
        loading.summary.take(ACTIVITY);
        Ok(())
    })
}
