"""slixmpp: every mechanism over STARTTLS and direct TLS, then what people do with a client, one test each."""

import asyncio
import os
import ssl
import sys
import unittest

import slixmpp
from slixmpp.exceptions import IqError

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "clients"))
from service import Service, main  # noqa: E402

# How long to wait for what must come; generous, since the machine may be busy.
PATIENCE = 20

PLUGINS = (
    "xep_0012",
    "xep_0030",
    "xep_0049",
    "xep_0054",
    "xep_0085",
    "xep_0092",
    "xep_0184",
    "xep_0191",
    "xep_0198",
    "xep_0199",
    "xep_0202",
    "xep_0280",
    "xep_0297",
    "xep_0313",
    "xep_0352",
)


class Client(slixmpp.ClientXMPP):
    """A client that keeps what arrives in queues by the name of its event."""

    def __init__(self, service, address, password, mechanism=None, direct_tls=False, newest_tls=True, managed=False):
        super().__init__(address, password, sasl_mech=mechanism)
        self.port_of_service = service.xmpp_tls_port if direct_tls else service.xmpp_port
        self.enable_direct_tls, self.enable_starttls = direct_tls, not direct_tls
        self.ca_certs = service.certificate
        self.newest_tls = newest_tls
        self.arrived = {}
        for plugin in PLUGINS:
            if plugin != "xep_0198" or managed:
                self.register_plugin(plugin)
        self.auto_authorize = self.auto_subscribe = None

    def get_ssl_context(self):
        context = super().get_ssl_context()
        if not self.newest_tls:
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        return context

    def keep(self, *events):
        for event in events:
            self.arrived[event] = queue = asyncio.Queue()
            self.add_event_handler(event, queue.put_nowait)

    async def next(self, event):
        return await asyncio.wait_for(self.arrived[event].get(), PATIENCE)

    async def log_in(self):
        self.keep("session_start", "failed_all_auth")
        self.connect("127.0.0.1", self.port_of_service)
        waiting = [asyncio.ensure_future(self.next(event)) for event in ("session_start", "failed_all_auth")]
        done, pending = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for one in pending:
            one.cancel()
        if waiting[0] not in done or waiting[0].exception():
            raise AssertionError("the login failed")
        return self

    async def appear(self, priority=0):
        """Logs in, asks for the roster and becomes available."""
        await self.log_in()
        await self.get_roster()
        self.send_presence(ppriority=priority)
        await self.settle()
        return self

    async def settle(self):
        """Waits until all that this client has sent took effect."""
        await self["xep_0199"].send_ping(self.boundjid.domain)

    async def leave(self):
        await self.disconnect()


class Slixmpp(unittest.IsolatedAsyncioTestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service()

    @classmethod
    def tearDownClass(cls):
        cls.service.stop()

    def client(self, address, password="secret", **how):
        client = Client(self.service, address, password, **how)
        self.addAsyncCleanup(client.leave)
        return client

    async def test_logs_in_with_every_mechanism_over_both_kinds_of_tls(self):
        for direct_tls in (False, True):
            for newest_tls in (False, True):
                for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"):
                    with self.subTest(mechanism=mechanism, direct_tls=direct_tls, newest_tls=newest_tls):
                        client = self.client(
                            "jane@example.org/desk",
                            mechanism=mechanism,
                            direct_tls=direct_tls,
                            newest_tls=newest_tls,
                        )
                        await client.log_in()
                        self.assertEqual(client.boundjid.full, "jane@example.org/desk")
                        self.assertEqual(client["feature_mechanisms"].mech.name, mechanism)
                        await client.leave()

    async def test_a_wrong_password_is_refused_in_every_mechanism(self):
        for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"):
            with self.subTest(mechanism=mechanism), self.assertRaises(AssertionError):
                await self.client("jane@example.org", "wrong", mechanism=mechanism).log_in()

    async def test_a_contact_is_added_pushed_renamed_and_removed(self):
        desk = await self.client("admin@example.org/desk", "admin").appear()
        garden = self.client("admin@example.org/garden", "admin")
        garden.keep("roster_update")
        await garden.appear()
        await garden.next("roster_update")
        desk.update_roster("friend@example.org", name="A friend", groups=["Friends", "More"])
        pushed = (await garden.next("roster_update"))["roster"]["items"]["friend@example.org"]
        self.assertEqual((pushed["name"], sorted(pushed["groups"])), ("A friend", ["Friends", "More"]))
        desk.update_roster("friend@example.org", name="No friend", groups=[])
        self.assertEqual((await garden.next("roster_update"))["roster"]["items"]["friend@example.org"]["name"], "No friend")
        desk.del_roster_item("friend@example.org")
        removed = (await garden.next("roster_update"))["roster"]["items"]["friend@example.org"]
        self.assertEqual(removed["subscription"], "remove")

    async def test_two_people_subscribe_to_each_other_and_part(self):
        admin = self.client("admin@example.org/desk", "admin")
        admin.keep("presence_subscribed", "presence_unsubscribed", "presence_subscribe", "got_online", "got_offline")
        await admin.appear()
        jane = self.client("jane@example.org/desk")
        jane.keep("presence_subscribe", "presence_unsubscribe", "presence_subscribed")
        await jane.appear()
        admin.send_presence_subscription("jane@example.org")
        self.assertEqual((await jane.next("presence_subscribe"))["from"].bare, "admin@example.org")
        jane.send_presence_subscription("admin@example.org", ptype="subscribed")
        await admin.next("presence_subscribed")
        while (await admin.next("got_online"))["from"].full != "jane@example.org/desk":
            pass
        jane.send_presence_subscription("admin@example.org")
        await admin.next("presence_subscribe")
        admin.send_presence_subscription("jane@example.org", ptype="subscribed")
        await jane.next("presence_subscribed")
        self.assertEqual(await self.subscription(admin, "jane@example.org"), "both")
        jane.send_presence_subscription("admin@example.org", ptype="unsubscribed")
        await admin.next("presence_unsubscribed")
        while (await admin.next("got_offline"))["from"].bare != "jane@example.org":
            pass
        self.assertEqual(await self.subscription(admin, "jane@example.org"), "from")
        jane.del_roster_item("admin@example.org")
        admin.del_roster_item("jane@example.org")
        await jane.settle()
        await admin.settle()

    async def subscription(self, client, contact):
        """As the roster says that the client keeps by its pushes and their versions."""
        await client.get_roster()
        await client.settle()
        return client.client_roster[contact]["subscription"]

    async def test_messages_come_to_who_is_there_and_wait_for_who_is_not(self):
        jane = await self.client("jane@example.org/desk").appear()
        john = self.client("john@example.org/desk")
        john.keep("message", "receipt_received")
        await john.appear()
        jane.send_message("john@example.org", "hello")
        while (await john.next("message"))["body"] != "hello":
            pass
        await john.leave()
        for body in ("one", "two"):
            jane.send_message("john@example.org", body)
        await jane.settle()
        later = self.client("john@example.org/later")
        later.keep("message")
        await later.appear()
        waited = [await later.next("message") for _ in range(2)]
        self.assertEqual([message["body"] for message in waited], ["one", "two"])
        self.assertIsNotNone(waited[0].xml.find("{urn:xmpp:delay}delay"))

    async def test_a_message_to_nobody_comes_back_as_an_error(self):
        jane = self.client("jane@example.org/desk")
        jane.keep("message_error")
        await jane.appear()
        jane.send_message("nobody@example.org", "hello")
        self.assertEqual((await jane.next("message_error"))["error"]["condition"], "service-unavailable")

    async def test_other_resources_get_carbons(self):
        admin = self.client("admin@example.org/desk", "admin")
        await admin.appear()
        desk = await self.client("jane@example.org/desk").appear(priority=5)
        garden = self.client("jane@example.org/garden")
        garden.keep("carbon_received", "carbon_sent")
        await garden.appear(priority=-1)
        await garden["xep_0280"].enable()
        admin.send_message("jane@example.org/desk", "in", mtype="chat")
        self.assertEqual((await garden.next("carbon_received"))["carbon_received"]["body"], "in")
        desk.send_message("admin@example.org", "out", mtype="chat")
        self.assertEqual((await garden.next("carbon_sent"))["carbon_sent"]["body"], "out")

    async def test_an_archive_is_read_in_pages(self):
        admin = await self.client("admin@example.org/desk", "admin").appear()
        for number in range(5):
            admin.send_message("john@example.org", f"archived {number}", mtype="chat")
        await admin.settle()
        found = admin["xep_0313"].iterate(with_jid="john@example.org", rsm={"max": "2"})
        bodies = [result["mam_result"]["forwarded"]["stanza"]["body"] async for result in found]
        self.assertEqual(bodies[-5:], [f"archived {number}" for number in range(5)])
        fields = await admin["xep_0313"].get_fields()
        self.assertIn("with", fields.get_fields())
        metadata = await admin["xep_0313"].get_archive_metadata()
        self.assertTrue(metadata["mam_metadata"]["end"]["id"])

    async def test_who_is_blocked_is_not_heard(self):
        jane = self.client("jane@example.org/desk")
        jane.keep("blocked", "unblocked", "message", "message_error")
        await jane.appear()
        admin = self.client("admin@example.org/desk", "admin")
        admin.keep("message_error")
        await admin.appear()
        self.assertEqual(await jane["xep_0191"].get_blocked_jids(), set())
        await jane["xep_0191"].block("admin@example.org")
        await jane.next("blocked")
        self.assertEqual(await jane["xep_0191"].get_blocked_jids(), {slixmpp.JID("admin@example.org")})
        admin.send_message("jane@example.org", "not heard")
        self.assertEqual((await admin.next("message_error"))["error"]["condition"], "service-unavailable")
        jane.send_message("admin@example.org", "not sent")
        self.assertEqual((await jane.next("message_error"))["error"]["condition"], "not-acceptable")
        await jane["xep_0191"].unblock("admin@example.org")
        await jane.next("unblocked")
        admin.send_message("jane@example.org", "heard")
        while (await jane.next("message"))["body"] != "heard":
            pass

    async def test_a_vcard_is_published_and_read_by_others(self):
        jane = await self.client("jane@example.org/desk").appear()
        john = await self.client("john@example.org/desk").appear()
        card = jane["xep_0054"].make_vcard()
        card["FN"] = "Jane Doe"
        card["NICKNAME"] = "jane"
        await jane["xep_0054"].publish_vcard(card)
        read = await john["xep_0054"].get_vcard("jane@example.org", cached=False)
        self.assertEqual(read["vcard_temp"]["FN"], "Jane Doe")
        with self.assertRaises(IqError) as refused:
            await jane["xep_0054"].get_vcard("nobody@example.org", cached=False)
        self.assertEqual(refused.exception.condition, "service-unavailable")

    async def test_asks_for_what_the_server_can_do(self):
        jane = await self.client("jane@example.org/desk").appear()
        info = await jane["xep_0030"].get_info("example.org")
        self.assertIn("urn:xmpp:carbons:2", info["disco_info"]["features"])
        own = await jane["xep_0030"].get_info("jane@example.org")
        self.assertIn("urn:xmpp:mam:2", own["disco_info"]["features"])
        self.assertGreater(await jane["xep_0199"].ping("example.org"), 0)
        version = await jane["xep_0092"].get_version("example.org")
        self.assertEqual(version["software_version"]["name"], "Firekeeper")
        time = await jane["xep_0202"].get_entity_time("example.org")
        # Its own reading of the time adds the Z that is already there.
        self.assertTrue(time.xml.findtext(".//{urn:xmpp:time}utc").endswith("Z"))
        up = await jane["xep_0012"].get_last_activity("example.org")
        self.assertGreaterEqual(up["last_activity"]["seconds"], 0)

    async def test_a_lost_connection_is_resumed_without_loss(self):
        admin = await self.client("admin@example.org/desk", "admin").appear()
        jane = self.client("jane@example.org/phone", managed=True)
        jane.keep("session_resumed", "sm_enabled", "message", "disconnected")
        await jane.appear()
        await jane.next("sm_enabled")
        jane["xep_0352"].send_inactive()
        jane.transport.abort()
        await jane.next("disconnected")
        admin.send_message("jane@example.org/phone", "meanwhile", mtype="chat")
        await admin.settle()
        jane.connect("127.0.0.1", self.service.xmpp_port)
        await jane.next("session_resumed")
        while (await jane.next("message"))["body"] != "meanwhile":
            pass
        jane["xep_0352"].send_active()
        await jane.settle()


if __name__ == "__main__":
    main(sys.modules[__name__])
