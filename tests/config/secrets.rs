//! Secrets in files: twins of settings, and credentials that systemd hands over.

use std::fs;

use firekeeper::config::{Config, Sources};
use proptest::{prop_assert, proptest};

use super::{environment, file_with, with_file};

#[test]
fn a_secret_is_read_from_the_file_of_its_twin() {
    let (folder, file) = file_with("[openfire]\nsecret_file = 'secret.txt'");
    fs::write(folder.path().join("secret.txt"), "carrot\n").unwrap();
    let config = Config::load(&Sources {
        file: Some(file),
        demo: false,
        ..Sources::default()
    })
    .unwrap();
    assert_eq!(config.openfire.secret.expose(), "carrot");
}

#[test]
fn of_a_secret_and_its_file_the_later_layer_counts() {
    let (folder, file) = file_with("[openfire]\nsecret = 'turnip'");
    let secret_file = folder.path().join("secret.txt");
    fs::write(&secret_file, "carrot").unwrap();
    let load = |demo, variables: &[(&str, &str)]| {
        Config::load(&Sources {
            file: Some(file.clone()),
            demo,
            environment: environment(variables),
            settings: vec![],
        })
    };
    let named = [("OPENFIRE__SECRET_FILE", secret_file.to_str().unwrap())];
    assert_eq!(load(false, &[]).unwrap().openfire.secret.expose(), "turnip");
    assert_eq!(load(true, &[]).unwrap().openfire.secret.expose(), "potato");
    assert_eq!(load(true, &named).unwrap().openfire.secret.expose(), "carrot");
    let both = [named[0], ("OPENFIRE__SECRET", "leek")];
    let message = load(false, &both).unwrap_err().to_string();
    assert!(
        message.contains("openfire.secret_file") && message.contains("keep one"),
        "{message}"
    );
    assert!(!message.contains("leek"), "{message}");
}

#[test]
fn a_missing_secret_file_stops_the_start() {
    let message = with_file("[openfire]\nprevious_secret_file = 'nowhere'")
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("openfire.previous_secret_file") && message.contains("nowhere"),
        "{message}"
    );
}

#[test]
fn secrets_are_never_shown() {
    let config = with_file("[openfire]\nsecret = 'hunter2'\nprevious_secret = 'hunter2'").unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
    for text in [
        "[openfire]\nsecert = 'hunter2'",
        "[server]\nadmin_password = 'hunter2'",
        "[openfire]\nsecret = ['hunter2']",
    ] {
        assert!(!with_file(text).unwrap_err().to_string().contains("hunter2"), "{text}");
    }
}

proptest! {
    #[test]
    fn any_value_is_taken_or_refused_by_name(at in 0..SETTINGS.len(), value in "\\PC{0,40}|[\\[\\]{}\",0-9a-zA-Z=.:/ -]{0,40}") {
        let key = SETTINGS[at];
        let settings = vec![format!("{key}={value}")];
        if let Err(error) = Config::load(&Sources { settings, ..Sources::default() }) {
            let message = error.to_string();
            prop_assert!(message.contains(key) || message.contains("server.hosts"), "{message}");
            prop_assert!(!message.contains('\n'), "{message}");
        }
    }
}

/// One setting of each kind.
const SETTINGS: [&str; 12] = [
    "server.domain",
    "server.hosts",
    "http.listen",
    "http.listeners",
    "http.trusted_proxies",
    "http.drain_delay",
    "http.limits.max_body",
    "storage.max_group",
    "openfire.enabled",
    "openfire.auth",
    "openfire.administrators",
    "log.level",
];

#[test]
fn credentials_are_files_named_like_settings() {
    let (_folder, file) = file_with("[openfire]\nsecret = 'of the file'");
    let credentials = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("openfire.secret", "of the credential\n"),
        ("server.initial_admin_password", "pw\n"),
        ("http.certificate", "a chain"),
        ("http.key", "a key"),
    ] {
        fs::write(credentials.path().join(name), text).unwrap();
    }
    fs::create_dir(credentials.path().join("..2026_11_21")).unwrap();
    let sources = |variables: &[(&str, &str)]| Sources {
        file: Some(file.clone()),
        environment: environment(variables)
            .into_iter()
            .chain([("CREDENTIALS_DIRECTORY".into(), credentials.path().into())])
            .collect(),
        ..Sources::default()
    };
    let config = Config::load(&sources(&[])).unwrap();
    assert_eq!(config.openfire.secret.expose(), "of the credential");
    assert_eq!(config.http.key, Some(credentials.path().join("http.key")));
    let password = config.server.initial_admin_password_file;
    assert_eq!(password, Some(credentials.path().join("server.initial_admin_password")));
    let config = Config::load(&sources(&[("OPENFIRE__SECRET", "of the environment")])).unwrap();
    assert_eq!(config.openfire.secret.expose(), "of the environment");
}

#[test]
fn a_credential_that_nothing_reads_is_refused() {
    let (_folder, file) = file_with("");
    for name in ["openfire.sekret", "openfire.auth", "password"] {
        let credentials = tempfile::tempdir().unwrap();
        fs::write(credentials.path().join(name), "x").unwrap();
        let refused = Config::load(&Sources {
            file: Some(file.clone()),
            environment: vec![("CREDENTIALS_DIRECTORY".into(), credentials.path().into())],
            ..Sources::default()
        });
        let message = refused.unwrap_err().to_string();
        assert!(message.contains(name) && message.contains("credential"), "{message}");
    }
}
