//! Telling of a change those who may know, once it is on disk.

use super::Call;
use super::audience::Audience;
use super::error::Refusal;
use super::event::Event;
use super::notice::Notice;
use crate::domain::pubsub::Node;
use crate::storage::Transaction;

/// Tells everybody who may know.
pub fn tell(call: &Call, transaction: &mut Transaction<'_>, node: &Node, event: Event) -> Result<(), Refusal> {
    let notice = Notice::new(&call.engine, &call.place, node, event, None);
    tell_all(call, transaction, node, notice)
}

/// The same with a notice that is written already.
pub fn tell_all(call: &Call, transaction: &mut Transaction<'_>, node: &Node, notice: Notice) -> Result<(), Refusal> {
    let audience = Audience::load(&call.engine, transaction, &call.place, node)?;
    let engine = call.engine.clone();
    transaction.after_commit(move || notice.to_all(&engine, &audience));
    Ok(())
}
