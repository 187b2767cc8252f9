//! Server properties of the embedded server.

use async_trait::async_trait;

use super::Embedded;
use crate::backend::Properties;
use crate::domain::Result;
use crate::domain::audit::AuditRecord;
use crate::domain::page::{Page, PageRequest};
use crate::domain::property::{Property, StoredProperty};
use crate::domain::secret::Secret;
use crate::storage::properties;

#[async_trait]
impl Properties for Embedded {
    async fn list_properties(&self, page: PageRequest) -> Result<Page<Property>> {
        self.store
            .read(move |connection| properties::list(connection, &page))
            .await
    }

    async fn find_property(&self, key: &str) -> Result<Option<StoredProperty>> {
        let key = key.to_owned();
        self.store
            .read(move |connection| properties::find(connection, &key))
            .await
    }

    async fn write_property(
        &self,
        key: &str,
        value: Secret,
        must_exist: bool,
        record: Option<AuditRecord>,
    ) -> Result<()> {
        let key = key.to_owned();
        self.change(record, move |transaction| {
            properties::write(transaction, &key, &value, must_exist)
        })
        .await
    }

    async fn remove_property(
        &self,
        key: &str,
        must_exist: bool,
        remembered: Vec<String>,
        record: Option<AuditRecord>,
    ) -> Result<()> {
        let key = key.to_owned();
        self.change(record, move |transaction| {
            properties::remove(transaction, &key, must_exist, &remembered)
        })
        .await
    }
}
