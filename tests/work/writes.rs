//! The work of writes: the status of a job, and the import of a build.

use kernelci::{
    domain::{
        import,
        job::{self, StatusUpdate},
    },
    services::Services,
    storage::StoragePath,
    store::WorkDone,
};
use crate::machine::machine;
use serde_json::json;

async fn import(services: &Services, nth: usize) -> WorkDone {
    let services = services.counted();
    let files = services.files().unwrap();
    for (name, content) in [("bmeta.json", "{}"), ("build.log", "a.c: warning: shared\n")] {
        let path = StoragePath::parse(&format!("tree/master/v1/arm/config-{nth}/{name}")).unwrap();
        files.write(&path, content.into()).await.unwrap();
    }
    let body = json!({"job": "tree", "kernel": "v1", "git_branch": "master", "arch": "arm", "defconfig": format!("config-{nth}")});
    import::uploaded(services.writer(), files, &body.to_string(), services.clock.now()).await.unwrap();
    services.store.work().done()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_costs_the_same_at_any_number_of_builds() {
    let machine = machine(&["--now", "2020-04-12T10:30:00Z"]).await;
    import(&machine.services, 0).await;
    let second = import(&machine.services, 1).await;
    for nth in 2..30 {
        let later = import(&machine.services, nth).await;
        assert_eq!((later.requests, later.items_read), (second.requests, second.items_read), "build {nth}");
    }
    assert!(second.requests <= 8, "{second:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn setting_a_status_costs_one_read_and_one_write() {
    let machine = machine(&["--now", "2020-04-12T10:30:00Z"]).await;
    import(&machine.services, 0).await;
    let services = machine.services.counted();
    let body = json!({"job": "tree", "kernel": "v1", "git_branch": "master", "status": "PASS"});
    let update = StatusUpdate::read(body.as_object().unwrap().clone()).unwrap();
    let now = services.clock.now();
    job::update_status(services.writer(), services.tasks(), services.identifiers, &update, now).await.unwrap();
    let work = services.store.work().done();
    // The previous counts of the job must be read.
    assert_eq!((work.requests, work.items_read), (2, 1), "{work:?}");
}
