//! The scheduled functions, run in the process of the local server.

use kernelci_tests::{Server, load_seed, machine};

const NOW: &str = "2020-04-12T10:30:00Z";

#[tokio::test(flavor = "multi_thread")]
async fn the_server_deletes_documents_past_the_retention_of_its_options() {
    let machine = machine(&["--now", NOW, "--keep", "job=20", "--keep", "boot=0"]).await;
    load_seed(&machine.services).await;
    let server = Server::of(machine).await;
    let client = server.client("tok-superuser");
    // Of the sixty jobs, two have no date and seventeen are younger.
    client.get_until("/count/job", |answer| answer.result()[0]["count"] == 19).await;
    let oldest = client.get("/job?limit=3&gte=created_on,0&field=created_on").await.result();
    let limit = 1_586_687_400_000_u64 - 20 * 86_400_000;
    assert!(oldest[0]["created_on"]["$date"].as_u64().unwrap() >= limit, "{oldest:?}");
    assert_eq!(client.get("/count/boot").await.result()[0]["count"], 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_writes_the_statistics_of_each_day_since_its_first_start() {
    let folder = tempfile::tempdir().unwrap();
    let started = async |now: &str, is_first: bool| {
        let machine = machine(&["--now", now, "--data", folder.path().to_str().unwrap()]).await;
        if is_first {
            load_seed(&machine.services).await;
        }
        Server::of(machine).await
    };
    let days = async |server: &Server, number: usize| {
        let client = server.client("tok-superuser");
        client
            .get_until("/statistics?field=start_date&field=total_jobs", |answer| answer.result().len() == number)
            .await
    };
    // The seed contains the statistics of twenty days.
    let first = started(NOW, true).await;
    let sums = kernelci::store::derived_id(
        &kernelci::collections::STATISTICS_SUM,
        &[("name".to_owned(), kernelci::value::Value::from("all"))].into(),
    );
    while first.services.reader().get(&kernelci::collections::STATISTICS_SUM, sums.unwrap()).await.unwrap().is_none() {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    days(&first, 20).await;
    first.stop().await;
    let later = started("2020-04-14T00:20:00Z", false).await;
    let written = days(&later, 22).await.result();
    let newest: Vec<_> =
        written[20..].iter().map(|day| (day["start_date"]["$date"].clone(), day["total_jobs"].clone())).collect();
    assert_eq!(newest, [(1_586_649_600_000_u64.into(), 58.into()), (1_586_736_000_000_u64.into(), 58.into())]);
    later.stop().await;
}
