//! What a sender tells of a kernel build, in either of two forms, turned into the fields of a build document.
//!
//! [`inline`] is the one object with `bmeta`, `steps` and `artifacts`; [`uploaded`] is the short request whose folder
//! holds a description file. Neither touches storage: what storage must still tell is listed in the [`Description`].

pub mod inline;
mod kernel_version;
mod members;
#[cfg(test)]
mod tests;
pub mod uploaded;

use serde_json::{Map, Value, json};

pub use kernel_version::kernel_version;
pub use members::MAX_NAME;

use crate::collections::{BUILD, Field, FieldKind};
use crate::storage::{Member, PathError, StoragePath};

/// What is known of a build once its description is read, and what is still to be fetched from storage.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    /// Every member of the build document but `_id`, `job_id` and `created_on`.
    pub fields: Map<String, Value>,
    /// The folder in storage that all other paths are relative to; also the field `file_server_resource`.
    pub folder: String,
    /// The logs to read, in order, each once.
    pub logs: Vec<LogFile>,
    /// The fields whose value is the size of a stored file. A size that the description gives stands in for a file
    /// that is not there.
    pub sizes: Vec<FileSize>,
    /// The folder below `folder` whose files are to be listed in `dtb_dir_data`; `None` where that list is complete.
    pub dtb_folder: Option<String>,
    /// Whether the sender asked for the build not to be shown to everyone.
    pub private: bool,
}

impl Description {
    /// The folder as a path.
    ///
    /// # Errors
    /// It is no folder that members of a document can name.
    pub fn storage_folder(&self) -> Result<StoragePath, PathError> {
        StoragePath::of_members([Member::Folders(&self.folder)])
    }

    /// Checks every path that the import makes of the description.
    ///
    /// # Errors
    /// One of them is none, or leads out of the folder of the build.
    pub fn check_paths(&self) -> Result<(), PathError> {
        let folder = self.storage_folder()?;
        let named = self.logs.iter().map(|log| &log.path).chain(self.sizes.iter().map(|size| &size.path));
        named.chain(&self.dtb_folder).try_for_each(|path| folder.below(path).map(drop))
    }
}

/// A log of the build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFile {
    /// Where it lies, below the build's folder.
    pub path: String,
}

/// A file whose size is a field of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSize {
    /// Where the file lies, below the build's folder.
    pub path: String,
    /// The field for its size.
    pub size_field: &'static str,
}

/// Why a build cannot be read from what was sent. The texts are for the sender: they name the place, and hold no
/// control characters and no more than 60 characters of the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DescriptionError {
    /// A member that has to be there is not.
    #[error("{place} is missing")]
    Missing {
        /// Where it was looked for.
        place: String,
    },
    /// A member has another JSON type than its field.
    #[error("{place}: {value} is not {expected}")]
    WrongType {
        /// Where it stands.
        place: String,
        /// What stands there.
        value: String,
        /// What belongs there.
        expected: &'static str,
    },
    /// A member has the right type and a value that no build can have.
    #[error("{place}: {value} {fault}")]
    WrongValue {
        /// Where it stands.
        place: String,
        /// What stands there.
        value: String,
        /// What is wrong with it.
        fault: &'static str,
    },
}

/// The members of a build that no description can tell.
const NOT_TOLD: [&str; 3] = ["_id", "created_on", "job_id"];

/// The members that are 0 while nothing is known; other numbers are null.
const COUNTS: [&str; 3] = ["errors", "mismatches", "warnings"];

/// The members of a build document that a description can tell.
fn fields() -> impl Iterator<Item = &'static Field> {
    BUILD.fields.iter().filter(|field| !NOT_TOLD.contains(&field.name))
}

/// The kind of the values of a member.
fn kind(name: &str) -> FieldKind {
    BUILD.field(name).map_or(FieldKind::Other, |field| field.kind)
}

/// The value of a member while nothing is known.
fn unknown(field: &Field) -> Value {
    match field.kind {
        _ if COUNTS.contains(&field.name) => json!(0),
        FieldKind::Texts | FieldKind::List => json!([]),
        FieldKind::Object => json!({}),
        _ => Value::Null,
    }
}

/// The fields that name a file which both forms may come with, and the field for its size.
const SIZED_FILES: [(&str, &str); 4] = [
    ("kernel_config", "kernel_config_size"),
    ("kernel_image", "kernel_image_size"),
    ("modules", "modules_size"),
    ("system_map", "system_map_size"),
];

const DOCUMENT_VERSION: &str = "1.1";
const BUILD_TYPE: &str = "kernel";

const COPIED_TO_JOB: [&str; 13] = [
    "compiler",
    "compiler_version",
    "compiler_version_ext",
    "compiler_version_full",
    "cross_compile",
    "git_branch",
    "git_commit",
    "git_describe",
    "git_describe_v",
    "git_url",
    "job",
    "kernel",
    "kernel_version",
];

/// The fields of the job that `build` is the first build of; its id and date are the caller's to add.
#[must_use]
pub fn job_fields(build: &Map<String, Value>) -> Map<String, Value> {
    let mut job = Map::new();
    for field in COPIED_TO_JOB {
        job.insert(field.to_owned(), build.get(field).cloned().unwrap_or(Value::Null));
    }
    job.insert("private".to_owned(), json!(false));
    job.insert("status".to_owned(), json!("BUILD"));
    job.insert("version".to_owned(), json!(DOCUMENT_VERSION));
    job
}

/// A build document that is being filled in.
struct Document(Map<String, Value>);

impl Document {
    fn unknown() -> Document {
        let mut document = Document(fields().map(|field| (field.name.to_owned(), unknown(field))).collect());
        document.set("build_type", BUILD_TYPE);
        document.set("version", DOCUMENT_VERSION);
        document
    }

    fn set(&mut self, field: &'static str, value: impl Into<Value>) {
        self.0.insert(field.to_owned(), value.into());
    }

    fn text(&self, field: &str) -> Option<&str> {
        self.0.get(field).and_then(Value::as_str)
    }

    fn derive_kernel_version(&mut self) {
        let version = kernel_version(self.text("git_describe_v"), self.text("git_describe"));
        self.set("kernel_version", version);
    }

    fn sized_files(&self) -> Vec<FileSize> {
        SIZED_FILES
            .into_iter()
            .filter_map(|(field, size_field)| Some(FileSize { path: self.text(field)?.to_owned(), size_field }))
            .collect()
    }
}
