//! Every literal example of the contract (§12), written; XML dates are in UTC.

use super::affiliations::{AffiliationList, Affiliations};
use super::archive::UnreadCount;
use super::chat_room::{CHAT_ROOMS, ChatRoom};
use super::chat_service::{CHAT_SERVICES, ChatService};
use super::clustering::{CLUSTER_NODES, ClusterNode, Clustering};
use super::group::{GROUPS, Group};
use super::messages::{HistoryMessage, MESSAGES};
use super::occupants::{OCCUPANTS, Occupant, PARTICIPANTS, Participant};
use super::property::{PROPERTIES, Property};
use super::room_creation_results::{RoomCreationResult, RoomCreationResults};
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
fn chat_services() {
    let service = ChatService {
        service_name: some("conference"),
        description: some("Public Chatrooms"),
        hidden: false,
    };
    assert_list(
        CHAT_SERVICES,
        &[service],
        "<chatServices><chatService><serviceName>conference</serviceName><description>Public Chatrooms</description><hidden>false</hidden></chatService></chatServices>",
        r#"{"chatService":[{"serviceName":"conference","description":"Public Chatrooms","hidden":false}]}"#,
    );
}

#[test]
fn chat_rooms() {
    let none = || Some(vec![]);
    let lobby = ChatRoom {
        room_name: some("lobby"),
        natural_name: some("Lobby"),
        description: some("Welcome in our lobby!"),
        subject: some("Introduction to XMPP"),
        creation_date: Some(at("2022-02-07T15:09:51.517Z")),
        modification_date: Some(at("2022-02-07T15:09:51Z")),
        max_users: 30,
        persistent: true,
        public_room: true,
        registration_enabled: true,
        can_anyone_discover_jid: true,
        can_change_nickname: true,
        log_enabled: true,
        broadcast_presence_roles: Some(texts(&["moderator", "participant", "visitor"])),
        owners: Some(texts(&["admin@example.org"])),
        admins: Some(texts(&["john@example.org", "jane@example.org"])),
        members: none(),
        outcasts: none(),
        owner_groups: none(),
        admin_groups: none(),
        member_groups: none(),
        outcast_groups: none(),
        ..ChatRoom::default()
    };
    let xml = "<chatRoom><roomName>lobby</roomName><naturalName>Lobby</naturalName><description>Welcome in our lobby!</description><subject>Introduction to XMPP</subject><creationDate>2022-02-07T15:09:51.517Z</creationDate><modificationDate>2022-02-07T15:09:51Z</modificationDate><maxUsers>30</maxUsers><persistent>true</persistent><publicRoom>true</publicRoom><registrationEnabled>true</registrationEnabled><canAnyoneDiscoverJID>true</canAnyoneDiscoverJID><canOccupantsChangeSubject>false</canOccupantsChangeSubject><canOccupantsInvite>false</canOccupantsInvite><canChangeNickname>true</canChangeNickname><logEnabled>true</logEnabled><loginRestrictedToNickname>false</loginRestrictedToNickname><membersOnly>false</membersOnly><moderated>false</moderated><broadcastPresenceRoles><broadcastPresenceRole>moderator</broadcastPresenceRole><broadcastPresenceRole>participant</broadcastPresenceRole><broadcastPresenceRole>visitor</broadcastPresenceRole></broadcastPresenceRoles><owners><owner>admin@example.org</owner></owners><admins><admin>john@example.org</admin><admin>jane@example.org</admin></admins><members/><outcasts/><ownerGroups/><adminGroups/><memberGroups/><outcastGroups/><allowPM>anyone</allowPM></chatRoom>";
    let json = r#"{"roomName":"lobby","naturalName":"Lobby","description":"Welcome in our lobby!","subject":"Introduction to XMPP","creationDate":1644246591517,"modificationDate":1644246591000,"maxUsers":30,"persistent":true,"publicRoom":true,"registrationEnabled":true,"canAnyoneDiscoverJID":true,"canOccupantsChangeSubject":false,"canOccupantsInvite":false,"canChangeNickname":true,"logEnabled":true,"loginRestrictedToNickname":false,"membersOnly":false,"moderated":false,"broadcastPresenceRoles":["moderator","participant","visitor"],"owners":["admin@example.org"],"admins":["john@example.org","jane@example.org"],"members":[],"outcasts":[],"ownerGroups":[],"adminGroups":[],"memberGroups":[],"outcastGroups":[],"allowPM":"anyone"}"#;
    assert_written(&lobby, xml, json);
    assert_legacy(
        &lobby,
        r#"{"roomName":"lobby","naturalName":"Lobby","description":"Welcome in our lobby!","subject":"Introduction to XMPP","creationDate":"2022-02-07T15:09:51.517Z","modificationDate":"2022-02-07T15:09:51Z","maxUsers":"30","persistent":"true","publicRoom":"true","registrationEnabled":"true","canAnyoneDiscoverJID":"true","canOccupantsChangeSubject":"false","canOccupantsInvite":"false","canChangeNickname":"true","logEnabled":"true","loginRestrictedToNickname":"false","membersOnly":"false","moderated":"false","broadcastPresenceRoles":{"broadcastPresenceRole":["moderator","participant","visitor"]},"owners":{"owner":"admin@example.org"},"admins":{"admin":["john@example.org","jane@example.org"]},"members":null,"outcasts":null,"ownerGroups":null,"adminGroups":null,"memberGroups":null,"outcastGroups":null,"allowPM":"anyone"}"#,
    );
    assert_list(
        CHAT_ROOMS,
        &[lobby],
        &format!("<chatRooms>{xml}</chatRooms>"),
        &format!(r#"{{"chatRooms":[{json}]}}"#),
    );
}

#[test]
fn results_of_bulk_creation() {
    let result = |name, result_type, message: &str| RoomCreationResult {
        room_name: some(name),
        result_type,
        message: message.to_owned(),
    };
    let results = RoomCreationResults {
        success: vec![result("room1", "Success", "Room was successfully created")],
        failure: vec![result(
            "room2",
            "Failure",
            "Room creation failed due to NotAllowedException: null",
        )],
        other: vec![],
    };
    assert_written(
        &results,
        "<results><success><result><roomName>room1</roomName><resultType>Success</resultType><message>Room was successfully created</message></result></success><failure><result><roomName>room2</roomName><resultType>Failure</resultType><message>Room creation failed due to NotAllowedException: null</message></result></failure><other/></results>",
        r#"{"success":[{"roomName":"room1","resultType":"Success","message":"Room was successfully created"}],"failure":[{"roomName":"room2","resultType":"Failure","message":"Room creation failed due to NotAllowedException: null"}],"other":[]}"#,
    );
}

#[test]
fn affiliations() {
    let members = Affiliations {
        list: AffiliationList::Members,
        addresses: texts(&["member2@localhost", "member1@localhost"]),
    };
    assert_written(
        &members,
        "<members><member>member2@localhost</member><member>member1@localhost</member></members>",
        r#"{"members":["member2@localhost","member1@localhost"]}"#,
    );
    let nobody = |name| Affiliations {
        list: AffiliationList::from_name(name).unwrap(),
        addresses: vec![],
    };
    for name in ["admins", "members", "outcasts", "owners"] {
        assert_written(&nobody(name), &format!("<{name}/>"), &format!(r#"{{"{name}":[]}}"#));
    }
    assert_legacy(&nobody("owners"), "null");
    assert_eq!(AffiliationList::from_name("Members"), None);
}

#[test]
fn participants_and_occupants() {
    assert_list(
        PARTICIPANTS,
        &[Participant {
            jid: "lobby@conference.example.org/john".to_owned(),
            role: "participant".to_owned(),
            affiliation: "none".to_owned(),
        }],
        "<participants><participant><affiliation>none</affiliation><jid>lobby@conference.example.org/john</jid><role>participant</role></participant></participants>",
        r#"{"participants":[{"jid":"lobby@conference.example.org/john","role":"participant","affiliation":"none"}]}"#,
    );
    assert_list(
        OCCUPANTS,
        &[Occupant {
            jid: "lobby@conference.example.org/jane".to_owned(),
            user_address: "jane@example.org/converse.js-131754909".to_owned(),
            role: "participant".to_owned(),
            affiliation: "member".to_owned(),
        }],
        "<occupants><occupant><affiliation>member</affiliation><jid>lobby@conference.example.org/jane</jid><role>participant</role><userAddress>jane@example.org/converse.js-131754909</userAddress></occupant></occupants>",
        r#"{"occupants":[{"jid":"lobby@conference.example.org/jane","userAddress":"jane@example.org/converse.js-131754909","role":"participant","affiliation":"member"}]}"#,
    );
}

#[test]
fn messages() {
    let message = HistoryMessage {
        to: some("lobby@conference.example.org"),
        from: some("lobby@conference.example.org/john"),
        kind: some("groupchat"),
        body: some("Hi"),
        delay_stamp: some("2022-02-07T15:09:51.517Z"),
        delay_from: some("john@example.org/converse.js-57890634"),
    };
    assert_list(
        MESSAGES,
        &[message],
        "<messages><message><to>lobby@conference.example.org</to><from>lobby@conference.example.org/john</from><type>groupchat</type><body>Hi</body><delay_stamp>2022-02-07T15:09:51.517Z</delay_stamp><delay_from>john@example.org/converse.js-57890634</delay_from></message></messages>",
        r#"{"message":[{"to":"lobby@conference.example.org","from":"lobby@conference.example.org/john","type":"groupchat","body":"Hi","delay_stamp":"2022-02-07T15:09:51.517Z","delay_from":"john@example.org/converse.js-57890634"}]}"#,
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
