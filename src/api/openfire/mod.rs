//! The Openfire REST API plugin 1.12 under `/plugins/restapi/v1`.
//!
//! Every request passes `auth`, then axum's router, then `call` (formats, path, query, body), and reaches the
//! function of its noun through the table `OPERATIONS`. The shapes are in `wire`, their XML and JSON in `output` and
//! `input`, the choice between the two in `negotiate`.

mod affiliations;
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

use std::net::IpAddr;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::header::CONTENT_LENGTH;
use http::{Request, StatusCode};
use tower::ServiceExt;

pub use auth::credentials;
use call::{ClientAddress, OriginalPath};
pub use context::{Context, Settings};
pub use operation::{Consumes, Operation, Produces};
pub use routes::operations;

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
    pub fn new(context: Context, routes: &mut Routes) -> Self {
        let router = routes::router(&context, routes);
        Self { context, router }
    }

    /// Whether a property asks for a line in the log for each request.
    pub fn logs_requests(&self) -> bool {
        self.context.admin().settings().log_requests()
    }

    /// Answers a request whose target was checked. `client` is its address, through trusted proxies.
    pub async fn answer(&self, target: &Target<'_>, client: Option<IpAddr>, mut request: Request<Body>) -> Response {
        let mut response = match self.authenticate(target, client, &mut request).await {
            Ok(()) => self.route(target, request).await,
            Err(status) => page::bare(status, request.method(), request.headers(), request.uri().path()),
        };
        cors::add(response.headers_mut());
        response
    }

    async fn authenticate(
        &self,
        target: &Target<'_>,
        client: Option<IpAddr>,
        request: &mut Request<Body>,
    ) -> Result<(), StatusCode> {
        let (method, headers) = (request.method(), request.headers());
        let authenticated = auth::authenticate(&self.context, target, method, headers, client).await?;
        let extensions = request.extensions_mut();
        if let Some(authenticated) = authenticated {
            extensions.insert(authenticated);
        }
        if let Some(client) = client {
            extensions.insert(ClientAddress(client));
        }
        Ok(())
    }

    async fn route(&self, target: &Target<'_>, mut request: Request<Body>) -> Response {
        if target.place() == Place::ApiInOtherCase {
            return page::bare(
                StatusCode::NOT_FOUND,
                request.method(),
                request.headers(),
                request.uri().path(),
            );
        }
        if let Some(rewritten) = target.rewritten(request.uri()) {
            let original = OriginalPath(request.uri().path().to_owned());
            request.extensions_mut().insert(original);
            *request.uri_mut() = rewritten;
        }
        match self.router.clone().oneshot(request).await {
            Ok(mut response) => {
                // axum tells the length of every answer to HEAD; RFC 9110, §8.6 forbids it with 204.
                if response.status() == StatusCode::NO_CONTENT {
                    response.headers_mut().remove(CONTENT_LENGTH);
                }
                response
            }
            Err(never) => match never {},
        }
    }
}
