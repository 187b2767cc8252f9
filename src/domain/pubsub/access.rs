//! Who may read a node and be notified of it, and who may publish to it (XEP-0060 §4.1, §4.5).

use super::{NodeAffiliation, name_of, parse_in};

/// Who may subscribe and read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessModel {
    Open,
    /// Those who see the owner's presence.
    Presence,
    /// Those in some groups of the owner's roster.
    Roster,
    /// Those whom an owner has approved.
    Authorize,
    /// Those with an affiliation.
    Whitelist,
}

pub(super) const ACCESS_MODELS: &[(AccessModel, &str)] = &[
    (AccessModel::Open, "open"),
    (AccessModel::Presence, "presence"),
    (AccessModel::Roster, "roster"),
    (AccessModel::Authorize, "authorize"),
    (AccessModel::Whitelist, "whitelist"),
];

impl AccessModel {
    pub fn name(self) -> &'static str {
        name_of(ACCESS_MODELS, self)
    }

    pub fn parse(name: &str) -> Option<Self> {
        parse_in(ACCESS_MODELS, name)
    }
}

/// Who may publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublishModel {
    /// Owners and publishers.
    Publishers,
    /// Subscribers too.
    Subscribers,
    Open,
}

pub(super) const PUBLISH_MODELS: &[(PublishModel, &str)] = &[
    (PublishModel::Publishers, "publishers"),
    (PublishModel::Subscribers, "subscribers"),
    (PublishModel::Open, "open"),
];

impl PublishModel {
    pub fn name(self) -> &'static str {
        name_of(PUBLISH_MODELS, self)
    }

    pub fn parse(name: &str) -> Option<Self> {
        parse_in(PUBLISH_MODELS, name)
    }
}

/// What somebody is to a node and its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    pub affiliation: NodeAffiliation,
    /// Has a subscription that is not pending.
    pub is_subscribed: bool,
    /// Sees the presence of an owner.
    pub sees_owner: bool,
    /// Is in one of the groups of an owner's roster that are allowed.
    pub is_in_group: bool,
}

/// Why somebody may not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// An outcast, or somebody who is only let publish.
    Barred,
    NoPresence,
    NotInGroup,
    NotApproved,
    NotListed,
}

impl Standing {
    /// Whether the access model lets them read, and be notified.
    pub fn may_read(&self, model: AccessModel) -> Result<(), Closed> {
        use NodeAffiliation::{Member, None, Outcast, Owner, PublishOnly, Publisher};
        match self.affiliation {
            Outcast | PublishOnly => return Err(Closed::Barred),
            Owner | Publisher | Member => return Ok(()),
            None => {}
        }
        let (is_allowed, reason) = match model {
            AccessModel::Open => (true, Closed::NotListed),
            AccessModel::Presence => (self.sees_owner, Closed::NoPresence),
            AccessModel::Roster => (self.is_in_group, Closed::NotInGroup),
            AccessModel::Authorize => (self.is_subscribed, Closed::NotApproved),
            AccessModel::Whitelist => (false, Closed::NotListed),
        };
        if is_allowed { Ok(()) } else { Err(reason) }
    }

    pub fn may_publish(&self, model: PublishModel) -> bool {
        use NodeAffiliation::{Member, None, Outcast, Owner, PublishOnly, Publisher};
        match self.affiliation {
            Owner | Publisher | PublishOnly => true,
            Outcast => false,
            Member | None => match model {
                PublishModel::Publishers => false,
                PublishModel::Subscribers => self.is_subscribed,
                PublishModel::Open => true,
            },
        }
    }

    pub fn is_owner(&self) -> bool {
        self.affiliation == NodeAffiliation::Owner
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_access_model_decides_about_those_without_an_affiliation() {
        let stranger = Standing::default();
        for (model, allowed, refusal) in [
            (
                AccessModel::Presence,
                Standing {
                    sees_owner: true,
                    ..stranger
                },
                Closed::NoPresence,
            ),
            (
                AccessModel::Roster,
                Standing {
                    is_in_group: true,
                    ..stranger
                },
                Closed::NotInGroup,
            ),
            (
                AccessModel::Authorize,
                Standing {
                    is_subscribed: true,
                    ..stranger
                },
                Closed::NotApproved,
            ),
        ] {
            assert_eq!(stranger.may_read(model), Err(refusal));
            assert_eq!(allowed.may_read(model), Ok(()));
        }
        assert_eq!(stranger.may_read(AccessModel::Open), Ok(()));
        assert_eq!(stranger.may_read(AccessModel::Whitelist), Err(Closed::NotListed));
    }

    #[test]
    fn outcasts_may_nothing_and_those_who_only_publish_do_not_read() {
        let of = |affiliation| Standing {
            affiliation,
            is_subscribed: true,
            sees_owner: true,
            is_in_group: true,
        };
        for (model, _) in ACCESS_MODELS {
            assert_eq!(of(NodeAffiliation::Outcast).may_read(*model), Err(Closed::Barred));
            assert_eq!(of(NodeAffiliation::PublishOnly).may_read(*model), Err(Closed::Barred));
            assert_eq!(of(NodeAffiliation::Member).may_read(*model), Ok(()));
        }
        for (model, _) in PUBLISH_MODELS {
            assert!(!of(NodeAffiliation::Outcast).may_publish(*model));
            assert!(of(NodeAffiliation::PublishOnly).may_publish(*model));
        }
    }

    #[test]
    fn the_publish_model_decides_about_those_who_are_neither_owner_nor_publisher() {
        let subscriber = Standing {
            is_subscribed: true,
            ..Standing::default()
        };
        assert!(!subscriber.may_publish(PublishModel::Publishers));
        assert!(subscriber.may_publish(PublishModel::Subscribers));
        assert!(!Standing::default().may_publish(PublishModel::Subscribers));
        assert!(Standing::default().may_publish(PublishModel::Open));
    }
}
