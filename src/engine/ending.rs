//! How sessions end, part from their connections, or are given up because their clients do not read.

use std::sync::Arc;

use super::session::{Ending, Full, Link, Outgoing, Parting, Session};
use super::stanza::{Kind, PresenceType, Stanza};
use super::stream_error::StreamError;
use super::{Engine, management, muc, presence};

impl Engine {
    /// Whoever pushes may hold locks that the end of a session needs, so that comes a moment later.
    pub(crate) fn send(&self, session: &Arc<Session>, outgoing: Outgoing) {
        let Err(Full(outgoing)) = session.outbox().push(outgoing) else {
            return;
        };
        let ending = Ending::Error(StreamError::PolicyViolation);
        if let Parting::Waits { parting, patience } = session.outbox().part(None, ending) {
            management::expect_back(self, session, parting, patience);
        }
        if let Err(Full(outgoing)) = session.outbox().push(outgoing) {
            session.outbox().end(ending);
            let (engine, session) = (self.clone(), Arc::clone(session));
            self.spawn(async move {
                engine.end(&session, ending);
                management::give_back(&engine, &session, outgoing);
            });
        }
    }

    /// Ends a session: from now on it is not found, its contacts are told, and its stream closes behind what is queued.
    /// Nobody can resume it.
    pub fn end(&self, session: &Arc<Session>, ending: Ending) {
        let is_attached = session.outbox().end(ending);
        self.depart(session, &Arc::new(gone(session)));
        if self.registry().unbind(session) {
            let bare = &session.address().bare;
            self.block_lists()
                .forget_unless(bare, || self.registry().account(bare).is_some());
            if !is_attached {
                management::settle(self, session);
            }
        }
    }

    /// Ends a session whose address another one has taken.
    pub(crate) fn replace(&self, session: &Arc<Session>, ending: Ending) {
        let is_attached = session.outbox().end(ending);
        self.depart(session, &Arc::new(gone(session)));
        if !is_attached {
            management::settle(self, session);
        }
    }

    /// Tells everybody who knows of a session that it is not available any more: its contacts, and the rooms it is in. It
    /// may come back.
    pub(crate) fn depart(&self, session: &Arc<Session>, unavailable: &Arc<Stanza>) {
        presence::leave(self, session, unavailable);
        muc::leave(self, session, unavailable);
    }

    /// Parts a session from a connection that is lost or has to go. A session that its client can resume waits for that;
    /// another ends.
    pub(crate) fn part(&self, session: &Arc<Session>, link: &Arc<Link>, ending: Ending) {
        match session.outbox().part(Some(link), ending) {
            Parting::Waits { parting, patience } => management::expect_back(self, session, parting, patience),
            Parting::Over => self.end(session, ending),
            Parting::Elsewhere => {}
        }
    }
}

fn gone(session: &Session) -> Stanza {
    Stanza::new(Kind::Presence(PresenceType::Unavailable)).with_from(session.address().clone())
}
