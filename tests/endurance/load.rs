//! All that the service can do, asked of it at once.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use super::support::service::{Service, Settings};
use super::{probe, status};

const CLIENTS: usize = 32;

/// Passwords are hashed on every core, the writer and the readers have more to do than they can, and the queues are short
/// so that much is refused: that is load, no illness.
#[test]
fn load_does_not_make_the_service_look_ill() {
    let settings = Settings::demo()
        .with("storage.write_queue", "8")
        .with("accounts.hashing_queue", "4");
    let service = Service::demo(settings);
    let (stop, refused, done) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (service, stop, refused, done) = (&service, &stop, &refused, &done);
            scope.spawn(move || {
                let mut number = 0;
                while !stop.load(Ordering::Relaxed) {
                    number += 1;
                    let answered = match client % 3 {
                        0 => {
                            let body = format!(r#"{{"username":"u{client}-{number}","password":"pw"}}"#);
                            status(service, "POST", "/users", &body)
                        }
                        1 => {
                            let body = format!(r#"{{"key":"load.{client}","value":"{number}"}}"#);
                            status(service, "PUT", &format!("/system/properties/load.{client}"), &body)
                        }
                        _ => status(service, "GET", "/users", ""),
                    };
                    assert!(matches!(answered, 200 | 201 | 404 | 503), "{answered}");
                    done.fetch_add(1, Ordering::Relaxed);
                    if answered == 503 {
                        refused.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
        let mut looked = 0;
        let answers = loop {
            let seen = ["liveness", "liveness/deadlock", "readiness"].map(|name| probe(&service, name));
            looked += 1;
            let was_loaded = refused.load(Ordering::Relaxed) > 10 && done.load(Ordering::Relaxed) > 500;
            if seen != [200; 3] || (looked >= 50 && was_loaded) {
                break seen;
            }
        };
        stop.store(true, Ordering::Relaxed);
        assert_eq!(answers, [200; 3], "after {looked} looks");
    });
}
