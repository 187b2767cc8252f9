//! The settings that count now, and what may change them. The configuration says what they are;
//! where it allows writing, a property that was written or deleted counts before it. A snapshot is
//! replaced as a whole, so that a request sees either all of a change or nothing of it.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};

use crate::domain::access::{Access, without_administrator};
use crate::domain::address::{Address, Host};
use crate::domain::event::Event;
use crate::domain::property::{StoredProperty, is_at_or_below};
use crate::domain::secret::Secret;
use crate::domain::setting::{self, ADMINISTRATORS, AUTH_MODE, LOG_REQUESTS, SETTINGS, Setting, Writing};
use crate::domain::{Error, Result};

/// The properties that have a text, by key.
pub type Texts = BTreeMap<&'static str, Secret>;

/// What the configuration says.
#[derive(Debug, Clone)]
pub struct ConfiguredSettings {
    pub host: Host,
    pub texts: Texts,
    /// Accepted beside the shared secret; no property.
    pub previous_secret: Secret,
    /// Properties that decide who may call can be written, and count before the configuration.
    pub writable_access: bool,
}

/// The settings that count now, shared by all who ask.
#[derive(Debug, Clone)]
pub struct LiveSettings(Arc<State>);

#[derive(Debug)]
struct State {
    configured: ConfiguredSettings,
    current: ArcSwap<Snapshot>,
}

#[derive(Debug)]
struct Snapshot {
    texts: Texts,
    access: Access,
    log_requests: bool,
}

struct CurrentAccess(Guard<Arc<Snapshot>>);

impl Deref for CurrentAccess {
    type Target = Access;

    fn deref(&self) -> &Access {
        &self.0.access
    }
}

impl Snapshot {
    fn new(configured: &ConfiguredSettings, texts: Texts) -> Self {
        let text = |key: &str| texts.get(key).map(Secret::expose);
        let access = Access::from_texts(&configured.host, text, &configured.previous_secret, |property, item| {
            tracing::warn!(property, item, "an item of the list cannot be read and matches nothing");
        });
        if text(AUTH_MODE) == Some("custom") {
            tracing::warn!(
                "plugin.restapi.httpAuth is custom: no class can be loaded here, so the shared secret counts"
            );
        }
        Self {
            access,
            log_requests: text(LOG_REQUESTS).is_some_and(|text| text.eq_ignore_ascii_case("true")),
            texts,
        }
    }
}

impl LiveSettings {
    pub fn new(configured: ConfiguredSettings) -> Self {
        let snapshot = Snapshot::new(&configured, configured.texts.clone());
        Self(Arc::new(State {
            current: ArcSwap::from_pointee(snapshot),
            configured,
        }))
    }

    /// Who may call: to be asked anew for each request. Looking counts nothing that all requests share.
    pub fn access(&self) -> impl Deref<Target = Access> + Send + use<> {
        CurrentAccess(self.0.current.load())
    }

    /// Whether each request of the Openfire API is to leave a line in the log.
    pub fn log_requests(&self) -> bool {
        self.0.current.load().log_requests
    }

    /// Lets what an earlier run stored count before the configuration, where that is allowed.
    pub(super) fn recall(&self, stored: impl IntoIterator<Item = (&'static Setting, StoredProperty)>) {
        let mut texts = self.0.configured.texts.clone();
        for (setting, text) in stored {
            let text = text.value().map(Secret::new);
            if setting.writing != Writing::WhereAllowed || texts.get(setting.key) == text.as_ref() {
                continue;
            }
            let configured = setting.configured_as.unwrap_or_default();
            if !self.0.configured.writable_access {
                tracing::info!(
                    property = setting.key,
                    configured,
                    "a stored property is ignored; the configuration counts"
                );
                continue;
            }
            tracing::warn!(
                property = setting.key,
                configured,
                "a stored property counts before the configuration"
            );
            set(&mut texts, setting, text);
        }
        self.0.current.store(Arc::new(Snapshot::new(&self.0.configured, texts)));
    }

    /// Follows a change of the properties, and an account that is no more. Events come one after the other, before the change is answered.
    pub fn hear(&self, event: &Event) {
        let changes: Vec<(&Setting, Option<Secret>)> = match event {
            Event::PropertyChanged { key, value } => setting::find(key)
                .map(|setting| (setting, Some(value.clone())))
                .into_iter()
                .collect(),
            Event::PropertyRemoved { key } => at_or_below(key).map(|setting| (setting, None)).collect(),
            Event::AccountRemoved(account) | Event::AccountRenamed { from: account, .. } => {
                self.without(&account.to_address()).into_iter().collect()
            }
            _ => return,
        };
        if changes.is_empty() {
            return;
        }
        let mut texts = self.0.current.load().texts.clone();
        for (setting, text) in changes {
            set(&mut texts, setting, text);
        }
        self.0.current.store(Arc::new(Snapshot::new(&self.0.configured, texts)));
    }

    /// The list of administrators without an account that goes, unless the configuration is in charge of it.
    fn without(&self, leaving: &Address) -> Option<(&'static Setting, Option<Secret>)> {
        let setting = setting::find(ADMINISTRATORS).filter(|setting| self.may_change(setting))?;
        let left = without_administrator(self.text(setting)?.expose(), leaving)?;
        Some((setting, Some(Secret::new(left))))
    }

    /// The text of a setting, also of a secret one.
    pub(super) fn text(&self, setting: &Setting) -> Option<Secret> {
        self.0.current.load().texts.get(setting.key).cloned()
    }

    /// Whether `value` may be written: `Ok(false)` when the setting has it already.
    pub(super) fn check_write(&self, setting: &Setting, value: &Secret) -> Result<bool> {
        if self.may_change(setting) {
            return Ok(true);
        }
        // Saying whether a text is the secret would let a caller guess.
        if !setting.secret && self.text(setting).as_ref() == Some(value) {
            return Ok(false);
        }
        Err(refused(setting))
    }

    /// The settings that go with `key` and everything below it; an error when one of them must not, set or not:
    /// what an earlier run stored of it must not go either.
    pub(super) fn check_removal(&self, key: &str) -> Result<Vec<&'static Setting>> {
        match at_or_below(key).find(|setting| !self.may_change(setting)) {
            Some(setting) => Err(refused(setting)),
            None => Ok(at_or_below(key)
                .filter(|setting| self.text(setting).is_some())
                .collect()),
        }
    }

    fn may_change(&self, setting: &Setting) -> bool {
        match setting.writing {
            Writing::Never => false,
            Writing::WhereAllowed => self.0.configured.writable_access,
            Writing::UntilRestart => true,
        }
    }
}

fn set(texts: &mut Texts, setting: &Setting, text: Option<Secret>) {
    match text {
        Some(text) => texts.insert(setting.key, text),
        None => texts.remove(setting.key),
    };
}

fn at_or_below(key: &str) -> impl Iterator<Item = &'static Setting> {
    SETTINGS.iter().filter(move |setting| is_at_or_below(setting.key, key))
}

/// The refusal to change a setting, with the way out.
fn refused(setting: &Setting) -> Error {
    let key = setting.key;
    let reason = match (setting.writing, setting.configured_as) {
        (_, None) => format!("{key} cannot be changed"),
        (Writing::WhereAllowed, Some(configured)) => format!(
            "{key} is set by {configured} in the configuration; \
             change it there, or set openfire.writable_security_properties = true"
        ),
        (_, Some(configured)) => format!("{key} is set by {configured} in the configuration; change it there"),
    };
    Error::NotAllowed { reason }
}
