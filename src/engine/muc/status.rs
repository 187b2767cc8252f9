//! Status codes (XEP-0045 §16.6.2): what a presence or a message of a room means for who gets it.

/// Everybody in the room may see the real addresses of its occupants.
pub const ADDRESSES_SHOWN: u16 = 100;
pub const SETTINGS_CHANGED: u16 = 104;
/// The presence is about who gets it.
pub const ONESELF: u16 = 110;
pub const LOGGED: u16 = 170;
pub const NOT_LOGGED: u16 = 171;
pub const ADDRESSES_NOW_SHOWN: u16 = 172;
pub const ADDRESSES_NOW_HIDDEN: u16 = 173;
pub const CREATED: u16 = 201;
/// The room gave the occupant another nickname than it asked for.
pub const NICKNAME_ASSIGNED: u16 = 210;
pub const BANNED: u16 = 301;
pub const NICKNAME_CHANGED: u16 = 303;
pub const KICKED: u16 = 307;
/// Removed because of another affiliation.
pub const NOT_AFFILIATED: u16 = 321;
/// Removed because the room is for members only now.
pub const MEMBERS_ONLY: u16 = 322;
pub const SHUTDOWN: u16 = 332;
/// Removed because something does not work, and nobody meant it.
pub const TECHNICAL: u16 = 333;
