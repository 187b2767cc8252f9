//! The tokens with which clients log in again, and the key behind them. The key stands beside the database and not in it: who has only
//! the database, or a backup of it, has nothing to log in with.

use std::{fs, io};

use super::StartError;
use crate::{
    config::Config,
    data_dir::{DataDir, write_private},
    domain::{
        login_token::TokenSettings,
        random::{Random, alphanumeric},
        secret::Secret,
    },
};

const FILE: &str = "login-token-key";

/// Letters and digits of a key: 256 bits.
const LENGTH: usize = 43;

/// `None`: clients are given no tokens.
pub fn settings(config: &Config, data_dir: &DataDir, random: &dyn Random) -> Result<Option<TokenSettings>, StartError> {
    let limits = &config.xmpp.limits;
    if limits.login_token_lifetime.is_zero() {
        return Ok(None);
    }
    Ok(Some(TokenSettings {
        key: find_or_make(data_dir, random)?,
        lifetime: limits.login_token_lifetime,
        rotation: limits.login_token_rotation,
        clients: limits.login_tokens,
    }))
}

/// The key in the data directory, or a new one there when it has none or only a part of one. With a new one no token from
/// before is good any more.
fn find_or_make(data_dir: &DataDir, random: &dyn Random) -> Result<Secret, StartError> {
    let path = data_dir.path().join(FILE);
    let found = match fs::read_to_string(&path) {
        Ok(text) => Secret::new(text),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Secret::default(),
        Err(cause) => return Err(StartError::Read { path, cause }),
    };
    if found.expose().len() >= LENGTH {
        return Ok(found);
    }
    let made = Secret::new(alphanumeric(random, LENGTH));
    write_private(&path, made.expose()).map_err(|cause| StartError::Write { path, cause })?;
    Ok(made)
}
