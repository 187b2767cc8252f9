//! What is made of the command line and of the table of settings: completions, manual pages, the reference of settings.

use std::{
    env,
    fmt::Write,
    fs,
    path::Path,
    process::{Command, Stdio},
};

use firekeeper::config::{DEFAULTS, reference};
use toml::{Table, Value};

use super::place::Place;

const COMMANDS: [&str; 13] = [
    "serve",
    "check-config",
    "account",
    "backup",
    "restore",
    "export",
    "import",
    "invite",
    "dns",
    "probe",
    "completions",
    "man",
    "version",
];

#[test]
fn every_shell_completes_every_command() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = place.done(&["completions", shell]);
        for word in COMMANDS.iter().chain(&["set-password", "openfire"]) {
            assert!(script.contains(word), "{shell} does not know {word}");
        }
    }
}

#[test]
fn bash_completes_what_was_begun() {
    let place = Place::new();
    fs::write(place.path().join("script"), place.done(&["completions", "bash"])).unwrap();
    let completed = "source ./script; COMP_WORDS=(firekeeper account set); COMP_CWORD=2; _firekeeper firekeeper set account; echo ${COMPREPLY[@]}";
    let mut bash = Command::new("bash");
    bash.args(["-c", completed]).current_dir(place.path());
    let Ok(output) = bash.stderr(Stdio::inherit()).output() else {
        eprintln!("bash is not installed: its completions are not tried");
        return;
    };
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "set-password\n");
}

#[test]
fn there_is_a_manual_page_for_each_command() {
    let place = Place::new();
    place.done(&["man", "pages"]);
    let page = |name: &str| fs::read_to_string(place.path().join("pages").join(name)).unwrap();
    for command in COMMANDS {
        assert!(page("firekeeper.1").contains(&command.replace('-', "\\-")), "{command}");
        assert!(
            page(&format!("firekeeper-{command}.1")).contains(".SH NAME"),
            "{command}"
        );
    }
    assert!(page("firekeeper-import-openfire.1").contains("existing"));
    assert!(page("firekeeper-account-create.1").contains("password\\-stdin"));
    let settings = page("firekeeper.toml.5");
    for setting in reference::sections().iter().flat_map(|section| &section.settings) {
        assert!(settings.contains(setting.name), "{}", setting.name);
    }
}

#[test]
fn the_table_of_settings_is_the_one_that_is_compiled_in() {
    let defaults: Table = DEFAULTS.parse().unwrap();
    let mut known = Vec::new();
    collect("", &defaults, &mut known);
    let mut told = Vec::new();
    for section in reference::sections() {
        for setting in section.settings {
            let value: Table = format!("value = {}", setting.default).parse().unwrap();
            told.push((format!("{}.{}", section.name, setting.name), value["value"].clone()));
        }
    }
    known.sort_by(|a, b| a.0.cmp(&b.0));
    told.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(told, known);
}

fn collect(section: &str, table: &Table, known: &mut Vec<(String, Value)>) {
    for (name, value) in table {
        let key = if section.is_empty() {
            name.clone()
        } else {
            format!("{section}.{name}")
        };
        match value {
            Value::Table(inner) => collect(&key, inner, known),
            _ => known.push((key, value.clone())),
        }
    }
}

#[test]
fn the_document_on_the_configuration_is_what_the_program_knows() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operators/configuration.md");
    let made = configuration_document();
    if env::var_os("WRITE_DOCUMENTS").is_some() {
        fs::write(&path, &made).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap() == made,
        "docs/operators/configuration.md differs from config.toml; make it with WRITE_DOCUMENTS=1 cargo test --test cli configuration"
    );
}

fn configuration_document() -> String {
    let mut document = "# Configuration\n\n<!-- Made from config.toml by tests/cli/generated.rs. -->\n\n".to_owned();
    for rule in reference::rules() {
        writeln!(document, "* {rule}").unwrap();
    }
    document += "\nThe configuration file is `config.toml` in the working directory, or what `--config FILE` names; the package\n\
        puts it to `/etc/firekeeper/config.toml`. `firekeeper check-config` reads everything that a start would read, names\n\
        the first fault with the way out, and shows what is not at its default and where it was set:\n\n\
        \x20   $ firekeeper check-config\n\n\
        A text in the environment is taken as it is; other kinds are read as TOML, a list also with commas:\n\
        `FIREKEEPER__HTTP__TRUSTED_PROXIES=10.0.0.0/8,192.0.2.7`.\n";
    for section in reference::sections() {
        writeln!(
            document,
            "\n## [{}]\n\n| setting | default | meaning |\n|---|---|---|",
            section.name
        )
        .unwrap();
        for setting in &section.settings {
            let meaning = match setting.name.strip_suffix("_file") {
                Some(twin) if setting.meaning.is_empty() => format!("a file with the value of `{twin}`"),
                _ => setting.meaning.replace('|', "\\|"),
            };
            writeln!(document, "| `{}` | `{}` | {meaning} |", setting.name, setting.default).unwrap();
        }
    }
    document
}
