//! The files of a job's log: where they go, and what is in them.

use std::io;

use super::{
    Callback, LOGIN,
    log::{Entries, Survey, html, text},
};
use crate::storage::{Member, PathError, StoragePath};

/// The files of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFiles {
    /// The folder of the build.
    pub folder: String,
    /// The lab, whose folder within that of the build they are in.
    pub lab: String,
    /// The name of the plain text, which the groups have as `boot_log`.
    pub text: String,
    /// The name of the page, which the groups have as `boot_log_html`.
    pub html: String,
}

impl LogFiles {
    /// Where the plain text goes.
    ///
    /// # Errors
    /// A member of the callback leads out of the folder, or is no part of a path.
    pub fn text_path(&self) -> Result<StoragePath, PathError> {
        self.path(&self.text)
    }

    /// Where the page goes.
    ///
    /// # Errors
    /// As [`text_path`](Self::text_path).
    pub fn html_path(&self) -> Result<StoragePath, PathError> {
        self.path(&self.html)
    }

    fn path(&self, name: &str) -> Result<StoragePath, PathError> {
        StoragePath::of_members([Member::Folders(&self.folder), Member::Name(&self.lab), Member::Name(name)])
    }
}

impl Callback {
    /// Writes what the device printed as plain text.
    ///
    /// # Errors
    /// `out` fails.
    pub fn write_text(&self, out: &mut dyn io::Write) -> io::Result<()> {
        text::write(&self.log, out)
    }

    /// Writes the whole log as a page of HTML.
    ///
    /// # Errors
    /// `out` fails.
    pub fn write_html(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let mut survey = Survey::of(&self.log);
        let mut rows =
            vec![html::Row { path: format!("{}.{LOGIN}", self.plan()), status: self.boot.login.name(), place: None }];
        for suite in &self.suites {
            for result in &suite.results {
                let mut path = self.groups_of(suite, result);
                path.insert(0, self.plan());
                path.push(&result.name);
                let place = survey.cases.take(&suite.definition, &result.name).map(|lines| lines.first);
                rows.push(html::Row { path: path.join("."), status: result.status.name(), place });
            }
        }
        let title = format!("{} on {}", self.plan(), self.get("device.type"));
        let description = self.description(&survey);
        let facts = [
            ("Result", description.as_deref().unwrap_or_default()),
            ("Lab", &self.lab_name),
            ("Device", self.device.as_deref().unwrap_or_default()),
            ("Tree", self.get("kernel.tree")),
            ("Branch", self.get("git.branch")),
            ("Kernel", self.kernel()),
            ("Commit", self.get("git.commit")),
            ("Architecture", self.get("job.arch")),
            ("Configuration", self.get("kernel.defconfig_full")),
            ("Compiler", self.get("job.build_environment")),
        ];
        let facts = facts.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let (problems, problems_count) = (&*survey.problems, survey.problems_count);
        html::write(&html::Head { title: &title, facts, rows, problems, problems_count }, &self.log, out)
    }

    pub(super) fn log_files(&self) -> Option<LogFiles> {
        Entries::new(&self.log).next()?;
        let name = file_name(&format!("{}-{}", self.plan(), self.get("device.type")));
        let of_build = self.metadata.get("job.file_server_resource").map_or_else(
            || {
                let steps = ["job.arch", "kernel.defconfig_full", "job.build_environment"].map(|name| self.get(name));
                let [arch, defconfig, environment] = steps;
                let (job, branch) = (self.get("kernel.tree"), self.get("git.branch"));
                format!("{job}/{branch}/{}/{arch}/{defconfig}/{environment}", self.kernel())
            },
            str::to_owned,
        );
        let (folder, lab) = (of_build.trim_matches('/').to_owned(), self.lab_name.clone());
        Some(LogFiles { folder, lab, text: format!("{name}.txt"), html: format!("{name}.html") })
    }
}

/// A name that a file can have in every storage.
fn file_name(text: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.' | '+');
    text.chars().map(|letter| if is_plain(letter) { letter } else { '_' }).collect()
}
