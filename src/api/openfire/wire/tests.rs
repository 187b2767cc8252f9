//! Every literal example of the contract (§12), written; XML dates are in UTC.

mod rooms;

use super::archive::UnreadCount;
use super::chat_room::ChatRoom;
use super::clustering::{CLUSTER_NODES, ClusterNode, Clustering};
use super::group::{GROUPS, Group};
use super::property::{PROPERTIES, Property};
use super::roster::{ROSTER, RosterItem};
use super::security_log::{LOGS, LogEntry};
use super::session::{SESSIONS, Session, SessionCount};
use super::user::User;
use super::user_groups::UserGroups;
use crate::api::openfire::input::FromFields;
use crate::api::openfire::negotiate::Format;
use crate::api::openfire::output::{Entity, EntityList, ListWriter, write_entity};

fn assert_written<E: Entity>(entity: &E, xml: &str, json: &str) {
    for (format, expected) in [(Format::Xml, declared(xml)), (Format::Json, json.to_owned())] {
        let mut out = Vec::new();
        write_entity(format, entity, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}

fn assert_list<E: Entity>(list: EntityList, items: &[E], xml: &str, json: &str) {
    let written = |format, items: &[E]| {
        let mut out = Vec::new();
        let mut writer = ListWriter::open(format, list, &mut out);
        for item in items {
            writer.item(item, &mut out);
        }
        writer.close(&mut out);
        String::from_utf8(out).unwrap()
    };
    assert_eq!(written(Format::Xml, items), declared(xml));
    assert_eq!(written(Format::Json, items), json);
    assert_eq!(written(Format::Xml, &[]), declared(&format!("<{}/>", list.root)));
    assert_eq!(written(Format::Json, &[]), format!("{{\"{}\":[]}}", list.key));
}

fn assert_legacy<E: Entity>(entity: &E, expected: &str) {
    let mut out = Vec::new();
    write_entity(Format::LegacyJson, entity, &mut out);
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}

fn declared(xml: &str) -> String {
    format!(r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>{xml}"#)
}

#[expect(clippy::unnecessary_wraps, reason = "most fields are optional")]
fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn texts(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

fn at(text: &str) -> jiff::Timestamp {
    text.parse().unwrap()
}

#[test]
fn the_keys_that_are_passed_over_are_those_of_the_compatibility_table() {
    let table: toml::Table = include_str!("../../../../plugins-compat/openfire-restapi.toml")
        .parse()
        .unwrap();
    let read: toml::Table = [
        ("user", User::IGNORED_KEYS),
        ("rosterItem", RosterItem::IGNORED_KEYS),
        ("chatRoom", ChatRoom::IGNORED_KEYS),
    ]
    .into_iter()
    .map(|(entity, keys)| (entity.to_owned(), keys.to_vec().into()))
    .collect();
    assert_eq!(table["ignored_keys"], toml::Value::Table(read));
    let misspelt: toml::Table = [(RosterItem::MISSPELT_SUBSCRIPTION_TYPE, "subscriptionType")]
        .into_iter()
        .map(|(sent, meant)| (sent.to_owned(), meant.into()))
        .collect();
    assert_eq!(table["misspelt_keys"]["rosterItem"], toml::Value::Table(misspelt));
}

#[test]
fn user_groups() {
    let groups = UserGroups {
        group_names: Some(texts(&["Admins", "Support"])),
    };
    assert_written(
        &groups,
        "<groups><groupname>Admins</groupname><groupname>Support</groupname></groups>",
        r#"{"groupnames":["Admins","Support"]}"#,
    );
    let none = UserGroups {
        group_names: Some(vec![]),
    };
    assert_written(&none, "<groups/>", r#"{"groupnames":[]}"#);
    assert_legacy(&groups, r#"{"groupname":["Admins","Support"]}"#);
    assert_legacy(
        &UserGroups {
            group_names: Some(texts(&["Admins"])),
        },
        r#"{"groupname":"Admins"}"#,
    );
    assert_legacy(&none, "null");
}

#[test]
fn roster() {
    let john = RosterItem {
        jid: some("john@example.org"),
        nickname: some("John"),
        subscription_type: Some(3),
        groups: Some(texts(&["Friends", "Work"])),
        ..RosterItem::default()
    };
    let other = RosterItem {
        jid: some("a@b"),
        groups: Some(vec![]),
        ..RosterItem::default()
    };
    assert_legacy(&other, r#"{"jid":"a@b","subscriptionType":"0","groups":null}"#);
    assert_list(
        ROSTER,
        &[john, other],
        "<roster><rosterItem><jid>john@example.org</jid><nickname>John</nickname><subscriptionType>3</subscriptionType><groups><group>Friends</group><group>Work</group></groups></rosterItem><rosterItem><jid>a@b</jid><subscriptionType>0</subscriptionType><groups/></rosterItem></roster>",
        r#"{"rosterItem":[{"jid":"john@example.org","nickname":"John","subscriptionType":3,"groups":["Friends","Work"]},{"jid":"a@b","subscriptionType":0,"groups":[]}]}"#,
    );
}

#[test]
fn groups() {
    let full = Group {
        name: some("Support"),
        description: some("Helpers"),
        admins: Some(texts(&["jane@example.org"])),
        members: Some(texts(&["john@example.org"])),
        shared: Some(true),
    };
    assert_written(
        &full,
        "<group><name>Support</name><description>Helpers</description><admins><admin>jane@example.org</admin></admins><members><member>john@example.org</member></members><shared>true</shared></group>",
        r#"{"name":"Support","description":"Helpers","admins":["jane@example.org"],"members":["john@example.org"],"shared":true}"#,
    );
    assert_legacy(
        &full,
        r#"{"name":"Support","description":"Helpers","admins":{"admin":"jane@example.org"},"members":{"member":"john@example.org"},"shared":"true"}"#,
    );
    let nobody = Group {
        name: some("Support"),
        admins: Some(vec![]),
        members: Some(vec![]),
        shared: Some(false),
        ..Group::default()
    };
    assert_written(
        &nobody,
        "<group><name>Support</name><admins/><members/><shared>false</shared></group>",
        r#"{"name":"Support","admins":[],"members":[],"shared":false}"#,
    );
    let listed = |name, description| Group {
        name: some(name),
        description: some(description),
        shared: Some(false),
        ..Group::default()
    };
    assert_list(
        GROUPS,
        &[listed("Support", "Helpers"), listed("Ops", "")],
        "<groups><group><name>Support</name><description>Helpers</description><shared>false</shared></group><group><name>Ops</name><description></description><shared>false</shared></group></groups>",
        r#"{"groups":[{"name":"Support","description":"Helpers","shared":false},{"name":"Ops","description":"","shared":false}]}"#,
    );
}

#[test]
fn sessions_and_their_count() {
    let session = Session {
        session_id: "john@example.org/Spark".to_owned(),
        username: "john".to_owned(),
        resource: "Spark".to_owned(),
        node: "Local",
        session_status: "Authenticated",
        presence_status: "Online",
        presence_message: some("At work"),
        priority: 1,
        host_address: Some("198.51.100.7".to_owned()),
        host_name: Some("host7.example.org".to_owned()),
        creation_date: at("2022-02-07T15:09:51.517Z"),
        last_action_date: at("2022-02-07T15:10:01Z"),
        secure: true,
    };
    assert_list(
        SESSIONS,
        &[session],
        "<sessions><session><sessionId>john@example.org/Spark</sessionId><username>john</username><resource>Spark</resource><node>Local</node><sessionStatus>Authenticated</sessionStatus><presenceStatus>Online</presenceStatus><presenceMessage>At work</presenceMessage><priority>1</priority><hostAddress>198.51.100.7</hostAddress><hostName>host7.example.org</hostName><creationDate>2022-02-07T15:09:51.517Z</creationDate><lastActionDate>2022-02-07T15:10:01Z</lastActionDate><secure>true</secure></session></sessions>",
        r#"{"sessions":[{"sessionId":"john@example.org/Spark","username":"john","resource":"Spark","node":"Local","sessionStatus":"Authenticated","presenceStatus":"Online","presenceMessage":"At work","priority":1,"hostAddress":"198.51.100.7","hostName":"host7.example.org","creationDate":1644246591517,"lastActionDate":1644246601000,"secure":true}]}"#,
    );
    assert_written(
        &SessionCount {
            local_sessions: 2,
            cluster_sessions: 5,
        },
        "<sessions><clusterSessions>5</clusterSessions><localSessions>2</localSessions></sessions>",
        r#"{"localSessions":2,"clusterSessions":5}"#,
    );
}

#[test]
fn unread_messages() {
    assert_written(
        &UnreadCount {
            jid: "john@example.org".to_owned(),
            count: 0,
        },
        "<archive><jid>john@example.org</jid><count>0</count></archive>",
        r#"{"jid":"john@example.org","count":0}"#,
    );
}

#[test]
fn properties() {
    let domain = Property {
        key: some("xmpp.domain"),
        value: some("example.org"),
    };
    assert_written(
        &domain,
        r#"<property key="xmpp.domain" value="example.org"/>"#,
        r#"{"key":"xmpp.domain","value":"example.org"}"#,
    );
    assert_legacy(&domain, r#"{"@key":"xmpp.domain","@value":"example.org"}"#);
    assert_list(
        PROPERTIES,
        &[
            Property {
                key: some("a.b"),
                value: None,
            },
            domain,
        ],
        r#"<properties><property key="a.b"/><property key="xmpp.domain" value="example.org"/></properties>"#,
        r#"{"property":[{"key":"a.b"},{"key":"xmpp.domain","value":"example.org"}]}"#,
    );
}

#[test]
fn security_log() {
    let entry = LogEntry {
        log_id: 1,
        username: some("admin"),
        timestamp: 1_644_246_591,
        summary: some("created new user jane"),
        node: some("node1.example.org"),
        details: some("name = Jane"),
    };
    assert_list(
        LOGS,
        &[entry],
        "<logs><log><details>name = Jane</details><logId>1</logId><node>node1.example.org</node><summary>created new user jane</summary><timestamp>1644246591</timestamp><username>admin</username></log></logs>",
        r#"{"logs":[{"logId":1,"username":"admin","timestamp":1644246591,"summary":"created new user jane","node":"node1.example.org","details":"name = Jane"}]}"#,
    );
}

#[test]
fn clustering() {
    assert_written(
        &Clustering {
            status: "SENIOR AND ONLY MEMBER",
        },
        "<clustering><status>SENIOR AND ONLY MEMBER</status></clustering>",
        r#"{"status":"SENIOR AND ONLY MEMBER"}"#,
    );
    let node = ClusterNode {
        host_name: "node2.example.org (198.51.100.2)".to_owned(),
        node_id: "52a89928-2222-2222-2222-096de07400ac".to_owned(),
        joined_time: at("2022-01-04T00:41:01.924Z"),
        senior_member: true,
    };
    let xml = "<clusterNode><hostName>node2.example.org (198.51.100.2)</hostName><joinedTime>2022-01-04T00:41:01.924Z</joinedTime><nodeID>52a89928-2222-2222-2222-096de07400ac</nodeID><seniorMember>true</seniorMember></clusterNode>";
    let json = r#"{"hostName":"node2.example.org (198.51.100.2)","nodeID":"52a89928-2222-2222-2222-096de07400ac","joinedTime":1641256861924,"seniorMember":true}"#;
    assert_written(&node, xml, json);
    assert_list(
        CLUSTER_NODES,
        &[node],
        &format!("<clusterNodes>{xml}</clusterNodes>"),
        &format!(r#"{{"clusterNodes":[{json}]}}"#),
    );
}
