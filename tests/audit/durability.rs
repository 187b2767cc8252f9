//! A change and its entry are stored together: whenever the process ends, there are both or neither.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::mpsc;
use std::thread;

use super::log::{API, status, summaries};
use super::support::service::{Service, Settings};
use super::support::wire::{self, Request};

const WRITERS: usize = 4;
/// Of each writer, if nobody stops it.
const MOST: usize = 200;

fn answer(service: &Service, path: &str) -> String {
    let request = Request::get(&format!("{API}{path}")).header("Authorization", "potato");
    service.send(&request).expect("an answer").text()
}

#[test]
fn what_was_answered_is_there_with_its_entry_after_the_process_was_killed() {
    let mut service = Service::demo(Settings::demo());
    let mut expected = Vec::new();
    for (request, body, entry) in [
        (
            "POST /users",
            r#"{"username":"mary","password":"secret"}"#,
            "created account mary@example.org",
        ),
        ("POST /lockouts/john", "", "locked account john@example.org"),
        ("DELETE /users/jane", "", "removed account jane@example.org"),
        (
            "POST /system/properties",
            r#"{"key":"k","value":"v"}"#,
            "set property k",
        ),
        (
            "POST /chatrooms",
            r#"{"roomName":"r","persistent":true}"#,
            "set room r@conference.example.org",
        ),
    ] {
        assert!(matches!(status(&service, request, body), 200 | 201), "{request}");
        service.kill_and_restart();
        expected.insert(0, entry);
        assert_eq!(summaries(&service), expected, "{request}");
    }
    let users = answer(&service, "/users");
    assert!(users.contains("<username>mary</username>"), "{users}");
    assert!(!users.contains("<username>jane</username>"), "{users}");
    let john = answer(&service, "/users/john");
    assert!(john.contains("username>john<"), "{john}");
    assert!(answer(&service, "/system/properties/k").contains("value=\"v\""));
    assert!(answer(&service, "/chatrooms/r").contains("<roomName>r</roomName>"));
}

#[test]
fn no_change_is_there_without_its_entry_and_no_entry_without_its_change() {
    let mut service = Service::demo(Settings::demo());
    let (port, process) = (service.http_port, service.process_id().to_string());
    let (acknowledged, answers) = mpsc::channel();
    let answered: BTreeSet<String> = thread::scope(|scope| {
        for writer in 0..WRITERS {
            let acknowledged = acknowledged.clone();
            scope.spawn(move || {
                for number in 0..MOST {
                    let name = format!("g{writer}-{number}");
                    let request = Request::new("POST", &format!("{API}/groups"))
                        .header("Authorization", "potato")
                        .body("application/json", format!(r#"{{"name":"{name}"}}"#));
                    match wire::exchange(port, &request) {
                        Ok(answer) if answer.status == 201 => acknowledged.send(name).expect("a listener"),
                        _ => return,
                    }
                }
            });
        }
        drop(acknowledged);
        let mut answered: BTreeSet<String> = answers.iter().take(20).collect();
        // In the middle of what the others are about to write.
        let killed = Command::new("kill").args(["-KILL", &process]).status();
        assert!(killed.is_ok_and(|status| status.success()), "kill -KILL");
        answered.extend(answers);
        answered
    });
    service.kill_and_restart();

    let entries = summaries(&service);
    let told: BTreeSet<&str> = entries
        .iter()
        .filter_map(|entry| entry.strip_prefix("created group "))
        .collect();
    assert_eq!(told.len(), entries.len(), "each once: {entries:?}");
    let groups = answer(&service, "/groups");
    let names = groups.split("<name>").skip(1);
    let names = names.map(|rest| rest.split_once("</name>").expect("a name").0);
    assert_eq!(names.collect::<BTreeSet<_>>(), told);
    let lost: Vec<_> = answered.iter().filter(|name| !told.contains(name.as_str())).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
}
