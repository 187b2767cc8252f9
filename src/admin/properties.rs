//! Server properties: free ones, and the settings of the service under their names as properties.

use super::{Admin, AdminSession};
use crate::domain::account::{MAX_PROPERTY_KEY, MAX_PROPERTY_VALUE, check_length};
use crate::domain::page::{Page, PageRequest};
use crate::domain::property::{Property, StoredProperty, stored_key};
use crate::domain::secret::Secret;
use crate::domain::setting::{self, SETTINGS, Setting};
use crate::domain::{Error, Kind, Result};

impl Admin {
    /// Lets the settings that an earlier run stored count; to be called once, before the first request.
    pub async fn recall_settings(&self) -> Result<()> {
        let mut stored = Vec::new();
        for setting in SETTINGS {
            if let Some(found) = self.backend().find_property(setting.key).await? {
                stored.push((setting, found));
            }
        }
        self.settings().recall(stored);
        Ok(())
    }
}

impl AdminSession {
    /// By key: every property that was set, and every setting, also those without a value.
    pub async fn list_properties(&self, page: PageRequest) -> Result<Page<Property>> {
        let after = page.after.clone();
        let mut stored = self.backend().list_properties(page).await?;
        let is_here = |key: &str| {
            after.as_deref().is_none_or(|after| key > after) && stored.next.as_deref().is_none_or(|last| key <= last)
        };
        let settings = SETTINGS.iter().filter(|setting| is_here(setting.key));
        let settings: Vec<_> = settings.map(|setting| self.shown(setting)).collect();
        stored.items.retain(|property| setting::find(&property.key).is_none());
        stored.items.extend(settings);
        stored.items.sort_by(|one, other| one.key.cmp(&other.key));
        Ok(stored)
    }

    /// A property that was set; secret ones come without their value.
    pub async fn find_property(&self, key: &str) -> Result<Option<Property>> {
        if let Some(setting) = setting::find(key) {
            let is_set = self.settings().text(setting).is_some();
            return Ok(is_set.then(|| self.shown(setting)));
        }
        let stored = self.backend().find_property(key).await?;
        Ok(stored.and_then(StoredProperty::value).map(|value| Property {
            key: key.to_owned(),
            value: Some(value),
        }))
    }

    /// Makes or overwrites a property. `TooLong` beyond the sizes of account properties; `NotAllowed` for a setting that
    /// properties must not change.
    pub async fn write_property(&self, key: &str, value: String) -> Result<()> {
        self.write_with(stored_key(key), value, false).await
    }

    /// Overwrites a property; as [`Self::write_property`], but `NotFound` when it was not set.
    pub async fn change_property(&self, key: &str, value: String) -> Result<()> {
        let must_be_stored = self.must_be_stored(key)?;
        if stored_key(key) != key {
            return Err(Error::not_found(Kind::Property, key));
        }
        self.write_with(key, value, must_be_stored).await
    }

    async fn write_with(&self, key: &str, value: String, must_be_stored: bool) -> Result<()> {
        let value = Secret::new(value);
        check_length("key", key, MAX_PROPERTY_KEY)?;
        check_length("value", value.expose(), MAX_PROPERTY_VALUE)?;
        if let Some(setting) = setting::find(key)
            && !self.settings().check_write(setting, &value)?
        {
            return Ok(());
        }
        let record = self.record(format!("set property {key}"));
        self.backend().write_property(key, value, must_be_stored, record).await
    }

    /// Removes a property and every one below it. `NotFound` when it was not set.
    pub async fn remove_property(&self, key: &str) -> Result<()> {
        let must_be_stored = self.must_be_stored(key)?;
        match self.settings().check_removal(key) {
            Ok(settings) => self.remove_with(key, must_be_stored, settings).await,
            Err(_) if self.find_property(key).await?.is_none() => Err(Error::not_found(Kind::Property, key)),
            Err(refused) => Err(refused),
        }
    }

    /// Removes a property and every one below it, as a property without value asks for; no error
    /// when there is none. Secrets are shown without their value, so whoever writes back what was
    /// shown must not delete one: that is `NotAllowed`.
    pub async fn clear_property(&self, key: &str) -> Result<()> {
        let settings = self.settings().check_removal(key)?;
        if let Some(secret) = settings.iter().find(|setting| setting.secret) {
            let key = secret.key;
            let reason =
                format!("{key} is a secret, which a property without value does not delete; write the new secret");
            return Err(Error::NotAllowed { reason });
        }
        self.remove_with(key, false, settings).await
    }

    /// Whether only the database knows if the property was set; `NotFound` for a setting that is not.
    fn must_be_stored(&self, key: &str) -> Result<bool> {
        match setting::find(key) {
            Some(setting) if self.settings().text(setting).is_none() => Err(Error::not_found(Kind::Property, key)),
            Some(_) => Ok(false),
            None => Ok(true),
        }
    }

    async fn remove_with(&self, key: &str, must_be_stored: bool, settings: Vec<&'static Setting>) -> Result<()> {
        let record = self.record(format!("removed property {key}"));
        let remembered = settings.iter().map(|setting| setting.key.to_owned()).collect();
        self.backend()
            .remove_property(key, must_be_stored, remembered, record)
            .await
    }

    fn shown(&self, setting: &Setting) -> Property {
        let value = if setting.secret {
            None
        } else {
            self.settings().text(setting)
        };
        Property {
            key: setting.key.to_owned(),
            value: value.map(|text| text.expose().to_owned()),
        }
    }
}
