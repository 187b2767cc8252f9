//! The entities of the API (§12) with their fields under the names of the wire, and how each looks as a schema.

use super::tree::{Tree, list, map};

/// What a field holds.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Text,
    /// A text that is only sent, never answered.
    Secret,
    Integer,
    Boolean,
    /// JSON: milliseconds since 1970; XML: date and time.
    Date,
    /// Texts; the name of an XML item.
    Texts(&'static str),
    /// Entities.
    Entities(&'static str),
}

#[derive(Clone, Copy, Debug)]
pub struct Field {
    name: &'static str,
    kind: Kind,
    /// An attribute, or a list with an element around it, in XML.
    apart: bool,
}

pub struct Entity {
    pub name: &'static str,
    /// The XML root element, where it has another name.
    root: Option<&'static str>,
    fields: &'static [Field],
}

const fn field(name: &'static str, kind: Kind) -> Field {
    Field {
        name,
        kind,
        apart: false,
    }
}

const fn text(name: &'static str) -> Field {
    field(name, Kind::Text)
}

const fn integer(name: &'static str) -> Field {
    field(name, Kind::Integer)
}

const fn boolean(name: &'static str) -> Field {
    field(name, Kind::Boolean)
}

const fn date(name: &'static str) -> Field {
    field(name, Kind::Date)
}

const fn attribute(name: &'static str) -> Field {
    Field {
        apart: true,
        ..text(name)
    }
}

/// Texts with an XML element around them.
const fn texts(name: &'static str, item: &'static str) -> Field {
    Field {
        apart: true,
        ..field(name, Kind::Texts(item))
    }
}

/// Entities directly in their parent.
const fn entities(name: &'static str, item: &'static str) -> Field {
    field(name, Kind::Entities(item))
}

/// Entities with an XML element around them.
const fn wrapped(name: &'static str, item: &'static str) -> Field {
    Field {
        apart: true,
        ..entities(name, item)
    }
}

const fn entity(name: &'static str, fields: &'static [Field]) -> Entity {
    Entity {
        name,
        root: None,
        fields,
    }
}

impl Entity {
    const fn in_element(mut self, root: &'static str) -> Self {
        self.root = Some(root);
        self
    }
}

pub const ENTITIES: &[Entity] = &[
    entity(
        "user",
        &[
            text("username"),
            text("name"),
            text("email"),
            field("password", Kind::Secret),
            wrapped("properties", "property"),
        ],
    ),
    entity("users", &[entities("users", "user")]),
    entity("property", &[attribute("key"), attribute("value")]),
    entity("properties", &[entities("property", "property")]),
    entity("userGroups", &[field("groupnames", Kind::Texts("groupname"))]).in_element("groups"),
    entity(
        "rosterItem",
        &[
            text("jid"),
            text("nickname"),
            integer("subscriptionType"),
            texts("groups", "group"),
        ],
    ),
    entity("roster", &[entities("rosterItem", "rosterItem")]),
    entity(
        "group",
        &[
            text("name"),
            text("description"),
            texts("admins", "admin"),
            texts("members", "member"),
            boolean("shared"),
        ],
    ),
    entity("groups", &[entities("groups", "group")]),
    entity(
        "chatService",
        &[text("serviceName"), text("description"), boolean("hidden")],
    ),
    entity("chatServices", &[entities("chatService", "chatService")]),
    entity(
        "chatRoom",
        &[
            text("roomName"),
            text("naturalName"),
            text("description"),
            text("password"),
            text("subject"),
            date("creationDate"),
            date("modificationDate"),
            integer("maxUsers"),
            boolean("persistent"),
            boolean("publicRoom"),
            boolean("registrationEnabled"),
            boolean("canAnyoneDiscoverJID"),
            boolean("canOccupantsChangeSubject"),
            boolean("canOccupantsInvite"),
            boolean("canChangeNickname"),
            boolean("logEnabled"),
            boolean("loginRestrictedToNickname"),
            boolean("membersOnly"),
            boolean("moderated"),
            texts("broadcastPresenceRoles", "broadcastPresenceRole"),
            texts("owners", "owner"),
            texts("admins", "admin"),
            texts("members", "member"),
            texts("outcasts", "outcast"),
            texts("ownerGroups", "ownerGroup"),
            texts("adminGroups", "adminGroup"),
            texts("memberGroups", "memberGroup"),
            texts("outcastGroups", "outcastGroup"),
            text("allowPM"),
        ],
    ),
    entity("chatRooms", &[entities("chatRooms", "chatRoom")]),
    entity("result", &[text("roomName"), text("resultType"), text("message")]),
    entity(
        "results",
        &[
            wrapped("success", "result"),
            wrapped("failure", "result"),
            wrapped("other", "result"),
        ],
    ),
    entity("admins", &[field("admins", Kind::Texts("admin"))]),
    entity("members", &[field("members", Kind::Texts("member"))]),
    entity("outcasts", &[field("outcasts", Kind::Texts("outcast"))]),
    entity("owners", &[field("owners", Kind::Texts("owner"))]),
    entity("mucInvitation", &[text("reason")]),
    entity("mucInvitations", &[text("reason"), texts("jidsToInvite", "jid")]),
    entity("participant", &[text("jid"), text("role"), text("affiliation")]),
    entity("participants", &[entities("participants", "participant")]),
    entity(
        "occupant",
        &[text("jid"), text("userAddress"), text("role"), text("affiliation")],
    ),
    entity("occupants", &[entities("occupants", "occupant")]),
    entity(
        "historyMessage",
        &[
            text("to"),
            text("from"),
            text("type"),
            text("body"),
            text("delay_stamp"),
            text("delay_from"),
        ],
    )
    .in_element("message"),
    entity("messages", &[entities("message", "historyMessage")]),
    entity(
        "session",
        &[
            text("sessionId"),
            text("username"),
            text("resource"),
            text("node"),
            text("sessionStatus"),
            text("presenceStatus"),
            text("presenceMessage"),
            integer("priority"),
            text("hostAddress"),
            text("hostName"),
            date("creationDate"),
            date("lastActionDate"),
            boolean("secure"),
        ],
    ),
    entity("sessions", &[entities("sessions", "session")]),
    entity("sessionCount", &[integer("localSessions"), integer("clusterSessions")]).in_element("sessions"),
    entity("message", &[text("body")]),
    entity("archive", &[text("jid"), integer("count")]),
    entity(
        "log",
        &[
            integer("logId"),
            text("username"),
            integer("timestamp"),
            text("summary"),
            text("node"),
            text("details"),
        ],
    ),
    entity("logs", &[entities("logs", "log")]),
    entity("clustering", &[text("status")]),
    entity(
        "clusterNode",
        &[
            text("hostName"),
            text("nodeID"),
            date("joinedTime"),
            boolean("seniorMember"),
        ],
    ),
    entity("clusterNodes", &[entities("clusterNodes", "clusterNode")]),
    entity("error", &[text("resource"), text("message"), text("exception")]),
];

/// The schemas of all entities.
pub fn schemas() -> Tree {
    let vcard = map([
        ("description", "A vCard (XEP-0054)".into()),
        ("type", "object".into()),
        (
            "xml",
            map([("name", Tree::from("vCard")), ("namespace", "vcard-temp".into())]),
        ),
    ]);
    let described = ENTITIES.iter().map(|entity| (entity.name, entity.schema()));
    map(described.chain([("vCard", vcard)]))
}

/// A reference to the schema of an entity.
pub fn reference(name: &str) -> Tree {
    map([("$ref", format!("#/components/schemas/{name}").into())])
}

impl Entity {
    fn schema(&self) -> Tree {
        let properties = self.fields.iter().map(|field| (field.name, field.schema()));
        map([
            ("type", "object".into()),
            ("properties", map(properties)),
            ("xml", map([("name", self.root.unwrap_or(self.name).into())])),
        ])
    }
}

impl Field {
    fn schema(&self) -> Tree {
        let mut entries = match self.kind {
            Kind::Text => vec![("type", "string".into())],
            Kind::Secret => vec![("type", "string".into()), ("writeOnly", Tree::Flag(true))],
            Kind::Integer => vec![("type", "integer".into())],
            Kind::Boolean => vec![("type", "boolean".into())],
            Kind::Date => vec![
                ("type", list(["integer".into(), "string".into()])),
                (
                    "description",
                    "JSON: milliseconds since 1970-01-01T00:00:00Z; XML: date and time".into(),
                ),
            ],
            Kind::Texts(item) => {
                let item = map([("type", Tree::from("string")), ("xml", map([("name", item.into())]))]);
                vec![("type", "array".into()), ("items", item)]
            }
            Kind::Entities(item) => vec![("type", "array".into()), ("items", reference(item))],
        };
        if self.apart {
            let how = if matches!(self.kind, Kind::Text) {
                "attribute"
            } else {
                "wrapped"
            };
            entries.push(("xml", map([(how, Tree::Flag(true))])));
        }
        map(entries)
    }
}
