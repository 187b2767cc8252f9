//! What deployed clients of the Openfire REST API send, client by client, as raw requests: those that cannot be installed for
//! a test, and those from before 2018 whose requests the original refuses by now. Each line is a request, its answer, and
//! what can be read back afterwards.

#[path = "../support/mod.rs"]
mod support;

mod client;
mod forms;

use client::Client;
use serde_json::{Value, json};
use support::service::Settings;

const SECRET: (&str, &str) = ("Authorization", "potato");
const JSON: (&str, &str) = ("Accept", "application/json");

fn legacy() -> Settings {
    Settings::demo().with("openfire.json_profile", "legacy")
}

fn basic() -> Settings {
    Settings::demo().with("openfire.auth", "basic")
}

#[test]
fn gnello_sends_a_lower_case_scheme_an_empty_list_as_body_and_everything_as_text() {
    let mut client = Client::new(basic(), &[("Authorization", "basic YWRtaW46YWRtaW4="), JSON]);
    client.json("POST /lockouts/jane", "[]", 201);
    client.json("DELETE /lockouts/jane", "[]", 200);
    client.json("POST /users/jane/groups/crew", "[]", 201);
    client.leaves("/users/jane/groups", &json!({"groupnames": ["crew"]}));
    client.json("DELETE /users/jane/groups/crew", "[]", 200);
    client.leaves("/users/jane/groups", &json!({"groupnames": []}));
    client.json(
        "POST /chatrooms",
        r#"{"roomName":"den","naturalName":"Den","description":"d","servicename":"conference","maxUsers":"30","persistent":"true",
            "publicRoom":"false","creationDate":"2014-07-10T09:49:12.411+02:00","broadcastPresenceRoles":{"broadcastPresenceRole":["visitor"]},
            "owners":{"owner":["jane@example.org"]},"memberGroups":{"memberGroup":["crew"]}}"#,
        201,
    );
    client.leaves(
        "/chatrooms/den",
        &json!({"maxUsers": 30, "persistent": true, "publicRoom": false, "creationDate": 1_404_978_552_411_i64,
                "broadcastPresenceRoles": ["visitor"], "owners": ["jane@example.org"], "memberGroups": ["crew"]}),
    );
    client.json("POST /chatrooms/den/admins/john", "[]", 201);
    client.json("POST /chatrooms/den/outcasts/group/crew", "[]", 201);
    client.json("DELETE /chatrooms/den/admins/john", "[]", 200);
    client.leaves("/chatrooms/den", &json!({"admins": [], "outcastGroups": ["crew"]}));
    client.json("DELETE /sessions/jane", "[]", 200);
    client.json("DELETE /chatrooms/den", "[]", 200);
    client.json("DELETE /users/jane", "[]", 200);
}

#[test]
fn gidkom_sends_a_body_with_every_method_and_false_for_what_is_unset() {
    let headers = [SECRET, JSON, ("Content-Type", "application/json")];
    let mut client = Client::new(Settings::demo(), &[SECRET, JSON]);
    // What is searched for goes into the query as it was typed, its UTF-8 included.
    client.json("POST /users", r#"{"username":"jürgen","password":"pw"}"#, 201);
    for (search, found) in [("jan", vec!["jane"]), ("jür", vec!["jürgen"]), ("jan\"<>", vec![])] {
        let raw: String = search.bytes().map(char::from).collect();
        let answer = client.send(&format!("GET /users?search={raw}"), Some(("application/json", "[]")));
        let users: Value = serde_json::from_str(&answer.text()).unwrap_or_default();
        let names = users["users"].as_array().expect("a list of users").iter();
        let names: Vec<_> = names.map(|user| user["username"].clone()).collect();
        assert_eq!(
            (answer.status, names),
            (200, found.into_iter().map(Value::from).collect()),
            "{search}"
        );
    }

    let unset = r#"{"username":"kid","password":"pw","name":false,"email":false}"#;
    client.json("POST /users", unset, 201);
    client.json(
        "PUT /users/kid",
        r#"{"username":"kid","password":"new","name":"Kid","email":"k@x","groups":false}"#,
        200,
    );
    client.json(
        "PUT /users/kid",
        r#"{"username":"kid","password":false,"name":false,"email":false}"#,
        200,
    );
    client.leaves("/users/kid", &json!({"name": "Kid", "email": "k@x"}));

    client.json("POST /users/kid/groups", r#"["one","two"]"#, 201);
    client.json("POST /users/kid/groups/three", "[]", 201);
    client.json("DELETE /users/kid/groups/three", "[]", 200);
    client.leaves("/users/kid/groups", &json!({"groupnames": ["one", "two"]}));
    client.json("POST /groups/", r#"{"name":"plain","description":false}"#, 201);
    client.leaves("/groups/plain", &json!({"description": "false", "members": []}));
    client.json("PUT /groups/plain", r#"{"name":"plain","description":"text"}"#, 200);
    client.leaves("/groups/plain", &json!({"description": "text"}));

    let contact = r#"{"jid":"pal@example.net","name":false,"subscriptionType":false}"#;
    client.json("POST /users/kid/roster", contact, 201);
    let item = json!({"rosterItem": [{"jid": "pal@example.net", "subscriptionType": 0}]});
    client.leaves("/users/kid/roster", &item);
    // Its update sends the address of the contact and nothing else: accepted, and nothing is changed.
    client.json("PUT /users/kid/roster/pal@example.net", r#""pal@example.net""#, 200);
    client.leaves("/users/kid/roster", &item);
    client.json("DELETE /users/kid/roster/pal@example.net", r#""pal@example.net""#, 200);
    client.leaves("/users/kid/roster", &json!({"rosterItem": []}));

    client.json("POST /system/properties", r#"{"key":"kid.key","value":"v"}"#, 201);
    // No version is known that took its update (row 98).
    client.json(
        "POST /system/properties/kid.key",
        r#"{"key":"kid.key","value":"w"}"#,
        405,
    );
    client.json("DELETE /system/properties/kid.key", "[]", 200);
    client.json("POST /lockouts/kid", "[]", 201);
    client.json("DELETE /lockouts/kid", "[]", 200);
    client.json("DELETE /users/kid", "[]", 200);

    // A type without a body, on every method.
    client.headers = headers.to_vec();
    client.bare("POST /lockouts/jane", 201);
    client.bare("DELETE /lockouts/jane", 200);
    client.reads("/users/jane", &json!({"username": "jane"}));
}

#[test]
fn rxwen_speaks_the_json_of_2015() {
    let mut client = Client::new(legacy(), &[SECRET, JSON, ("Content-Type", "application/json")]);
    let item = |nickname, subscription, group| {
        format!(
            r#"{{"jid":"pal@example.net","nickname":"{nickname}","subscriptionType":"{subscription}","groups":{{"group":"{group}"}}}}"#
        )
    };
    client.headers.truncate(2);
    client.json("POST /users/admin/roster", &item("Pal", "3", "Friends"), 201);
    let read =
        json!({"jid": "pal@example.net", "nickname": "Pal", "subscriptionType": "3", "groups": {"group": "Friends"}});
    client.reads("/users/admin/roster", &json!({"rosterItem": read}));
    client.json("PUT /users/admin/roster/pal@example.net", &item("P", "1", "Work"), 200);
    client.json(
        "POST /users/admin/roster",
        r#"{"jid":"two@example.net","nickname":"","subscriptionType":"0","groups":{"group":""}}"#,
        201,
    );
    client.reads(
        "/users/admin/roster",
        &json!({"rosterItem": [{"nickname": "P", "subscriptionType": "1"}, {"jid": "two@example.net"}]}),
    );
    client.bare("DELETE /users/admin/roster/pal@example.net", 200);
    client.bare("DELETE /users/admin/roster/pal@example.net", 404);
    client.reads(
        "/system/properties/xmpp.domain",
        &json!({"@key": "xmpp.domain", "@value": "example.org"}),
    );
    client.reads("/users/jane", &json!({"username": "jane"}));
}

#[test]
fn fireman_uses_the_paths_of_the_older_extension() {
    let mut client = Client::new(Settings::demo(), &[SECRET]);
    let user = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<user><username>hose</username><name>Hose</name>\
                <password>pw</password></user>\n";
    client.writes("POST /plugins/userService/users", "application/xml", user, 201);
    client.leaves("/users/hose", &json!({"name": "Hose"}));
    let user = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><user><username>hose</username><email>h@x</email></user>\n";
    client.writes("PUT /plugins/userService/users/hose", "application/xml", user, 200);
    client.leaves("/users/hose", &json!({"name": "Hose", "email": "h@x"}));

    client.headers.push(("Content-Type", "application/xml"));
    let list = client.send("GET /plugins/userService/users", None);
    assert_eq!(
        (list.status, list.header("content-type").as_deref()),
        (200, Some("application/xml"))
    );
    assert!(
        list.text().contains("<users><user><username>admin</username>"),
        "{}",
        list.text()
    );

    client.headers[1].1 = "text/plain";
    client.bare("DELETE /plugins/userService/users/hose", 200);
    let again = client.send("DELETE /plugins/userService/users/hose", None);
    assert_eq!(
        (again.status, again.header("content-type").as_deref()),
        (404, Some("application/xml"))
    );
}

#[test]
fn csharp_sends_indented_json_with_nulls_and_defaults() {
    let mut client = Client::new(legacy(), &[SECRET, JSON]);
    client.json(
        "POST /users",
        "{\r\n  \"username\": \"sharp\",\r\n  \"name\": null,\r\n  \"email\": null,\r\n  \"password\": \"pw\",\r\n  \"properties\": {\r\n    \
         \"property\": [\r\n      {\r\n        \"@key\": \"k\",\r\n        \"@value\": \"v\"\r\n      }\r\n    ]\r\n  }\r\n}",
        201,
    );
    client.reads(
        "/users/sharp",
        &json!({"properties": {"property": {"@key": "k", "@value": "v"}}}),
    );
    client.json(
        "POST /users",
        r#"{"username":"list","name":null,"email":null,"password":"pw","properties":[{"@key":"k","@value":"v"}]}"#,
        201,
    );
    client.json("POST /users/sharp/groups", r#"{"groupname":["a","b"]}"#, 201);
    client.json("DELETE /users/sharp/groups", r#"{"groupname":["a"]}"#, 200);
    client.reads("/users/sharp/groups", &json!({"groupname": "b"}));
    client.json(
        "POST /users/sharp/roster",
        r#"{"jid":"pal@example.net","nickname":"Pal","subscribtionType":"3","groups":[{"group":"G"}]}"#,
        201,
    );
    client.reads(
        "/users/sharp/roster",
        &json!({"rosterItem": {"nickname": "Pal", "groups": {"group": "G"}}}),
    );
    // No version is known that took its update (row 99).
    client.json(
        "PUT /users/sharp/roster",
        r#"{"jid":"pal@example.net","nickname":"P"}"#,
        405,
    );
    client.json("POST /system/properties", r#"{"@key":"sharp","@value":"1"}"#, 201);
    client.json("PUT /system/properties/sharp", r#"{"@key":"sharp","@value":"2"}"#, 200);
    client.reads("/system/properties/sharp", &json!({"@key": "sharp", "@value": "2"}));
    client.json("POST /groups", r#"{"name":"plain","description":null}"#, 201);
    client.json(
        "POST /chatrooms",
        r#"{"roomName":"den","naturalName":"Den","description":null,"subject":null,"password":null,
            "creationDate":"0001-01-01T00:00:00","modificationDate":"0001-01-01T00:00:00","maxUsers":0,"persistent":false,
            "publicRoom":false,"registrationEnabled":false,"canAnyoneDiscoverJID":false,"canOccupantsChangeSubject":false,
            "canOccupantsInvite":false,"canChangeNickname":false,"logEnabled":false,"loginRestrictedToNickname":false,
            "membersOnly":false,"moderated":false,"broadcastPresenceRoles":{"broadcastPresenceRole":["moderator"]},
            "owners":{"owner":["o@example.org"]},"admins":{"admin":[]},"members":{"member":null},"outcasts":null}"#,
        201,
    );
    client.reads(
        "/chatrooms/den",
        &json!({"roomName": "den", "owners": {"owner": "o@example.org"}, "admins": null, "members": null}),
    );
}

#[test]
fn android_ends_its_collections_with_a_slash_and_its_credentials_with_white_space() {
    let mut client = Client::new(
        basic().with("openfire.json_profile", "legacy"),
        &[("Authorization", "Basic YWRtaW46YWRtaW4=\t "), JSON],
    );
    let utf8 = "application/json; charset=utf-8";
    client.writes(
        "POST /users/",
        utf8,
        r#"{"username":"droid","password":"pw","properties":{"property":{"@key":"k","@value":"v"}}}"#,
        201,
    );
    client.writes("PUT /users/droid", utf8, r#"{"username":"droid","name":"D"}"#, 200);
    client.reads("/users/droid", &json!({"name": "D", "properties": null}));
    client.writes("POST /groups/", utf8, r#"{"name":"apk","description":"d"}"#, 201);
    client.reads("/groups/", &json!({"group": {"name": "apk", "shared": "false"}}));
    client.writes("POST /users/droid/groups", utf8, r#"{"groupname":"apk"}"#, 201);
    client.reads("/users/droid/groups", &json!({"groupname": "apk"}));
    client.writes("DELETE /users/droid/groups", utf8, r#"{"groupname":"apk"}"#, 200);
    client.writes(
        "POST /users/droid/roster",
        utf8,
        r#"{"jid":"pal@example.net","subscriptionType":3,"groups":"G"}"#,
        201,
    );
    client.reads(
        "/users/droid/roster",
        &json!({"rosterItem": {"groups": {"group": "G"}}}),
    );
    client.bare("POST /lockouts/droid/", 201);
    client.bare("DELETE /users/droid/", 200);
}

#[test]
fn ruby_sends_an_empty_object_with_a_get_and_reads_singular_keys() {
    let mut client = Client::new(legacy(), &[SECRET, JSON]);
    let users = client.send("GET /users", Some(("application/json", "{}")));
    let users: Value = serde_json::from_str(&users.text()).unwrap_or_default();
    let names: Vec<_> = users["user"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|user| &user["username"])
        .collect();
    assert_eq!(names, ["admin", "jane", "john"]);
    client.json("POST /users/john/groups/gems", "{}", 201);
    client.reads("/users/john/groups", &json!({"groupname": "gems"}));
    client.json("DELETE /users/john/groups/gems", "{}", 200);
    client.json("POST /lockouts/john", "{}", 201); // it waits for 200 here, which no version ever answered
    client.json("DELETE /lockouts/john", "{}", 200);
    client.json("POST /system/properties", r#"{"@key":"gem","@value":1}"#, 201);
    client.reads("/system/properties/gem", &json!({"@value": "1"}));
    client.json(
        "POST /chatrooms",
        r#"{"roomName":"den","naturalName":"Den","description":"d","persistent":true}"#,
        201,
    );
    // It has an attribute for each of these members and fails on any other.
    let room = client.send("GET /chatrooms/den", None);
    let room: Value = serde_json::from_str(&room.text()).unwrap_or_default();
    assert_eq!(room["persistent"], "true", "{room}");
    client.json("POST /messages/users", r#"{"body":"hello"}"#, 201);
}

#[test]
fn typescript_clients_mix_json_and_indented_xml() {
    let mut client = Client::new(Settings::demo(), &[SECRET, JSON]);
    client.json(
        "POST /users/admin/roster",
        r#"{"jid":"pal@example.net","subscriptionType":"3"}"#,
        201,
    );
    client.leaves(
        "/users/admin/roster",
        &json!({"rosterItem": [{"jid": "pal@example.net", "subscriptionType": 3}]}),
    );
    let item = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n        <rosterItem>\n          <jid>two@example.net</jid>\n          \
                <nickname>Two</nickname>\n          <subscriptionType>3</subscriptionType>\n          <groups>\n            <group>G</group>\n          \
                </groups>\n        </rosterItem>";
    client.writes("POST /users/admin/roster", "application/xml", item, 201);
    client.leaves(
        "/users/admin/roster",
        &json!({"rosterItem": [{"jid": "pal@example.net"}, {"jid": "two@example.net", "nickname": "Two", "groups": ["G"]}]}),
    );
    client.json(
        "POST /chatrooms",
        r#"{"roomName":"den","publicRoom":true,"persistent":true}"#,
        201,
    );
    client.reads(
        "/chatrooms?servicename=conference&search=&type=public",
        &json!({"chatRooms": [{"roomName": "den"}]}),
    );
    client.json("POST /groups", r#"{"name":"crew","description":""}"#, 201);
    client.bare("POST /chatrooms/den/members/crew?servicename=conference", 201);
    client.leaves("/chatrooms/den", &json!({"members": [], "memberGroups": ["crew"]}));
    let invitation = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n        <mucInvitation>\n            <reason></reason>\n        \
                      </mucInvitation>";
    client.writes("POST /chatrooms/den/invite/jane", "application/xml", invitation, 200);
    // An update of a room without its entity says nothing about what to change: it is refused and changes nothing.
    client.bare("PUT /chatrooms/den?servicename=conference", 400);
    client.leaves("/chatrooms/den", &json!({"publicRoom": true, "memberGroups": ["crew"]}));
}

#[test]
fn web_front_ends_get_json_and_their_errors_in_xml() {
    let client = Client::new(
        Settings::demo(),
        &[SECRET, ("Accept", "application/json, text/plain, */*")],
    );
    let found = client.send("GET /users/jane", None);
    assert_eq!(
        (found.status, found.header("content-type").as_deref()),
        (200, Some("application/json"))
    );
    let missing = client.send("GET /users/nobody", None);
    assert_eq!(
        (missing.status, missing.header("content-type").as_deref()),
        (404, Some("application/xml"))
    );
    let taken = client.send(
        "POST /users",
        Some(("application/json", r#"{"username":"jane","password":"pw"}"#)),
    );
    assert_eq!(
        (taken.status, taken.header("content-type").as_deref()),
        (409, Some("application/json"))
    );
}
