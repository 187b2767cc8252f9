//! Deciding about a password or a proof: throttled, the same for accounts that exist and those that do not, and with a
//! lockout told only to who knows the password.

use std::net::IpAddr;
use std::sync::Arc;

use tokio::time::Instant;

use super::failure::Failure;
use super::mechanism::Mechanism;
use super::outcome::{Answer, Identity, Step};
use super::throttle::Attempt;
use super::tokens::{self, NewToken, PresentedToken};
use super::{Sasl, scram as messages};
use crate::domain::account::{Password, ScramKeys};
use crate::domain::address::{AccountAddress, FullAddress, Host};
use crate::domain::{Error, Result};
use crate::engine::accounts::CachedAccount;
use crate::scram::{self, Hash};
use crate::storage::login_tokens;

/// What a client offers to show that an account is its own.
pub enum Evidence {
    Password(Password),
    Proof {
        hash: Hash,
        auth_message: Vec<u8>,
        proof: Vec<u8>,
    },
    Token {
        mechanism: Mechanism,
        /// What its mechanism binds to.
        bound: Vec<u8>,
        proof: Vec<u8>,
        presented: PresentedToken,
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

    /// Decides whether a client with a token may log in as `address`. A right one never waits for those that are wrong:
    /// nobody guesses it, so looking at it gives nothing away.
    pub(super) async fn log_in_with_token(
        &self,
        peer: Option<IpAddr>,
        address: &AccountAddress,
        evidence: Evidence,
    ) -> Answer {
        match self.check(address, &evidence).await {
            Ok(Ok(proven)) => {
                self.throttle.trust(peer, address);
                self.admit(proven, evidence).await.into()
            }
            Ok(Err(failure)) => match self.throttle.begin(peer, address, Instant::now()) {
                Ok(attempt) => {
                    self.throttle.failed(&attempt, Instant::now());
                    answer(Err(failure), &attempt)
                }
                Err(_) => Err(Failure::TemporaryAuthFailure).into(),
            },
            Err(cause) => Err(unavailable(&cause)).into(),
        }
    }

    /// Decides whether a client may log in as `address`.
    pub(super) async fn log_in(&self, peer: Option<IpAddr>, address: &AccountAddress, evidence: Evidence) -> Answer {
        let Ok(attempt) = self.throttle.begin(peer, address, Instant::now()) else {
            return Err(Failure::TemporaryAuthFailure).into();
        };
        let outcome = match self.check(address, &evidence).await {
            Ok(Ok(proven)) => {
                self.throttle.succeeded(&attempt);
                self.admit(proven, evidence).await
            }
            Ok(Err(failure)) => {
                self.throttle.failed(&attempt, Instant::now());
                Err(failure)
            }
            Err(cause) => {
                self.throttle.take_back(&attempt);
                Err(unavailable(&cause))
            }
        };
        answer(outcome, &attempt)
    }

    async fn check(&self, address: &AccountAddress, evidence: &Evidence) -> Result<Result<Proven, Failure>> {
        let found = self.accounts.read(address).await?;
        match evidence {
            Evidence::Password(password) => {
                let right = self
                    .accounts
                    .check_password(found.as_deref(), password.expose())
                    .await?;
                let proven = found.filter(|_| right).map(|entry| Proven::new(entry, None));
                Ok(proven.ok_or(Failure::NotAuthorized))
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
                let proven = real.filter(|_| right).map(|entry| Proven::new(entry, Some(data)));
                Ok(proven.ok_or(Failure::NotAuthorized))
            }
            Evidence::Token {
                mechanism,
                bound,
                proof,
                presented,
            } => {
                let known = self.check_token(address, *mechanism, bound, proof, presented).await?;
                Ok(known.and_then(|known| {
                    let entry = found.ok_or(Failure::NotAuthorized)?;
                    Ok(Proven {
                        token_is_old: known.is_old && !presented.how.invalidates,
                        ..Proven::new(entry, Some(known.answer))
                    })
                }))
            }
        }
    }

    /// Finds the token that a client has shown, and notes its use. As long as a client has none this takes as long.
    async fn check_token(
        &self,
        address: &AccountAddress,
        mechanism: Mechanism,
        bound: &[u8],
        proof: &[u8],
        presented: &PresentedToken,
    ) -> Result<Result<Known, Failure>> {
        let Some(tokens) = &self.tokens else {
            return Ok(Err(Failure::NotAuthorized));
        };
        let (owner, client) = (address.clone(), Arc::clone(&presented.client));
        let stored = self
            .store
            .read(move |connection| login_tokens::list(connection, &owner, &client))
            .await?;
        let now = self.clock.now();
        let nobodys = tokens.begin(mechanism, now, &*self.random);
        let mut known = None;
        for place in 0..2 {
            let token = stored.get(place).unwrap_or(&nobodys);
            let secret = tokens.reveal(address, &presented.client, token);
            let is_shown = tokens::proves(&secret, bound, proof);
            if is_shown && token.mechanism == mechanism.name() {
                let known_now = Known {
                    is_old: tokens.is_old(token, now),
                    answer: tokens::answer(&secret, bound),
                };
                known = Some((token, known_now));
            }
        }
        let Some((token, known)) = known else {
            return Ok(Err(Failure::NotAuthorized));
        };
        if token.expires <= now {
            return Ok(Err(Failure::CredentialsExpired));
        }
        let (owner, client, seed) = (address.clone(), Arc::clone(&presented.client), token.seed.clone());
        let how = presented.how;
        let noted = self
            .store
            .write(move |transaction| login_tokens::note_use(transaction, &owner, &client, &seed, how));
        Ok(if noted.await? {
            Ok(known)
        } else {
            Err(Failure::NotAuthorized)
        })
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
            token_is_old: proven.token_is_old,
        })
    }

    /// A new token for a client that has logged in, for use with `mechanism`. `None`: there is none to be had now, which
    /// is no reason to turn it away.
    pub async fn issue_token(
        &self,
        entry: &CachedAccount,
        client: &Arc<str>,
        mechanism: Mechanism,
    ) -> Option<NewToken> {
        let tokens = self.tokens.as_ref()?;
        let token = tokens.begin(mechanism, self.clock.now(), &*self.random);
        let address = entry.account.address.clone();
        let new = NewToken {
            token: tokens.reveal(&address, client, &token),
            expires: token.expires,
        };
        let (client, shown, clients) = (Arc::clone(client), entry.credentials.clone(), tokens.settings.clients);
        let stored = self
            .store
            .write(move |transaction| login_tokens::insert(transaction, &address, &client, &token, &shown, clients));
        match stored.await {
            Ok(stored) => stored.then_some(new),
            Err(cause) => {
                tracing::warn!(account = %entry.account.address, %cause, "a token could not be stored");
                None
            }
        }
    }
}

/// An account and what tells its client that we know it too.
struct Proven {
    entry: Arc<CachedAccount>,
    data: Option<Vec<u8>>,
    token_is_old: bool,
}

impl Proven {
    fn new(entry: Arc<CachedAccount>, data: Option<Vec<u8>>) -> Self {
        Self {
            entry,
            data,
            token_is_old: false,
        }
    }
}

/// A token that a client has shown.
struct Known {
    is_old: bool,
    answer: Vec<u8>,
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
