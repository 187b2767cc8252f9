//! The configuration as an operator meets it: defaults, layers in their order, and errors that show the way out.

mod secrets;

use std::{ffi::OsString, fs, path::PathBuf, time::Duration};

use firekeeper::config::{Auth, Config, ConfigError, DEFAULTS, JsonProfile, LogFormat, RouteGroup, Sources};
use tempfile::TempDir;

fn environment(variables: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    variables
        .iter()
        .map(|(name, value)| (format!("FIREKEEPER__{name}").into(), (*value).into()))
        .collect()
}

fn with_environment(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let (folder, file) = file_with("");
    let loaded = Config::load(&Sources {
        file: Some(file),
        environment: environment(variables),
        ..Sources::default()
    });
    drop(folder);
    loaded
}

fn file_with(text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    fs::write(&file, text).unwrap();
    (folder, file)
}

fn with_file(text: &str) -> Result<Config, ConfigError> {
    let (_folder, file) = file_with(text);
    Config::load(&Sources {
        file: Some(file),
        ..Sources::default()
    })
}

#[test]
fn every_default_loads() {
    let config = with_file("").unwrap();
    assert_eq!(config.server.domain.as_str(), "localhost");
    assert!(config.http.listen.unwrap().ip().is_loopback());
    assert!(config.http.tls_listen.unwrap().ip().is_loopback());
    for listen in [config.xmpp.listen, config.xmpp.tls_listen, config.xmpp.proxy_listen] {
        assert!(listen.unwrap().ip().is_loopback(), "{listen:?}");
    }
    assert_eq!(config.http.limits.max_body, 2 << 20);
    assert_eq!(config.accounts.scram_iterations, 10_000);
    assert_eq!(config.accounts.credential_memory, Duration::from_mins(1));
    assert_eq!(config.openfire.auth, Auth::Basic);
    assert_eq!(config.openfire.json_profile, JsonProfile::Modern);
    assert!(config.openfire.secret.is_empty());
    assert!(!config.openfire.writable_security_properties);
    assert!(!config.userservice.enabled);
    assert_eq!(config.log.format, LogFormat::Text);
    assert!(!config.log.access);
}

#[test]
fn the_file_of_the_project_changes_nothing() {
    let (_folder, file) = file_with(DEFAULTS);
    let layers = Sources {
        file: Some(file),
        ..Sources::default()
    }
    .layers()
    .unwrap();
    assert_eq!(layers.changed().count(), 0);
}

#[test]
fn every_default_has_a_line_of_meaning() {
    for line in DEFAULTS
        .lines()
        .filter(|line| line.contains('=') && !line.starts_with('#'))
    {
        let (setting, meaning) = line.split_once('#').unwrap_or((line, ""));
        let twin = setting.starts_with("secret_file")
            || setting.starts_with("previous_secret_file")
            || setting.starts_with("turn_secret_file");
        assert!(twin || meaning.trim().len() > 10, "{line}");
    }
}

#[test]
fn a_later_layer_wins() {
    let (_folder, file) = file_with("[server]\ndomain = 'file.example'");
    let mut sources = Sources::default();
    let domain = |sources: &Sources| Config::load(sources).unwrap().server.domain.to_string();
    assert_eq!(domain(&sources), "localhost");
    sources.file = Some(file);
    assert_eq!(domain(&sources), "file.example");
    sources.demo = true;
    assert_eq!(domain(&sources), "example.org");
    sources.environment = environment(&[("SERVER__DOMAIN", "env.example")]);
    assert_eq!(domain(&sources), "env.example");
    sources.settings = vec![
        "server.domain=one.example".to_owned(),
        "server.domain=two.example".to_owned(),
    ];
    assert_eq!(domain(&sources), "two.example");
}

#[test]
fn the_demonstration_is_the_state_of_the_recordings() {
    let (_folder, file) = file_with(DEFAULTS);
    let config = Config::load(&Sources {
        file: Some(file),
        demo: true,
        ..Sources::default()
    })
    .unwrap();
    assert_eq!(config.server.domain.as_str(), "example.org");
    assert!(config.server.data_dir.ends_with("data-demo"));
    assert_eq!(config.openfire.auth, Auth::Secret);
    assert_eq!(config.openfire.secret.expose(), "potato");
    assert!(config.userservice.enabled);
}

#[test]
fn a_text_from_the_environment_is_taken_verbatim() {
    for text in [
        "Basic a b:c/d+e=",
        "\"quoted\"",
        "true",
        "17",
        " blank ",
        "s3 & x",
        "[1]",
    ] {
        let config = with_environment(&[("OPENFIRE__SECRET", text)]).unwrap();
        assert_eq!(config.openfire.secret.expose(), text);
    }
}

#[test]
fn other_kinds_from_the_environment_are_toml() {
    let config = with_environment(&[
        ("OPENFIRE__ENABLED", "false"),
        ("STORAGE__MAX_GROUP", "1"),
        ("HTTP__LIMITS__MAX_BODY", "64KiB"),
        ("HTTP__DRAIN_DELAY", "0s"),
        (
            "HTTP__LISTENERS",
            r#"[{ listen = "127.0.0.1:1", routes = ["probes", "metrics"] }]"#,
        ),
    ])
    .unwrap();
    assert!(!config.openfire.enabled);
    assert_eq!(config.storage.max_group, 1);
    assert_eq!(config.http.limits.max_body, 65_536);
    assert!(config.http.drain_delay.is_zero());
    assert_eq!(
        config.http.listeners[0].routes,
        [RouteGroup::Probes, RouteGroup::Metrics]
    );
    assert!(!config.http.listeners[0].tls);
}

#[test]
fn a_list_from_the_environment_is_toml_json_or_texts_between_commas() {
    for text in [
        "10.0.0.1,192.168.1.5",
        " 10.0.0.1 , 192.168.1.5 ,",
        "['10.0.0.1', '192.168.1.5']",
        r#"["10.0.0.1","192.168.1.5"]"#,
    ] {
        let config = with_environment(&[("OPENFIRE__ALLOWED_IPS", text)]).unwrap();
        assert_eq!(config.openfire.allowed_ips, ["10.0.0.1", "192.168.1.5"], "{text}");
    }
    let listeners = r#"[{"listen": "127.0.0.1:1", "tls": true, "routes": ["admin"]}]"#;
    assert!(
        with_environment(&[("HTTP__LISTENERS", listeners)])
            .unwrap()
            .http
            .listeners[0]
            .tls
    );
    assert!(
        with_environment(&[("OPENFIRE__ALLOWED_IPS", "")])
            .unwrap()
            .openfire
            .allowed_ips
            .is_empty()
    );
}

#[test]
fn an_error_names_the_setting_the_value_and_the_way_out() {
    let cases: [(&str, &[&str]); 25] = [
        (
            "[http]\nlisten = 'nine'",
            &["http.listen", "\"nine\"", "config.toml", "127.0.0.1:9090"],
        ),
        (
            "[xmpp]\nproxy_host = 'files.example.org:7777'",
            &["xmpp.proxy_host", "files.example.org:7777", "example.org\""],
        ),
        ("[http]\nlisten = 9090", &["http.listen", "9090", "a text in quotes"]),
        ("[http]\nlissten = ''", &["http.lissten", "did you mean http.listen?"]),
        ("[htpt]\nlisten = ''", &["htpt", "lists every setting"]),
        (
            "[http]\ndrain_delay = '5 parrots'",
            &["http.drain_delay", "5 parrots", "\"250ms\""],
        ),
        (
            "[http.limits]\nmax_body = '0B'",
            &["http.limits.max_body", "0B", "\"2MiB\""],
        ),
        (
            "[http]\nlisteners = [{ listen = '127.0.0.1:1', routes = ['admn'] }]",
            &["http.listeners", "admn", "`probes`"],
        ),
        (
            "[http]\ncertificate = 'c.pem'",
            &["http.certificate", "c.pem", "set http.key too"],
        ),
        (
            "[http]\ntrusted_proxies = ['proxy']",
            &["http.trusted_proxies", "proxy", "10.0.0.0/24"],
        ),
        (
            "[openfire]\nallowed_ips = ['10.1.*']",
            &["openfire.allowed_ips", "10.1.*", "192.0.2.7"],
        ),
        (
            "[openfire]\nauth = 'Basic'",
            &["openfire.auth", "Basic", "`basic`, `secret`, `custom`"],
        ),
        (
            "[openfire]\nadministrators = ['admin']",
            &["openfire.administrators", "admin", "admin@example.org"],
        ),
        ("[server]\ndomain = 'a b'", &["server.domain", "a b", "example.org"]),
        (
            "[server]\nhosts = ['localhost']",
            &["server.hosts", "localhost", "leave it out"],
        ),
        (
            "[xmpp.limits]\nstanza = '9KiB'",
            &["xmpp.limits.stanza", "9KiB", "from 10000B up"],
        ),
        ("[storage]\nmax_group = 0", &["storage.max_group", "0", "from 1 up"]),
        (
            "[accounts]\nscram_iterations = 4095",
            &["accounts.scram_iterations", "4095", "from 4096 up", "RFC 5802"],
        ),
        ("[log]\nlevel = 'loud=x'", &["log.level", "loud=x", "debug"]),
        (
            "[audit]\nretention = 'a year'",
            &["audit.retention", "a year", "\"7d\""],
        ),
        (
            "[openfire]\njson_profile = 'old'",
            &["openfire.json_profile", "old", "`modern` or `legacy`"],
        ),
        (
            "[openfire]\nstrict_json = 'yes'",
            &["openfire.strict_json", "yes", "true or false"],
        ),
        (
            "[userservice]\nenabled = 1",
            &["userservice.enabled", "1", "true or false"],
        ),
        (
            "[server]\ninitial_admin = 'root'",
            &["server.initial_admin", "root", "true or false"],
        ),
        (
            "[server]\nexchange_dir = false",
            &["server.exchange_dir", "false", "a text in quotes"],
        ),
    ];
    for (text, parts) in cases {
        let message = with_file(text).unwrap_err().to_string();
        for part in parts {
            assert!(message.contains(part), "{part:?} is not in {message:?}");
        }
        assert!(!message.contains('\n'), "{message:?}");
    }
}

#[test]
fn an_error_from_the_environment_names_the_variable() {
    let cases = [
        ("OPENFIRE__ENABLED", "maybe", "expected true or false"),
        ("OPENFIRE__ALLOWED_IPZ", "1", "did you mean openfire.allowed_ips?"),
        ("NOWHERE__KEY", "1", "remove it"),
        ("STORAGE__MAX_GROUP", "many", "expected a number"),
    ];
    for (name, value, way_out) in cases {
        let message = with_environment(&[(name, value)]).unwrap_err().to_string();
        for part in [&format!("FIREKEEPER__{name}"), value, way_out] {
            assert!(message.contains(part), "{part:?} is not in {message:?}");
        }
    }
}

#[test]
fn a_setting_of_the_command_line_needs_a_name_and_a_value() {
    let sources = Sources {
        settings: vec!["openfire.enabled".to_owned()],
        ..Sources::default()
    };
    let message = Config::load(&sources).unwrap_err().to_string();
    assert!(message.contains("--set \"openfire.enabled\""), "{message}");
}

#[test]
fn a_named_file_must_exist() {
    let sources = Sources {
        file: Some("/nowhere/config.toml".into()),
        ..Sources::default()
    };
    let message = Config::load(&sources).unwrap_err().to_string();
    assert!(
        message.contains("/nowhere/config.toml") && message.contains("--config"),
        "{message}"
    );
}

#[test]
fn relative_paths_count_from_the_folder_of_the_file() {
    let (folder, file) = file_with("[server]\ndata_dir = 'here'\n[http]\ncertificate = 'c.pem'\nkey = '/k.pem'");
    let config = Config::load(&Sources {
        file: Some(file),
        ..Sources::default()
    })
    .unwrap();
    assert_eq!(config.server.data_dir, folder.path().join("here"));
    assert_eq!(config.server.exchange_dir, folder.path().join("here/exchange"));
    assert_eq!(config.http.certificate, Some(folder.path().join("c.pem")));
    assert_eq!(config.http.key, Some(PathBuf::from("/k.pem")));
}

#[test]
fn an_authority_needs_an_address_and_consent_and_no_other_certificate() {
    let on = "directory = 'https://acme.example/directory'\nagree_to_terms = true\n";
    assert!(with_file(&format!("[acme]\n{on}")).is_ok());
    for (text, parts) in [
        ("[acme]\ndirectory = 'letsencrypt'", ["acme.directory", "https://"]),
        (
            "[acme]\ndirectory = 'https://acme.example/directory'",
            ["acme.agree_to_terms", "terms"],
        ),
        (&format!("[acme]\ncontact = 'me'\n{on}"), ["acme.contact", "e-mail"]),
        (
            &format!("[http]\ncertificate = 'c'\nkey = 'k'\n[acme]\n{on}"),
            ["http.certificate", "acme.directory"],
        ),
    ] {
        let message = with_file(text).unwrap_err().to_string();
        assert!(parts.iter().all(|part| message.contains(part)), "{message}");
    }
}
