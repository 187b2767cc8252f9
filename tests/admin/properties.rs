//! Server properties and the settings behind some of them, through the admin layer.

use crate::administered::{Administered, Configured};
use firekeeper::admin::AdminSession;
use firekeeper::domain::Error;
use firekeeper::domain::access::AuthMode;
use firekeeper::domain::audit::{AuditEntry, AuditFilter};
use firekeeper::domain::page::PageRequest;
use firekeeper::domain::setting::{SETTINGS, Setting, Writing};

const TEXTS: &[(&str, &str)] = &[
    ("plugin.restapi.enabled", "true"),
    ("plugin.restapi.httpAuth", "secret"),
    ("plugin.restapi.secret", "potato"),
    ("xmpp.domain", "example.org"),
];

async fn open(folder: &tempfile::TempDir, writable: bool) -> Administered {
    Administered::open(folder.path(), Configured { texts: TEXTS, writable }).await
}

async fn fresh(writable: bool) -> (tempfile::TempDir, Administered) {
    let folder = tempfile::tempdir().unwrap();
    let administered = open(&folder, writable).await;
    (folder, administered)
}

async fn value(session: &AdminSession, key: &str) -> Option<Option<String>> {
    let found = session.find_property(key).await.unwrap();
    found.map(|property| property.value)
}

async fn log(session: &AdminSession) -> Vec<AuditEntry> {
    let page = session
        .list_audit_entries(&AuditFilter::default(), PageRequest::first())
        .await;
    page.unwrap().items
}

#[tokio::test]
async fn a_free_property_is_kept_as_it_was_written() {
    let (_folder, administered) = fresh(false).await;
    let session = administered.session();
    assert_eq!(value(&session, "t.a").await, None);
    session.write_property(" t.a. ", "1".into()).await.unwrap();
    assert_eq!(value(&session, "t.a.").await, Some(Some("1".into())));
    session.write_property("t.a", " two ".into()).await.unwrap();
    assert_eq!(value(&session, "t.a").await, Some(Some(" two ".into())));
    assert_eq!(value(&session, "T.a").await, None);
}

#[tokio::test]
async fn a_key_or_value_that_is_too_long_is_refused() {
    let (_folder, administered) = fresh(false).await;
    let session = administered.session();
    let (key, value) = ("k".repeat(100), "v".repeat(4000));
    session.write_property(&key, value.clone()).await.unwrap();
    for (key, value) in [(format!("{key}k"), value.clone()), (key, format!("{value}v"))] {
        assert!(matches!(
            session.write_property(&key, value).await,
            Err(Error::TooLong { .. })
        ));
    }
}

#[tokio::test]
async fn removing_a_property_removes_what_stands_below_it() {
    let (_folder, administered) = fresh(false).await;
    let session = administered.session();
    for key in ["u.a", "u.a.b", "u.a.b.c", "u.ab", "u", "U.a.x"] {
        session.write_property(key, key.into()).await.unwrap();
    }
    session.remove_property("u.a").await.unwrap();
    for (key, stays) in [
        ("u", true),
        ("u.a", false),
        ("u.a.b", false),
        ("u.a.b.c", false),
        ("u.ab", true),
        ("U.a.x", true),
    ] {
        assert_eq!(value(&session, key).await.is_some(), stays, "{key}");
    }
    assert!(matches!(
        session.remove_property("U.a").await,
        Err(Error::NotFound { .. })
    ));
    assert!(value(&session, "U.a.x").await.is_some());
    session.clear_property("U.a").await.unwrap();
    assert_eq!(value(&session, "U.a.x").await, None);
}

#[tokio::test]
async fn the_list_is_sorted_and_holds_settings_among_free_properties() {
    let (_folder, administered) = fresh(true).await;
    let session = administered.session();
    for key in ["~last", "0.first", "plugin.restapi.f", "plugin.restapi.enabled"] {
        session.write_property(key, "x".into()).await.unwrap();
    }
    let mut listed = Vec::new();
    let mut request = PageRequest { after: None, limit: 2 };
    loop {
        let page = session.list_properties(request).await.unwrap();
        listed.extend(page.items);
        match page.next {
            None => break,
            after => request = PageRequest { after, limit: 2 },
        }
    }
    let shown: Vec<_> = listed
        .iter()
        .map(|property| (property.key.as_str(), property.value.as_deref()))
        .collect();
    assert_eq!(
        shown,
        [
            ("0.first", Some("x")),
            ("admin.authorizedJIDs", None),
            ("adminConsole.port", None),
            ("adminConsole.securePort", None),
            ("plugin.restapi.allowedIPs", None),
            ("plugin.restapi.enabled", Some("x")),
            ("plugin.restapi.f", Some("x")),
            ("plugin.restapi.httpAuth", Some("secret")),
            ("plugin.restapi.secret", None),
            ("plugin.restapi.serviceLoggingEnabled", None),
            ("xmpp.auth.anonymous", None),
            ("xmpp.domain", Some("example.org")),
            ("~last", Some("x")),
        ]
    );
}

#[tokio::test]
async fn the_refusal_of_a_setting_names_where_it_is_set() {
    let (_folder, administered) = fresh(false).await;
    let session = administered.session();
    for setting in SETTINGS
        .iter()
        .filter(|setting| setting.writing != Writing::UntilRestart)
    {
        let refused = session.write_property(setting.key, "another".into()).await;
        let Err(Error::NotAllowed { reason }) = refused else {
            panic!("{}: {refused:?}", setting.key);
        };
        let configured = setting.configured_as.expect("a name in the configuration");
        assert!(reason.contains(configured), "{reason}");
    }
}

#[tokio::test]
async fn what_decides_who_may_call_is_read_only_until_the_configuration_allows_it() {
    let (_folder, administered) = fresh(false).await;
    let session = administered.session();
    for (key, text) in [
        ("plugin.restapi.enabled", "false"),
        ("plugin.restapi.secret", "carrot"),
        ("plugin.restapi.secret", "potato"),
        ("admin.authorizedJIDs", "jane@example.org"),
        ("plugin.restapi.allowedIPs", ""),
        ("xmpp.domain", "other.example"),
    ] {
        let refused = session.write_property(key, text.into()).await.unwrap_err();
        assert!(matches!(refused, Error::NotAllowed { .. }), "{key}");
    }
    let refused = session
        .write_property("plugin.restapi.httpAuth", "basic".into())
        .await
        .unwrap_err();
    let way_out = "plugin.restapi.httpAuth is set by openfire.auth in the configuration; \
                   change it there, or set openfire.writable_security_properties = true";
    assert_eq!(refused.to_string(), format!("not allowed: {way_out}"));
    for key in ["plugin", "plugin.restapi", "plugin.restapi.enabled", "xmpp"] {
        assert!(
            matches!(session.clear_property(key).await, Err(Error::NotAllowed { .. })),
            "{key}"
        );
    }
    assert!(matches!(
        session.remove_property("plugin").await,
        Err(Error::NotFound { .. })
    ));
    session.write_property("plugin", "x".into()).await.unwrap();
    assert!(matches!(
        session.remove_property("plugin").await,
        Err(Error::NotAllowed { .. })
    ));
    let access = administered.admin.settings().access();
    assert!(access.enabled && access.is_secret(b"potato"));
}

#[tokio::test]
async fn writing_the_value_that_counts_already_is_no_change() {
    let (_folder, administered) = fresh(false).await;
    let session = administered.session();
    session
        .write_property("xmpp.domain", "example.org".into())
        .await
        .unwrap();
    session
        .write_property("plugin.restapi.enabled", "true".into())
        .await
        .unwrap();
    let log = log(&session).await;
    assert!(log.is_empty());
}

#[tokio::test]
async fn an_allowed_change_counts_for_the_next_request_and_after_a_restart() {
    let (folder, administered) = fresh(true).await;
    let session = administered.session();
    session
        .write_property("plugin.restapi.secret", "carrot".into())
        .await
        .unwrap();
    session
        .write_property("plugin.restapi.httpAuth", "nonsense".into())
        .await
        .unwrap();
    session
        .write_property("plugin.restapi.allowedIPs", "10.0.0.1".into())
        .await
        .unwrap();
    let access = administered.admin.settings().access();
    assert!(access.is_secret(b"carrot") && !access.is_secret(b"potato"));
    assert!(!access.allowed.contains("10.0.0.2".parse().ok()));
    assert_eq!(
        value(&session, "plugin.restapi.httpAuth").await,
        Some(Some("nonsense".into()))
    );
    administered.embedded.close().await;

    let again = open(&folder, true).await;
    assert!(again.admin.settings().access().is_secret(b"carrot"));
    again.embedded.close().await;

    let read_only = open(&folder, false).await;
    assert!(read_only.admin.settings().access().is_secret(b"potato"));
}

#[tokio::test]
async fn a_deleted_setting_stays_deleted_and_an_empty_secret_matches_nothing() {
    let (folder, administered) = fresh(true).await;
    let session = administered.session();
    session.remove_property("plugin.restapi.secret").await.unwrap();
    session.remove_property("plugin.restapi.enabled").await.unwrap();
    session.remove_property("plugin.restapi.httpAuth").await.unwrap();
    assert!(matches!(
        session.remove_property("plugin.restapi.secret").await,
        Err(Error::NotFound { .. })
    ));
    for administered in [administered, open(&folder, true).await] {
        let access = administered.admin.settings().access();
        assert!(!access.enabled);
        assert!(!access.is_secret(b"") && !access.is_secret(b"potato"));
        assert_eq!(access.mode, AuthMode::Basic);
        assert_eq!(value(&administered.session(), "plugin.restapi.enabled").await, None);
    }
}

#[tokio::test]
async fn a_secret_is_never_shown_nor_deleted_by_writing_back_what_was_shown() {
    let (_folder, administered) = fresh(true).await;
    let session = administered.session();
    assert_eq!(value(&session, "plugin.restapi.secret").await, Some(None));
    for key in ["plugin.restapi.secret", "plugin.restapi", "plugin"] {
        assert!(
            matches!(session.clear_property(key).await, Err(Error::NotAllowed { .. })),
            "{key}"
        );
    }
    session
        .write_property("plugin.restapi.secret", "Turnip & co".into())
        .await
        .unwrap();
    assert_eq!(value(&session, "plugin.restapi.secret").await, Some(None));
    let log = log(&session).await;
    assert_eq!(log.len(), 1);
    assert!(!format!("{log:?}").contains("Turnip"));
}

#[tokio::test]
async fn request_lines_in_the_log_are_switched_until_the_next_start() {
    let (folder, administered) = fresh(false).await;
    let key = "plugin.restapi.serviceLoggingEnabled";
    assert!(!administered.admin.settings().log_requests());
    administered.session().write_property(key, "true".into()).await.unwrap();
    assert!(administered.admin.settings().log_requests());
    administered.embedded.close().await;
    assert!(!open(&folder, false).await.admin.settings().log_requests());
}

#[test]
fn every_setting_is_explained_and_nothing_else_is() {
    let text = include_str!("../../docs/openfire-properties.md");
    let explained: Vec<_> = text
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            let columns: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [key, _, configuration, writable, restart] = columns[..] else {
                panic!("not five columns: {line}");
            };
            [key, configuration, writable, restart].map(str::to_owned)
        })
        .collect();
    let settings: Vec<_> = SETTINGS.iter().map(columns).collect();
    assert_eq!(explained, settings);
}

/// What the table says of a setting, beside its meaning. What can be written counts at once.
fn columns(setting: &Setting) -> [String; 4] {
    let (writable, restart) = match setting.writing {
        Writing::Never => ("no", "–"),
        Writing::WhereAllowed => ("where allowed", "no"),
        Writing::UntilRestart => ("yes", "no"),
    };
    let quoted = |name: &str| format!("`{name}`");
    let configuration = setting.configured_as.map_or("–".to_owned(), quoted);
    [
        quoted(setting.key),
        configuration,
        writable.to_owned(),
        restart.to_owned(),
    ]
}
