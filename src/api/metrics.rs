//! What is counted of requests. The handles of each route, method and status are made once and kept, so that a
//! request costs two looks at the clock and a few atomic additions.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

use http::{Method, Request, StatusCode};
use tokio::time::Instant;

use crate::metrics::{
    Collectors, Histogram, HistogramVec, IntCounter, IntCounterVec, IntGauge, SECONDS, counters, gauge, histograms,
};

/// The last one stands for all others.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "other"];

/// The last one stands for all others.
const STATUSES: [u16; 20] = [
    200, 201, 204, 307, 400, 401, 403, 404, 405, 406, 408, 409, 413, 414, 415, 431, 500, 501, 503, 0,
];

/// The routes whose requests are counted apart.
#[derive(Debug)]
pub struct Routes(Vec<Route>);

#[derive(Clone, Debug)]
struct Route {
    api: &'static str,
    /// The template of the path.
    path: String,
}

/// One of [`Routes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RouteId(usize);

impl Default for Routes {
    /// With the one of requests that led to no route: refused before routing, or nothing is there.
    fn default() -> Self {
        let mut routes = Self(Vec::new());
        routes.add("none", "unmatched");
        routes
    }
}

impl Routes {
    /// Counts the requests to a template apart.
    pub fn add(&mut self, api: &'static str, path: impl Into<String>) -> RouteId {
        self.0.push(Route { api, path: path.into() });
        RouteId(self.0.len() - 1)
    }
}

/// Where the router notes the route of a request; until it does, the request counts as unmatched.
#[derive(Clone, Debug, Default)]
pub struct Routed(Arc<AtomicUsize>);

impl Routed {
    /// Notes the route of a request that carries a [`Routed`] among its extensions.
    pub fn note<B>(request: &Request<B>, route: RouteId) {
        if let Some(routed) = request.extensions().get::<Self>() {
            routed.set(route);
        }
    }

    pub fn set(&self, RouteId(route): RouteId) {
        self.0.store(route, Relaxed);
    }
}

/// The metrics of all requests.
#[derive(Debug)]
pub struct RequestMetrics {
    total: IntCounterVec,
    duration: HistogramVec,
    in_flight: IntGauge,
    routes: Vec<(Route, [OnceLock<Box<Handles>>; METHODS.len()])>,
}

/// What one method of one route counts in.
#[derive(Debug)]
struct Handles {
    duration: Histogram,
    statuses: [OnceLock<IntCounter>; STATUSES.len()],
}

impl RequestMetrics {
    pub fn new(Routes(routes): Routes) -> Self {
        Self {
            total: counters(
                "firekeeper_http_requests_total",
                "Requests that were answered.",
                &["api", "route", "method", "status"],
            ),
            duration: histograms(
                "firekeeper_http_request_duration_seconds",
                "Time from the head of a request to the head of its answer.",
                SECONDS,
                &["api", "route", "method"],
            ),
            in_flight: gauge(
                "firekeeper_http_requests_in_flight",
                "Requests that are being answered.",
            ),
            routes: routes.into_iter().map(|route| (route, Default::default())).collect(),
        }
    }

    pub fn collectors(&self) -> Collectors {
        vec![
            Box::new(self.total.clone()),
            Box::new(self.duration.clone()),
            Box::new(self.in_flight.clone()),
        ]
    }

    /// A request has come.
    pub fn begin(&self) -> InFlight<'_> {
        self.in_flight.inc();
        InFlight {
            metrics: self,
            since: Instant::now(),
            routed: Routed::default(),
        }
    }

    fn count(&self, route: usize, method: &Method, status: StatusCode, seconds: f64) {
        let Some((Route { api, path }, methods)) = self.routes.get(route) else {
            return;
        };
        let method = place(&METHODS, &method.as_str());
        let handles = methods[method].get_or_init(|| {
            Box::new(Handles {
                duration: self.duration.with_label_values(&[*api, path.as_str(), METHODS[method]]),
                statuses: Default::default(),
            })
        });
        handles.duration.observe(seconds);
        let status = place(&STATUSES, &status.as_u16());
        let counter = handles.statuses[status].get_or_init(|| {
            let name = match STATUSES[status] {
                0 => "other".to_owned(),
                status => status.to_string(),
            };
            self.total
                .with_label_values(&[*api, path.as_str(), METHODS[method], name.as_str()])
        });
        counter.inc();
    }
}

/// Where a word stands in a list whose last one stands for all others.
fn place<T: PartialEq>(words: &[T], word: &T) -> usize {
    let found = words.iter().position(|known| known == word);
    found.unwrap_or(words.len() - 1)
}

/// A request that is being answered, until this is dropped: also when its client goes before the answer.
#[derive(Debug)]
pub struct InFlight<'a> {
    metrics: &'a RequestMetrics,
    since: Instant,
    routed: Routed,
}

impl InFlight<'_> {
    /// Where the router notes the route.
    pub fn routed(&self) -> &Routed {
        &self.routed
    }

    /// How long it has taken so far.
    pub fn seconds(&self) -> f64 {
        self.since.elapsed().as_secs_f64()
    }

    /// The request is answered.
    pub fn answered(self, method: &Method, status: StatusCode) {
        let seconds = self.seconds();
        self.metrics.count(self.routed.0.load(Relaxed), method, status, seconds);
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.metrics.in_flight.dec();
    }
}
