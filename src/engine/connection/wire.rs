//! A stream before its halves are split: frames in, elements out, and the stream header in between (RFC 6120 §4).

use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::ready;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};

use super::socket::Socket;
use crate::domain::address::{FullAddress, Host};
use crate::engine::stream_error::StreamError;
use crate::engine::xml::{
    Element, Frame, Limits, Scope, StreamHeader, StreamParser, escape_attribute, ns, write_element,
};

/// Bytes read at once, on the stack: an idle connection holds no buffer.
const CHUNK: usize = 4096;

/// Why no further frame comes.
#[derive(Debug)]
pub enum Lost {
    /// The peer has gone without `</stream:stream>`.
    Gone,
    Fault(StreamError),
}

impl From<io::Error> for Lost {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

/// The next frame of `io`. May be cancelled without loss.
pub async fn next_frame<IO: AsyncRead + Unpin>(io: &mut IO, parser: &mut StreamParser) -> Result<Frame, Lost> {
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

pub struct Wire<IO> {
    io: IO,
    parser: StreamParser,
    /// Our header of the present stream is out.
    opened: bool,
}

impl Wire<Socket> {
    /// Takes the socket out for a TLS handshake; a new wire is made over that.
    pub fn take_socket(&mut self) -> Socket {
        std::mem::replace(&mut self.io, Socket::None)
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> Wire<IO> {
    pub fn new(io: IO, limits: Limits) -> Self {
        Self {
            io,
            parser: StreamParser::new(limits),
            opened: false,
        }
    }

    pub async fn next(&mut self) -> Result<Frame, Lost> {
        next_frame(&mut self.io, &mut self.parser).await
    }

    /// From now on a new stream is expected (RFC 6120 §4.3.3).
    pub fn restart(&mut self) {
        self.parser.restart();
        self.opened = false;
    }

    /// Whether something was sent behind the element that was read last.
    pub fn has_pending(&self) -> bool {
        self.parser.has_pending()
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
    pub async fn open(
        &mut self,
        from: &Host,
        to: Option<&FullAddress>,
        id: &str,
        features: &Element,
    ) -> io::Result<()> {
        let mut out = Vec::new();
        write_header(from.as_str(), to, id, &mut out);
        self.opened = true;
        write_element(features, Scope::CLIENT, &mut out);
        self.io.write_all(&out).await?;
        self.io.flush().await
    }

    pub async fn send(&mut self, element: &Element) -> io::Result<()> {
        let mut out = Vec::new();
        write_element(element, Scope::CLIENT, &mut out);
        self.io.write_all(&out).await?;
        self.io.flush().await
    }

    /// Ends the stream with an error, under a header of ours if there is none yet.
    pub async fn fail(&mut self, host: &Host, id: &str, error: StreamError) -> io::Result<()> {
        let mut out = Vec::new();
        if !self.opened {
            write_header(host.as_str(), None, id, &mut out);
        }
        write_element(&error.to_element(), Scope::CLIENT, &mut out);
        out.extend_from_slice(b"</stream:stream>");
        self.io.write_all(&out).await?;
        self.io.shutdown().await
    }

    /// Answers the end of the stream with ours.
    pub async fn close(&mut self) -> io::Result<()> {
        if self.opened {
            self.io.write_all(b"</stream:stream>").await?;
        }
        self.io.shutdown().await
    }

    pub async fn send_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.io.write_all(bytes).await?;
        self.io.flush().await
    }

    pub fn into_parts(self) -> (IO, StreamParser) {
        (self.io, self.parser)
    }
}

fn write_header(from: &str, to: Option<&FullAddress>, id: &str, out: &mut Vec<u8>) {
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
        escape_attribute(&to.to_string(), out);
    }
    out.extend_from_slice(b"'>");
}
