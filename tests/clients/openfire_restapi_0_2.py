"""Python client openfire-restapi 0.2.0 (JSON of the years before 2018) in every method it has, in both JSON profiles.

All it writes is in the old shape, which a present Openfire refuses; what it reads depends on the profile: lists under
their present keys, or the old singular keys, one element as the element itself, every leaf as text, nothing as null.
"""

import sys
import unittest

import ofrestapi
from ofrestapi import exception as e

from service import SECRET, Calls, Service, main

CALLS = Calls(
    [ofrestapi.Users, ofrestapi.Muc, ofrestapi.System, ofrestapi.Groups, ofrestapi.Sessions, ofrestapi.Messages]
)


def tearDownModule():
    CALLS.assert_complete()


class EveryMethod:
    profile = None

    @classmethod
    def setUpClass(cls):
        cls.service = Service({"openfire.json_profile": cls.profile})
        host = cls.service.url + "/"  # the client only concatenates, so its requests start with two slashes
        cls.users = ofrestapi.Users(host, SECRET)
        cls.rooms = ofrestapi.Muc(host, SECRET)
        cls.system = ofrestapi.System(host, SECRET)
        cls.groups = ofrestapi.Groups(host, SECRET)
        cls.sessions = ofrestapi.Sessions(host, SECRET)
        cls.messages = ofrestapi.Messages(host, SECRET)

    @classmethod
    def tearDownClass(cls):
        cls.service.stop()

    # users

    def test_a_user_is_created_updated_and_deleted(self):
        self.assertIs(self.users.add_user("carl", "pw", "Carl", "carl@example.com", {"a": "1", "b": "2"}), True)
        carl = self.users.get_user("carl")
        self.assertEqual((carl["username"], carl["name"], carl["email"]), ("carl", "Carl", "carl@example.com"))
        self.assertEqual(self.properties(carl), [("a", "1"), ("b", "2")])
        self.assertIs(self.users.update_user("carl", name="Carl II", props={"a": "3"}), True)
        carl = self.users.get_user("carl")
        self.assertEqual((carl["name"], self.properties(carl)), ("Carl II", [("a", "3")]))
        self.assertIs(self.users.add_user("plain", "pw"), True)
        self.assertIs(self.users.delete_user("carl"), True)
        with self.assertRaises(e.UserNotFoundException):
            self.users.get_user("carl")
        with self.assertRaises(e.UserAlreadyExistsException):
            self.users.add_user("jane", "pw")

    def test_users_are_listed_and_searched(self):
        names = [user["username"] for user in self.list(self.users.get_users(), "users", "user")]
        self.assertLessEqual({"admin", "jane", "john"}, set(names))
        found = self.list(self.users.get_users("jan"), "users", "user")
        self.assertEqual([user["email"] for user in found], ["jane.doe@example.com"])
        self.assertEqual(self.list(self.users.get_users("no such"), "users", "user"), [])

    def test_a_rename_moves_the_account(self):
        self.users.add_user("before", "pw", "Name")
        self.assertIs(self.users.update_user("before", newusername="after"), True)
        self.assertEqual(self.users.get_user("after")["name"], "Name")
        with self.assertRaises(e.UserNotFoundException):
            self.users.get_user("before")

    def test_groups_of_a_user_are_added_and_removed(self):
        self.users.add_user("joiner", "pw")
        self.assertIs(self.users.add_user_groups("joiner", ["one"]), True)
        self.assertEqual(self.list(self.users.get_user_groups("joiner"), "groupnames", "groupname"), ["one"])
        self.assertIs(self.users.add_user_groups("joiner", ["two", "three"]), True)
        names = self.list(self.users.get_user_groups("joiner"), "groupnames", "groupname")
        self.assertEqual(sorted(names), ["one", "three", "two"])
        self.assertIs(self.users.delete_user_groups("joiner", ["one", "two", "three"]), True)
        self.assertEqual(self.list(self.users.get_user_groups("joiner"), "groupnames", "groupname"), [])

    def test_a_user_is_locked_and_unlocked(self):
        self.assertIs(self.users.lock_user("jane"), True)
        self.assertIs(self.users.unlock_user("jane"), True)
        for call in (self.users.lock_user, self.users.unlock_user):
            with self.subTest(call.__name__), self.assertRaises(e.UserNotFoundException):
                call("nobody")

    def test_roster_items_are_added_changed_and_removed(self):
        self.users.add_user("lonely", "pw")
        add, change = self.users.add_user_roster_item, self.users.update_user_roster_item
        self.assertIs(add("lonely", "f@example.net", "F", self.users.SUBSCRIPTION_BOTH, ["A"]), True)
        self.assertEqual(self.roster("lonely"), [("f@example.net", "F", 3, ["A"])])
        self.assertIs(change("lonely", "f@example.net", "G", self.users.SUBSCRIPTION_TO, ["B", "C"]), True)
        self.assertEqual(self.roster("lonely"), [("f@example.net", "G", 1, ["B", "C"])])
        self.assertIs(add("lonely", "bare@example.net"), True)
        self.assertIn(("bare@example.net", None, 0, []), self.roster("lonely"))
        self.assertIs(self.users.delete_user_roster_item("lonely", "f@example.net"), True)
        self.assertEqual(self.roster("lonely"), [("bare@example.net", None, 0, [])])

    # groups

    def test_a_group_needs_no_members(self):
        self.assertIs(self.groups.add_group("My Group", "First"), True)
        self.assertEqual(self.groups.get_group("My Group")["description"], "First")
        self.assertIs(self.groups.update_group("My Group", "Second"), True)
        listed = {group["name"]: group for group in self.list(self.groups.get_groups(), "groups", "group")}
        self.assertEqual(listed["My Group"]["description"], "Second")
        with self.assertRaises(e.GroupAlreadyExistsException):
            self.groups.add_group("My Group", "again")
        self.assertIs(self.groups.delete_group("My Group"), True)
        with self.assertRaises(e.GroupNotFoundException):
            self.groups.get_group("My Group")

    # rooms

    def test_a_room_is_created_updated_and_deleted(self):
        owners = ["jane@example.org", "john@example.org"]
        made = self.rooms.add_room(
            "den", "The Den", "Dark", broadcastroles=["moderator"], owners=owners, admins=["a@example.net"], maxusers=9
        )
        self.assertIs(made, True)
        room = self.rooms.get_room("den")
        self.assertEqual((room["naturalName"], int(room["maxUsers"])), ("The Den", 9))
        self.assertEqual(self.inside(room["owners"], "owner"), owners)
        self.assertEqual(self.inside(room["admins"], "admin"), ["a@example.net"])
        self.assertEqual(self.inside(room["members"], "member"), [])
        self.assertEqual(self.inside(room["broadcastPresenceRoles"], "broadcastPresenceRole"), ["moderator"])

        self.assertIs(self.rooms.update_room("den", "Den II", "Light", members=["m@example.net"]), True)
        room = self.rooms.get_room("den")
        self.assertEqual((room["naturalName"], int(room["maxUsers"])), ("Den II", 0))
        self.assertEqual(self.inside(room["owners"], "owner"), ["admin@example.org"])
        self.assertEqual(self.inside(room["members"], "member"), ["m@example.net"])

        found = self.list(self.rooms.get_rooms(query="den"), "chatRooms", "chatRoom")
        self.assertEqual([room["roomName"] for room in found], ["den"])
        self.assertIs(self.rooms.delete_room("den"), True)
        with self.assertRaises(e.RoomNotFoundException):
            self.rooms.get_room("den")

    def test_affiliations_are_granted_and_revoked(self):
        self.rooms.add_room("roles", "Roles", "")
        for role in ("owners", "admins", "members", "outcasts"):
            with self.subTest(role):
                self.assertIs(self.rooms.grant_user_role("roles", "jane@example.org", role), True)
                self.assertIn("jane@example.org", self.inside(self.rooms.get_room("roles")[role], role[:-1]))
                self.assertIs(self.rooms.revoke_user_role("roles", "jane@example.org", role), True)
                self.assertNotIn("jane@example.org", self.inside(self.rooms.get_room("roles")[role], role[:-1]))

    def test_an_empty_room_has_no_users(self):
        self.rooms.add_room("quiet", "Quiet", "")
        self.assertEqual(self.list(self.rooms.get_room_users("quiet"), "participants", "participant"), [])

    # sessions, messages, properties

    def test_nobody_is_connected(self):
        self.assertEqual(self.list(self.sessions.get_sessions(), "sessions", "session"), [])
        self.assertEqual(self.list(self.sessions.get_user_sessions("jane"), "sessions", "session"), [])
        self.assertIs(self.sessions.close_user_sessions("jane"), True)
        counts = self.system.get_concurrent_sessions()
        self.assertEqual((int(counts["localSessions"]), int(counts["clusterSessions"])), (0, 0))

    def test_a_broadcast_is_taken(self):
        self.assertIs(self.messages.send_broadcast("Maintenance at noon"), True)
        unread = self.messages.get_unread_messages("john@example.org")
        self.assertEqual((unread["jid"], int(unread["count"])), ("john@example.org", 0))

    def test_properties_are_set_read_and_deleted(self):
        self.assertIs(self.system.update_prop("my.key", "one"), True)
        self.assertIs(self.system.update_prop("my.key", "two"), True)
        self.assertEqual(self.property(self.system.get_prop("my.key")), ("my.key", "two"))
        listed = [self.property(item) for item in self.list(self.system.get_props(), "property", "property")]
        self.assertIn(("my.key", "two"), listed)
        self.assertIs(self.system.delete_prop("my.key"), True)
        with self.assertRaises(e.PropertyNotFoundException):
            self.system.get_prop("my.key")

    def test_a_wrong_secret_is_refused(self):
        with self.assertRaisesRegex(e.InvalidResponseException, "401"):
            ofrestapi.Users(self.service.url, "wrong").get_users()

    def roster(self, user):
        items = self.list(self.users.get_user_roster(user), "rosterItem", "rosterItem")
        return [
            (item["jid"], item.get("nickname"), int(item["subscriptionType"]), self.inside(item["groups"], "group"))
            for item in items
        ]


class InTheModernProfile(EveryMethod, unittest.TestCase):
    profile = "modern"

    def list(self, answer, key, _old_key):
        return answer[key]

    def inside(self, value, _old_key):
        return value

    def property(self, item):
        return item["key"], item.get("value")

    def properties(self, user):
        return [self.property(item) for item in user["properties"]]


class InTheLegacyProfile(EveryMethod, unittest.TestCase):
    profile = "legacy"

    def list(self, answer, _key, old_key):
        return self.inside(answer, old_key)

    def inside(self, value, old_key):
        if value is None:
            return []
        value = value[old_key]
        if isinstance(value, list):
            self.assertGreater(len(value), 1, "a list of one is written as its element")
            return value
        return [value]

    def property(self, item):
        return item["@key"], item.get("@value")

    def properties(self, user):
        return [self.property(item) for item in self.inside(user["properties"], "property")]

    def test_the_shape_is_the_old_one_to_the_letter(self):
        item = {"jid": "john@example.org", "nickname": "John", "subscriptionType": "3", "groups": None}
        self.assertEqual(self.users.get_user_roster("jane"), {"rosterItem": item})
        jane = {"username": "jane", "name": "Jane Doe", "email": "jane.doe@example.com", "properties": None}
        self.assertEqual(self.users.get_user("jane"), jane)
        self.assertIsNone(self.sessions.get_sessions())


if __name__ == "__main__":
    main(sys.modules[__name__])
