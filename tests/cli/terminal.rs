//! What commands show of their progress: on a terminal, which `script` of util-linux is here, and nowhere else.

use std::process::{Command, Stdio};

use super::place::Place;

#[test]
fn progress_is_shown_on_a_terminal_and_nowhere_else() {
    if Command::new("script")
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_err()
    {
        eprintln!("not tried: script is not installed");
        return;
    }
    let place = Place::new();
    place.done(&["account", "create", "kim@localhost", "--password", "secret"]);
    for (shown, arguments, to_file) in [
        ("backup", "backup a.backup", &["backup", "b.backup"][..]),
        ("export", "export a.jsonl", &["export", "b.jsonl"]),
        (
            "import",
            "import --existing=keep a.jsonl",
            &["import", "--existing=keep", "b.jsonl"],
        ),
        ("restore", "restore a.backup", &["restore", "b.backup"]),
    ] {
        let on_terminal = place
            .on_terminal(arguments)
            .unwrap_or_else(|said| panic!("{arguments}: {said}"));
        let bar = on_terminal
            .lines()
            .find(|line| line.contains(shown) && line.contains('%'));
        assert!(bar.is_some(), "{arguments}: {on_terminal}");
        let output = place.run(to_file);
        assert!(output.status.success(), "{to_file:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{to_file:?}");
    }
}
