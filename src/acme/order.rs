//! One order: the domains are proven, a key is made, and the authority signs it.

use std::time::Duration;

use instant_acme::{AuthorizationStatus, ChallengeType, Identifier, NewOrder, Order, OrderStatus, RetryPolicy};
use rcgen::{CertificateParams, DistinguishedName, KeyPair};

use super::{Acme, AcmeError, challenges::Shown};

/// How long the authority may look at one thing.
const POLLING: RetryPolicy = RetryPolicy::new().timeout(Duration::from_mins(2));

impl Acme {
    /// A new key and its chain, as PEM in one text.
    pub(super) async fn order(&self) -> Result<String, AcmeError> {
        let identifiers: Vec<_> = self.settings.domains.iter().cloned().map(Identifier::Dns).collect();
        let new = NewOrder::new(&identifiers);
        let mut order = match self.account().await?.new_order(&new).await {
            Ok(order) => order,
            Err(error) => self.unless_unknown(error).await?.new_order(&new).await?,
        };
        let shown = self.prove(&mut order).await?;
        let status = order.poll_ready(&POLLING).await;
        drop(shown);
        if !matches!(status, Ok(OrderStatus::Ready)) {
            refusal(&mut order).await?;
        }
        status?;
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(self.settings.domains.clone())?;
        params.distinguished_name = DistinguishedName::new();
        order.finalize_csr(params.serialize_request(&key)?.der()).await?;
        let chain = order.poll_certificate(&POLLING).await?;
        Ok(format!("{}{chain}", key.serialize_pem()))
    }

    /// Shows what proves each domain, and tells the authority to look.
    async fn prove(&self, order: &mut Order) -> Result<Shown, AcmeError> {
        let mut shown = self.challenges.show();
        let mut authorizations = order.authorizations();
        while let Some(authorization) = authorizations.next().await {
            let mut authorization = authorization?;
            if authorization.status == AuthorizationStatus::Valid {
                continue;
            }
            let domain = authorization.identifier().to_string();
            let Some(mut challenge) = authorization.challenge(ChallengeType::Http01) else {
                return Err(AcmeError::NoChallenge { domain });
            };
            let text = challenge.key_authorization();
            shown.add(&challenge.token, text.as_str());
            challenge.set_ready().await?;
        }
        Ok(shown)
    }
}

/// What the authority found wrong with a domain, if it says so.
async fn refusal(order: &mut Order) -> Result<(), AcmeError> {
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        let domain = authorization.identifier().to_string();
        let error = authorization
            .refresh()
            .await?
            .challenges
            .iter()
            .find_map(|challenge| challenge.error.clone());
        if let Some(error) = error {
            let reason = error.to_string();
            return Err(AcmeError::Refused { domain, reason });
        }
    }
    Ok(())
}
