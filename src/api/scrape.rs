//! `/metrics`: what is measured, in the text format of Prometheus. It asks for no credentials, so it answers only on
//! listeners whose routes name it.

use axum::body::Body;
use axum::response::Response;
use http::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use http::{Method, StatusCode};

use super::page;
use crate::metrics::{Metrics, TEXT_TYPE};

pub async fn answer(metrics: &Metrics, method: &Method) -> Response {
    if !matches!(*method, Method::GET | Method::HEAD) {
        let mut response = page::empty(StatusCode::METHOD_NOT_ALLOWED);
        response
            .headers_mut()
            .insert(ALLOW, HeaderValue::from_static("GET,HEAD"));
        return response;
    }
    let metrics = metrics.clone();
    let text = match tokio::task::spawn_blocking(move || metrics.text()).await {
        Ok(Ok(text)) => text,
        Ok(Err(error)) => return failed(&error),
        Err(error) => return failed(&error),
    };
    let mut response = Response::new(Body::from(text));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(TEXT_TYPE));
    response
}

fn failed(error: &dyn std::error::Error) -> Response {
    tracing::error!(%error, "the metrics cannot be written");
    page::empty(StatusCode::INTERNAL_SERVER_ERROR)
}
