"""Python client openfire-restapi 1.0.0 (modern JSON) in every method it has, with the secret and with Basic."""

import sys
import unittest
from datetime import datetime, timedelta

from openfire_restapi import OpenfireRestApiClient, clustering, groups, messages
from openfire_restapi import exceptions as e
from openfire_restapi import rooms, security, sessions, system, users

from service import SECRET, Calls, Service, basic, main

CALLS = Calls(
    [
        users.Users,
        groups.Groups,
        rooms.Rooms,
        sessions.Sessions,
        messages.Messages,
        system.System,
        security.Security,
        clustering.Clustering,
    ]
)


def tearDownModule():
    CALLS.assert_complete()


class EveryMethod:
    """The tests; one class below for each way to authenticate."""

    auth_mode = credentials = None

    @classmethod
    def setUpClass(cls):
        # `boss` may administrate once the account exists, so that a test can see whether it logs in.
        cls.service = Service(
            {"openfire.auth": cls.auth_mode, "openfire.administrators": "admin@example.org,boss@example.org"}
        )
        cls.client = OpenfireRestApiClient(cls.service.url, cls.credentials)

    @classmethod
    def tearDownClass(cls):
        cls.service.stop()

    # users

    def test_the_accounts_of_the_demonstration_are_listed(self):
        listed = self.client.users.get_users()
        self.assertLessEqual({"admin", "jane", "john"}, set(listed))
        jane = {"username": "jane", "name": "Jane Doe", "email": "jane.doe@example.com", "properties": {}}
        self.assertEqual(listed["jane"], jane)
        self.assertEqual(self.client.users.get_user("jane"), jane)
        self.assertEqual(set(self.client.users.get_users("jan")), {"jane"})
        self.assertEqual(self.client.users.get_users("jo hn"), {})

    def test_a_user_is_created_found_by_property_updated_and_deleted(self):
        api = self.client.users
        self.assertIs(api.add_user("carl", "pw", "Carl é", "carl@example.com", {"desk": "4 & 5", "floor": "2"}), True)
        carl = api.get_user("carl")
        self.assertEqual((carl["name"], carl["email"]), ("Carl é", "carl@example.com"))
        self.assertEqual(carl["properties"], {"desk": "4 & 5", "floor": "2"})
        self.assertEqual(set(api.get_users(property_key="desk", property_value="4 & 5")), {"carl"})
        self.assertEqual(set(api.get_users(property_key="desk")), {"carl"})
        self.assertEqual(api.get_users(property_key="desk", property_value="4"), {})

        self.assertIs(api.update_user("carl", name="Carl II", props={"floor": "3"}), True)
        carl = api.get_user("carl")
        self.assertEqual((carl["name"], carl["email"]), ("Carl II", "carl@example.com"))
        self.assertEqual(carl["properties"], {"floor": "3"})

        self.assertIs(api.delete_user("carl"), True)
        with self.assertRaises(e.UserNotFoundException):
            api.get_user("carl")

    def test_errors_of_users_arrive_as_the_exceptions_of_the_client(self):
        api = self.client.users
        with self.assertRaises(e.UserAlreadyExistsException) as caught:
            api.add_user("JANE", "pw")
        self.assertEqual(caught.exception.response.status_code, 409)
        for call in (api.get_user, api.delete_user, api.update_user, api.lock_user, api.unlock_user):
            with self.subTest(call.__name__), self.assertRaises(e.UserNotFoundException):
                call("nobody")
        with self.assertRaises(e.IllegalArgumentException):
            api.get_user("a@b/c d")

    def test_a_rename_takes_roster_and_groups_along(self):
        api = self.client.users
        api.add_user("before", "pw", "Before", "b@example.com")
        api.add_user_roster_item("before", "pal@example.org", "Pal", api.SUBSCRIPTION_BOTH, ["Friends"])
        api.add_user_groups("before", ["renamers"])
        self.assertIs(api.update_user("before", newusername="after", props={"k": "v"}), True)
        with self.assertRaises(e.UserNotFoundException):
            api.get_user("before")
        after = {"username": "after", "name": "Before", "email": "b@example.com", "properties": {"k": "v"}}
        self.assertEqual(api.get_user("after"), after)
        pal = {"jid": "pal@example.org", "nickname": "Pal", "subscriptionType": 3, "groups": ["Friends"]}
        self.assertEqual(api.get_user_roster("after"), [pal])
        self.assertEqual(self.client.groups.get_group("renamers")["members"], ["after@example.org"])

    def test_a_password_change_and_a_lockout_decide_who_logs_in(self):
        api = self.client.users
        api.add_user("boss", "first")
        self.assert_login("first", 200)
        self.assertIs(api.update_user("boss", password="second"), True)
        self.assert_login("first", 401)
        self.assert_login("second", 200)
        self.assertIs(api.lock_user("boss"), True)
        self.assert_login("second", 401)
        self.assertIs(api.unlock_user("boss"), True)
        self.assert_login("second", 200)
        api.delete_user("boss")
        self.assert_login("second", 401)

    def assert_login(self, password, status):
        if self.auth_mode == "basic":
            self.assertEqual(self.service.status("/users/boss", basic("boss", password)), status, password)

    def test_groups_of_a_user_are_created_on_the_way(self):
        api = self.client.users
        api.add_user("joiner", "pw")
        self.assertEqual(api.get_user_groups("joiner"), [])
        self.assertIs(api.add_user_groups("joiner", ["g 1", "g2"]), True)
        self.assertIs(api.add_user_group("joiner", "g h"), True)
        self.assertEqual(sorted(api.get_user_groups("joiner")), ["g 1", "g h", "g2"])
        self.assertEqual(self.client.groups.get_group("g h")["members"], ["joiner@example.org"])
        self.assertIs(api.remove_user_group("joiner", "g h"), True)
        self.assertIs(api.remove_user_groups("joiner", ["g 1", "g2"]), True)
        self.assertEqual(api.get_user_groups("joiner"), [])
        with self.assertRaises(e.GroupNotFoundException):
            api.remove_user_group("joiner", "no such group")

    def test_roster_items_are_added_changed_and_removed(self):
        api = self.client.users
        api.add_user("lonely", "pw")
        self.assertEqual(api.get_user_roster("lonely"), [])
        self.assertIs(api.add_user_roster_item("lonely", "f@example.net"), True)
        item = {"jid": "f@example.net", "subscriptionType": 0, "groups": []}
        self.assertEqual(api.get_user_roster("lonely"), [item])
        changed = api.update_user_roster_item("lonely", "f@example.net", "F", api.SUBSCRIPTION_TO, ["A", "B"])
        self.assertIs(changed, True)
        item = {"jid": "f@example.net", "nickname": "F", "subscriptionType": 1, "groups": ["A", "B"]}
        self.assertEqual(api.get_user_roster("lonely"), [item])
        with self.assertRaises(e.UserAlreadyExistsException):
            api.add_user_roster_item("lonely", "f@example.net")
        self.assertIs(api.delete_user_roster_item("lonely", "f@example.net"), True)
        self.assertEqual(api.get_user_roster("lonely"), [])

    def test_a_vcard_is_stored_as_sent_and_removed(self):
        api = self.client.users
        vcard = '<vCard xmlns="vcard-temp"><FN>Jane &amp; Co</FN></vCard>'
        self.assertIsNone(api.get_user_vcard("jane"))
        self.assertIs(api.update_user_vcard("jane", vcard), True)
        self.assertEqual(api.get_user_vcard("jane"), vcard)
        self.assertIs(api.delete_user_vcard("jane"), True)
        self.assertIsNone(api.get_user_vcard("jane"))
        with self.assertRaises(e.IllegalArgumentException):
            api.update_user_vcard("jane", "no xml")

    # groups

    def test_a_group_is_created_listed_updated_and_deleted(self):
        api = self.client.groups
        self.assertIs(api.add_group("Ops", "Operators", ["jane"], ["john", "x@example.net"]), True)
        self.assertIs(api.add_group("Empty", "Nobody in it"), True)
        self.assertEqual(api.get_groups()["Ops"], {"name": "Ops", "description": "Operators", "shared": False})
        ops = api.get_group("Ops")
        self.assertEqual(ops["admins"], ["jane@example.org"])
        self.assertEqual(sorted(ops["members"]), ["john@example.org", "x@example.net"])
        self.assertIs(api.update_group("Ops", "Changed", members=["jane"]), True)
        ops = api.get_group("Ops")
        self.assertEqual((ops["description"], ops["admins"], ops["members"]), ("Changed", [], ["jane@example.org"]))
        with self.assertRaises(e.GroupAlreadyExistsException):
            api.add_group("Ops", "again")
        self.assertIs(api.delete_group("Ops"), True)
        with self.assertRaises(e.GroupNotFoundException):
            api.get_group("Ops")

    # rooms

    def test_a_room_is_created_with_the_defaults_of_the_client(self):
        api = self.client.rooms
        self.assertIs(api.add_room("Lobby", "The Lobby", "Welcome"), True)
        room = api.get_room("lobby")
        self.assertIsInstance(room.pop("creationDate"), datetime)
        self.assertIsInstance(room.pop("modificationDate"), datetime)
        self.assertEqual(
            room,
            {
                "roomName": "lobby",
                "naturalName": "The Lobby",
                "description": "Welcome",
                "maxUsers": 0,
                "persistent": True,
                "publicRoom": True,
                "registrationEnabled": True,
                "canAnyoneDiscoverJID": True,
                "canOccupantsChangeSubject": False,
                "canOccupantsInvite": False,
                "canChangeNickname": True,
                "logEnabled": True,
                "loginRestrictedToNickname": False,
                "membersOnly": False,
                "moderated": False,
                "broadcastPresenceRoles": [],
                "owners": ["admin@example.org"],
                "admins": [],
                "members": [],
                "outcasts": [],
                "ownerGroups": [],
                "adminGroups": [],
                "memberGroups": [],
                "outcastGroups": [],
                "allowPM": "anyone",
            },
        )
        self.assertIs(api.delete_room("lobby"), True)
        with self.assertRaises(e.RoomNotFoundException):
            api.get_room("lobby")

    def test_a_room_with_everything_set_reads_back_and_an_update_replaces_it(self):
        api = self.client.rooms
        self.client.groups.add_group("crew", "", members=["john"])
        api.add_room(
            "full",
            "Full",
            "All set",
            subject="Topic",
            password="pw",
            maxusers=7,
            public=False,
            membersonly=True,
            moderated=True,
            broadcastroles=["moderator", "visitor"],
            owners=["jane@example.org"],
            admins=["a@example.net"],
            member_groups=["crew"],
            outcasts=["bad@example.net"],
            send_invitations=True,
        )
        room = api.get_room("full")
        self.assertEqual((room["subject"], room["password"], room["maxUsers"]), ("Topic", "pw", 7))
        self.assertEqual(room["broadcastPresenceRoles"], ["moderator", "visitor"])
        self.assertEqual(room["owners"], ["jane@example.org"])
        self.assertEqual(room["admins"], ["a@example.net"])
        self.assertEqual(room["outcasts"], ["bad@example.net"])
        self.assertEqual((room["members"], room["memberGroups"]), ([], ["crew"]))
        self.assertEqual((room["membersOnly"], room["moderated"]), (True, True))

        self.assertNotIn("full", api.get_rooms())
        self.assertEqual(set(api.get_rooms(typeof="all", query="ful")), {"full"})
        expanded = api.get_rooms(typeof="all", query="full", expand_groups=True)["full"]
        self.assertEqual(expanded["members"], ["john@example.org"])

        self.assertIs(api.update_room("full", "Other", "Changed", send_invitations=True), True)
        room = api.get_room("full")
        self.assertEqual((room["naturalName"], room["description"], room["maxUsers"]), ("Other", "Changed", 0))
        self.assertEqual((room["owners"], room["admins"], room["memberGroups"]), (["admin@example.org"], [], []))
        self.assertNotIn("password", room)
        self.assertIn("full", api.get_rooms())

    def test_rooms_are_created_in_bulk(self):
        made = [{"roomName": name, "naturalName": name, "persistent": True} for name in ("b1", "b2")]
        twice = {"roomName": "b3", "owners": ["x@example.org"], "admins": ["x@example.org"]}
        result = self.client.rooms.bulk_add_rooms([*made, twice])
        self.assertEqual([r["roomName"] for r in result["success"]], ["b1", "b2"])
        self.assertEqual([r["roomName"] for r in result["failure"]], ["b3"])
        self.assertEqual(set(self.client.rooms.get_rooms(typeof="all", query="b")) & {"b1", "b2", "b3"}, {"b1", "b2"})

    def test_affiliations_are_granted_replaced_and_revoked(self):
        api = self.client.rooms
        api.add_room("roles", "Roles", "")
        self.client.groups.add_group("night shift", "", members=["john"])
        for role in ("owners", "admins", "members", "outcasts"):
            with self.subTest(role):
                before = api.get_users_with_role("roles", role)
                self.assertIs(api.grant_user_role("roles", "jane", role), True)
                self.assertEqual(api.get_users_with_role("roles", role), before + ["jane@example.org"])
                self.assertIs(api.revoke_user_role("roles", "jane@example.org", role), True)
                self.assertEqual(api.get_users_with_role("roles", role), before)
                self.assertIs(api.grant_group_role("roles", "night shift", role), True)
                self.assertEqual(api.get_room("roles")[role[:-1] + "Groups"], ["night shift"])
                self.assertIs(api.revoke_group_role("roles", "night shift", role), True)
                self.assertEqual(api.get_room("roles")[role[:-1] + "Groups"], [])
        self.assertIs(api.bulk_grant_users_role("roles", "members", ["jane", "x@example.net"]), True)
        self.assertEqual(sorted(api.get_users_with_role("roles", "members")), ["jane@example.org", "x@example.net"])
        self.assertIs(api.replace_users_with_role("roles", "members", ["y@example.net"], send_invitations=True), True)
        self.assertEqual(api.get_users_with_role("roles", "members"), ["y@example.net"])
        with self.assertRaises(e.NotAllowedException):
            api.revoke_user_role("roles", "admin", "owners")

    def test_invitations_are_accepted_for_users_groups_and_lists(self):
        api = self.client.rooms
        api.add_room("party", "Party", "")
        self.assertIs(api.invite("party", "jane", "Come"), True)
        self.assertIs(api.invite("party", "john@example.org"), True)
        self.assertIs(api.bulk_invite("party", ["jane", "john@example.org"], "All of you"), True)
        with self.assertRaises(e.RoomNotFoundException):
            api.invite("no-such-room", "jane", "Come")

    def test_an_empty_room_has_nobody_and_no_history(self):
        api = self.client.rooms
        api.add_room("quiet", "Quiet", "")
        self.assertEqual(api.get_room_participants("quiet"), [])
        self.assertEqual(api.get_room_occupants("quiet"), [])
        self.assertEqual(api.get_room_message_history("quiet"), [])
        for call in (api.get_room_participants, api.get_room_occupants, api.get_room_message_history):
            with self.subTest(call.__name__), self.assertRaises(e.RoomNotFoundException):
                call("no-such-room")

    def test_chat_services_are_listed_and_created(self):
        api = self.client.rooms
        conference = {"serviceName": "conference", "description": "Public Chatrooms", "hidden": False}
        self.assertIn(conference, api.get_chat_services())
        self.assertIs(api.add_chat_service("backstage", "Behind", hidden=True), True)
        backstage = {"serviceName": "backstage", "description": "Behind", "hidden": True}
        self.assertIn(backstage, api.get_chat_services())
        with self.assertRaises(e.AlreadyExistsException):
            api.add_chat_service("backstage", "again")
        self.assertIs(api.add_room("r", "R", "", servicename="backstage"), True)
        self.assertEqual(set(api.get_rooms(servicename="backstage")), {"r"})
        with self.assertRaisesRegex(e.InvalidResponseException, "MUCServiceNotFoundException"):
            api.get_rooms(servicename="no-such-service")

    # sessions, messages

    def test_nobody_is_connected(self):
        api = self.client.sessions
        self.assertEqual(api.get_sessions(), [])
        self.assertEqual(api.get_user_sessions("jane"), [])
        self.assertIs(api.close_user_sessions("jane"), True)

    def test_a_broadcast_is_taken_and_an_empty_one_refused(self):
        self.assertIs(self.client.messages.send_broadcast("Maintenance at noon"), True)
        with self.assertRaises(e.IllegalArgumentException):
            self.client.messages.send_broadcast("")
        self.assertEqual(self.client.messages.get_unread_messages("john@example.org"), 0)

    # system

    def test_properties_are_set_read_changed_and_deleted(self):
        api = self.client.system
        self.assertEqual(api.get_prop("xmpp.domain"), "example.org")
        self.assertIs(api.add_prop("my.key one", "a/b"), True)
        self.assertEqual(api.get_prop("my.key one"), "a/b")
        self.assertIs(api.update_prop("my.key one", "ü"), True)
        self.assertEqual(api.get_props()["my.key one"], "ü")
        self.assertIs(api.delete_prop("my.key one"), True)
        for call in (api.get_prop, api.delete_prop):
            with self.subTest(call.__name__), self.assertRaises(e.PropertyNotFoundException):
                call("my.key one")
        with self.assertRaises(e.PropertyNotFoundException):
            api.update_prop("my.key one", "x")

    def test_the_service_is_alive_and_ready(self):
        api = self.client.system
        self.assertEqual(api.get_concurrent_sessions(), {"localSessions": 0, "clusterSessions": 0})
        for check in (
            api.check_liveness,
            api.check_deadlock_liveness,
            api.check_properties_liveness,
            api.check_readiness,
            api.check_server_readiness,
            api.check_cluster_readiness,
            api.check_plugins_readiness,
            api.check_connections_readiness,
        ):
            with self.subTest(check.__name__):
                self.assertIs(check(), True)
        for kind in ("SOCKET_S2S", "SOCKET_C2S", "BOSH_C2S", "WEBADMIN", "COMPONENT", "CONNECTION_MANAGER"):
            for encrypted in (True, False):
                with self.subTest(kind=kind, encrypted=encrypted):
                    self.assertIs(api.check_connections_readiness(kind, encrypted), True)
        self.assertIs(api.check_connections_readiness("socket_c2s", True), False)

    # audit log, cluster

    def test_a_change_is_in_the_audit_log(self):
        self.client.users.add_user("logged", "pw")
        caller = "admin" if self.auth_mode == "basic" else "(shared secret)"
        hour_ago = datetime.now() - timedelta(hours=1)
        logs = self.client.security.get_audit_logs(username=caller, start_time=hour_ago)
        self.assertTrue(any("logged" in log["summary"] for log in logs), logs[:3])
        self.assertIsInstance(logs[0]["timestamp"], datetime)
        self.assertEqual(len(self.client.security.get_audit_logs(offset=0, limit=1)), 1)
        self.assertEqual(self.client.security.get_audit_logs(end_time=hour_ago), [])

    def test_there_is_no_cluster(self):
        api = self.client.clustering
        self.assertEqual(api.get_nodes(), {})
        self.assertEqual(api.get_status(), "Disabled")
        with self.assertRaises(e.ClusterNodeNotFoundException):
            api.get_node("52a89928-1111-1111-1111-096de07400ac")

    # credentials

    def test_wrong_credentials_are_a_configuration_error(self):
        for credentials in ("wrong", ("admin", "wrong"), ("jane", "secret")):
            stranger = OpenfireRestApiClient(self.service.url, credentials)
            with self.subTest(credentials), self.assertRaises(e.ImproperlyConfiguredException) as caught:
                stranger.users.get_users()
            self.assertEqual(caught.exception.response.status_code, 401)


class WithTheSecret(EveryMethod, unittest.TestCase):
    auth_mode, credentials = "secret", SECRET


class WithBasic(EveryMethod, unittest.TestCase):
    auth_mode, credentials = "basic", ("admin", "admin")


if __name__ == "__main__":
    main(sys.modules[__name__])
