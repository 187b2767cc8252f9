//! Presence subscriptions (RFC 6121 §3 and Appendix A): what a subscription stanza does to the state between the owner of a
//! roster and a contact. A pre-approval (§3.4) counts once: the request that it answers uses it up.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::address::Address;
use super::roster::Subscription;

/// What a stanza about subscriptions says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SubscriptionKind {
    Subscribe,
    Subscribed,
    Unsubscribe,
    Unsubscribed,
}

/// The state between owner and contact, as the owner's server knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SubscriptionState {
    pub subscription: Subscription,
    /// "Pending Out": the owner asked and was not answered. Never with a subscription to the contact.
    pub asked: bool,
    /// "Pending In": the contact asked and was not answered. Never with a subscription from the contact.
    pub requested: bool,
    /// The owner approved a request that has not come yet.
    pub approved: bool,
}

/// What follows from a stanza that the owner sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    pub state: SubscriptionState,
    /// Whether the stanza goes to the contact.
    pub routed: bool,
}

/// What follows from a stanza that the contact sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received {
    pub state: SubscriptionState,
    /// Whether the stanza goes to the owner's clients.
    pub delivered: bool,
    /// What the server answers in the owner's name.
    pub answer: Option<SubscriptionKind>,
}

impl SubscriptionState {
    /// Appendix A.2.
    pub fn send(self, kind: SubscriptionKind) -> Sent {
        let mut state = self;
        let routed = match kind {
            SubscriptionKind::Subscribe => {
                state.asked = !self.subscription.sees_contact();
                true
            }
            SubscriptionKind::Unsubscribe => {
                state.asked = false;
                state.subscription = self.subscription.without_to();
                true
            }
            SubscriptionKind::Subscribed => {
                if self.requested {
                    state.subscription = self.subscription.with_from();
                    state.requested = false;
                    state.approved = false;
                } else if !self.subscription.is_seen_by_contact() {
                    state.approved = true;
                }
                self.requested
            }
            SubscriptionKind::Unsubscribed => {
                state.requested = false;
                state.approved = false;
                state.subscription = self.subscription.without_from();
                self.requested || self.subscription.is_seen_by_contact()
            }
        };
        Sent { state, routed }
    }

    /// Appendix A.3. A repeated request is delivered too, which is more than A.3.1 says: a client that missed it can be
    /// asked again.
    pub fn receive(self, kind: SubscriptionKind) -> Received {
        let mut state = self;
        let mut answer = None;
        let delivered = match kind {
            SubscriptionKind::Subscribe => {
                if self.subscription.is_seen_by_contact() {
                    answer = Some(SubscriptionKind::Subscribed);
                } else if self.approved {
                    answer = Some(SubscriptionKind::Subscribed);
                    state.subscription = self.subscription.with_from();
                    state.approved = false;
                } else {
                    state.requested = true;
                }
                answer.is_none()
            }
            SubscriptionKind::Unsubscribe => {
                state.requested = false;
                state.subscription = self.subscription.without_from();
                self.requested || self.subscription.is_seen_by_contact()
            }
            SubscriptionKind::Subscribed => {
                if self.asked {
                    state.asked = false;
                    state.subscription = self.subscription.with_to();
                }
                self.asked
            }
            SubscriptionKind::Unsubscribed => {
                state.asked = false;
                state.subscription = self.subscription.without_to();
                self.asked || self.subscription.sees_contact()
            }
        };
        Received {
            state,
            delivered,
            answer,
        }
    }
}

/// A request that an account has not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionRequest {
    /// Counts instead of the `from` of the stanza, which is older when the sender was renamed.
    pub sender: Address,
    /// The complete stanza.
    pub stanza: String,
    pub at: Timestamp,
}

/// A subscription stanza on its way from a local account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSubscription {
    pub kind: SubscriptionKind,
    pub contact: Address,
    /// The complete stanza as the contact's clients are to have it, `from` the sender's bare address.
    pub stanza: Arc<str>,
    /// The contact hears nothing of it, because it has blocked the sender.
    pub blocked: bool,
    pub at: Timestamp,
}

/// How many requests are kept for one account, and how soon a repeated one is delivered again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubscriptionLimits {
    /// Contacts in one roster.
    pub contacts: u64,
    pub requests: u64,
    pub repetition: SignedDuration,
}

#[cfg(test)]
mod tests {
    use super::*;

    use SubscriptionKind::{Subscribe, Subscribed, Unsubscribe, Unsubscribed};

    /// The nine states of Appendix A.1 in its order.
    const STATES: [&str; 9] = [
        "None",
        "None+Out",
        "None+In",
        "None+Out+In",
        "To",
        "To+In",
        "From",
        "From+Out",
        "Both",
    ];

    fn state(text: &str) -> SubscriptionState {
        let mut words = text.split('+');
        SubscriptionState {
            subscription: match words.next() {
                Some("None") => Subscription::None,
                Some("To") => Subscription::To,
                Some("From") => Subscription::From,
                Some("Both") => Subscription::Both,
                other => panic!("{other:?}"),
            },
            asked: text.contains("+Out"),
            requested: text.contains("+In"),
            approved: text.contains("+Approved"),
        }
    }

    #[test]
    fn outbound_stanzas_do_what_appendix_a_2_says() {
        let yes = [true; 9];
        let answered = [false, false, true, true, false, true, false, false, false];
        let ended = [false, false, true, true, false, true, true, true, true];
        for (kind, routed, after) in [
            (
                Subscribe,
                yes,
                [
                    "None+Out",
                    "None+Out",
                    "None+Out+In",
                    "None+Out+In",
                    "To",
                    "To+In",
                    "From+Out",
                    "From+Out",
                    "Both",
                ],
            ),
            (
                Unsubscribe,
                yes,
                [
                    "None", "None", "None+In", "None+In", "None", "None+In", "From", "From", "From",
                ],
            ),
            (
                Subscribed,
                answered,
                [
                    "None+Approved",
                    "None+Out+Approved",
                    "From",
                    "From+Out",
                    "To+Approved",
                    "Both",
                    "From",
                    "From+Out",
                    "Both",
                ],
            ),
            (
                Unsubscribed,
                ended,
                [
                    "None", "None+Out", "None", "None+Out", "To", "To", "None", "None+Out", "To",
                ],
            ),
        ] {
            for (number, before) in STATES.into_iter().enumerate() {
                let expected = Sent {
                    state: state(after[number]),
                    routed: routed[number],
                };
                assert_eq!(state(before).send(kind), expected, "{kind:?} in {before}");
            }
        }
    }

    #[test]
    fn inbound_stanzas_do_what_appendix_a_3_says_but_for_repeated_requests() {
        let asking = [true, true, true, true, true, true, false, false, false];
        let from_ended = [false, false, true, true, false, true, true, true, true];
        let approved = [false, true, false, true, false, false, false, true, false];
        let to_ended = [false, true, false, true, true, true, false, true, true];
        for (kind, delivered, after) in [
            (
                Subscribe,
                asking,
                [
                    "None+In",
                    "None+Out+In",
                    "None+In",
                    "None+Out+In",
                    "To+In",
                    "To+In",
                    "From",
                    "From+Out",
                    "Both",
                ],
            ),
            (
                Unsubscribe,
                from_ended,
                [
                    "None", "None+Out", "None", "None+Out", "To", "To", "None", "None+Out", "To",
                ],
            ),
            (
                Subscribed,
                approved,
                ["None", "To", "None+In", "To+In", "To", "To+In", "From", "Both", "Both"],
            ),
            (
                Unsubscribed,
                to_ended,
                [
                    "None", "None", "None+In", "None+In", "None", "None+In", "From", "From", "From",
                ],
            ),
        ] {
            for (number, before) in STATES.into_iter().enumerate() {
                let is_seen = state(before).subscription.is_seen_by_contact();
                let expected = Received {
                    state: state(after[number]),
                    delivered: delivered[number],
                    answer: (kind == Subscribe && is_seen).then_some(Subscribed),
                };
                assert_eq!(state(before).receive(kind), expected, "{kind:?} in {before}");
            }
        }
    }

    #[test]
    fn a_request_that_was_approved_before_is_answered_once_and_not_delivered() {
        for (before, after) in [
            ("None+Approved", "From"),
            ("None+Out+Approved", "From+Out"),
            ("To+Approved", "Both"),
        ] {
            let expected = Received {
                state: state(after),
                delivered: false,
                answer: Some(Subscribed),
            };
            assert_eq!(state(before).receive(Subscribe), expected);
        }
    }

    #[test]
    fn an_approval_in_advance_is_taken_back_without_a_word_to_the_contact() {
        for (before, after) in [
            ("None+Approved", "None"),
            ("None+Out+Approved", "None+Out"),
            ("To+Approved", "To"),
        ] {
            let expected = Sent {
                state: state(after),
                routed: false,
            };
            assert_eq!(state(before).send(Unsubscribed), expected);
        }
    }

    #[test]
    fn an_approval_in_advance_survives_everything_else() {
        for before in ["None+Approved", "None+Out+Approved", "To+Approved"] {
            for kind in [Subscribe, Subscribed, Unsubscribe] {
                assert!(state(before).send(kind).state.approved, "{kind:?} in {before}");
            }
            for kind in [Subscribed, Unsubscribe, Unsubscribed] {
                assert!(state(before).receive(kind).state.approved, "{kind:?} in {before}");
            }
        }
    }

    #[test]
    fn a_contact_that_is_to_be_removed_has_no_subscription() {
        let before = SubscriptionState {
            subscription: Subscription::Remove,
            ..SubscriptionState::default()
        };
        assert!(!before.receive(Unsubscribe).delivered);
        assert_eq!(before.send(Subscribe).state.subscription, Subscription::Remove);
        assert_eq!(state("None+Out").receive(Subscribed).state, state("To"));
    }
}
