//! The router, built from the operations of all nouns. A path answers `OPTIONS` and names its methods in `Allow`;
//! what it does not answer is 405, what is no path 404 (§2.3 to §2.5).

use std::convert::Infallible;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter};
use futures::FutureExt;
use http::StatusCode;
use http::header::{ALLOW, HeaderValue};
use tower::service_fn;

use super::answer;
use super::call::Implied;
use super::context::Context;
use super::operation::Operation;
use super::{
    affiliations, chat_services, clustering, groups, invitations, lockouts, messages, occupants, openapi, probes,
    properties, rooms, rooms_bulk, roster, security_log, sessions, user_groups, users, vcard,
};
use crate::api::methods::{self, allow};
use crate::api::metrics::{RouteId, Routed, Routes};

/// Where the API stands.
pub const BASE: &str = "/plugins/restapi/v1";

const ROOM: &str = "/chatrooms/{roomName}";
const BULK: &str = "/chatrooms/bulk";

/// The affiliation in a path is one of these words; with any other word there is no such path (§2.3).
const AFFILIATIONS: [Implied; 4] = [
    ("affiliation", "admins"),
    ("affiliation", "members"),
    ("affiliation", "outcasts"),
    ("affiliation", "owners"),
];

/// Every operation of the API.
pub fn operations() -> impl Iterator<Item = &'static Operation> {
    [
        users::OPERATIONS,
        chat_services::OPERATIONS,
        rooms::OPERATIONS,
        rooms_bulk::OPERATIONS,
        affiliations::OPERATIONS,
        invitations::OPERATIONS,
        occupants::OPERATIONS,
        properties::OPERATIONS,
        sessions::OPERATIONS,
        messages::OPERATIONS,
        security_log::OPERATIONS,
        clustering::OPERATIONS,
        probes::OPERATIONS,
        openapi::OPERATIONS,
        user_groups::OPERATIONS,
        lockouts::OPERATIONS,
        roster::OPERATIONS,
        vcard::OPERATIONS,
        groups::OPERATIONS,
    ]
    .into_iter()
    .flatten()
}

/// The router; `routes` gets every template of a path.
pub fn router(context: &Context, routes: &mut Routes) -> Router {
    let mut paths: Vec<&'static str> = Vec::new();
    for operation in operations() {
        if !paths.contains(&operation.path) {
            paths.push(operation.path);
        }
    }
    let mut router = Router::new().fallback(not_found);
    for path in paths {
        let operations: Vec<_> = at(path).collect();
        let id = routes.add("openfire", format!("{BASE}{path}"));
        for (path, implied) in spellings(path) {
            router = router.route(&format!("{BASE}{path}"), path_router(context, &operations, implied, id));
        }
    }
    // The state is nothing; told so, the router prepares its routes now and not for each request.
    router.with_state(())
}

fn at(path: &str) -> impl Iterator<Item = &'static Operation> {
    operations().filter(move |operation| operation.path == path)
}

/// The paths of the router for a path of the table, with the value that each implies.
fn spellings(path: &'static str) -> Vec<(String, Option<&'static Implied>)> {
    if !path.contains("{affiliation}") {
        return vec![(path.to_owned(), None)];
    }
    AFFILIATIONS
        .iter()
        .map(|implied| (path.replace("{affiliation}", implied.1), Some(implied)))
        .collect()
}

fn path_router(
    context: &Context,
    operations: &[&'static Operation],
    implied: Option<&'static Implied>,
    id: RouteId,
) -> MethodRouter {
    let mut names: Vec<&str> = operations.iter().map(|operation| operation.method.as_str()).collect();
    let mut router = MethodRouter::new();
    for operation in operations {
        router = on(router, context, operation, implied, id);
    }
    if operations.iter().any(|operation| operation.path == BULK) {
        // All but the bulk creation itself address a room of that name, and `Allow` does not tell of them.
        for operation in at(ROOM) {
            router = on(router, context, operation, Some(&("roomName", "bulk")), id);
        }
    }
    names.push("OPTIONS");
    let refused = allow(&names);
    if names.contains(&"GET") {
        names.push("HEAD");
    }
    let offered = allow(&names);
    router
        .options(move |request: Request| {
            Routed::note(&request, id);
            std::future::ready(options(request, offered))
        })
        .fallback(move |request: Request| {
            Routed::note(&request, id);
            std::future::ready(with_allow(bare(StatusCode::METHOD_NOT_ALLOWED, request), refused))
        })
}

fn on(
    router: MethodRouter,
    context: &Context,
    operation: &'static Operation,
    implied: Option<&'static Implied>,
    id: RouteId,
) -> MethodRouter {
    let context = context.clone();
    let filter = MethodFilter::try_from(operation.method.clone()).unwrap_or(MethodFilter::GET);
    let service = service_fn(move |request: Request| {
        Routed::note(&request, id);
        let answering = answer::answer(operation, context.clone(), implied, request);
        answering.map(Ok::<_, Infallible>)
    });
    router.on_service(filter, service)
}

fn options(request: Request, offered: HeaderValue) -> Response {
    methods::options(request.headers(), offered).unwrap_or_else(|_| bare(StatusCode::BAD_REQUEST, request))
}

fn with_allow(mut response: Response, allow: HeaderValue) -> Response {
    response.headers_mut().insert(ALLOW, allow);
    response
}

async fn not_found(request: Request) -> Response {
    bare(StatusCode::NOT_FOUND, request)
}

fn bare(status: StatusCode, request: Request) -> Response {
    answer::bare(status, &request.into_parts().0)
}
