//! Names of elements and attributes, and of the namespaces that they are in. Both are cheap to clone: a name of up to
//! 24 bytes is stored in place, a namespace that [`ns`](super::ns) knows is a pointer to the constant.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, LazyLock};

use rxml::NcName;
use rxml::strings::CompactString;

use super::ns;

/// A local name: a name of XML without a colon.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Name(CompactString);

impl Name {
    /// `None` if XML does not allow `name` as the local name of an element or attribute.
    pub fn parse(name: &str) -> Option<Self> {
        Self::checked(NcName::try_from(name).ok()?)
    }

    /// `None` if the name has characters that came into names with the fifth edition of XML 1.0 only. Half of the clients
    /// (all that are built on expat) keep to the fourth: such a name, forwarded, would end their streams. Of the letters
    /// that both allow, those of the larger scripts are taken.
    pub(super) fn checked(name: NcName) -> Option<Self> {
        let everywhere = |c| {
            matches!(c,
                '\0'..='\x7F'
                | 'À'..='Ö' | 'Ø'..='ö' | 'ø'..='\u{131}' | 'Σ'..='ώ' | 'Ў'..='я'
                | '\u{3041}'..='\u{3094}' | '\u{30A1}'..='\u{30FA}' | '\u{4E00}'..='\u{9FA5}' | '\u{AC00}'..='\u{D7A3}')
        };
        name.chars().all(everywhere).then(|| Self(name.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// For names written in the code; what comes from elsewhere goes through [`Name::parse`].
impl From<&'static str> for Name {
    fn from(name: &'static str) -> Self {
        debug_assert!(<&rxml::NcNameStr>::try_from(name).is_ok(), "{name:?} is no name");
        Self(CompactString::const_new(name))
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

/// The name of a namespace; the empty one stands for none.
#[derive(Clone)]
pub struct Namespace(Inner);

#[derive(Clone)]
enum Inner {
    Known(&'static str),
    Shared(Arc<str>),
}

static KNOWN: LazyLock<HashSet<&'static str>> = LazyLock::new(|| ns::ALL.iter().copied().chain([""]).collect());

impl Namespace {
    pub const NONE: Self = Self(Inner::Known(""));

    /// Takes the constant where there is one, so that most namespaces that arrive are not stored.
    pub fn intern(name: &str) -> Self {
        match KNOWN.get(name) {
            Some(known) => Self(Inner::Known(known)),
            None => Self(Inner::Shared(name.into())),
        }
    }

    pub fn as_str(&self) -> &str {
        match &self.0 {
            Inner::Known(name) => name,
            Inner::Shared(name) => name,
        }
    }
}

/// For the constants of [`ns`](super::ns); what comes from elsewhere goes through [`Namespace::intern`].
impl From<&'static str> for Namespace {
    fn from(name: &'static str) -> Self {
        Self(Inner::Known(name))
    }
}

impl PartialEq for Namespace {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Namespace {}

impl fmt::Debug for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}
