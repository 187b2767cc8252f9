//! `check-config`: reads everything that a start would read and shows the settings that are not at their default.

use crate::config::{Config, Sources};

pub fn run(sources: &Sources) -> anyhow::Result<()> {
    let layers = sources.layers()?;
    Config::from_layers(&layers, &sources.folder())?;
    for (key, value, origin) in layers.changed() {
        println!("{key} = {value} ({origin})");
    }
    println!("the configuration can be used");
    Ok(())
}
