//! The page that "All of it" leads to where there is no dashboard: the report with its whole lists, as a file beside the
//! builds.

use bytes::Bytes;

use super::{
    gather::Gathered,
    links::Links,
    templates::{Format, render},
};
use crate::{
    domain::{send::Order, task::TaskError},
    error::Error,
    storage::{FileStorage, Member, PathError, StorageError, StoragePath},
};

/// Stores the page of a report and returns its address; `None` where no browser can read files, or where the storage
/// does not take it.
///
/// # Errors
/// The template cannot be used, or the storage may take the page later.
pub(super) async fn keep(
    files: &dyn FileStorage,
    order: &Order,
    gathered: &Gathered,
    links: &Links,
) -> Result<Option<String>, TaskError> {
    let Ok(path) = path(order) else { return Ok(None) };
    let Some(address) = links.stored(&path) else { return Ok(None) };
    let links = Links { page: Some(address.clone()), is_page: true, ..links.clone() };
    let Some(content) = gathered.report(order, &links) else { return Ok(None) };
    let html = render(files, order, &content, Format::Html).await?;
    match files.write(&path, Bytes::from(html)).await {
        Ok(_) => Ok(Some(address)),
        Err(error @ StorageError::Busy { .. }) => Err(Error::from(error).into()),
        // A mail without the page is better than none.
        Err(error) => {
            tracing::warn!(%error, inside = error.inside(), "the page of a report is not stored");
            Ok(None)
        }
    }
}

/// `JOB/BRANCH/KERNEL/build-report.html`; with what the report is only about, `boot-report-LAB.html`.
fn path(order: &Order) -> Result<StoragePath, PathError> {
    let only = order.only().map(|only| format!("-{}", only.replace('/', "_"))).unwrap_or_default();
    let name = format!("{}-report{only}.html", order.kind.name());
    StoragePath::of_members([
        Member::Name(&order.job),
        Member::Folders(&order.git_branch),
        Member::Name(&order.kernel),
        Member::Name(&name),
    ])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::send::ReportKind;

    #[test]
    fn a_page_is_beside_the_builds_of_its_revision() {
        let of = |kind, job: &str, plan: &str| {
            let body =
                json!({"job": job, "kernel": "v1", "git_branch": "a/b", "send_to": "a@example.org", "plan": plan});
            path(&Order::read(kind, body.as_object().unwrap()).unwrap().0).map(|path| path.to_string())
        };
        assert_eq!(of(ReportKind::Build, "next", "x").as_deref(), Ok("next/a/b/v1/build-report.html"));
        assert_eq!(of(ReportKind::Test, "next", "a/b").as_deref(), Ok("next/a/b/v1/test-report-a_b.html"));
        assert!(of(ReportKind::Build, "..", "").is_err());
    }
}
