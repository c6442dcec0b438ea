//! Lists that are filtered by the branch.

use kernelci::collections::{BUILD_LOGS, Collection, REPORT};
use kernelci_tests::{ADMIN, Server, load_seed};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn reports_and_build_logs_are_filtered_by_branch() {
    let server = Server::start(&[]).await;
    load_seed(&server.services).await;
    let collections: [(&'static Collection, &str); 2] = [(&REPORT, "/report"), (&BUILD_LOGS, "/build/logs")];
    for (collection, path) in collections {
        for (nth, branch) in (1..).zip(["master", "master", "for-next"]) {
            let id = format!("5e5a0d1c{nth:016x}");
            let document = json!({
                "_id": {"$oid": id}, "job": "branches", "kernel": "v1", "git_branch": branch, "name": id, "type": "build",
                "build_id": {"$oid": id}, "created_on": {"$date": 1_586_000_000_000_i64 + nth}, "errors": [],
            });
            server.services.store.load(collection, kernelci_tests::document(document)).await.unwrap();
        }
        for (filter, count) in
            [("git_branch=master", 2), ("git_branch=for-next", 1), ("git_branch=nosuch", 0), ("kernel=v1", 3)]
        {
            let answer = server.client(ADMIN).get(&format!("{path}?job=branches&{filter}")).await;
            assert_eq!((answer.status.as_u16(), answer.result().len()), (200, count), "{path}?{filter}");
        }
    }
}
