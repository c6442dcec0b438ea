//! Requests that the fault tests send while the store fails. Each has its own name, its preparation, and a check of its
//! effect.

use bytes::Bytes;
use kernelci::{
    collections::{TASK, TEST_CASE},
    query::{Arguments, Filter, Selection},
    services::Services,
    storage::StoragePath,
    worker,
};
use serde_json::{Value as Json, json};

use crate::faulty_process::{Answered, FaultyProcess};

/// A request of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    ListJobs,
    OneBuild,
    BuildLogs,
    CountBuilds,
    DistinctJobs,
    SetStatus,
    SubmitBuild,
    SubmitLongBuild,
    MakeToken,
    ChangeToken,
    DeleteToken,
    DeleteBuild,
    DeleteJob,
    SubmitGroup,
    SubmitLargeGroup,
    Upload,
}

pub(crate) const ACTIONS: [Action; 16] = [
    Action::ListJobs,
    Action::OneBuild,
    Action::BuildLogs,
    Action::CountBuilds,
    Action::DistinctJobs,
    Action::SetStatus,
    Action::SubmitBuild,
    Action::SubmitLongBuild,
    Action::MakeToken,
    Action::ChangeToken,
    Action::DeleteToken,
    Action::DeleteBuild,
    Action::DeleteJob,
    Action::SubmitGroup,
    Action::SubmitLargeGroup,
    Action::Upload,
];

/// The lines of a build log. With the fault `Unprocessed` the log is long enough to be stored in parts.
fn log(name: &str) -> String {
    let lines = if name.contains("unprocessed") { 9_000 } else { 1 };
    let hash = |nth: u64| format!("{:016x}", (nth + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let line = |nth| format!("{}{}{}: warning: x\n", hash(nth), hash(nth + 1_000_000), hash(nth + 2_000_000));
    (0..lines).map(line).collect()
}

pub(crate) fn build(name: &str) -> Json {
    json!({"job": name, "kernel": "v1", "git_branch": "master", "arch": "arm", "defconfig": "defconfig"})
}

/// A build with so many files that its task is stored in parts.
fn long_build(name: &str) -> Json {
    let path = |nth: u64| -> String {
        let folder = |at: u64| -> String {
            (0..10)
                .map(|part| format!("{:016x}", (nth * 40 + at * 10 + part + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)))
                .collect()
        };
        (0..4).map(folder).collect::<Vec<_>>().join("/")
    };
    let files: Vec<Json> = (0..1_500).map(|nth| json!({"type": "file", "key": "image", "path": path(nth)})).collect();
    json!({
        "bmeta": {
            "build": {"status": "PASS", "duration": 1.5},
            "environment": {"name": "gcc-8", "arch": "arm", "compiler": "gcc", "compiler_version_full": "gcc 8.3"},
            "kernel": {"defconfig": "defconfig", "defconfig_full": "defconfig", "publish_path": format!("{name}/long")},
            "revision": {"tree": name, "branch": "master", "describe": "v1", "commit": "0123456789abcdef0123456789abcdef01234567",
                         "url": "https://git.example.org/next.git"},
        },
        "steps": [{"name": "kernel", "status": "PASS"}],
        "artifacts": {"kernel": files},
    })
}

/// A test group with `cases` test cases.
fn group(name: &str, cases: usize) -> Json {
    let cases: Vec<Json> = (0..cases).map(|place| json!({"name": format!("case-{place}"), "status": "FAIL"})).collect();
    json!({
        "arch": "arm", "build_environment": "gcc-8", "defconfig": "defconfig", "device_type": "qemu",
        "git_branch": "master", "git_commit": "0123456789abcdef0123456789abcdef01234567", "job": name, "kernel": "v1",
        "lab_name": "lab-example", "name": "plan", "test_cases": cases,
    })
}

/// Writes the files of a build and submits the build.
pub(crate) async fn submitted(faulty: &FaultyProcess, name: &str, log: &str) {
    let folder = format!("{name}/master/v1/arm/defconfig");
    for (file, content) in [("bmeta.json", r#"{"build_result": "PASS"}"#), ("build.log", log)] {
        let path = StoragePath::parse(&format!("{folder}/{file}")).unwrap();
        faulty.direct.files().unwrap().write(&path, Bytes::from(content.to_owned())).await.unwrap();
    }
    let answer = faulty.ask(&faulty.direct, "POST", "/build", "", &build(name)).await;
    assert_eq!(answer.status, 202, "{answer:?}");
}

async fn imported(faulty: &FaultyProcess, name: &str, log: &str) {
    submitted(faulty, name, log).await;
    while worker::run_due(&faulty.direct).await.unwrap().run > 0 {}
}

/// The number of pending tasks.
pub(crate) async fn waiting(faulty: &FaultyProcess) -> usize {
    let selection = Selection { filter: Filter::equals("pending", "yes"), ..Selection::default() };
    faulty.direct.reader().count(&TASK, &selection).await.unwrap()
}

async fn token_of(faulty: &FaultyProcess, name: &str) -> String {
    let tokens = faulty.result("/token", "").await;
    let found = tokens.iter().find(|token| token["username"] == name).unwrap_or_else(|| panic!("no token {name}"));
    found["_id"]["$oid"].as_str().unwrap().to_owned()
}

async fn id_of(faulty: &FaultyProcess, path: &str, name: &str) -> String {
    faulty.result(path, &format!("job={name}")).await[0]["_id"]["$oid"].as_str().unwrap().to_owned()
}

impl Action {
    /// The number of test cases in the group that the action sends. `SubmitLargeGroup` needs more than one transaction.
    fn cases(self) -> usize {
        match self {
            Self::SubmitGroup => 3,
            Self::SubmitLargeGroup => 80,
            _ => 0,
        }
    }

    /// Asserts that either all test cases of the action are visible or none.
    pub(crate) async fn is_whole(self, faulty: &FaultyProcess, name: &str, context: &str) {
        let cases = faulty.result("/test/case", &format!("job={name}")).await.len();
        assert!(cases == 0 || cases == self.cases(), "{context}: {cases} cases");
    }

    pub(crate) fn is_read(self) -> bool {
        matches!(self, Self::ListJobs | Self::OneBuild | Self::BuildLogs | Self::CountBuilds | Self::DistinctJobs)
    }

    /// Creates what the action needs and returns the path of its request.
    pub(crate) async fn prepare(self, faulty: &FaultyProcess, name: &str) -> String {
        match self {
            Self::OneBuild | Self::DeleteBuild => {
                imported(faulty, name, &log(name)).await;
                format!("/build/{}", id_of(faulty, "/build", name).await)
            }
            Self::DeleteJob => {
                imported(faulty, name, &log(name)).await;
                format!("/job/{}", id_of(faulty, "/job", name).await)
            }
            Self::ListJobs | Self::DistinctJobs | Self::CountBuilds | Self::SetStatus | Self::BuildLogs => {
                imported(faulty, name, "a.c: warning: x\n").await;
                match self {
                    Self::DistinctJobs => "/job/distinct/job".to_owned(),
                    Self::CountBuilds => "/count/build".to_owned(),
                    Self::BuildLogs => "/build/logs".to_owned(),
                    _ => "/job".to_owned(),
                }
            }
            Self::SubmitBuild | Self::SubmitLongBuild => "/build".to_owned(),
            Self::MakeToken => "/token".to_owned(),
            Self::ChangeToken | Self::DeleteToken => {
                let made = Self::MakeToken.perform(faulty, &faulty.direct, "/token", name).await;
                assert_eq!(made.status, 201, "{made:?}");
                format!("/token/{}", token_of(faulty, name).await)
            }
            Self::SubmitGroup | Self::SubmitLargeGroup => "/test/group".to_owned(),
            Self::Upload => format!("/upload/{name}/file"),
        }
    }

    /// Sends the request of the action.
    pub(crate) async fn perform(self, faulty: &FaultyProcess, services: &Services, path: &str, name: &str) -> Answered {
        let (method, body) = match self {
            _ if self.is_read() => ("GET", Json::Null),
            Self::SetStatus => ("POST", json!({"job": name, "kernel": "v1", "git_branch": "master", "status": "FAIL"})),
            Self::SubmitBuild => ("POST", build(name)),
            Self::SubmitLongBuild => ("POST", long_build(name)),
            Self::SubmitGroup | Self::SubmitLargeGroup => ("POST", group(name, self.cases())),
            Self::MakeToken => ("POST", json!({"email": "a@example.org", "username": name, "get": 1})),
            Self::ChangeToken => ("PUT", json!({"email": "changed@example.org"})),
            Self::Upload => ("PUT", json!({"some": "content"})),
            _ => ("DELETE", Json::Null),
        };
        let query = match self {
            Self::OneBuild => String::new(),
            Self::DistinctJobs | Self::CountBuilds | Self::BuildLogs | Self::ListJobs => format!("job={name}"),
            _ => String::new(),
        };
        faulty.ask(services, method, path, &query, &body).await
    }

    pub(crate) fn success(self) -> u16 {
        match self {
            Self::SubmitBuild | Self::SubmitLongBuild => 202,
            Self::MakeToken | Self::SubmitGroup | Self::SubmitLargeGroup | Self::Upload => 201,
            _ => 200,
        }
    }

    /// Asserts that the action took effect exactly once.
    pub(crate) async fn is_done(self, faulty: &FaultyProcess, answer: &Answered, name: &str, context: &str) {
        let of_name = format!("job={name}");
        let count = async |path: &str| faulty.result(path, &of_name).await.len();
        match self {
            Self::ListJobs => assert_eq!(answer.envelope["result"][0]["job"], name, "{context}"),
            Self::OneBuild => assert_eq!(answer.envelope["result"][0]["job"], name, "{context}"),
            Self::BuildLogs => {
                assert_eq!(answer.envelope["result"][0]["warnings"], json!(["a.c: warning: x"]), "{context}");
            }
            Self::CountBuilds => assert_eq!(answer.envelope["result"][0]["count"], 1, "{context}"),
            Self::DistinctJobs => assert_eq!(answer.envelope["result"], json!([name]), "{context}"),
            Self::SetStatus => {
                assert_eq!(faulty.result("/job", &of_name).await[0]["status"], "FAIL", "{context}");
                assert!(waiting(faulty).await > 0, "{context}");
                while worker::run_due(&faulty.direct).await.unwrap().run > 0 {}
            }
            // However often the build was accepted, its import creates one build.
            Self::SubmitBuild | Self::SubmitLongBuild => {
                assert!(waiting(faulty).await > 0, "{context}");
                let folder = format!("{name}/master/v1/arm/defconfig/bmeta.json");
                let path = StoragePath::parse(&folder).unwrap();
                let described = Bytes::from_static(br#"{"build_result": "PASS"}"#);
                faulty.direct.files().unwrap().write(&path, described).await.unwrap();
                while worker::run_due(&faulty.direct).await.unwrap().run > 0 {}
                assert_eq!((waiting(faulty).await, count("/build").await, count("/job").await), (0, 1, 1), "{context}");
            }
            Self::MakeToken => {
                let value = answer.envelope["result"][0]["token"].as_str().unwrap();
                let found = faulty.ask(&faulty.direct, "GET", &format!("/token/{value}"), "", &Json::Null).await;
                assert_eq!(found.envelope["result"][0]["username"], name, "{context}");
            }
            Self::ChangeToken => {
                let tokens = faulty.result("/token", "").await;
                let changed = tokens.iter().find(|token| token["username"] == name).unwrap();
                assert_eq!(changed["email"], "changed@example.org", "{context}");
            }
            Self::DeleteToken => {
                let tokens = faulty.result("/token", "").await;
                assert!(tokens.iter().all(|token| token["username"] != name), "{context}");
            }
            Self::DeleteBuild => {
                assert_eq!((count("/build").await, count("/build/logs").await), (0, 0), "{context}");
                assert_eq!(faulty.result("/job/logs", &of_name).await[0]["warnings"], json!([]), "{context}");
            }
            Self::DeleteJob => {
                for path in ["/job", "/build", "/build/logs", "/job/logs"] {
                    assert_eq!(count(path).await, 0, "{context}: {path}");
                }
            }
            Self::SubmitGroup | Self::SubmitLargeGroup => {
                while worker::run_due(&faulty.direct).await.unwrap().run > 0 {}
                assert_eq!((count("/test/group").await, count("/test/case").await), (1, self.cases()), "{context}");
                let counted = faulty.result("/count/test_case", &of_name).await[0]["count"].clone();
                assert_eq!(counted, self.cases(), "{context}");
                // No hidden test case is left in the store.
                let direct = faulty.direct.counted();
                let arguments = Arguments::parse(&format!("job={name}&kernel=v1")).unwrap();
                let of_revision = Selection::read(&TEST_CASE, &arguments, direct.clock.now()).unwrap();
                direct.reader().list(&TEST_CASE, &of_revision).await.unwrap();
                // Of a staged import, the item that says that it has ended is read too.
                let is_staged = self.cases() > direct.store.documents_of_a_transaction();
                let expected = self.cases() as u64 + u64::from(is_staged);
                assert_eq!(direct.store.work().done().items_read, expected, "{context}");
            }
            Self::Upload => {
                let path = StoragePath::parse(&format!("{name}/file")).unwrap();
                assert!(faulty.direct.files().unwrap().size(&path).await.unwrap().is_some(), "{context}");
            }
        }
    }
}
