//! A command with which owners have the requests for approval at one of their nodes sent to them once more (XEP-0060 §8.7,
//! XEP-0050).

use super::messages::send;
use super::{Answer, Call, Place, forms};
use crate::domain::address::Host;
use crate::domain::command;
use crate::domain::pubsub::{NodeAffiliation, NodeSubscriptionState};
use crate::domain::random::alphanumeric;
use crate::engine::Engine;
use crate::engine::commands::Open;
use crate::engine::commands::request::{self, Asked, SESSION_ID, bad};
use crate::engine::form::Filled;
use crate::engine::stanza::{Condition, Stanza, StanzaError};
use crate::engine::xml::{Element, ns};
use crate::storage::pubsub::{affiliations, subscriptions};

const COMMAND: &str = "http://jabber.org/protocol/pubsub#get-pending";
const NAME: &str = "Get pending subscription requests";

/// What discovery tells of the command. `None`: the query is about something else.
pub fn describe(place: &Place, query: &Element) -> Option<Element> {
    match (query.ns(), query.attr("node")?) {
        (ns::DISCO_ITEMS, ns::COMMANDS) => {
            let item = Element::new("item", ns::DISCO_ITEMS)
                .with_attr("jid", &place.address)
                .with_attr("node", COMMAND)
                .with_attr("name", NAME);
            let list = Element::new("query", ns::DISCO_ITEMS).with_attr("node", ns::COMMANDS);
            Some(list.with_child(item))
        }
        (ns::DISCO_ITEMS, COMMAND) => Some(Element::new("query", ns::DISCO_ITEMS).with_attr("node", COMMAND)),
        (ns::DISCO_INFO, ns::COMMANDS) => Some(request::described_list()),
        (ns::DISCO_INFO, COMMAND) => Some(request::described_command(COMMAND, NAME)),
        _ => None,
    }
}

/// Serves `<command/>` at a service.
pub async fn serve(engine: &Engine, place: Place, request: &Stanza) -> Answer {
    let asked = Asked::read(request)?;
    let requester = request.from.clone().ok_or(Condition::BadRequest)?;
    if asked.node != COMMAND {
        return Err(Condition::ItemNotFound.into());
    }
    let call = Call {
        engine: engine.clone(),
        place,
        requester,
    };
    match (asked.session, asked.action) {
        (None, "execute") => begin(call).await,
        (None, _) => Err(bad("bad-sessionid")),
        (Some(id), action) => go_on(call, id, action, asked.command).await,
    }
}

/// Shows the nodes that the caller owns.
async fn begin(call: Call) -> Answer {
    let own = call
        .read(|call, connection| {
            let mut own = affiliations::list_of(connection, &call.place.address, call.who())?;
            own.retain(|(_, affiliation)| *affiliation == NodeAffiliation::Owner);
            Ok(own)
        })
        .await?;
    if own.is_empty() {
        return Err(StanzaError::new(Condition::Forbidden).with_kind("cancel"));
    }
    let id = alphanumeric(call.engine.random(), SESSION_ID);
    let form = forms::pending(own.iter().map(|(node, _)| node.as_str()));
    let asking = request::asking(COMMAND, &id, form.to_form());
    let opened = Open {
        host: Host::from_stored(call.place.address.as_str()),
        owner: call.requester,
        at: call.place.address.into(),
        node: COMMAND.to_owned(),
        form: command::Form {
            about: forms::AUTHORIZATION,
            title: "",
            instructions: "",
            fields: Vec::new(),
        },
        begun: call.engine.clock().now(),
    };
    call.engine.commands().open(id, opened);
    Ok(Some(asking))
}

async fn go_on(call: Call, id: &str, action: &str, command: &Element) -> Answer {
    let at = call.place.address.clone().into();
    request::opened(&call.engine, id, &call.requester, &at, COMMAND)?;
    match action {
        "cancel" => {
            call.engine.commands().close(id);
            return Ok(Some(request::command(COMMAND, id, "canceled")));
        }
        "next" | "prev" => return Err(bad("bad-action")),
        _ => {}
    }
    let filled = Filled::read_in(command).ok().flatten();
    let name = filled.as_ref().and_then(|filled| filled.value("pubsub#node"));
    let name = name.map(str::to_owned).ok_or_else(|| bad("bad-payload"))?;
    call.change(move |call, transaction| {
        let node = call.own_node(transaction, Some(&name))?;
        let all = subscriptions::list(transaction, &node)?;
        for pending in all.iter().filter(|one| one.state == NodeSubscriptionState::Pending) {
            let form = forms::authorization(&name, pending);
            send(call, transaction, call.requester.clone(), form);
        }
        Ok(())
    })
    .await?;
    call.engine.commands().close(id);
    Ok(Some(request::command(COMMAND, id, "completed")))
}
