//! The entities of the API (§12) with their fields under the names of the wire, and an example of each.

use super::field::{
    Field, Int, attribute, boolean, date, entities, integer, nested, secret, text, texts, whole, wrapped,
};

pub struct Entity {
    pub name: &'static str,
    /// The XML root element, where it has another name.
    root: Option<&'static str>,
    /// Whether the XML form has its elements in alphabetical order.
    pub alphabetical: bool,
    /// Whether it is only answered, so that fields that are always there can be named.
    pub answered_only: bool,
    pub fields: &'static [Field],
}

const fn entity(name: &'static str, fields: &'static [Field]) -> Entity {
    Entity {
        name,
        root: None,
        alphabetical: false,
        answered_only: false,
        fields,
    }
}

/// An entity that no request holds.
const fn answer(name: &'static str, fields: &'static [Field]) -> Entity {
    Entity {
        answered_only: true,
        ..entity(name, fields)
    }
}

impl Entity {
    const fn in_element(mut self, root: &'static str) -> Self {
        self.root = Some(root);
        self
    }

    const fn alphabetical(mut self) -> Self {
        self.alphabetical = true;
        self
    }

    pub fn root(&self) -> &'static str {
        self.root.unwrap_or(self.name)
    }

    pub fn find(name: &str) -> Option<&'static Self> {
        ENTITIES.iter().find(|entity| entity.name == name)
    }
}

const JANE: &str = "jane@example.org";
const IN_ROOM: &str = "lobby@conference.example.org/Jane";

const fn addresses(name: &'static str, item: &'static str) -> Field {
    texts(name, item, &[JANE])
}

pub const ENTITIES: &[Entity] = &[
    entity(
        "user",
        &[
            text("username", "kim").about("Local part of the address"),
            text("name", "Kim Doe").about("Display name"),
            text("email", "kim@example.com"),
            secret("password", "s3cret"),
            wrapped("properties", "property"),
        ],
    ),
    entity("users", &[entities("users", "user")]),
    entity(
        "property",
        &[attribute("key", "demo.color"), attribute("value", "green")],
    ),
    entity("properties", &[entities("property", "property")]),
    entity("userGroups", &[nested("groupnames", "groupname", &["staff"])]).in_element("groups"),
    entity(
        "rosterItem",
        &[
            text("jid", JANE).about("Address of the contact"),
            text("nickname", "Jane"),
            integer("subscriptionType", 3).about("-1: remove, 0: none, 1: to, 2: from, 3: both"),
            texts("groups", "group", &["Friends"]),
        ],
    ),
    entity("roster", &[entities("rosterItem", "rosterItem")]),
    entity(
        "group",
        &[
            text("name", "staff"),
            text("description", "Those who work here"),
            addresses("admins", "admin"),
            texts("members", "member", &["john@example.org"]),
            boolean("shared", false).about("Whether the members see the group in their rosters"),
        ],
    ),
    entity("groups", &[entities("groups", "group")]),
    entity(
        "chatService",
        &[
            text("serviceName", "meetings").about("First label of the service's domain"),
            text("description", "Rooms for meetings"),
            boolean("hidden", false),
        ],
    ),
    entity("chatServices", &[entities("chatService", "chatService")]),
    entity(
        "chatRoom",
        &[
            text("roomName", "lobby").about("Local part of the room's address"),
            text("naturalName", "Lobby"),
            text("description", "Come in"),
            text("password", "s3same").about("What somebody must know to enter"),
            text("subject", "Welcome"),
            date("creationDate"),
            date("modificationDate"),
            integer("maxUsers", 30).about("Occupants at most; 0: any number"),
            boolean("persistent", true).about("Whether the room stays when the last occupant leaves"),
            boolean("publicRoom", true).about("Whether the room is in the directory"),
            boolean("registrationEnabled", true),
            boolean("canAnyoneDiscoverJID", true),
            boolean("canOccupantsChangeSubject", false),
            boolean("canOccupantsInvite", false),
            boolean("canChangeNickname", true),
            boolean("logEnabled", true),
            boolean("loginRestrictedToNickname", false),
            boolean("membersOnly", false),
            boolean("moderated", false),
            texts(
                "broadcastPresenceRoles",
                "broadcastPresenceRole",
                &["moderator", "participant", "visitor"],
            ),
            texts("owners", "owner", &["kim@example.org"]),
            texts("admins", "admin", &["john@example.org"]),
            texts("members", "member", &[]),
            texts("outcasts", "outcast", &[]),
            texts("ownerGroups", "ownerGroup", &[]),
            texts("adminGroups", "adminGroup", &[]),
            texts("memberGroups", "memberGroup", &[]),
            texts("outcastGroups", "outcastGroup", &[]),
            text("allowPM", "anyone").about("Who may send private messages: anyone, participants, moderators, none"),
        ],
    ),
    entity("chatRooms", &[entities("chatRooms", "chatRoom")]),
    answer(
        "result",
        &[
            text("roomName", "lobby").always(),
            text("resultType", "Success").always(),
            text("message", "Room was successfully created"),
        ],
    ),
    answer(
        "results",
        &[
            wrapped("success", "result").always(),
            wrapped("failure", "result").always(),
            wrapped("other", "result").always(),
        ],
    ),
    entity("admins", &[nested("admins", "admin", &[JANE])]),
    entity("members", &[nested("members", "member", &[JANE])]),
    entity("outcasts", &[nested("outcasts", "outcast", &[JANE])]),
    entity("owners", &[nested("owners", "owner", &[JANE])]),
    entity("mucInvitation", &[text("reason", "Hello, come to this room!")]),
    entity(
        "mucInvitations",
        &[
            text("reason", "Hello, come to this room!"),
            texts("jidsToInvite", "jid", &[JANE, "john@example.org"]),
        ],
    ),
    answer(
        "participant",
        &[
            text("jid", IN_ROOM).always().about("Address in the room"),
            text("role", "participant").always(),
            text("affiliation", "none").always(),
        ],
    )
    .alphabetical(),
    answer("participants", &[entities("participants", "participant").always()]),
    answer(
        "occupant",
        &[
            text("jid", IN_ROOM).always().about("Address in the room"),
            text("userAddress", "jane@example.org/phone").always(),
            text("role", "participant").always(),
            text("affiliation", "none").always(),
        ],
    )
    .alphabetical(),
    answer("occupants", &[entities("occupants", "occupant").always()]),
    answer(
        "historyMessage",
        &[
            text("to", "lobby@conference.example.org"),
            text("from", IN_ROOM),
            text("type", "groupchat"),
            text("body", "Hello"),
            text("delay_stamp", "2024-01-01T10:30:00.000Z").about("In the form of XEP-0203 in both formats"),
            text("delay_from", "lobby@conference.example.org"),
        ],
    )
    .in_element("message"),
    answer("messages", &[entities("message", "historyMessage").always()]),
    answer(
        "session",
        &[
            text("sessionId", "jane@example.org/phone")
                .always()
                .about("Full address"),
            text("username", "jane").always(),
            text("resource", "phone").always(),
            text("node", "Local").always(),
            text("sessionStatus", "Authenticated").always(),
            text("presenceStatus", "Online").always(),
            text("presenceMessage", "At work"),
            integer("priority", 0).always(),
            text("hostAddress", "192.0.2.7"),
            text("hostName", "192.0.2.7"),
            date("creationDate").always(),
            date("lastActionDate").always(),
            boolean("secure", true).always(),
        ],
    ),
    answer("sessions", &[entities("sessions", "session").always()]),
    answer(
        "sessionCount",
        &[
            whole("localSessions", 1, Int::Long).always(),
            whole("clusterSessions", 1, Int::Long).always(),
        ],
    )
    .in_element("sessions")
    .alphabetical(),
    entity("message", &[text("body", "The service restarts in ten minutes")]),
    answer(
        "archive",
        &[text("jid", JANE).always(), whole("count", 2, Int::Long).always()],
    ),
    answer(
        "log",
        &[
            whole("logId", 7, Int::Long).always(),
            text("username", "admin"),
            whole("timestamp", 1_704_105_000, Int::Long)
                .always()
                .about("Seconds since 1970"),
            text("summary", "created the user kim@example.org"),
            text("node", "xmpp1"),
            text("details", "openfire: POST /users from 192.0.2.7"),
        ],
    )
    .alphabetical(),
    answer("logs", &[entities("logs", "log").always()]),
    answer("clustering", &[text("status", "Disabled").always()]),
    answer(
        "clusterNode",
        &[
            text("hostName", "xmpp1.example.org (192.0.2.1)").always(),
            text("nodeID", "node1").always(),
            date("joinedTime"),
            boolean("seniorMember", true).always(),
        ],
    )
    .alphabetical(),
    answer("clusterNodes", &[entities("clusterNodes", "clusterNode").always()]),
    answer(
        "error",
        &[
            text("resource", "kim").about("What it is about; absent where the request did not name it"),
            text("message", "Could not get user").always(),
            text("exception", "UserNotFoundException")
                .always()
                .about("The name to decide by"),
        ],
    )
    .alphabetical(),
];
