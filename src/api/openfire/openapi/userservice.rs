//! The legacy userservice (§11), which the document of the original names too, as deprecated. Its other paths are aliases
//! and stand in the description only: they would be the same operations once more.

use http::Method;

use super::responses;
use super::tree::{Tree, list, map};

pub const PATH: &str = "/userservice";

/// The tag, as in the original.
pub const TAG: &str = "UserService (deprecated)";

/// Method, identifier (spelt as in the original) and what is different about it.
const OPERATIONS: &[(Method, &str, &str)] = &[
    (
        Method::GET,
        "userSerivceRequest",
        "One change to a user, or a list of groups, in one URL",
    ),
    (
        Method::POST,
        "userSerivcePostRequest",
        "The same with the parameters in the URL or in a form",
    ),
];

const ABOUT: &str = "Passwords and the shared secret stand in the URL, so use the other operations instead. \
    `userservice.enabled` switches it on. Errors are answered with status 200 and `<error>NAME</error>`. Also at \
    `/plugins/restapi/userservice` and `/plugins/userService/userservice`.";

const PARAMETERS: &[(&str, &str, &str)] = &[
    ("type", "grouplist", "What to do"),
    (
        "secret",
        "potato",
        "The shared secret, whatever the way to authenticate is",
    ),
    ("username", "kim", "Name of the user; all types but `grouplist` need it"),
    ("password", "s3cret", "New password, in clear text"),
    ("name", "Kim Doe", "Display name; for contacts the nickname"),
    ("email", "kim@example.com", "E-mail address"),
    ("groups", "staff,friends", "Names of groups with commas between them"),
    ("item_jid", "jane@example.org", "Address of a contact"),
    ("subscription", "3", "Subscription of a contact"),
];

/// The only values of a parameter.
const VALUES: &[(&str, &[&str])] = &[
    (
        "type",
        &[
            "add",
            "update",
            "delete",
            "disable",
            "enable",
            "add_roster",
            "update_roster",
            "delete_roster",
            "grouplist",
            "usergrouplist",
        ],
    ),
    ("subscription", &["-1", "0", "1", "2", "3"]),
];

/// The methods of the path with their descriptions.
pub fn operations() -> Tree {
    map(OPERATIONS
        .iter()
        .map(|(method, id, summary)| (method.as_str().to_lowercase(), described(method, id, summary))))
}

fn described(method: &Method, id: &str, summary: &str) -> Tree {
    let mut entries = vec![
        ("operationId", id.into()),
        ("tags", list([TAG.into()])),
        ("summary", summary.into()),
        ("description", ABOUT.into()),
        ("deprecated", Tree::Flag(true)),
        ("parameters", list(PARAMETERS.iter().map(in_query))),
    ];
    if *method == Method::POST {
        let fields = PARAMETERS.iter().map(|(name, _, _)| (*name, schema(name)));
        let form = map([("type", "object".into()), ("properties", map(fields))]);
        let content = map([("application/x-www-form-urlencoded", map([("schema", form)]))]);
        entries.push(("requestBody", map([("content", content)])));
    }
    entries.push(("responses", responses(method)));
    entries.push(("security", list([])));
    map(entries)
}

fn responses(method: &Method) -> Tree {
    let example = |text: &str| map([("value", text.into())]);
    let examples = map([
        ("done", example("<result>ok</result>\n")),
        ("groups", example("<result><groupname>staff</groupname></result>\n")),
        ("failed", example("<error>UserNotFoundException</error>\n")),
    ]);
    let text = map([
        ("schema", map([("type", Tree::from("string"))])),
        ("examples", examples),
    ]);
    let done = map([
        (
            "description",
            Tree::from("Done, or what is wrong; nothing at all for an unknown type"),
        ),
        ("content", map([("text/xml", text)])),
    ]);
    let mut all = vec![("200".to_owned(), done)];
    if *method == Method::POST {
        all.push(("204".to_owned(), map([("description", "An unknown type".into())])));
    }
    map(all.into_iter().chain(responses::failures_of_form(method)))
}

fn in_query(&(name, example, summary): &(&str, &str, &str)) -> Tree {
    map([
        ("name", name.into()),
        ("in", "query".into()),
        ("required", Tree::Flag(false)),
        ("description", summary.into()),
        ("schema", schema(name)),
        ("example", example.into()),
    ])
}

fn schema(name: &str) -> Tree {
    let mut entries = vec![("type", Tree::from("string"))];
    if let Some((_, values)) = VALUES.iter().find(|(known, _)| *known == name) {
        entries.push(("enum", list(values.iter().map(|value| Tree::from(*value)))));
    }
    map(entries)
}
