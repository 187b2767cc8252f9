//! One call of an operation: who calls, what the path, the query and the body say, and in which format the
//! answer is written. Every handler gets one; it is the negotiation of §4 and the checks of §2.2, steps 5 to 9.

use std::borrow::Cow;
use std::ops::Deref;
use std::str::FromStr;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, RawPathParams};
use axum::response::Response;
use headers::HeaderMapExt;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderMap, Method, Request, StatusCode};

use super::auth::Authenticated;
use super::context::Context;
use super::error::{Failure, unbound};
use super::input::{self, BindError, FromFields};
use super::negotiate::{self, Format, Negotiated};
use super::operation::{Consumes, Handler, Operation, Outcome, Produces};
use super::routes::Implied;
use crate::admin::AdminSession;
use crate::api::accept::{Accept, ContentType};
use crate::api::query::{NotANumber, Query};
use crate::api::{body, page};
use crate::domain::Error;
use crate::domain::address::Host;

/// What stands in the place of a content type that is not negotiated.
const UNNEGOTIATED: Negotiated = Negotiated {
    format: Format::Xml,
    content_type: http::HeaderValue::from_static("application/xml"),
};

/// A request to an operation, whoever sent it.
pub struct Exchange {
    operation: &'static Operation,
    context: Context,
    parameters: RawPathParams,
    implied: Option<&'static Implied>,
    target: Option<PathAndQuery>,
    result: Negotiated,
    request: Option<Format>,
    body: Bytes,
}

/// A request of somebody who was authenticated, with all that they can do.
pub struct Call {
    exchange: Exchange,
    pub admin: AdminSession,
}

impl Deref for Call {
    type Target = Exchange;

    fn deref(&self) -> &Exchange {
        &self.exchange
    }
}

impl Exchange {
    /// A value of the path, decoded.
    pub fn parameter(&self, name: &str) -> &str {
        if let Some((_, value)) = self.implied.filter(|(implied, _)| *implied == name) {
            return value;
        }
        let found = self.parameters.iter().find(|(key, _)| *key == name);
        found.map_or("", |(_, value)| value)
    }

    pub fn query(&self) -> Query<'_> {
        Query::new(self.target.as_ref().and_then(PathAndQuery::query))
    }

    /// A text of the query.
    pub fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.query().text(name)
    }

    /// A number of the query; malformed text is a bare 404.
    pub fn integer<N: FromStr>(&self, name: &str) -> Result<Option<N>, Failure> {
        self.query()
            .integer(name)
            .map_err(|NotANumber| Failure::Bare(StatusCode::NOT_FOUND))
    }

    /// What the operation does, for a service error.
    pub fn message(&self) -> &'static str {
        self.operation.message
    }

    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Format and type of a result with an entity.
    pub fn negotiated(&self) -> Negotiated {
        self.result.clone()
    }

    /// The body as it came; empty for operations that read none.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The entity of the request; `None` when it is absent.
    pub fn entity<T: FromFields>(&self) -> Result<Option<T>, Failure> {
        let Some(format) = self.request else {
            return Ok(None);
        };
        input::read(format, &self.body, self.context.strictness()).map_err(|error| match error {
            BindError::Xml(cause) => {
                tracing::debug!(cause, "a request body is not the XML of its entity");
                Failure::Bare(StatusCode::BAD_REQUEST)
            }
            BindError::Json(message) => Failure::Unbound(message),
            BindError::Value { field, .. } => Failure::illegal(self.message(), field),
        })
    }
}

impl Call {
    /// The host of this API.
    pub fn host(&self) -> &Host {
        self.admin.host()
    }

    /// `error` in the words of this operation.
    pub fn failed(&self, error: Error, resource: &str) -> Failure {
        Failure::from_domain(error, self.message(), resource)
    }
}

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
        match run(operation, &context, implied, &mut parts, body, &accept).await {
            Ok(reply) => reply.into_response(),
            Err(Failure::Bare(status)) => bare(status, &parts),
            Err(Failure::Unbound(message)) => unbound(message),
            Err(Failure::Service(error)) => {
                let content_type = parts.headers.typed_get::<ContentType>();
                error.into_response(negotiate::error(&accept, content_type.as_ref(), context.json_profile()))
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
    context: &Context,
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
        operation,
        request: request_format(operation.consumes, &parts.headers, &body)?,
        result: result_format(operation.produces, accept, context)?,
        context: context.clone(),
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
            let admin = context.admin().session(caller);
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
