//! What every call of this API can reach.

use std::sync::Arc;

use super::input::Strictness;
use super::negotiate::JsonProfile;
use crate::admin::{Admin, Login};
use crate::domain::access::AuthMode;

/// How this API is set up.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    pub json_profile: JsonProfile,
    pub strictness: Strictness,
    /// Bytes of a request body.
    pub max_body: usize,
}

/// The description of this API in OpenAPI, in both formats.
pub struct Document {
    pub yaml: String,
    pub json: String,
}

#[derive(Clone, Debug)]
pub struct Context(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    admin: Admin,
    login: Login,
    settings: Settings,
    document: fn(AuthMode) -> &'static Document,
}

impl Context {
    /// `document` gives the description of the API; it names every operation, so no operation makes it itself.
    pub fn new(admin: Admin, login: Login, settings: Settings, document: fn(AuthMode) -> &'static Document) -> Self {
        Self(Arc::new(Shared {
            admin,
            login,
            settings,
            document,
        }))
    }

    /// The description for the present way to authenticate.
    pub fn document(&self) -> &'static Document {
        (self.0.document)(self.admin().settings().access().mode)
    }

    pub fn admin(&self) -> &Admin {
        &self.0.admin
    }

    pub fn login(&self) -> &Login {
        &self.0.login
    }

    pub fn json_profile(&self) -> JsonProfile {
        self.0.settings.json_profile
    }

    pub fn strictness(&self) -> Strictness {
        self.0.settings.strictness
    }

    pub fn max_body(&self) -> usize {
        self.0.settings.max_body
    }
}
