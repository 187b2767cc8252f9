//! What stands in the paths and queries of operations.

use super::tree::{Tree, list, map};

/// What stands in a path or a query.
pub struct Parameter {
    pub name: &'static str,
    pub summary: &'static str,
    pub kind: &'static str,
    /// The only values, where there are only some.
    pub values: &'static [&'static str],
    pub example: Example,
}

#[derive(Clone, Copy, Debug)]
pub enum Example {
    Text(&'static str),
    Number(i64),
    Flag(bool),
}

const fn parameter(name: &'static str, example: &'static str, summary: &'static str) -> Parameter {
    Parameter {
        name,
        summary,
        kind: "string",
        values: &[],
        example: Example::Text(example),
    }
}

const fn number(name: &'static str, example: i64, summary: &'static str) -> Parameter {
    Parameter {
        kind: "integer",
        example: Example::Number(example),
        ..parameter(name, "", summary)
    }
}

const fn flag(name: &'static str, example: bool, summary: &'static str) -> Parameter {
    Parameter {
        kind: "boolean",
        example: Example::Flag(example),
        ..parameter(name, "", summary)
    }
}

/// The first of the values is the example.
const fn one_of(name: &'static str, summary: &'static str, values: &'static [&'static str]) -> Parameter {
    Parameter {
        values,
        ..parameter(name, values[0], summary)
    }
}

/// A name means the same wherever it stands.
pub const PARAMETERS: &[Parameter] = &[
    parameter("username", "kim", "Name of a user"),
    parameter("groupName", "staff", "Exact name of a group"),
    parameter("groupname", "staff", "Exact name of a group"),
    parameter("rosterJid", "jane@example.org", "Address of a contact"),
    parameter("roomName", "lobby", "Name of a room"),
    one_of(
        "affiliation",
        "An affiliation to a room",
        super::operations::AFFILIATIONS,
    ),
    parameter(
        "jid",
        "jane@example.org",
        "Address or name of a user, or name of a group",
    ),
    parameter("propertyKey", "demo.color", "Key of a property"),
    parameter("propertyValue", "green", "Value of the property of the user"),
    parameter("nodeId", "node1", "Identifier of a cluster node"),
    parameter("search", "ki", "A part of the name"),
    parameter(
        "servicename",
        "conference",
        "Name of the chat service; `conference` without it",
    ),
    one_of("type", "Rooms in the directory, or all", &["public", "all"]),
    flag(
        "expandGroups",
        true,
        "Show the members of groups among those with an affiliation",
    ),
    flag("sendInvitations", false, "Invite those who get an affiliation"),
    one_of(
        "connectionType",
        "Kind of listeners; all without it",
        &[
            "WEBADMIN",
            "SOCKET_S2S",
            "SOCKET_C2S",
            "BOSH_C2S",
            "COMPONENT",
            "CONNECTION_MANAGER",
        ],
    ),
    flag(
        "encrypted",
        false,
        "The variant with TLS; required with `connectionType`",
    ),
    number("offset", 0, "How many entries to leave out"),
    number("limit", 20, "How many entries to list; 100 without it"),
    number(
        "startTime",
        1_704_067_200,
        "Seconds since 1970; older entries are left out",
    ),
    number(
        "endTime",
        1_735_689_600,
        "Seconds since 1970; newer entries are left out",
    ),
];

/// A value of a path is one segment, in which the server takes no encoded separator or percent sign.
const SEGMENT: &str = r"^[^/\\%]+$";

impl Parameter {
    pub fn find(name: &str) -> Option<&'static Self> {
        PARAMETERS.iter().find(|known| known.name == name)
    }

    /// As it stands in a `place`: path or query.
    pub fn described(&self, place: &str) -> Tree {
        let mut schema = vec![("type", self.kind.into())];
        if !self.values.is_empty() {
            schema.push(("enum", list(self.values.iter().map(|value| Tree::from(*value)))));
        } else if place == "path" {
            schema.push(("pattern", SEGMENT.into()));
        }
        map([
            ("name", self.name.into()),
            ("in", place.into()),
            ("required", Tree::Flag(place == "path")),
            ("description", self.summary.into()),
            ("schema", map(schema)),
            ("example", self.example.into()),
        ])
    }
}

impl From<Example> for Tree {
    fn from(example: Example) -> Self {
        match example {
            Example::Text(text) => text.into(),
            Example::Number(number) => Self::Number(number),
            Example::Flag(flag) => Self::Flag(flag),
        }
    }
}
