//! OFGROUP with OFGROUPPROP and OFGROUPUSER.

use std::collections::BTreeMap;

use super::record::Record;
use crate::domain::{
    Result,
    address::{Address, Host, Localpart},
    group::{Group, Sharing, check_name},
};

/// Somebody who is in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    pub address: Address,
    pub admin: bool,
}

/// The group without anybody in it, and the groups that it is shared with, which is not possible here.
pub fn group(record: &Record, properties: &[Record]) -> Result<(Group, Vec<String>)> {
    let name = record.required("groupname");
    check_name(name)?;
    let mut properties: BTreeMap<String, String> = properties
        .iter()
        .map(|property| {
            (
                property.required("name").to_owned(),
                property.required("propvalue").to_owned(),
            )
        })
        .collect();
    let sharing = match properties.remove("sharedRoster.showInRoster").as_deref() {
        Some("onlyGroup") => Sharing::Members,
        Some("everybody") => Sharing::Everybody,
        _ => Sharing::Nobody,
    };
    let display_name = properties
        .remove("sharedRoster.displayName")
        .filter(|text| !text.is_empty());
    let list = properties.remove("sharedRoster.groupList").unwrap_or_default();
    let shared_with = list.split(',').map(str::trim).filter(|name| !name.is_empty());
    let shared_with = shared_with.map(str::to_owned).collect();
    let group = Group {
        name: name.to_owned(),
        description: record.text("description").map(str::to_owned),
        sharing,
        display_name: display_name.unwrap_or_else(|| name.to_owned()),
        members: Vec::new(),
        admins: Vec::new(),
        properties,
    };
    Ok((group, shared_with))
}

/// Who an OFGROUPUSER record puts into its group: a name of the host, or a whole address.
pub fn membership(record: &Record, host: &Host) -> Result<Membership> {
    let text = record.required("username");
    let address = if text.contains('@') {
        Address::parse(text)?
    } else {
        Address::new(&Localpart::prepare(text)?, host)
    };
    Ok(Membership {
        address,
        admin: record.flag("administrator"),
    })
}
