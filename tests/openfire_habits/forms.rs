//! Credentials, targets and values, each in all the forms that clients are known to send.

use serde_json::json;

use super::client::Client;
use super::support::service::Settings;
use super::support::wire::Connection;
use super::support::xmpp;
use super::{JSON, SECRET, basic};

#[test]
fn credentials_are_taken_in_every_form_that_clients_send() {
    for value in [
        "Basic YWRtaW46YWRtaW4=",
        "basic YWRtaW46YWRtaW4=",
        "BASIC YWRtaW46YWRtaW4=",
        "YWRtaW46YWRtaW4=",
        "Basic YWRtaW46YWRtaW4= ",
    ] {
        let mut client = Client::new(basic(), &[("Authorization", value), JSON]);
        client.reads("/users/jane", &json!({"username": "jane"}));
    }
    let mut client = Client::new(Settings::demo(), &[("Authorization", "potato \t"), JSON]);
    client.reads("/users/jane", &json!({"username": "jane"}));
}

/// Android's Base64 ends its text with a line feed unless it is told otherwise, and not every client takes it away again. It
/// ends the line early, so the end of the line that was meant ends the head: the last header may end so, and no other.
#[test]
fn credentials_are_taken_with_a_line_feed_behind_them_at_the_end_of_the_head() {
    let client = Client::new(basic(), &[]);
    let mut connection = Connection::open(client.service.http_port).expect("a connection");
    for name in ["jane", "john"] {
        // Then comes the empty line that was meant, which is skipped in front of the next request.
        let request = format!(
            "GET /plugins/restapi/v1/users/{name} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic YWRtaW46YWRtaW4=\n\r\n\r\n"
        );
        connection.send(request.as_bytes()).expect("a connection that is open");
        let answer = connection.receive("GET").expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(answer.text().contains(&format!("<username>{name}</username>")));
    }
}

/// Those who get an affiliation, in a query that writes the names and values in any letter case, are told by an invitation.
#[test]
fn invitations_are_sent_where_they_are_asked_for_in_any_letter_case() {
    let mut client = Client::new(Settings::demo(), &[SECRET, JSON]);
    client.json(
        "POST /users",
        r#"{"users":[{"username":"guest","password":"pw"},{"username":"other","password":"pw"}]}"#,
        201,
    );
    let connect = |user: &str| {
        let mut connection = xmpp::Client::dial(client.service.xmpp_port, "example.org").expect("a connection");
        connection.log_in(user, "pw").expect("a login");
        connection.bind("test").expect("a resource");
        connection.send("<presence/>");
        connection.settle();
        connection
    };
    let (mut guest, mut other) = (connect("guest"), connect("other"));
    client.json("POST /chatrooms", r#"{"roomName":"den","naturalName":"den"}"#, 201);
    let mut invitations = |number: usize, query: &str, user: &str| {
        let room = format!(r#"{{"roomName":"den","naturalName":"n{number}","members":["{user}@example.org"]}}"#);
        client.json(&format!("PUT /chatrooms/den{query}"), &room, 200);
        [&mut guest, &mut other].map(|connection| {
            // What an answered request has brought about is in the queues before the answer to a ping.
            connection.settle();
            let arrived = connection.drain(std::time::Duration::from_millis(1));
            let invitations = arrived.iter().filter(|stanza| {
                let text = xmpp::flattened(stanza);
                stanza.name() == "message" && text.contains("<invite") && text.contains("den@conference.example.org")
            });
            invitations.count()
        })
    };
    assert_eq!(invitations(0, "?sendInvitations=False", "guest"), [0, 0]);
    assert_eq!(invitations(1, "", "other"), [0, 0]);
    assert_eq!(invitations(2, "?sendinvitations=True", "guest"), [1, 0]);
    assert_eq!(invitations(3, "?SENDINVITATIONS=TRUE", "other"), [0, 1]);
}

#[test]
fn targets_are_taken_in_every_form_that_clients_send() {
    let mut client = Client::new(Settings::demo(), &[SECRET, JSON]);
    client.reads("//plugins/restapi/v1/users/jane", &json!({"username": "jane"}));
    client.reads("/users/jane/", &json!({"username": "jane"}));
    for contact in ["john@example.org", "john%40example.org"] {
        client.json(
            &format!("PUT /users/jane/roster/{contact}"),
            r#"{"nickname":"J","subscriptionType":3}"#,
            200,
        );
    }
    for probe in ["/system/liveness", "/system/readiness", "/system/readiness/connections"] {
        for method in ["GET", "HEAD"] {
            client.bare(&format!("{method} {probe}"), 200);
        }
    }
    client.json(
        "POST /chatrooms?servicename=conference&sendInvitations=False",
        r#"{"roomName":"den"}"#,
        201,
    );
    client.json(
        "PUT /chatrooms/den",
        r#"{"roomName":"den","owners":["jane@example.org"]}"#,
        200,
    );
    client.reads(
        "/chatrooms?type=all&expandGroups=False",
        &json!({"chatRooms": [{"owners": ["jane@example.org"]}]}),
    );
}

#[test]
fn values_are_taken_in_every_form_that_clients_send() {
    let mut client = Client::new(Settings::demo(), &[SECRET, JSON]);
    // Wrapped in the name of the entity, keys in another letter case, lists in every shape of their history.
    client.json("POST /users", r#"{"user":{"username":"wrapped","password":"pw"}}"#, 201);
    client.json("POST /users", r#"{"UserName":"cased","Password":"pw","NAME":"N"}"#, 201);
    client.leaves("/users/cased", &json!({"name": "N"}));
    let shapes = [
        r#"[{"key":"k","value":"v"}]"#,
        r#"[{"@key":"k","@value":"v"}]"#,
        r#"{"key":"k","value":"v"}"#,
        r#"{"property":[{"key":"k","value":"v"}]}"#,
        r#"{"property":[{"@key":"k","@value":"v"}]}"#,
        r#"{"property":{"@key":"k","@value":"v"}}"#,
    ];
    for shape in shapes {
        client.json("PUT /users/cased", r#"{"properties":[]}"#, 200);
        client.json("PUT /users/cased", &format!(r#"{{"properties":{shape}}}"#), 200);
        client.leaves("/users/cased", &json!({"properties": [{"key": "k", "value": "v"}]}));
    }
    for (n, shape) in [
        r#"{"groupnames":["g"]}"#,
        r#"{"groupnames":"g"}"#,
        r#"{"groupname":["g"]}"#,
        r#"{"groupname":"g"}"#,
        r#"["g"]"#,
    ]
    .into_iter()
    .enumerate()
    {
        client.json("POST /users/cased/groups", shape, 201);
        client.leaves("/users/cased/groups", &json!({"groupnames": ["g"]}));
        client.json("DELETE /users/cased/groups", shape, 200);
        client.leaves("/users/cased/groups", &json!({"groupnames": []}));
        client.json(
            "POST /chatrooms",
            &format!(r#"{{"roomName":"shape{n}","naturalName":"n"}}"#),
            201,
        );
    }
    for shape in [
        r#"{"owners":["o@x"]}"#,
        r#"{"owners":"o@x"}"#,
        r#"{"owners":{"owner":["o@x"]}}"#,
        r#"{"owners":{"owner":"o@x"}}"#,
        r#"{"owner":["o@x"]}"#,
    ] {
        let room = shape.replacen('{', r#"{"roomName":"shape0","#, 1);
        client.json("PUT /chatrooms/shape0", r#"{"roomName":"shape0"}"#, 200);
        client.json("PUT /chatrooms/shape0", &room, 200);
        client.leaves("/chatrooms/shape0", &json!({"owners": ["o@x"]}));
    }
    // Dates as ISO text, as milliseconds and as their text; numbers and truth values as text; null for anything.
    for date in [
        r#""2014-07-10T09:49:12.411+02:00""#,
        "1404978552411",
        r#""1404978552411""#,
        r#""2014-07-10T07:49:12.411Z""#,
    ] {
        let room = format!(
            r#"{{"roomName":"shape1","creationDate":{date},"maxUsers":"7","moderated":"True","persistent":null,"members":null}}"#
        );
        client.json("PUT /chatrooms/shape1", &room, 200);
        client.leaves(
            "/chatrooms/shape1",
            &json!({"creationDate": 1_404_978_552_411_i64, "maxUsers": 7, "moderated": true, "persistent": false}),
        );
    }
    // Lists of an affiliation, in both formats.
    client.json(
        "POST /chatrooms/shape2/members",
        r#"{"members":["jane","x@example.net"]}"#,
        201,
    );
    client.json("PUT /chatrooms/shape2/members", r#"{"member":"x@example.net"}"#, 201);
    client.reads("/chatrooms/shape2/members", &json!({"members": ["x@example.net"]}));
    client.writes(
        "PUT /chatrooms/shape2/admins",
        "application/xml",
        "<admins><admin>a@example.net</admin></admins>",
        201,
    );
    client.writes(
        "POST /chatrooms/shape2/admins",
        "application/xml",
        "<admins><admin>john</admin></admins>",
        201,
    );
    client.reads(
        "/chatrooms/shape2/admins",
        &json!({"admins": ["a@example.net", "john@example.org"]}),
    );
    // Several users at once; a group with the name of its readme for `shared`.
    client.json(
        "POST /users",
        r#"{"users":[{"username":"m1","password":"p"},{"username":"m2","password":"p"}]}"#,
        201,
    );
    client.leaves("/users/m2", &json!({"username": "m2"}));
    client.json(
        "POST /groups",
        r#"{"name":"shared","description":"d","isshared":"true"}"#,
        201,
    );
    client.leaves("/groups/shared", &json!({"shared": true}));
}

#[test]
fn what_no_client_is_known_to_send_stays_refused() {
    let mut client = Client::new(Settings::demo(), &[SECRET, JSON]);
    client.json("POST /users", r#"{"username":"typo","password":"p","emial":"x"}"#, 400);
    client.json("PUT /users/jane", r#"{"nmae":"Jane"}"#, 400);
    client.leaves("/users/jane", &json!({"name": "Jane Doe"}));
    client.writes(
        "POST /users",
        "text/plain",
        r#"{"username":"typo","password":"p"}"#,
        415,
    );
    client.writes("POST /users", "application/x-www-form-urlencoded", "username=typo", 415);
    let mut strict = Client::new(Settings::demo().with("openfire.strict_json", "true"), &[SECRET, JSON]);
    strict.json("PUT /users/jane", r#"{"name":"J","groups":false}"#, 400);
    strict.leaves("/users/jane", &json!({"name": "Jane Doe"}));
}

/// The key stands in no entity, so it counts in JSON alone, below the right one, and not where JSON must be exact.
#[test]
fn a_subscription_under_its_misspelt_name_counts_unless_json_is_to_be_exact() {
    let both = r#"{"jid":"two@example.net","subscriptionType":1,"subscribtionType":3}"#;
    let misspelt = r#"{"jid":"one@example.net","subscribtionType":"3"}"#;
    let mut client = Client::new(Settings::demo(), &[SECRET, JSON]);
    client.json("POST /users/admin/roster", misspelt, 201);
    client.json("POST /users/admin/roster", both, 201);
    let xml = "<rosterItem><jid>xml@example.net</jid><subscribtionType>3</subscribtionType></rosterItem>";
    client.writes("POST /users/admin/roster", "application/xml", xml, 201);
    client.leaves(
        "/users/admin/roster",
        &json!({"rosterItem": [{"jid": "one@example.net", "subscriptionType": 3},
            {"jid": "two@example.net", "subscriptionType": 1}, {"jid": "xml@example.net", "subscriptionType": 0}]}),
    );
    let mut strict = Client::new(Settings::demo().with("openfire.strict_json", "true"), &[SECRET, JSON]);
    strict.json("POST /users/admin/roster", misspelt, 400);
    strict.json("POST /users/admin/roster", both, 400);
    strict.leaves("/users/admin/roster", &json!({"rosterItem": []}));
}
