//! Invitations to a room: of the one in the path, or of several (§12.9).

use crate::api::openfire::input::{BindError, Fields, FromFields};
use crate::api::openfire::output::ListNames;

const JIDS: ListNames = ListNames::wrapped("jidsToInvite", "jid");

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invitation {
    pub reason: Option<String>,
}

impl FromFields for Invitation {
    const ROOTS: &'static [&'static str] = &["mucInvitation"];

    fn from_fields(fields: &mut Fields<'_>) -> Result<Self, BindError> {
        Ok(Self {
            reason: fields.text("reason")?,
        })
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invitations {
    pub reason: Option<String>,
    pub jids_to_invite: Option<Vec<String>>,
}

impl FromFields for Invitations {
    /// The second is the one of the plugin's documentation (quirk 9).
    const ROOTS: &'static [&'static str] = &["mucInvitations", "mucInvitation"];

    fn from_fields(fields: &mut Fields<'_>) -> Result<Self, BindError> {
        Ok(Self {
            reason: fields.text("reason")?,
            jids_to_invite: fields.texts(JIDS)?,
        })
    }
}
