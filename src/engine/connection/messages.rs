//! A stream whose frames come as messages with one element each, as over WebSocket (RFC 7395). What carries the messages
//! is not known here: it hands in texts and takes texts out.

use std::io;

use tokio::sync::mpsc;

use super::lost::Lost;
use crate::engine::stanza::Stanza;
use crate::engine::stream_error::StreamError;
use crate::engine::xml::{Element, Frame, Limits, Namespace, Scope, StreamHeader, ns, parse_element, write_element};

/// Messages that may wait in each direction.
const WAITING: usize = 8;

/// What a client sends.
pub struct MessageSource {
    texts: mpsc::Receiver<String>,
    limits: Limits,
}

/// What a client is sent.
pub struct MessageSink(mpsc::Sender<String>);

/// The other end of both, for what carries the messages. Dropping one of the two tells that the client is gone.
pub struct MessageEnd {
    pub from_client: mpsc::Sender<String>,
    pub to_client: mpsc::Receiver<String>,
}

pub fn messages(limits: Limits) -> (MessageSource, MessageSink, MessageEnd) {
    let (from_client, texts) = mpsc::channel(WAITING);
    let (sink, to_client) = mpsc::channel(WAITING);
    let end = MessageEnd { from_client, to_client };
    (MessageSource { texts, limits }, MessageSink(sink), end)
}

impl MessageSource {
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// The next frame. May be cancelled without loss.
    pub async fn next(&mut self) -> Result<Frame, Lost> {
        let text = self.texts.recv().await.ok_or(Lost::Gone)?;
        let element = parse_element(&text, self.limits).map_err(|fault| Lost::Fault(fault.into()))?;
        Ok(match (element.name(), element.ns()) {
            ("open", ns::FRAMING) => Frame::Open(header(&element)),
            ("close", ns::FRAMING) => Frame::Close,
            // §3.3.2
            ("open" | "close", _) => return Err(Lost::Fault(StreamError::InvalidNamespace)),
            _ => Frame::Element(element),
        })
    }
}

/// `<open/>` says what the header of a stream says (§3.4).
fn header(open: &Element) -> StreamHeader {
    let mut element = Element::new("stream", ns::STREAM);
    for (namespace, name, value) in open.attrs() {
        match (namespace, name) {
            (ns::XML, "lang") => element = element.with_lang(value),
            ("", "to") => element.set_attr("to", value),
            ("", "from") => element.set_attr("from", value),
            ("", "version") => element.set_attr("version", value),
            _ => {}
        }
    }
    StreamHeader {
        element,
        prefix: None,
        content_ns: Namespace::from(ns::JABBER_CLIENT),
    }
}

impl MessageSink {
    pub async fn send(&self, element: &Element) -> io::Result<()> {
        let mut out = Vec::new();
        write_element(element, Scope::NONE, &mut out);
        self.send_text(out).await
    }

    pub async fn send_stanza(
        &self,
        stanza: &Stanza,
        to: Option<&crate::domain::address::FullAddress>,
    ) -> io::Result<()> {
        let mut out = Vec::new();
        stanza.write_alone(to, &mut out);
        self.send_text(out).await
    }

    /// Tells the client that nothing more comes.
    pub async fn close(&self) -> io::Result<()> {
        self.send(&Element::new("close", ns::FRAMING)).await
    }

    async fn send_text(&self, text: Vec<u8>) -> io::Result<()> {
        let text = String::from_utf8(text).map_err(|_| io::ErrorKind::InvalidData)?;
        self.0.send(text).await.map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}
