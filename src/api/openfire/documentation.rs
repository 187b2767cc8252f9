//! The OpenAPI document of all operations (§10.20), and the page that shows it (§2.1): Swagger UI, as in the original,
//! complete within the program, so that no browser needs to reach any other host. The page asks for no credentials and
//! holds nothing of the service.

use std::sync::{Arc, LazyLock};

use axum::body::Body;
use axum::response::Response;
use http::header::{
    ALLOW, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{Method, StatusCode};
use utoipa_swagger_ui::{Config, SwaggerFile};

use super::context::Document;
use super::openapi;
use super::routes::{BASE, operations};
use crate::api::page;
use crate::domain::access::AuthMode;

/// Every file of the page is below this one; the template is for what is counted of requests.
pub const TEMPLATE: &str = "/plugins/restapi/docs/{file}";

/// What a browser may do with the page: nothing beyond this service.
const HEADERS: [(HeaderName, &str); 3] = [
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'self'; \
         form-action 'self'; frame-ancestors 'self'",
    ),
    (X_FRAME_OPTIONS, "SAMEORIGIN"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
];

static CONFIG: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
    let document = format!("{BASE}/openapi.yaml");
    // Without a validator, as the usual one is on another host.
    let config = Config::new([document]).use_base_layout().validator_url("none");
    Arc::new(config.doc_expansion("list").default_models_expand_depth(0))
});

static FOR_BASIC: LazyLock<Document> = LazyLock::new(|| make(AuthMode::Basic));
static FOR_SECRET: LazyLock<Document> = LazyLock::new(|| make(AuthMode::Secret));

/// The document for one way to authenticate.
pub fn document(mode: AuthMode) -> &'static Document {
    match mode {
        AuthMode::Basic => &FOR_BASIC,
        AuthMode::Secret => &FOR_SECRET,
    }
}

fn make(mode: AuthMode) -> Document {
    let tree = openapi::document(mode, BASE, operations());
    Document {
        yaml: tree.to_yaml(),
        json: tree.to_json(),
    }
}

/// Answers with one file of the page.
pub fn answer(method: &Method, file: &str) -> Response {
    let is_reading = matches!(*method, Method::GET | Method::HEAD);
    match utoipa_swagger_ui::serve(file, Arc::clone(&CONFIG)) {
        Ok(Some(file)) if is_reading => show(file),
        Ok(Some(_)) => {
            let mut response = page::empty(StatusCode::METHOD_NOT_ALLOWED);
            let allowed = HeaderValue::from_static("GET, HEAD");
            response.headers_mut().insert(ALLOW, allowed);
            response
        }
        Ok(None) => page::empty(StatusCode::NOT_FOUND),
        Err(error) => {
            tracing::error!(%error, "the page of the documentation cannot be made");
            page::empty(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

fn show(file: SwaggerFile<'static>) -> Response {
    let mut response = Response::new(Body::from(file.bytes));
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(content_type) = HeaderValue::from_str(&file.content_type) {
        headers.insert(CONTENT_TYPE, content_type);
    }
    response
}
