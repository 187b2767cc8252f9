//! Accounts from a table. The whole table is checked before the first password is hashed.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    ops::ControlFlow,
    path::Path,
};

use super::{
    hashing::derive_all,
    loading::{ImportError, Loading, Site},
};
use crate::{
    domain::{
        account::{Account, Password},
        progress::{Progress, Step},
        random::Random,
    },
    exchange::csv::{CsvError, User, Users},
    storage::{
        accounts::{self, AccountRecord},
        group_members,
    },
};

/// What is counted.
const ACCOUNTS: &str = "accounts";

/// Passwords that are hashed at a time.
const CHUNK: usize = 64;

/// Loads the table at `path`.
pub fn import(
    loading: &mut Loading,
    path: &Path,
    site: &Site,
    random: &dyn Random,
    mut progress: Progress,
) -> Result<(), ImportError> {
    let total = check(loading, path, site)?;
    let mut users = read(path, site)?;
    let mut done = 0;
    loop {
        let chunk = users.by_ref().take(CHUNK).collect::<Result<Vec<_>, _>>();
        let chunk = chunk.map_err(|cause| wrong(path, cause))?;
        if chunk.is_empty() {
            return Ok(());
        }
        done += chunk.len() as u64;
        take(loading, chunk, site, random)?;
        if progress(Step { done, total }) == ControlFlow::Break(()) {
            return Ok(());
        }
    }
}

/// Reads the table once without storing anything, and gives the number of its users.
fn check(loading: &mut Loading, path: &Path, site: &Site) -> Result<u64, ImportError> {
    let mut count = 0;
    for user in read(path, site)? {
        let user = user.map_err(|cause| wrong(path, cause))?;
        let wrong = |reason: String| {
            let line = user.line;
            wrong(path, CsvError { line, reason })
        };
        let address = user.account.address.to_string();
        if !loading.hosts().contains(user.account.address.host()) {
            return Err(wrong(format!(
                "{address} is on none of the hosts of this service (server.hosts)"
            )));
        }
        if let Some(first) = loading.load.note_line(&address, user.line)? {
            return Err(wrong(format!("{address} stands on line {first} already")));
        }
        count += 1;
    }
    Ok(count)
}

fn take(loading: &mut Loading, chunk: Vec<User>, site: &Site, random: &dyn Random) -> Result<(), ImportError> {
    let mut wanted = Vec::new();
    for user in chunk {
        let found = accounts::find(&loading.load, &user.account.address)?;
        if loading.wants(found.is_some(), ACCOUNTS, &user.account.address.to_string())? {
            wanted.push((user, found));
        }
    }
    let passwords: Vec<Password> = wanted.iter().map(|(user, _)| user.account.password.clone()).collect();
    let credentials = derive_all(&passwords, site.iterations, random);
    for ((user, found), credentials) in wanted.into_iter().zip(credentials) {
        let former = found.map(|found| (found.account.created, found.account.administrator, found.lockout));
        let (created, administrator, lockout) = former.unwrap_or((loading.now, false, None));
        let new = user.account;
        let member = new.address.to_address();
        let host = new.address.host().clone();
        let record = AccountRecord {
            account: Account {
                address: new.address,
                name: new.name,
                email: new.email,
                properties: new.properties,
                created,
                modified: loading.now,
                administrator,
            },
            credentials,
            lockout,
        };
        loading.load.write(|transaction| {
            accounts::put(transaction, &record)?;
            group_members::add(transaction, &host, &member, &user.groups)
        })?;
        loading.summary.take(ACCOUNTS);
    }
    Ok(())
}

fn read(path: &Path, site: &Site) -> Result<Users<impl Read>, ImportError> {
    let unreadable = |cause: io::Error| ImportError::Unreadable {
        path: path.to_owned(),
        cause,
    };
    let file = File::open(path).map_err(unreadable)?;
    Users::read(BufReader::new(file), &site.domain).map_err(|cause| wrong(path, cause))
}

fn wrong(path: &Path, cause: CsvError) -> ImportError {
    ImportError::Csv {
        path: path.to_owned(),
        cause,
    }
}
