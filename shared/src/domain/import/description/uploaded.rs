//! The upload form: a short request, and a description file among the files that were uploaded before it.

use serde_json::{Map, Value, json};

use super::members::{Digits, Members};
use super::{DOCUMENT_VERSION, Description, DescriptionError, Document, FileSize, LogFile, fields, kind};

/// The files that may describe a build, below its folder; the first that is there counts.
pub const DESCRIPTION_FILES: [&str; 2] = ["bmeta.json", "build.json"];

const DEFAULT_LOG: &str = "build.log";
const STATUSES: [&str; 4] = ["PASS", "FAIL", "UNKNOWN", "BUILD"];

/// The field, and the name that senders give it; where both are there, theirs counts.
const COUNT_NAMES: [(&str, &str); 2] = [("errors", "build_errors"), ("warnings", "build_warnings")];
const STATUS_NAMES: [&str; 2] = ["build_result", "status"];

/// The request of the upload form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The tree.
    pub job: String,
    /// The revision.
    pub kernel: String,
    /// The branch, without a leading `local/`.
    pub git_branch: String,
    /// The configuration that the build started from.
    pub defconfig: String,
    /// The architecture.
    pub arch: String,
    /// The compiler, as its environment is named.
    pub build_environment: Option<String>,
    /// The folder of the build's files, where it is not the usual one.
    pub file_server_resource: Option<String>,
    /// The configuration with its fragments and options.
    pub defconfig_full: Option<String>,
    /// The version of the document.
    pub version: Option<String>,
    /// The version of the kernel.
    pub kernel_version: Option<String>,
}

impl Request {
    /// Reads the body of the request. Other members are left alone.
    ///
    /// # Errors
    /// If a mandatory member is missing or empty, one has the wrong type, or one is a name or path that storage cannot
    /// have.
    pub fn read(body: &Map<String, Value>) -> Result<Request, DescriptionError> {
        let body = Members::top(body);
        Ok(Request {
            job: body.revision_name("job")?.to_owned(),
            kernel: body.revision_name("kernel")?.to_owned(),
            git_branch: body.branch("git_branch")?.to_owned(),
            defconfig: body.named_path("defconfig")?.to_owned(),
            arch: body.named_path("arch")?.to_owned(),
            build_environment: body.path("build_environment")?.map(str::to_owned),
            file_server_resource: body.folder("file_server_resource")?.map(str::to_owned),
            defconfig_full: body.path("defconfig_full")?.map(str::to_owned),
            version: body.non_empty("version")?.map(str::to_owned),
            kernel_version: body.non_empty("kernel_version")?.map(str::to_owned),
        })
    }

    /// The folder in storage that the build's files were uploaded to.
    #[must_use]
    pub fn folder(&self) -> String {
        if let Some(folder) = &self.file_server_resource {
            return folder.clone();
        }
        let defconfig = self.defconfig_full.as_ref().unwrap_or(&self.defconfig);
        let mut folder =
            [&self.job, &self.git_branch, &self.kernel, &self.arch, defconfig].map(String::as_str).join("/");
        if let Some(environment) = &self.build_environment {
            folder.push('/');
            folder.push_str(environment);
        }
        folder
    }
}

/// Reads the description file of the build that `request` is for. The request's own values come first.
///
/// # Errors
/// If a member of the description has another type than its field, a value that no build can have, or names a file
/// outside the build's folder.
pub fn describe(request: &Request, description: &Map<String, Value>) -> Result<Description, DescriptionError> {
    let described = Members::top(description);
    let mut document = Document::unknown();
    for field in fields() {
        if let Some(value) = described.value(field.name, field.kind, Digits::Read)? {
            document.set(field.name, value);
        }
    }
    for (field, name) in COUNT_NAMES {
        if let Some(count) = described.value(name, kind(field), Digits::Read)? {
            document.set(field, count);
        }
    }
    document.set("status", status(&described)?);

    let folder = request.folder();
    set_identity(&mut document, request, &described, &folder)?;
    if document.text("compiler_version_ext").is_none() {
        document.set("compiler_version_ext", described.text("compiler_version_full")?);
    }
    match request.kernel_version.as_deref().or(described.non_empty("kernel_version")?) {
        Some(version) => document.set("kernel_version", version),
        None => document.derive_kernel_version(),
    }

    for field in ["kernel_config", "kernel_image", "modules", "modules_dir", "system_map"] {
        document.set(field, described.path(field)?);
    }
    for field in ["dtb_dir_data", "kernel_build_logs"] {
        described.check_paths(field, &described.texts(field)?)?;
    }
    document.set("kconfig_fragments", fragments(&described)?);
    let dtb_folder = described.folder("dtb_dir")?.map(str::to_owned);
    document.set("dtb_dir", dtb_folder.as_deref());
    let log = described.path("build_log")?.unwrap_or(DEFAULT_LOG);
    document.set("build_log", log);

    let mut sizes = document.sized_files();
    sizes.push(FileSize { path: log.to_owned(), size_field: "build_log_size" });
    let logs = vec![LogFile { path: log.to_owned() }];
    let private = described.flag("private")?.unwrap_or(false);
    Ok(Description { fields: document.0, folder, logs, sizes, dtb_folder, private })
}

/// What the build is found by again: a description that says otherwise is another build's.
fn set_identity(
    document: &mut Document,
    request: &Request,
    described: &Members<'_>,
    folder: &str,
) -> Result<(), DescriptionError> {
    document.set("job", request.job.as_str());
    document.set("kernel", request.kernel.as_str());
    document.set("git_branch", request.git_branch.as_str());
    document.set("arch", request.arch.as_str());
    document.set("defconfig", request.defconfig.as_str());
    let full = request.defconfig_full.as_deref().or(described.non_empty("defconfig_full")?);
    document.set("defconfig_full", full.unwrap_or(&request.defconfig));
    let environment = request.build_environment.as_deref().or(described.non_empty("build_environment")?);
    document.set("build_environment", environment);
    document.set("version", request.version.as_deref().unwrap_or(DOCUMENT_VERSION));
    document.set("file_server_resource", folder);
    document.set("dirname", described.non_empty("dirname")?.unwrap_or(folder));
    Ok(())
}

fn status(described: &Members<'_>) -> Result<&'static str, DescriptionError> {
    for name in STATUS_NAMES {
        if let Some(given) = described.non_empty(name)? {
            let known = STATUSES.into_iter().find(|status| given.eq_ignore_ascii_case(status));
            return known.ok_or_else(|| described.wrong_value(name, "is none of PASS, FAIL, UNKNOWN, BUILD"));
        }
    }
    Ok("UNKNOWN")
}

/// One fragment may stand alone.
fn fragments(described: &Members<'_>) -> Result<Value, DescriptionError> {
    const FIELD: &str = "kconfig_fragments";
    if let Some(Value::String(_)) = described.get(FIELD) {
        return Ok(described.path(FIELD)?.map_or_else(|| json!([]), Value::from));
    }
    let paths = described.texts(FIELD)?;
    described.check_paths(FIELD, &paths)?;
    Ok(json!(paths))
}
