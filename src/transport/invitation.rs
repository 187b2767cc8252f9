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

/// Each path with its type and content; the page names the others relative to itself.
const FILES: [(&str, &str, &str); 3] = [
    (
        "/invite",
        "text/html; charset=utf-8",
        include_str!("invitation/page.html"),
    ),
    (
        "/invite/page.css",
        "text/css; charset=utf-8",
        include_str!("invitation/page.css"),
    ),
    (
        "/invite/page.js",
        "text/javascript; charset=utf-8",
        include_str!("invitation/page.js"),
    ),
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

/// The answer for the path, if it is one of the page.
pub fn answer(path: &str, method: &Method) -> Option<Response> {
    let (_, content_type, content) = FILES.iter().find(|(known, _, _)| *known == path)?;
    if !matches!(*method, Method::GET | Method::HEAD) {
        let mut refused = status(StatusCode::METHOD_NOT_ALLOWED);
        refused.headers_mut().insert(ALLOW, HeaderValue::from_static(METHODS));
        return Some(refused);
    }
    let mut response = Response::new(Body::from(*content));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    Some(response)
}
