//! Stored server properties.

use async_trait::async_trait;

use crate::domain::Result;
use crate::domain::audit::AuditRecord;
use crate::domain::page::{Page, PageRequest};
use crate::domain::property::{Property, StoredProperty};
use crate::domain::secret::Secret;

#[async_trait]
pub trait Properties: Send + Sync {
    /// By key; not those of which only the deletion is remembered.
    async fn list_properties(&self, page: PageRequest) -> Result<Page<Property>>;

    async fn find_property(&self, key: &str) -> Result<Option<StoredProperty>>;

    /// Makes or overwrites a property. `NotFound`, and nothing is written, when `must_exist` is set and
    /// `key` is not stored.
    async fn write_property(
        &self,
        key: &str,
        value: Secret,
        must_exist: bool,
        record: Option<AuditRecord>,
    ) -> Result<()>;

    /// Removes the property and every one below it; the deletion of each of `remembered` is kept
    /// in mind. `NotFound`, and nothing is removed, when `must_exist` is set and `key` is not stored.
    async fn remove_property(
        &self,
        key: &str,
        must_exist: bool,
        remembered: Vec<String>,
        record: Option<AuditRecord>,
    ) -> Result<()>;
}
