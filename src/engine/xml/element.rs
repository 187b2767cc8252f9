//! The element tree: what the parser builds, handlers read and make, and the writer writes.
//!
//! Attributes and nodes keep their order. Neighbouring texts are one node and no text is empty, so that trees that are
//! written alike are equal.

use std::borrow::Cow;
use std::fmt;

use super::name::{Name, Namespace};
use super::ns;

/// An element with its attributes and what it contains.
#[derive(Clone, PartialEq, Eq)]
pub struct Element {
    name: Name,
    ns: Namespace,
    attributes: Vec<Attribute>,
    nodes: Vec<Node>,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Attribute {
    pub(super) ns: Namespace,
    pub(super) name: Name,
    pub(super) value: String,
}

/// What an element contains.
#[derive(Clone, PartialEq, Eq)]
pub enum Node {
    Element(Element),
    /// Never empty, and never beside another text.
    Text(String),
}

/// Making an element.
impl Element {
    pub fn new(name: impl Into<Name>, ns: impl Into<Namespace>) -> Self {
        Self {
            name: name.into(),
            ns: ns.into(),
            attributes: Vec::new(),
            nodes: Vec::new(),
        }
    }

    pub fn with_attr(mut self, name: impl Into<Name>, value: impl ToString) -> Self {
        self.set_attr(name, value);
        self
    }

    pub fn with_optional_attr(self, name: impl Into<Name>, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.with_attr(name, value),
            None => self,
        }
    }

    /// `xml:lang`
    pub fn with_lang(mut self, lang: impl ToString) -> Self {
        self.set_attr_ns(ns::XML, "lang", lang);
        self
    }

    pub fn with_child(mut self, child: Element) -> Self {
        self.push(child);
        self
    }

    pub fn with_optional_child(self, child: Option<Element>) -> Self {
        self.with_children(child)
    }

    pub fn with_children(mut self, children: impl IntoIterator<Item = Element>) -> Self {
        self.nodes.extend(children.into_iter().map(Node::Element));
        self
    }

    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.push_text(text);
        self
    }
}

/// Changing an element.
impl Element {
    /// Replaces the value if there is one.
    pub fn set_attr(&mut self, name: impl Into<Name>, value: impl ToString) {
        self.set_attr_ns(Namespace::NONE, name, value);
    }

    pub fn set_attr_ns(&mut self, ns: impl Into<Namespace>, name: impl Into<Name>, value: impl ToString) {
        let (ns, name, value) = (ns.into(), name.into(), value.to_string());
        debug_assert!(
            ns != Namespace::NONE || name.as_str() != "xmlns",
            "namespaces are declared by the writer"
        );
        match self
            .attributes
            .iter_mut()
            .find(|known| known.name == name && known.ns == ns)
        {
            Some(known) => known.value = value,
            None => self.attributes.push(Attribute { ns, name, value }),
        }
    }

    /// Gives the value that the attribute had.
    pub fn remove_attr(&mut self, name: &str) -> Option<String> {
        let at = self.attributes.iter().position(|known| known.is(name, ""))?;
        Some(self.attributes.remove(at).value)
    }

    pub fn push(&mut self, child: Element) {
        self.nodes.push(Node::Element(child));
    }

    pub fn push_text(&mut self, text: impl Into<String>) {
        let text = text.into();
        match self.nodes.last_mut() {
            _ if text.is_empty() => {}
            Some(Node::Text(before)) => before.push_str(&text),
            _ => self.nodes.push(Node::Text(text)),
        }
    }

    /// Removes the children that `keep` refuses; texts stay.
    pub fn retain_children(&mut self, mut keep: impl FnMut(&Element) -> bool) {
        let nodes = std::mem::take(&mut self.nodes);
        for node in nodes {
            match node {
                Node::Element(child) if keep(&child) => self.push(child),
                Node::Element(_) => {}
                Node::Text(text) => self.push_text(text),
            }
        }
    }

    /// Removes and gives the first child of this name.
    pub fn take_child(&mut self, name: &str, ns: &str) -> Option<Element> {
        let mut taken = None;
        if self.child(name, ns).is_none() {
            return taken;
        }
        let nodes = std::mem::take(&mut self.nodes);
        for node in nodes {
            match node {
                Node::Element(child) if taken.is_none() && child.is(name, ns) => taken = Some(child),
                Node::Element(child) => self.push(child),
                Node::Text(text) => self.push_text(text),
            }
        }
        taken
    }

    /// For attributes of which it is known that there are no two of one name.
    pub(super) fn set_attributes(&mut self, attributes: Vec<Attribute>) {
        self.attributes = attributes;
    }
}

/// Reading an element.
impl Element {
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    pub fn ns(&self) -> &str {
        self.ns.as_str()
    }

    /// The namespace as a value that is cheap to clone, to make elements in the same one.
    pub fn namespace(&self) -> &Namespace {
        &self.ns
    }

    pub fn is(&self, name: &str, ns: &str) -> bool {
        self.name() == name && self.ns() == ns
    }

    /// The value of an attribute without a namespace.
    pub fn attr(&self, name: &str) -> Option<&str> {
        self.attr_ns("", name)
    }

    pub fn attr_ns(&self, ns: &str, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|known| known.is(name, ns))?;
        Some(&found.value)
    }

    /// Namespace, name and value of each attribute.
    pub fn attrs(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.attributes
            .iter()
            .map(|known| (known.ns.as_str(), known.name.as_str(), known.value.as_str()))
    }

    /// `xml:lang` of this element itself.
    pub fn lang(&self) -> Option<&str> {
        self.attr_ns(ns::XML, "lang")
    }

    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    pub fn children(&self) -> impl Iterator<Item = &Element> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Element(child) => Some(child),
            Node::Text(_) => None,
        })
    }

    pub fn children_mut(&mut self) -> impl Iterator<Item = &mut Element> {
        self.nodes.iter_mut().filter_map(|node| match node {
            Node::Element(child) => Some(child),
            Node::Text(_) => None,
        })
    }

    pub fn into_nodes(self) -> Vec<Node> {
        self.nodes
    }

    pub fn into_children(self) -> impl Iterator<Item = Element> {
        self.nodes.into_iter().filter_map(|node| match node {
            Node::Element(child) => Some(child),
            Node::Text(_) => None,
        })
    }

    /// The first child of this name.
    pub fn child(&self, name: &str, ns: &str) -> Option<&Element> {
        self.children().find(|child| child.is(name, ns))
    }

    pub fn child_mut(&mut self, name: &str, ns: &str) -> Option<&mut Element> {
        self.children_mut().find(|child| child.is(name, ns))
    }

    pub fn has_child(&self, name: &str, ns: &str) -> bool {
        self.child(name, ns).is_some()
    }

    /// Bytes that it takes, about.
    pub fn weight(&self) -> usize {
        const PART: usize = 32;
        let attributes = self.attributes.iter().map(|attribute| PART + attribute.value.len());
        let nodes = self.nodes.iter().map(|node| match node {
            Node::Element(element) => element.weight(),
            Node::Text(text) => PART + text.len(),
        });
        PART + attributes.sum::<usize>() + nodes.sum::<usize>()
    }

    /// All text directly in this element; that of its children is not part of it.
    pub fn text(&self) -> Cow<'_, str> {
        let mut texts = self.nodes.iter().filter_map(|node| match node {
            Node::Text(text) => Some(text.as_str()),
            Node::Element(_) => None,
        });
        let first = texts.next().unwrap_or_default();
        match texts.next() {
            None => Cow::Borrowed(first),
            Some(second) => [first, second].into_iter().chain(texts).collect::<String>().into(),
        }
    }

    /// The text of the first child of this name.
    pub fn child_text(&self, name: &str, ns: &str) -> Option<Cow<'_, str>> {
        self.child(name, ns).map(Element::text)
    }

    pub(super) fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }
}

impl Attribute {
    pub(super) fn is(&self, name: &str, ns: &str) -> bool {
        self.name.as_str() == name && self.ns.as_str() == ns
    }
}

/// The structure without values and texts: those may be passwords or what people write to each other.
impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{{{}}}{}", self.ns(), self.name())?;
        for (_, name, _) in self.attrs() {
            write!(f, " {name}")?;
        }
        f.write_str(">")?;
        for node in &self.nodes {
            node.fmt(f)?;
        }
        write!(f, "</{}>", self.name())
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Element(child) => child.fmt(f),
            Self::Text(text) => write!(f, "{} bytes of text", text.len()),
        }
    }
}
