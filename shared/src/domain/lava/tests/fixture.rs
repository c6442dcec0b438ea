//! A small callback that was made by hand in the form of the real ones.

use serde_json::{Map, Value as Json, json};

use crate::{
    domain::{lava::Callback, test::Group},
    error::Error,
    value::{Document, Value},
};

/// The lab that sends.
pub(super) const LAB: &str = "lab-example";

pub(super) const DEFINITION: &str = "\
actions:
- deploy: {to: tftp, timeout: {minutes: 10}}
job_name: an example
metadata: {device.type: board-9, git.branch: master, git.commit: 1f2e3d4c, git.describe: v9.1-rc2,
  git.url: 'https://example.org/linux.git', job.arch: arm64, job.build_environment: gcc-8, job.dtb_url: None,
  job.file_server_resource: tree/master/v9.1-rc2/arm64/defconfig/gcc-8, job.kernel_image: Image,
  kernel.defconfig: defconfig, kernel.defconfig_full: defconfig+X=y, kernel.endian: little, kernel.tree: tree,
  kernel.version: 9.10, platform.dtb: None, platform.fastboot: false, platform.mach: acme, test.plan: plan,
  test.plan_variant: plan_two}
visibility: public
";

pub(super) const OF_LAVA: &str = "\
- {id: '13', name: job, result: pass, measurement: None, metadata: {case: job, definition: lava, result: pass}}
- id: '12'
  name: power-off
  result: pass
  measurement: '1.2100000000'
  unit: seconds
  metadata: {case: power-off, extra: [{status: success}]}
- {id: '3', name: login-action, result: pass, metadata: {extra: [{success: '/ #'}]}}
";

pub(super) const OF_DMESG: &str = "\
- {id: '9', name: emerg, result: skip, measurement: 0E-10, unit: lines}
- {id: '8', name: alert, result: pass, measurement: None, unit: ''}
- {id: '7', name: crit, result: fail, measurement: '2.5000000000', unit: lines}
";

/// The log: a boot, a suite that tells results, one whose cases say when they start and end.
pub(super) const LOG: &str = r#"
- {"dt": "2026-01-01T00:00:01.000001", "lvl": "info", "msg": "start: 0 validate"}
- {"dt": "2026-01-01T00:00:02.000001", "lvl": "target", "msg": "[    0.000000] Booting <Linux> & \"more\""}
- {"dt": "2026-01-01T00:00:03.000001", "lvl": "debug", "msg": ["a pattern", "another"]}
- {"dt": "2026-01-01T00:00:04.000001", "lvl": "results", "msg": {"case": "login-action", "definition": "lava", "result": "pass"}}
- {"dt": "2026-01-01T00:00:05.000001", "lvl": "target", "msg": "/ # run"}
- {"dt": "2026-01-01T00:00:06.000001", "lvl": "target", "msg": "<LAVA_SIGNAL_STARTRUN 0_dmesg 1_2.3>"}
- {"dt": "2026-01-01T00:00:07.000001", "lvl": "target", "msg": "kern  :crit  : it is hot"}
- {"dt": "2026-01-01T00:00:08.000001", "lvl": "target", "msg": "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=crit RESULT=fail UNITS=lines MEASUREMENT=2.5>"}
- {"dt": "2026-01-01T00:00:09.000001", "lvl": "debug", "msg": "Received signal: <TESTCASE> TEST_CASE_ID=crit RESULT=fail UNITS=lines MEASUREMENT=2.5"}
- {"dt": "2026-01-01T00:00:10.000001", "lvl": "results", "msg": {"case": "crit", "definition": "0_dmesg", "measurement": !!python/object/apply:decimal.Decimal ["2.5"], "result": "fail"}}
- {"dt": "2026-01-01T00:00:11.000001", "lvl": "target", "msg": "between"}
- {"dt": "2026-01-01T00:00:12.000001", "lvl": "target", "msg": "<LAVA_SIGNAL_STARTTC deep>"}
- {"dt": "2026-01-01T00:00:13.000001", "lvl": "target", "msg": "inside"}
- {"dt": "2026-01-01T00:00:14.000001", "lvl": "target", "msg": "<LAVA_SIGNAL_ENDTC deep>"}
- {"dt": "2026-01-01T00:00:15.000001", "lvl": "target", "msg": "after"}
- {"dt": "2026-01-01T00:00:16.000001", "lvl": "target", "msg": "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=deep RESULT=pass>"}
- {"dt": "2026-01-01T00:00:17.000001", "lvl": "results", "msg": {"case": "deep", "definition": "1_own", "result": "pass"}}
"#;

/// The whole callback.
pub(super) fn body() -> Map<String, Json> {
    let Json::Object(body) = json!({
        "id": 7,
        "status": 2,
        "status_string": "complete",
        "actual_device_id": "board-9-03",
        "failure_comment": null,
        "token": "not kept",
        "definition": DEFINITION,
        "results": {
            "lava": OF_LAVA,
            "10_plan": "- {id: '11', name: last, result: odd}\n",
            "0_dmesg": OF_DMESG,
            "1_own": "- {id: '10', name: deep, result: pass, set: inner, metadata: {case: deep}}\n",
        },
        "log": LOG,
    }) else {
        unreachable!("an object")
    };
    body
}

/// The callback with another value in one place.
pub(super) fn with(name: &str, value: Json) -> Map<String, Json> {
    let mut body = body();
    body.insert(name.to_owned(), value);
    body
}

pub(super) fn read(body: Map<String, Json>) -> Callback {
    Callback::read(body, LAB).expect("a callback that can be stored")
}

/// What is said against a callback.
pub(super) fn faults(body: Map<String, Json>) -> Vec<String> {
    match Callback::read(body, LAB) {
        Err(Error::InvalidJson(faults)) => faults,
        other => panic!("{other:?}"),
    }
}

pub(super) fn text<'a>(members: &'a Document, name: &str) -> Option<&'a str> {
    members.get(name).expect("a member").as_text()
}

/// The paths and the statuses of all cases, those of a group before those of the groups in it.
pub(super) fn statuses(group: &Group) -> Vec<(String, String)> {
    let of = |case: &Document| {
        let [path, status] = ["test_case_path", "status"].map(|name| text(case, name).expect("a text").to_owned());
        (path, status)
    };
    group.cases.iter().map(of).chain(group.sub_groups.iter().flat_map(statuses)).collect()
}

/// The case of that path, wherever it is.
pub(super) fn case<'a>(group: &'a Group, path: &str) -> Option<&'a Document> {
    let own = group.cases.iter().find(|case| text(case, "test_case_path") == Some(path));
    own.or_else(|| group.sub_groups.iter().find_map(|group| case(group, path)))
}

/// The texts of a case's lines.
pub(super) fn lines(callback: &Callback, path: &str) -> Vec<String> {
    let run = callback.run();
    let case = case(&run.group, path).expect("the case");
    let line = |line: &Value| match line {
        Value::Map(members) => text(members, "msg").expect("a text").to_owned(),
        other => panic!("{other:?}"),
    };
    case["log_lines"].as_list().expect("a list").iter().map(line).collect()
}

/// A log of lines of the device.
pub(super) fn log_of<'a>(messages: impl IntoIterator<Item = &'a str>) -> String {
    let entry = |text: &str| format!("- {}\n", json!({"dt": "2026-01-01T00:00:00", "lvl": "target", "msg": text}));
    messages.into_iter().map(entry).collect()
}

/// The page of a callback.
pub(super) fn page(callback: &Callback) -> String {
    let mut page = Vec::new();
    callback.write_html(&mut page).expect("memory takes everything");
    String::from_utf8(page).expect("a text")
}

/// The plain text of a callback.
pub(super) fn plain(callback: &Callback) -> String {
    let mut text = Vec::new();
    callback.write_text(&mut text).expect("memory takes everything");
    String::from_utf8(text).expect("a text")
}
