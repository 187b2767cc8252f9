//! Lockouts (§10.3).

use futures::FutureExt;

use super::call::Call;
use super::error::During;
use super::names;
use super::operation::{Operation, Outcome};
use super::reply::Reply;
use super::users::NO_SUCH_USER;
use crate::domain::account::{Lockout, OpenSessions};

pub const OPERATIONS: &[Operation] = &[
    Operation::post(PATH, "disableUser", |call| lock(call).boxed()).during("Could not disable user"),
    Operation::delete(PATH, "enableUser", |call| unlock(call).boxed()).during("Could not enable user"),
];

const PATH: &str = "/lockouts/{username}";

/// Without start or end.
async fn lock(call: &Call) -> Outcome {
    let locked = call
        .admin
        .lock_account(&names::account(call)?, Lockout::default(), OpenSessions::End)
        .await;
    locked.during(NO_SUCH_USER, call.parameter("username"))?;
    Ok(Reply::created())
}

async fn unlock(call: &Call) -> Outcome {
    let unlocked = call.admin.unlock_account(&names::account(call)?).await;
    unlocked.during(NO_SUCH_USER, call.parameter("username"))?;
    Ok(Reply::done())
}
