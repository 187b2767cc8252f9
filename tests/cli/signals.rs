//! What the service does on a signal.

use super::place::Place;

#[test]
fn a_hangup_does_not_end_the_service() {
    let place = Place::new();
    let service = place.serve(&["serve"]);
    service.signal("-HUP");
    place.done(&["account", "list"]);
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn an_interrupt_ends_it_in_order() {
    let place = Place::new();
    let mut service = place.serve(&["serve"]);
    service.signal("-INT");
    assert_eq!(service.child.wait().unwrap().code(), Some(0));
    assert!(!place.data("control.sock").exists());
}
