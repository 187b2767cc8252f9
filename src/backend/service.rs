//! The service as a whole.

use async_trait::async_trait;

use crate::domain::Result;
use crate::domain::address::FullAddress;
use crate::domain::audit::AuditRecord;
use crate::domain::service::AddressList;

#[async_trait]
pub trait Service: Send + Sync {
    async fn list_service_addresses(&self, list: AddressList) -> Result<Vec<FullAddress>>;

    /// Makes the list hold exactly these.
    async fn set_service_addresses(
        &self,
        list: AddressList,
        addresses: Vec<FullAddress>,
        record: Option<AuditRecord>,
    ) -> Result<()>;

    /// Stores the audit entry of something that is stored nowhere else.
    async fn note(&self, record: Option<AuditRecord>) -> Result<()>;
}
