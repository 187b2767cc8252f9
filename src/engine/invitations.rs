//! Invitations: users make them by a command (XEP-0401), and newcomers show their tokens before they register (XEP-0445).
//! What administrators do with them comes through `backend/embedded`.

use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use super::{Engine, WeakEngine};
use crate::domain::address::{AccountAddress, Host};
use crate::domain::clock::now_in_milliseconds;
use crate::domain::command::{Answers, CommandName, Commands, Outcome, Refusal, Run, Step};
use crate::domain::invitation::{Invitation, InvitationLimits, Invited, Inviters, Link, NewInvitation, Purpose, Token};
use crate::domain::{Error, Result};
use crate::storage::{Transaction, invitations};

const INVITE: CommandName = CommandName {
    node: "urn:xmpp:invite#invite",
    name: "Invite user",
};

/// What all invitations without an inviter may be at a time.
const WITHOUT_INVITER: InvitationLimits = InvitationLimits {
    at_a_time: 10_000,
    in_a_day: u64::MAX,
};

const INTERVAL: Duration = Duration::from_hours(1);

/// What is valid for longer than that is no invitation.
const LONGEST: SignedDuration = SignedDuration::from_hours(366 * 24);

/// An invitation that has been thought out and is to be stored.
#[derive(Clone)]
pub struct Draft {
    new: NewInvitation,
    token: Token,
    created: Timestamp,
    expires: Timestamp,
    limits: InvitationLimits,
    link: Link,
}

impl Draft {
    /// `NotAllowed` where nobody invites.
    pub fn new(engine: &Engine, new: NewInvitation) -> Result<Self> {
        let settings = &engine.settings().invitations;
        if settings.inviters == Inviters::Nobody {
            let reason = "xmpp.invitations is \"off\"; set it to \"administrators\" or \"users\"".to_owned();
            return Err(Error::NotAllowed { reason });
        }
        let new = new.checked()?;
        let lifetime = new.lifetime.unwrap_or(settings.lifetime);
        let created = now_in_milliseconds(engine.clock());
        let expires = SignedDuration::try_from(lifetime)
            .ok()
            .filter(|lifetime| lifetime.is_positive() && *lifetime <= LONGEST)
            .and_then(|lifetime| created.checked_add(lifetime).ok())
            .ok_or_else(|| Error::invalid("lifetime", format!("{lifetime:?}"), "give one of at most a year"))?;
        let token = Token::random(engine.random());
        let limits = match (&new.inviter, &new.purpose) {
            (None, _) => WITHOUT_INVITER,
            (Some(_), Purpose::Contact) => settings.limits,
            // Only administrators make these.
            (Some(_), Purpose::Account { .. }) => InvitationLimits {
                in_a_day: u64::MAX,
                ..settings.limits
            },
        };
        Ok(Self {
            link: Link::new(new.uri(&token), settings.page.as_deref()),
            new,
            token,
            created,
            expires,
            limits,
        })
    }

    pub fn store(&self, transaction: &mut Transaction<'_>) -> Result<Invited> {
        let times = (self.created, self.expires);
        let number = invitations::insert(transaction, &self.new, &self.token, times, self.limits)?;
        Ok(Invited {
            number,
            link: self.link.clone(),
            expires: self.expires,
        })
    }
}

impl Engine {
    /// Whether newcomers may register with a token.
    pub(crate) fn takes_invitations(&self) -> bool {
        self.settings().invitations.inviters != Inviters::Nobody
    }

    /// Removes invitations that have expired, from now on. Never ends.
    pub async fn remove_expired_invitations(self) {
        let mut ticks = tokio::time::interval(INTERVAL);
        loop {
            ticks.tick().await;
            let now = self.clock().now();
            let removed = self
                .store()
                .write(move |transaction| invitations::remove_expired(transaction, now));
            if let Err(cause) = removed.await {
                tracing::warn!(%cause, "invitations that have expired stay for now");
            }
        }
    }
}

/// The invitation whose token a newcomer shows, if it has not expired.
pub async fn find(engine: &Engine, host: &Host, token: &str) -> Result<Option<Invitation>> {
    if !engine.takes_invitations() {
        return Ok(None);
    }
    let (host, token, now) = (host.clone(), Token::shown(token), engine.clock().now());
    engine
        .store()
        .read(move |connection| invitations::find(connection, &host, &token, now))
        .await
}

/// Lets users invite, where they may.
pub fn offer(engine: &Engine) {
    if engine.settings().invitations.inviters == Inviters::Users {
        engine
            .commands()
            .offer(std::sync::Arc::new(OfUsers(engine.downgrade())));
    }
}

/// The command that every account has.
struct OfUsers(WeakEngine);

#[async_trait]
impl Commands for OfUsers {
    async fn list(&self, _caller: &AccountAddress) -> Result<Vec<CommandName>, Refusal> {
        Ok(vec![INVITE])
    }

    fn has(&self, node: &str) -> bool {
        node == INVITE.node
    }

    async fn begin(&self, run: &Run<'_>) -> Result<Step, Refusal> {
        let engine = self.0.upgrade().ok_or(Refusal::Unknown)?;
        if run.node != INVITE.node {
            return Err(Refusal::Unknown);
        }
        let draft = Draft::new(
            &engine,
            NewInvitation {
                purpose: Purpose::Contact,
                inviter: Some(run.caller.clone()),
                uses: 1,
                lifetime: None,
            },
        )?;
        let invited = engine
            .store()
            .write(move |transaction| draft.store(transaction))
            .await?;
        Ok(Step::Done(invited.outcome()))
    }

    async fn complete(&self, _run: &Run<'_>, _answers: &Answers) -> Result<Outcome, Refusal> {
        Err(Refusal::Unknown)
    }
}
