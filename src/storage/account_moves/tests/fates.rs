//! Every table, and what becomes of what it holds of an account.

use Fate::{Follows, FollowsRemovalOnly, FollowsRenamingOnly, Irrelevant, Stays};

/// What becomes of what a table holds of an account.
pub enum Fate {
    /// It goes with the account, and moves with its name.
    Follows,
    /// The same, but a renamed account leaves it behind.
    FollowsRemovalOnly,
    /// The same, but it outlives the account.
    FollowsRenamingOnly,
    /// Some of it stays.
    Stays,
    /// The table holds nothing of accounts.
    Irrelevant,
}

/// Each table with the fate of what it holds, and the reason where it does not just follow.
pub const TABLES: &[(&str, Fate, &str)] = &[
    ("account_properties", Follows, ""),
    ("accounts", Follows, ""),
    (
        "archive_bodies",
        Irrelevant,
        "messages; whose they are is in archive_entries",
    ),
    (
        "archive_entries",
        Stays,
        "with others it names whom they talked with: their own past",
    ),
    ("archive_preferences", Follows, ""),
    ("archives", Follows, ""),
    ("audit_log", Stays, "what administrators did must not change"),
    (
        "blocked_addresses",
        FollowsRenamingOnly,
        "who does not want to hear an address decides that himself",
    ),
    ("capabilities", Irrelevant, "what programs can do"),
    ("counters", Irrelevant, "numbers"),
    ("group_members", Follows, ""),
    ("group_properties", Irrelevant, "texts of groups"),
    ("groups", Irrelevant, "groups"),
    ("hosts", Irrelevant, "hosts"),
    ("invitations", Follows, ""),
    ("last_activity", Follows, ""),
    ("last_logins", Follows, ""),
    (
        "lockouts",
        FollowsRemovalOnly,
        "an account with another name is not locked out",
    ),
    (
        "login_tokens",
        FollowsRemovalOnly,
        "a token is made for the name that it was given to",
    ),
    ("offline_messages", Follows, ""),
    ("private_xml", Follows, ""),
    ("properties", Irrelevant, "properties of the server"),
    ("pubsub_affiliations", Follows, ""),
    ("pubsub_items", Follows, ""),
    ("pubsub_moved", Follows, ""),
    ("pubsub_nodes", Follows, ""),
    ("pubsub_subscriptions", Follows, ""),
    ("push_registrations", Follows, ""),
    ("retired_rooms", Irrelevant, "names of rooms"),
    (
        "room_affiliations",
        FollowsRemovalOnly,
        "affiliations do not come along",
    ),
    (
        "room_nicknames",
        FollowsRemovalOnly,
        "they belong to affiliations, which do not come along",
    ),
    ("room_profiles", Irrelevant, "what rooms are like"),
    ("room_services", Irrelevant, "chat services"),
    ("room_subjects", Irrelevant, "subjects of rooms"),
    ("room_vcards", Irrelevant, "pictures of rooms"),
    ("rooms", Irrelevant, "rooms"),
    ("roster_items", Follows, ""),
    (
        "roster_partings",
        Irrelevant,
        "what is left to do of the removal or the renaming itself",
    ),
    (
        "roster_tombstones",
        Stays,
        "contacts must be told that it is gone, as long as they are told of anything",
    ),
    ("rosters", Follows, ""),
    (
        "service_addresses",
        Stays,
        "administrators decide with whom nobody communicates",
    ),
    ("settings", Irrelevant, "what the service noted of itself"),
    ("standing_message_receipts", Follows, ""),
    ("standing_messages", Irrelevant, "what everybody is told"),
    ("subscription_requests", Follows, ""),
    ("uploads", Follows, ""),
    ("vcards", Follows, ""),
];
