//! Names of the fields, and of values that both sides of the form know.

pub const ROOM_NAME: &str = "muc#roomconfig_roomname";
pub const DESCRIPTION: &str = "muc#roomconfig_roomdesc";
pub const LANGUAGE: &str = "muc#roomconfig_lang";
pub const CHANGE_SUBJECT: &str = "muc#roomconfig_changesubject";
pub const MAX_USERS: &str = "muc#roomconfig_maxusers";
pub const PRESENCE_BROADCAST: &str = "muc#roomconfig_presencebroadcast";
pub const PUBLIC: &str = "muc#roomconfig_publicroom";
pub const PERSISTENT: &str = "muc#roomconfig_persistentroom";
pub const MODERATED: &str = "muc#roomconfig_moderatedroom";
pub const MEMBERS_ONLY: &str = "muc#roomconfig_membersonly";
pub const ALLOW_INVITES: &str = "muc#roomconfig_allowinvites";
pub const PASSWORD_PROTECTED: &str = "muc#roomconfig_passwordprotectedroom";
pub const SECRET: &str = "muc#roomconfig_roomsecret";
pub const WHOIS: &str = "muc#roomconfig_whois";
pub const ALLOW_PRIVATE: &str = "muc#roomconfig_allowpm";
pub const LOGGING: &str = "muc#roomconfig_enablelogging";
pub const MEMBER_LIST: &str = "muc#roomconfig_getmemberlist";
pub const NODE: &str = "muc#roomconfig_pubsub";
pub const OWNERS: &str = "muc#roomconfig_roomowners";
pub const ADMINS: &str = "muc#roomconfig_roomadmins";
// What Openfire has beyond the registry of XEP-0045.
pub const RESERVED_NICKNAMES: &str = "x-muc#roomconfig_reservednick";
pub const CHANGE_NICKNAME: &str = "x-muc#roomconfig_canchangenick";
pub const REGISTRATION: &str = "x-muc#roomconfig_registration";
pub const RETIRE: &str = "{http://igniterealtime.org}muc#roomconfig_retireondel";

pub const UNLIMITED: &str = "none";

pub const MODERATORS: &str = "moderators";
pub const ANYONE: &str = "anyone";
