//! Boot reports, and the regressions found in them.

use kernelci_tests::{Answer, Client, Server};
use serde_json::{Value as Json, json};

const NOW: &str = "2020-04-12T10:30:00Z";

fn report(kernel: &str, result: &str) -> Json {
    json!({
        "version": "1.0", "lab_name": "lab-baylibre", "board": "qemu_arm64-virt", "job": "next", "kernel": kernel,
        "git_branch": "master", "defconfig": "defconfig", "arch": "arm64", "build_environment": "gcc-8",
        "boot_result": result, "boot_time": 28.07, "boot_retries": 1, "boot_warnings": 2, "loadaddr": "0x8000",
        "mach": "old", "mach_alias": "qemu", "boot_log": "boot.txt",
    })
}

/// Sends a boot report and waits until it is stored with the expected status.
async fn report_boot(lab: &Client, kernel: &str, result: &str) -> Json {
    assert_eq!(lab.post("/boot", &report(kernel, result)).await.status, 202);
    let path = format!("/boot?job=next&kernel={kernel}&status={result}");
    lab.get_until(&path, |answer| answer.result().len() == 1).await.result()[0].clone()
}

fn kernels(regression: &Json) -> Vec<(&str, &str)> {
    let history = regression["regressions"].as_array().unwrap();
    history.iter().map(|entry| (entry["kernel"].as_str().unwrap(), entry["status"].as_str().unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boot_report_is_stored_once_under_the_document_member_names() {
    let server = Server::seeded(NOW).await;
    let lab = server.client("tok-lab-baylibre");
    let first = report_boot(&lab, "next-1", "FAIL").await;
    assert_eq!(first["time"], json!({"$date": 28_070}));
    let stored = ["retries", "warnings", "load_addr", "mach", "defconfig_full"].map(|name| first[name].clone());
    assert_eq!(stored, [json!(1), json!(2), json!("0x8000"), json!("qemu"), json!("defconfig")]);
    let others = ["boot_result", "boot_time", "boot_retries", "loadaddr", "mach_alias"];
    assert!(others.iter().all(|name| first.get(name).is_none()), "{first}");

    let again = report_boot(&lab, "next-1", "PASS").await;
    assert_eq!((&again["_id"], &again["created_on"]), (&first["_id"], &first["created_on"]));
    assert_eq!(lab.get("/count/boot?job=next").await.result()[0]["count"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boot_report_refers_to_the_job_and_build_of_its_revision() {
    let server = Server::seeded(NOW).await;
    let lab = server.client("tok-lab-baylibre");
    let build = lab.get("/build/5e8ed9247079a8a889ffa0d3").await.result()[0].clone();
    let mut body = report("v5.6-rc1", "PASS");
    for name in ["job", "kernel", "git_branch", "arch", "defconfig", "defconfig_full", "build_environment"] {
        body[name] = build[name].clone();
    }
    assert_eq!(lab.post("/boot", &body).await.status, 202);
    let path = "/boot?build_id=5e8ed9247079a8a889ffa0d3&board=qemu_arm64-virt";
    let stored = lab.get_until(path, |answer| answer.result().len() == 1).await.result()[0].clone();
    assert_eq!(stored["job_id"], build["job_id"]);
    assert_eq!((&stored["git_commit"], &stored["compiler"]), (&build["git_commit"], &build["compiler"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boot_regression_is_extended_with_each_failing_kernel_until_a_pass() {
    let server = Server::seeded(NOW).await;
    let lab = server.client("tok-lab-baylibre");
    report_boot(&lab, "next-1", "PASS").await;
    let second = report_boot(&lab, "next-2", "FAIL").await;
    let path = "/boot/regressions?job=next&kernel=next-2";
    let found = lab.get_until(path, |answer: &Answer| answer.result().len() == 1).await.result()[0].clone();
    assert_eq!(kernels(&found), [("next-1", "PASS"), ("next-2", "FAIL")]);
    assert_eq!(found["boot_id"], second["_id"]);

    report_boot(&lab, "next-3", "FAIL").await;
    let path = "/boot/regressions?job=next&kernel=next-3";
    let found = lab.get_until(path, |answer| answer.result().len() == 1).await.result()[0].clone();
    assert_eq!(kernels(&found), [("next-1", "PASS"), ("next-2", "FAIL"), ("next-3", "FAIL")]);

    // A failure with the first known kernel, or after a kernel that was not tested, is not a regression.
    report_boot(&lab, "next-4", "UNTRIED").await;
    report_boot(&lab, "next-5", "FAIL").await;
    // Once the second kernel passes, the third is compared with the second only.
    report_boot(&lab, "next-2", "PASS").await;
    let is_shorter = |answer: &Answer| kernels(&answer.result()[0]) == [("next-2", "PASS"), ("next-3", "FAIL")];
    lab.get_until(path, is_shorter).await;
    let all = lab.get("/boot/regressions?job=next").await.result();
    assert_eq!(all.iter().map(|regression| regression["kernel"].as_str().unwrap()).collect::<Vec<_>>(), ["next-3"]);

    let id = all[0]["boot_id"]["$oid"].as_str().unwrap().to_owned();
    assert_eq!(lab.send("DELETE", &format!("/boot/{id}"), &[], "").await.status, 200);
    assert_eq!(lab.get("/boot/regressions?job=next").await.result().len(), 0);
}
