//! XEP-0352: what can wait is held back while nobody is looking, and comes before anything important.

use crate::client::{Client, body};
use crate::support::service::{Service, Settings};

const STATES: &str = "http://jabber.org/protocol/chatstates";

fn typing(client: &mut Client, state: &str) {
    client.send(&format!(
        "<message to='jane@example.org/a' type='chat'><{state} xmlns='{STATES}'/></message>"
    ));
}

#[test]
fn nobody_hears_of_typing_while_nobody_looks() {
    let service = Service::demo(Settings::demo());
    let mut jane = Client::online(service.xmpp_port, "jane", "a");
    let mut john = Client::online(service.xmpp_port, "john", "b");
    jane.enable();
    jane.ping();
    jane.send("<inactive xmlns='urn:xmpp:csi:0'/>");
    jane.handled();
    typing(&mut john, "composing");
    typing(&mut john, "paused");
    john.ping();
    // An answer of stream management does not wake anybody, so nothing comes before it.
    jane.send("<r xmlns='urn:xmpp:sm:3'/>");
    jane.expect("a");
    john.say("jane@example.org/a", "important");
    let state = jane.find("message");
    assert!(
        state.has_child("paused", STATES),
        "the latest, and before the message: {state}"
    );
    assert_eq!(body(&jane.find("message")), "important");
    typing(&mut john, "composing");
    john.ping();
    jane.send("<active xmlns='urn:xmpp:csi:0'/>");
    assert!(jane.find("message").has_child("composing", STATES));
}
