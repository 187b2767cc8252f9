//! Every command line in the documents for operators does what the document says.

use std::{fs, path::Path};

use super::place::Place;

/// Runs the commands of a document in their order, in a folder where the service is known as `systemctl … firekeeper`,
/// and gives what the last one said.
fn follow(document: &str, place: &Place, service: &[&str]) -> String {
    let path = format!("{}/docs/operators/{document}", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(path).unwrap();
    let commands: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("    $ ")).collect();
    assert!(!commands.is_empty(), "{document} has no commands");
    let (mut running, mut said) = (None, String::new());
    for command in commands {
        match command.split(' ').collect::<Vec<_>>()[..] {
            ["systemctl", "start", "firekeeper"] => running = Some(place.serve(service)),
            ["systemctl", "stop", "firekeeper"] => drop(running.take().map(super::place::Service::stop)),
            ["firekeeper", ..] => {
                let arguments = words(command);
                let arguments: Vec<_> = arguments.iter().skip(1).map(String::as_str).collect();
                said = place.done(&arguments);
            }
            _ => panic!("{document} has a command that this test cannot run: {command}"),
        }
    }
    said
}

/// The words of a command line without quoting; `$(date +%F)` is a day.
fn words(command: &str) -> Vec<String> {
    let command = command.replace("$(date +%F)", "2026-11-21");
    command.split(' ').map(str::to_owned).collect()
}

/// The lines of a document behind `header` that are indented like it.
fn sample(document: &str, header: &str) -> String {
    let path = format!("{}/docs/operators/{document}", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines().skip_while(|line| line.trim() != header);
    let lines: Vec<_> = lines.map_while(|line| line.strip_prefix("    ")).collect();
    assert!(!lines.is_empty(), "{document} has no sample {header}");
    lines.join("\n")
}

#[test]
fn the_document_on_exports_is_true() {
    let place = Place::new();
    place.done(&["account", "create", "kim@localhost", "--password", "secret"]);
    fs::write(place.path().join("new.toml"), "[server]\ndata_dir = 'new'\n").unwrap();
    let people = "<server-data xmlns='urn:xmpp:pie:0'><host jid='localhost'><user name='lee'/></host></server-data>";
    fs::write(place.path().join("people-of-prosody.xml"), people).unwrap();
    follow("export.md", &place, &["serve"]);
    let listed = place.done(&["--config", "new.toml", "account", "list"]);
    assert_eq!(listed, "kim@localhost\t\t\nlee@localhost\t\t\n");
}

#[test]
fn the_document_on_moving_in_is_true() {
    let place = Place::new();
    let configuration = sample("moving-from-openfire.md", "[server]");
    fs::write(place.path().join("config.toml"), configuration).unwrap();
    let script = format!(
        "{}/fixtures/openfire/migration/openfire.script",
        env!("CARGO_MANIFEST_DIR")
    );
    fs::copy(script, place.path().join("openfire.script")).unwrap();
    let said = follow("moving-from-openfire.md", &place, &["serve"]);
    let line = sample("moving-from-openfire.md", said.lines().last().unwrap());
    assert!(line.starts_with("taken: 9 accounts"), "{line}");
}

#[test]
fn the_document_on_tables_is_true() {
    let place = Place::new();
    let table = sample("import-users.md", "username,password,name,email,groups,property:floor");
    fs::write(place.path().join("users.csv"), table).unwrap();
    follow("import-users.md", &place, &["serve"]);
    assert_eq!(
        place.done(&["account", "list"]),
        "kim@localhost\tKim, the first\tkim@example.org\nlee@localhost\t\t\n"
    );
}

#[test]
fn the_document_on_backups_is_true() {
    let place = Place::new();
    follow("backup.md", &place, &["serve"]);
}

#[test]
fn the_document_on_invitations_is_true() {
    let place = Place::new();
    let configuration = "[server]\ndomain = \"example.org\"\n".to_owned() + &sample("invitations.md", "[xmpp]");
    fs::write(place.path().join("config.toml"), configuration).unwrap();
    place.done(&["account", "create", "kim@example.org", "--password", "secret"]);
    let last = follow("invitations.md", &place, &["serve"]);
    assert!(last.contains("xmpp:kim@example.org?roster;preauth="), "{last}");
    let shown = sample("invitations.md", "$ firekeeper invite create");
    let link = shown.lines().nth(1).unwrap().split("pT0").next().unwrap();
    let made = place.done(&["invite", "create"]);
    assert!(made.starts_with(link), "{made}");
}

#[test]
fn the_document_on_the_configuration_is_true() {
    let said = follow("configuration.md", &Place::new(), &["serve"]);
    assert!(said.ends_with("the configuration can be used\n"), "{said}");
}

#[test]
fn the_document_on_upgrades_is_true() {
    follow("upgrade.md", &Place::new(), &["serve"]);
}

#[test]
fn every_configuration_in_the_documents_can_be_used() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operators");
    let mut found = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        for block in text.split("```toml\n").skip(1) {
            let (block, _) = block.split_once("```").unwrap();
            let place = Place::new();
            fs::write(place.path().join("config.toml"), block).unwrap();
            let said = place.done(&["check-config"]);
            assert!(said.contains("config.toml"), "{}: {said}", path.display());
            found += 1;
        }
    }
    assert!(found >= 3);
}
