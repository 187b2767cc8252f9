import java.io.FileInputStream;
import java.net.InetAddress;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jivesoftware.smack.ConnectionConfiguration.SecurityMode;
import org.jivesoftware.smack.SmackConfiguration;
import org.jivesoftware.smack.StanzaListener;
import org.jivesoftware.smack.XMPPException.XMPPErrorException;
import org.jivesoftware.smack.filter.StanzaTypeFilter;
import org.jivesoftware.smack.packet.Message;
import org.jivesoftware.smack.packet.Presence;
import org.jivesoftware.smack.packet.StanzaError;
import org.jivesoftware.smack.roster.Roster;
import org.jivesoftware.smack.roster.packet.RosterPacket.ItemType;
import org.jivesoftware.smack.sasl.SASLErrorException;
import org.jivesoftware.smack.tcp.XMPPTCPConnection;
import org.jivesoftware.smack.tcp.XMPPTCPConnectionConfiguration;
import org.jivesoftware.smackx.blocking.BlockingCommandManager;
import org.jivesoftware.smackx.carbons.CarbonManager;
import org.jivesoftware.smackx.carbons.packet.CarbonExtension;
import org.jivesoftware.smackx.csi.ClientStateIndicationManager;
import org.jivesoftware.smackx.disco.ServiceDiscoveryManager;
import org.jivesoftware.smackx.iqlast.LastActivityManager;
import org.jivesoftware.smackx.iqprivate.PrivateDataManager;
import org.jivesoftware.smackx.iqversion.VersionManager;
import org.jivesoftware.smackx.iqregister.AccountManager;
import org.jivesoftware.smackx.mam.MamManager;
import org.jivesoftware.smackx.ping.PingManager;
import org.jivesoftware.smackx.time.EntityTimeManager;
import org.jivesoftware.smackx.vcardtemp.VCardManager;
import org.jivesoftware.smackx.vcardtemp.packet.VCard;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.EntityBareJid;
import org.jxmpp.jid.impl.JidCreate;
import org.jxmpp.jid.parts.Localpart;
import org.jxmpp.jid.parts.Resourcepart;

/** Smack 4.4 in what people do with a client. Arguments: port, port with direct TLS, file with the certificate. */
public class SmackClient {
    private static final int PATIENCE = 20;
    private static final List<XMPPTCPConnection> connections = new ArrayList<>();
    private static int passed, failed;
    private static int port, tlsPort;
    private static SSLContext trusting;
    private static X509TrustManager trust;

    public static void main(String[] arguments) throws Exception {
        port = Integer.parseInt(arguments[0]);
        tlsPort = Integer.parseInt(arguments[1]);
        trust(arguments[2]);
        SmackConfiguration.setDefaultReplyTimeout(PATIENCE * 1000);
        Roster.setDefaultSubscriptionMode(Roster.SubscriptionMode.manual);
        test("login with every mechanism over STARTTLS", SmackClient::mechanisms);
        test("login over direct TLS", SmackClient::directTls);
        test("wrong password", SmackClient::wrongPassword);
        test("roster", SmackClient::roster);
        test("subscription", SmackClient::subscription);
        test("messages and offline messages", SmackClient::messages);
        test("message to nobody", SmackClient::nobody);
        test("carbons", SmackClient::carbons);
        test("archive", SmackClient::archive);
        test("blocking", SmackClient::blocking);
        test("vCard", SmackClient::vcard);
        test("discovery, ping, version, time, last activity", SmackClient::questions);
        test("private XML", SmackClient::privateXml);
        test("resumption", SmackClient::resumption);
        test("registration", SmackClient::registration);
        System.out.println(passed + " passed, " + failed + " failed");
        System.exit(failed == 0 ? 0 : 1);
    }

    private static void mechanisms() throws Exception {
        // Its SCRAM-SHA-1-PLUS is switched off, since it takes the algorithm of the key for that of the digest.
        for (String mechanism : List.of("SCRAM-SHA-1", "PLAIN")) {
            XMPPTCPConnectionConfiguration.Builder builder = configuration("jane", "desk", false);
            builder.addEnabledSaslMechanism(mechanism);
            XMPPTCPConnection connection = new XMPPTCPConnection(builder.build());
            connections.add(connection);
            connection.connect().login();
            same(mechanism, connection.getUsedSaslMechansism());
            same("jane@example.org/desk", connection.getUser().toString());
            same(true, connection.isSecureConnection());
        }
    }

    private static void directTls() throws Exception {
        XMPPTCPConnection connection = connection("jane", "desk", true);
        connection.connect().login();
        same(true, connection.isAuthenticated());
    }

    private static void wrongPassword() throws Exception {
        XMPPTCPConnectionConfiguration.Builder wrong = configuration("jane", "desk", false);
        wrong.setUsernameAndPassword("jane", "wrong");
        XMPPTCPConnection connection = new XMPPTCPConnection(wrong.build());
        connections.add(connection);
        connection.connect();
        try {
            connection.login();
        } catch (SASLErrorException refused) {
            same("not-authorized", refused.getSASLFailure().getSASLErrorString());
            return;
        }
        throw new AssertionError("logged in with a wrong password");
    }

    private static void roster() throws Exception {
        Roster desk = Roster.getInstanceFor(online("admin", "desk"));
        Roster garden = Roster.getInstanceFor(online("admin", "garden"));
        BareJid friend = JidCreate.bareFrom("friend@example.org");
        desk.createItem(friend, "A friend", new String[] {"Friends", "More"});
        eventually("the push", () -> garden.getEntry(friend) != null && garden.getEntry(friend).getGroups().size() == 2);
        same("A friend", garden.getEntry(friend).getName());
        desk.getEntry(friend).setName("No friend");
        eventually("the new name", () -> "No friend".equals(garden.getEntry(friend).getName()));
        desk.removeEntry(desk.getEntry(friend));
        eventually("the removal", () -> garden.getEntry(friend) == null);
    }

    private static void subscription() throws Exception {
        XMPPTCPConnection admin = online("admin", "desk");
        XMPPTCPConnection jane = online("jane", "desk");
        BareJid adminBare = admin.getUser().asBareJid(), janeBare = jane.getUser().asBareJid();
        Roster ofAdmin = Roster.getInstanceFor(admin), ofJane = Roster.getInstanceFor(jane);
        BlockingQueue<Presence> asked = presences(jane, Presence.Type.subscribe);
        ofAdmin.createItemAndRequestSubscription(janeBare, "Jane", null);
        same(adminBare.toString(), next(asked).getFrom().asBareJid().toString());
        eventually("the request in the roster", () -> ofAdmin.getEntry(janeBare) != null && ofAdmin.getEntry(janeBare).isSubscriptionPending());
        send(jane, Presence.Type.subscribed, adminBare);
        eventually("the subscription", () -> ofAdmin.getEntry(janeBare).getType() == ItemType.to);
        eventually("her presence", () -> ofAdmin.getPresence(janeBare).isAvailable());
        BlockingQueue<Presence> askedBack = presences(admin, Presence.Type.subscribe);
        ofJane.sendSubscriptionRequest(adminBare);
        next(askedBack);
        send(admin, Presence.Type.subscribed, janeBare);
        eventually("both", () -> ofJane.getEntry(adminBare).getType() == ItemType.both);
        send(jane, Presence.Type.unsubscribed, adminBare);
        eventually("half", () -> ofAdmin.getEntry(janeBare).getType() == ItemType.from);
        eventually("no presence", () -> !ofAdmin.getPresence(janeBare).isAvailable());
        ofAdmin.removeEntry(ofAdmin.getEntry(janeBare));
        eventually("none", () -> ofJane.getEntry(adminBare).getType() == ItemType.none);
        ofJane.removeEntry(ofJane.getEntry(adminBare));
        // Who approves first is asked no more (RFC 6121 §3.4).
        same(true, ofJane.isSubscriptionPreApprovalSupported());
        ofJane.preApprove(adminBare);
        ofAdmin.createItemAndRequestSubscription(janeBare, "Jane", null);
        eventually("the approved subscription", () -> ofAdmin.getEntry(janeBare) != null && ofAdmin.getEntry(janeBare).getType() == ItemType.to);
        ofAdmin.removeEntry(ofAdmin.getEntry(janeBare));
    }

    private static void messages() throws Exception {
        XMPPTCPConnection jane = online("jane", "desk");
        XMPPTCPConnection john = online("john", "desk");
        BlockingQueue<Message> heard = messages(john);
        EntityBareJid address = john.getUser().asEntityBareJid();
        say(jane, address, "hello");
        next(heard, "hello");
        john.disconnect();
        say(jane, address, "one");
        say(jane, address, "two");
        PingManager.getInstanceFor(jane).pingMyServer();
        XMPPTCPConnection later = connection("john", "later", false);
        BlockingQueue<Message> waited = messages(later);
        later.connect().login();
        next(waited, "one");
        next(waited, "two");
    }

    private static void nobody() throws Exception {
        XMPPTCPConnection jane = online("jane", "desk");
        BlockingQueue<Message> heard = messages(jane);
        say(jane, JidCreate.entityBareFrom("nobody@example.org"), "hello");
        same(StanzaError.Condition.service_unavailable, next(heard).getError().getCondition());
    }

    private static void carbons() throws Exception {
        XMPPTCPConnection admin = online("admin", "desk");
        XMPPTCPConnection desk = online("jane", "desk");
        XMPPTCPConnection garden = online("jane", "garden");
        CarbonManager copies = CarbonManager.getInstanceFor(garden);
        same(true, copies.isSupportedByServer());
        copies.enableCarbons();
        BlockingQueue<String> copied = new LinkedBlockingQueue<>();
        copies.addCarbonCopyReceivedListener((direction, copy, wrapper) -> copied.add(direction + " " + copy.getBody()));
        say(admin, desk.getUser(), "in");
        same(CarbonExtension.Direction.received + " in", next(copied));
        say(desk, admin.getUser(), "out");
        same(CarbonExtension.Direction.sent + " out", next(copied));
    }

    private static void archive() throws Exception {
        XMPPTCPConnection admin = online("admin", "desk");
        EntityBareJid john = JidCreate.entityBareFrom("john@example.org");
        for (int number = 0; number < 5; number++) say(admin, john, "archived " + number);
        MamManager archive = MamManager.getInstanceFor(admin);
        same(true, archive.isSupported());
        MamManager.MamQuery query = archive.queryArchive(MamManager.MamQueryArgs.builder()
                .limitResultsToJid(john).setResultPageSizeTo(2).queryLastPage().build());
        List<String> bodies = bodies(query);
        same(List.of("archived 3", "archived 4"), bodies);
        query.pagePrevious(2);
        same(List.of("archived 1", "archived 2"), bodies(query));
        same(true, archive.retrieveFormFields().stream().anyMatch(field -> field.getFieldName().equals("with")));
        MamManager.MamPrefsResult preferences = archive.retrieveArchivingPreferences();
        same(true, preferences.mamPrefs.getDefault() != null);
        archive.updateArchivingPreferences(preferences.asMamPrefs());
    }

    private static List<String> bodies(MamManager.MamQuery query) {
        List<String> bodies = new ArrayList<>();
        for (Message message : query.getMessages()) bodies.add(message.getBody());
        return bodies;
    }

    private static void blocking() throws Exception {
        XMPPTCPConnection jane = online("jane", "desk");
        XMPPTCPConnection admin = online("admin", "desk");
        BlockingCommandManager blocked = BlockingCommandManager.getInstanceFor(jane);
        same(true, blocked.isSupportedByServer());
        blocked.blockContacts(List.of(admin.getUser().asBareJid()));
        eventually("the block list", () -> blocked.getBlockList().toString().equals("[admin@example.org]"));
        BlockingQueue<Message> refused = messages(admin);
        say(admin, jane.getUser().asEntityBareJid(), "not heard");
        same(StanzaError.Condition.service_unavailable, next(refused).getError().getCondition());
        blocked.unblockAll();
        eventually("the empty block list", () -> blocked.getBlockList().isEmpty());
        BlockingQueue<Message> heard = messages(jane);
        say(admin, jane.getUser().asEntityBareJid(), "heard");
        next(heard, "heard");
    }

    private static void vcard() throws Exception {
        XMPPTCPConnection jane = online("jane", "desk");
        XMPPTCPConnection john = online("john", "desk");
        VCard card = new VCard();
        card.setFirstName("Jane");
        card.setNickName("janey");
        card.setAvatar(new byte[] {1, 2, 3}, "image/png");
        VCardManager.getInstanceFor(jane).saveVCard(card);
        VCard read = VCardManager.getInstanceFor(john).loadVCard(jane.getUser().asEntityBareJid());
        same("janey", read.getNickName());
        same(3, read.getAvatar().length);
        try {
            VCardManager.getInstanceFor(john).loadVCard(JidCreate.entityBareFrom("nobody@example.org"));
            throw new AssertionError("a vCard of nobody");
        } catch (XMPPErrorException refused) {
            same(StanzaError.Condition.service_unavailable, refused.getStanzaError().getCondition());
        }
    }

    private static void questions() throws Exception {
        XMPPTCPConnection jane = online("jane", "desk");
        ServiceDiscoveryManager discovery = ServiceDiscoveryManager.getInstanceFor(jane);
        same(true, discovery.serverSupportsFeature("urn:xmpp:ping"));
        same("server", discovery.discoverInfo(jane.getXMPPServiceDomain()).getIdentities().get(0).getCategory());
        discovery.discoverItems(jane.getXMPPServiceDomain());
        same(true, PingManager.getInstanceFor(jane).pingMyServer());
        same("Firekeeper", VersionManager.getInstanceFor(jane).getVersion(jane.getXMPPServiceDomain()).getName());
        same(true, EntityTimeManager.getInstanceFor(jane).getTime(jane.getXMPPServiceDomain()).getTime() != null);
        same(true, LastActivityManager.getInstanceFor(jane).getLastActivity(jane.getXMPPServiceDomain()).getIdleTime() >= 0);
    }

    private static void privateXml() throws Exception {
        PrivateDataManager keeper = PrivateDataManager.getInstanceFor(online("jane", "desk"));
        org.jivesoftware.smackx.iqprivate.packet.DefaultPrivateData kept =
                new org.jivesoftware.smackx.iqprivate.packet.DefaultPrivateData("notes", "urn:example:notes");
        kept.setValue("note", "remember");
        keeper.setPrivateData(kept);
        var read = (org.jivesoftware.smackx.iqprivate.packet.DefaultPrivateData) keeper.getPrivateData("notes", "urn:example:notes");
        same("remember", read.getValue("note"));
    }

    private static void resumption() throws Exception {
        XMPPTCPConnection admin = online("admin", "desk");
        XMPPTCPConnection jane = online("jane", "phone");
        same(true, jane.isSmEnabled());
        same(true, jane.isSmResumptionPossible());
        BlockingQueue<Message> heard = messages(jane);
        ClientStateIndicationManager.inactive(jane);
        jane.instantShutdown();
        say(admin, JidCreate.entityFullFrom("jane@example.org/phone"), "meanwhile");
        PingManager.getInstanceFor(admin).pingMyServer();
        jane.connect().login();
        same(true, jane.streamWasResumed());
        next(heard, "meanwhile");
        ClientStateIndicationManager.active(jane);
        same(true, PingManager.getInstanceFor(jane).pingMyServer());
    }

    private static void registration() throws Exception {
        XMPPTCPConnection stranger = connection("stranger", "desk", false);
        stranger.connect();
        AccountManager accounts = AccountManager.getInstance(stranger);
        same(true, accounts.supportsAccountCreation());
        accounts.createAccount(Localpart.from("newcomer"), "secret");
        XMPPTCPConnection newcomer = online("newcomer", "desk");
        AccountManager.getInstance(newcomer).deleteAccount();
        eventually("the end of the session", () -> !newcomer.isConnected());
        try {
            connection("newcomer", "desk", false).connect().login();
            throw new AssertionError("the account is still there");
        } catch (SASLErrorException refused) {
            same("not-authorized", refused.getSASLFailure().getSASLErrorString());
        }
    }

    private static void trust(String certificate) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (FileInputStream file = new FileInputStream(certificate)) {
            store.setCertificateEntry("server", CertificateFactory.getInstance("X.509").generateCertificate(file));
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        trust = (X509TrustManager) factory.getTrustManagers()[0];
        trusting = SSLContext.getInstance("TLS");
        trusting.init(null, factory.getTrustManagers(), null);
    }

    private static XMPPTCPConnectionConfiguration.Builder configuration(String user, String resource, boolean directTls)
            throws Exception {
        XMPPTCPConnectionConfiguration.Builder builder = XMPPTCPConnectionConfiguration.builder()
                .setXmppDomain("example.org")
                .setHostAddress(InetAddress.getLoopbackAddress())
                .setPort(directTls ? tlsPort : port)
                .setUsernameAndPassword(user, user.equals("admin") ? "admin" : "secret")
                .setResource(Resourcepart.from(resource))
                .setCustomX509TrustManager(trust)
                .setSecurityMode(SecurityMode.required);
        if (directTls) {
            builder.setSecurityMode(SecurityMode.disabled).setSocketFactory(trusting.getSocketFactory());
        }
        return builder;
    }

    private static XMPPTCPConnection connection(String user, String resource, boolean directTls) throws Exception {
        XMPPTCPConnection connection = new XMPPTCPConnection(configuration(user, resource, directTls).build());
        connection.setUseStreamManagementResumption(true);
        connections.add(connection);
        return connection;
    }

    private static XMPPTCPConnection online(String user, String resource) throws Exception {
        XMPPTCPConnection connection = connection(user, resource, false);
        connection.connect().login();
        Roster.getInstanceFor(connection).reloadAndWait();
        return connection;
    }

    private static void send(XMPPTCPConnection from, Presence.Type type, BareJid to) throws Exception {
        from.sendStanza(from.getStanzaFactory().buildPresenceStanza().ofType(type).to(to).build());
    }

    private static void say(XMPPTCPConnection from, org.jxmpp.jid.Jid to, String body) throws Exception {
        from.sendStanza(from.getStanzaFactory().buildMessageStanza().to(to).ofType(Message.Type.chat).setBody(body).build());
    }

    private static BlockingQueue<Message> messages(XMPPTCPConnection connection) {
        BlockingQueue<Message> queue = new LinkedBlockingQueue<>();
        connection.addSyncStanzaListener(stanza -> queue.add((Message) stanza), StanzaTypeFilter.MESSAGE);
        return queue;
    }

    private static BlockingQueue<Presence> presences(XMPPTCPConnection connection, Presence.Type type) {
        BlockingQueue<Presence> queue = new LinkedBlockingQueue<>();
        StanzaListener listener = stanza -> {
            if (((Presence) stanza).getType() == type) queue.add((Presence) stanza);
        };
        connection.addSyncStanzaListener(listener, StanzaTypeFilter.PRESENCE);
        return queue;
    }

    private static <T> T next(BlockingQueue<T> queue) throws Exception {
        T next = queue.poll(PATIENCE, TimeUnit.SECONDS);
        if (next == null) throw new AssertionError("nothing came");
        return next;
    }

    private static void next(BlockingQueue<Message> queue, String body) throws Exception {
        while (!body.equals(next(queue).getBody())) {}
    }

    private interface Test {
        void run() throws Exception;
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void eventually(String what, Condition condition) throws Exception {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE);
        while (!condition.holds()) {
            if (System.nanoTime() > until) throw new AssertionError("in vain waited for " + what);
            Thread.sleep(5);
        }
    }

    private static void same(Object expected, Object found) {
        if (!expected.equals(found)) throw new AssertionError("expected " + expected + ", found " + found);
    }

    private static void test(String name, Test test) {
        try {
            test.run();
            passed++;
        } catch (Throwable problem) {
            failed++;
            System.out.println("FAILED " + name);
            problem.printStackTrace(System.out);
        } finally {
            for (XMPPTCPConnection connection : connections) {
                if (connection.isConnected()) connection.disconnect();
            }
            connections.clear();
        }
    }
}
