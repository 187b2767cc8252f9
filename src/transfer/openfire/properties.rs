//! Free properties.

use super::MoveIn;
use crate::{
    domain::secret::Secret,
    exchange::openfire::{Kept, property},
    storage::properties,
    transfer::loading::ImportError,
};

const PROPERTIES: &str = "properties";

pub fn take(move_in: &mut MoveIn<'_>) -> Result<(), ImportError> {
    move_in.each("ofproperty", |move_in, record| {
        let (key, value) = match property(&record) {
            Kept::As(key, value) => (key, Secret::new(value)),
            Kept::Not(reason) => {
                let name = record.required("name");
                move_in.loading.summary.skip(PROPERTIES, name, reason);
                return Ok(());
            }
        };
        let loading = &mut *move_in.loading;
        let stored = properties::find(&loading.load, &key)?;
        let differs = stored.is_some_and(|stored| stored.value().map(Secret::new).as_ref() != Some(&value));
        if loading.wants(differs, PROPERTIES, &key)? {
            loading
                .load
                .write(|transaction| properties::write(transaction, &key, &value, false))?;
            loading.summary.take(PROPERTIES);
        }
        Ok(())
    })
}
