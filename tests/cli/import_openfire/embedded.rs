//! A script of the embedded database, as Openfire 5.1 wrote it.

use super::*;

#[test]
fn every_password_of_the_embedded_database_keeps_working() {
    let place = Place::new();
    let said = import(&place, "openfire.script");
    assert!(said.contains("9 accounts") && said.contains("3 rooms"), "{said}");
    let service = serve(&place);
    for (name, password) in [
        ("admin", "admin"),
        ("jane", "secret"),
        ("john", "secret"),
        ("kim", "pw-kim"),
        ("lee", "pw-lee"),
        ("ülrik", "pw-ü"),
        ("o\\27hara", "pw-o"),
        ("noname", "pw-n"),
    ] {
        assert_eq!(service.status(name, password), 200, "{name}");
        assert_eq!(service.status(name, "wrong"), 401, "{name}");
    }
    assert_eq!(service.status("locked", "pw-locked"), 401);
    assert_eq!(service.service.stop(), Some(0));
    // Who showed the password has keys for SHA-256 now, and the old ones for SHA-1.
    assert_eq!(
        rows(
            &place,
            "SELECT localpart, sha1_iterations, sha256_iterations FROM accounts WHERE localpart IN ('kim', 'locked') ORDER BY 1"
        ),
        ["kim|4096|10000", "locked|4096|-"]
    );
    let service = serve(&place);
    assert_eq!(service.status("kim", "pw-kim"), 200);
}

#[test]
fn the_people_of_the_embedded_database_are_as_they_were() {
    let place = Place::new();
    import(&place, "openfire.script");
    let service = serve(&place);
    let kim = service.seen("users/kim");
    for part in [
        "<name>Kim Öztürk</name>",
        "<email>kim@example.org</email>",
        "key=\"team\" value=\"blue\"",
    ] {
        assert!(kim.contains(part), "{kim}");
    }
    assert!(service.seen("users/lee").contains("<name>Lee \"L\" O'Hara</name>"));
    assert!(service.seen("users/%C3%BClrik").contains("value=\"line1&#10;line2\""));
    assert_eq!(
        rows(
            &place,
            "SELECT localpart, \"from\", until FROM lockouts JOIN accounts ON id = account"
        ),
        ["locked|-|-"]
    );
    let roster = service.seen("users/kim/roster");
    for part in [
        "<jid>lee@example.org</jid><nickname>Lee &amp; co</nickname><subscriptionType>3</subscriptionType>",
        "<group>Friends</group><group>Work</group>",
        "<jid>far@example.net</jid>",
        "<group>Elsewhere</group>",
        "<jid>jane@example.org</jid>",
    ] {
        assert!(roster.contains(part), "{part}: {roster}");
    }
    let vcard =
        "<vCard xmlns=\"vcard-temp\"><FN>Kim</FN><N><FAMILY>Öztürk</FAMILY></N><NOTE>It's &lt;ok&gt;</NOTE></vCard>";
    assert!(service.seen("users/kim/vcard").ends_with(vcard));
    assert_eq!(
        rows(
            &place,
            "SELECT created, modified FROM accounts WHERE localpart = 'admin'"
        ),
        ["1795276304419|1795276304419"]
    );
}

#[test]
fn the_groups_and_rooms_of_the_embedded_database_are_as_they_were() {
    let place = Place::new();
    let said = import(&place, "openfire.script");
    let service = serve(&place);
    let staff = service.seen("groups/staff");
    for part in [
        "<description>The staff</description>",
        "<shared>true</shared>",
        "<admin>jane@example.org</admin>",
        "<member>far@example.net</member>",
    ] {
        assert!(staff.contains(part), "{part}: {staff}");
    }
    let other = service.seen("groups/a%20group");
    assert!(
        other.contains("with a blank, 'quotes' and ü") && other.contains("<shared>false</shared>"),
        "{other}"
    );
    let lobby = service.seen("chatrooms/lobby");
    for part in [
        "<naturalName>The Lobby</naturalName>",
        "<subject>Welcome</subject>",
        "<maxUsers>30</maxUsers>",
        "<owner>kim@example.org</owner>",
        "<admin>lee@example.org</admin>",
        "<member>jane@example.org</member>",
        "<outcast>bad@example.net</outcast>",
        "<memberGroup>staff</memberGroup>",
        "<broadcastPresenceRole>moderator</broadcastPresenceRole><broadcastPresenceRole>participant</broadcastPresenceRole><broadcastPresenceRole>visitor</broadcastPresenceRole>",
    ] {
        assert!(lobby.contains(part), "{part}: {lobby}");
    }
    let vault = service.seen("chatrooms/vault");
    for part in [
        "<password>open sesame</password>",
        "<moderated>true</moderated>",
        "<membersOnly>true</membersOnly>",
        "<publicRoom>false</publicRoom>",
        "<allowPM>moderators</allowPM>",
    ] {
        assert!(vault.contains(part), "{part}: {vault}");
    }
    assert!(!vault.contains("<subject>"), "{vault}");
    assert!(
        service
            .seen("chatrooms/bench?servicename=lab")
            .contains("<owner>lee@example.org</owner>")
    );
    assert_eq!(
        rows(
            &place,
            "SELECT name, description, hidden FROM room_services WHERE host <> '' ORDER BY name"
        ),
        ["conference|-|0", "lab|Laboratory|1"]
    );
    let properties = service.seen("system/properties");
    assert!(properties.contains("key=\"app.color\" value=\"green\""), "{properties}");
    assert!(!properties.contains("potato"), "{properties}");
    assert!(said.contains("plugin.restapi.secret"), "{said}");
}
