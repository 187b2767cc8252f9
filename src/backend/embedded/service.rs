//! The embedded server as a whole.

use async_trait::async_trait;

use super::Embedded;
use crate::backend::Service;
use crate::domain::Result;
use crate::domain::address::FullAddress;
use crate::domain::audit::AuditRecord;
use crate::domain::service::AddressList;
use crate::storage::service_addresses;

#[async_trait]
impl Service for Embedded {
    async fn list_service_addresses(&self, list: AddressList) -> Result<Vec<FullAddress>> {
        self.store
            .read(move |connection| service_addresses::list(connection, list))
            .await
    }

    async fn set_service_addresses(
        &self,
        list: AddressList,
        addresses: Vec<FullAddress>,
        record: Option<AuditRecord>,
    ) -> Result<()> {
        self.change(record, move |transaction| {
            service_addresses::set(transaction, list, &addresses)
        })
        .await
    }

    async fn note(&self, record: Option<AuditRecord>) -> Result<()> {
        Self::note(self, record).await
    }
}
