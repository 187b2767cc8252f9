//! Deciding about a password or a proof: throttled, the same for accounts that exist and those that do not, and with a
//! lockout told only to who knows the password.

use std::net::IpAddr;
use std::sync::Arc;

use tokio::time::Instant;

use super::failure::Failure;
use super::throttle::Attempt;
use super::{Answer, Identity, Sasl, Step, scram as messages};
use crate::domain::account::{Password, ScramKeys};
use crate::domain::address::{AccountAddress, FullAddress, Host};
use crate::domain::{Error, Result};
use crate::engine::accounts::CachedAccount;
use crate::scram::{self, Hash};

/// What a client offers to show that an account is its own.
pub enum Evidence {
    Password(Password),
    Proof {
        hash: Hash,
        auth_message: Vec<u8>,
        proof: Vec<u8>,
    },
}

/// The account that a client claims: `name` is prepared with SASLprep and as a localpart. An identity to act as must be
/// this account's own address.
pub fn claimed_account(name: &str, authzid: Option<&str>, host: &Host) -> Result<AccountAddress, Failure> {
    // SASLprep normalises by today's Unicode, which turns some of these into letters.
    if name.chars().any(stringprep::tables::unassigned_code_point) {
        return Err(Failure::NotAuthorized);
    }
    let prepared = stringprep::saslprep(name).map_err(|_| Failure::NotAuthorized)?;
    let address = AccountAddress::prepare(&prepared, host).map_err(|_| Failure::NotAuthorized)?;
    let is_own = |authzid: &str| {
        FullAddress::parse(authzid).is_ok_and(|given| given.resource.is_none() && given.bare == address.to_address())
    };
    if authzid.is_none_or(is_own) {
        Ok(address)
    } else {
        Err(Failure::InvalidAuthzid)
    }
}

impl Sasl {
    /// The keys that a client is challenged with: made up for accounts that do not exist or lack those of this hash.
    pub(super) async fn find_keys(&self, hash: Hash, address: &AccountAddress) -> Result<ScramKeys, Failure> {
        let found = self.accounts.read(address).await.map_err(|cause| unavailable(&cause))?;
        let keys = found.as_deref().and_then(|entry| hash.keys_of(&entry.credentials));
        Ok(keys.map_or_else(|| self.unknown.keys(hash, address), ScramKeys::clone))
    }

    /// Decides whether a client may log in as `address`.
    pub(super) async fn log_in(&self, peer: Option<IpAddr>, address: &AccountAddress, evidence: Evidence) -> Answer {
        let Ok(attempt) = self.throttle.begin(peer, address, Instant::now()) else {
            return Err(Failure::TemporaryAuthFailure).into();
        };
        let outcome = match self.check(address, &evidence).await {
            Ok(Some(proven)) => {
                self.throttle.succeeded(&attempt);
                self.admit(proven, evidence).await
            }
            Ok(None) => Err(Failure::NotAuthorized),
            Err(cause) => {
                self.throttle.take_back(&attempt);
                Err(unavailable(&cause))
            }
        };
        answer(outcome, &attempt)
    }

    async fn check(&self, address: &AccountAddress, evidence: &Evidence) -> Result<Option<Proven>> {
        let found = self.accounts.read(address).await?;
        match evidence {
            Evidence::Password(password) => {
                let right = self
                    .accounts
                    .check_password(found.as_deref(), password.expose())
                    .await?;
                let proven = |entry| Proven { entry, data: None };
                Ok(found.filter(|_| right).map(proven))
            }
            Evidence::Proof {
                hash,
                auth_message,
                proof,
            } => {
                let real = found.filter(|entry| hash.keys_of(&entry.credentials).is_some());
                let keys = real.as_deref().and_then(|entry| hash.keys_of(&entry.credentials));
                let keys = keys.map_or_else(|| self.unknown.keys(*hash, address), ScramKeys::clone);
                let right = scram::proves(*hash, &keys, auth_message, proof);
                let data = messages::server_final(*hash, &keys, auth_message);
                let proven = |entry| Proven {
                    entry,
                    data: Some(data),
                };
                Ok(real.filter(|_| right).map(proven))
            }
        }
    }

    /// Lets in who has proven to be the account's owner.
    async fn admit(&self, proven: Proven, evidence: Evidence) -> Result<Step, Failure> {
        if self.accounts.is_locked(&proven.entry) {
            return Err(Failure::AccountDisabled);
        }
        if let Evidence::Password(password) = evidence
            && let Err(cause) = self.accounts.complete_keys(&proven.entry, password).await
        {
            // The next login with the password tries again.
            tracing::warn!(account = %proven.entry.account.address, %cause, "missing SCRAM keys could not be stored");
        }
        Ok(Step::Success {
            identity: Identity::Account(proven.entry),
            data: proven.data,
        })
    }
}

/// An account and what tells its client that we know it too.
struct Proven {
    entry: Arc<CachedAccount>,
    data: Option<Vec<u8>>,
}

fn answer(outcome: Result<Step, Failure>, attempt: &Attempt) -> Answer {
    Answer {
        delay: attempt.wait(outcome.is_ok()),
        outcome,
    }
}

fn unavailable(cause: &Error) -> Failure {
    if !matches!(cause, Error::Unavailable { .. }) {
        tracing::error!(%cause, "a login could not be checked");
    }
    Failure::TemporaryAuthFailure
}
