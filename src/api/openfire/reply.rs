//! What an operation answers: nothing but a status, one entity, or a list that streams.
//!
//! The first page of a list is read before the answer begins, so that an error is still an error. A list that
//! is complete and short is sent with its length; a failure later closes the connection without the end of the
//! document, so that nobody takes a part for the whole.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::OnceLock;

use axum::body::{Body, Bytes};
use axum::response::Response;
use futures::stream;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue};

use super::call::Exchange;
use super::negotiate::{Format, Negotiated};
use super::output::{Entity, EntityList, ListWriter, write_entity};
use crate::domain::Error;
use crate::domain::kept::Kept;
use crate::domain::page::Page;

/// Up to this size a list has a `Content-Length`; also the size of the pieces of a longer one.
const PIECE: usize = 8 * 1024;

/// The most bytes of an entity that are kept in one format.
const LONGEST_KEPT: usize = 1024;

/// Room for the headers that an answer ends up with: its type, its length, those of `cors`, and what a proxy wants to know.
const HEADERS: usize = 8;

/// The answer of an operation that succeeded.
#[derive(Debug)]
pub struct Reply(Response);

impl Reply {
    /// 200 without a body.
    pub fn done() -> Self {
        Self::status(StatusCode::OK)
    }

    /// 201 without a body.
    pub fn created() -> Self {
        Self::status(StatusCode::CREATED)
    }

    pub fn status(status: StatusCode) -> Self {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = status;
        Self(response)
    }

    /// 200 with one entity.
    pub fn entity(call: &Exchange, entity: &impl Entity) -> Self {
        let Negotiated { format, content_type } = call.negotiated();
        Self::with_body(content_type, Body::from(written(format, entity)))
    }

    /// 200 with an entity that is kept in memory, and with it how it is written.
    pub fn kept(call: &Exchange, entity: &Kept<impl Entity>) -> Self {
        let Negotiated { format, content_type } = call.negotiated();
        let place = entity.notes::<Written>().map(|written| written.place(format));
        let kept = place.and_then(OnceLock::get).cloned();
        let body = kept.unwrap_or_else(|| {
            let body = Bytes::from(written(format, &**entity));
            if let Some(place) = place.filter(|_| body.len() <= LONGEST_KEPT) {
                place.get_or_init(|| Bytes::copy_from_slice(&body));
            }
            body
        });
        Self::with_body(content_type, Body::from(body))
    }

    /// 200 with text of a fixed type.
    pub fn text(content_type: &'static str, text: impl Into<Body>) -> Self {
        Self::with_body(HeaderValue::from_static(content_type), text.into())
    }

    /// 200 with a list that is in memory because it is bounded by nature.
    pub fn list<E: Entity>(call: &Exchange, list: EntityList, items: impl IntoIterator<Item = E>) -> Self {
        let Negotiated { format, content_type } = call.negotiated();
        let mut body = Vec::with_capacity(PIECE);
        let mut writer = ListWriter::open(format, list, &mut body);
        for item in items {
            writer.item(&item, &mut body);
        }
        writer.close(&mut body);
        Self::with_body(content_type, Body::from(body))
    }

    /// 200 with a list that streams. `first` is its first page; `next` reads the page after a key.
    pub fn pages<T, E, K, Next, Reading>(
        Negotiated { format, content_type }: Negotiated,
        list: EntityList,
        first: Page<T, K>,
        next: Next,
        show: impl Fn(T) -> E + Send + 'static,
    ) -> Self
    where
        T: Send + 'static,
        E: Entity,
        K: Send + 'static,
        Next: Fn(K) -> Reading + Send + 'static,
        Reading: Future<Output = Result<Page<T, K>, Error>> + Send + 'static,
    {
        let mut piece = Vec::with_capacity(PIECE);
        let writer = ListWriter::open(format, list, &mut piece);
        let mut pages = Pages {
            writer: Some(writer),
            waiting: first.items.into(),
            after: first.next,
            next,
            show,
        };
        if pages.fill(&mut piece) {
            return Self::with_body(content_type, Body::from(piece));
        }
        let rest = stream::try_unfold(pages, |mut pages| async move {
            let piece = pages.piece().await?;
            Ok::<_, Error>(piece.map(|piece| (piece, pages)))
        });
        let whole = futures::StreamExt::chain(stream::iter([Ok(Bytes::from(piece))]), rest);
        Self::with_body(content_type, Body::from_stream(whole))
    }

    fn with_body(content_type: HeaderValue, body: Body) -> Self {
        let mut response = Response::new(body);
        response.headers_mut().reserve(HEADERS);
        response.headers_mut().insert(CONTENT_TYPE, content_type);
        Self(response)
    }

    pub fn into_response(self) -> Response {
        self.0
    }
}

/// How an entity is written, in the formats that somebody has asked for.
#[derive(Default)]
struct Written {
    xml: OnceLock<Bytes>,
    xml_in_ascii: OnceLock<Bytes>,
    json: OnceLock<Bytes>,
    legacy_json: OnceLock<Bytes>,
}

impl Written {
    fn place(&self, format: Format) -> &OnceLock<Bytes> {
        match format {
            Format::Xml => &self.xml,
            Format::XmlInAscii => &self.xml_in_ascii,
            Format::Json => &self.json,
            Format::LegacyJson => &self.legacy_json,
        }
    }
}

fn written(format: Format, entity: &impl Entity) -> Vec<u8> {
    let mut body = Vec::with_capacity(512);
    write_entity(format, entity, &mut body);
    body
}

/// A list between two of its pieces. Nothing of the database is held here.
struct Pages<T, K, Next, Show> {
    /// `None` once the end has been written.
    writer: Option<ListWriter>,
    waiting: VecDeque<T>,
    after: Option<K>,
    next: Next,
    show: Show,
}

impl<T, K, Next, Show> Pages<T, K, Next, Show> {
    /// Writes waiting items until the piece is full; `true` once the document is complete.
    fn fill<E: Entity>(&mut self, piece: &mut Vec<u8>) -> bool
    where
        Show: Fn(T) -> E,
    {
        while piece.len() < PIECE {
            let Some(writer) = &mut self.writer else {
                return true;
            };
            if let Some(item) = self.waiting.pop_front() {
                writer.item(&(self.show)(item), piece);
            } else if self.after.is_some() {
                return false;
            } else if let Some(writer) = self.writer.take() {
                writer.close(piece);
            }
        }
        self.writer.is_none()
    }

    async fn piece<E: Entity, Reading>(&mut self) -> Result<Option<Bytes>, Error>
    where
        Show: Fn(T) -> E,
        Next: Fn(K) -> Reading,
        Reading: Future<Output = Result<Page<T, K>, Error>>,
    {
        let mut piece = Vec::with_capacity(PIECE + PIECE / 4);
        while self.writer.is_some() && piece.len() < PIECE {
            if self.waiting.is_empty()
                && let Some(after) = self.after.take()
            {
                let page = (self.next)(after).await.inspect_err(|cause| {
                    tracing::error!(%cause, "a list broke off");
                })?;
                self.waiting = page.items.into();
                self.after = page.next;
            }
            self.fill(&mut piece);
        }
        Ok((!piece.is_empty()).then(|| Bytes::from(piece)))
    }
}

#[cfg(test)]
mod tests;
