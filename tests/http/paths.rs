//! Storage paths that are built from members of a document stay in the folder of that document, whatever the members
//! are.

use kernelci_tests::{ADMIN, Client, Server, lava_definition};
use serde_json::{Value as Json, json};

const NOW: &str = "2020-04-12T10:30:00Z";

/// The file that hostile members try to reach.
const VICTIM: &str = "mainline/master/v5.6/build-logs-summary.txt";

async fn with_victim() -> (Server, Client) {
    let server = Server::seeded(NOW).await;
    let client = server.client(ADMIN);
    assert_eq!(client.send("PUT", &format!("/upload/{VICTIM}"), &[], "as it was").await.status, 201);
    (server, client)
}

async fn assert_untouched(client: &Client, what: &str) {
    assert_eq!(client.get(&format!("/storage/{VICTIM}")).await.body, b"as it was", "{what}");
}

fn with(body: &Json, members: &[(&str, &str)]) -> Json {
    let mut body = body.clone();
    for (name, value) in members {
        body[*name] = json!(value);
    }
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_of_a_test_group_stays_in_its_folder() {
    let (_server, client) = with_victim().await;
    let group = json!({
        "arch": "arm64", "build_environment": "gcc-8", "defconfig": "defconfig", "device_type": "qemu", "job": "example",
        "git_branch": "master", "git_commit": "0123456789abcdef0123456789abcdef01234567", "kernel": "hostile",
        "lab_name": "lab-example", "name": "build", "log": "overwritten",
    });
    let hostile: [&[(&str, &str)]; 15] = [
        &[("device_type", "/../../../../../../../../mainline/master/v5.6/build-logs-summary")],
        &[("device_type", "/../x")],
        &[("device_type", "a/b")],
        &[("lab_name", "../../../../../../../mainline")],
        &[("lab_name", "..")],
        &[("lab_name", "a/b")],
        &[("job", "../mainline")],
        &[("job", ".kernelci-templates")],
        &[("kernel", "../../../mainline/master/v5.6")],
        &[("git_branch", "../../mainline/master")],
        &[("arch", "..")],
        &[("defconfig_full", "a/../../../..")],
        &[("build_environment", ".ssh")],
        &[("file_server_resource", "example/../mainline/master")],
        &[
            ("file_server_resource", "mainline/master"),
            ("lab_name", "v5.6"),
            ("name", "build-logs"),
            ("device_type", "summary"),
        ],
    ];
    for members in hostile {
        let answer = client.post("/test/group", &with(&group, members)).await;
        assert_eq!(answer.status, 400, "{members:?}: {}", answer.json());
        assert!(!answer.json().to_string().contains("mainline"), "the value is not echoed: {}", answer.json());
        assert_untouched(&client, &format!("{members:?}")).await;
    }
    assert_eq!(
        client.get("/count/test_group?git_commit=0123456789abcdef0123456789abcdef01234567").await.json()["result"][0]["count"],
        0
    );
    // A branch with slashes becomes nested folders, as does a configuration with a fragment.
    let plain = with(&group, &[("git_branch", "for-next/fixes"), ("defconfig_full", "defconfig+configs/a.config")]);
    assert_eq!(client.post("/test/group", &plain).await.status, 201);
    let path =
        "/storage/example/for-next/fixes/hostile/arm64/defconfig+configs/a.config/gcc-8/lab-example/build-qemu.txt";
    assert_eq!(client.get(path).await.body, b"overwritten");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_of_a_lava_job_stays_in_its_folder() {
    let (_server, client) = with_victim().await;
    for (name, value, lab) in [
        ("kernel.tree", "../mainline", "lab-broonie"),
        ("kernel.version", "../../../mainline", "lab-broonie"),
        ("git.branch", "a/../../..", "lab-broonie"),
        ("job.arch", ".ssh", "lab-broonie"),
        ("kernel.defconfig_full", "..", "lab-broonie"),
        ("job.build_environment", "../..", "lab-broonie"),
        ("job.file_server_resource", "example/../mainline/master/v5.6", "lab-broonie"),
        ("job.file_server_resource", "mainline/master", "v5.6"),
        ("job.file_server_resource", "mainline/master", "a%2F.."),
        ("job.file_server_resource", "mainline/master", ".."),
    ] {
        let usual = [("device.type", "summary"), ("kernel.version", "hostile"), ("test.plan", "build-logs")];
        let definition = lava_definition(&[&usual[..], &[(name, value)]].concat());
        let body = json!({
            "id": 1, "definition": definition, "status": 2, "status_string": "complete",
            "log": "- {dt: '2020-04-12T10:30:00', lvl: target, msg: 'overwritten'}\n",
        });
        let answer = client.post(&format!("/callback/lava/test?lab_name={lab}"), &body).await;
        assert_eq!(answer.status, 400, "{name}: {value}, {lab}: {}", answer.json());
        assert_untouched(&client, value).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_with_a_path_outside_its_folder_is_refused() {
    let (_server, client) = with_victim().await;
    let uploaded = json!({
        "job": "next", "kernel": "v1", "git_branch": "master", "arch": "arm64", "defconfig": "defconfig",
        "defconfig_full": "defconfig", "build_environment": "gcc-8",
    });
    for (name, value) in [
        ("job", "../mainline"),
        ("job", "a\\b"),
        ("kernel", ".kernelci-templates"),
        ("git_branch", "for-next/.git"),
        ("git_branch", "a/./b"),
        ("arch", ".ssh"),
        ("defconfig_full", "a/.b"),
        ("build_environment", ".b"),
        ("file_server_resource", "a/.kernelci-templates"),
        ("file_server_resource", "a\\..\\b"),
    ] {
        let answer = client.post("/build", &with(&uploaded, &[(name, value)])).await;
        assert_eq!(answer.status, 400, "{name}: {value}: {}", answer.json());
    }
    let inline = |folder: &str, branch: &str, log: &str| {
        json!({
            "bmeta": {
                "build": {"status": "PASS", "duration": 12.5},
                "environment": {"name": "gcc-8", "arch": "arm", "compiler": "gcc", "compiler_version": "8", "compiler_version_full": "gcc 8.3"},
                "kernel": {"defconfig": "a", "defconfig_full": "a", "publish_path": folder},
                "revision": {"branch": branch, "commit": "f5427c2460ebc11b1a66c1742d41077ae5b99796", "describe": "v5.7-rc1",
                             "describe_verbose": "v5.7-rc1", "tree": "mainline", "url": "https://git.example.org/mainline.git"},
            },
            "steps": [{"name": "kernel", "status": "PASS"}],
            "artifacts": {"kernel": [{"type": "file", "path": log, "key": "log"}]},
        })
    };
    for (folder, branch, log) in [
        ("a/../b", "master", "log"),
        ("a/.b", "master", "log"),
        ("a\\b", "master", "log"),
        (".kernelci-templates", "master", "log"),
        ("a", "for-next/.git", "log"),
        ("a", "master", "../log"),
        ("a", "master", "b\\log"),
        ("a", "master", "./log"),
    ] {
        let answer = client.post("/build", &inline(folder, branch, log)).await;
        assert_eq!(answer.status, 400, "{folder}, {branch}, {log}: {}", answer.json());
    }
    assert_eq!(client.post("/build", &inline("a/b", "for-next/fixes", "logs/.log")).await.status, 202);
}
