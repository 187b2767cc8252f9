//! A stream before its halves are split: frames in, elements out, and the stream header in between (RFC 6120 §4).

use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::ready;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf, ReadHalf, WriteHalf};

use super::lost::Lost;
use super::messages::{MessageSink, MessageSource};
use super::socket::Socket;
use crate::domain::address::{Address, Host};
use crate::engine::stanza::Stanza;
use crate::engine::stream_error::StreamError;
use crate::engine::xml::{
    Element, Frame, Limits, Scope, StreamHeader, StreamParser, escape_attribute, ns, write_element,
};

/// Bytes read at once, on the stack: an idle connection holds no buffer.
const CHUNK: usize = 4096;

/// Reads what still comes and drops it, until there is nothing more. A connection that is given up with bytes unread is
/// reset, and its client might not see why its stream has ended (RFC 6120 §4.4).
async fn drop_rest<IO: AsyncRead + Unpin>(io: &mut IO) {
    let mut chunk = [0; CHUNK];
    while matches!(io.read(&mut chunk).await, Ok(1..)) {}
}

/// The next frame of `io`. May be cancelled without loss.
async fn next_frame<IO: AsyncRead + Unpin>(io: &mut IO, parser: &mut StreamParser) -> Result<Frame, Lost> {
    loop {
        if let Some(frame) = parser.next().map_err(|fault| Lost::Fault(fault.into()))? {
            return Ok(frame);
        }
        parser.release();
        let read = poll_fn(|cx| {
            let mut chunk = [const { MaybeUninit::uninit() }; CHUNK];
            let mut buffer = ReadBuf::uninit(&mut chunk);
            ready!(Pin::new(&mut *io).poll_read(cx, &mut buffer))?;
            parser.push(buffer.filled());
            std::task::Poll::Ready(io::Result::Ok(buffer.filled().len()))
        });
        if read.await? == 0 {
            return Err(Lost::Gone);
        }
    }
}

/// What carries a stream.
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all are sockets, which a box would only slow"
)]
enum Carrier {
    /// The bytes of a socket.
    Bytes { socket: Socket, parser: StreamParser },
    /// Messages with an element each.
    Messages(MessageSource, MessageSink),
}

/// What a client sends, once the halves of its stream are split.
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all are sockets, which a box would only slow"
)]
pub enum Source {
    Bytes(ReadHalf<Socket>, StreamParser),
    Messages(MessageSource),
}

/// What a client is sent.
pub enum Sink {
    Bytes(WriteHalf<Socket>),
    Messages(MessageSink),
}

impl Source {
    /// The next frame. May be cancelled without loss.
    pub async fn next(&mut self) -> Result<Frame, Lost> {
        match self {
            Self::Bytes(socket, parser) => next_frame(socket, parser).await,
            Self::Messages(messages) => messages.next().await,
        }
    }

    /// Waits for the client to hang up, once it was told that its stream is over.
    pub async fn wait_for_end(&mut self) {
        if let Self::Bytes(socket, _) = self {
            drop_rest(socket).await;
        }
    }
}

pub struct Wire {
    carrier: Carrier,
    /// Our header of the present stream is out.
    opened: bool,
}

impl Wire {
    pub fn of_socket(socket: Socket, limits: Limits) -> Self {
        let parser = StreamParser::new(limits);
        Self::new(Carrier::Bytes { socket, parser })
    }

    pub fn of_messages(source: MessageSource, sink: MessageSink) -> Self {
        Self::new(Carrier::Messages(source, sink))
    }

    fn new(carrier: Carrier) -> Self {
        Self { carrier, opened: false }
    }

    /// Takes the socket out for a TLS handshake; a new wire is made over that.
    pub fn take_socket(&mut self) -> Socket {
        match &mut self.carrier {
            Carrier::Bytes { socket, .. } => std::mem::replace(socket, Socket::None),
            Carrier::Messages(..) => Socket::None,
        }
    }

    pub async fn next(&mut self) -> Result<Frame, Lost> {
        match &mut self.carrier {
            Carrier::Bytes { socket, parser } => next_frame(socket, parser).await,
            Carrier::Messages(source, _) => source.next().await,
        }
    }

    /// From now on a new stream is expected (RFC 6120 §4.3.3).
    pub fn restart(&mut self) {
        if let Carrier::Bytes { parser, .. } = &mut self.carrier {
            parser.restart();
        }
        self.opened = false;
    }

    /// Whether something was sent behind the element that was read last.
    pub fn has_pending(&self) -> bool {
        matches!(&self.carrier, Carrier::Bytes { parser, .. } if parser.has_pending())
    }

    /// Reads the client's stream header.
    pub async fn header(&mut self) -> Result<StreamHeader, Lost> {
        loop {
            match self.next().await? {
                Frame::Open(header) => return Ok(header),
                Frame::Whitespace => {}
                Frame::Element(_) | Frame::Close => return Err(Lost::Fault(StreamError::BadFormat)),
            }
        }
    }

    /// The next element. `None`: the client has closed the stream.
    pub async fn element(&mut self) -> Result<Option<Element>, Lost> {
        loop {
            match self.next().await? {
                Frame::Element(element) => return Ok(Some(element)),
                Frame::Whitespace => {}
                Frame::Close => return Ok(None),
                Frame::Open(_) => return Err(Lost::Fault(StreamError::BadFormat)),
            }
        }
    }

    /// Answers the client's stream header and sends what follows it at once.
    pub async fn open(&mut self, from: &Host, to: Option<&Address>, id: &str, features: &Element) -> io::Result<()> {
        self.opened = true;
        match &mut self.carrier {
            Carrier::Bytes { socket, .. } => {
                let mut out = Vec::new();
                write_header(from.as_str(), to, id, &mut out);
                write_element(features, Scope::CLIENT, &mut out);
                write_all(socket, &out).await
            }
            Carrier::Messages(_, sink) => {
                sink.send(&open(from, to, id)).await?;
                sink.send(features).await
            }
        }
    }

    pub async fn send(&mut self, element: &Element) -> io::Result<()> {
        match &mut self.carrier {
            Carrier::Bytes { socket, .. } => {
                let mut out = Vec::new();
                write_element(element, Scope::CLIENT, &mut out);
                write_all(socket, &out).await
            }
            Carrier::Messages(_, sink) => sink.send(element).await,
        }
    }

    pub async fn send_stanza(&mut self, stanza: &Stanza) -> io::Result<()> {
        match &mut self.carrier {
            Carrier::Bytes { socket, .. } => {
                let mut out = Vec::new();
                stanza.write(None, &mut out);
                write_all(socket, &out).await
            }
            Carrier::Messages(_, sink) => sink.send_stanza(stanza, None).await,
        }
    }

    /// Ends the stream with an error, under a header of ours if there is none yet.
    pub async fn fail(&mut self, host: &Host, to: Option<&Address>, id: &str, error: StreamError) -> io::Result<()> {
        match &mut self.carrier {
            Carrier::Bytes { socket, .. } => {
                let mut out = Vec::new();
                if !self.opened {
                    write_header(host.as_str(), to, id, &mut out);
                }
                write_element(&error.to_element(), Scope::CLIENT, &mut out);
                out.extend_from_slice(b"</stream:stream>");
                socket.write_all(&out).await?;
                socket.shutdown().await
            }
            Carrier::Messages(_, sink) => {
                if !self.opened {
                    sink.send(&open(host, to, id)).await?;
                }
                sink.send(&error.to_element()).await?;
                sink.close().await
            }
        }
    }

    /// Waits for the client to hang up, once it was told that its stream is over.
    pub async fn wait_for_end(&mut self) {
        if let Carrier::Bytes { socket, .. } = &mut self.carrier {
            drop_rest(socket).await;
        }
    }

    /// Answers the end of the stream with ours.
    pub async fn close(&mut self) -> io::Result<()> {
        match &mut self.carrier {
            Carrier::Bytes { socket, .. } => {
                if self.opened {
                    socket.write_all(b"</stream:stream>").await?;
                }
                socket.shutdown().await
            }
            Carrier::Messages(_, sink) => sink.close().await,
        }
    }

    /// The halves of an established stream, with the limits that hold from now on.
    pub fn into_halves(self, limits: Limits) -> (Source, Sink) {
        match self.carrier {
            Carrier::Bytes { socket, mut parser } => {
                parser.set_limits(limits);
                let (read, write) = tokio::io::split(socket);
                (Source::Bytes(read, parser), Sink::Bytes(write))
            }
            Carrier::Messages(mut source, sink) => {
                source.set_limits(limits);
                (Source::Messages(source), Sink::Messages(sink))
            }
        }
    }
}

async fn write_all(socket: &mut Socket, bytes: &[u8]) -> io::Result<()> {
    socket.write_all(bytes).await?;
    socket.flush().await
}

/// The header of a stream as a message (RFC 7395 §3.4).
fn open(from: &Host, to: Option<&Address>, id: &str) -> Element {
    Element::new("open", ns::FRAMING)
        .with_attr("from", from)
        .with_optional_attr("to", to)
        .with_attr("id", id)
        .with_attr("version", "1.0")
        .with_lang("en")
}

fn write_header(from: &str, to: Option<&Address>, id: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"<?xml version='1.0'?><stream:stream xmlns='");
    out.extend_from_slice(ns::JABBER_CLIENT.as_bytes());
    out.extend_from_slice(b"' xmlns:stream='");
    out.extend_from_slice(ns::STREAM.as_bytes());
    out.extend_from_slice(b"' version='1.0' xml:lang='en' id='");
    escape_attribute(id, out);
    out.extend_from_slice(b"' from='");
    escape_attribute(from, out);
    if let Some(to) = to {
        out.extend_from_slice(b"' to='");
        escape_attribute(to.as_str(), out);
    }
    out.extend_from_slice(b"'>");
}
