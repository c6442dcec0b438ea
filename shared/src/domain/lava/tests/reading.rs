//! What a request is told at once.

use serde_json::{Value as Json, json};

use super::fixture::{DEFINITION, body, faults, read, text, with};

#[test]
fn what_lava_may_leave_out_can_be_left_out() {
    for name in ["actual_device_id", "failure_comment", "id", "log", "results", "status", "status_string", "token"] {
        let mut body = body();
        body.remove(name).expect("a member of the fixture");
        read(body);
        read(with(name, Json::Null));
    }
    assert_eq!(
        read(with("actual_device_id", Json::Null)).run().group.members["board_instance"],
        crate::value::Value::Null
    );
}

#[test]
fn members_that_nobody_knows_are_left_alone() {
    assert_eq!(read(with("foo", json!({"$gt": 1}))), read(body()));
}

#[test]
fn a_status_may_be_a_text() {
    assert_eq!(read(with("status", json!("2"))), read(body()));
    assert_eq!(read(with("status", json!("complete"))), read(body()));
}

#[test]
fn a_value_of_the_wrong_type_is_named() {
    for (name, value, expected) in [
        ("actual_device_id", json!(5), "a number, not a text"),
        ("definition", json!(["x"]), "a list, not a text"),
        ("failure_comment", json!({}), "an object, not a text"),
        ("id", json!([7]), "a list, not a number"),
        ("log", json!([]), "a list, not a text"),
        ("results", json!("x"), "a text, not an object"),
        ("status", json!(true), "true or false, not a number"),
        ("status_string", json!(2), "a number, not a text"),
    ] {
        assert_eq!(faults(with(name, value)), [format!("Key '{name}' holds {expected}")]);
    }
    let results = json!({"0_dmesg": [1]});
    assert_eq!(faults(with("results", results)), ["Key 'results.0_dmesg' holds a list, not a text of YAML"]);
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let mut body = with("log", json!(1));
    body.insert("definition".to_owned(), json!("metadata: {foo.bar: x}"));
    body.insert("results".to_owned(), json!({"0_x": "- 1"}));
    assert_eq!(
        faults(body),
        [
            "results of '0_x': entry 1 is no mapping",
            "Key 'log' holds a number, not a text",
            "invalid LAVA metadata: foo.bar"
        ]
    );
}

#[test]
fn a_definition_needs_its_metadata() {
    let missing = ["metadata missing from LAVA job definition"];
    for definition in ["", "x: 1", "- 1", "metadata: {}", "metadata: x", "metadata: [1]", ": : :", "metadata"] {
        assert_eq!(faults(with("definition", json!(definition))), missing, "{definition}");
    }
    assert_eq!(faults(with("definition", Json::Null)), missing);
    let without = |line: &str| json!(DEFINITION.replace(line, ""));
    assert_eq!(faults(with("definition", without("kernel.tree: tree,"))), ["missing LAVA metadata: kernel.tree"]);
    assert_eq!(
        faults(with("definition", json!("metadata: {device.type: d, git.branch: '', git.commit: None, job.arch: }"))),
        ["missing LAVA metadata: git.branch, git.commit, job.arch, job.build_environment, kernel.defconfig, \
          kernel.defconfig_full, kernel.tree, test.plan"]
    );
}

#[test]
fn metadata_is_text_under_names_that_are_known() {
    let metadata = |value: &str| json!(DEFINITION.replace("test.plan: plan", &format!("test.plan: {value}")));
    for (value, fault) in [
        ("plan, foo.bar: x", "invalid LAVA metadata: foo.bar"),
        ("[plan]", "LAVA metadata test.plan is no text"),
        ("{a: b}", "LAVA metadata test.plan is no text"),
        ("\"a\\nb\"", "LAVA metadata test.plan has control characters"),
        (&"x".repeat(601), "LAVA metadata test.plan is longer than 600 bytes"),
    ] {
        assert_eq!(faults(with("definition", metadata(value))), [fault]);
    }
    let plan = read(with("definition", metadata(&"x".repeat(600)))).run().group;
    assert_eq!(text(&plan.members, "name").map(str::len), Some(600));
}

#[test]
fn metadata_is_taken_as_it_is_written() {
    let definition = "metadata: {device.type: 010, git.branch: yes, git.commit: 1e5, job.arch: no, \
                      job.build_environment: 1.10, kernel.defconfig: 0x10, kernel.defconfig_full: true, \
                      kernel.tree: '~', test.plan: !!python/unicode 'pl'}";
    let group = read(with("definition", json!(definition))).run().group;
    for (member, value) in [
        ("device_type", "010"),
        ("git_branch", "yes"),
        ("kernel", "1e5"),
        ("arch", "no"),
        ("build_environment", "1.10"),
        ("job", "~"),
        ("name", "pl"),
    ] {
        assert_eq!(text(&group.members, member), Some(value));
    }
}

#[test]
fn results_that_cannot_be_read_are_refused() {
    for (yaml, fault) in [
        ("{a: b}", "no list"),
        ("text", "no list"),
        ("- {name: a}\n- [1]\n", "entry 2 is no mapping"),
        ("- {result: pass}", "entry 1 has no name"),
        ("- {name: [x], result: pass}", "entry 1 has no name"),
        ("- {name: a\n- {", "no valid YAML: line 2: while parsing a flow mapping"),
    ] {
        let faults = faults(with("results", json!({"0_x": yaml})));
        assert!(faults[0].starts_with(&format!("results of '0_x': {fault}")), "{faults:?}");
    }
    for nothing in [json!(""), json!("[]"), json!("null"), Json::Null] {
        assert_eq!(read(with("results", json!({"0_x": nothing}))).run().group.sub_groups, []);
    }
}

#[test]
fn a_log_that_is_none_is_refused_and_no_log_is_none() {
    for log in ["text", "{a: b}", "{{{", "- {", "\u{1}"] {
        let faults = faults(with("log", json!(log)));
        assert!(faults[0].starts_with("log: no "), "{faults:?}");
    }
    for log in [json!(""), json!("[]"), json!("~"), Json::Null] {
        let run = read(with("log", log)).run();
        assert_eq!(run.log, None);
        assert_eq!(text(&run.group.members, "boot_log"), None);
    }
}
