//! Chat services, rooms, and what is in them.

use super::super::affiliations::{AffiliationList, Affiliations};
use super::super::chat_room::{CHAT_ROOMS, ChatRoom};
use super::super::chat_service::{CHAT_SERVICES, ChatService};
use super::super::messages::{HistoryMessage, MESSAGES};
use super::super::occupants::{OCCUPANTS, Occupant, PARTICIPANTS, Participant};
use super::super::room_creation_results::{RoomCreationResult, RoomCreationResults};
use super::{assert_legacy, assert_list, assert_written, at, some, texts};

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
