//! From a request to its answer: the negotiation of §4 and the checks of §2.2, steps 5 to 9, around the function of an
//! operation.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, RawPathParams};
use axum::response::Response;
use headers::HeaderMapExt;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, Method, Request, StatusCode};

use super::auth::Authenticated;
use super::call::{Call, Exchange, Implied};
use super::context::Context;
use super::error::{Failure, unbound};
use super::negotiate::{self, Format, Negotiated};
use super::operation::{Consumes, Handler, Operation, Outcome, Produces};
use crate::api::accept::{Accept, ContentType};
use crate::api::{body, page};

/// What stands in the place of a content type that is not negotiated.
const UNNEGOTIATED: Negotiated = Negotiated {
    format: Format::Xml,
    content_type: http::HeaderValue::from_static("application/xml"),
};

/// Runs an operation and writes its answer.
pub fn answer(
    operation: &'static Operation,
    context: Context,
    implied: Option<&'static Implied>,
    request: Request<Body>,
) -> impl Future<Output = Response> {
    let (mut parts, body) = request.into_parts();
    async move {
        let Ok(accept) = parts.headers.typed_try_get::<Accept>() else {
            return bare(StatusCode::BAD_REQUEST, &parts);
        };
        let accept = accept.unwrap_or_default();
        let json_profile = context.json_profile();
        match run(operation, context, implied, &mut parts, body, &accept).await {
            Ok(reply) => reply.into_response(),
            Err(Failure::Bare(status)) => bare(status, &parts),
            Err(Failure::Unbound(message)) => unbound(message),
            Err(Failure::Service(error)) => {
                let content_type = parts.headers.typed_get::<ContentType>();
                error.into_response(negotiate::error(&accept, content_type.as_ref(), json_profile))
            }
        }
    }
}

/// A status alone in answer to a request.
pub fn bare(status: StatusCode, request: &Parts) -> Response {
    let path = match request.extensions.get::<OriginalPath>() {
        Some(OriginalPath(path)) => path,
        None => request.uri.path(),
    };
    page::bare(status, &request.method, &request.headers, path)
}

/// The path as it was sent, where the router sees another.
#[derive(Clone, Debug)]
pub struct OriginalPath(pub String);

async fn run(
    operation: &'static Operation,
    context: Context,
    implied: Option<&'static Implied>,
    parts: &mut Parts,
    body: Body,
    accept: &Accept,
) -> Outcome {
    let parameters = RawPathParams::from_request_parts(parts, &()).await;
    let body = match operation.consumes {
        Consumes::Nothing => Bytes::new(),
        Consumes::Entity | Consumes::Xml => body::whole(body, context.max_body()).await.map_err(Failure::Bare)?,
    };
    let exchange = Exchange {
        message: operation.message,
        request: request_format(operation.consumes, &parts.headers, &body)?,
        result: result_format(operation.produces, accept, &context)?,
        context,
        parameters: parameters.map_err(|_| Failure::Bare(StatusCode::NOT_FOUND))?,
        implied,
        target: parts.uri.path_and_query().cloned(),
        body,
    };
    match operation.handler {
        Handler::Look(look) => look(&exchange).await,
        Handler::Administer(administer) => {
            // Whatever led here, nothing is administered for a request that nobody has authenticated.
            let authenticated = parts.extensions.remove::<Authenticated>();
            let caller = authenticated
                .ok_or(Failure::Bare(StatusCode::UNAUTHORIZED))?
                .caller(method_name(&operation.method), operation.path);
            let admin = exchange.context.admin().session(caller);
            administer(&Call { exchange, admin }).await
        }
    }
}

/// `None`: the entity is absent.
fn request_format(consumes: Consumes, headers: &HeaderMap, body: &Bytes) -> Result<Option<Format>, Failure> {
    if consumes == Consumes::Nothing {
        return Ok(None);
    }
    if !headers.contains_key(CONTENT_TYPE) && body.is_empty() {
        return Ok(None);
    }
    let format = headers
        .typed_get::<ContentType>()
        .and_then(|content_type| negotiate::request(&content_type))
        .filter(|format| consumes == Consumes::Entity || *format == Format::Xml);
    match format {
        Some(format) => Ok(Some(format)),
        None => Err(Failure::Bare(StatusCode::UNSUPPORTED_MEDIA_TYPE)),
    }
}

fn result_format(produces: Produces, accept: &Accept, context: &Context) -> Result<Negotiated, Failure> {
    let found = match produces {
        Produces::Nothing => Some(UNNEGOTIATED),
        Produces::Entity => negotiate::result(accept, context.json_profile()),
        Produces::Only(media_type) => accept.choose(&[media_type]).map(|_| UNNEGOTIATED),
    };
    found.ok_or(Failure::Bare(StatusCode::NOT_ACCEPTABLE))
}

fn method_name(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        _ => "other",
    }
}
