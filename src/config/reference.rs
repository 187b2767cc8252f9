//! The table of all settings, read from the text of `config.toml`: what documents and manual pages are made of.

use super::DEFAULTS;

/// A section with its settings, in the order of `config.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// `http.limits`
    pub name: &'static str,
    pub settings: Vec<Setting>,
}

/// A setting, with texts as they stand in `config.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// `max_body`
    pub name: &'static str,
    /// As TOML.
    pub default: &'static str,
    /// Empty for the twin of a secret, which ends in `_file`.
    pub meaning: &'static str,
}

/// What holds for all settings, a rule per line.
pub fn rules() -> impl Iterator<Item = &'static str> {
    let opening = DEFAULTS.lines().map_while(|line| line.strip_prefix('#'));
    opening.map(str::trim).filter(|line| !line.is_empty())
}

/// Every setting.
pub fn sections() -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for line in DEFAULTS.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            sections.push(Section {
                name,
                settings: Vec::new(),
            });
        } else if let (Some(section), Some(setting)) = (sections.last_mut(), setting(line)) {
            section.settings.push(setting);
        }
    }
    sections
}

fn setting(line: &'static str) -> Option<Setting> {
    let (name, rest) = line.split_once(" = ")?;
    let (default, meaning) = rest.split_once('#').unwrap_or((rest, ""));
    Some(Setting {
        name,
        default: default.trim(),
        meaning: meaning.trim(),
    })
}
