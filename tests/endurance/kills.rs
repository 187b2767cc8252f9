//! The process killed in the middle of its work, and the order of answer and disk.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::support::service::{Service, Settings};
use super::support::wire::Request;
use super::{API, status, wait_until};

const WRITERS: usize = 6;
const KILLS: usize = 20;

/// Like `status`, of a service that may go at any moment.
fn try_create(service: &Service, name: &str) -> Option<u16> {
    let request = Request::new("POST", &format!("{API}/groups"))
        .header("Authorization", "potato")
        .body("application/json", format!(r#"{{"name":"{name}"}}"#));
    service.send(&request).ok().map(|answer| answer.status)
}

#[test]
fn what_was_acknowledged_outlives_twenty_kills() {
    let mut service = Service::demo(Settings::demo());
    let acknowledged = Mutex::new(BTreeSet::new());
    for kill in 0..KILLS {
        let killed = AtomicBool::new(false);
        let before = acknowledged.lock().unwrap().len();
        thread::scope(|scope| {
            for writer in 0..WRITERS {
                let (service, acknowledged, killed) = (&service, &acknowledged, &killed);
                scope.spawn(move || {
                    for number in 0.. {
                        let name = format!("g{kill}-{writer}-{number}");
                        match try_create(service, &name) {
                            Some(201) => acknowledged.lock().unwrap().insert(name),
                            _ if killed.load(Ordering::Relaxed) => return,
                            other => panic!("{name}: {other:?}"),
                        };
                    }
                });
            }
            // Another moment each time.
            wait_until("work is under way", || {
                acknowledged.lock().unwrap().len() > before + 3 + kill * 2
            });
            killed.store(true, Ordering::Relaxed);
            let id = service.process_id().to_string();
            assert!(Command::new("kill").args(["-KILL", &id]).status().unwrap().success());
        });
        service.kill_and_restart();
    }
    for name in acknowledged.into_inner().unwrap() {
        assert_eq!(
            status(&service, "GET", &format!("/groups/{name}"), ""),
            200,
            "{name} was acknowledged and is lost"
        );
    }
}

/// The log has come to the disk; a call that another thread interrupted in the trace is told of without its file.
fn is_synced(line: &str) -> bool {
    let of_the_log = line.contains("sync(") && line.contains("firekeeper.db-wal");
    line.ends_with("= 0") && (of_the_log || line.contains("sync resumed"))
}

/// Follows the system calls of the service: between the arrival of a request that changes something and its answer, the
/// write-ahead log is on disk.
#[test]
fn no_answer_leaves_before_its_commit_is_on_disk() {
    if Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_err() {
        eprintln!("not tried: strace is not installed");
        return;
    }
    let service = Service::demo(Settings::demo());
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let mut tracer = Command::new("strace")
        .args([
            "-f",
            "-y",
            "-s",
            "200",
            "-e",
            "trace=fsync,fdatasync,write,writev,sendto,sendmsg,read,recvfrom,recvmsg",
        ])
        .arg("-o")
        .arg(&trace)
        .args(["-p", &service.process_id().to_string()])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let text = || fs::read_to_string(&trace).unwrap_or_default();
    let since = Instant::now();
    // What another tracer or the system forbids ends the tracer at once.
    while text().is_empty() {
        if tracer.try_wait().unwrap().is_some() || since.elapsed() > Duration::from_secs(20) {
            eprintln!("not tried: this system lets nobody trace");
            let _ = tracer.kill();
            return;
        }
        assert_eq!(status(&service, "GET", "/users/jane", ""), 200);
    }
    for number in 0..10 {
        assert_eq!(
            status(&service, "POST", "/groups", &format!(r#"{{"name":"traced-{number}"}}"#)),
            201
        );
    }
    wait_until("the last answer is in the trace", || {
        text().matches("HTTP/1.1 201").count() >= 10
    });
    tracer.kill().unwrap();
    tracer.wait().unwrap();
    let (mut asked, mut synced, mut answered) = (false, false, 0);
    for line in text().lines() {
        if line.contains("POST /plugins/restapi/v1/groups") {
            (asked, synced) = (true, false);
        } else if asked && is_synced(line) {
            synced = true;
        } else if line.contains("HTTP/1.1 201") {
            assert!(asked && synced, "answered before the disk:\n{}", text());
            asked = false;
            answered += 1;
        }
    }
    assert_eq!(answered, 10);
}
