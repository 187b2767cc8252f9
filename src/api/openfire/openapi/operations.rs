//! What the OpenAPI document says of each operation beside what the operation itself says.

/// The description of an operation.
pub struct Description {
    pub id: &'static str,
    pub summary: &'static str,
    /// Names of query parameters, each in [`PARAMETERS`].
    pub query: &'static [&'static str],
    /// Entity of the request; several are alternatives.
    pub takes: &'static [&'static str],
    /// Entity of the answer; several are alternatives.
    pub returns: &'static [&'static str],
    /// `None`: 201 for POST, else 200.
    pub succeeds: Option<u16>,
    /// Statuses of errors with an entity.
    pub fails: &'static [u16],
    /// Statuses without an entity that come from the operation itself.
    pub fails_bare: &'static [u16],
    /// 204 where there is nothing to answer.
    pub may_be_empty: bool,
    /// What the summary has no room for.
    pub note: Option<&'static str>,
}

const fn about(id: &'static str, summary: &'static str) -> Description {
    Description {
        id,
        summary,
        query: &[],
        takes: &[],
        returns: &[],
        succeeds: None,
        fails: &[],
        fails_bare: &[],
        may_be_empty: false,
        note: None,
    }
}

impl Description {
    const fn query(mut self, names: &'static [&'static str]) -> Self {
        self.query = names;
        self
    }

    const fn takes(mut self, entities: &'static [&'static str]) -> Self {
        self.takes = entities;
        self
    }

    const fn returns(mut self, entities: &'static [&'static str]) -> Self {
        self.returns = entities;
        self
    }

    const fn succeeds(mut self, status: u16) -> Self {
        self.succeeds = Some(status);
        self
    }

    const fn fails(mut self, statuses: &'static [u16]) -> Self {
        self.fails = statuses;
        self
    }

    const fn fails_bare(mut self, statuses: &'static [u16]) -> Self {
        self.fails_bare = statuses;
        self
    }

    const fn may_be_empty(mut self) -> Self {
        self.may_be_empty = true;
        self
    }

    const fn note(mut self, text: &'static str) -> Self {
        self.note = Some(text);
        self
    }
}

/// As in the original.
const ELSEWHERE: &str = "For an address of another domain the answer is 500 with an `error` entity.";

const SERVICE: &[&str] = &["servicename"];
const INVITING: &[&str] = &["servicename", "sendInvitations"];
pub const AFFILIATIONS: &[&str] = &["admins", "members", "outcasts", "owners"];

pub const DESCRIPTIONS: &[Description] = &[
    about("getUsers", "List the users")
        .query(&["search", "propertyKey", "propertyValue"])
        .returns(&["users"]),
    about("createUser", "Create a user, or several at once")
        .note("Of several, all are created or none, and 1,000 at most.")
        .takes(&["user", "users"])
        .fails(&[400, 409]),
    about("getUser", "Show a user").returns(&["user"]).fails(&[400, 404]),
    about("updateUser", "Change or rename a user")
        .note("Without `properties`, those of the user are removed.")
        .takes(&["user"])
        .fails(&[400, 404, 409]),
    about("deleteUser", "Remove a user").fails(&[400, 404]),
    about("getUserGroups", "List the groups of a user")
        .returns(&["userGroups"])
        .fails(&[400, 404, 500])
        .note(ELSEWHERE),
    about("addUserToGroups", "Add a user to groups")
        .takes(&["userGroups"])
        .fails(&[400, 404]),
    about("deleteUserFromGroups", "Remove a user from groups")
        .takes(&["userGroups"])
        .fails(&[400, 404]),
    about("addUserToGroup", "Add a user to a group").fails(&[400, 404]),
    about("deleteUserFromGroup", "Remove a user from a group").fails(&[400, 404]),
    about("disableUser", "Lock a user out").fails(&[400, 404]),
    about("enableUser", "Take a lockout back").fails(&[400, 404]),
    about("getUserRoster", "List the contacts of a user")
        .returns(&["roster"])
        .fails(&[400]),
    about("createRoster", "Add a contact")
        .takes(&["rosterItem"])
        .fails(&[400, 409]),
    about("updateRoster", "Change a contact")
        .takes(&["rosterItem"])
        .fails(&[400, 404, 409]),
    about("deleteRoster", "Remove a contact").fails(&[400, 404]),
    about("getUserVcard", "Show the vCard of a user; 204 without one")
        .returns(&["vCard"])
        .may_be_empty()
        .fails(&[400, 500])
        .note(ELSEWHERE),
    about("setUserVcard", "Set the vCard of a user")
        .takes(&["vCard"])
        .fails(&[400, 409, 500])
        .note(ELSEWHERE),
    about("deleteUserVcard", "Remove the vCard of a user")
        .fails(&[400, 409, 500])
        .note(ELSEWHERE),
    about("getGroups", "List the groups").returns(&["groups"]),
    about("createGroup", "Create a group")
        .takes(&["group"])
        .fails(&[400, 409]),
    about("getGroup", "Show a group with its members")
        .returns(&["group"])
        .fails(&[404]),
    about("updateGroup", "Replace the content of a group")
        .takes(&["group"])
        .fails(&[400, 404]),
    about("deleteGroup", "Remove a group").fails(&[404]),
    about("getMUCServices", "List the chat services").returns(&["chatServices"]),
    about("createMUCService", "Create a chat service")
        .takes(&["chatService"])
        .fails(&[400, 409]),
    about("getMUCRooms", "List the rooms of a service")
        .query(&["servicename", "type", "search", "expandGroups"])
        .returns(&["chatRooms"])
        .fails(&[400, 404]),
    about("createMUCRoom", "Create a room, or replace it")
        .query(INVITING)
        .takes(&["chatRoom"])
        .fails(&[400, 403, 404, 409]),
    about("createMUCRooms", "Create several rooms")
        .query(INVITING)
        .takes(&["chatRooms"])
        .returns(&["results"])
        .succeeds(200)
        .fails(&[400, 404]),
    about("getMUCRoomJSON2", "Show a room")
        .query(&["servicename", "expandGroups"])
        .returns(&["chatRoom"])
        .fails(&[400, 404]),
    about("updateMUCRoom", "Replace a room, or create it")
        .query(INVITING)
        .takes(&["chatRoom"])
        .fails(&[400, 403, 404, 409]),
    about("deleteMUCRoom", "Remove a room")
        .query(SERVICE)
        .fails(&[400, 404]),
    about("getMUCRoomParticipants", "List who has the role participant in a room")
        .query(SERVICE)
        .returns(&["participants"])
        .fails(&[400, 404]),
    about("getMUCRoomOccupants", "List who is in a room")
        .query(SERVICE)
        .returns(&["occupants"])
        .fails(&[400, 404]),
    about("getMUCRoomHistory", "List what a room remembers")
        .query(SERVICE)
        .returns(&["messages"])
        .fails(&[400, 404]),
    about("inviteUsersAndOrGroupsToMUCRoom", "Invite several users or groups")
        .query(SERVICE)
        .takes(&["mucInvitations"])
        .succeeds(200)
        .fails(&[400, 403, 404]),
    about("inviteUserOrGroupToMUCRoom", "Invite a user or a group")
        .query(SERVICE)
        .takes(&["mucInvitation"])
        .succeeds(200)
        .fails(&[400, 403, 404]),
    about("getAffiliations", "List who has an affiliation")
        .query(SERVICE)
        .returns(AFFILIATIONS)
        .fails(&[400, 404]),
    about("replaceMUCRoomAffiliation", "Replace who has an affiliation")
        .query(INVITING)
        .takes(AFFILIATIONS)
        .succeeds(201)
        .fails(&[400, 403, 404, 409]),
    about("addMUCRoomAffiliations", "Give an affiliation to several")
        .query(INVITING)
        .takes(AFFILIATIONS)
        .fails(&[400, 403, 404, 409]),
    about("addMUCRoomAffiliation", "Give an affiliation to a user or a group")
        .query(INVITING)
        .fails(&[400, 403, 404, 409]),
    about("deleteMUCRoomAffiliation", "Take an affiliation from a user or a group")
        .query(SERVICE)
        .fails(&[400, 404, 409]),
    about("addMUCRoomAffiliationGroup", "Give an affiliation to a group")
        .query(INVITING)
        .fails(&[400, 403, 404, 409]),
    about("deleteMUCRoomAffiliationGroup", "Take an affiliation from a group")
        .query(SERVICE)
        .fails(&[400, 404, 409]),
    about("getSystemProperties", "List the properties").returns(&["properties"]),
    about(
        "createSystemProperty",
        "Set a property; without a value remove it and all below it",
    )
    .takes(&["property"])
    .fails(&[400, 403]),
    about("getSystemProperty", "Show a property that was set")
        .returns(&["property"])
        .fails(&[404]),
    about("updateSystemProperty", "Change a property that was set")
        .takes(&["property"])
        .fails(&[400, 403, 404]),
    about("deleteSystemProperty", "Remove a property and all below it").fails(&[403, 404]),
    about("getCCS", "Count the client sessions").returns(&["sessionCount"]),
    about("liveness", "Whether a restart would not help").fails_bare(&[503]),
    about("livenessDeadlock", "Whether the service moves").fails_bare(&[503]),
    about(
        "livenessSystemProperties",
        "Whether no changed property waits for a restart",
    )
    .fails_bare(&[503]),
    about("readiness", "Whether the service can be used").fails_bare(&[503]),
    about(
        "readinessServerStart",
        "Whether the service has started and stores changes",
    )
    .fails_bare(&[503]),
    about("readinessCluster", "Whether the cluster has started").fails_bare(&[503]),
    about("readinessPlugins", "Whether all parts have started").fails_bare(&[503]),
    about("readinessConnections", "Whether the listeners accept connections")
        .query(&["connectionType", "encrypted"])
        .fails_bare(&[503]),
    about("getAllSessions", "List the client sessions").returns(&["sessions"]),
    about("getUserSessions", "List the available sessions of a user").returns(&["sessions"]),
    about("kickSession", "End the available sessions of a user"),
    about("sendBroadcastMessage", "Send a message to everybody who is connected")
        .takes(&["message"])
        .fails(&[400]),
    about("getUnReadMessagesCount", "Count the messages that wait for a user")
        .returns(&["archive"])
        .fails(&[400]),
    about("getSecurityAuditLogs", "List what was administered, newest first")
        .query(&["username", "offset", "limit", "startTime", "endTime"])
        .returns(&["logs"])
        .fails_bare(&[404])
        .note("A parameter that should be a number and is none is answered with 404."),
    about("getClusteringStatus", "Show the state of the cluster").returns(&["clustering"]),
    about("getClusterNodes", "List the nodes of the cluster").returns(&["clusterNodes"]),
    about("getClusterNode", "Show a node of the cluster")
        .returns(&["clusterNode"])
        .fails(&[404]),
    about("getOpenApiYaml", "This document in YAML"),
    about("getOpenApiJson", "This document in JSON"),
];
