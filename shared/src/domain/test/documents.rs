//! From a group as it was sent to the documents that are stored: each group and case one, linked both ways.

use super::Group;
use crate::{
    collections::{TEST_CASE, TEST_GROUP},
    domain::revision::Parents,
    store::derived_id,
    time::Timestamp,
    value::{Document, ObjectId, Value},
};

/// What a group takes from the one that it is in.
const FROM_PARENT: [&str; 11] = [
    "arch",
    "board_instance",
    "build_environment",
    "defconfig",
    "defconfig_full",
    "device_type",
    "git_branch",
    "git_commit",
    "job",
    "kernel",
    "lab_name",
];

/// What a group takes from its build, where it does not say it.
const FROM_BUILD: [&str; 6] =
    ["compiler", "compiler_version", "compiler_version_full", "cross_compile", "git_describe", "git_url"];

/// What a group has as null where nothing is known of it.
const NULLS: [&str; 22] = [
    "board_instance",
    "boot_log",
    "boot_log_html",
    "boot_result_description",
    "compiler",
    "compiler_version",
    "compiler_version_full",
    "cross_compile",
    "dtb",
    "endian",
    "file_server_resource",
    "git_describe",
    "git_url",
    "index",
    "initrd",
    "initrd_info",
    "kernel_image",
    "mach",
    "modules",
    "parent_id",
    "plan_variant",
    "build_id",
];

/// What a case takes from its group.
const FROM_GROUP: [&str; 10] = [
    "arch",
    "build_environment",
    "defconfig_full",
    "device_type",
    "git_branch",
    "git_commit",
    "job",
    "kernel",
    "lab_name",
    "mach",
];

/// The documents of a group and all that is in it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Documents {
    /// The groups, the outermost first.
    pub(super) groups: Vec<Document>,
    /// The cases.
    pub(super) cases: Vec<Document>,
}

/// When and under what a group is stored.
pub(super) struct Given<'a> {
    /// The id of the outermost group.
    pub(super) id: ObjectId,
    /// When it was stored first.
    pub(super) created_on: Timestamp,
    /// The job and the build that it belongs to.
    pub(super) parents: &'a Parents,
    /// The staged import that it comes with: the ids of what is in it are of this import alone.
    pub(super) import: Option<ObjectId>,
}

impl Given<'_> {
    /// The id of a group in another one.
    fn group_id(&self, group: &Document) -> Option<ObjectId> {
        let derived = derived_id(&TEST_GROUP, group)?;
        let of_import = |import: ObjectId| {
            ObjectId::derived(TEST_GROUP.name, [derived.to_string().as_str(), import.to_string().as_str()])
        };
        Some(self.import.map_or(derived, of_import))
    }

    /// The id of a case, by its name and its place among the cases of its group.
    fn case_id(&self, group: ObjectId, name: &str, place: u32) -> ObjectId {
        let (group, import) = (group.to_string(), self.import.map(|import| import.to_string()));
        let parts = [group.as_str(), name].into_iter().chain(import.as_deref());
        ObjectId::derived_in_order(TEST_CASE.name, parts, place)
    }
}

/// The outermost group with what identifies it, before it has an id.
pub(super) fn identified(group: &Group) -> Document {
    completed(group.members.clone(), None)
}

/// Makes the documents.
pub(super) fn documents(group: &Group, given: &Given<'_>) -> Documents {
    let mut documents = Documents { groups: Vec::new(), cases: Vec::new() };
    let place = Place { id: given.id, parent: None, path: String::new(), plan: None };
    add(group, given, &place, &mut documents);
    documents
}

/// Where a group is.
struct Place<'a> {
    id: ObjectId,
    parent: Option<&'a Document>,
    /// The names of the groups around it, each with a dot behind it.
    path: String,
    /// The name of the outermost group.
    plan: Option<&'a Value>,
}

fn add(group: &Group, given: &Given<'_>, place: &Place<'_>, documents: &mut Documents) {
    let mut document = completed(group.members.clone(), place.parent);
    let of_build = FROM_BUILD.iter().filter_map(|name| Some((*name, given.parents.build.as_ref()?.get(name)?)));
    for (name, value) in of_build {
        if document.get(name).is_none_or(|own| *own == Value::Null) {
            document.insert(name.to_owned(), value.clone());
        }
    }
    // Groups of one time are listed in the order of their ids, so each is a little later than the one before.
    let ordinal = i64::try_from(documents.groups.len()).unwrap_or(i64::MAX);
    let build_id = given.parents.build.as_ref().and_then(|build| build.get("_id")?.as_id());
    document.extend([
        ("_id".to_owned(), Value::Id(place.id)),
        ("created_on".to_owned(), Value::Date(given.created_on.plus(ordinal))),
        ("job_id".to_owned(), given.parents.job_id.into()),
        ("build_id".to_owned(), build_id.into()),
    ]);
    let name = document.get("name").and_then(Value::as_text).unwrap_or_default();
    let path = format!("{}{name}.", place.path);
    let plan = place.plan.or_else(|| group.members.get("name"));

    let mut case_ids = Vec::new();
    for (ordinal, case) in group.cases.iter().enumerate() {
        let mut case = case.clone();
        let name = case.get("name").and_then(Value::as_text).unwrap_or_default();
        let id = given.case_id(place.id, name, u32::try_from(ordinal).unwrap_or(u32::MAX));
        case.insert("_id", Value::Id(id));
        let case = complete_case(case, &document, &path, plan, ordinal);
        case_ids.extend(case.get("_id").cloned());
        documents.cases.push(case);
    }
    document.insert("test_cases", Value::List(case_ids));
    document.insert("sub_groups", Value::List(Vec::new()));
    let at = documents.groups.len();
    documents.groups.push(document.clone());

    let mut sub_ids = Vec::new();
    for sub_group in &group.sub_groups {
        let own = completed(sub_group.members.clone(), Some(&document));
        let Some(id) = given.group_id(&own) else { continue };
        sub_ids.push(Value::Id(id));
        add(sub_group, given, &Place { id, parent: Some(&document), path: path.clone(), plan }, documents);
    }
    if let Some(document) = documents.groups.get_mut(at) {
        document.insert("sub_groups", Value::List(sub_ids));
    }
}

fn completed(mut group: Document, parent: Option<&Document>) -> Document {
    group.remove("log");
    for (name, value) in FROM_PARENT.iter().filter_map(|name| Some((*name, parent?.get(name as &str)?))) {
        group.entry(name.to_owned()).or_insert_with(|| value.clone());
    }
    if let Some(parent) = parent {
        group.insert("parent_id", parent.get("_id").cloned().unwrap_or(Value::Null));
    }
    let defconfig = group.get("defconfig").cloned().unwrap_or(Value::Null);
    group.entry("defconfig_full").or_insert(defconfig);
    for name in NULLS {
        group.entry(name.to_owned()).or_insert(Value::Null);
    }
    group.entry("time").or_insert(Value::Date(Timestamp::from_milliseconds(0)));
    group.entry("version").or_insert_with(|| Value::from("1.0"));
    group.entry("warnings").or_insert(Value::Integer(0));
    group
}

/// A case of a group, which has its id. `ordinal` is its place among the cases of the group, from 0.
pub(super) fn complete_case(
    mut document: Document,
    group: &Document,
    path: &str,
    plan: Option<&Value>,
    ordinal: usize,
) -> Document {
    for (name, value) in FROM_GROUP.iter().filter_map(|name| Some((*name, group.get(name as &str)?))) {
        document.entry(name.to_owned()).or_insert_with(|| value.clone());
    }
    let name = document.get("name").and_then(Value::as_text).unwrap_or_default().to_owned();
    let group_id = group.get("_id").and_then(Value::as_id);
    let place = i64::try_from(ordinal).unwrap_or(i64::MAX);
    let defaults = [
        ("created_on", group.get("created_on").cloned().unwrap_or(Value::Null)),
        ("index", Value::Integer(place.saturating_add(1))),
        ("log_lines", Value::List(Vec::new())),
        ("measurements", Value::List(Vec::new())),
        ("plan", plan.cloned().unwrap_or(Value::Null)),
        ("regression_id", Value::Null),
        ("status", Value::from("UNKNOWN")),
        ("test_case_path", Value::from(format!("{path}{name}"))),
        ("time", Value::Date(Timestamp::from_milliseconds(0))),
        ("version", Value::from("1.0")),
    ];
    for (name, value) in defaults {
        document.entry(name.to_owned()).or_insert(value);
    }
    document.insert("test_group_id", group_id.into());
    document
}
