//! Groups with their people.

use std::collections::BTreeSet;

use super::MoveIn;
use crate::{
    exchange::openfire::{group, membership},
    storage::{groups, load::put_group},
    transfer::loading::ImportError,
};

const GROUPS: &str = "groups";

pub fn take(move_in: &mut MoveIn<'_>) -> Result<(), ImportError> {
    move_in.each("ofgroup", |move_in, record| {
        let name = record.required("groupname");
        let properties = move_in.records("ofgroupprop", name)?;
        let people = move_in.records("ofgroupuser", name)?;
        let host = move_in.host.clone();
        let loading = &mut *move_in.loading;
        let (mut group, shared_with) = match group(&record, &properties) {
            Ok(found) => found,
            Err(error) => {
                loading.summary.skip(GROUPS, name, error);
                return Ok(());
            }
        };
        let exists = groups::find(&loading.load, &host, name)?.is_some();
        if !loading.wants(exists, GROUPS, name)? {
            return Ok(());
        }
        let (mut members, mut admins) = (BTreeSet::new(), BTreeSet::new());
        for person in &people {
            match membership(person, &host) {
                Ok(found) if found.admin => drop(admins.insert(found.address)),
                Ok(found) => drop(members.insert(found.address)),
                Err(error) => loading.summary.skip("group members", name, error),
            }
        }
        if !shared_with.is_empty() {
            let what = format!(
                "it was shared with the groups {}, which is not possible here",
                shared_with.join(", ")
            );
            loading.summary.note(GROUPS, name, what);
        }
        group.members = members.difference(&admins).cloned().collect();
        group.admins = admins.into_iter().collect();
        loading
            .load
            .write(|transaction| put_group(transaction, &host, &group))?;
        loading.summary.take(GROUPS);
        Ok(())
    })
}
