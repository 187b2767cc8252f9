//! What becomes of nodes, affiliations and subscriptions when an account goes or gets another name.

use super::super::rows::failure;
use crate::domain::Result;
use crate::domain::address::Address;
use crate::storage::Transaction;

/// Removes the nodes of an account, those of services that nobody else owns, and what it was to others.
pub fn remove(transaction: &mut Transaction<'_>, account: &Address) -> Result<()> {
    for statement in [
        "DELETE FROM pubsub_nodes WHERE service = ?1",
        "DELETE FROM pubsub_nodes WHERE id IN ( \
             SELECT node FROM pubsub_affiliations WHERE address = ?1 AND affiliation = 'owner') \
         AND NOT EXISTS (SELECT 1 FROM pubsub_affiliations \
             WHERE node = pubsub_nodes.id AND address <> ?1 AND affiliation = 'owner')",
        "DELETE FROM pubsub_moved WHERE service = ?1 OR creator = ?1",
        "DELETE FROM pubsub_affiliations WHERE address = ?1",
        "DELETE FROM pubsub_subscriptions WHERE subscriber = ?1",
    ] {
        execute(transaction, statement, &[account.as_str()])?;
    }
    Ok(())
}

/// Gives all of that to another name, in the place of what may be left there.
pub fn rename(transaction: &mut Transaction<'_>, from: &Address, to: &Address) -> Result<()> {
    remove(transaction, to)?;
    for statement in [
        "UPDATE pubsub_nodes SET service = ?2 WHERE service = ?1",
        "UPDATE pubsub_nodes SET creator = ?2 WHERE creator = ?1",
        "UPDATE pubsub_moved SET service = ?2 WHERE service = ?1",
        "UPDATE pubsub_moved SET creator = ?2 WHERE creator = ?1",
        "UPDATE pubsub_items SET publisher = ?2 WHERE publisher = ?1 \
         AND node IN (SELECT node FROM pubsub_affiliations WHERE address = ?1)",
        "UPDATE pubsub_affiliations SET address = ?2 WHERE address = ?1",
        "UPDATE pubsub_subscriptions SET subscriber = ?2 WHERE subscriber = ?1",
    ] {
        execute(transaction, statement, &[from.as_str(), to.as_str()])?;
    }
    Ok(())
}

fn execute(transaction: &mut Transaction<'_>, statement: &str, values: &[&str]) -> Result<()> {
    transaction
        .prepare_cached(statement)
        .and_then(|mut statement| statement.execute(rusqlite::params_from_iter(values)))
        .map_err(failure)?;
    Ok(())
}
