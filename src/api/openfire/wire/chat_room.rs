//! A chat room with its 29 fields, and the list of rooms that bulk creation takes (§12.6).

use jiff::Timestamp;

use crate::api::openfire::input::{BindError, Fields, FromFields};
use crate::api::openfire::output::{Entity, EntityList, FieldWriter, ListNames};

pub const CHAT_ROOMS: EntityList = EntityList {
    root: "chatRooms",
    key: "chatRooms",
};

const ROLES: ListNames = ListNames::wrapped("broadcastPresenceRoles", "broadcastPresenceRole");
const OWNERS: ListNames = ListNames::wrapped("owners", "owner");
const ADMINS: ListNames = ListNames::wrapped("admins", "admin");
const MEMBERS: ListNames = ListNames::wrapped("members", "member");
const OUTCASTS: ListNames = ListNames::wrapped("outcasts", "outcast");
const OWNER_GROUPS: ListNames = ListNames::wrapped("ownerGroups", "ownerGroup");
const ADMIN_GROUPS: ListNames = ListNames::wrapped("adminGroups", "adminGroup");
const MEMBER_GROUPS: ListNames = ListNames::wrapped("memberGroups", "memberGroup");
const OUTCAST_GROUPS: ListNames = ListNames::wrapped("outcastGroups", "outcastGroup");

#[derive(Clone, Default, PartialEq, Eq)]
pub struct ChatRoom {
    pub room_name: Option<String>,
    pub natural_name: Option<String>,
    pub description: Option<String>,
    pub password: Option<String>,
    pub subject: Option<String>,
    pub creation_date: Option<Timestamp>,
    pub modification_date: Option<Timestamp>,
    pub max_users: i32,
    pub persistent: bool,
    pub public_room: bool,
    pub registration_enabled: bool,
    pub can_anyone_discover_jid: bool,
    pub can_occupants_change_subject: bool,
    pub can_occupants_invite: bool,
    pub can_change_nickname: bool,
    pub log_enabled: bool,
    pub login_restricted_to_nickname: bool,
    pub members_only: bool,
    pub moderated: bool,
    pub broadcast_presence_roles: Option<Vec<String>>,
    pub owners: Option<Vec<String>>,
    pub admins: Option<Vec<String>>,
    pub members: Option<Vec<String>>,
    pub outcasts: Option<Vec<String>>,
    pub owner_groups: Option<Vec<String>>,
    pub admin_groups: Option<Vec<String>>,
    pub member_groups: Option<Vec<String>>,
    pub outcast_groups: Option<Vec<String>>,
    /// Absent counts as `anyone`; always written.
    pub allow_pm: Option<String>,
}

impl std::fmt::Debug for ChatRoom {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("ChatRoom")
            .field("room_name", &self.room_name)
            .finish_non_exhaustive()
    }
}

impl Entity for ChatRoom {
    fn root(&self) -> &'static str {
        "chatRoom"
    }

    fn fields<W: FieldWriter>(&self, out: &mut W) {
        out.optional_text("roomName", self.room_name.as_deref());
        out.optional_text("naturalName", self.natural_name.as_deref());
        out.optional_text("description", self.description.as_deref());
        out.optional_text("password", self.password.as_deref());
        out.optional_text("subject", self.subject.as_deref());
        out.optional_date("creationDate", self.creation_date);
        out.optional_date("modificationDate", self.modification_date);
        out.integer("maxUsers", self.max_users.into());
        out.boolean("persistent", self.persistent);
        out.boolean("publicRoom", self.public_room);
        out.boolean("registrationEnabled", self.registration_enabled);
        out.boolean("canAnyoneDiscoverJID", self.can_anyone_discover_jid);
        out.boolean("canOccupantsChangeSubject", self.can_occupants_change_subject);
        out.boolean("canOccupantsInvite", self.can_occupants_invite);
        out.boolean("canChangeNickname", self.can_change_nickname);
        out.boolean("logEnabled", self.log_enabled);
        out.boolean("loginRestrictedToNickname", self.login_restricted_to_nickname);
        out.boolean("membersOnly", self.members_only);
        out.boolean("moderated", self.moderated);
        let lists = [
            (ROLES, &self.broadcast_presence_roles),
            (OWNERS, &self.owners),
            (ADMINS, &self.admins),
            (MEMBERS, &self.members),
            (OUTCASTS, &self.outcasts),
            (OWNER_GROUPS, &self.owner_groups),
            (ADMIN_GROUPS, &self.admin_groups),
            (MEMBER_GROUPS, &self.member_groups),
            (OUTCAST_GROUPS, &self.outcast_groups),
        ];
        for (names, list) in lists {
            if let Some(list) = list {
                out.texts(names, list);
            }
        }
        out.text("allowPM", self.allow_pm.as_deref().unwrap_or("anyone"));
    }
}

impl FromFields for ChatRoom {
    const ROOTS: &'static [&'static str] = &["chatRoom"];
    const IGNORED_KEYS: &'static [&'static str] = &["servicename"];

    fn from_fields(fields: &mut Fields<'_>) -> Result<Self, BindError> {
        let flag = |fields: &mut Fields<'_>, name| fields.boolean(name).map(Option::unwrap_or_default);
        Ok(Self {
            room_name: fields.checked_text("roomName", is_room_name)?,
            natural_name: fields.text("naturalName")?,
            description: fields.text("description")?,
            password: fields.text_unless_false("password")?,
            subject: fields.text("subject")?,
            creation_date: fields.date("creationDate")?,
            modification_date: fields.date("modificationDate")?,
            max_users: fields.integer("maxUsers")?.unwrap_or_default(),
            persistent: flag(fields, "persistent")?,
            public_room: flag(fields, "publicRoom")?,
            registration_enabled: flag(fields, "registrationEnabled")?,
            can_anyone_discover_jid: flag(fields, "canAnyoneDiscoverJID")?,
            can_occupants_change_subject: flag(fields, "canOccupantsChangeSubject")?,
            can_occupants_invite: flag(fields, "canOccupantsInvite")?,
            can_change_nickname: flag(fields, "canChangeNickname")?,
            log_enabled: flag(fields, "logEnabled")?,
            login_restricted_to_nickname: flag(fields, "loginRestrictedToNickname")?,
            members_only: flag(fields, "membersOnly")?,
            moderated: flag(fields, "moderated")?,
            broadcast_presence_roles: fields.texts(ROLES)?,
            owners: fields.texts(OWNERS)?,
            admins: fields.texts(ADMINS)?,
            members: fields.texts(MEMBERS)?,
            outcasts: fields.texts(OUTCASTS)?,
            owner_groups: fields.texts(OWNER_GROUPS)?,
            admin_groups: fields.texts(ADMIN_GROUPS)?,
            member_groups: fields.texts(MEMBER_GROUPS)?,
            outcast_groups: fields.texts(OUTCAST_GROUPS)?,
            allow_pm: fields.text("allowPM")?,
        })
    }
}

/// The original's entity prepares the name when it is set, so that it notices an illegal one while it reads.
fn is_room_name(name: &str) -> bool {
    name.is_empty() || jid::NodePart::new(name).is_ok()
}

/// What `POST /chatrooms/bulk` takes.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ChatRooms {
    pub chat_rooms: Option<Vec<ChatRoom>>,
}

impl FromFields for ChatRooms {
    /// The original reads a single room too, as a list that it then misses.
    const ROOTS: &'static [&'static str] = &["chatRooms", "chatRoom"];
    /// The list itself has that name.
    const WRAPPERS: &'static [&'static str] = &[];

    fn from_fields(fields: &mut Fields<'_>) -> Result<Self, BindError> {
        Ok(Self {
            chat_rooms: fields.entities(ListNames::bare(CHAT_ROOMS.key, "chatRoom"))?,
        })
    }
}
