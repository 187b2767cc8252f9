//! What a connection may log in with: mechanisms, and the channel bindings of its TLS (RFC 5929, RFC 9266, XEP-0440).

use super::failure::Failure;
use super::mechanism::Mechanism;

/// How a login can be tied to the TLS connection that it came over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BindingType {
    TlsExporter,
    TlsServerEndPoint,
}

impl BindingType {
    const ALL: [Self; 2] = [Self::TlsExporter, Self::TlsServerEndPoint];

    /// The registered name (IANA, channel binding types).
    pub fn name(self) -> &'static str {
        match self {
            Self::TlsExporter => "tls-exporter",
            Self::TlsServerEndPoint => "tls-server-end-point",
        }
    }
}

/// What is known of a TLS connection that ends in this process. Empty where TLS ends elsewhere.
#[derive(Clone, Default)]
pub struct ChannelBindings {
    /// RFC 9266: exported keying material, with TLS 1.3 only.
    pub tls_exporter: Option<[u8; 32]>,
    /// RFC 5929 §4.1: digest of the certificate that was really sent.
    pub tls_server_end_point: Option<Vec<u8>>,
}

impl ChannelBindings {
    pub fn is_empty(&self) -> bool {
        self.types().next().is_none()
    }

    /// The types that there is something for, the strongest first.
    pub fn types(&self) -> impl Iterator<Item = BindingType> {
        BindingType::ALL.into_iter().filter(|one| self.of(*one).is_some())
    }

    fn of(&self, binding: BindingType) -> Option<&[u8]> {
        match binding {
            BindingType::TlsExporter => self.tls_exporter.as_ref().map(<[u8; 32]>::as_slice),
            BindingType::TlsServerEndPoint => self.tls_server_end_point.as_deref(),
        }
    }

    /// What a client that names this type must have bound to.
    pub(super) fn find(&self, name: &str) -> Option<&[u8]> {
        let binding = BindingType::ALL.into_iter().find(|one| one.name() == name)?;
        self.of(binding)
    }
}

/// What decides about an offer.
#[derive(Clone, Copy, Default)]
pub struct Conditions<'a> {
    /// `None`: the connection is not encrypted.
    pub tls: Option<&'a ChannelBindings>,
    /// Logins are possible without TLS.
    pub allow_plaintext_login: bool,
    /// Whoever wants gets an account for the time of the session.
    pub anonymous: bool,
}

/// What one connection may log in with.
#[derive(Clone)]
pub struct Offer {
    mechanisms: Vec<Mechanism>,
    bindings: ChannelBindings,
    needs_encryption: bool,
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
                }
        };
        Self {
            mechanisms: Mechanism::ALL.into_iter().filter(is_offered).collect(),
            bindings,
            needs_encryption,
        }
    }

    /// For the stream features, the strongest first. Empty: the client has to encrypt first.
    pub fn mechanisms(&self) -> &[Mechanism] {
        &self.mechanisms
    }

    /// For the stream features (XEP-0440), the strongest first; empty when no binding mechanism is offered.
    pub fn channel_binding_types(&self) -> impl Iterator<Item = BindingType> {
        self.bindings.types()
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
}
