//! Files that lead back to themselves by what they import.

use std::collections::{BTreeMap, BTreeSet};

/// Each file with those that it imports.
pub type Arrows = BTreeMap<String, BTreeSet<String>>;

/// The arrows between files of circles. A file that imports nobody, or that nobody imports, is in none, nor is one of
/// which that is so once such files are taken out.
pub fn find(arrows: &Arrows) -> Vec<String> {
    let mut left = arrows.clone();
    loop {
        let imported: BTreeSet<_> = left.values().flatten().cloned().collect();
        let is_in_between = |file: &String, others: &BTreeSet<String>| !others.is_empty() && imported.contains(file);
        let mut kept: Arrows = left.clone();
        kept.retain(|file, others| is_in_between(file, others));
        let files: BTreeSet<_> = kept.keys().cloned().collect();
        for others in kept.values_mut() {
            others.retain(|other| files.contains(other));
        }
        if kept == left {
            break;
        }
        left = kept;
    }
    let pairs = left
        .iter()
        .flat_map(|(file, others)| others.iter().map(move |other| (file, other)));
    pairs.map(|(file, other)| format!("{file} → {other}")).collect()
}
