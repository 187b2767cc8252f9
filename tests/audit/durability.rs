//! A change and its entry are stored together: whenever the process ends, there are both or neither.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::mpsc;
use std::thread;

use super::log::{API, status, summaries};
use super::support::service::{Service, Settings};
use super::support::wire::{self, Request};

const WRITERS: usize = 4;
/// Of each writer, if nobody stops it; of all rounds together fewer than the log is asked for.
const MOST: usize = 20;
/// How often the process is killed: a moment between a change and its entry would be short.
const KILLS: usize = 10;

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

/// Groups are created until the process is killed; those whose creation was answered.
fn create_until_killed(service: &Service, round: usize) -> BTreeSet<String> {
    let (port, process) = (service.http_port, service.process_id().to_string());
    let (acknowledged, answers) = mpsc::channel();
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let acknowledged = acknowledged.clone();
            scope.spawn(move || {
                for number in 0..MOST {
                    let name = format!("g{round}-{writer}-{number}");
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
        let mut answered: BTreeSet<String> = answers.iter().take(10).collect();
        // In the middle of what the others are about to write.
        let killed = Command::new("kill").args(["-KILL", &process]).status();
        assert!(killed.is_ok_and(|status| status.success()), "kill -KILL");
        answered.extend(answers);
        answered
    })
}

#[test]
fn no_change_is_there_without_its_entry_and_no_entry_without_its_change() {
    let mut service = Service::demo(Settings::demo());
    let mut answered = BTreeSet::new();
    for round in 0..KILLS {
        answered.extend(create_until_killed(&service, round));
        service.kill_and_restart();
    }
    let told = summaries(&service);
    let told: Vec<&str> = told
        .iter()
        .map(|entry| entry.strip_prefix("created group ").expect("groups only"))
        .collect();
    let once: BTreeSet<&str> = told.iter().copied().collect();
    assert_eq!(told.len(), once.len(), "each once: {told:?}");
    let groups = answer(&service, "/groups");
    let names = groups.split("<name>").skip(1);
    let names = names.map(|rest| rest.split_once("</name>").expect("a name").0);
    assert_eq!(names.collect::<BTreeSet<_>>(), once);
    let lost: Vec<_> = answered.iter().filter(|name| !once.contains(name.as_str())).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
}
