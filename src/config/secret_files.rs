//! Secrets that stand in a file of their own, which a setting that ends in `_file` names.

use std::fs;

use super::{Config, ConfigError, Layers};
use crate::domain::secret::Secret;

/// A secret in a file is one line; more is a wrong path.
const MAX_SECRET: usize = 4096;

pub fn read(config: &mut Config, layers: &Layers) -> Result<(), ConfigError> {
    let (openfire, xmpp) = (&mut config.openfire, &mut config.xmpp);
    let twins = [
        ("openfire.secret_file", &openfire.secret_file, &mut openfire.secret),
        (
            "openfire.previous_secret_file",
            &openfire.previous_secret_file,
            &mut openfire.previous_secret,
        ),
        ("xmpp.turn_secret_file", &xmpp.turn_secret_file, &mut xmpp.turn_secret),
    ];
    for (key, file, secret) in twins {
        let Some(file) = file else { continue };
        let text = fs::read_to_string(file)
            .map_err(|cause| layers.invalid(key, format!("{cause}; name a file that this user may read")))?;
        let text = text.trim_end_matches(['\r', '\n']);
        if text.is_empty() || text.len() > MAX_SECRET || text.contains('\n') {
            return Err(layers.invalid(key, "the file must hold the secret in one line"));
        }
        *secret = Secret::new(text);
    }
    Ok(())
}
