//! Where nodes are: at the service of a host, or at an account (XEP-0163). What differs between the two stands here.

use rusqlite::Connection;

use super::error::{Refusal, moved, with};
use crate::domain::Result;
use crate::domain::address::{AccountAddress, Address};
use crate::domain::pubsub::{Node, NodeAddress, NodeConfig};
use crate::engine::refusal::NOBODY;
use crate::engine::stanza::{Condition, StanzaError};
use crate::storage::last_activity;
use crate::storage::pubsub::{moved as nodes_moved, nodes};

/// Bytes of a name of a node, or of an id.
const LONGEST_NAME: usize = 1_023;

#[derive(Debug, Clone)]
pub struct Place {
    pub address: Address,
    /// `None`: a service.
    pub account: Option<AccountAddress>,
}

impl Place {
    pub fn of_account(account: &AccountAddress) -> Self {
        Self {
            address: account.to_address(),
            account: Some(account.clone()),
        }
    }

    pub fn defaults(&self) -> NodeConfig {
        match self.account {
            Some(_) => NodeConfig::of_account(),
            None => NodeConfig::of_service(),
        }
    }

    pub fn node(&self, name: &str) -> NodeAddress {
        NodeAddress {
            service: self.address.clone(),
            name: name.to_owned(),
        }
    }

    /// Whether somebody may make nodes: every account at a service, at an account only itself.
    pub fn may_create(&self, who: &Address) -> bool {
        match self.account {
            Some(_) => self.address == *who,
            None => who.localpart().is_some(),
        }
    }

    /// Whether one account may have several subscriptions to a node.
    pub fn allows_several_subscriptions(&self) -> bool {
        self.account.is_none()
    }

    /// The node of this name. Strangers do not learn whether there is an account that lacks it.
    pub fn find(&self, connection: &Connection, name: Option<&str>, who: &Address) -> Result<Node, Refusal> {
        let name = node_id(name)?;
        if let Some(node) = nodes::find(connection, &self.node(name))? {
            return Ok(node);
        }
        if let Some(account) = &self.account
            && !is_seen_by(connection, account, who)?
        {
            return Err(NOBODY.into());
        }
        Err(Condition::ItemNotFound.into())
    }

    /// The same for those who want to read: they are told where its successor is (§6.1.3.11).
    pub fn find_or_successor(
        &self,
        connection: &Connection,
        name: Option<&str>,
        who: &Address,
    ) -> Result<Node, Refusal> {
        let refusal = match self.find(connection, name, who) {
            Err(Refusal::Answer(error)) if error.condition == Condition::ItemNotFound => Refusal::Answer(error),
            found => return found,
        };
        match nodes_moved::find(connection, &self.node(node_id(name)?))? {
            Some(uri) => Err(moved(uri).into()),
            None => Err(refusal),
        }
    }
}

/// Whether a name of a node, or an id of an item, can be kept.
pub fn check_name(name: &str) -> Result<(), StanzaError> {
    if name.len() > LONGEST_NAME {
        let text = format!("a name has {LONGEST_NAME} bytes at most");
        return Err(StanzaError::new(Condition::NotAcceptable).with_text(text));
    }
    Ok(())
}

/// The name that a request has to give.
pub fn node_id(name: Option<&str>) -> Result<&str, Refusal> {
    name.filter(|name| !name.is_empty())
        .ok_or_else(|| with(Condition::BadRequest, "nodeid-required").into())
}

/// Whether somebody sees the presence of an account, and is not blocked there.
pub fn is_seen_by(connection: &Connection, account: &AccountAddress, who: &Address) -> Result<bool> {
    let address = account.to_address();
    if address == *who {
        return Ok(true);
    }
    let visible = last_activity::list_visible(connection, &who.clone().into(), &[address])?;
    Ok(!visible.is_empty())
}
