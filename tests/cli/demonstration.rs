//! `--demo`.

use std::fs;

use super::place::{Place, assert_fails};

#[test]
fn a_demonstration_is_not_laid_over_other_data() {
    let place = Place::new();
    place.serve(&["serve", "--set", "server.domain=example.org"]).stop();
    let before = fs::read(place.data("firekeeper.db")).unwrap();
    let refused = place.run(&[
        "serve",
        "--demo",
        "--set",
        "server.data_dir=data",
        "--set",
        "log.level=error",
    ]);
    assert_fails(&refused, 1, &["--demo", "server.data_dir", "another directory"]);
    assert_eq!(fs::read(place.data("firekeeper.db")).unwrap(), before);
}

#[test]
fn a_demonstration_is_made_once() {
    let place = Place::new();
    fs::create_dir(place.path().join("data")).unwrap();
    fs::write(place.data("log.txt"), "a file that is not ours").unwrap();
    let arguments = ["--demo", "--set", "server.data_dir=data"];
    let account = |rest: &[&str]| place.done(&[&arguments[..], &["account"], rest].concat());
    let service = place.serve(&[&arguments[..], &["serve"]].concat());
    assert!(service.log().contains("demonstration"), "{}", service.log());
    assert_eq!(
        account(&["list"]),
        "admin@example.org\tAdministrator\tadmin@example.com\n\
         jane@example.org\tJane Doe\tjane.doe@example.com\n\
         john@example.org\tJohn Doe\tjohn.doe@example.com\n"
    );
    assert!(!place.data("initial-credentials").exists());
    account(&["create", "mine@example.org", "--password", "secret"]);
    service.stop();
    let _again = place.serve(&[&arguments[..], &["serve"]].concat());
    assert!(account(&["list"]).contains("mine@example.org"));
}
