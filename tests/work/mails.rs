//! The work of reports: accepting a request, and gathering the contents.

use kernelci::{
    domain::{
        import,
        report::{Content, facts::Links},
        send::{self, ReportKind, Order},
    },
    services::Services,
    storage::StoragePath,
    store::WorkDone,
};
use crate::machine::machine;
use serde_json::{Value as Json, json};

fn request(kernel: &str) -> Json {
    json!({"job": "tree", "kernel": kernel, "git_branch": "master", "report_type": "build", "send_to": "dev@example.org"})
}

async fn import(services: &Services, kernel: &str, nth: usize) {
    let files = services.files().unwrap();
    for (name, content) in [("bmeta.json", "{}"), ("build.log", "a.c: warning: shared\n")] {
        let path = StoragePath::parse(&format!("tree/master/{kernel}/arm/config-{nth}/{name}")).unwrap();
        files.write(&path, content.into()).await.unwrap();
    }
    let body = json!({"job": "tree", "kernel": kernel, "git_branch": "master", "arch": "arm", "defconfig": format!("config-{nth}")});
    import::uploaded(services.writer(), files, &body.to_string(), services.clock.now()).await.unwrap();
}

async fn gather(services: &Services, kernel: &str) -> WorkDone {
    let services = services.counted();
    let (order, _) = Order::read(ReportKind::Build, request(kernel).as_object().unwrap()).unwrap();
    let content = Content::gather(services.reader(), &order, &Links::default()).await.unwrap();
    assert!(content.is_some());
    services.store.work().done()
}

#[tokio::test]
async fn a_report_request_costs_one_write_accepted_or_refused() {
    let machine = machine(&["--now", "2020-04-12T10:30:00Z"]).await;
    for is_taken in [true, false] {
        let services = machine.services.counted();
        let wanted = send::Request::read(request("v1").as_object().unwrap().clone()).unwrap();
        let accepted = send::accept(services.tasks(), &wanted, services.clock.now()).await;
        let work = services.store.work().done();
        assert_eq!((accepted.is_ok(), work.requests, work.items_read), (is_taken, 1, 0), "{work:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_reads_only_its_revision() {
    let machine = machine(&["--now", "2020-04-12T10:30:00Z"]).await;
    for nth in 0..3 {
        import(&machine.services, "v1", nth).await;
    }
    let alone = gather(&machine.services, "v1").await;
    // One query each of builds, logs and the summary; the items of the summary, and the log lines of the three builds.
    assert_eq!((alone.requests, alone.items_read), (3 + 1 + 3, 3 + 3 + 1 + 1 + 3), "{alone:?}");
    for nth in 0..20 {
        import(&machine.services, "v2", nth).await;
    }
    assert_eq!(gather(&machine.services, "v1").await, alone);
}
