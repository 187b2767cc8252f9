//! Who may change and read what in a room (XEP-0045 §5, §8 to §10). Who lacks a privilege is `forbidden`; who has it, and
//! meets somebody who ranks as high or higher, is `not-allowed`.

use crate::domain::affiliation::Affiliation;
use crate::domain::room::Role;
use crate::engine::stanza::Condition;

/// Somebody in relation to a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub affiliation: Option<Affiliation>,
    /// `None` who is not in the room.
    pub role: Role,
}

impl Standing {
    pub fn is_owner(self) -> bool {
        self.affiliation == Some(Affiliation::Owner)
    }

    /// Owner or admin.
    pub fn is_admin(self) -> bool {
        is_admin(self.affiliation)
    }

    /// Whether there is anything that it may change.
    pub fn may_change(self) -> bool {
        self.is_moderator() || self.is_admin()
    }

    pub fn is_occupant(self) -> bool {
        self.role != Role::None
    }

    fn is_moderator(self) -> bool {
        self.role == Role::Moderator
    }
}

/// Whether `actor` may give `new` to somebody who has `former` (§9.1 to §9.5, §10.3 to §10.8).
pub fn check_affiliation(
    actor: Standing,
    former: Option<Affiliation>,
    new: Option<Affiliation>,
) -> Result<(), Condition> {
    if actor.is_owner() {
        return Ok(());
    }
    if !actor.is_admin() || is_admin(new) {
        return Err(Condition::Forbidden);
    }
    match new {
        _ if !is_admin(former) => Ok(()),
        // An admin bans, but nobody of his own rank.
        Some(Affiliation::Outcast) => Err(Condition::NotAllowed),
        // Only owners edit the lists of owners and admins.
        _ => Err(Condition::Forbidden),
    }
}

/// Whether `actor` may give the role `new` to the occupant `target` (§8.2 to §8.5, §9.6 to §9.8).
pub fn check_role(actor: Standing, target: Standing, new: Role) -> Result<(), Condition> {
    if !actor.is_moderator() && !actor.is_admin() {
        return Err(Condition::Forbidden);
    }
    match new {
        _ if new == target.role => Ok(()),
        Role::None if rank(target) >= rank(actor) => Err(Condition::NotAllowed),
        Role::Visitor if target.is_admin() || level(target.affiliation) >= level(actor.affiliation) => {
            Err(Condition::NotAllowed)
        }
        // §5.1.3: nobody takes it from owners and admins, nor from a higher affiliation.
        Role::Participant
            if target.is_moderator() && (target.is_admin() || level(target.affiliation) > level(actor.affiliation)) =>
        {
            Err(Condition::NotAllowed)
        }
        Role::Participant if target.is_moderator() && !actor.is_admin() => Err(Condition::Forbidden),
        Role::Moderator if !actor.is_admin() => Err(Condition::Forbidden),
        _ => Ok(()),
    }
}

/// Whether `reader` may read who has `affiliation`, in a room that shows real addresses to everybody in it or not.
pub fn check_reading(reader: Standing, affiliation: Affiliation, addresses_are_seen: bool) -> Result<(), Condition> {
    let is_shown = addresses_are_seen && (reader.is_occupant() || reader.affiliation == Some(Affiliation::Member));
    let may = match affiliation {
        Affiliation::Owner | Affiliation::Admin => {
            reader.is_owner() || (addresses_are_seen && reader.is_admin()) || is_shown
        }
        Affiliation::Member => reader.is_admin() || is_shown,
        Affiliation::Outcast => reader.is_admin(),
    };
    if may { Ok(()) } else { Err(Condition::Forbidden) }
}

/// Whether `reader` may read who has a role (§8.5, §9.8).
pub fn check_reading_roles(reader: Standing) -> Result<(), Condition> {
    if reader.is_moderator() || reader.is_admin() {
        return Ok(());
    }
    Err(Condition::Forbidden)
}

fn is_admin(affiliation: Option<Affiliation>) -> bool {
    matches!(affiliation, Some(Affiliation::Owner | Affiliation::Admin))
}

fn rank(standing: Standing) -> (u8, bool) {
    // Owners and admins are moderators wherever they are.
    (
        level(standing.affiliation),
        standing.is_moderator() || standing.is_admin(),
    )
}

fn level(affiliation: Option<Affiliation>) -> u8 {
    match affiliation {
        Some(Affiliation::Owner) => 4,
        Some(Affiliation::Admin) => 3,
        Some(Affiliation::Member) => 2,
        None => 1,
        Some(Affiliation::Outcast) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AFFILIATIONS: [Option<Affiliation>; 5] = [
        Some(Affiliation::Owner),
        Some(Affiliation::Admin),
        Some(Affiliation::Member),
        None,
        Some(Affiliation::Outcast),
    ];

    fn standing(affiliation: Option<Affiliation>, role: Role) -> Standing {
        Standing { affiliation, role }
    }

    /// `+` allowed, `f` forbidden, `n` not allowed.
    fn letter(outcome: Result<(), Condition>) -> char {
        match outcome {
            Ok(()) => '+',
            Err(Condition::Forbidden) => 'f',
            Err(Condition::NotAllowed) => 'n',
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_change_of_an_affiliation_by_everybody() {
        // Rows: what the target has; columns: what it gets. Both in the order owner, admin, member, none, outcast.
        let by_owner = ["+++++"; 5];
        let by_admin = ["ffffn", "ffffn", "ff+++", "ff+++", "ff+++"];
        let by_others = ["fffff"; 5];
        for (actor, table) in AFFILIATIONS
            .into_iter()
            .zip([by_owner, by_admin, by_others, by_others, by_others])
        {
            // A role gives no right over affiliations.
            for role in Role::ALL {
                let found = AFFILIATIONS.map(|former| {
                    let row = AFFILIATIONS.map(|new| letter(check_affiliation(standing(actor, role), former, new)));
                    row.into_iter().collect::<String>()
                });
                assert_eq!(found, table, "{actor:?} {role:?}");
            }
        }
    }

    /// What `actor` may do with occupants: a row for each affiliation of owner, admin, member, none.
    fn roles(actor: Standing, of: Role, new: Role) -> String {
        let outcomes = AFFILIATIONS[..4].iter();
        outcomes
            .map(|affiliation| letter(check_role(actor, standing(*affiliation, of), new)))
            .collect()
    }

    #[test]
    fn every_change_of_a_role_by_everybody() {
        use Role::{Moderator, None as Out, Participant, Visitor};
        // Each column: a moderator who is owner, admin, member, nothing. In it, the occupant is owner, admin, member,
        // nothing.
        for (of, new, expected) in [
            (Participant, Out, ["n+++", "nn++", "nn++", "nnn+"]),
            (Visitor, Out, ["n+++", "nn++", "nn++", "nnn+"]),
            (Moderator, Out, ["n+++", "nn++", "nnn+", "nnnn"]),
            (Participant, Visitor, ["nn++", "nn++", "nnn+", "nnnn"]),
            (Moderator, Visitor, ["nn++", "nn++", "nnn+", "nnnn"]),
            (Visitor, Participant, ["++++"; 4]),
            (Moderator, Participant, ["nn++", "nn++", "nnff", "nnnf"]),
            (Participant, Moderator, ["++++", "++++", "ffff", "ffff"]),
            (Visitor, Moderator, ["++++", "++++", "ffff", "ffff"]),
            (Visitor, Visitor, ["++++"; 4]),
            (Participant, Participant, ["++++"; 4]),
            (Moderator, Moderator, ["++++"; 4]),
        ] {
            let found = [0, 1, 2, 3].map(|actor| roles(standing(AFFILIATIONS[actor], Moderator), of, new));
            assert_eq!(found, expected, "{of:?} becomes {new:?}");
            for role in [Participant, Visitor, Out] {
                for affiliation in [Some(Affiliation::Member), None, Some(Affiliation::Outcast)] {
                    let found = roles(standing(affiliation, role), of, new);
                    assert_eq!(found, "ffff", "{affiliation:?} {role:?}: {of:?} becomes {new:?}");
                }
            }
        }
    }

    #[test]
    fn lists_are_read_by_those_who_may_see_addresses() {
        use Affiliation::{Admin, Member, Outcast, Owner};
        let inside = Role::Participant;
        for (affiliation, role, seen, readable) in [
            (Some(Owner), Role::None, false, "++++"),
            (Some(Owner), Role::None, true, "++++"),
            (Some(Admin), Role::Moderator, false, "ff++"),
            (Some(Admin), Role::None, true, "++++"),
            (Some(Member), inside, false, "ffff"),
            (Some(Member), Role::None, true, "+++f"),
            (None, inside, true, "+++f"),
            (None, Role::Moderator, false, "ffff"),
            (None, Role::None, true, "ffff"),
            (Some(Outcast), Role::None, true, "ffff"),
        ] {
            let reader = standing(affiliation, role);
            let found: String = [Owner, Admin, Member, Outcast]
                .map(|list| letter(check_reading(reader, list, seen)))
                .iter()
                .collect();
            assert_eq!(found, readable, "{reader:?} {seen}");
        }
    }

    #[test]
    fn moderators_read_who_has_which_role() {
        for affiliation in AFFILIATIONS {
            for role in Role::ALL {
                let reader = standing(affiliation, role);
                let may = role == Role::Moderator || is_admin(affiliation);
                assert_eq!(check_reading_roles(reader).is_ok(), may, "{reader:?}");
            }
        }
    }
}
