//! The operating system's users who run commands: who may, and what the audit log calls them.

use std::fs;

use rustix::process::getuid;

/// The user who owns this process and the system's administrator.
pub fn may_operate(user: u32) -> bool {
    user == 0 || user == getuid().as_raw()
}

/// The user who runs this process.
pub fn current() -> u32 {
    getuid().as_raw()
}

/// The login name of a user, or the number where the system's list has none.
pub fn name(user: u32) -> String {
    let list = fs::read_to_string("/etc/passwd").unwrap_or_default();
    name_in(&list, user).map_or_else(|| format!("uid {user}"), str::to_owned)
}

/// Lines of passwd(5): name, password, number, …
fn name_in(list: &str, user: u32) -> Option<&str> {
    list.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let number: u32 = fields.nth(1)?.parse().ok()?;
        (number == user && !name.is_empty()).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_named_as_in_the_list_of_the_system() {
        let list = "root:x:0:0:root:/root:/bin/sh\nbroken\njane:x:1000:1000::/home/jane:/bin/sh\n";
        assert_eq!(name_in(list, 1000), Some("jane"));
        assert_eq!(name_in(list, 7), None);
    }
}
