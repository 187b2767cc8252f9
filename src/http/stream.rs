//! The one wrapper between the HTTP parser and a socket: it notes progress in the connection's slot,
//! passes the bytes of request lines through [`RequestLines`], and lingers at the end of a connection whose
//! client may still be sending, as closing then would destroy the answer on its way.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll, ready};

use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::request_line::{GROWTH, RequestLines};
use super::slot::{Order, Patience, Slot};

/// Bytes read at once while heads are expected.
const CHUNK: usize = 2 * 1024;
/// Bytes thrown away at most while lingering.
const MAX_LINGER: usize = 4 * 1024 * 1024;

pub(super) struct Stream<IO> {
    io: TokioIo<IO>,
    slot: Arc<Slot>,
    lines: RequestLines,
    patience: Patience,
    closing: Closing,
}

enum Closing {
    No,
    Lingering { read: usize },
}

impl<IO> Stream<IO> {
    pub(super) fn new(io: IO, slot: Arc<Slot>) -> Self {
        Self {
            io: TokioIo::new(io),
            slot,
            lines: RequestLines::new(),
            patience: Patience::default(),
            closing: Closing::No,
        }
    }

    fn watch<T>(&mut self, poll: Poll<io::Result<T>>, bytes: impl Fn(&T) -> usize) -> Poll<io::Result<T>> {
        match &poll {
            Poll::Pending => self.slot.await_write(&mut self.patience),
            Poll::Ready(Ok(written)) => self.slot.wrote(&mut self.patience, bytes(written)),
            Poll::Ready(Err(_)) => {}
        }
        poll
    }
}

impl<IO: AsyncRead + Unpin> Read for Stream<IO> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, mut buffer: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.slot.has(Order::FailRead) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        if buffer.remaining() < GROWTH {
            this.lines.stop();
        }
        if this.lines.is_opaque() {
            ready!(Pin::new(&mut this.io).poll_read(cx, buffer))?;
            this.slot.received();
            return Poll::Ready(Ok(()));
        }
        let mut chunk = [const { MaybeUninit::uninit() }; CHUNK];
        let room = CHUNK.min(buffer.remaining() / GROWTH);
        let mut read = ReadBuf::uninit(&mut chunk[..room]);
        ready!(Pin::new(&mut this.io).poll_read(cx, read.unfilled()))?;
        this.slot.received();
        this.lines.pass(read.filled(), |bytes| buffer.put_slice(bytes));
        Poll::Ready(Ok(()))
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> Write for Stream<IO> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let poll = Pin::new(&mut this.io).poll_write(cx, bytes);
        this.watch(poll, |written| *written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let poll = Pin::new(&mut this.io).poll_write_vectored(cx, buffers);
        this.watch(poll, |written| *written)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let poll = Pin::new(&mut this.io).poll_flush(cx);
        this.watch(poll, |()| 0)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if let Closing::No = this.closing {
            let poll = Pin::new(&mut this.io).poll_shutdown(cx);
            ready!(this.watch(poll, |()| 0))?;
            if !this.slot.unread_body.load(Relaxed) {
                return Poll::Ready(Ok(()));
            }
            this.slot.close_soon();
            this.closing = Closing::Lingering { read: 0 };
        }
        this.poll_linger(cx)
    }
}

impl<IO: AsyncRead + Unpin> Stream<IO> {
    /// Reads and forgets until the client closes, has sent too much, or the slot's deadline ends it.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut chunk = [const { MaybeUninit::uninit() }; CHUNK];
        while let Closing::Lingering { read } = &mut self.closing {
            let mut buffer = ReadBuf::uninit(&mut chunk);
            ready!(Pin::new(&mut self.io).poll_read(cx, buffer.unfilled()))?;
            let count = buffer.filled().len();
            *read += count;
            if count == 0 || *read > MAX_LINGER {
                break;
            }
        }
        Poll::Ready(Ok(()))
    }
}
