//! The settings of the service that are also server properties, under Openfire's names where they
//! mean the same (`docs/openfire-properties.md` explains each). Every other property is free: it is
//! stored and shown, and nothing here depends on it.

pub const ADMINISTRATORS: &str = "admin.authorizedJIDs";
pub const HTTP_PORT: &str = "adminConsole.port";
pub const HTTPS_PORT: &str = "adminConsole.securePort";
pub const ALLOWED_ADDRESSES: &str = "plugin.restapi.allowedIPs";
pub const ENABLED: &str = "plugin.restapi.enabled";
pub const AUTH_MODE: &str = "plugin.restapi.httpAuth";
pub const SECRET: &str = "plugin.restapi.secret";
pub const LOG_REQUESTS: &str = "plugin.restapi.serviceLoggingEnabled";
pub const ANONYMOUS_LOGIN: &str = "xmpp.auth.anonymous";
pub const DOMAIN: &str = "xmpp.domain";

/// Who may change a setting through a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writing {
    /// Nobody: the configuration says it, and the service must be started anew.
    Never,
    /// It decides who may call: only where `openfire.writable_security_properties` allows it.
    WhereAllowed,
    /// Every administrator, until the next start.
    UntilRestart,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Setting {
    /// The name of the property.
    pub key: &'static str,
    /// The name in the configuration; `None` for what cannot be configured.
    pub configured_as: Option<&'static str>,
    pub writing: Writing,
    /// Its value is never shown.
    pub secret: bool,
}

/// Sorted by key.
pub const SETTINGS: &[Setting] = &[
    setting(ADMINISTRATORS, Some("openfire.administrators"), Writing::WhereAllowed),
    setting(HTTP_PORT, Some("http.listen"), Writing::Never),
    setting(HTTPS_PORT, Some("http.tls_listen"), Writing::Never),
    setting(ALLOWED_ADDRESSES, Some("openfire.allowed_ips"), Writing::WhereAllowed),
    setting(ENABLED, Some("openfire.enabled"), Writing::WhereAllowed),
    setting(AUTH_MODE, Some("openfire.auth"), Writing::WhereAllowed),
    Setting {
        secret: true,
        ..setting(SECRET, Some("openfire.secret"), Writing::WhereAllowed)
    },
    setting(LOG_REQUESTS, None, Writing::UntilRestart),
    setting(ANONYMOUS_LOGIN, Some("xmpp.anonymous"), Writing::Never),
    setting(DOMAIN, Some("server.domain"), Writing::Never),
];

const fn setting(key: &'static str, configured_as: Option<&'static str>, writing: Writing) -> Setting {
    Setting {
        key,
        configured_as,
        writing,
        secret: false,
    }
}

pub fn find(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_by_key() {
        assert!(SETTINGS.is_sorted_by(|a, b| a.key < b.key));
    }
}
