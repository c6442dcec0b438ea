//! The inline form: the whole build in one object with `bmeta`, `steps` and `artifacts`.

use std::collections::HashSet;
use std::fmt::Write;
use std::sync::LazyLock;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::paths::{Location, LocationSegment};
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use super::members::{Digits, Members, shown, shown_text};
use super::{Description, DescriptionError, Document, LogFile, kind};

/// A body of a few megabytes can break the schema in a million places.
const MAX_FAULTS: usize = 20;
/// What a document has for its log where the logs are a folder of files, one for each step.
const LOG_FOLDER: &str = "logs";

/// The parts of `bmeta`, their members, and the fields that these become.
pub(super) const MANDATORY: [(&str, &str, &[&str]); 6] = [
    ("environment", "arch", &["arch"]),
    ("environment", "compiler_version_full", &["compiler_version_full", "compiler_version_ext"]),
    ("environment", "name", &["build_environment"]),
    ("kernel", "defconfig", &["defconfig"]),
    ("kernel", "defconfig_full", &["defconfig_full"]),
    ("revision", "url", &["git_url"]),
];
/// The members of [`MANDATORY`] that senders have as an empty text where nothing is known.
const MAY_BE_EMPTY: [&str; 1] = ["compiler_version_full"];

pub(super) const OPTIONAL: [(&str, &str, &str); 10] = [
    ("build", "duration", "build_time"),
    ("environment", "compiler", "compiler"),
    ("environment", "compiler_version", "compiler_version"),
    ("environment", "cross_compile", "cross_compile"),
    ("kernel", "text_offset", "text_offset"),
    ("kernel", "vmlinux_bss_size", "vmlinux_bss_size"),
    ("kernel", "vmlinux_data_size", "vmlinux_data_size"),
    ("kernel", "vmlinux_file_size", "vmlinux_file_size"),
    ("kernel", "vmlinux_text_size", "vmlinux_text_size"),
    ("revision", "describe_verbose", "git_describe_v"),
];

/// The JSON Schema of the form.
pub const SCHEMA_TEXT: &str = include_str!("build.schema.json");

static SCHEMA: LazyLock<Result<Validator, String>> = LazyLock::new(|| {
    let schema = serde_json::from_str(SCHEMA_TEXT).map_err(|fault| fault.to_string())?;
    jsonschema::draft202012::new(&schema).map_err(|fault| fault.to_string())
});

/// Whether `body` is a build in the inline form, by its JSON Schema.
///
/// # Errors
/// A sentence for each of the first 20 faults, with the place and what is wrong there.
pub fn check(body: &Value) -> Result<(), Vec<String>> {
    let schema = SCHEMA.as_ref().map_err(|fault| vec![format!("The schema of a build cannot be used: {fault}")])?;
    if schema.is_valid(body) {
        return Ok(());
    }
    Err(schema.iter_errors(body).take(MAX_FAULTS).map(|fault| sentence(&fault)).collect())
}

fn sentence(fault: &ValidationError<'_>) -> String {
    let place = place(fault.instance_path());
    let value = shown(fault.instance());
    match fault.kind() {
        ValidationErrorKind::Required { property } => {
            let name = shown_text(property.as_str().unwrap_or_default());
            if place.is_empty() { format!("{name} is missing") } else { format!("{place}.{name} is missing") }
        }
        kind => {
            let place = if place.is_empty() { "the body" } else { &place };
            format!("{place}: {value} {}", verdict(kind))
        }
    }
}

fn verdict(kind: &ValidationErrorKind) -> String {
    match kind {
        ValidationErrorKind::Type { kind: TypeKind::Single(name) } => format!("is not {}", with_article(name.as_str())),
        ValidationErrorKind::Type { kind: TypeKind::Multiple(names) } => {
            let mut names: Vec<_> = names.iter().map(|name| with_article(name.as_str())).collect();
            names.sort_by_key(|name| *name == "null");
            format!("is not {}", names.join(" or "))
        }
        ValidationErrorKind::Enum { options } => {
            let options: Vec<_> = options.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            format!("is none of {}", options.join(", "))
        }
        ValidationErrorKind::Minimum { limit } => format!("is less than {limit}"),
        ValidationErrorKind::Maximum { limit } => format!("is more than {limit}"),
        ValidationErrorKind::MinLength { limit } => format!("has fewer characters than {limit}"),
        ValidationErrorKind::MaxLength { limit } => format!("has more characters than {limit}"),
        ValidationErrorKind::MinItems { limit } => format!("has fewer items than {limit}"),
        ValidationErrorKind::Pattern { pattern } => format!("does not match {pattern}"),
        other => format!("breaks the rule {}", other.keyword()),
    }
}

fn with_article(json_type: &str) -> &'static str {
    match json_type {
        "array" => "a list",
        "boolean" => "true or false",
        "integer" => "a whole number",
        "null" => "null",
        "number" => "a number",
        "object" => "an object",
        _ => "a string",
    }
}

fn place(path: &Location) -> String {
    let mut place = String::new();
    for segment in path {
        match segment {
            LocationSegment::Property(name) => {
                let dot = if place.is_empty() { "" } else { "." };
                place.push_str(dot);
                place.push_str(&shown_text(&name));
            }
            // Writing to a string cannot fail.
            LocationSegment::Index(index) => drop(write!(place, "[{index}]")),
        }
    }
    place
}

/// Reads a build in the inline form; one that passes [`check`] fails only for its names and paths.
///
/// # Errors
/// If a member is missing, has the wrong type, or is a name or path that storage cannot have.
pub fn describe(body: &Value) -> Result<Description, DescriptionError> {
    let body = Members::read(String::new(), Some(body))?;
    let bmeta = body.part("bmeta")?;
    let mut document = Document::unknown();

    for (part, member, fields) in MANDATORY {
        let part = bmeta.part(part)?;
        let text = if MAY_BE_EMPTY.contains(&member) { part.stated(member)? } else { part.named(member)? };
        fields.iter().for_each(|field| document.set(field, text));
    }
    for (part, member, field) in OPTIONAL {
        document.set(field, bmeta.part(part)?.value(member, kind(field), Digits::Refused)?);
    }
    let revision = bmeta.part("revision")?;
    let describe = revision.revision_name("describe")?;
    document.set("job", revision.revision_name("tree")?);
    document.set("kernel", describe);
    document.set("git_describe", describe);
    document.set("git_branch", revision.branch("branch")?);
    document.set("git_commit", revision.named("commit")?);
    document.derive_kernel_version();

    let outcome = bmeta.part("build")?;
    match outcome.named("status")? {
        status @ ("PASS" | "FAIL") => document.set("status", status),
        _ => return Err(outcome.wrong_value("status", "is none of PASS, FAIL")),
    }
    document.set("build_platform", platform(&body, &bmeta)?);
    document.set("build_log", LOG_FOLDER);

    let folder = bmeta.part("kernel")?.named_path("publish_path")?.trim_end_matches('/').to_owned();
    document.set("file_server_resource", folder.as_str());

    let files = Files::read(&body.part("artifacts")?)?;
    document.set("kernel_image", files.kernel_image);
    document.set("system_map", files.system_map);
    document.set("kernel_config", files.kernel_config);
    document.set("kconfig_fragments", files.fragments);
    document.set("modules", files.modules);
    document.set("dtb_dir", files.dtb_dir);
    let dtb_folder = files.dtb_dir.filter(|_| files.dtbs.is_none()).map(str::to_owned);
    document.set("dtb_dir_data", files.dtbs.unwrap_or_default());

    let sizes = document.sized_files();
    let logs = files.logs.into_iter().map(|path| LogFile { path: path.to_owned() }).collect();
    Ok(Description { fields: document.0, folder, logs, sizes, dtb_folder, private: false })
}

/// The machine as `uname` tells it. Containers have no processor in the last place: the steps know its name.
fn platform<'a>(body: &Members<'a>, bmeta: &Members<'a>) -> Result<Vec<&'a str>, DescriptionError> {
    let mut uname = bmeta.part("environment")?.part("platform")?.texts("uname")?;
    if let Some(processor) = uname.last_mut().filter(|processor| processor.is_empty()) {
        let steps = body.list("steps")?.iter();
        let cpus = steps.filter_map(|step| step.get("cpus")?.as_object()?.keys().find(|name| !name.is_empty()));
        *processor = cpus.map(String::as_str).next().unwrap_or_default();
    }
    Ok(uname)
}

/// The files of a build that its document or its import has a use for.
#[derive(Default)]
struct Files<'a> {
    kernel_image: Option<&'a str>,
    system_map: Option<&'a str>,
    kernel_config: Option<&'a str>,
    fragments: Vec<&'a str>,
    modules: Option<&'a str>,
    dtb_dir: Option<&'a str>,
    /// `None` where the directory came without its contents.
    dtbs: Option<Vec<&'a str>>,
    logs: Vec<&'a str>,
}

impl<'a> Files<'a> {
    /// Where a step has several files with one key, the first counts.
    fn read(artifacts: &Members<'a>) -> Result<Self, DescriptionError> {
        let mut files = Files::default();
        for (_, key, path) in keyed(artifacts, "kernel")? {
            match key {
                Some("image") => _ = files.kernel_image.get_or_insert(path),
                Some("system_map") => _ = files.system_map.get_or_insert(path),
                Some("log") => files.logs.push(path),
                _ => {}
            }
        }
        for (_, key, path) in keyed(artifacts, "config")? {
            match key {
                Some("config") => _ = files.kernel_config.get_or_insert(path),
                Some("fragment") => files.fragments.push(path),
                _ => {}
            }
        }
        for (artifact, key, path) in keyed(artifacts, "modules")? {
            match key {
                Some("log") => files.logs.push(path),
                _ if artifact.text("type")? == Some("tarball") => _ = files.modules.get_or_insert(path),
                _ => {}
            }
        }
        for (artifact, _, path) in keyed(artifacts, "dtbs")? {
            if artifact.text("type")? != Some("directory") || files.dtb_dir.is_some() {
                continue;
            }
            let contents = artifact.texts("contents")?;
            artifact.check_paths("contents", &contents)?;
            files.dtb_dir = Some(path.trim_end_matches('/'));
            files.dtbs = artifact.get("contents").map(|_| contents);
        }
        let mut seen = HashSet::new();
        files.logs.retain(|path| seen.insert(*path));
        Ok(files)
    }
}

type Keyed<'a> = (Members<'a>, Option<&'a str>, &'a str);

/// The artifacts of `step`, each with its key and its path.
fn keyed<'a>(artifacts: &Members<'a>, step: &str) -> Result<Vec<Keyed<'a>>, DescriptionError> {
    let read = |(index, item)| {
        let artifact = Members::read(format!("{}[{index}]", artifacts.place_of(step)), Some(item))?;
        let key = artifact.text("key")?;
        let path = artifact.named_path("path")?;
        Ok((artifact, key, path))
    };
    artifacts.list(step)?.iter().enumerate().map(read).collect()
}
