//! Invitations to make an account (XEP-0401 §5.4).

use futures::FutureExt;

use super::call::{Call, Command};
use super::error::Failure;
use crate::domain::address::Localpart;
use crate::domain::command::{Answers, Field, FieldKind, Form, Outcome};
use crate::domain::invitation::{NewInvitation, Purpose};

pub const COMMANDS: &[Command] = &[Command::asking(
    "urn:xmpp:invite#create-account",
    "Create account",
    |_| async { Ok(form()) }.boxed(),
    |call, answers| create(call, answers).boxed(),
)];

fn form() -> Form {
    Form {
        about: "urn:xmpp:invite#create-account",
        title: "Inviting to Make an Account",
        instructions: "The link that you get lets one person make an account. Without a username that person chooses it.",
        fields: vec![
            Field::new("username", FieldKind::Text, "Username"),
            Field::new("roster-subscription", FieldKind::Flag, "Roster subscription"),
        ],
    }
}

async fn create(call: &Call<'_>, answers: &Answers) -> Result<Outcome, Failure> {
    let username = answers.text("username").map(Localpart::prepare).transpose()?;
    let invitation = NewInvitation {
        purpose: Purpose::Account {
            host: call.host.clone(),
            username,
        },
        inviter: answers.is_set("roster-subscription").then(|| call.caller.clone()),
        uses: 1,
        lifetime: None,
    };
    Ok(call.admin.create_invitation(invitation).await?.outcome())
}
