//! The upload form: requests, descriptions, and what is refused of them.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::domain::import::description::uploaded::{Request, describe};
use crate::domain::import::description::{Description, Document, FileSize, LogFile, fields};

fn object(value: Value) -> Map<String, Value> {
    value.as_object().expect("an object").clone()
}

fn body() -> Value {
    json!({"job": "stable", "kernel": "v4.1.14", "git_branch": "local/linux-4.1.y", "defconfig": "defconfig", "arch": "arm64"})
}

fn with(mut value: Value, key: &str, member: Value) -> Map<String, Value> {
    value[key] = member;
    object(value)
}

fn request() -> Request {
    Request::read(&object(body())).expect("a request")
}

fn described(description: Value) -> Result<Description, String> {
    describe(&request(), &object(description)).map_err(|fault| fault.to_string())
}

#[test]
fn the_folder_is_named_by_the_build_or_by_the_sender() {
    assert_eq!(request().folder(), "stable/linux-4.1.y/v4.1.14/arm64/defconfig");
    let mut full = with(body(), "defconfig_full", json!("defconfig+kvm"));
    full.insert("build_environment".to_owned(), json!("gcc-8"));
    let folder = |body| Request::read(&body).expect("a request").folder();
    assert_eq!(folder(full.clone()), "stable/linux-4.1.y/v4.1.14/arm64/defconfig+kvm/gcc-8");
    full.insert("file_server_resource".to_owned(), json!("a/b/"));
    assert_eq!(folder(full), "a/b");
    assert_eq!(folder(with(body(), "build_environment", json!(""))), request().folder());
}

#[test]
fn a_wrong_request_is_refused_by_its_key() {
    let table = [
        ("job", json!(null), "job is missing"),
        ("kernel", json!(""), "kernel: \"\" is empty"),
        ("arch", json!(5), "arch: 5 is not a string"),
        ("job", json!(".x"), "job: \".x\" may not start with '.' nor hold '$' or '/'"),
        ("job", json!("a$b"), "job: \"a$b\" may not start with '.' nor hold '$' or '/'"),
        ("kernel", json!("a/b"), "kernel: \"a/b\" may not start with '.' nor hold '$' or '/'"),
        ("kernel", json!("a\nb"), "kernel: \"a b\" holds a control character"),
        ("git_branch", json!("local/"), "git_branch: \"local/\" names no branch"),
        ("git_branch", json!("a/../../b"), "git_branch: \"a/../../b\" leaves the folder"),
        ("defconfig", json!({}), "defconfig: an object is not a string"),
        ("defconfig_full", json!(["x"]), "defconfig_full: a list is not a string"),
        ("build_environment", json!("../gcc"), "build_environment: \"../gcc\" leaves the folder"),
        ("file_server_resource", json!("/etc"), "file_server_resource: \"/etc\" leaves the folder"),
        ("version", json!(1.1), "version: 1.1 is not a string"),
        ("kernel_version", json!(4.1), "kernel_version: 4.1 is not a string"),
    ];
    for (key, value, text) in table {
        let fault = Request::read(&with(body(), key, value)).expect_err(text);
        assert_eq!(fault.to_string(), text);
    }
    for key in ["job", "kernel", "git_branch", "defconfig", "arch"] {
        let mut body = object(body());
        body.remove(key);
        assert_eq!(Request::read(&body).expect_err(key).to_string(), format!("{key} is missing"));
    }
    let long = Request::read(&with(body(), "arch", json!("x".repeat(1025)))).expect_err("too long").to_string();
    assert_eq!(long, format!("arch: \"{}...\" is longer than 1024 characters", "x".repeat(57)));
}

#[test]
fn a_description_fills_the_document() {
    let build = described(json!({
        "job": "another", "arch": "arm", "_id": "x", "job_id": 5, "nosuch": [1], "private": true,
        "build_result": "pass", "status": "FAIL", "build_errors": "2", "errors": 7, "warnings": "3", "mismatches": 1,
        "build_time": "12.5", "build_log": "logs/b.log", "kernel_image": "Image", "kernel_image_size": "77",
        "modules": "", "system_map": "System.map", "kernel_config": null, "dtb_dir": "dtbs/",
        "kconfig_fragments": "frag.config", "build_platform": ["Linux"], "vmlinux_text_size": 5.0,
        "compiler_version_full": "gcc 8.3", "metadata": {"cc": "gcc"}, "git_describe_v": "v4.1.14-rc8-1234-gabc",
    }))
    .expect("a description");
    let mut expected = Document::unknown().0;
    expected.extend(object(json!({
        "job": "stable", "kernel": "v4.1.14", "git_branch": "linux-4.1.y", "arch": "arm64",
        "defconfig": "defconfig", "defconfig_full": "defconfig",
        "dirname": "stable/linux-4.1.y/v4.1.14/arm64/defconfig",
        "file_server_resource": "stable/linux-4.1.y/v4.1.14/arm64/defconfig",
        "status": "PASS", "errors": 2, "warnings": 3, "mismatches": 1, "build_time": 12.5,
        "build_log": "logs/b.log", "kernel_image": "Image", "kernel_image_size": 77, "system_map": "System.map",
        "dtb_dir": "dtbs", "kconfig_fragments": "frag.config", "build_platform": ["Linux"], "vmlinux_text_size": 5,
        "compiler_version_ext": "gcc 8.3", "compiler_version_full": "gcc 8.3", "metadata": {"cc": "gcc"},
        "git_describe_v": "v4.1.14-rc8-1234-gabc", "kernel_version": "4.1.14-rc8",
    })));
    assert_eq!(build.fields, expected);
    assert_eq!(build.folder, request().folder());
    assert_eq!(build.logs, [LogFile { path: "logs/b.log".to_owned() }]);
    let sizes: Vec<_> = build.sizes.iter().map(|size| (size.path.as_str(), size.size_field)).collect();
    let files = [("Image", "kernel_image_size"), ("System.map", "system_map_size"), ("logs/b.log", "build_log_size")];
    assert_eq!(sizes, files);
    assert_eq!(build.dtb_folder.as_deref(), Some("dtbs"));
    assert!(build.private);
}

#[test]
fn an_empty_description_leaves_the_defaults() {
    let build = described(json!({})).expect("a description");
    assert_eq!(build.fields["status"], "UNKNOWN");
    assert_eq!(build.fields["build_log"], "build.log");
    assert_eq!(build.fields["kernel_version"], Value::Null);
    assert_eq!(build.sizes, [FileSize { path: "build.log".to_owned(), size_field: "build_log_size" }]);
    assert_eq!((build.dtb_folder, build.private), (None, false));
}

#[test]
fn what_the_request_says_of_the_kernel_comes_first() {
    let body = with(body(), "kernel_version", json!("4.1.0"));
    let request = Request::read(&body).expect("a request");
    let description = object(json!({"kernel_version": "4.2", "git_describe": "v4.3"}));
    assert_eq!(describe(&request, &description).expect("a build").fields["kernel_version"], "4.1.0");
    let given = described(Value::Object(description)).expect("a build");
    assert_eq!(given.fields["kernel_version"], "4.2");
}

#[test]
fn a_wrong_description_is_refused_by_its_key() {
    let table = [
        ("errors", json!("x"), "errors: \"x\" is not a number"),
        ("errors", json!([1, 2]), "errors: a list is not a number"),
        ("build_errors", json!("-1"), "build_errors: \"-1\" is out of range"),
        ("build_warnings", json!(-1), "build_warnings: -1 is out of range"),
        ("warnings", json!(1.5), "warnings: 1.5 is not a whole number"),
        ("mismatches", json!("1e3"), "mismatches: \"1e3\" is not a number"),
        ("build_time", json!(1e300), "build_time: 1e+300 is out of range"),
        ("build_time", json!("99999999999999999999"), "build_time: \"99999999999999999999\" is not a number"),
        ("arch", json!(5), "arch: 5 is not a string"),
        ("job", json!(5), "job: 5 is not a string"),
        ("status", json!("broken"), "status: \"broken\" is none of PASS, FAIL, UNKNOWN, BUILD"),
        ("build_result", json!(true), "build_result: true is not a string"),
        ("metadata", json!([]), "metadata: an empty list is not an object"),
        ("private", json!("yes"), "private: \"yes\" is not true or false"),
        ("build_platform", json!(["a", 1]), "build_platform[1]: 1 is not a string"),
        ("kconfig_fragments", json!(5), "kconfig_fragments: 5 is not a list"),
        ("kconfig_fragments", json!("../x"), "kconfig_fragments: \"../x\" leaves the folder"),
        ("kconfig_fragments", json!(["a", "/x"]), "kconfig_fragments[1]: \"/x\" leaves the folder"),
        ("build_log", json!("../../x"), "build_log: \"../../x\" leaves the folder"),
        ("kernel_image", json!("/boot/Image"), "kernel_image: \"/boot/Image\" leaves the folder"),
        ("modules", json!("a/.."), "modules: \"a/..\" leaves the folder"),
        ("dtb_dir", json!(".."), "dtb_dir: \"..\" leaves the folder"),
        ("dtb_dir_data", json!(["a/../../b"]), "dtb_dir_data[0]: \"a/../../b\" leaves the folder"),
    ];
    for (key, value, text) in table {
        assert_eq!(described(json!({ key: value })).expect_err(text), text);
    }
}

proptest! {
    #![proptest_config(crate::property::property(256))]

    #[test]
    fn any_value_of_any_field_is_read_or_refused_in_clean_text(index in 0..fields().count(), text in any::<String>(), number in any::<f64>()) {
        let (field, kind) = fields().nth(index).map(|field| (field.name, field.kind)).expect("a field");
        for value in [json!(text), json!(number), json!([text]), json!({ &text: number }), json!(null)] {
            match described(json!({ field: value.clone() })) {
                Ok(build) => prop_assert_eq!(build.fields.len(), fields().count()),
                Err(fault) => prop_assert!(!fault.contains(char::is_control), "{:?} {}", kind, fault),
            }
        }
    }
}
