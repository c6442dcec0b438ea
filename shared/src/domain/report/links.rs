//! The addresses that reports link to.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::facts::text;
use crate::{domain::send::Order, storage::StoragePath, value::Document};

/// Where a reader of a report finds documents and files.
#[derive(Debug, Clone, Default)]
pub struct Links {
    /// The pages about jobs and builds; `None` where there are none.
    pub dashboard: Option<String>,
    /// The address at which people reach the API.
    pub origin: String,
    /// Where stored files are read; `None` where no browser can.
    pub files: Option<String>,
    /// The stored page of the report, with its whole lists; `None` where there is none.
    pub page: Option<String>,
    /// Whether the report is that page: its lists are not cut as those of a mail are.
    pub is_page: bool,
    /// The sender of the mail, for `Reported-by`.
    pub sender: String,
}

const ESCAPED: AsciiSet =
    NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'+').remove(b'=');

/// Entries of a list of the page. A mail shows fewer.
const MAX_PAGE_ENTRIES: usize = 10_000;

fn escape(text: &str) -> String {
    utf8_percent_encode(text, &ESCAPED).to_string()
}

fn escape_path(path: &str) -> String {
    let segments: Vec<String> = path.split('/').filter(|segment| !segment.is_empty()).map(escape).collect();
    segments.join("/")
}

impl Links {
    /// The maximum of a list that has `in_mail` entries in a mail.
    pub fn max(&self, in_mail: usize) -> usize {
        if self.is_page { MAX_PAGE_ENTRIES } else { in_mail }
    }

    /// The full list that a report is an excerpt of: on the dashboard, or else the stored page, or else in the API.
    pub fn full_list(&self, order: &Order, page: &str, what: &str) -> String {
        let [job, branch, kernel] = [&order.job, &order.git_branch, &order.kernel].map(|text| escape(text));
        match (&self.dashboard, &self.page) {
            (Some(dashboard), _) => format!("{dashboard}/{page}/{job}/branch/{branch}/kernel/{kernel}/"),
            (None, Some(page)) => page.clone(),
            (None, None) => {
                // A `+` in a query is a space.
                let [job, branch, kernel] = [job, branch, kernel].map(|text| text.replace('+', "%2B"));
                format!("{}/{what}?job={job}&git_branch={branch}&kernel={kernel}", self.origin)
            }
        }
    }

    /// One document.
    pub fn document(&self, page: &str, what: &str, id: &str) -> String {
        match &self.dashboard {
            Some(dashboard) => format!("{dashboard}/{page}/id/{id}/"),
            None => format!("{}/{what}/{id}", self.origin),
        }
    }

    /// A file below the folder of a document; `None` where it has none, or where no browser can read it.
    pub fn file(&self, document: &Document, name: &str) -> Option<String> {
        let folder = text(document, "file_server_resource");
        if folder.is_empty() || name.is_empty() {
            return None;
        }
        let own = text(document, "file_server_url");
        let base = Some(own).filter(|url| url.starts_with("http")).or_else(|| self.files.clone())?;
        Some(format!("{}/{}", base.trim_end_matches('/'), escape_path(&format!("{folder}/{name}"))))
    }

    /// A log of a boot or of a test group: in the folder of its lab, below that of the build. An address is its own link.
    pub fn log(&self, document: &Document, name: &str) -> Option<String> {
        if name.starts_with("http://") || name.starts_with("https://") {
            return Some(name.to_owned());
        }
        let lab = text(document, "lab_name");
        let path = if name.contains('/') || lab.is_empty() { name.to_owned() } else { format!("{lab}/{name}") };
        if !text(document, "file_server_resource").is_empty() || name.is_empty() {
            return self.file(document, if name.is_empty() { "" } else { &path });
        }
        let steps = ["job", "git_branch", "kernel", "arch", "defconfig_full", "build_environment"];
        let steps = steps.map(|step| text(document, step));
        if steps.iter().any(String::is_empty) {
            return None;
        }
        let files = self.files.as_ref()?.trim_end_matches('/').to_owned();
        Some(format!("{files}/{}", escape_path(&format!("{}/{path}", steps.join("/")))))
    }

    /// A stored file; `None` where no browser can read it.
    pub fn stored(&self, path: &StoragePath) -> Option<String> {
        let files = self.files.as_ref()?.trim_end_matches('/');
        Some(format!("{files}/{}", escape_path(path.as_str())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    fn document(members: &[(&str, &str)]) -> Document {
        members.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect()
    }

    #[test]
    fn links_hold_nothing_that_ends_them() {
        let build = document(&[("file_server_resource", "mainline/a b/v1/arm64/defconfig+CONFIG_X=y/gcc-8")]);
        let links = Links { files: Some("https://files.example.org/".to_owned()), ..Links::default() };
        let expected = "https://files.example.org/mainline/a%20b/v1/arm64/defconfig+CONFIG_X=y/gcc-8/build.log";
        assert_eq!(links.file(&build, "build.log").as_deref(), Some(expected));
        assert_eq!(Links::default().file(&build, "build.log"), None);
        assert_eq!(links.file(&Document::new(), "build.log"), None);
    }

    #[test]
    fn a_log_is_in_the_folder_of_its_lab() {
        let links = Links { files: Some("https://files.example.org".to_owned()), ..Links::default() };
        let mut group = document(&[("file_server_resource", "next/v1"), ("lab_name", "lab-a")]);
        assert_eq!(links.log(&group, "boot.txt").as_deref(), Some("https://files.example.org/next/v1/lab-a/boot.txt"));
        assert_eq!(
            links.log(&group, "lab-b/boot.txt").as_deref(),
            Some("https://files.example.org/next/v1/lab-b/boot.txt")
        );
        assert_eq!(links.log(&group, "https://lab.example.org/1").as_deref(), Some("https://lab.example.org/1"));
        assert_eq!(links.log(&group, ""), None);
        group = document(&[
            ("job", "next"),
            ("git_branch", "a/b"),
            ("kernel", "v1"),
            ("arch", "arm"),
            ("defconfig_full", "d"),
            ("build_environment", "gcc-8"),
            ("lab_name", "lab-a"),
        ]);
        let expected = "https://files.example.org/next/a/b/v1/arm/d/gcc-8/lab-a/boot.txt";
        assert_eq!(links.log(&group, "boot.txt").as_deref(), Some(expected));
        group.remove("arch");
        assert_eq!(links.log(&group, "boot.txt"), None);
    }

    #[test]
    fn the_full_list_is_where_a_browser_can_open_it() {
        let body = serde_json::json!({"job": "next", "kernel": "v1+", "git_branch": "a/b", "send_to": "a@example.org"});
        let (order, _) = Order::read(crate::domain::send::ReportKind::Build, body.as_object().unwrap()).unwrap();
        let mut links = Links { origin: "https://api.example.org".to_owned(), ..Links::default() };
        let list = |links: &Links| links.full_list(&order, "build", "build");
        assert_eq!(list(&links), "https://api.example.org/build?job=next&git_branch=a%2Fb&kernel=v1%2B");
        links.page = Some("https://api.example.org/storage/next/a/b/v1+/build-report.html".to_owned());
        assert_eq!(list(&links), "https://api.example.org/storage/next/a/b/v1+/build-report.html");
        links.dashboard = Some("https://ci.example.org".to_owned());
        assert_eq!(list(&links), "https://ci.example.org/build/next/branch/a%2Fb/kernel/v1+/");
    }
}
