//! What belongs to XMPP and comes over HTTP: files of clients (XEP-0363). It shares the listeners with the
//! administration APIs, and nothing else.

mod range;
mod upload;

use axum::body::Body;
use axum::response::Response;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue,
};
use http::{Request, StatusCode};

use crate::engine::Engine;
use crate::engine::upload::Uploads;

/// Which of it a listener serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Groups {
    pub upload: bool,
}

/// Everything that clients reach over HTTP.
#[derive(Clone)]
pub struct Transport {
    uploads: Option<Uploads>,
}

impl Transport {
    pub fn new(engine: &Engine) -> Self {
        Self {
            uploads: engine.uploads(),
        }
    }

    /// Answers a request that is for clients; others are given back.
    pub async fn answer(&self, groups: Groups, request: Request<Body>) -> Result<Response, Request<Body>> {
        let path = request.uri().path();
        if let Some(file) = path.strip_prefix(upload::PREFIX) {
            let Some(uploads) = self.uploads.as_ref().filter(|_| groups.upload) else {
                return Err(request);
            };
            let file = file.to_owned();
            return Ok(upload::answer(uploads, &file, request).await);
        }
        Err(request)
    }
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
