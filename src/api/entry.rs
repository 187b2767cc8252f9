//! Where every HTTP request enters: the checks that come before any dialect, and which dialect answers.

use std::fmt;
use std::mem::take;
use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use headers::HeaderMapExt;
use http::header::{ALLOW, HeaderValue};
use http::{Request, StatusCode};
use tracing::Instrument;

use super::accept::ContentType;
use super::client_address::client_address;
use super::metrics::{InFlight, RequestMetrics, RouteId, Routes};
use super::openfire::{Openfire, documentation};
use super::request_id::{self, RequestId};
use super::target::{Place, Target};
use super::userservice::{self, Userservice};
use super::{page, scrape, target};
use crate::domain::network::IpRange;
use crate::domain::random::Random;
use crate::metrics::{Collectors, Metrics};

/// What holds for all dialects.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Proxies whose forwarded addresses are believed.
    pub trusted_proxies: Vec<IpRange>,
    /// Bytes of a request line, and of a whole request head.
    pub max_head: usize,
    /// A line in the log for each request but those of probes.
    pub access_log: bool,
    /// `X-Request-Id` in every answer; else only where the request has one.
    pub request_ids: bool,
}

/// Which routes a listener serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Groups {
    /// The administration APIs and their documents.
    pub admin: bool,
    /// The liveness and readiness probes.
    pub probes: bool,
    /// What is measured, for Prometheus.
    pub metrics: bool,
}

impl Groups {
    /// What a listener serves when nobody says what.
    pub const USUAL: Self = Self {
        admin: true,
        probes: true,
        metrics: false,
    };

    fn serve(self, target: &Target) -> bool {
        match target.place() {
            Place::Metrics => self.metrics,
            _ if target.is_probe() => self.probes,
            _ => self.admin,
        }
    }
}

/// All dialects together.
#[derive(Clone)]
pub struct Api(Arc<Dialects>);

struct Dialects {
    settings: Settings,
    openfire: Openfire,
    userservice: Userservice,
    random: Arc<dyn Random>,
    metrics: Metrics,
    requests: RequestMetrics,
    /// The routes that are found here.
    userservice_route: RouteId,
    documentation_route: RouteId,
    metrics_route: RouteId,
}

impl fmt::Debug for Api {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Api")
    }
}

impl Api {
    /// `random` makes names of requests, `routes` are those of the dialects, `metrics` is what is shown to Prometheus.
    pub fn new(
        settings: Settings,
        openfire: Openfire,
        userservice: Userservice,
        random: Arc<dyn Random>,
        mut routes: Routes,
        metrics: Metrics,
    ) -> Self {
        Self(Arc::new(Dialects {
            settings,
            openfire,
            userservice,
            random,
            metrics,
            userservice_route: routes.add("userservice", userservice::PATH),
            documentation_route: routes.add("openfire", documentation::TEMPLATE),
            metrics_route: routes.add("metrics", target::METRICS),
            requests: RequestMetrics::new(routes),
        }))
    }

    pub fn collectors(&self) -> Collectors {
        self.0.requests.collectors()
    }

    /// Answers a request that came from `peer` to a listener of these groups, and takes it away.
    pub async fn answer(&self, peer: IpAddr, groups: Groups, request: &mut Request<Body>) -> Response {
        let in_flight = self.0.requests.begin();
        let method = request.method().clone();
        let client = client_address(peer, request.headers(), &self.0.settings.trusted_proxies);
        let response = if self.is_logged() || self.tells_name(request) {
            // In a box, as the room that it takes would otherwise be set aside for every request.
            Box::pin(self.named(client, client.unwrap_or(peer), groups, request, &in_flight)).await
        } else {
            self.dispatch(client, groups, request, &in_flight).await
        };
        in_flight.answered(&method, response.status());
        response
    }

    fn is_logged(&self) -> bool {
        self.0.settings.access_log || self.0.openfire.logs_requests()
    }

    /// Whether the client gets the name of this request.
    fn tells_name(&self, request: &Request<Body>) -> bool {
        self.0.settings.request_ids || request.headers().contains_key(request_id::HEADER)
    }

    /// With a name in every line that the log gets of it.
    async fn named(
        &self,
        client: Option<IpAddr>,
        shown: IpAddr,
        groups: Groups,
        request: &mut Request<Body>,
        in_flight: &InFlight<'_>,
    ) -> Response {
        let id = RequestId::of(request.headers(), &*self.0.random);
        let is_told = self.tells_name(request);
        let span = tracing::error_span!("request", request.id = id.as_str());
        let answering = async {
            if self.is_logged() {
                self.logged(client, shown, groups, request, in_flight).await
            } else {
                self.dispatch(client, groups, request, in_flight).await
            }
        };
        let mut response = answering.instrument(span).await;
        if is_told {
            response.headers_mut().insert(request_id::HEADER, id.into_header());
        }
        response
    }

    /// With a line in the log, but for probes.
    async fn logged(
        &self,
        client: Option<IpAddr>,
        shown: IpAddr,
        groups: Groups,
        request: &mut Request<Body>,
        in_flight: &InFlight<'_>,
    ) -> Response {
        // Never the query: it may hold a secret.
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let response = self.dispatch(client, groups, request, in_flight).await;
        if !Target::parse(&path).is_ok_and(|target| target.is_probe()) {
            let (status, seconds) = (response.status().as_u16(), in_flight.seconds());
            tracing::info!(http.method = %method, http.path = path, http.status = status, http.seconds = seconds, client.address = %shown, "answered");
        }
        response
    }

    async fn dispatch(
        &self,
        client: Option<IpAddr>,
        groups: Groups,
        request: &mut Request<Body>,
        in_flight: &InFlight<'_>,
    ) -> Response {
        let target = match self.admit(groups, request) {
            Ok(target) => target,
            Err(refused) => return *refused,
        };
        match target.place() {
            Place::Api | Place::ApiInOtherCase => {
                request.extensions_mut().insert(in_flight.routed().clone());
                self.0.openfire.answer(target, client, request).await
            }
            Place::Userservice => {
                in_flight.routed().set(self.0.userservice_route);
                // In a box for the same reason.
                Box::pin(self.0.userservice.answer(client, take(request))).await
            }
            Place::Documentation => {
                in_flight.routed().set(self.0.documentation_route);
                documentation::answer(request.method(), target.documentation_file(request.uri()))
            }
            Place::Metrics => {
                in_flight.routed().set(self.0.metrics_route);
                scrape::answer(&self.0.metrics, request.method()).await
            }
            Place::Server => server(),
            Place::Outside => page::empty(StatusCode::NOT_FOUND),
        }
    }

    /// The checks that come before any dialect; the error is the answer.
    fn admit(&self, groups: Groups, request: &Request<Body>) -> Result<Target, Box<Response>> {
        let (method, path) = (request.method(), request.uri().path());
        let checked = target::check(request, self.0.settings.max_head).and_then(|()| Target::parse(path));
        let target = checked.map_err(|refusal| match refusal {
            target::Refusal::Trace => page::empty(StatusCode::FORBIDDEN),
            refusal => page::refused(refusal.status(), method, path),
        })?;
        if target.place() == Place::Server {
            return Ok(target);
        }
        if !groups.serve(&target) {
            return Err(page::empty(StatusCode::NOT_FOUND).into());
        }
        if request.headers().typed_try_get::<ContentType>().is_err() {
            return Err(page::empty(StatusCode::BAD_REQUEST).into());
        }
        Ok(target)
    }
}

/// The answer to `OPTIONS *`.
fn server() -> Response {
    let mut response = page::empty(StatusCode::OK);
    let offered = HeaderValue::from_static("GET,HEAD,POST,OPTIONS");
    response.headers_mut().insert(ALLOW, offered);
    response
}
