//! The recorded builds of the inline form, and bodies that are wrong.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::domain::import::description::{COPIED_TO_JOB, DescriptionError, LogFile, SIZED_FILES, fields};
use crate::domain::import::description::{inline, job_fields};

fn read(text: &str) -> Value {
    serde_json::from_str(text).expect("a JSON document")
}

fn full() -> Value {
    read(include_str!("recorded/full.json"))
}

fn edited(pointer: &str, value: Value) -> Value {
    let mut body = full();
    *body.pointer_mut(pointer).expect("a place in the body") = value;
    body
}

fn without(pointer: &str) -> Value {
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    let mut body = full();
    let members = body.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object");
    members.remove(key).expect("a member");
    body
}

fn faults(body: &Value) -> Vec<String> {
    inline::check(body).expect_err("an invalid body")
}

fn fault(body: &Value) -> String {
    inline::describe(body).expect_err("a wrong body").to_string()
}

#[test]
fn a_build_without_files_is_the_recorded_document() {
    let body = read(include_str!("recorded/without_files.json"));
    assert_eq!(inline::check(&body), Ok(()));
    let build = inline::describe(&body).expect("a build");
    assert_eq!(Value::Object(build.fields.clone()), read(include_str!("recorded/without_files.build.json")));
    assert_eq!(Value::Object(job_fields(&build.fields)), read(include_str!("recorded/without_files.job.json")));
    assert_eq!(build.folder, "next/master/next-20210304/arm64/defconfig+kselftest/gcc-8");
    assert_eq!((build.logs, build.sizes, build.dtb_folder, build.private), (vec![], vec![], None, false));
}

#[test]
fn the_files_of_a_build_are_named_below_its_folder() {
    let body = full();
    assert_eq!(inline::check(&body), Ok(()));
    let build = inline::describe(&body).expect("a build");
    // What the files add to the recorded document of the build that has none.
    let mut expected = read(include_str!("recorded/without_files.build.json"));
    for (field, value) in [
        ("arch", json!("arm64")),
        ("defconfig", json!("defconfig")),
        ("defconfig_full", json!("defconfig+kselftest")),
        ("status", json!("PASS")),
        ("kernel_image", json!("kernel/Image")),
        ("system_map", json!("kernel/System.map")),
        ("kernel_config", json!("config/kernel.config")),
        ("kconfig_fragments", json!(["config/kernelci.config"])),
        ("modules", json!("modules.tar.xz")),
        ("dtb_dir", json!("dtbs")),
        ("dtb_dir_data", body["artifacts"]["dtbs"][0]["contents"].clone()),
    ] {
        expected[field] = value;
    }
    assert_eq!(Value::Object(build.fields), expected);
    let logs: Vec<_> = build.logs.iter().map(|log| log.path.as_str()).collect();
    assert_eq!(logs, ["logs/kernel.log", "logs/modules.log"]);
    let sizes: Vec<_> = build.sizes.iter().map(|size| (size.path.as_str(), size.size_field)).collect();
    let expected_sizes = [
        ("config/kernel.config", "kernel_config_size"),
        ("kernel/Image", "kernel_image_size"),
        ("modules.tar.xz", "modules_size"),
        ("kernel/System.map", "system_map_size"),
    ];
    assert_eq!(sizes, expected_sizes);
    assert_eq!(build.dtb_folder, None);
}

#[test]
fn a_directory_without_contents_is_to_be_listed() {
    let body = edited("/artifacts/dtbs", json!([{"type": "directory", "path": "dtbs/"}]));
    let build = inline::describe(&body).expect("a build");
    assert_eq!(build.dtb_folder.as_deref(), Some("dtbs"));
    assert_eq!(build.fields["dtb_dir"], "dtbs");
    assert_eq!(build.fields["dtb_dir_data"], json!([]));
    let body = edited("/artifacts/dtbs/0/contents", json!([]));
    assert_eq!(inline::describe(&body).expect("a build").dtb_folder, None);
}

#[test]
fn a_log_named_twice_is_read_once_and_the_first_image_counts() {
    let log = json!({"type": "file", "path": "logs/all.log", "key": "log"});
    let image = |path: &str| json!({"type": "file", "path": path, "key": "image"});
    let mut body = edited("/artifacts/kernel", json!([log, image("zImage"), log, image("Image")]));
    body["artifacts"]["modules"] = json!([log]);
    let build = inline::describe(&body).expect("a build");
    assert_eq!(build.logs, [LogFile { path: "logs/all.log".to_owned() }]);
    assert_eq!(build.fields["kernel_image"], "zImage");
    assert_eq!(build.fields["modules"], Value::Null);
}

#[test]
fn the_recorded_invalid_bodies_are_refused() {
    let missing = [
        ("/bmeta", "bmeta is missing"),
        ("/steps", "steps is missing"),
        ("/artifacts", "artifacts is missing"),
        ("/bmeta/build", "bmeta.build is missing"),
        ("/bmeta/environment", "bmeta.environment is missing"),
        ("/bmeta/kernel", "bmeta.kernel is missing"),
        ("/bmeta/revision", "bmeta.revision is missing"),
        ("/bmeta/build/status", "bmeta.build.status is missing"),
        ("/bmeta/environment/arch", "bmeta.environment.arch is missing"),
        ("/bmeta/revision/tree", "bmeta.revision.tree is missing"),
    ];
    for (pointer, text) in missing {
        assert_eq!(faults(&without(pointer)), [text]);
    }
    let letters = "Z".repeat(40);
    let wrong = [
        ("/bmeta/build/status", json!("pass"), "bmeta.build.status: \"pass\" is none of PASS, FAIL"),
        ("/bmeta/build/duration", json!(-1), "bmeta.build.duration: -1 is less than 0"),
        ("/bmeta/environment/arch", json!(5), "bmeta.environment.arch: 5 is not a string"),
        ("/bmeta/revision/commit", json!("abc"), "bmeta.revision.commit: \"abc\" does not match ^[0-9a-f]{40}$"),
        (
            "/bmeta/revision/commit",
            json!(letters),
            "bmeta.revision.commit: \"ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ\" does not match ^[0-9a-f]{40}$",
        ),
        ("/steps", json!([]), "steps: an empty list has fewer items than 1"),
        ("/steps", json!({}), "steps: an object is not a list"),
        ("/artifacts", json!({}), "artifacts.kernel is missing"),
        ("/artifacts/kernel", json!("x"), "artifacts.kernel: \"x\" is not a list"),
        (
            "/artifacts/kernel",
            json!([{"type": "nosuch", "path": "x"}]),
            "artifacts.kernel[0].type: \"nosuch\" is none of file, directory, tarball",
        ),
        ("/artifacts/kernel", json!([{"path": "x"}]), "artifacts.kernel[0].type is missing"),
        ("", json!("x"), "the body: \"x\" is not an object"),
        ("/bmeta/kernel/publish_path", json!(""), "bmeta.kernel.publish_path: \"\" has fewer characters than 1"),
        ("/bmeta/kernel/text_offset", json!(1), "bmeta.kernel.text_offset: 1 is not a string or null"),
        (
            "/bmeta/kernel/vmlinux_bss_size",
            json!("1"),
            "bmeta.kernel.vmlinux_bss_size: \"1\" is not a whole number or null",
        ),
        ("/bmeta/build/duration", json!(1e300), "bmeta.build.duration: 1e+300 is more than 9007199254740991"),
    ];
    for (pointer, value, text) in wrong {
        let texts = faults(&edited(pointer, value));
        assert_eq!(texts, [text]);
    }
    assert_eq!(faults(&json!({})), ["bmeta is missing", "steps is missing", "artifacts is missing"]);
}

#[test]
fn unknown_members_are_allowed_and_go_nowhere() {
    let plain = inline::describe(&full()).expect("a build");
    let mut body = full();
    body["foo"] = json!("bar");
    body["bmeta"]["kernel"]["foo"] = json!({"a": 1});
    body["artifacts"]["foo"] = json!([]);
    assert_eq!(inline::check(&body), Ok(()));
    assert_eq!(inline::describe(&body), Ok(plain));
}

#[test]
fn faults_are_short_clean_and_few() {
    let long = format!("a\u{7}\n{}", "é".repeat(200));
    let mut body = edited("/bmeta/build/status", json!(long));
    body["artifacts"][&long] = json!(5);
    let texts = faults(&body);
    assert_eq!(texts.len(), 2);
    for text in texts {
        assert!(text.chars().count() < 120, "{text}");
        assert!(!text.contains(char::is_control), "{text:?}");
    }
    assert_eq!(faults(&edited("/artifacts/kernel", json!(vec![json!(5); 1000]))).len(), 20);
    let slashed = edited("/artifacts", json!({"kernel": [], "a/b~c": 5}));
    assert_eq!(faults(&slashed), ["artifacts.a/b~c: 5 is not a list"]);
}

#[test]
fn names_and_paths_that_storage_cannot_have_are_refused() {
    let table = [
        ("/bmeta/revision/tree", ".next", "bmeta.revision.tree: \".next\" may not start with '.' nor hold '$' or '/'"),
        (
            "/bmeta/revision/describe",
            "a/b",
            "bmeta.revision.describe: \"a/b\" may not start with '.' nor hold '$' or '/'",
        ),
        ("/bmeta/revision/branch", "local/", "bmeta.revision.branch: \"local/\" names no branch"),
        ("/bmeta/kernel/publish_path", "a/../../b", "bmeta.kernel.publish_path: \"a/../../b\" leaves the folder"),
        ("/bmeta/kernel/publish_path", "/etc", "bmeta.kernel.publish_path: \"/etc\" leaves the folder"),
        ("/artifacts/kernel/2/path", "../x.log", "artifacts.kernel[2].path: \"../x.log\" leaves the folder"),
        ("/artifacts/dtbs/0/contents/1", "../x", "artifacts.dtbs[0].contents[1]: \"../x\" leaves the folder"),
        ("/artifacts/config/1/path", "a\nb", "artifacts.config[1].path: \"a b\" holds a control character"),
    ];
    for (pointer, value, text) in table {
        assert_eq!(fault(&edited(pointer, json!(value))), text);
    }
    let branch = inline::describe(&edited("/bmeta/revision/branch", json!("local/for-next/core"))).expect("a build");
    assert_eq!(branch.fields["git_branch"], "for-next/core");
    let folder = inline::describe(&edited("/bmeta/kernel/publish_path", json!("a/b/"))).expect("a build");
    assert_eq!((folder.fields["file_server_resource"].as_str(), folder.folder.as_str()), (Some("a/b"), "a/b"));
}

#[test]
fn a_body_that_was_never_checked_is_refused_too() {
    assert_eq!(fault(&json!([])), "the body: an empty list is not an object");
    assert_eq!(fault(&json!({})), "bmeta.environment.arch is missing");
    assert_eq!(fault(&edited("/steps", json!({}))), "steps: an object is not a list");
    assert_eq!(
        fault(&edited("/bmeta/build/status", json!("BUILD"))),
        "bmeta.build.status: \"BUILD\" is none of PASS, FAIL"
    );
}

#[test]
fn a_long_list_is_read_in_one_pass() {
    let names: Vec<_> = (0..200_000).map(|number| format!("vendor/board-{number}.dtb")).collect();
    let logs: Vec<_> =
        (0..50_000).map(|number| json!({"type": "file", "path": format!("{number}"), "key": "log"})).collect();
    let mut body = edited("/artifacts/dtbs/0/contents", json!(names));
    body["artifacts"]["kernel"] = json!(logs);
    assert_eq!(inline::check(&body), Ok(()));
    let build = inline::describe(&body).expect("a build");
    assert_eq!(build.fields["dtb_dir_data"], json!(names));
    assert_eq!(build.logs.len(), logs.len() + 1);
}

#[test]
fn the_processor_is_the_first_that_a_step_names() {
    let platform = |body: &Value| inline::describe(body).expect("a build").fields["build_platform"].clone();
    let mut body = full();
    body["bmeta"]["environment"]["platform"]["uname"] = json!(["Linux", ""]);
    body["steps"][0]["cpus"] = json!({});
    body["steps"][1]["cpus"] = json!({"Second": 1});
    assert_eq!(platform(&body), json!(["Linux", "Second"]));
    body["steps"] = json!([{"name": "a", "status": "PASS"}]);
    assert_eq!(platform(&body), json!(["Linux", ""]));
    body["bmeta"]["environment"]["platform"] = json!({"uname": ["Linux", "x86"]});
    assert_eq!(platform(&body), json!(["Linux", "x86"]));
    body["bmeta"]["environment"]["platform"] = Value::Null;
    assert_eq!(platform(&body), json!([]));
}

#[test]
fn the_full_version_of_the_compiler_may_be_empty_and_must_be_there() {
    let body = edited("/bmeta/environment/compiler_version_full", json!(""));
    assert_eq!(inline::check(&body), Ok(()));
    let build = inline::describe(&body).expect("a build");
    assert_eq!(
        (&build.fields["compiler_version_full"], &build.fields["compiler_version_ext"]),
        (&json!(""), &json!(""))
    );
    assert!(inline::check(&edited("/bmeta/environment/compiler_version_full", Value::Null)).is_err());
}

#[test]
fn the_fields_are_those_of_the_recorded_document() {
    let recorded = read(include_str!("recorded/without_files.build.json"));
    let recorded: BTreeSet<_> = recorded.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(fields().map(|field| field.name).collect::<BTreeSet<_>>(), recorded);
    assert!(
        COPIED_TO_JOB
            .iter()
            .chain(SIZED_FILES.iter().flat_map(|(file, size)| [file, size]))
            .all(|f| recorded.contains(f))
    );
}

#[test]
fn the_schema_demands_what_the_document_cannot_do_without() {
    let schema = read(include_str!("../build.schema.json"));
    let read_by_name = [
        ("outcome", "status"),
        ("kernel", "publish_path"),
        ("revision", "branch"),
        ("revision", "commit"),
        ("revision", "describe"),
        ("revision", "tree"),
    ];
    for (part, member) in inline::MANDATORY.map(|(part, member, _)| (part, member)).into_iter().chain(read_by_name) {
        let required = schema["$defs"][part]["required"].as_array().expect("a list");
        assert!(required.contains(&json!(member)), "{part}.{member}");
    }
    for (part, member, _) in inline::OPTIONAL {
        let definition = if part == "build" { "outcome" } else { part };
        assert!(schema["$defs"][definition]["properties"][member].is_object(), "{part}.{member}");
    }
}

proptest! {
    #![proptest_config(crate::property::property(256))]

    /// Whatever the schema lets through, only a name or a path may be refused later.
    #[test]
    fn a_checked_body_has_a_document(place in 0..8usize, text in "[a-z$./\u{0}é]{0,8}", number in any::<f64>()) {
        let pointers = [
            "/bmeta/revision/tree", "/bmeta/revision/describe_verbose", "/bmeta/environment/platform/uname",
            "/bmeta/build/duration", "/bmeta/kernel/vmlinux_bss_size", "/artifacts/dtbs/0/contents",
            "/steps/0/cpus", "/artifacts/modules/1/key",
        ];
        for value in [json!(text), json!(number), json!([text]), json!({ &text: 1 }), Value::Null] {
            let body = edited(pointers[place], value);
            match (inline::check(&body), inline::describe(&body)) {
                (Ok(()), Ok(build)) => prop_assert_eq!(build.fields.len(), fields().count()),
                (Ok(()), Err(fault)) => prop_assert!(matches!(fault, DescriptionError::WrongValue { .. }), "{}", fault),
                (Err(faults), _) => prop_assert!(!faults.concat().contains(char::is_control)),
            }
        }
    }
}
