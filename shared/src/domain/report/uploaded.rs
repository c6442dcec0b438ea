//! The file of a bisection: `{"show": .., "log": ..}`, which the bisecting machine uploads beside the files of the build.

use serde_json::Value as Json;

use crate::{
    domain::send::Order,
    error::Error,
    storage::{FileStorage, Member, StorageError, StoragePath},
};

/// Bytes of the file. Commits that break something are small.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// What the file holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Uploaded {
    /// The lines of the breaking commit, as `git show` prints it.
    pub show: Vec<String>,
    /// The lines of the log of `git bisect`.
    pub log: Vec<String>,
}

impl Uploaded {
    /// Reads the file that an order names; `None` where it names none, or where it is not there or no such file.
    ///
    /// # Errors
    /// The storage fails.
    pub async fn read(files: &dyn FileStorage, order: &Order) -> Result<Option<Self>, Error> {
        for path in paths(order) {
            let Some(content) = files.read(&path).await? else { continue };
            return match content.all(MAX_BYTES).await {
                Ok(bytes) => Ok(Self::parse(&bytes)),
                Err(StorageError::TooLarge) => Ok(None),
                Err(error) => Err(error.into()),
            };
        }
        Ok(None)
    }

    /// Reads the text of the file.
    fn parse(text: &[u8]) -> Option<Self> {
        let Ok(Json::Object(members)) = serde_json::from_slice(text) else { return None };
        let lines = |name: &str| match members.get(name) {
            Some(Json::String(text)) => text.lines().map(str::to_owned).collect(),
            Some(Json::Array(list)) => {
                list.iter().filter_map(Json::as_str).flat_map(str::lines).map(str::to_owned).collect()
            }
            _ => Vec::new(),
        };
        Some(Self { show: lines("show"), log: lines("log") })
    }

    /// The breaking commit in one line: its id and its subject, as `git show` prints them. Empty where there is none.
    pub fn found(&self) -> String {
        let id = self.show.first().and_then(|line| line.strip_prefix("commit ")).and_then(|id| id.split(' ').next());
        let subject = self.show.iter().skip_while(|line| !line.is_empty()).map(|line| line.trim());
        let subject = subject.into_iter().find(|line| !line.is_empty()).unwrap_or_default();
        id.map(|id| format!("{} {subject}", id.get(..12).unwrap_or(id)).trim().to_owned()).unwrap_or_default()
    }
}

/// Where the file may be: in the folder of the build, or in that of the lab below it, with or without the folder of the
/// build environment, as uploads place files.
fn paths(order: &Order) -> Vec<StoragePath> {
    let keys = &order.bisection;
    let Some(name) = keys.log.as_deref() else { return Vec::new() };
    let [environment, lab] = ["build_environment", "lab_name"].map(|name| keys.get(name));
    let folders = [(environment, lab), (environment, ""), ("", lab), ("", "")];
    let path = |(environment, lab)| {
        let folder = StoragePath::of_members([
            Member::Name(&order.job),
            Member::Folders(&order.git_branch),
            Member::Name(&order.kernel),
            Member::Folders(keys.get("arch")),
            Member::Folders(keys.get("defconfig_full")),
            Member::Folders(environment),
            Member::Folders(lab),
        ]);
        folder.and_then(|folder| folder.below(name)).ok()
    };
    let mut paths: Vec<StoragePath> = folders.into_iter().filter_map(path).collect();
    paths.dedup();
    paths
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::send::ReportKind;

    #[test]
    fn texts_and_lists_of_lines_are_read() {
        let lines = |list: &[&str]| list.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
        let text = br##"{"show": "commit 0123456789abcdef (HEAD)\nAuthor: A\n\n    drm: break it\n\n    Why.\n", "log": ["# good: x\n", "# bad: y\n"]}"##;
        let uploaded = Uploaded::parse(text).unwrap();
        assert_eq!(uploaded.log, lines(&["# good: x", "# bad: y"]));
        assert_eq!(uploaded.show.len(), 6);
        assert_eq!(uploaded.found(), "0123456789ab drm: break it");
        assert_eq!(Uploaded::parse(b"{}"), Some(Uploaded::default()));
        assert_eq!(Uploaded::default().found(), "");
        assert_eq!(Uploaded::parse(b"not JSON"), None);
    }

    #[test]
    fn the_file_is_looked_for_where_uploads_place_it_and_nowhere_else() {
        let order = |log: &str| {
            let body = serde_json::json!({
                "job": "next", "kernel": "v1", "git_branch": "a/b", "send_to": "a@example.org", "arch": "arm", "log": log,
                "defconfig_full": "defconfig", "build_environment": "gcc-8", "lab_name": "lab-a",
            });
            Order::read(ReportKind::Bisect, body.as_object().unwrap()).unwrap().0
        };
        let found: Vec<String> = paths(&order("x.json")).iter().map(ToString::to_string).collect();
        let expected =
            ["gcc-8/lab-a/", "gcc-8/", "lab-a/", ""].map(|end| format!("next/a/b/v1/arm/defconfig/{end}x.json"));
        assert_eq!(found, expected);
        for log in ["../x.json", "/../../x", ".."] {
            assert!(paths(&order(log)).is_empty(), "{log}");
        }
    }
}
