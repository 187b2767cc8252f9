//! The operations of the API as data: each noun lists its own, the router is built from the list, and so
//! are the OpenAPI document and the proof that nothing is missing.

use futures::future::BoxFuture;
use http::Method;

use super::call::{Call, Exchange};
use super::error::Failure;
use super::reply::Reply;

/// What an operation ends in.
pub type Outcome = Result<Reply, Failure>;

/// The function behind an operation that administers.
pub type Administer = for<'call> fn(&'call Call) -> BoxFuture<'call, Outcome>;

/// The function behind an operation that is open to everybody: it cannot reach administration.
pub type Look = for<'call> fn(&'call Exchange) -> BoxFuture<'call, Outcome>;

/// The function behind an operation.
#[derive(Clone, Copy)]
pub enum Handler {
    Administer(Administer),
    Look(Look),
}

/// Which request entities an operation reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consumes {
    /// None; a body is ignored whatever it is.
    Nothing,
    /// XML or JSON.
    Entity,
    /// XML only.
    Xml,
}

/// Which answers an operation gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Produces {
    /// None: no `Accept` is refused.
    Nothing,
    /// XML or JSON.
    Entity,
    /// Only this media type.
    Only(&'static str),
}

/// One operation: a method on a path.
pub struct Operation {
    pub method: Method,
    /// Below the base, with `{names}` for parameters.
    pub path: &'static str,
    /// Its name in the OpenAPI document.
    pub id: &'static str,
    pub consumes: Consumes,
    pub produces: Produces,
    /// What a service error says was being done, where the contract names nothing more exact.
    pub message: &'static str,
    pub handler: Handler,
}

impl Operation {
    pub const fn get(path: &'static str, id: &'static str, handler: Administer) -> Self {
        Self::new(Method::GET, path, id, Handler::Administer(handler)).producing(Produces::Entity)
    }

    /// A GET without entity that needs no credentials.
    pub const fn open(path: &'static str, id: &'static str, handler: Look) -> Self {
        Self::new(Method::GET, path, id, Handler::Look(handler))
    }

    pub const fn post(path: &'static str, id: &'static str, handler: Administer) -> Self {
        Self::new(Method::POST, path, id, Handler::Administer(handler))
    }

    pub const fn put(path: &'static str, id: &'static str, handler: Administer) -> Self {
        Self::new(Method::PUT, path, id, Handler::Administer(handler))
    }

    pub const fn delete(path: &'static str, id: &'static str, handler: Administer) -> Self {
        Self::new(Method::DELETE, path, id, Handler::Administer(handler))
    }

    const fn new(method: Method, path: &'static str, id: &'static str, handler: Handler) -> Self {
        Self {
            method,
            path,
            id,
            consumes: Consumes::Nothing,
            produces: Produces::Nothing,
            message: "Could not process the request",
            handler,
        }
    }

    /// Reads an entity in XML or JSON.
    pub const fn reading(self) -> Self {
        self.consuming(Consumes::Entity)
    }

    pub const fn consuming(mut self, consumes: Consumes) -> Self {
        self.consumes = consumes;
        self
    }

    pub const fn producing(mut self, produces: Produces) -> Self {
        self.produces = produces;
        self
    }

    /// What a service error says was being done.
    pub const fn during(mut self, message: &'static str) -> Self {
        self.message = message;
        self
    }
}

impl std::fmt::Debug for Operation {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} {}", self.method, self.path)
    }
}
