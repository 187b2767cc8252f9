// @xmpp/client in what people do with a client. Arguments: port, port with direct TLS, file with the certificate.
// It is resolved from the working directory, where it is installed.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import tls from "node:tls";

const [port, tlsPort, certificate] = process.argv.slice(2);
const installed = createRequire(`${process.cwd()}/`).resolve("@xmpp/client");
const { client, xml } = await import(pathToFileURL(installed));

// The client takes the name of the host that it dials for that of the server, and trusts what Node trusts.
const connect = tls.connect;
tls.connect = (options, ...rest) => {
  const socket = connect({ ...options, ca: readFileSync(certificate), servername: "example.org" }, ...rest);
  // It listens for an answer only when it knows that its header is written, and misses one that comes sooner.
  const write = socket.write;
  socket.write = function (data, written) {
    const room = write.call(this, data);
    written?.();
    return room;
  };
  return socket;
};

const PATIENCE = 20_000;
const online = [];

async function login(user, { resource = "desk", mechanism, directTls = false, password } = {}) {
  const xmpp = client({
    service: directTls ? `xmpps://127.0.0.1:${tlsPort}` : `xmpp://127.0.0.1:${port}`,
    domain: "example.org",
    resource,
    timeout: PATIENCE,
    credentials: async (authenticate, mechanisms) => {
      const chosen = mechanism ?? mechanisms[0];
      assert.ok(mechanisms.includes(chosen), `${chosen} of ${mechanisms}`);
      const known = { username: user, password: password ?? (user === "admin" ? "admin" : "secret") };
      await authenticate(known, chosen);
    },
  });
  xmpp.arrived = [];
  xmpp.on("stanza", (stanza) => xmpp.arrived.push(stanza));
  xmpp.on("error", () => {});
  xmpp.reconnect.delay = 10;
  online.push(xmpp);
  await xmpp.start();
  // It begins to count a moment after it has read <enabled/>, and misses what came in one piece with that.
  while (!xmpp.streamManagement.enabled) await new Promise((resolve) => setTimeout(resolve, 1));
  return xmpp;
}

async function appear(user, how) {
  const xmpp = await login(user, how);
  await xmpp.send(xml("presence"));
  await settle(xmpp);
  return xmpp;
}

// Waits until all that was sent took effect.
async function settle(xmpp) {
  await xmpp.iqCaller.get(xml("ping", "urn:xmpp:ping"), "example.org", PATIENCE);
}

async function next(xmpp, is) {
  for (;;) {
    const at = xmpp.arrived.findIndex(is);
    if (at >= 0) return xmpp.arrived.splice(at, 1)[0];
    await once(xmpp, "stanza", { signal: AbortSignal.timeout(PATIENCE) });
  }
}

const says = (body) => (stanza) => stanza.is("message") && stanza.getChildText("body") === body;
const say = (xmpp, to, body) => xmpp.send(xml("message", { to, type: "chat" }, xml("body", {}, body)));
const set = (xmpp, payload) => xmpp.iqCaller.set(payload, undefined, PATIENCE);
const get = (xmpp, payload, to) => xmpp.iqCaller.get(payload, to, PATIENCE);

const tests = {
  async "logs in with every mechanism over both kinds of TLS"() {
    for (const directTls of [false, true]) {
      for (const mechanism of ["SCRAM-SHA-1", "PLAIN"]) {
        const xmpp = await login("jane", { mechanism, directTls });
        // It binds in the step of the login where that is offered, and the server completes its resource.
        assert.match(xmpp.jid.toString(), /^jane@example\.org\/desk~/);
        await xmpp.stop();
      }
    }
  },

  async "logs in, binds and gets a token in one step, and logs in again with the token"() {
    // The same client comes twice: it keeps its name and its token, and not its password.
    const userAgent = xml("user-agent", { id: "3d5cd6c7-6f4f-4b26-a4a5-94be4a4d3bd4" });
    const options = { domain: "example.org", resource: "phone", timeout: PATIENCE, userAgent };
    const service = `xmpps://127.0.0.1:${tlsPort}`;
    const first = client({ ...options, service, username: "jane", password: "secret" });
    let token;
    first.fast.saveToken = async (given) => (token = given);
    online.push(first);
    const address = (await first.start()).toString();
    assert.match(address, /^jane@example\.org\/phone~/);
    assert.ok(first.streamManagement.enabled, "stream management came with the binding");
    assert.equal(token.mechanism, "HT-SHA-256-NONE");
    assert.ok(new Date(token.expiry) > new Date());
    await settle(first);
    await first.stop();

    const sent = [];
    const again = client({ ...options, service, username: "jane", password: "forgotten" });
    again.fast.fetchToken = async () => token;
    again.on("send", (element) => sent.push(element));
    again.on("error", () => {});
    online.push(again);
    assert.equal((await again.start()).toString(), address, "the same client has the same address");
    const logins = sent.filter((element) => element.is("authenticate", "urn:xmpp:sasl:2"));
    assert.deepEqual(logins.map((login) => login.attrs.mechanism), ["HT-SHA-256-NONE"]);
    await settle(again);
  },

  async "a wrong password is refused"() {
    for (const mechanism of ["SCRAM-SHA-1", "PLAIN"]) {
      await assert.rejects(login("jane", { mechanism, password: "wrong" }), { condition: "not-authorized" });
    }
  },

  async "a contact is added, pushed and removed"() {
    const desk = await appear("admin");
    const garden = await login("admin", { resource: "garden" });
    const roster = (item) => xml("query", "jabber:iq:roster", item);
    await get(garden, roster());
    await set(desk, roster(xml("item", { jid: "friend@example.org", name: "A friend" }, xml("group", {}, "Friends"))));
    const isPush = (stanza) => stanza.is("iq") && stanza.attrs.type === "set" && stanza.getChild("query");
    const pushed = (await next(garden, isPush)).getChild("query").getChild("item");
    assert.equal(pushed.attrs.name, "A friend");
    assert.equal(pushed.getChildText("group"), "Friends");
    await set(desk, roster(xml("item", { jid: "friend@example.org", subscription: "remove" })));
    assert.equal((await next(garden, isPush)).getChild("query").getChild("item").attrs.subscription, "remove");
  },

  async "a subscription is asked for, granted and taken back"() {
    const admin = await appear("admin");
    const jane = await appear("jane");
    const presence = (from, type) => (stanza) =>
      stanza.is("presence") && stanza.attrs.type === type && stanza.attrs.from.startsWith(from);
    await admin.send(xml("presence", { to: "jane@example.org", type: "subscribe" }));
    await next(jane, presence("admin@example.org", "subscribe"));
    await jane.send(xml("presence", { to: "admin@example.org", type: "subscribed" }));
    await next(admin, presence("jane@example.org", "subscribed"));
    await next(admin, presence("jane@example.org/desk", undefined));
    await jane.send(xml("presence", { to: "admin@example.org", type: "unsubscribed" }));
    await next(admin, presence("jane@example.org", "unsubscribed"));
    await set(admin, xml("query", "jabber:iq:roster", xml("item", { jid: "jane@example.org", subscription: "remove" })));
  },

  async "messages come to who is there and are in the archive for who is not"() {
    const jane = await appear("jane");
    const john = await appear("john");
    await say(jane, "john@example.org", "hello");
    await next(john, says("hello"));
    await john.stop();
    await say(jane, "john@example.org", "one");
    await say(jane, "john@example.org", "two");
    await settle(jane);
    // Who binds in the step of the login reads in the archive what came meanwhile (XEP-0386 §3.2).
    const later = await appear("john", { resource: "later" });
    const last = xml("set", "http://jabber.org/protocol/rsm", xml("max", {}, "2"), xml("before"));
    await later.iqCaller.request(xml("iq", { type: "set" }, xml("query", "urn:xmpp:mam:2", last)), PATIENCE);
    const results = later.arrived.filter((stanza) => stanza.getChild("result", "urn:xmpp:mam:2"));
    const body = (stanza) => stanza.getChild("result").getChild("forwarded").getChild("message").getChildText("body");
    assert.deepEqual(results.map(body), ["one", "two"]);
    assert.ok(!later.arrived.some(says("one")), "it waited for the login too");
  },

  async "other resources get carbons"() {
    const admin = await appear("admin");
    const desk = await appear("jane");
    const garden = await appear("jane", { resource: "garden" });
    await set(garden, xml("enable", "urn:xmpp:carbons:2"));
    const carbon = (direction) => async () => {
      const copy = await next(garden, (stanza) => stanza.getChild(direction, "urn:xmpp:carbons:2"));
      const forwarded = copy.getChild(direction).getChild("forwarded", "urn:xmpp:forward:0");
      return forwarded.getChild("message", "jabber:client").getChildText("body");
    };
    await say(admin, desk.jid.toString(), "in");
    assert.equal(await carbon("received")(), "in");
    await say(desk, admin.jid.toString(), "out");
    assert.equal(await carbon("sent")(), "out");
  },

  async "an archive is read in pages"() {
    const admin = await appear("admin");
    for (let number = 0; number < 3; number++) await say(admin, "john@example.org", `archived ${number}`);
    const field = (name, value) => xml("field", { var: name }, xml("value", {}, value));
    const form = xml(
      "x",
      { xmlns: "jabber:x:data", type: "submit" },
      field("FORM_TYPE", "urn:xmpp:mam:2"),
      field("with", "john@example.org"),
    );
    const set = xml("set", "http://jabber.org/protocol/rsm", xml("max", {}, "2"), xml("before"));
    const query = xml("query", { xmlns: "urn:xmpp:mam:2", queryid: "q" }, form, set);
    const answer = await admin.iqCaller.request(xml("iq", { type: "set" }, query), PATIENCE);
    const results = admin.arrived.filter((stanza) => stanza.getChild("result", "urn:xmpp:mam:2"));
    const body = (stanza) => stanza.getChild("result").getChild("forwarded").getChild("message").getChildText("body");
    assert.deepEqual(results.map(body), ["archived 1", "archived 2"]);
    assert.ok(Number(answer.getChild("fin", "urn:xmpp:mam:2").getChild("set").getChildText("count")) >= 3);
  },

  async "who is blocked is not heard"() {
    const jane = await appear("jane");
    const admin = await appear("admin");
    const item = xml("item", { jid: "admin@example.org" });
    await set(jane, xml("block", "urn:xmpp:blocking", item));
    await say(admin, "jane@example.org", "not heard");
    const refused = await next(admin, (stanza) => stanza.is("message") && stanza.attrs.type === "error");
    assert.ok(refused.getChild("error").getChild("service-unavailable"));
    await set(jane, xml("unblock", "urn:xmpp:blocking", item));
    await say(admin, "jane@example.org", "heard");
    await next(jane, says("heard"));
  },

  async "a vCard is stored and read by others"() {
    const jane = await appear("jane");
    const john = await appear("john");
    await set(jane, xml("vCard", "vcard-temp", xml("FN", {}, "Jane Doe")));
    const read = await get(john, xml("vCard", "vcard-temp"), "jane@example.org");
    assert.equal(read.getChildText("FN"), "Jane Doe");
  },

  async "a lost connection is resumed without loss"() {
    const admin = await appear("admin");
    const jane = await appear("jane", { resource: "phone" });
    const resumed = once(jane.streamManagement, "resumed", { signal: AbortSignal.timeout(PATIENCE) });
    (jane.socket.socket ?? jane.socket).destroy();
    await say(admin, jane.jid.toString(), "meanwhile");
    await resumed;
    await next(jane, says("meanwhile"));
    await settle(jane);
  },
};

let passed = 0;
let failed = 0;
for (const [name, test] of Object.entries(tests)) {
  try {
    await test();
    passed++;
  } catch (problem) {
    failed++;
    console.log(`FAILED ${name}`);
    console.log(problem);
  }
  await Promise.allSettled(online.splice(0).map((xmpp) => xmpp.stop()));
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
