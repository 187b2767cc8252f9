//! The first start of a service: the account `admin`, and its password and the shared secret shown once.

use std::{
    fs,
    io::{self, IsTerminal, Write},
    path::Path,
};

use super::{Opened, SECRET_LENGTH, StartError, Urls, demonstration, welcome};
use crate::{
    admin::Caller,
    config::Config,
    data_dir::{DataDir, write_private},
    domain::{
        account::{AccountChanges, NewAccount, Password, Properties},
        address::AccountAddress,
        clock::now_in_milliseconds,
        random::{Random, alphanumeric},
        secret::Secret,
    },
    storage::installation,
};

/// What the first start made and its operator has to learn.
pub struct FirstStart {
    demo: bool,
    /// The account `admin`, and its password unless the operator gave it.
    pub(super) admin: Option<(AccountAddress, Option<Password>)>,
    /// The shared secret, unless it is configured.
    pub(super) secret: Option<Secret>,
}

impl FirstStart {
    /// Makes the accounts. A first start that was interrupted comes here again.
    pub async fn make(opened: &Opened, config: &Config, demo: bool, random: &dyn Random) -> Result<Self, StartError> {
        let mut first = Self {
            demo,
            admin: None,
            secret: config.openfire.secret.is_empty().then(|| opened.secret.clone()),
        };
        if demo {
            demonstration::seed(&opened.admin).await?;
        } else if config.server.initial_admin {
            first.admin = Some(make_admin(opened, config, random).await?);
        }
        Ok(first)
    }

    /// Shows what was made, on a terminal or else in a file of the data directory, and ends the first start.
    pub async fn show(
        self,
        opened: &Opened,
        config: &Config,
        data_dir: &DataDir,
        urls: &Urls,
    ) -> Result<(), StartError> {
        let text = welcome::text(&self, config, urls);
        if io::stdout().is_terminal() {
            let mut out = io::stdout().lock();
            // A terminal that has gone is no reason to stop, and its operator has not seen anything.
            if out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_err() {
                return Ok(());
            }
        } else if !self.demo {
            let path = data_dir.path().join("initial-credentials");
            write_private(&path, &text).map_err(|cause| StartError::Write {
                path: path.clone(),
                cause,
            })?;
            tracing::info!(file = %path.display(), "first start: the credentials are in this file, read and delete it");
        }
        let now = now_in_milliseconds(opened.admin.clock());
        opened
            .embedded
            .store()
            .write(move |transaction| installation::finish_first_start(transaction, now))
            .await?;
        Ok(())
    }
}

/// Makes `admin`. One that the operator made before is left as it is; one of an interrupted first start gets a new
/// password.
async fn make_admin(
    opened: &Opened,
    config: &Config,
    random: &dyn Random,
) -> Result<(AccountAddress, Option<Password>), StartError> {
    let session = opened.admin.session(Caller::start());
    let address = AccountAddress::prepare("admin", opened.admin.host())?;
    let exists = session.find_account(&address).await?.is_some();
    let begun = opened.installation.initial_admin;
    if exists && !begun {
        return Ok((address, None));
    }
    let (password, shown) = if let Some(file) = &config.server.initial_admin_password_file {
        (read_password(file)?, None)
    } else {
        let password = Password::new(alphanumeric(random, SECRET_LENGTH))?;
        (password.clone(), Some(password))
    };
    if exists {
        let changes = AccountChanges {
            password: Some(password),
            ..AccountChanges::default()
        };
        session.change_account(&address, changes).await?;
        return Ok((address, shown));
    }
    if !begun {
        let now = now_in_milliseconds(opened.admin.clock());
        let store = opened.embedded.store();
        store
            .write(move |transaction| installation::begin_initial_admin(transaction, now))
            .await?;
    }
    let new = NewAccount {
        address: address.clone(),
        password,
        name: Some("Administrator".to_owned()),
        email: None,
        properties: Properties::new(),
        administrator: false,
    };
    session.create_account(new).await?;
    Ok((address, shown))
}

fn read_password(file: &Path) -> Result<Password, StartError> {
    let unusable = |reason: String| StartError::InitialPassword {
        path: file.to_owned(),
        reason,
    };
    let text =
        fs::read_to_string(file).map_err(|cause| unusable(format!("{cause}; name a file that this user may read")))?;
    let line = text.lines().next().unwrap_or_default();
    Password::new(line).map_err(|_| unusable("write the password into its first line".to_owned()))
}
