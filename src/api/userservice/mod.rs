//! The legacy `userservice` of the Openfire REST API plugin 1.12 (§11): everything is one GET, or a POST with a
//! form, and the answer is one line of XML. It has access checks of its own and is off by default, as it takes
//! passwords and the shared secret in the URL.

mod accounts;
mod auth;
mod error;
mod groups;
mod parameters;
mod rosters;
mod wire;

use std::net::IpAddr;

use axum::body::{Body, Bytes};
use axum::response::Response;
use http::header::{ALLOW, CONTENT_TYPE};
use http::{Method, Request, StatusCode};

use crate::admin::{Admin, AdminSession};
use crate::api::methods::{allow, options};
use crate::api::{body, cors, page};
use error::Failure;
use parameters::Parameters;
use wire::Reply;

/// Where it is; the other paths are aliases.
pub const PATH: &str = "/plugins/restapi/v1/userservice";

/// Bytes of a form: it is read before its sender is known, as the secret may stand in it.
const MOST_FORM: usize = 64 * 1024;

const FORM: &[u8] = b"application/x-www-form-urlencoded";

/// The dialect as a service.
#[derive(Clone, Debug)]
pub struct Userservice {
    admin: Admin,
    enabled: bool,
    max_body: usize,
}

impl Userservice {
    /// `max_body` bounds the bytes of a form.
    pub fn new(admin: Admin, enabled: bool, max_body: usize) -> Self {
        Self {
            admin,
            enabled,
            max_body,
        }
    }

    /// Answers a request to the endpoint. `client` is its address, through trusted proxies.
    pub async fn answer(&self, client: Option<IpAddr>, request: Request<Body>) -> Response {
        let (method, headers) = (request.method().clone(), request.headers().clone());
        let path = request.uri().path().to_owned();
        let bare = |status| with_cors(page::bare(status, &method, &headers, &path));
        if !self.admin.settings().access().enabled {
            return bare(StatusCode::FORBIDDEN);
        }
        if method == Method::OPTIONS {
            let offered = options(&headers, allow(&["GET", "POST", "HEAD", "OPTIONS"]));
            return offered.map_or_else(|_| bare(StatusCode::BAD_REQUEST), with_cors);
        }
        if !matches!(method, Method::GET | Method::HEAD | Method::POST) {
            let mut response = bare(StatusCode::METHOD_NOT_ALLOWED);
            response.headers_mut().insert(ALLOW, allow(&["GET", "POST", "OPTIONS"]));
            return response;
        }
        match self.run(client, request).await {
            Ok(Reply::Nothing) if method == Method::POST => with_cors(page::empty(StatusCode::NO_CONTENT)),
            Ok(Reply::Nothing) => with_cors(page::empty(StatusCode::OK)),
            Ok(reply) => reply.into_response(),
            Err(Failure::Named(name)) => wire::error(name),
            Err(Failure::Bare(status)) => bare(status),
        }
    }

    async fn run(&self, client: Option<IpAddr>, request: Request<Body>) -> Result<Reply, Failure> {
        let (parts, body) = request.into_parts();
        let is_post = parts.method == Method::POST;
        let media_type = parts
            .headers
            .get(CONTENT_TYPE)
            .map_or(&b""[..], |value| value.as_bytes());
        let access = auth::admit(&self.admin, self.enabled, client)?;
        let form = if is_post && is_form(media_type) {
            let whole = body::whole(body, self.max_body.min(MOST_FORM));
            whole.await.map_err(Failure::Bare)?
        } else {
            Bytes::new()
        };
        let form = String::from_utf8_lossy(&form);
        let parameters = Parameters::new(parts.uri.query().unwrap_or_default(), &form);
        let method = if is_post { "POST" } else { "GET" };
        let caller = auth::authenticate(&access, &parameters, client, method)?;
        perform(&self.admin.session(caller), &parameters).await
    }
}

/// Runs the operation that `type` names, in exactly these letters.
async fn perform(admin: &AdminSession, parameters: &Parameters<'_>) -> Result<Reply, Failure> {
    let operation = parameters.text("type");
    if operation.as_deref() == Some("grouplist") {
        return groups::list(admin).await;
    }
    let (Some(_), Some(operation)) = (parameters.text("username"), operation) else {
        return Err(Failure::ILLEGAL_ARGUMENT);
    };
    match &*operation {
        "add" => accounts::add(admin, parameters).await,
        "update" => accounts::update(admin, parameters).await,
        "delete" => accounts::delete(admin, parameters).await,
        "disable" => accounts::disable(admin, parameters).await,
        "enable" => accounts::enable(admin, parameters).await,
        "add_roster" => rosters::add(admin, parameters).await,
        "update_roster" => rosters::update(admin, parameters).await,
        "delete_roster" => rosters::delete(admin, parameters).await,
        "usergrouplist" => groups::list_of_user(admin, parameters).await,
        _ => Ok(Reply::Nothing),
    }
}

fn is_form(media_type: &[u8]) -> bool {
    let essence = media_type.split(|byte| *byte == b';').next().unwrap_or_default();
    essence.trim_ascii().eq_ignore_ascii_case(FORM)
}

fn with_cors(mut response: Response) -> Response {
    cors::add(response.headers_mut());
    response
}
