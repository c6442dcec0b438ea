//! Values for examples: those of a build of a tree, which documents, filters and bodies have in common.

use kernelci::{
    collections::{Field, FieldKind},
    domain::lava,
};
use serde_json::{Value as Json, json};

/// The id of a document.
pub(crate) const ID: &str = "5e79f370f870c5da21eece6d";

/// The key of a lab that is an object.
pub(crate) const CONTACT: &str = "contact";

/// A moment, in milliseconds.
pub(crate) const MOMENT: i64 = 1_585_050_480_000;

const TEXTS: [(&str, &str); 20] = [
    ("arch", "arm64"),
    ("board", "qemu_arm64-virt-gicv3"),
    ("build_environment", "gcc-8"),
    ("defconfig", "defconfig"),
    ("defconfig_full", "defconfig"),
    ("device_type", "qemu_arm64-virt-gicv3"),
    ("email", "me@example.org"),
    ("git_branch", "master"),
    ("git_commit", "16fbf79b0f83bc752cee8589279f1ebfe57b3b6e"),
    ("job", "mainline"),
    ("kernel", "v5.6-rc7"),
    ("lab_name", "lab-example"),
    ("name", "boot"),
    ("plan", "baseline"),
    ("report_type", "build"),
    ("send_to", "dev@example.org"),
    ("status", "PASS"),
    ("type", "test"),
    ("username", "me"),
    ("version", "1.0"),
];

/// The text that stands for the values of a field.
pub(crate) fn text(name: &str) -> Option<&'static str> {
    TEXTS.iter().find(|(other, _)| *other == name).map(|(_, text)| *text)
}

/// The contact of a lab.
pub(crate) fn contact() -> Json {
    json!({"name": "Ada", "surname": "Example", "email": "ada@example.org"})
}

/// What LAVA tells of a job with one result.
pub(crate) fn callback() -> Json {
    let metadata: Vec<String> = lava::MANDATORY.iter().map(|name| format!("  {name}: {}\n", metadata(name))).collect();
    json!({
        "id": 4711,
        "definition": format!("metadata:\n{}", metadata.concat()),
        "results": {"lava": "- {name: login-action, result: pass}\n", "0_baseline": "- {name: ping, result: pass}\n"},
        "log": "- {dt: '2020-04-12T10:30:00', lvl: target, msg: 'login:'}\n",
        "status": 2,
        "status_string": "complete",
    })
}

fn metadata(name: &str) -> &'static str {
    let member = match name {
        "git.branch" => "git_branch",
        "git.commit" => "git_commit",
        "job.arch" => "arch",
        "job.build_environment" => "build_environment",
        "kernel.tree" => "job",
        "test.plan" => "plan",
        "device.type" => "device_type",
        _ => "defconfig",
    };
    text(member).unwrap_or("example")
}

/// Two operations of a batch.
pub(crate) fn operations() -> Json {
    json!({"batch": [
        {"method": "GET", "resource": "count", "document": "build", "query": "status=FAIL", "operation_id": "failed"},
        {"method": "GET", "resource": "job", "query": "sort=created_on&limit=1", "operation_id": "newest"},
    ]})
}

/// A value of a field as the key of a body, where there is one for it.
pub(crate) fn in_body(field: &Field) -> Option<Json> {
    match field.name {
        CONTACT => Some(contact()),
        "test_group_id" => Some(ID.into()),
        name => text(name).map(Json::from),
    }
}

/// A value of a field as documents have it, where there is one for it.
pub(crate) fn value(field: &Field) -> Option<Json> {
    match field.kind {
        FieldKind::Text => text(field.name).map(Json::from),
        FieldKind::Id => (field.name == "_id").then(|| json!({"$oid": ID})),
        FieldKind::Date => (field.name == "created_on").then(|| json!({"$date": MOMENT})),
        FieldKind::Texts
        | FieldKind::Integer
        | FieldKind::Number
        | FieldKind::Bool
        | FieldKind::BoolOrText
        | FieldKind::List
        | FieldKind::Object
        | FieldKind::Other
        | FieldKind::Secret => None,
    }
}

/// A build in the inline form.
pub(crate) fn inline_build() -> Json {
    json!({
        "bmeta": {
            "build": {"status": "PASS"},
            "environment": {"arch": "arm64", "compiler_version_full": "gcc 8.3.0", "name": "gcc-8"},
            "kernel": {
                "defconfig": "defconfig",
                "defconfig_full": "defconfig",
                "publish_path": "mainline/master/v5.6-rc7/arm64/defconfig/gcc-8"
            },
            "revision": {
                "branch": "master",
                "commit": "16fbf79b0f83bc752cee8589279f1ebfe57b3b6e",
                "describe": "v5.6-rc7",
                "tree": "mainline",
                "url": "https://git.example.org/linux.git"
            }
        },
        "steps": [{"name": "kernel", "status": "PASS"}],
        "artifacts": {"kernel": [{"type": "file", "key": "image", "path": "Image"}]}
    })
}
