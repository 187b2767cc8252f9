//! The page that explains an invitation to people without a client (XEP-0379 §3.3). It is the same for everybody: the
//! invitation stands in the fragment of its address, which no server sees, and its own script reads it there.

use axum::body::Body;
use axum::response::Response;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{Method, StatusCode};

use super::status;

const METHODS: &str = "GET, HEAD";

/// A part of the page.
pub struct File {
    path: &'static str,
    content_type: &'static str,
    content: &'static str,
}

/// The page names the others relative to itself.
static FILES: [File; 3] = [
    File {
        path: "/invite",
        content_type: "text/html; charset=utf-8",
        content: include_str!("invitation/page.html"),
    },
    File {
        path: "/invite/page.css",
        content_type: "text/css; charset=utf-8",
        content: include_str!("invitation/page.css"),
    },
    File {
        path: "/invite/page.js",
        content_type: "text/javascript; charset=utf-8",
        content: include_str!("invitation/page.js"),
    },
];

/// Nothing comes from elsewhere, nothing goes elsewhere.
const HEADERS: [(HeaderName, &str); 4] = [
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
    ),
    (REFERRER_POLICY, "no-referrer"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (CACHE_CONTROL, "max-age=3600"),
];

/// The part of the page at that path.
pub fn file(path: &str) -> Option<&'static File> {
    FILES.iter().find(|file| file.path == path)
}

/// Answers a request for a part of the page.
pub fn answer(file: &File, method: &Method) -> Response {
    if !matches!(*method, Method::GET | Method::HEAD) {
        let mut refused = status(StatusCode::METHOD_NOT_ALLOWED);
        refused.headers_mut().insert(ALLOW, HeaderValue::from_static(METHODS));
        return refused;
    }
    let mut response = Response::new(Body::from(file.content));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(file.content_type));
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
