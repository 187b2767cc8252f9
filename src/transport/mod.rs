//! What belongs to XMPP and comes over HTTP: streams over WebSocket (RFC 7395) and BOSH (XEP-0124), where to find them (XEP-0156),
//! files of clients (XEP-0363), and the page for who is invited (XEP-0379). It shares the listeners with the administration APIs, and nothing else.

mod bosh;
mod host_meta;
mod invitation;
mod range;
mod upload;
mod websocket;

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue,
};
use http::{HeaderMap, Request, StatusCode};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::domain::invitation::Inviters;
use crate::domain::network::{IpRange, behind};
use crate::engine::Engine;
use crate::engine::listener::Places;
use crate::engine::upload::Uploads;

/// Which of it a listener serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Groups {
    pub xmpp: bool,
    pub upload: bool,
}

/// Who is connected, as the listener knows it.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    pub address: IpAddr,
    pub port: u16,
    pub is_secure: bool,
}

/// What stands at a path for clients.
pub enum Place {
    Upload(Uploads),
    Bosh,
    WebSocket,
    HostMetaXml,
    HostMetaJson,
    Invitation(&'static invitation::File),
}

/// Everything that clients reach over HTTP.
#[derive(Clone)]
pub struct Transport(Arc<Shared>);

struct Shared {
    engine: Engine,
    uploads: Option<Uploads>,
    /// Proxies whose word counts.
    trusted_proxies: Vec<IpRange>,
    places: Arc<Places>,
    bosh: bosh::Sessions,
    streams: TaskTracker,
    closing: CancellationToken,
}

impl Transport {
    pub fn new(engine: &Engine, trusted_proxies: Vec<IpRange>) -> Self {
        let limits = &engine.settings().limits;
        Self(Arc::new(Shared {
            uploads: engine.uploads(),
            engine: engine.clone(),
            trusted_proxies,
            places: Arc::new(Places::new(limits.connections, limits.connections_per_address)),
            bosh: bosh::Sessions::default(),
            streams: TaskTracker::new(),
            closing: CancellationToken::new(),
        }))
    }

    /// What of it a listener that serves `groups` has at a path. `None`: the path is not for clients.
    pub fn at(&self, groups: Groups, path: &str) -> Option<Place> {
        if path.starts_with(upload::PREFIX) {
            let uploads = self.0.uploads.as_ref().filter(|_| groups.upload);
            return uploads.cloned().map(Place::Upload);
        }
        if !groups.xmpp {
            return None;
        }
        match path {
            bosh::PATH => Some(Place::Bosh),
            websocket::PATH => Some(Place::WebSocket),
            host_meta::XML => Some(Place::HostMetaXml),
            host_meta::JSON => Some(Place::HostMetaJson),
            _ => invitation::file(path).filter(|_| self.invites()).map(Place::Invitation),
        }
    }

    /// Answers a request for what is [`at`](Self::at) its path.
    pub async fn answer(&self, place: Place, client: Client, request: Request<Body>) -> Response {
        match place {
            Place::Upload(uploads) => upload::answer(&uploads, request).await,
            Place::Bosh => bosh::answer(self, client, request).await,
            Place::WebSocket => websocket::answer(self, client, request),
            Place::HostMetaXml => host_meta::xml(request.headers(), self.is_secure(client, &request)),
            Place::HostMetaJson => host_meta::json(request.headers(), self.is_secure(client, &request)),
            Place::Invitation(file) => invitation::answer(file, request.method()),
        }
    }

    fn invites(&self) -> bool {
        self.0.engine.settings().invitations.inviters != Inviters::Nobody
    }

    /// Waits until every stream has been served to its end; the engine has said goodbye.
    pub async fn close(&self) {
        self.0.closing.cancel();
        self.0.streams.close();
        self.0.streams.wait().await;
    }

    fn is_trusted(&self, client: Client) -> bool {
        self.0
            .trusted_proxies
            .iter()
            .any(|range| range.contains(client.address))
    }

    /// Whether the client itself speaks TLS, by the word of a trusted proxy where there is one.
    fn is_secure(&self, client: Client, request: &Request<Body>) -> bool {
        let mut told = request.headers().get_all("x-forwarded-proto").iter().peekable();
        if told.peek().is_none() || !self.is_trusted(client) {
            return client.is_secure;
        }
        // Of several lines one may be the client's own.
        told.all(|protocol| protocol.as_bytes().eq_ignore_ascii_case(b"https"))
    }

    /// Where the client is, by the word of trusted proxies where there are some.
    fn address(&self, client: Client, request: &Request<Body>) -> IpAddr {
        if !self.is_trusted(client) {
            return client.address;
        }
        // A proxy may add a line of its own below the one that the client has made up.
        let lines = request.headers().get_all("x-forwarded-for").iter();
        let said = lines.flat_map(|line| line.to_str().unwrap_or_default().split(','));
        behind(client.address, said, &self.0.trusted_proxies).unwrap_or(client.address)
    }
}

fn header<'headers>(headers: &'headers HeaderMap, name: &str) -> Option<&'headers str> {
    headers.get(name)?.to_str().ok()
}

fn status(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// Lets scripts of any site ask, without the credentials that a browser keeps (Fetch §3.2).
fn allow_all_sites(response: &mut Response, methods: &'static str) {
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(methods));
    headers.insert(
        ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("Authorization, Content-Type, Range"),
    );
}
