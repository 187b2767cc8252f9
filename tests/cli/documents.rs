//! Every command line in the documents for operators does what the document says.

use std::fs;

use super::place::Place;

/// Runs the commands of a document in their order, in a folder where the service is known as `systemctl … firekeeper`.
fn follow(document: &str, place: &Place, service: &[&str]) {
    let path = format!("{}/docs/operators/{document}", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(path).unwrap();
    let commands: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("    $ ")).collect();
    assert!(!commands.is_empty(), "{document} has no commands");
    let mut running = None;
    for command in commands {
        match command.split(' ').collect::<Vec<_>>()[..] {
            ["systemctl", "start", "firekeeper"] => running = Some(place.serve(service)),
            ["systemctl", "stop", "firekeeper"] => drop(running.take().map(super::place::Service::stop)),
            ["firekeeper", ..] => {
                let arguments = words(command);
                let arguments: Vec<_> = arguments.iter().skip(1).map(String::as_str).collect();
                place.done(&arguments);
            }
            _ => panic!("{document} has a command that this test cannot run: {command}"),
        }
    }
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
