//! The Openfire REST API plugin 1.12 under `/plugins/restapi/v1`.
//!
//! Every request passes `auth`, then axum's router, then `answer` (formats, path, query, body), and reaches the
//! function of its noun through the table `OPERATIONS`. The shapes are in `wire`, their XML and JSON in `output` and
//! `input`, the choice between the two in `negotiate`.

mod affiliations;
mod answer;
pub mod auth;
mod call;
mod chat_services;
mod clustering;
mod context;
pub mod documentation;
pub mod error;
mod groups;
pub mod input;
mod invitations;
mod lockouts;
mod messages;
mod names;
pub mod negotiate;
mod occupants;
mod openapi;
mod operation;
pub mod output;
mod probes;
mod properties;
mod reply;
mod room_content;
mod rooms;
mod rooms_bulk;
mod roster;
mod routes;
mod security_log;
mod sessions;
mod surrogate;
mod user_groups;
mod users;
mod vcard;
pub mod wire;

use std::mem::take;
use std::net::IpAddr;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::header::CONTENT_LENGTH;
use http::{Request, StatusCode};
use tower::Service;

use answer::OriginalPath;
pub use auth::credentials;
use context::Context;
pub use context::Settings;
pub use operation::{Consumes, Operation, Produces};
pub use routes::operations;

use crate::admin::{Admin, Login};
use crate::api::metrics::Routes;
use crate::api::target::{Place, Target};
use crate::api::{cors, page};

/// The dialect as a service.
#[derive(Clone, Debug)]
pub struct Openfire {
    context: Context,
    router: Router,
}

impl Openfire {
    /// `routes` gets those of the API, for what is counted of requests.
    pub fn new(admin: Admin, login: Login, settings: Settings, routes: &mut Routes) -> Self {
        let context = Context::new(admin, login, settings, documentation::document);
        let router = routes::router(&context, routes);
        Self { context, router }
    }

    /// Whether a property asks for a line in the log for each request.
    pub fn logs_requests(&self) -> bool {
        self.context.admin().settings().log_requests()
    }

    /// Answers a request whose target was checked, and takes it away. `client` is its address, through trusted proxies.
    pub async fn answer(&self, target: Target, client: Option<IpAddr>, request: &mut Request<Body>) -> Response {
        let (method, headers) = (request.method(), request.headers());
        let authenticated = auth::authenticate(&self.context, &target, method, headers, client).await;
        let mut response = match authenticated {
            Err(status) => bare(status, request),
            Ok(_) if target.place() == Place::ApiInOtherCase => bare(StatusCode::NOT_FOUND, request),
            Ok(authenticated) => {
                if let Some(authenticated) = authenticated {
                    request.extensions_mut().insert(authenticated);
                }
                rewrite(&target, request);
                match self.router.clone().call(take(request)).await {
                    Ok(response) => checked_length(response),
                    Err(never) => match never {},
                }
            }
        };
        cors::add(response.headers_mut());
        response
    }
}

/// axum tells the length of every answer to HEAD; RFC 9110, §8.6 forbids it with 204.
fn checked_length(mut response: Response) -> Response {
    if response.status() == StatusCode::NO_CONTENT {
        response.headers_mut().remove(CONTENT_LENGTH);
    }
    response
}

/// Gives the request the path that the router matches.
fn rewrite(target: &Target, request: &mut Request<Body>) {
    if let Some(rewritten) = target.rewritten(request.uri()) {
        let original = OriginalPath(request.uri().path().to_owned());
        request.extensions_mut().insert(original);
        *request.uri_mut() = rewritten;
    }
}

fn bare(status: StatusCode, request: &Request<Body>) -> Response {
    page::bare(status, request.method(), request.headers(), request.uri().path())
}
