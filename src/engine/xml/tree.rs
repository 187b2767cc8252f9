//! Builds elements from the events of `rxml`, without recursion and within limits.

use rxml::{NcName, RawEvent};

use super::bindings::{Bindings, NotAllowed};
use super::element::{Attribute, Element, Node};
use super::frame::{Fault, StreamHeader};
use super::limits::Limits;
use super::name::{Name, Namespace};

const ODD_NAME: Fault = Fault::PolicyViolation("name with letters that not every parser takes");

/// Elements that are open, with the namespaces that they declare.
#[derive(Debug, Default)]
pub(super) struct Tree {
    open: Vec<Open>,
    bindings: Bindings,
    head: Option<Head>,
    nodes: usize,
}

/// An element whose start tag was read.
#[derive(Debug)]
struct Open {
    prefix: Option<NcName>,
    element: Element,
    /// How many declarations are in force outside it.
    outer: usize,
}

/// A start tag that is being read. Its names can be resolved when all of it is there.
#[derive(Debug)]
struct Head {
    prefix: Option<NcName>,
    name: Name,
    attributes: Vec<(Option<NcName>, Name, String)>,
    outer: usize,
    declarations: usize,
}

/// What an event led to.
pub(super) enum Step {
    /// The start tag of an outermost element is complete.
    Opened,
    /// An outermost element is complete.
    Closed(Element),
    /// There was text, or an end tag, and no element that is open.
    TextOutside,
    EndOutside,
    /// Part of an element.
    Inside,
}

impl Tree {
    pub(super) fn take(&mut self, event: RawEvent, limits: &Limits) -> Result<Step, Fault> {
        match event {
            RawEvent::XmlDeclaration(..) => Ok(Step::Inside),
            RawEvent::ElementHeadOpen(_, (prefix, name)) => self.start(prefix, name, limits),
            RawEvent::Attribute(_, (prefix, name), value) => self.attribute(prefix, name, value, limits),
            RawEvent::ElementHeadClose(_) => self.open(),
            RawEvent::ElementFoot(_) => Ok(self.close()),
            RawEvent::Text(_, text) => self.text(text, limits),
        }
    }

    /// Takes the outermost element out, of which only the start tag was read; its declarations stay in force, and its
    /// children are outermost elements from now on.
    pub(super) fn take_header(&mut self) -> Option<StreamHeader> {
        let Open { prefix, element, .. } = self.open.pop()?;
        self.nodes = 0;
        Some(StreamHeader {
            content_ns: self.bindings.of_element(None).unwrap_or(Namespace::NONE),
            prefix: prefix.map(|prefix| prefix.as_str().to_owned()),
            element,
        })
    }

    pub(super) fn release(&mut self) {
        self.open.shrink_to_fit();
        self.bindings.shrink();
    }

    fn count_node(&mut self, limits: &Limits) -> Result<(), Fault> {
        self.nodes += 1;
        if self.nodes > limits.nodes {
            return Err(Fault::PolicyViolation("too many elements"));
        }
        Ok(())
    }

    fn start(&mut self, prefix: Option<NcName>, name: NcName, limits: &Limits) -> Result<Step, Fault> {
        self.count_node(limits)?;
        if name.len() > limits.attribute_bytes {
            return Err(Fault::PolicyViolation("name too long"));
        }
        if self.open.len() >= limits.depth {
            return Err(Fault::PolicyViolation("elements nested too deep"));
        }
        self.head = Some(Head {
            prefix,
            name: Name::checked(name).ok_or(ODD_NAME)?,
            attributes: Vec::new(),
            outer: self.bindings.len(),
            declarations: 0,
        });
        Ok(Step::Inside)
    }

    fn attribute(
        &mut self,
        prefix: Option<NcName>,
        name: NcName,
        value: String,
        limits: &Limits,
    ) -> Result<Step, Fault> {
        let Some(head) = &mut self.head else {
            return Err(Fault::NotWellFormed);
        };
        if name.len() + value.len() > limits.attribute_bytes {
            return Err(Fault::PolicyViolation("attribute too long"));
        }
        if head.attributes.len() + head.declarations >= limits.attributes {
            return Err(Fault::PolicyViolation("too many attributes"));
        }
        let declared = match &prefix {
            None if name == "xmlns" => None,
            Some(prefix) if prefix == "xmlns" => Some(name),
            _ => {
                let name = Name::checked(name).ok_or(ODD_NAME)?;
                head.attributes.push((prefix, name, value));
                return Ok(Step::Inside);
            }
        };
        if self.bindings.len() >= limits.namespaces {
            return Err(Fault::PolicyViolation("too many namespace declarations"));
        }
        head.declarations += 1;
        self.bindings.declare(head.outer, declared, &value)?;
        Ok(Step::Inside)
    }

    fn open(&mut self) -> Result<Step, Fault> {
        let Some(head) = self.head.take() else {
            return Err(Fault::NotWellFormed);
        };
        let mut attributes: Vec<Attribute> = Vec::with_capacity(head.attributes.len());
        for (prefix, name, value) in head.attributes {
            let ns = self.bindings.of_attribute(prefix.as_ref())?;
            if attributes.iter().any(|known| known.name == name && known.ns == ns) {
                return Err(Fault::NotWellFormed);
            }
            attributes.push(Attribute { ns, name, value });
        }
        let mut element = Element::new(head.name, self.bindings.of_element(head.prefix.as_ref())?);
        element.set_attributes(attributes);
        self.open.push(Open {
            prefix: head.prefix,
            element,
            outer: head.outer,
        });
        match self.open.len() {
            1 => Ok(Step::Opened),
            _ => Ok(Step::Inside),
        }
    }

    fn text(&mut self, text: String, limits: &Limits) -> Result<Step, Fault> {
        let Some(Open { element, .. }) = self.open.last_mut() else {
            return Ok(Step::TextOutside);
        };
        // References end an event, not a text.
        let continued = matches!(element.nodes().last(), Some(Node::Text(_)));
        element.push_text(text);
        if !continued {
            self.count_node(limits)?;
        }
        Ok(Step::Inside)
    }

    fn close(&mut self) -> Step {
        let Some(Open { element, outer, .. }) = self.open.pop() else {
            return Step::EndOutside;
        };
        self.bindings.truncate(outer);
        let Some(parent) = self.open.last_mut() else {
            self.nodes = 0;
            return Step::Closed(element);
        };
        parent.element.push(element);
        Step::Inside
    }
}

impl From<NotAllowed> for Fault {
    fn from(NotAllowed: NotAllowed) -> Self {
        Self::NotWellFormed
    }
}
