//! What README.md shows of curl is what a demonstration answers: its command lines are run in their order, in bash.
//! Where curl or bash is not installed there is nothing to run.

mod support;

use std::fs;
use std::process::Command;

use regex::Regex;
use support::service::{Service, Settings};

/// A command line, and the lines that the document shows below it.
struct Shown {
    command: String,
    output: String,
}

fn shown(document: &str) -> Vec<Shown> {
    let indented = |line: &str| line.strip_prefix("    ").map(str::to_owned);
    let mut found: Vec<Shown> = Vec::new();
    let mut is_output = false;
    for line in document.lines() {
        match indented(line) {
            Some(text) if text.starts_with("$ ") => {
                found.push(Shown {
                    command: text[2..].to_owned(),
                    output: String::new(),
                });
                is_output = true;
            }
            Some(text) if is_output => {
                if let Some(last) = found.last_mut() {
                    last.output += &(text + "\n");
                }
            }
            _ => is_output = false,
        }
    }
    found
}

/// The time and the host of an audit entry are those of the day and of the machine.
fn without_what_varies(text: &str) -> String {
    let varying = Regex::new(r#""(timestamp|node)":("[^"]*"|[0-9]+)"#).expect("a pattern");
    let text = varying.replace_all(text, r#""$1":…"#).replace('\r', "");
    text.trim_end().to_owned()
}

#[test]
fn the_commands_of_the_readme_print_what_it_shows() {
    let is_installed = |program| Command::new(program).arg("--version").output().is_ok();
    if !is_installed("curl") || !is_installed("bash") {
        eprintln!("curl or bash is not installed: the commands of the readme are not run");
        return;
    }
    let document = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).expect("a readme");
    let shown = shown(&document);
    assert!(shown.iter().filter(|shown| shown.command.starts_with("curl ")).count() >= 8);
    let service =
        Service::start_with(Settings::default(), &["serve", "--demo"]).unwrap_or_else(|log| panic!("no start:\n{log}"));
    for Shown { command, output } in shown {
        let here = command.replace("localhost:9090", &format!("127.0.0.1:{}", service.http_port));
        assert_ne!(here, command, "a command that does not ask the service");
        let run = Command::new("bash").args(["-c", &here]).output().expect("bash");
        let printed = String::from_utf8(run.stdout).expect("text");
        assert_eq!(without_what_varies(&printed), without_what_varies(&output), "{command}");
    }
}
