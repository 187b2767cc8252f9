//! Ten thousand connections that do nothing.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use rustix::process::{Resource, getrlimit};

use super::support::service::{Service, Settings};
use super::{probe, status};

const IDLE: usize = 10_000;

/// Opens the connections named by the environment and keeps them until its input ends; a process of its own, as these
/// tests share the limit of open files with others.
#[test]
#[ignore = "a part of probes_answer_beside_ten_thousand_idle_connections"]
fn hold_idle_connections() {
    let Ok(port) = std::env::var("FIREKEEPER_PORT") else {
        return;
    };
    let port: u16 = port.parse().unwrap();
    let held: Vec<_> = (0..IDLE)
        .map(|_| {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
            stream
                .write_all(b"GET /plugins/restapi/v1/system/liveness HTTP/1.1\r\nHost: x\r\n\r\n")
                .unwrap();
            stream
        })
        .collect();
    println!("\nholding {}", held.len());
    std::io::read_to_string(std::io::stdin()).unwrap();
}

#[test]
fn probes_answer_beside_ten_thousand_idle_connections() {
    let most = getrlimit(Resource::Nofile).maximum;
    if most.is_some_and(|most| most < 2 * IDLE as u64) {
        eprintln!("not tried: this machine allows {most:?} open files");
        return;
    }
    let settings = Settings::demo()
        .with("http.limits.max_connections", (IDLE + 100).to_string())
        .with("http.limits.idle_timeout", "1h");
    let service = Service::demo(settings);
    let mut holder = Command::new("sh")
        .args(["-c", "ulimit -n $(ulimit -H -n); exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "connections::hold_idle_connections",
            "--ignored",
            "--nocapture",
        ])
        .env("FIREKEEPER_PORT", service.http_port.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(holder.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    assert!(lines.any(|line| line == format!("holding {IDLE}")));
    for _ in 0..20 {
        assert_eq!((probe(&service, "liveness"), probe(&service, "readiness")), (200, 200));
        assert_eq!(status(&service, "GET", "/users/jane", ""), 200);
    }
    // What each of them takes is bounded, beside what a service takes anyway.
    if let Some(memory) = service.most_memory() {
        assert!(memory < (100 << 20) + IDLE as u64 * (32 << 10), "{memory}");
    }
    drop(holder.stdin.take());
    assert!(holder.wait().unwrap().success());
}
