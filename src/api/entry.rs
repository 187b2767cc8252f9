//! Where every HTTP request enters: the checks that come before any dialect, and which dialect answers.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use headers::HeaderMapExt;
use http::header::{ALLOW, HeaderValue};
use http::{Request, StatusCode};

use super::accept::ContentType;
use super::client_address::client_address;
use super::openfire::Openfire;
use super::target::{Place, Target};
use super::userservice::Userservice;
use super::{page, target};
use crate::domain::network::IpRange;

/// What holds for all dialects.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Proxies whose forwarded addresses are believed.
    pub trusted_proxies: Vec<IpRange>,
    /// Bytes of a request line, and of a whole request head.
    pub max_head: usize,
    /// A line in the log for each request but those of probes.
    pub access_log: bool,
}

/// Which routes a listener serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Groups {
    /// The administration APIs and their documents.
    pub admin: bool,
    /// The liveness and readiness probes.
    pub probes: bool,
}

impl Groups {
    pub const ALL: Self = Self {
        admin: true,
        probes: true,
    };

    fn serve(self, target: &Target<'_>) -> bool {
        if target.is_probe() { self.probes } else { self.admin }
    }
}

/// All dialects together.
#[derive(Clone)]
pub struct Api(Arc<Dialects>);

struct Dialects {
    settings: Settings,
    openfire: Openfire,
    userservice: Userservice,
}

impl fmt::Debug for Api {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Api")
    }
}

impl Api {
    pub fn new(settings: Settings, openfire: Openfire, userservice: Userservice) -> Self {
        Self(Arc::new(Dialects {
            settings,
            openfire,
            userservice,
        }))
    }

    /// Answers a request that came from `peer` to a listener of these groups.
    pub async fn answer(&self, peer: IpAddr, groups: Groups, request: Request<Body>) -> Response {
        if !self.0.settings.access_log && !self.0.openfire.logs_requests() {
            return self.dispatch(peer, groups, request).await;
        }
        // Never the query: it may hold a secret.
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let response = self.dispatch(peer, groups, request).await;
        if !Target::parse(&path).is_ok_and(|target| target.is_probe()) {
            let status = response.status().as_u16();
            tracing::info!(http.method = %method, http.path = path, http.status = status, client.address = %peer, "answered");
        }
        response
    }

    async fn dispatch(&self, peer: IpAddr, groups: Groups, request: Request<Body>) -> Response {
        let (parts, body) = request.into_parts();
        let uri = parts.uri.clone();
        let checked = target::check(&parts, self.0.settings.max_head).and_then(|()| Target::parse(uri.path()));
        let target = match checked {
            Ok(target) => target,
            Err(target::Refusal::Trace) => return page::empty(StatusCode::FORBIDDEN),
            Err(refusal) => return page::refused(refusal.status(), &parts.method, parts.uri.path()),
        };
        if target.is_server() {
            let mut response = page::empty(StatusCode::OK);
            response
                .headers_mut()
                .insert(ALLOW, HeaderValue::from_static("GET,HEAD,POST,OPTIONS"));
            return response;
        }
        if !groups.serve(&target) {
            return page::empty(StatusCode::NOT_FOUND);
        }
        if parts.headers.typed_try_get::<ContentType>().is_err() {
            return page::empty(StatusCode::BAD_REQUEST);
        }
        let client = client_address(peer, &parts.headers, &self.0.settings.trusted_proxies);
        let request = Request::from_parts(parts, body);
        match target.place() {
            Place::Api | Place::ApiInOtherCase => self.0.openfire.answer(&target, client, request).await,
            Place::Userservice => self.0.userservice.answer(client, request).await,
            Place::Outside => page::empty(StatusCode::NOT_FOUND),
        }
    }
}
