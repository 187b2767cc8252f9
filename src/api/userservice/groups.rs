//! Lists of group names (§11.5), read page by page while they are sent.

use std::future::Future;

use axum::body::Bytes;
use futures::{StreamExt, stream};

use super::accounts::existing;
use super::error::Failure;
use super::parameters::Parameters;
use super::wire::{Reply, push_group_name};
use crate::admin::AdminSession;
use crate::domain::Error;
use crate::domain::page::{Page, PageRequest};

pub async fn list(admin: &AdminSession) -> Result<Reply, Failure> {
    let admin = admin.clone();
    names(move |page| {
        let admin = admin.clone();
        async move {
            let groups = admin.list_groups(admin.host(), page).await?;
            Ok(groups.map(|group| group.name))
        }
    })
    .await
}

pub async fn list_of_user(admin: &AdminSession, parameters: &Parameters<'_>) -> Result<Reply, Failure> {
    let account = existing(admin, parameters).await?;
    let (admin, member) = (admin.clone(), account.to_address());
    names(move |page| {
        let (admin, member) = (admin.clone(), member.clone());
        async move { admin.list_groups_of(admin.host(), &member, page).await }
    })
    .await
}

/// The first page is read before the answer begins, so that a failure is still an error. A failure later breaks the
/// answer off without its end.
async fn names<Reading>(read: impl Fn(PageRequest) -> Reading + Send + 'static) -> Result<Reply, Failure>
where
    Reading: Future<Output = Result<Page<String>, Error>> + Send,
{
    let first = read(PageRequest::first()).await?;
    let is_whole = first.next.is_none();
    let begin = piece("<result>", first);
    if is_whole {
        return Ok(Reply::Document(begin.0));
    }
    let pieces = stream::try_unfold((Some(begin), read), |(ready, read)| async move {
        let Some((text, after)) = ready else {
            return Ok(None);
        };
        let next = match after {
            Some(after) => Some(piece("", read(PageRequest::after(Some(after))).await?)),
            None => None,
        };
        Ok::<_, Error>(Some((Bytes::from(text), (next, read))))
    });
    Ok(Reply::Stream(pieces.boxed()))
}

/// The text of a page, and where the next one begins.
fn piece(begin: &str, page: Page<String>) -> (String, Option<String>) {
    let mut text = begin.to_owned();
    for name in &page.items {
        push_group_name(name, &mut text);
    }
    if page.next.is_none() {
        text.push_str("</result>\n");
    }
    (text, page.next)
}
