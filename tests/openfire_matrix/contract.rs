//! What the framework of the original answers before an operation has a word (Openfire REST API plugin 1.12, §2.2, §2.8, §4,
//! with quirks 18 and 71), as tables of headers and one function.

use std::collections::BTreeSet;

use super::support::compat::Route;

pub const XML: &str = "application/xml";
pub const JSON: &str = "application/json";
const HTML: &str = "text/html;charset=iso-8859-1";
const PLAIN: &str = "text/plain;charset=iso-8859-1";

/// One `Accept` and what comes of it.
#[derive(Clone, Copy, Debug)]
pub struct Accept {
    pub header: Option<&'static str>,
    /// The type of a result; `None`: nothing acceptable.
    pub result: Option<&'static str>,
    /// The type of a service error; `None`: `Content-Type` decides.
    pub error: Option<&'static str>,
    /// The type of the page of a status without entity.
    pub page: Option<&'static str>,
    pub is_malformed: bool,
}

const fn accept(
    header: Option<&'static str>,
    result: Option<&'static str>,
    error: Option<&'static str>,
    page: Option<&'static str>,
) -> Accept {
    Accept {
        header,
        result,
        error,
        page,
        is_malformed: false,
    }
}

const fn malformed(header: &'static str, page: Option<&'static str>) -> Accept {
    Accept {
        is_malformed: true,
        ..accept(Some(header), None, None, page)
    }
}

pub const ACCEPTS: [Accept; 18] = [
    accept(None, Some(XML), None, Some(HTML)),
    accept(Some("*/*"), Some(XML), None, Some(HTML)),
    accept(Some("application/*"), Some(XML), Some(XML), None),
    accept(Some("application/xml"), Some(XML), Some(XML), None),
    accept(Some("application/json"), Some(JSON), Some(JSON), Some(JSON)),
    accept(Some("application/json;q=0.5"), Some(JSON), Some(JSON), Some(JSON)),
    accept(Some("application/json, text/plain, */*"), Some(JSON), None, Some(JSON)),
    accept(
        Some("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
        Some(XML),
        None,
        Some(HTML),
    ),
    accept(
        Some("application/xml;q=0.2, application/json;q=0.3"),
        Some(JSON),
        None,
        Some(JSON),
    ),
    accept(Some("application/xml;q=0"), Some(XML), Some(XML), None),
    accept(Some("text/html"), None, Some(XML), Some(HTML)),
    accept(Some("text/plain"), None, Some(XML), Some(PLAIN)),
    accept(Some("text/xml"), None, Some("text/xml"), None),
    accept(Some("image/png"), None, Some(XML), None),
    accept(Some("text/plain, image/png"), None, None, Some(PLAIN)),
    malformed("application/json;q=2", Some(JSON)),
    malformed("application/", None),
    malformed(",application/json", Some(JSON)),
];

/// One `Content-Type` and what comes of it.
#[derive(Clone, Copy, Debug)]
pub struct Content {
    pub header: Option<&'static str>,
    /// What an entity is read as.
    pub reads: Option<&'static str>,
    /// The type of a service error where `Accept` does not decide.
    pub error: &'static str,
    pub is_malformed: bool,
}

const fn content(header: &'static str, reads: Option<&'static str>, error: &'static str) -> Content {
    Content {
        header: Some(header),
        reads,
        error,
        is_malformed: false,
    }
}

pub const UNLABELLED: Content = Content {
    header: None,
    reads: None,
    error: XML,
    is_malformed: false,
};

pub const CONTENTS: [Content; 10] = [
    UNLABELLED,
    content("application/json", Some(JSON), JSON),
    content(
        "application/json; charset=UTF-8",
        Some(JSON),
        "application/json;charset=utf-8",
    ),
    content("application/xml", Some(XML), XML),
    content("*/*", Some(XML), XML),
    content("text/xml", None, "text/xml"),
    content("text/json", None, "text/json"),
    content("text/plain", None, XML),
    content("application/x-www-form-urlencoded", None, XML),
    Content {
        is_malformed: true,
        ..content("json", None, XML)
    },
];

/// Operations that read an entity in XML or JSON.
const READING: [&str; 19] = [
    "createUser",
    "updateUser",
    "addUserToGroups",
    "deleteUserFromGroups",
    "createRoster",
    "updateRoster",
    "createGroup",
    "updateGroup",
    "createMUCService",
    "createMUCRoom",
    "createMUCRooms",
    "updateMUCRoom",
    "inviteUsersAndOrGroupsToMUCRoom",
    "inviteUserOrGroupToMUCRoom",
    "replaceMUCRoomAffiliation",
    "addMUCRoomAffiliations",
    "createSystemProperty",
    "updateSystemProperty",
    "sendBroadcastMessage",
];

/// The one operation that has a result and is no GET.
const RESULT_OF_POST: &str = "createMUCRooms";
/// GETs without a result.
const PROBES: [&str; 2] = ["/system/liveness", "/system/readiness"];

/// GETs with a type of their own, for which `Accept` means something else than in the table.
const OF_ONE_TYPE: [&str; 3] = ["getUserVcard", "getOpenApiYaml", "getOpenApiJson"];

/// What a request must be answered with.
#[derive(Debug)]
pub enum Expected {
    /// 400 in front of everything: no page and no cross-origin headers.
    Refused,
    /// A status with a page of that type, or without one.
    Bare(u16, Option<&'static str>),
    /// 405 with these methods in `Allow`.
    NotAllowed(BTreeSet<String>, Option<&'static str>),
    /// Whatever the operation says: a result of the first type, or without entity; a service error of the second.
    Free(Option<&'static str>, &'static str),
    /// The tables here do not tell.
    Unknown,
}

/// The operation behind a method on a path. All but the bulk creation on its path address a room of that name.
fn operation<'r>(routes: &'r [Route], method: &str, path: &str) -> Option<&'r str> {
    let method = if method == "HEAD" { "GET" } else { method };
    let at = |path: &str| routes.iter().find(|route| route.path == path && route.method == method);
    let found = at(path).or_else(|| at("/chatrooms/{roomName}").filter(|_| path == "/chatrooms/bulk"));
    found.map(|route| route.operation.as_str())
}

pub fn expected(
    routes: &[Route],
    (method, path): (&str, &str),
    accept: &Accept,
    content: &Content,
    has_body: bool,
) -> Expected {
    if content.is_malformed {
        return Expected::Refused;
    }
    let page = accept.page.filter(|_| matches!(method, "GET" | "HEAD" | "POST"));
    let Some(operation) = operation(routes, method, path) else {
        let own = routes.iter().filter(|route| route.path == path);
        let methods = own.map(|route| route.method.clone()).chain(["OPTIONS".to_owned()]);
        return Expected::NotAllowed(methods.collect(), page);
    };
    if accept.is_malformed {
        return Expected::Bare(400, page);
    }
    let is_vcard = operation == "setUserVcard";
    let reads = is_vcard || READING.contains(&operation);
    let is_absent = content.header.is_none() && !has_body;
    if reads && !is_absent && content.reads.is_none_or(|format| is_vcard && format == JSON) {
        return Expected::Bare(415, page);
    }
    if OF_ONE_TYPE.contains(&operation) {
        return Expected::Unknown;
    }
    let is_probe = PROBES.iter().any(|probe| path.starts_with(probe));
    let has_result = operation == RESULT_OF_POST || (matches!(method, "GET" | "HEAD") && !is_probe);
    if has_result && accept.result.is_none() {
        return Expected::Bare(406, page);
    }
    if reads && !is_vcard && content.reads == Some(XML) {
        // neither nothing nor JSON is an XML document
        return Expected::Bare(400, page);
    }
    Expected::Free(
        accept.result.filter(|_| has_result),
        accept.error.unwrap_or(content.error),
    )
}
