//! The command that asks the running service how it is.

use super::place::{Place, assert_fails, wait_until};
use super::ports::free_address;

#[test]
fn the_exit_code_tells_how_the_service_is() {
    let place = Place::new();
    // The command must know it beforehand.
    let listen = format!("http.listen={}", free_address());
    let of_it = |probe: &str| place.command(&["probe", probe, "--set", &listen]).output().unwrap();
    assert_fails(&of_it("liveness"), 1, &["liveness", "no answer"]);
    let service = place.serve(&["serve", "--set", &listen, "--set", "http.drain_delay=1h"]);
    for probe in ["liveness", "readiness"] {
        assert!(of_it(probe).status.success(), "{probe}");
    }
    service.signal("-TERM");
    wait_until("readiness goes", || !of_it("readiness").status.success());
    assert_fails(&of_it("readiness"), 1, &["readiness", "503"]);
    assert!(of_it("liveness").status.success());
}

#[test]
fn a_listener_made_for_probes_is_asked_first() {
    let place = Place::new();
    let probes = format!(r#"http.listeners=[{{listen="{}",routes=["probes"]}}]"#, free_address());
    let _service = place.serve(&["serve", "--set", &probes]);
    // http.listen is a port that nobody can know here
    place.done(&["probe", "liveness", "--set", &probes]);
    let none = place.run(&["probe", "liveness", "--set", "http.listen="]);
    assert_fails(&none, 1, &["http.listeners", "routes"]);
}
