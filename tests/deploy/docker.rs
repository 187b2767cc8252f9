//! The image.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::{configured, deployed, ports, read};

/// The arguments of every instruction of this name.
fn instructions<'text>(file: &'text str, name: &str) -> Vec<&'text str> {
    file.lines()
        .filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
        .collect()
}

fn words(json: &str) -> Vec<String> {
    serde_json::from_str(json).expect("an instruction in its exec form")
}

#[test]
fn the_image_exposes_what_its_configuration_listens_on() {
    let file = read("docker/Dockerfile");
    let config = configured(&deployed("docker/config.toml"));
    let exposed = instructions(&file, "EXPOSE")[0].split(' ');
    let exposed: BTreeSet<u16> = exposed.map(|port| port.parse().unwrap()).collect();
    assert_eq!(exposed, ports(&config));
    let volume = instructions(&file, "VOLUME")[0];
    assert_eq!(config.server.data_dir, Path::new(volume));
    let owner = "COPY --from=build --chown=65532:65532 /empty ";
    assert!(file.contains(&format!("{owner}{volume}\n")) && file.contains("\nUSER 65532:65532\n"));
}

#[test]
fn the_commands_of_the_image_are_commands_of_the_program() {
    let file = read("docker/Dockerfile");
    let entry = words(instructions(&file, "ENTRYPOINT")[0]);
    let command = words(instructions(&file, "CMD")[0]);
    let check = instructions(&file, "HEALTHCHECK")[0].split_once("CMD ").unwrap().1;
    let check = words(check);
    let copied = instructions(&file, "COPY")
        .iter()
        .any(|copy| *copy == format!("deploy/docker/config.toml {}", entry[2]));
    assert!(copied, "{} is not in the image", entry[2]);
    for words in [[entry.clone(), command].concat(), check] {
        assert_eq!(words[..3], entry[..3]);
        let mut program = Command::new(env!("CARGO_BIN_EXE_firekeeper"));
        let output = program.args(&words[1..]).arg("--help").output().unwrap();
        assert!(output.status.success(), "{words:?}");
    }
}

#[test]
fn the_image_is_built_with_the_compiler_that_the_program_asks_for() {
    let manifest = fs::read_to_string(deployed("../Cargo.toml")).unwrap();
    let version = manifest
        .lines()
        .find_map(|line| line.strip_prefix("rust-version = "))
        .unwrap();
    let first = format!("rust:{}-slim-bookworm AS build", version.trim_matches('"'));
    assert_eq!(instructions(&read("docker/Dockerfile"), "FROM")[0], first);
}

/// What the build copies: `.dockerignore` names all of it.
fn context() -> Vec<String> {
    let ignored = fs::read_to_string(deployed("../.dockerignore")).unwrap();
    ignored
        .lines()
        .filter_map(|line| line.strip_prefix('!'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn everything_that_is_compiled_in_comes_into_the_build() {
    let root = deployed("..").canonicalize().unwrap();
    let context = context();
    for file in &context {
        assert!(root.join(file).exists(), "{file}");
    }
    let mut folders = vec![root.join("src")];
    let mut found = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            if path.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]").next().unwrap();
            for included in text.split("include_str!(\"").skip(1) {
                let (included, _) = included.split_once('"').unwrap();
                let included = folder.join(included).canonicalize().unwrap();
                let included = included.strip_prefix(&root).unwrap();
                assert!(
                    context.iter().any(|path| included.starts_with(path)),
                    "{} is not copied into the build",
                    included.display()
                );
                found += 1;
            }
        }
    }
    assert!(found > 3);
}
