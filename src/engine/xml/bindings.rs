//! The namespace declarations in force while a stream is parsed (Namespaces in XML 1.0).

use rxml::NcName;

use super::name::Namespace;
use super::ns;

/// Declarations, outermost first, the default one without a prefix.
#[derive(Debug, Default)]
pub(super) struct Bindings(Vec<(Option<NcName>, Namespace)>);

impl Bindings {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Forgets all but the `outer` first.
    pub(super) fn truncate(&mut self, outer: usize) {
        self.0.truncate(outer);
    }

    pub(super) fn shrink(&mut self) {
        self.0.shrink_to_fit();
    }

    /// Adds a declaration to those of the element that began at `outer`. Refuses a second one of a prefix, and names
    /// that nothing may be bound to, or that are no URI: parsers put a space, `}` or `|` between namespace and name.
    pub(super) fn declare(&mut self, outer: usize, prefix: Option<NcName>, namespace: &str) -> Result<(), NotAllowed> {
        let again = self.0[outer..].iter().any(|(known, _)| *known == prefix);
        let is_xml = prefix.as_ref().is_some_and(|prefix| prefix == "xml");
        let is_uri = !namespace
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() || "<>\"{}|\\^`".contains(c));
        if again || !is_uri || namespace == ns::XMLNS || is_xml != (namespace == ns::XML) {
            return Err(NotAllowed);
        }
        self.0.push((prefix, Namespace::intern(namespace)));
        Ok(())
    }

    /// The namespace of an element. That of `xml:lang` has no elements, and not every parser would take one.
    pub(super) fn of_element(&self, prefix: Option<&NcName>) -> Result<Namespace, NotAllowed> {
        match (self.find(prefix), prefix) {
            (Some(namespace), _) if namespace.as_str() == ns::XML => Err(NotAllowed),
            (Some(namespace), _) => Ok(namespace),
            (None, None) => Ok(Namespace::NONE),
            (None, Some(_)) => Err(NotAllowed),
        }
    }

    /// The namespace of an attribute: the default one is not for attributes.
    pub(super) fn of_attribute(&self, prefix: Option<&NcName>) -> Result<Namespace, NotAllowed> {
        match prefix {
            None => Ok(Namespace::NONE),
            Some(_) => self.find(prefix).ok_or(NotAllowed),
        }
    }

    fn find(&self, prefix: Option<&NcName>) -> Option<Namespace> {
        if prefix.is_some_and(|prefix| prefix == "xml") {
            return Some(ns::XML.into());
        }
        let innermost = self.0.iter().rev().find(|(known, _)| known.as_ref() == prefix)?;
        Some(innermost.1.clone())
    }
}

/// A prefix that is not declared, or a declaration that XML does not allow.
#[derive(Debug)]
pub(super) struct NotAllowed;
