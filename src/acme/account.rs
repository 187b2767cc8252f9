//! The account at the authority: made once, and again when the authority is another or does not know it any more.

use instant_acme::{Account, AccountBuilder, AccountCredentials, NewAccount};
use serde::{Deserialize, Serialize};

use super::{Acme, AcmeError};

/// RFC 8555 §6.7
const UNKNOWN_ACCOUNT: &str = "urn:ietf:params:acme:error:accountDoesNotExist";

#[derive(Deserialize, Serialize)]
struct Known {
    directory: String,
    credentials: AccountCredentials,
}

impl Acme {
    pub(super) async fn account(&self) -> Result<Account, AcmeError> {
        let stored = self.stored.clone();
        let known = tokio::task::spawn_blocking(move || stored.read_account::<Known>());
        match known.await.map_err(|_| AcmeError::Interrupted)?? {
            Some(known) if known.directory == self.settings.directory => {
                Ok(self.client()?.from_credentials(known.credentials).await?)
            }
            _ => self.make_account().await,
        }
    }

    /// An account in the place of one that the authority does not know, if that is the error.
    pub(super) async fn unless_unknown(&self, error: instant_acme::Error) -> Result<Account, AcmeError> {
        match &error {
            instant_acme::Error::Api(problem) if problem.r#type.as_deref() == Some(UNKNOWN_ACCOUNT) => {
                self.make_account().await
            }
            _ => Err(error.into()),
        }
    }

    async fn make_account(&self) -> Result<Account, AcmeError> {
        let contact = self
            .settings
            .contact
            .as_ref()
            .map(|address| format!("mailto:{address}"));
        let contact: Vec<_> = contact.iter().map(String::as_str).collect();
        let new = NewAccount {
            contact: &contact,
            // The configuration cannot be used otherwise.
            terms_of_service_agreed: true,
            only_return_existing: false,
        };
        let directory = self.settings.directory.clone();
        let (account, credentials) = self.client()?.create(&new, directory.clone(), None).await?;
        let stored = self.stored.clone();
        let known = Known { directory, credentials };
        tokio::task::spawn_blocking(move || stored.write_account(&known))
            .await
            .map_err(|_| AcmeError::Interrupted)??;
        Ok(account)
    }

    fn client(&self) -> Result<AccountBuilder, AcmeError> {
        let builder = match &self.settings.root {
            Some(root) => Account::builder_with_root(root),
            None => Account::builder(),
        };
        Ok(builder?)
    }
}
