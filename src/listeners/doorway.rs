//! Where requests wait for what answers them: while a service rewrites a large database after an upgrade, its probes tell
//! the truth already. It lives, as a restart would only begin again, and it is not ready.

use std::mem::take;
use std::sync::{Arc, OnceLock};

use axum::body::Body;
use axum::response::Response;
use http::header::{HeaderValue, RETRY_AFTER};
use http::{Request, StatusCode};

use super::http::Served;
use crate::api::target::Target;
use crate::api::{Api, page};
use crate::http::Peer;
use crate::transport::{Client, Transport};

/// What answers requests, or nothing yet. Clones are the same.
#[derive(Clone, Default)]
pub struct Doorway(Arc<OnceLock<(Api, Transport)>>);

impl Doorway {
    /// From now on these answer.
    pub fn open(&self, api: Api, transport: Transport) {
        // A second set would be the same.
        let _ = self.0.set((api, transport));
    }

    /// Answers a request that came from `peer` to a listener that serves this.
    pub(super) async fn answer(&self, peer: Peer, served: Served, request: &mut Request<Body>) -> Response {
        let Some((api, transport)) = self.0.get() else {
            return starting(served, request);
        };
        let client = Client {
            address: peer.address.ip(),
            port: peer.address.port(),
            is_secure: peer.secure,
        };
        match transport.at(served.transport, request.uri().path()) {
            // In a box, as the room that it takes would otherwise be set aside for every request.
            Some(place) => Box::pin(transport.answer(place, client, take(request))).await,
            None => api.answer(client.address, served.api, request).await,
        }
    }
}

fn starting(served: Served, request: &Request<Body>) -> Response {
    let target = Target::parse(request.uri().path());
    let asks_for_life = target.is_ok_and(|target| served.api.probes && target.is_liveness());
    if asks_for_life {
        return page::empty(StatusCode::OK);
    }
    let mut response = page::empty(StatusCode::SERVICE_UNAVAILABLE);
    response
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}
