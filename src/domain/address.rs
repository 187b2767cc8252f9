//! XMPP addresses (RFC 7622 in the older preparation of RFC 3920 that deployed servers use):
//! nodeprep for localparts, nameprep and IDNA ToASCII for domains, resourceprep for resources.
//! The preparation itself is the `jid` crate's.

use std::fmt;
use std::sync::Arc;

use jid::{DomainPart, Jid, NodePart, ResourcePart};

use super::error::{Error, Result};

/// The most bytes of a part of an address (RFC 7622 §3.1).
const MAX_PART: usize = 1023;

/// A prepared localpart of an account or a room.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Localpart(Box<str>);

impl Localpart {
    /// Prepares `text` with nodeprep; at most 1023 bytes afterwards.
    pub fn prepare(text: &str) -> Result<Self> {
        // What nearly all names are made of, and nodeprep leaves as it is.
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._".contains(&byte);
        if (1..=MAX_PART).contains(&text.len()) && text.bytes().all(is_plain) {
            return Ok(Self(text.into()));
        }
        refuse_unassigned("localpart", text)?;
        let part = NodePart::new(text).map_err(|cause| Error::invalid("localpart", text, cause.to_string()))?;
        Ok(Self(part.as_str().into()))
    }

    /// Takes text that was prepared before it was stored.
    pub fn from_stored(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Localpart {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A prepared domain, internationalised labels in their ASCII form (`xn--…`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Host(Arc<str>);

impl Host {
    pub fn prepare(text: &str) -> Result<Self> {
        refuse_unassigned("host", text)?;
        let jid = Jid::new(text).map_err(|cause| Error::invalid("host", text, cause.to_string()))?;
        if jid.node().is_some() || jid.resource().is_some() {
            return Err(Error::invalid("host", text, "this is more than a domain"));
        }
        Self::from_jid(&jid, text)
    }

    pub fn from_stored(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    fn from_jid(jid: &Jid, text: &str) -> Result<Self> {
        // The `jid` crate drops the dot of the DNS root; two spellings of one host are refused.
        if text.split('/').next().is_some_and(|bare| bare.ends_with('.')) {
            return Err(Error::invalid("host", text, "a domain does not end in a dot"));
        }
        let domain = jid.domain().as_str();
        if domain.starts_with('[') {
            return Ok(Self(domain.into()));
        }
        let ascii = idna::domain_to_ascii(domain).map_err(|cause| Error::invalid("host", text, cause.to_string()))?;
        // Some names have an ASCII form that is not its own: it would read as another host, or as none.
        if !DomainPart::new(&ascii).is_ok_and(|again| again.as_str() == ascii) {
            return Err(Error::invalid("host", text, "its ASCII form is no domain"));
        }
        Ok(Self(ascii.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Host {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A bare address: `local@host`, or a host alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    text: Box<str>,
    /// Where the `@` stands.
    at: Option<usize>,
}

impl Address {
    pub fn new(localpart: &Localpart, host: &Host) -> Self {
        Self {
            text: [localpart.as_str(), "@", host.as_str()].concat().into(),
            at: Some(localpart.as_str().len()),
        }
    }

    /// Parses and prepares a JID and drops its resource.
    pub fn parse(text: &str) -> Result<Self> {
        Ok(FullAddress::parse(text)?.bare)
    }

    /// A host alone.
    pub fn of_host(host: &Host) -> Self {
        Self {
            text: host.as_str().into(),
            at: None,
        }
    }

    /// Takes text that was prepared before it was stored.
    pub fn from_stored(text: impl Into<Box<str>>) -> Self {
        let text = text.into();
        Self {
            at: text.find('@'),
            text,
        }
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn localpart(&self) -> Option<&str> {
        self.at.map(|at| &self.text[..at])
    }

    pub fn host(&self) -> &str {
        self.at.map_or(&*self.text, |at| &self.text[at + 1..])
    }

    /// Its host, and the domains that this is part of, the nearest first.
    pub fn domains(&self) -> impl Iterator<Item = &str> {
        std::iter::successors(Some(self.host()), |domain| {
            domain.split_once('.').map(|(_, parent)| parent)
        })
    }

    /// The account that this address would be on `host`; `None` for other hosts and bare hosts.
    pub fn account_on(&self, host: &Host) -> Option<AccountAddress> {
        if self.host() != host.as_str() {
            return None;
        }
        let localpart = self.localpart()?;
        Some(AccountAddress::new(Localpart::from_stored(localpart), host.clone()))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

/// An address with or without a resource, as it was given, prepared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FullAddress {
    pub bare: Address,
    pub resource: Option<Box<str>>,
}

impl FullAddress {
    /// Parses `[local@]host[/resource]` and prepares each part.
    pub fn parse(text: &str) -> Result<Self> {
        refuse_unassigned("address", text)?;
        let jid = Jid::new(text).map_err(|cause| Error::invalid("address", text, cause.to_string()))?;
        let host = Host::from_jid(&jid, text)?;
        let bare = match jid.node() {
            Some(node) => Address::new(&Localpart::from_stored(node.as_str()), &host),
            None => Address {
                text: host.as_str().into(),
                at: None,
            },
        };
        let resource = jid.resource().map(|resource| resource.as_str().into());
        Ok(Self { bare, resource })
    }

    /// Takes text that was prepared before it was stored.
    pub fn from_stored(text: &str) -> Self {
        let (bare, resource) = match text.split_once('/') {
            Some((bare, resource)) => (bare, Some(resource.into())),
            None => (text, None),
        };
        Self {
            bare: Address::from_stored(bare),
            resource,
        }
    }
}

impl From<Address> for FullAddress {
    fn from(bare: Address) -> Self {
        Self { bare, resource: None }
    }
}

impl fmt::Display for FullAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.resource {
            Some(resource) => write!(out, "{}/{resource}", self.bare),
            None => self.bare.fmt(out),
        }
    }
}

/// The address of an account on a host of this service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountAddress {
    localpart: Localpart,
    host: Host,
}

impl AccountAddress {
    pub fn new(localpart: Localpart, host: Host) -> Self {
        Self { localpart, host }
    }

    /// The account `name` on `host`; `name` is prepared and must be a localpart, not a JID.
    pub fn prepare(name: &str, host: &Host) -> Result<Self> {
        Ok(Self::new(Localpart::prepare(name)?, host.clone()))
    }

    pub fn localpart(&self) -> &Localpart {
        &self.localpart
    }

    pub fn host(&self) -> &Host {
        &self.host
    }

    pub fn to_address(&self) -> Address {
        Address::new(&self.localpart, &self.host)
    }
}

impl fmt::Display for AccountAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}@{}", self.localpart, self.host)
    }
}

/// Prepares a resource (resourceprep).
pub fn prepare_resource(text: &str) -> Result<Box<str>> {
    refuse_unassigned("resource", text)?;
    let part = ResourcePart::new(text).map_err(|cause| Error::invalid("resource", text, cause.to_string()))?;
    Ok(part.as_str().into())
}

/// Refuses characters that Unicode 3.2, the version of stringprep, does not know. The `jid` crate looks for them after a
/// normalisation of today's Unicode, which turns some into letters: `🄰` would become a capital `A`, in no case folded.
fn refuse_unassigned(field: &'static str, text: &str) -> Result<()> {
    if !text.is_ascii() && text.chars().any(stringprep::tables::unassigned_code_point) {
        return Err(Error::invalid(field, text, "a character is unassigned in Unicode 3.2"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn localparts_are_folded_composed_and_stripped() {
        for (given, prepared) in [
            ("Jane", "jane"),
            ("Ⅷ", "viii"),
            ("ﬁ", "fi"),
            ("Straße", "strasse"),
            ("ς", "σ"),
            ("ＷＩＤＥ", "wide"),
            ("rene\u{301}", "rené"),
            ("a\u{ad}b", "ab"),
            ("a\u{200b}b", "ab"),
        ] {
            assert_eq!(Localpart::prepare(given).unwrap().as_str(), prepared);
        }
    }

    #[test]
    fn forbidden_and_unassigned_characters_are_refused() {
        for given in [
            "",
            "a b",
            "a@b",
            "a/b",
            "a:b",
            "a\"b",
            "a&b",
            "a'b",
            "a<b",
            "a>b",
            "a\u{a0}b",
            "a\u{3000}b",
            "\u{e000}",
            "\u{fffd}",
            "a\u{2028}b",
            "ȡ",
            "😀",
            "🄰dmin",
            "الa",
        ] {
            assert!(Localpart::prepare(given).is_err(), "{given:?}");
        }
    }

    #[test]
    fn domains_are_stored_in_their_ascii_form() {
        let address = Address::parse("Jürgen@BÜCHER.example/Rés").unwrap();
        assert_eq!(address.as_str(), "jürgen@xn--bcher-kva.example");
        assert_eq!(Address::parse("jürgen@xn--bcher-kva.example").unwrap(), address);
    }

    #[test]
    fn what_was_parsed_parses_again_to_the_same() {
        let found_by_fuzzing =
            "XNJaP\u{f3}--u~XN--e--exhepaJaqpoooooooooooooQQQxampQQQQQRQQQQQRQQQQs\u{b2}oooooooooooooQQQQQQQQQQQQQQ";
        for given in [
            found_by_fuzzing,
            "a@BÜCHER.example/r",
            "xn--bcher-kva.example",
            "ß.example",
        ] {
            if let Ok(address) = FullAddress::parse(given) {
                assert_eq!(FullAddress::parse(&address.to_string()).unwrap(), address, "{given}");
            }
        }
    }

    #[test]
    fn a_word_is_a_host() {
        let address = Address::parse("word").unwrap();
        assert_eq!((address.localpart(), address.host()), (None, "word"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for given in ["", "@x", "a@", "a@b/", "a@b@c", "a b@c", "-", "a@-b.c", "a@b."] {
            assert!(Address::parse(given).is_err(), "{given:?}");
        }
    }
}
