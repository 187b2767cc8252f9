//! Reads one XML stream that arrives in pieces of any size (RFC 6120 §4 and §11), and single elements (RFC 7395).
//!
//! `rxml` does the grammar: UTF-8, well-formedness, no comments, processing instructions, document types or entities.
//! This adds namespaces, limits, and the cut into header, stanzas and end.

use rxml::error::EndOrError;
use rxml::{Error, Options, Parse, RawEvent, RawParser, WithOptions};

use super::element::Element;
use super::frame::{Fault, Frame};
use super::input::Input;
use super::limits::{LONGEST_TOKEN, Limits};
use super::tree::{Step, Tree};

/// One stream. Push what arrived, then take frames until there is none; whatever the pieces, the frames are the same.
#[derive(Debug)]
pub struct StreamParser {
    input: Input,
    grammar: RawParser,
    tree: Tree,
    limits: Limits,
    place: Place,
    opened: bool,
    fault: Option<Fault>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Nothing but white space was read.
    Before,
    /// Directly behind the header, which may have been an empty element.
    Opened,
    /// Behind the header or an element, and perhaps white space.
    Between,
    /// This many bytes into the header, an element or the end tag.
    Within {
        bytes: usize,
    },
    After,
}

impl StreamParser {
    pub fn new(limits: Limits) -> Self {
        Self {
            input: Input::default(),
            grammar: grammar(),
            tree: Tree::default(),
            limits,
            place: Place::Before,
            opened: false,
            fault: None,
        }
    }

    /// Adds what arrived. Take the frames in it before more is read, so that it does not pile up.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.fault.is_none() {
            self.input.push(bytes);
        }
    }

    /// The next frame in what was pushed. After a fault there is only that fault.
    #[expect(clippy::should_implement_trait, reason = "`None` is not the end: more may be pushed")]
    pub fn next(&mut self) -> Result<Option<Frame>, Fault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        self.read().inspect_err(|fault| {
            *self = Self {
                fault: Some(*fault),
                ..Self::new(self.limits)
            };
        })
    }

    /// Holds from the next byte on.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Whether bytes were pushed that are not part of a frame yet. Behind the element that asks for TLS there must be
    /// none: they came in the clear.
    pub fn has_pending(&self) -> bool {
        !self.input.rest().is_empty() || matches!(self.place, Place::Within { .. })
    }

    /// Begins a new stream with what was pushed behind the last frame, as after authentication (RFC 6120 §6.4.6).
    pub fn restart(&mut self) {
        *self = Self {
            input: std::mem::take(&mut self.input),
            fault: self.fault,
            ..Self::new(self.limits)
        };
    }

    /// Gives back the memory that only reading needs. For the time until more arrives.
    pub fn release(&mut self) {
        self.input.release();
        if !matches!(self.place, Place::Within { .. }) {
            self.grammar.release_temporaries();
            self.tree.release();
        }
    }

    fn read(&mut self) -> Result<Option<Frame>, Fault> {
        loop {
            if let Some(frame) = self.start()? {
                return Ok(Some(frame));
            }
            let Some(event) = self.event()? else {
                if self.place == Place::Opened {
                    self.place = Place::Between;
                    continue;
                }
                return Ok(None);
            };
            if let Some(frame) = self.frame(event)? {
                return Ok(Some(frame));
            }
        }
    }

    /// Between the parts of a stream: passes over white space, and sees to it that nothing follows but a tag.
    fn start(&mut self) -> Result<Option<Frame>, Fault> {
        if matches!(self.place, Place::Opened | Place::Within { .. }) {
            return Ok(None);
        }
        if self.input.skip_whitespace() && self.place == Place::Between {
            return Ok(Some(Frame::Whitespace));
        }
        match (self.input.rest().first(), self.place) {
            (None, _) => Ok(None),
            (Some(b'<'), Place::Before | Place::Between) => {
                self.place = Place::Within { bytes: 0 };
                Ok(None)
            }
            (Some(_), Place::Between) => Err(Fault::InvalidXml),
            // How UTF-16 begins.
            (Some(0xFE | 0xFF), Place::Before) => Err(Fault::UnsupportedEncoding),
            (Some(_), _) => Err(Fault::NotWellFormed),
        }
    }

    fn event(&mut self) -> Result<Option<RawEvent>, Fault> {
        // One byte too many is enough to know that a stanza is too large; no more of it is looked at.
        let (mut unread, before) = match self.place {
            Place::Within { bytes } => (
                self.input.first((self.limits.stanza_bytes + 1).saturating_sub(bytes)),
                bytes,
            ),
            _ => (&[][..], 0),
        };
        let offered = unread.len();
        let result = self.grammar.parse(&mut unread, false);
        let taken = offered - unread.len();
        self.input.consume(taken);
        if let Place::Within { bytes } = &mut self.place {
            *bytes = before + taken;
            if *bytes > self.limits.stanza_bytes {
                return Err(Fault::PolicyViolation("stanza too large"));
            }
        }
        match result {
            Ok(event) => Ok(event),
            Err(EndOrError::NeedMoreData) => Ok(None),
            Err(EndOrError::Error(error)) => Err(error.into()),
        }
    }

    fn frame(&mut self, event: RawEvent) -> Result<Option<Frame>, Fault> {
        let (place, frame) = match self.tree.take(event, &self.limits)? {
            Step::Opened if !self.opened => {
                self.opened = true;
                (Place::Opened, self.tree.take_header().map(Frame::Open))
            }
            Step::Opened | Step::Inside => return Ok(None),
            Step::Closed(element) => (Place::Between, Some(Frame::Element(element))),
            Step::EndOutside => (Place::After, Some(Frame::Close)),
            Step::TextOutside => return Err(Fault::InvalidXml),
        };
        self.place = place;
        Ok(frame)
    }
}

/// Reads a text that is one element, as in a WebSocket message (RFC 7395 §3.3).
pub fn parse_element(text: &str, limits: Limits) -> Result<Element, Fault> {
    if text.len() > limits.stanza_bytes {
        return Err(Fault::PolicyViolation("stanza too large"));
    }
    let mut input = Input::default();
    input.push(text.as_bytes());
    let mut unread = input.rest();
    let (mut grammar, mut tree, mut found) = (grammar(), Tree::default(), None);
    loop {
        match grammar.parse(&mut unread, true) {
            Ok(Some(event)) => {
                if let Step::Closed(element) = tree.take(event, &limits)? {
                    found = Some(element);
                }
            }
            Ok(None) => return found.ok_or(Fault::NotWellFormed),
            Err(EndOrError::NeedMoreData) => return Err(Fault::NotWellFormed),
            Err(EndOrError::Error(error)) => return Err(error.into()),
        }
    }
}

fn grammar() -> RawParser {
    RawParser::with_options(Options {
        max_token_length: LONGEST_TOKEN,
        ..Options::default()
    })
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::InvalidUtf8Byte(_) | Error::RestrictedXml("only utf-8 encoding is allowed") => {
                Self::UnsupportedEncoding
            }
            Error::RestrictedXml("long name or reference") => Self::PolicyViolation("name or attribute too long"),
            // The second is what `rxml` says of document types.
            Error::RestrictedXml(_)
            | Error::InvalidSyntax("malformed cdata or comment section start")
            | Error::UndeclaredEntity => Self::RestrictedXml,
            _ => Self::NotWellFormed,
        }
    }
}
