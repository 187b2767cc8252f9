//! The listener that a certificate authority asks whether a domain is served here. It answers nothing else.

use axum::body::Body;
use http::{Method, Request, Response, StatusCode, header};
use tokio::net::TcpListener;

use super::http::limits;
use super::{Listeners, listen};
use crate::acme::Challenges;
use crate::config::{self, Acme};
use crate::http::{Connections, Peer, Service, serve};
use crate::supervisor::Sockets;

/// The sockets, bound and not yet served.
pub struct Bound(Vec<TcpListener>);

impl Bound {
    /// Binds nothing where no authority is asked.
    pub fn bind(acme: &Acme, sockets: &mut Sockets) -> anyhow::Result<Self> {
        if !acme.is_on() {
            return Ok(Self(Vec::new()));
        }
        Ok(Self(listen("acme.listen", acme.listen, sockets)?))
    }

    /// Begins to serve.
    pub fn serve(self, challenges: &Challenges, configured: &config::Limits) -> Listeners {
        let mut listeners = Listeners::default();
        // Everybody may knock here; that must not keep anybody out elsewhere.
        let connections = Connections::new(limits(configured));
        for listener in self.0 {
            listeners.announce("acme.listen", &listener, false);
            listeners.tasks.spawn(serve(
                listener,
                None,
                Answers(challenges.clone()),
                connections.clone(),
                listeners.closing.clone(),
            ));
        }
        listeners
    }
}

#[derive(Clone)]
struct Answers(Challenges);

impl Service for Answers {
    async fn answer(&self, _: Peer, request: &mut Request<Body>) -> Response<Body> {
        answer(&self.0, request)
    }
}

fn answer(challenges: &Challenges, request: &Request<Body>) -> Response<Body> {
    let is_asked = matches!(*request.method(), Method::GET | Method::HEAD);
    let text = challenges.find(request.uri().path()).filter(|_| is_asked);
    let mut response = Response::new(Body::empty());
    match text {
        Some(text) => {
            let octets = header::HeaderValue::from_static("application/octet-stream");
            response.headers_mut().insert(header::CONTENT_TYPE, octets);
            *response.body_mut() = Body::from(text);
        }
        None => *response.status_mut() = StatusCode::NOT_FOUND,
    }
    response
}
