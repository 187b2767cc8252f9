//! What a connection may log in with: mechanisms, and what they can be bound to; and a digest of both, by which a client
//! sees whether somebody has changed the list on its way (XEP-0474).

use super::binding::{BindingType, ChannelBindings};
use super::failure::Failure;
use super::mechanism::Mechanism;
use crate::scram::Hash;

/// What decides about an offer.
#[derive(Clone, Copy, Default)]
pub struct Conditions<'a> {
    /// `None`: the connection is not encrypted.
    pub tls: Option<&'a ChannelBindings>,
    /// Logins are possible without TLS.
    pub allow_plaintext_login: bool,
    /// Whoever wants gets an account for the time of the session.
    pub anonymous: bool,
    /// Clients are given tokens to log in again.
    pub tokens: bool,
}

/// What one connection may log in with.
#[derive(Clone)]
pub struct Offer {
    mechanisms: Vec<Mechanism>,
    of_tokens: Vec<Mechanism>,
    bindings: ChannelBindings,
    needs_encryption: bool,
    is_encrypted: bool,
}

impl Offer {
    pub fn new(conditions: &Conditions<'_>) -> Self {
        let bindings = conditions.tls.cloned().unwrap_or_default();
        let needs_encryption = conditions.tls.is_none() && !conditions.allow_plaintext_login;
        let is_offered = |mechanism: &Mechanism| {
            !needs_encryption
                && match mechanism {
                    Mechanism::ScramSha256Plus | Mechanism::ScramSha1Plus => !bindings.is_empty(),
                    Mechanism::ScramSha256 | Mechanism::ScramSha1 | Mechanism::Plain => true,
                    Mechanism::Anonymous => conditions.anonymous,
                    Mechanism::TokenExporter | Mechanism::TokenEndPoint | Mechanism::Token => false,
                }
        };
        // XEP-0484 §6: never in clear, whatever the operator allows.
        let takes_tokens = conditions.tokens && conditions.tls.is_some();
        let has_binding = |mechanism: &Mechanism| {
            mechanism
                .token_binding()
                .is_none_or(|binding| bindings.of(binding).is_some())
        };
        let of_tokens = Mechanism::OF_TOKENS.into_iter().filter(has_binding);
        Self {
            mechanisms: Mechanism::ALL.into_iter().filter(is_offered).collect(),
            of_tokens: of_tokens.filter(|_| takes_tokens).collect(),
            bindings,
            needs_encryption,
            is_encrypted: conditions.tls.is_some(),
        }
    }

    /// Whether all that belongs to a login can be done in its step (XEP-0388): never in clear, whatever the operator allows.
    pub fn is_in_one_step(&self) -> bool {
        self.is_encrypted && !self.mechanisms.is_empty()
    }

    /// For the stream features, the strongest first. Empty: the client has to encrypt first.
    pub fn mechanisms(&self) -> &[Mechanism] {
        &self.mechanisms
    }

    /// Those for who has a token, the strongest first.
    pub fn token_mechanisms(&self) -> &[Mechanism] {
        &self.of_tokens
    }

    /// For the stream features (XEP-0440), the strongest first; empty when no binding mechanism is offered.
    pub fn channel_binding_types(&self) -> impl Iterator<Item = BindingType> {
        self.bindings.types()
    }

    /// XEP-0474 §5.1: the digest of all that the stream features list.
    pub(super) fn digest(&self, hash: Hash) -> Vec<u8> {
        let mut mechanisms: Vec<_> = self.mechanisms.iter().map(|mechanism| mechanism.name()).collect();
        mechanisms.sort_unstable();
        let mut listed = mechanisms.join("\x1e");
        let mut types: Vec<_> = self.channel_binding_types().map(BindingType::name).collect();
        if !types.is_empty() {
            types.sort_unstable();
            listed.push('\x1f');
            listed.push_str(&types.join("\x1e"));
        }
        hash.digest(listed.as_bytes())
    }

    pub(super) fn bindings(&self) -> &ChannelBindings {
        &self.bindings
    }

    /// The offered mechanism of this name.
    pub(super) fn choose(&self, name: &str) -> Result<Mechanism, Failure> {
        let mechanism = Mechanism::from_name(name).ok_or(Failure::InvalidMechanism)?;
        if self.needs_encryption {
            return Err(Failure::EncryptionRequired);
        }
        if !self.mechanisms.contains(&mechanism) {
            return Err(Failure::InvalidMechanism);
        }
        Ok(mechanism)
    }

    /// The offered mechanism of this name, for who has a token.
    pub fn choose_for_token(&self, name: &str) -> Result<Mechanism, Failure> {
        let mut offered = self.of_tokens.iter().copied();
        offered
            .find(|mechanism| mechanism.name() == name)
            .ok_or(Failure::InvalidMechanism)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::sasl::encode;

    fn bindings() -> ChannelBindings {
        ChannelBindings {
            tls_exporter: Some([7; 32]),
            tls_server_end_point: Some(vec![9; 32]),
        }
    }

    fn names(conditions: &Conditions<'_>) -> Vec<&'static str> {
        let offer = Offer::new(conditions);
        offer.mechanisms().iter().map(|mechanism| mechanism.name()).collect()
    }

    #[test]
    fn the_strongest_is_offered_first_and_binding_only_where_tls_ends_here() {
        let bound = bindings();
        let conditions = Conditions {
            tls: Some(&bound),
            ..Conditions::default()
        };
        let all = [
            "SCRAM-SHA-256-PLUS",
            "SCRAM-SHA-1-PLUS",
            "SCRAM-SHA-256",
            "SCRAM-SHA-1",
            "PLAIN",
        ];
        assert_eq!(names(&conditions), all);
        let offer = Offer::new(&conditions);
        let types: Vec<_> = offer.channel_binding_types().map(BindingType::name).collect();
        assert_eq!(types, ["tls-exporter", "tls-server-end-point"]);

        let ends_elsewhere = ChannelBindings::default();
        let conditions = Conditions {
            tls: Some(&ends_elsewhere),
            anonymous: true,
            ..Conditions::default()
        };
        assert_eq!(
            names(&conditions),
            ["SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "ANONYMOUS"]
        );
        assert_eq!(Offer::new(&conditions).channel_binding_types().count(), 0);
    }

    #[test]
    fn nothing_is_offered_without_tls_unless_the_operator_allows_it() {
        let forbidden = Conditions {
            anonymous: true,
            ..Conditions::default()
        };
        assert!(names(&forbidden).is_empty());
        assert_eq!(Offer::new(&forbidden).choose("PLAIN"), Err(Failure::EncryptionRequired));
        assert_eq!(Offer::new(&forbidden).choose("X-OAUTH"), Err(Failure::InvalidMechanism));
        let allowed = Conditions {
            allow_plaintext_login: true,
            ..Conditions::default()
        };
        assert_eq!(names(&allowed), ["SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"]);
        assert!(!Offer::new(&allowed).is_in_one_step());
        let encrypted = Conditions {
            tls: Some(&ChannelBindings::default()),
            ..Conditions::default()
        };
        assert!(Offer::new(&encrypted).is_in_one_step());
    }

    #[test]
    fn tokens_are_taken_under_tls_alone_and_bound_to_what_is_known_of_it() {
        let of = |tls: Option<&ChannelBindings>| {
            let offer = Offer::new(&Conditions {
                tls,
                allow_plaintext_login: true,
                tokens: true,
                ..Conditions::default()
            });
            offer
                .token_mechanisms()
                .iter()
                .map(|one| one.name())
                .collect::<Vec<_>>()
        };
        let all = ["HT-SHA-256-EXPR", "HT-SHA-256-ENDP", "HT-SHA-256-NONE"];
        assert_eq!(of(Some(&bindings())), all);
        assert_eq!(of(Some(&ChannelBindings::default())), ["HT-SHA-256-NONE"]);
        assert!(of(None).is_empty());
        let without = Offer::new(&Conditions {
            tls: Some(&bindings()),
            ..Conditions::default()
        });
        assert!(without.token_mechanisms().is_empty());
        assert_eq!(
            without.choose_for_token("HT-SHA-256-NONE"),
            Err(Failure::InvalidMechanism)
        );
    }

    #[test]
    fn only_what_is_offered_can_be_chosen() {
        let offer = Offer::new(&Conditions {
            tls: Some(&ChannelBindings::default()),
            ..Conditions::default()
        });
        assert_eq!(offer.choose("SCRAM-SHA-1"), Ok(Mechanism::ScramSha1));
        for name in [
            "SCRAM-SHA-1-PLUS",
            "ANONYMOUS",
            "scram-sha-1",
            "PLAIN ",
            "",
            "EXTERNAL",
            "HT-SHA-256-NONE",
            "DIGEST-MD5",
        ] {
            assert_eq!(offer.choose(name), Err(Failure::InvalidMechanism), "{name}");
        }
    }

    /// The text that is hashed in XEP-0474 §5.3.
    #[test]
    fn the_digest_is_that_of_the_example_of_xep_0474() {
        let offer = Offer {
            mechanisms: vec![Mechanism::ScramSha1Plus, Mechanism::ScramSha1],
            of_tokens: Vec::new(),
            bindings: bindings(),
            needs_encryption: false,
            is_encrypted: true,
        };
        assert_eq!(encode(&offer.digest(Hash::Sha1)), "G6k/rBLDqgOhRRaCuuatSDFkJ08=");
    }
}
