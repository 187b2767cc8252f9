//! The channel bindings of a TLS connection (RFC 5929, RFC 9266, XEP-0440).

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

    pub(super) fn of(&self, binding: BindingType) -> Option<&[u8]> {
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
