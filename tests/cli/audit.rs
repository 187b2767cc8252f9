//! What commands change stands in the security audit log, whether the service runs or not.

use std::fs;

use super::place::{Place, fetch};

const SERVE: [&str; 7] = [
    "serve",
    "--set",
    "openfire.auth=secret",
    "--set",
    "openfire.secret=potato",
    "--set",
    "xmpp.invitations=administrators",
];

/// Each command, and the entry that it leaves.
const COMMANDS: [(&[&str], &str); 9] = [
    (
        &["account", "create", "jane@localhost", "--password", "secret"],
        "created account jane@localhost",
    ),
    (
        &["account", "create", "john@localhost", "--password", "secret", "--admin"],
        "created account john@localhost",
    ),
    (
        &["account", "set-password", "jane@localhost", "--password", "other"],
        "changed account jane@localhost",
    ),
    (&["account", "lock", "jane@localhost"], "locked account jane@localhost"),
    (
        &["account", "unlock", "jane@localhost"],
        "unlocked account jane@localhost",
    ),
    (
        &["account", "delete", "john@localhost"],
        "removed account john@localhost",
    ),
    (
        &[
            "invite",
            "create",
            "--username",
            "newcomer",
            "--set",
            "xmpp.invitations=administrators",
        ],
        "invited newcomer@localhost",
    ),
    (
        &["invite", "revoke", "1", "--set", "xmpp.invitations=administrators"],
        "took invitation 1 back",
    ),
    (&["import", "users.csv"], "imported users.csv"),
];

/// Questions, and what is refused.
const NO_CHANGES: [&[&str]; 4] = [
    &["account", "list"],
    &["account", "create", "jane@localhost", "--password", "secret"],
    &["account", "lock", "nobody@localhost"],
    &["account", "create", "jim@elsewhere", "--password", "secret"],
];

/// Of the entries that commands have left, what was done, in its order.
fn summaries(place: &Place) -> Vec<String> {
    let log = fetch(
        &place.address(),
        "/plugins/restapi/v1/logs/security?limit=1000",
        "potato",
    );
    let entries = log.split("<log>").skip(1);
    let by_command = entries.filter(|entry| entry.contains("<details>command line</details>"));
    let mut summaries: Vec<_> = by_command
        .map(|entry| {
            let (_, rest) = entry.split_once("<summary>").unwrap();
            rest.split_once("</summary>").unwrap().0.to_owned()
        })
        .collect();
    summaries.reverse();
    summaries
}

/// All but the import, which nobody may make under a running service.
fn run_commands(place: &Place) -> Vec<&'static str> {
    let (_, commands) = COMMANDS.split_last().unwrap();
    for (arguments, _) in commands {
        place.done(arguments);
    }
    for arguments in NO_CHANGES {
        place.run(arguments);
    }
    commands.iter().map(|(_, summary)| *summary).collect()
}

#[test]
fn commands_are_told_while_the_service_runs() {
    let place = Place::new();
    let _service = place.serve(&SERVE);
    let expected = run_commands(&place);
    assert_eq!(summaries(&place), expected);
}

#[test]
fn commands_are_told_while_no_service_runs() {
    let place = Place::new();
    let mut expected = run_commands(&place);
    fs::write(place.path().join("users.csv"), "username,password\nkim,secret\n").unwrap();
    let (import, imported) = COMMANDS.last().unwrap();
    place.done(&[import, &["--dry-run"][..]].concat());
    place.done(import);
    expected.push(imported);
    let _service = place.serve(&SERVE);
    assert_eq!(summaries(&place), expected);
}
