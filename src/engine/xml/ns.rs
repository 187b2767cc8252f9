//! The namespaces of RFC 6120, RFC 6121, RFC 7395 and the extensions that the engine speaks.

macro_rules! namespaces {
    ($($(#[$doc:meta])* $name:ident = $value:literal;)*) => {
        $($(#[$doc])* pub const $name: &str = $value;)*

        /// Every namespace of this file.
        pub(super) const ALL: &[&str] = &[$($name),*];
    };
}

namespaces! {
    /// What `xml:lang` is in.
    XML = "http://www.w3.org/XML/1998/namespace";
    /// Reserved for declarations; no element or attribute of ours is in it.
    XMLNS = "http://www.w3.org/2000/xmlns/";

    // RFC 6120, RFC 6121, RFC 7395
    JABBER_CLIENT = "jabber:client";
    JABBER_SERVER = "jabber:server";
    STREAM = "http://etherx.jabber.org/streams";
    STREAM_ERRORS = "urn:ietf:params:xml:ns:xmpp-streams";
    STANZA_ERRORS = "urn:ietf:params:xml:ns:xmpp-stanzas";
    TLS = "urn:ietf:params:xml:ns:xmpp-tls";
    SASL = "urn:ietf:params:xml:ns:xmpp-sasl";
    BIND = "urn:ietf:params:xml:ns:xmpp-bind";
    SESSION = "urn:ietf:params:xml:ns:xmpp-session";
    ROSTER = "jabber:iq:roster";
    ROSTER_VERSIONING = "urn:xmpp:features:rosterver";
    PRE_APPROVAL = "urn:xmpp:features:pre-approval";
    FRAMING = "urn:ietf:params:xml:ns:xmpp-framing";

    /// XEP-0004
    DATA_FORMS = "jabber:x:data";
    /// XEP-0122
    DATA_VALIDATE = "http://jabber.org/protocol/xdata-validate";
    /// XEP-0141
    DATA_LAYOUT = "http://jabber.org/protocol/xdata-layout";
    /// XEP-0221
    DATA_MEDIA = "urn:xmpp:media-element";
    /// XEP-0012
    LAST_ACTIVITY = "jabber:iq:last";
    /// XEP-0022, XEP-0023: message events and expiration, obsolete, still sent
    MESSAGE_EVENTS = "jabber:x:event";
    /// XEP-0030
    DISCO_INFO = "http://jabber.org/protocol/disco#info";
    DISCO_ITEMS = "http://jabber.org/protocol/disco#items";
    /// XEP-0033
    ADDRESS = "http://jabber.org/protocol/address";
    /// XEP-0045
    MUC = "http://jabber.org/protocol/muc";
    MUC_USER = "http://jabber.org/protocol/muc#user";
    MUC_ADMIN = "http://jabber.org/protocol/muc#admin";
    MUC_OWNER = "http://jabber.org/protocol/muc#owner";
    MUC_UNIQUE = "http://jabber.org/protocol/muc#unique";
    MUC_REQUEST = "http://jabber.org/protocol/muc#request";
    MUC_ROOM_CONFIG = "http://jabber.org/protocol/muc#roomconfig";
    MUC_ROOM_INFO = "http://jabber.org/protocol/muc#roominfo";
    MUC_REGISTER = "http://jabber.org/protocol/muc#register";
    /// XEP-0249
    CONFERENCE = "jabber:x:conference";
    /// XEP-0410
    MUC_SELF_PING = "http://jabber.org/protocol/muc#self-ping-optimization";
    /// XEP-0048, XEP-0402
    BOOKMARKS = "storage:bookmarks";
    BOOKMARKS2 = "urn:xmpp:bookmarks:1";
    /// XEP-0049
    PRIVATE = "jabber:iq:private";
    /// XEP-0145
    ROSTER_NOTES = "storage:rosternotes";
    /// XEP-0050
    COMMANDS = "http://jabber.org/protocol/commands";
    /// XEP-0133
    ADMIN = "http://jabber.org/protocol/admin";
    /// XEP-0054, XEP-0153, XEP-0292
    VCARD = "vcard-temp";
    VCARD_UPDATE = "vcard-temp:x:update";
    VCARD4 = "urn:ietf:params:xml:ns:vcard-4.0";
    VCARD4_PUBSUB = "urn:xmpp:vcard4";
    /// XEP-0292 §5.2
    CONTACTS = "urn:xmpp:contacts";
    /// XEP-0055
    SEARCH = "jabber:iq:search";
    /// XEP-0059
    RSM = "http://jabber.org/protocol/rsm";
    /// XEP-0060, XEP-0163
    PUBSUB = "http://jabber.org/protocol/pubsub";
    PUBSUB_EVENT = "http://jabber.org/protocol/pubsub#event";
    PUBSUB_OWNER = "http://jabber.org/protocol/pubsub#owner";
    PUBSUB_ERRORS = "http://jabber.org/protocol/pubsub#errors";
    PUBSUB_PUBLISH_OPTIONS = "http://jabber.org/protocol/pubsub#publish-options";
    /// XEP-0065
    BYTESTREAMS = "http://jabber.org/protocol/bytestreams";
    /// XEP-0066
    OUT_OF_BAND = "jabber:x:oob";
    /// XEP-0070
    HTTP_AUTH = "http://jabber.org/protocol/http-auth";
    /// XEP-0077
    REGISTER = "jabber:iq:register";
    REGISTER_FEATURE = "http://jabber.org/features/iq-register";
    /// XEP-0445
    REGISTER_BY_TOKEN = "urn:xmpp:ibr-token:0";
    /// XEP-0379
    PRE_AUTH = "urn:xmpp:pars:0";
    /// XEP-0078
    AUTH = "jabber:iq:auth";
    AUTH_FEATURE = "http://jabber.org/features/iq-auth";
    /// XEP-0079
    AMP = "http://jabber.org/protocol/amp";
    /// XEP-0084
    AVATAR_DATA = "urn:xmpp:avatar:data";
    AVATAR_METADATA = "urn:xmpp:avatar:metadata";
    AVATAR_CONVERSION = "urn:xmpp:pep-vcard-conversion:0";
    /// XEP-0085
    CHAT_STATES = "http://jabber.org/protocol/chatstates";
    /// XEP-0091
    LEGACY_DELAY = "jabber:x:delay";
    /// XEP-0092
    VERSION = "jabber:iq:version";
    /// XEP-0107, XEP-0108, XEP-0118, XEP-0172
    MOOD = "http://jabber.org/protocol/mood";
    ACTIVITY = "http://jabber.org/protocol/activity";
    TUNE = "http://jabber.org/protocol/tune";
    NICK = "http://jabber.org/protocol/nick";
    /// XEP-0114
    COMPONENT_ACCEPT = "jabber:component:accept";
    /// XEP-0115
    CAPS = "http://jabber.org/protocol/caps";
    CAPS_OPTIMIZE = "http://jabber.org/protocol/caps#optimize";
    /// XEP-0390
    CAPS2 = "urn:xmpp:caps";
    /// XEP-0124, XEP-0206
    BOSH = "http://jabber.org/protocol/httpbind";
    XBOSH = "urn:xmpp:xbosh";
    /// XEP-0131
    SHIM = "http://jabber.org/protocol/shim";
    /// XEP-0136
    LEGACY_ARCHIVE = "urn:xmpp:archive";
    /// XEP-0138
    COMPRESS_FEATURE = "http://jabber.org/features/compress";
    COMPRESS = "http://jabber.org/protocol/compress";
    /// XEP-0157
    SERVER_INFO = "http://jabber.org/network/serverinfo";
    /// XEP-0166
    JINGLE = "urn:xmpp:jingle:1";
    /// XEP-0353
    JINGLE_MESSAGE = "urn:xmpp:jingle-message:0";
    /// XEP-0184
    RECEIPTS = "urn:xmpp:receipts";
    /// XEP-0191
    BLOCKING = "urn:xmpp:blocking";
    BLOCKING_ERRORS = "urn:xmpp:blocking:errors";
    /// XEP-0377
    REPORTING = "urn:xmpp:reporting:1";
    /// XEP-0198
    STREAM_MANAGEMENT = "urn:xmpp:sm:3";
    STREAM_MANAGEMENT2 = "urn:xmpp:sm:2";
    /// XEP-0199
    PING = "urn:xmpp:ping";
    /// XEP-0202
    TIME = "urn:xmpp:time";
    /// XEP-0203
    DELAY = "urn:xmpp:delay";
    /// XEP-0215
    EXTERNAL_SERVICES = "urn:xmpp:extdisco:2";
    /// XEP-0220
    DIALBACK = "jabber:server:dialback";
    /// XEP-0224
    ATTENTION = "urn:xmpp:attention:0";
    /// XEP-0231
    BITS_OF_BINARY = "urn:xmpp:bob";
    /// XEP-0237
    ROSTER_GROUP_DELIMITER = "roster:delimiter";
    /// XEP-0280
    CARBONS = "urn:xmpp:carbons:2";
    CARBONS_RULES = "urn:xmpp:carbons:rules:0";
    /// XEP-0297
    FORWARD = "urn:xmpp:forward:0";
    /// XEP-0300
    HASHES = "urn:xmpp:hashes:2";
    /// XEP-0308
    CORRECTION = "urn:xmpp:message-correct:0";
    /// XEP-0313
    MAM = "urn:xmpp:mam:2";
    MAM_EXTENDED = "urn:xmpp:mam:2#extended";
    MAM_GROUPCHAT_FIELD = "urn:xmpp:mam:2#groupchat-field";
    /// XEP-0317
    HATS = "urn:xmpp:hats:0";
    /// XEP-0319
    IDLE = "urn:xmpp:idle:1";
    /// XEP-0333
    MARKERS = "urn:xmpp:chat-markers:0";
    /// XEP-0334
    HINTS = "urn:xmpp:hints";
    /// XEP-0352
    CLIENT_STATE = "urn:xmpp:csi:0";
    /// XEP-0357
    PUSH = "urn:xmpp:push:0";
    /// XEP-0359
    STANZA_ID = "urn:xmpp:sid:0";
    /// XEP-0363
    UPLOAD = "urn:xmpp:http:upload:0";
    /// XEP-0368
    TLS_SRV = "urn:xmpp:tls-srv";
    /// XEP-0372
    REFERENCE = "urn:xmpp:reference:0";
    /// XEP-0380
    ENCRYPTION = "urn:xmpp:eme:0";
    /// XEP-0384
    OMEMO = "eu.siacs.conversations.axolotl";
    OMEMO2 = "urn:xmpp:omemo:2";
    /// XEP-0373
    OPENPGP = "urn:xmpp:openpgp:0";
    /// XEP-0386
    BIND2 = "urn:xmpp:bind:0";
    /// XEP-0388
    SASL2 = "urn:xmpp:sasl:2";
    /// XEP-0421
    OCCUPANT_ID = "urn:xmpp:occupant-id:0";
    /// XEP-0422, XEP-0424, XEP-0425
    FASTEN = "urn:xmpp:fasten:0";
    RETRACT = "urn:xmpp:message-retract:1";
    /// XEP-0424 §5
    RETRACT_TOMBSTONE = "urn:xmpp:message-retract:1#tombstone";
    MODERATE = "urn:xmpp:message-moderate:1";
    RETRACT_0 = "urn:xmpp:message-retract:0";
    MODERATE_0 = "urn:xmpp:message-moderate:0";
    /// XEP-0428
    FALLBACK = "urn:xmpp:fallback:0";
    /// XEP-0433
    CHANNEL_SEARCH = "urn:xmpp:channel-search:0:search";
    CHANNEL_SEARCH_ERRORS = "urn:xmpp:channel-search:0:error";
    CHANNEL_SEARCH_ORDER = "urn:xmpp:channel-search:0:order";
    CHANNEL_SEARCH_PARAMS = "urn:xmpp:channel-search:0:search-params";
    /// XEP-0440
    CHANNEL_BINDING = "urn:xmpp:sasl-cb:0";
    /// XEP-0444
    REACTIONS = "urn:xmpp:reactions:0";
    /// XEP-0447
    FILE_SHARING = "urn:xmpp:sfs:0";
    /// XEP-0461
    REPLY = "urn:xmpp:reply:0";
    /// XEP-0474
    SASL_SCRAM_HASH = "urn:xmpp:ssdp:0";
    /// XEP-0478
    STREAM_LIMITS = "urn:xmpp:stream-limits:0";
    /// XEP-0480
    SASL_UPGRADE = "urn:xmpp:sasl:upgrade:0";
    /// XEP-0484
    FAST = "urn:xmpp:fast:0";
    /// XEP-0490
    DISPLAYED = "urn:xmpp:mds:displayed:0";
    /// XEP-0071
    XHTML_IM = "http://jabber.org/protocol/xhtml-im";
    XHTML = "http://www.w3.org/1999/xhtml";
}
