//! The groups and cases of a job, and what became of its boot.

use serde_json::{Value as Json, json};

use super::fixture::{LAB, OF_DMESG, body, case, read, statuses, text, with};
use crate::{
    domain::{
        lava::{LogFiles, MAX_RESULTS},
        test::Group,
    },
    value::{Document, Value},
};

fn json_of(members: &Document) -> Json {
    serde_json::to_value(Value::Map(members.clone())).expect("JSON")
}

fn named(paths: &[(&str, &str)]) -> Vec<(String, String)> {
    paths.iter().map(|(path, status)| ((*path).to_owned(), (*status).to_owned())).collect()
}

#[test]
fn suites_and_sets_are_groups_in_the_order_in_which_they_ran() {
    let group = read(body()).run().group;
    let expected = [
        ("plan.login", "PASS"),
        ("plan.last", "UNKNOWN"),
        ("plan.dmesg.crit", "FAIL"),
        ("plan.dmesg.alert", "PASS"),
        ("plan.dmesg.emerg", "SKIP"),
        ("plan.own.inner.deep", "PASS"),
    ];
    assert_eq!(statuses(&group), named(&expected));
    let names = |group: &Group| -> Vec<_> {
        let of = |group: &Group| (text(&group.members, "name").map(str::to_owned), group.members["index"].clone());
        group.sub_groups.iter().map(of).collect()
    };
    let named = |name: &str, index| (Some(name.to_owned()), Value::Integer(index));
    assert_eq!(names(&group), [named("dmesg", 1), named("own", 2)]);
    assert_eq!(names(&group.sub_groups[1]), [named("inner", 1)]);
    assert_eq!(group.members["index"], Value::Null);
}

#[test]
fn suites_run_in_the_order_of_their_numbers() {
    let results = json!({"10_b": "- {name: c}", "9_b": "- {name: c}", "x": "- {name: c}", "_": "- {name: c}"});
    let group = read(with("results", results)).run().group;
    let names: Vec<_> = group.sub_groups.iter().map(|group| text(&group.members, "name").unwrap()).collect();
    assert_eq!(names, ["b", "b", "_", "x"]);
}

#[test]
fn results_without_numbers_are_taken_from_the_last_to_the_first() {
    let group = read(with("results", json!({"0_x": "- {name: b}\n- {name: a, id: 1}\n"}))).run().group;
    let expected = [("plan.login", "PASS"), ("plan.x.a", "UNKNOWN"), ("plan.x.b", "UNKNOWN")];
    assert_eq!(statuses(&group), named(&expected));
}

#[test]
fn a_group_has_what_the_callback_says_of_it() {
    let run = read(body()).run();
    let expected = json!({
        "arch": "arm64", "board_instance": "board-9-03", "boot_log": "plan-board-9.txt",
        "boot_log_html": "plan-board-9.html", "boot_result_description": null, "build_environment": "gcc-8",
        "defconfig": "defconfig", "defconfig_full": "defconfig+X=y", "device_type": "board-9", "dtb": null,
        "endian": "little", "file_server_resource": "tree/master/v9.1-rc2/arm64/defconfig/gcc-8",
        "git_branch": "master", "git_commit": "1f2e3d4c", "git_describe": "v9.1-rc2",
        "git_url": "https://example.org/linux.git", "index": null, "initrd": null, "initrd_info": null,
        "job": "tree", "kernel": "9.10", "kernel_image": "Image", "lab_name": LAB, "mach": "acme",
        "modules": null, "name": "plan", "plan_variant": "plan_two", "time": {"$date": 0}, "version": "1.0",
        "warnings": 0,
    });
    assert_eq!(json_of(&run.group.members), expected);
    let (folder, lab) = ("tree/master/v9.1-rc2/arm64/defconfig/gcc-8".to_owned(), LAB.to_owned());
    let (text, html) = ("plan-board-9.txt".to_owned(), "plan-board-9.html".to_owned());
    assert_eq!(run.log, Some(LogFiles { folder, lab, text, html }));
}

#[test]
fn a_case_has_what_the_callback_says_of_it() {
    let group = read(body()).run().group;
    let line = |time: &str, text: &str| json!({"dt": time, "lvl": "target", "msg": text});
    let expected = json!({
        "index": 1, "measurements": [{"unit": "lines", "value": 2.5}], "name": "crit",
        "log_lines": [
            line("2026-01-01T00:00:05.000001", "/ # run"),
            line("2026-01-01T00:00:07.000001", "kern  :crit  : it is hot"),
        ],
        "plan": "plan", "status": "FAIL", "test_case_path": "plan.dmesg.crit", "time": {"$date": 0},
        "version": "1.0",
    });
    assert_eq!(json_of(case(&group, "plan.dmesg.crit").unwrap()), expected);
    let of = |path: &str, member: &str| json_of(case(&group, path).unwrap())[member].clone();
    assert_eq!(of("plan.dmesg.emerg", "measurements"), json!([{"unit": "lines", "value": 0.0}]));
    assert_eq!(of("plan.dmesg.emerg", "index"), 3);
    assert_eq!(of("plan.dmesg.alert", "measurements"), json!([]));
    assert_eq!(of("plan.last", "index"), 2);
    // What LAVA's own step measured is not the case's.
    assert_eq!(of("plan.login", "measurements"), json!([]));
}

#[test]
fn a_measurement_that_is_no_number_is_none() {
    for value in ["NaN", "inf", "-inf", "1e999", "None", "x", "''", "[1]", "*a"] {
        let yaml = format!("- {{name: a, x: &a 1, measurement: {value}, unit: watts}}");
        let group = read(with("results", json!({"0_x": yaml}))).run().group;
        assert_eq!(case(&group, "plan.x.a").unwrap()["measurements"], Value::List(Vec::new()), "{value}");
    }
}

#[test]
fn names_of_files_hold_nothing_that_leads_elsewhere() {
    let mut body = body();
    let definition = super::fixture::DEFINITION.replace("device.type: board-9", "device.type: '../a b/ü'");
    body.insert("definition".to_owned(), json!(definition));
    assert_eq!(read(body).run().log.unwrap().text, "plan-.._a_b__.txt");
}

/// The login and the description after a boot that went so.
fn booted(status: i64, comment: Json, of_lava: &str, of_others: &str) -> (String, Option<String>) {
    let mut body = with("results", json!({"lava": of_lava, "0_x": of_others}));
    body.insert("status".to_owned(), json!(status));
    body.insert("failure_comment".to_owned(), comment);
    let group = read(body).run().group;
    let login = text(case(&group, "plan.login").unwrap(), "status").unwrap().to_owned();
    (login, text(&group.members, "boot_result_description").map(str::to_owned))
}

#[test]
fn a_kernel_and_a_bootloader_and_a_lab_that_fail_are_told_apart() {
    let login = "- {id: 9, name: job, result: fail, metadata: {error_msg: all in vain, error_type: Job}}\n\
                 - {id: 8, name: auto-login-action, result: fail, metadata: {extra: [{fail: timed out}]}}\n";
    let shell = "- {id: 9, name: expect-shell-connection, result: fail, metadata: {extra: {fail: no shell}}}\n\
                 - {id: 8, name: login-action, result: pass}\n";
    let again = "- {id: 9, name: login-action, result: pass}\n- {id: 8, name: login-action, result: fail}\n";
    let bootloader = "- {id: 9, name: job, result: fail, metadata: {error_msg: all in vain, error_type: Job}}\n\
                      - {id: 8, name: uboot-action, result: fail}\n\
                      - {id: 7, name: bootloader-interrupt, result: fail}\n";
    let broken_off =
        "- {name: job, result: fail, metadata: {error_msg: 'auto-login-action timed out after 9 seconds'}}";
    let early = "- {name: job, result: fail, metadata: {error_msg: 'bootloader-commands timed out after 9 seconds'}}";
    let lab = "- {name: job, result: fail, metadata: {error_msg: no power, error_type: Infrastructure}}";
    let lost = "- {id: 9, name: job, result: fail, metadata: {error_msg: all in vain, error_type: Infrastructure}}\n\
                - {id: 8, name: login-action, result: fail, metadata: {extra: [{fail: Connection closed}]}}\n";
    let test = "- {id: 9, name: job, result: fail, metadata: {error_msg: 'lava-test-shell timed out', error_type: Test}}\n\
                - {id: 8, name: login-action, result: pass}\n";
    let nothing = "- {name: job, result: pass}";
    for (status, comment, of_lava, of_others, login, description) in [
        (3, Json::Null, login, "", "FAIL", Some("The kernel did not reach the login prompt: timed out")),
        (3, Json::Null, shell, "", "FAIL", Some("The kernel did not reach the login prompt: no shell")),
        (2, Json::Null, again, "", "PASS", None),
        (3, Json::Null, bootloader, "", "UNKNOWN", Some("The bootloader did not start the kernel: all in vain")),
        (
            3,
            Json::Null,
            broken_off,
            "",
            "FAIL",
            Some("The kernel did not reach the login prompt: auto-login-action timed out after 9 seconds"),
        ),
        (
            3,
            Json::Null,
            early,
            "",
            "UNKNOWN",
            Some("The bootloader did not start the kernel: bootloader-commands timed out after 9 seconds"),
        ),
        (3, Json::Null, lab, "", "UNKNOWN", Some("The lab failed: no power")),
        (3, Json::Null, lost, "", "UNKNOWN", Some("The lab failed: Connection closed")),
        (3, Json::Null, test, "", "PASS", Some("lava-test-shell timed out")),
        (3, Json::Null, nothing, "", "UNKNOWN", Some("The job did not complete")),
        (3, json!("out of power"), nothing, "", "UNKNOWN", Some("The job did not complete: out of power")),
        (4, json!("by jane"), nothing, "", "UNKNOWN", Some("The job was canceled: by jane")),
        (2, Json::Null, nothing, "", "UNKNOWN", None),
        (2, Json::Null, nothing, OF_DMESG, "PASS", None),
        (1, Json::Null, "", "", "UNKNOWN", None),
    ] {
        let expected = (login.to_owned(), description.map(str::to_owned));
        assert_eq!(booted(status, comment, of_lava, of_others), expected, "{of_lava}");
    }
}

#[test]
fn a_kernel_that_crashed_says_why() {
    let of_lava = "- {name: login-action, result: fail, metadata: {extra: [{fail: timed out}]}}";
    let mut body = with("results", json!({"lava": of_lava}));
    let log =
        super::fixture::log_of(["<1>[ 2.2] Unhandled fault: page (0x1b)", "<0>[ 2.3] Kernel panic - not syncing"]);
    body.insert("log".to_owned(), json!(log));
    let group = read(body.clone()).run().group;
    let expected =
        "The kernel did not reach the login prompt: timed out (the kernel said: Unhandled fault: page (0x1b))";
    assert_eq!(text(&group.members, "boot_result_description"), Some(expected));
    // A kernel that came to its prompt all the same has not failed there.
    body.insert("results".to_owned(), json!({"lava": "- {name: login-action, result: pass}"}));
    assert_eq!(text(&read(body).run().group.members, "boot_result_description"), None);
}

#[test]
fn as_many_results_as_there_may_be_are_cases() {
    let many = |count: usize| json!({"0_x": "- {name: a}\n".repeat(count), "lava": "- {name: a}\n"});
    let group = read(with("results", many(MAX_RESULTS - 1))).run().group;
    assert_eq!(group.sub_groups[0].cases.len(), MAX_RESULTS - 1);
}
