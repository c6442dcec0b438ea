//! LAVA callbacks, from the request to the test groups, test cases, regressions and log files.

use kernelci_tests::{Answer, Client, Server, lava_definition};
use serde_json::{Value as Json, json};

const NOW: &str = "2020-04-12T10:30:00Z";
const PATH: &str = "/callback/lava/test?lab_name=lab-broonie";

fn callback(kernel: &str, login: &str, crit: &str) -> Json {
    let line = |message: &str| format!("- {{dt: '2020-04-12T10:30:00', lvl: target, msg: '{message}'}}\n");
    let log = ["booting", "login:", "<LAVA_SIGNAL_STARTTC crit>", "inside <b>", "<LAVA_SIGNAL_ENDTC crit>"].map(line);
    json!({
        "id": 4711,
        "definition": lava_definition(&[("kernel.version", kernel)]),
        "results": {
            "lava": format!("- {{id: 1, name: login-action, result: {login}}}\n"),
            "0_dmesg": format!("- {{id: 2, name: crit, result: {crit}, measurement: '3.5', unit: seconds}}\n"),
        },
        "log": log.concat(),
        "actual_device_id": "qemu-1",
        "status": 2,
        "status_string": "complete",
    })
}

async fn send_callback(lab: &Client, callback: &Json) {
    assert_eq!(lab.post(PATH, callback).await.status, 202);
}

fn paths_and_statuses(answer: &Answer) -> Vec<(String, String)> {
    let text = |case: &Json, name: &str| case[name].as_str().unwrap().to_owned();
    answer.result().iter().map(|case| (text(case, "test_case_path"), text(case, "status"))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lava_job_becomes_a_group_with_its_cases_and_log_files() {
    let server = Server::seeded(NOW).await;
    let (lab, reader) = (server.client("tok-lab-broonie"), server.client("tok-get"));
    send_callback(&lab, &callback("v1", "pass", "fail")).await;
    let cases = reader.get_until("/test/case?job=example", |answer| answer.result().len() == 2).await;
    let expected = [("baseline.login", "PASS"), ("baseline.dmesg.crit", "FAIL")];
    assert_eq!(paths_and_statuses(&cases), expected.map(|(path, status)| (path.to_owned(), status.to_owned())));
    let lines = cases.result()[1]["log_lines"].as_array().unwrap().clone();
    assert_eq!(lines.iter().map(|line| line["msg"].as_str().unwrap()).collect::<Vec<_>>(), ["inside <b>"]);

    let groups = reader.get("/test/group?job=example&parent_id=null").await.result();
    let group = &groups[0];
    assert_eq!(groups.len(), 1);
    assert_eq!((&group["name"], &group["board_instance"]), (&json!("baseline"), &json!("qemu-1")));
    let folder = "/storage/example/master/v1/arm64/defconfig/gcc-8/lab-broonie";
    let text = reader.get(&format!("{folder}/{}", group["boot_log"].as_str().unwrap())).await;
    assert!(String::from_utf8_lossy(&text.body).contains("booting\nlogin:\n"), "{text:?}");
    let html = reader.get(&format!("{folder}/{}", group["boot_log_html"].as_str().unwrap())).await;
    let html = String::from_utf8_lossy(&html.body).into_owned();
    assert!(html.contains("inside &lt;b&gt;") && !html.contains("inside <b>"), "{html}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_callback_changes_nothing() {
    let server = Server::seeded(NOW).await;
    let (lab, reader) = (server.client("tok-lab-broonie"), server.client("tok-get"));
    send_callback(&lab, &callback("v1", "pass", "pass")).await;
    reader.get_until("/test/case?job=example", |answer| answer.result().len() == 2).await;
    send_callback(&lab, &callback("v2", "pass", "fail")).await;
    let regressions = "/test/regression?job=example";
    reader.get_until(regressions, |answer| answer.result().len() == 1).await;
    let linked = "/test/case?job=example&kernel=v2&name=crit";
    reader.get_until(linked, |answer| !answer.result()[0]["regression_id"].is_null()).await;
    let everything = ["/test/case?job=example", "/test/group?job=example", regressions];
    let mut before = Vec::new();
    for path in everything {
        before.push(reader.get(path).await.result());
    }
    send_callback(&lab, &callback("v2", "pass", "fail")).await;
    // A later callback of the same lab is stored after the repeated one.
    send_callback(&lab, &callback("v3", "pass", "pass")).await;
    reader.get_until("/test/case?job=example&kernel=v3", |answer| answer.result().len() == 2).await;
    for (path, before) in everything.into_iter().zip(before) {
        let is_as_before = |answer: &Answer| {
            let others = |document: &&Json| document["kernel"] != "v3";
            answer.result().iter().filter(others).eq(before.iter())
        };
        reader.get_until(path, is_as_before).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kernel_without_a_prompt_fails_the_login_case() {
    let server = Server::seeded(NOW).await;
    let (lab, reader) = (server.client("tok-lab-broonie"), server.client("tok-get"));
    let mut failed = callback("v1", "fail", "pass");
    failed["results"].as_object_mut().unwrap().remove("0_dmesg");
    send_callback(&lab, &failed).await;
    let cases = reader.get_until("/test/case?job=example", |answer| answer.result().len() == 1).await;
    assert_eq!(paths_and_statuses(&cases), [("baseline.login".to_owned(), "FAIL".to_owned())]);
}
