//! `man FOLDER`: a page for each command, and one for the configuration file.

use std::{fs, path::Path};

use anyhow::Context;
use clap::Command;
use clap_mangen::roff::{Roff, bold, italic, roman};

use crate::config::reference;

const CONFIGURATION_PAGE: &str = "firekeeper.toml.5";

pub fn write(command: Command, folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(command, folder))
        .and_then(|()| fs::write(folder.join(CONFIGURATION_PAGE), configuration_page()))
        .with_context(|| format!("write the manual pages into {}", folder.display()))
}

fn configuration_page() -> String {
    let version = concat!("firekeeper ", env!("CARGO_PKG_VERSION"));
    let mut page = Roff::new();
    page.control("TH", ["firekeeper.toml", "5", "", version])
        .control("SH", ["NAME"])
        .text([roman("firekeeper.toml - configuration of firekeeper(1)")])
        .control("SH", ["DESCRIPTION"]);
    for rule in reference::rules() {
        page.text([roman(rule)]).control("PP", []);
    }
    for section in reference::sections() {
        page.control("SH", [format!("[{}]", section.name).as_str()]);
        for setting in section.settings {
            page.control("TP", [])
                .text([bold(setting.name), roman(" = "), italic(setting.default)]);
            let meaning = match setting.name.strip_suffix("_file") {
                Some(twin) if setting.meaning.is_empty() => format!("a file with the value of {twin}"),
                _ => setting.meaning.to_owned(),
            };
            page.text([roman(meaning)]);
        }
    }
    page.control("SH", ["SEE ALSO"])
        .text([bold("firekeeper"), roman("(1)")]);
    page.render()
}
