//! Secrets stay where they are: no answer, no line of the log, no error and no `Debug` repeats one, and passwords are not
//! stored at all.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use firekeeper::config::{Config, Sources};
use firekeeper::domain::access::Access;
use firekeeper::domain::account::{NewAccount, Password, Properties};
use firekeeper::domain::address::{AccountAddress, Host};
use firekeeper::domain::event::Event;
use firekeeper::domain::secret::Secret;
use firekeeper::domain::setting;

use super::support::service::{Service, Settings};
use super::support::wire::{Answer, Request};
use super::support::xmpp::Client;
use super::visitor::{API, basic_mode, secret_mode};

const SHARED: &str = "Zq7shared";
const FORMER: &str = "Zq7former";
const GUESSED: &str = "Zq7guessed";
const PASSWORD: &str = "Zq7password";
/// In every secret above, and nowhere else.
const MARK: &str = "Zq7";

/// The marks of secrets: as they are, and in Basic headers at each of the three places where Base64 may begin.
fn marks() -> Vec<String> {
    let mut marks = vec![MARK.to_owned(), MARK.to_lowercase()];
    for before in ["", "x", "xx"] {
        let encoded = STANDARD.encode(format!("{before}{MARK}password"));
        marks.push(encoded[4..10].to_owned());
    }
    marks
}

fn assert_clean(what: &str, text: &str) {
    for mark in marks() {
        let found = text.lines().find(|line| line.contains(&mark));
        assert!(found.is_none(), "{what} holds a secret: {}", found.unwrap_or_default());
    }
}

fn assert_clean_answer(what: &str, answer: &Answer) {
    assert_clean(
        what,
        &format!("{} {:?}\n{}", answer.status, answer.headers, answer.text()),
    );
}

fn talkative(settings: Settings) -> Settings {
    settings
        .with("openfire.secret", SHARED)
        .with("openfire.previous_secret", FORMER)
        .with("log.level", "trace")
        .with("log.access", "true")
}

const JSON: &str = "application/json";
const XML: &str = "application/xml";
const FORM: &str = "application/x-www-form-urlencoded";

/// Bodies with a password, right and wrong.
const ACCOUNTS: [(&str, &str); 22] = [
    (r#"{"username":"new","password":"Zq7password"}"#, JSON),
    (r#"{"username":"new","password":"Zq7password"}"#, JSON),
    (r#"{"username":"","password":"Zq7password"}"#, JSON),
    (r#"{"username":"a@b","password":"Zq7password"}"#, JSON),
    (r#"{"password":"Zq7password","username":"x","bogus":1}"#, JSON),
    (r#"{"password":["Zq7password"],"username":"x"}"#, JSON),
    (r#"{"password":{"Zq7password":1},"username":"x"}"#, JSON),
    (r#"{"password":"Zq7password\u0000","username":"x"}"#, JSON),
    (r#"{"username":"x","email":{},"password":"Zq7password"}"#, JSON),
    (r#"{"password":"Zq7password"#, JSON),
    (r#"{"password":"Zq7password\x"}"#, JSON),
    ("Zq7password", JSON),
    (r#""Zq7password""#, JSON),
    (
        "<user><username>y</username><password>Zq7password</password></user>",
        XML,
    ),
    (
        "<user><username>y</username><password>Zq7password</password></user>",
        XML,
    ),
    (
        "<user><username>a@b</username><password>Zq7password</password></user>",
        XML,
    ),
    ("<user><username>y</username><password>Zq7password", XML),
    (
        "<user><username>y</username><password>Zq7password</passwort></user>",
        XML,
    ),
    ("<user><password>Zq7password&nope;</password></user>", XML),
    ("<!DOCTYPE user><user><password>Zq7password</password></user>", XML),
    ("<users password=\"Zq7password\"/>", XML),
    ("username=z&password=Zq7password", FORM),
];

/// Method and target, and a body with its type.
type Sent = (String, Option<(String, &'static str)>);

/// Requests with secrets in every place where one may stand.
fn requests() -> Vec<Sent> {
    let mut requests = Vec::new();
    for (key, value) in [
        ("plugin.restapi.serviceLoggingEnabled", "true"),
        (setting::SECRET, SHARED),
        ("plugin.restapi.httpAuth", "nonsense"),
    ] {
        let body = format!(r#"{{"key":"{key}","value":"{value}"}}"#);
        requests.push(("POST /system/properties".to_owned(), Some((body, JSON))));
    }
    for (body, content_type) in ACCOUNTS {
        for request in ["POST /users", "PUT /users/jane"] {
            requests.push((request.to_owned(), Some((body.to_owned(), content_type))));
        }
    }
    let room = r#"{"roomName":"den","password":"Zq7password","maxUsers":"x"}"#;
    requests.push(("POST /chatrooms".to_owned(), Some((room.to_owned(), JSON))));
    requests.extend(legacy_requests());
    for path in [
        "/users",
        "/users/new",
        "/system/properties",
        "/logs/security",
        "/nowhere",
    ] {
        requests.push((format!("GET {path}"), None));
    }
    for key in [setting::SECRET, "plugin.restapi.previousSecret"] {
        requests.push((format!("GET /system/properties/{key}"), None));
        let body = format!(r#"{{"key":"{key}"}}"#);
        requests.push((format!("PUT /system/properties/{key}"), Some((body, JSON))));
    }
    requests
}

/// Secret and password in the URL and in a form, at the legacy endpoint and where they do not belong.
fn legacy_requests() -> Vec<Sent> {
    let mut requests = Vec::new();
    for path in [
        "/userservice",
        "/plugins/restapi/userservice",
        "/plugins/userService/userservice",
        "/plugins/userservice/userservice",
        "/nowhere",
        "/users",
        "/users/%zz",
    ] {
        for secret in [SHARED, FORMER, GUESSED] {
            for (method, operation) in [
                ("GET", "type=add&username=old"),
                ("POST", "type=update&username=old"),
                ("GET", "type=update&username=nobody"),
                ("GET", "type=nonsense&username=old"),
                ("GET", "username=old"),
                ("HEAD", "type=grouplist"),
                ("PUT", "type=delete&username=old"),
            ] {
                let query = format!("{operation}&secret={secret}&password={PASSWORD}");
                requests.push((format!("{method} {path}?{query}"), None));
                requests.push((format!("{method} {path}"), Some((query, FORM))));
            }
        }
    }
    requests
}

/// Sends all of it, and says which statuses came.
fn ask_everything(service: &Service, authorizations: &[&str]) -> BTreeSet<u16> {
    let mut statuses = BTreeSet::new();
    for (request, body) in requests() {
        let (method, target) = request.split_once(' ').expect("a method and a target");
        let target = if target.starts_with("/plugins") {
            target.to_owned()
        } else {
            format!("{API}{target}")
        };
        for authorization in authorizations {
            for accept in ["application/json", "text/html"] {
                let mut sent = Request::new(method, &target)
                    .header("Authorization", authorization)
                    .header("Accept", accept);
                if let Some((body, content_type)) = &body {
                    sent = sent.body(content_type, body.as_bytes());
                }
                let answer = service.send(&sent).expect("an answer");
                let path = target.split('?').next().unwrap_or_default();
                assert_clean_answer(&format!("the answer to {method} {path}"), &answer);
                statuses.insert(answer.status);
            }
        }
    }
    statuses
}

fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))
}

#[test]
fn with_a_secret_nothing_repeats_it() {
    let service = Service::demo(talkative(secret_mode()));
    let statuses = ask_everything(&service, &[SHARED, FORMER, GUESSED, &format!("Bearer {SHARED}")]);
    for status in [200, 201, 400, 401, 403, 404, 405, 409, 415] {
        assert!(statuses.contains(&status), "no {status} in {statuses:?}");
    }
    let log = service.log();
    assert!(
        log.lines().count() > 1_000 && log.contains("TRACE"),
        "the log is not talkative"
    );
    assert_clean("the log", &log);
    assert_clean_files(&service.data_directory(), PASSWORD);
}

#[test]
fn with_passwords_nothing_repeats_them() {
    let service = Service::demo(talkative(basic_mode()).with("log.format", "json"));
    let admin = "Basic YWRtaW46YWRtaW4=";
    let change = Request::new("PUT", &format!("{API}/users/admin"))
        .header("Authorization", admin)
        .body("application/json", format!(r#"{{"password":"{PASSWORD}"}}"#));
    assert_eq!(service.send(&change).expect("an answer").status, 200);
    let headers = [basic("admin", PASSWORD), basic("admin", GUESSED), basic(PASSWORD, "x")];
    let statuses = ask_everything(&service, &[&headers[0], &headers[1], &headers[2], SHARED]);
    assert!(statuses.contains(&201) && statuses.contains(&401), "{statuses:?}");
    assert_clean("the log", &service.log());
    assert_clean_files(&service.data_directory(), PASSWORD);
}

#[test]
fn nothing_repeats_what_xmpp_clients_send() {
    let settings = talkative(secret_mode()).with("xmpp.allow_plaintext_login", "true");
    let service = Service::demo(settings);
    let change = Request::new("PUT", &format!("{API}/users/jane"))
        .header("Authorization", SHARED)
        .body(JSON, format!(r#"{{"password":"{PASSWORD}"}}"#));
    assert_eq!(service.send(&change).expect("an answer").status, 200);
    let dial = || Client::dial(service.xmpp_port, "example.org").expect("a connection");
    assert!(dial().log_in("jane", GUESSED).is_err());
    assert!(dial().log_in(GUESSED, PASSWORD).is_err());
    let mut jane = dial();
    jane.log_in("jane", PASSWORD).expect("her password");
    jane.bind("phone").expect("a session");
    let to_herself = format!("<message to='jane@example.org' type='chat'><body>{SHARED}</body></message>");
    jane.send(&format!("<presence/>{to_herself}"));
    jane.settle();
    let came = jane.drain(Duration::ZERO);
    assert!(
        came.iter().any(|element| element.to_string().contains(SHARED)),
        "{came:?}"
    );
    assert_clean("the log", &service.log());
}

/// No file below the directory holds the text.
fn assert_clean_files(directory: &Path, text: &str) {
    for entry in fs::read_dir(directory).expect("the data directory") {
        let path = entry.expect("an entry").path();
        if !path.is_file() {
            continue;
        }
        let bytes = fs::read(&path).expect("a file");
        let found = bytes.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(!found, "{}", path.display());
    }
}

#[test]
fn commands_do_not_repeat_what_they_are_given() {
    let service = Service::demo(talkative(secret_mode()));
    for arguments in [
        &["account", "create", "new@example.org", "--password-stdin"][..],
        &["account", "create", "new@example.org", "--password-stdin"],
        &["account", "create", "a b@example.org", "--password-stdin"],
        &["account", "set-password", "new@example.org", "--password-stdin"],
        &["account", "set-password", "nobody@example.org", "--password-stdin"],
        &["account", "list"],
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_firekeeper"))
            .args(arguments)
            .env("FIREKEEPER__SERVER__DOMAIN", "example.org")
            .env("FIREKEEPER__SERVER__DATA_DIR", service.data_directory())
            .env("FIREKEEPER__LOG__LEVEL", "trace")
            .current_dir(service.data_directory())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a command");
        // A command that fails early does not read it.
        let _ = writeln!(child.stdin.take().expect("its input"), "{PASSWORD}");
        let output = child.wait_with_output().expect("its end");
        assert_clean(&format!("{arguments:?}"), &String::from_utf8_lossy(&output.stdout));
        assert_clean(&format!("{arguments:?}"), &String::from_utf8_lossy(&output.stderr));
    }
    let socket = UnixStream::connect(service.data_directory().join("control.sock")).expect("the control socket");
    let mut socket = BufReader::new(socket);
    for line in [
        format!(r#"{{"command":"set_password","address":"new@example.org","password":"{PASSWORD}"}}"#),
        format!(r#"{{"command":"set_password","address":"nobody@example.org","password":"{PASSWORD}"}}"#),
        format!(r#"{{"command":"set_password","address":"@","password":"{PASSWORD}"}}"#),
        format!(r#"{{"command":"set_password","address":"new@example.org","password":["{PASSWORD}"]}}"#),
        format!(r#"{{"command":"set_password","address":"new@example.org","passwort":"{PASSWORD}"}}"#),
        format!(r#"{{"password":"{PASSWORD}","#),
    ] {
        writeln!(socket.get_mut(), "{line}").expect("a line");
        let mut reply = String::new();
        socket.read_line(&mut reply).expect("a reply");
        assert!(reply.contains("done") || reply.contains("failed"), "{reply}");
        assert_clean("the reply", &reply);
    }
    assert_clean("the log", &service.log());
    assert_clean_files(&service.data_directory(), PASSWORD);
}

#[test]
fn no_error_of_the_configuration_repeats_a_secret() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("config.toml");
    for text in [
        "[openfire]\nsecret = \"Zq7",
        "[openfire]\nsecret = Zq7",
        "[openfire]\nsecret = [\"Zq7\"]",
        "[openfire]\nsecret = { a = \"Zq7\" }",
        "[openfire]\nsecrett = \"Zq7\"",
        "[openfire]\nsecret = \"Zq7\"\nsecret = \"Zq7\"",
        "[openfire]\nsecret = \"Zq7\"\nsecret_file = \"x\"",
        "[openfire]\nprevious_secre = \"Zq7\"",
        "[openfire.secret]\na = \"Zq7\"",
        "[[openfire]]\nsecret = \"Zq7\"",
        "[openfir]\nsecret = \"Zq7\"",
        "openfire = { secret = \"Zq7\", nonsense = 1 }",
        "secret = \"Zq7\"",
    ] {
        fs::write(&file, text).expect("a file");
        let sources = Sources {
            file: Some(file.clone()),
            ..Sources::default()
        };
        let error = Config::load(&sources)
            .err()
            .unwrap_or_else(|| panic!("{text} is taken"));
        assert_clean(text, &error.to_string());
        assert_clean(text, &format!("{error:?}"));
    }
}

#[test]
fn debug_output_shows_no_secret() {
    let host = Host::prepare("example.org").expect("a host");
    let texts = BTreeMap::from([(setting::SECRET, SHARED), (setting::ENABLED, "true")]);
    let access = Access::from_texts(&host, |key| texts.get(key).copied(), &Secret::new(FORMER), |_, _| ());
    assert!(access.is_secret(SHARED.as_bytes()) && access.is_secret(FORMER.as_bytes()));
    let account = NewAccount {
        address: AccountAddress::prepare("jane", &host).expect("an address"),
        password: Password::new(PASSWORD).expect("a password"),
        name: None,
        email: None,
        properties: Properties::new(),
        administrator: false,
    };
    let event = Event::PropertyChanged {
        key: setting::SECRET.to_owned(),
        value: Secret::new(SHARED),
    };
    let config = Config::load(&Sources {
        settings: vec![
            format!("openfire.secret={SHARED}"),
            format!("openfire.previous_secret={FORMER}"),
        ],
        ..Sources::default()
    });
    let config = config.expect("a configuration");
    for shown in [
        format!("{access:?}"),
        format!("{account:#?}"),
        format!("{event:?}"),
        format!("{config:#?}"),
        format!("{:?}", config.openfire.properties(&Secret::new(GUESSED))),
    ] {
        assert_clean("Debug", &shown);
    }
}
