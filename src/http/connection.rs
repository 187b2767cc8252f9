//! One connection: HTTP/1.1 from the first byte to the last, requests handed to the service one by one.

use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body as _, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use tokio::io::{AsyncRead, AsyncWrite};

use super::connections::Seat;
use super::slot::{Order, Patience, Phase, Slot};
use super::stream::Stream;
use super::{Limits, Peer, Service};

/// The parser's settings. Times are kept by the slots, so the parser needs no timer.
pub(super) fn protocol(limits: &Limits) -> http1::Builder {
    const SMALLEST_BUFFER: usize = 64 * 1024;
    let mut protocol = http1::Builder::new();
    protocol
        .header_read_timeout(None)
        // a client may close its sending side after the request and still read the answer
        .half_close(true)
        // room above the limit of a head, so that the service sees the request and says which part is too long
        .max_buf_size(limits.max_head.saturating_mul(2).max(SMALLEST_BUFFER));
    protocol
}

/// Serves until the client is done, a limit is passed or the seat is told to leave.
pub(super) async fn run<IO, S>(io: IO, seat: Seat, peer: Peer, protocol: http1::Builder, service: S)
where
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Service,
{
    let slot = &seat.slot;
    let requests = Requests {
        service: Arc::new(service),
        peer,
        slot: Arc::clone(slot),
    };
    let mut connection = pin!(
        protocol
            .serve_connection(Stream::new(io, Arc::clone(slot)), requests)
            .with_upgrades()
    );
    loop {
        tokio::select! {
            biased;
            // how a connection ends is the client's business: resets and malformed requests are no news
            _ = connection.as_mut() => return,
            () = slot.ordered() => {}
        }
        if slot.has(Order::Cut) {
            return;
        }
        if slot.has(Order::Finish) {
            connection.as_mut().graceful_shutdown();
        }
    }
}

/// The service as the parser calls it.
struct Requests<S> {
    /// Of this connection alone, so that no two processors count its users in the same place.
    service: Arc<S>,
    peer: Peer,
    slot: Arc<Slot>,
}

impl<S: Service> hyper::service::Service<Request<Incoming>> for Requests<S> {
    type Response = Response<Answer>;
    type Error = Infallible;
    /// In a box, which the parser moves instead of the whole.
    type Future = Pin<Box<dyn Future<Output = Result<Response<Answer>, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        self.slot.enter(Phase::Busy);
        self.slot.unread_body.store(false, Relaxed);
        let (service, peer, slot) = (Arc::clone(&self.service), self.peer, Arc::clone(&self.slot));
        let mut request = request.map(|body| upload(body, &slot));
        Box::pin(async move {
            let response = service.answer(peer, &mut request).await;
            Ok(response.map(|body| Answer { body, slot }))
        })
    }
}

/// A response body; the connection waits for the next request when it is gone.
struct Answer {
    body: Body,
    slot: Arc<Slot>,
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.slot.enter(Phase::Idle);
    }
}

fn upload(body: Incoming, slot: &Arc<Slot>) -> Body {
    if body.is_end_stream() {
        return Body::empty();
    }
    Body::new(Upload {
        body,
        slot: Arc::clone(slot),
        patience: Patience::default(),
        is_read: false,
    })
}

/// A request body, which must keep coming while the service waits for it.
struct Upload {
    body: Incoming,
    slot: Arc<Slot>,
    patience: Patience,
    is_read: bool,
}

impl http_body::Body for Upload {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let this = self.get_mut();
        let poll = Pin::new(&mut this.body).poll_frame(cx);
        match &poll {
            Poll::Pending => this.slot.await_body(&mut this.patience),
            Poll::Ready(frame) => {
                let data = frame
                    .as_ref()
                    .and_then(|frame| frame.as_ref().ok())
                    .and_then(Frame::data_ref);
                this.slot.got_body(&mut this.patience, data.map_or(0, Bytes::len));
                this.is_read = frame.is_none() || this.body.is_end_stream();
            }
        }
        poll
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if !self.is_read {
            self.slot.unread_body.store(true, Relaxed);
            self.slot.enter(Phase::Busy);
        }
    }
}
