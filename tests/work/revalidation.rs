//! The work of answering that a list is unchanged.

use http::{Request, StatusCode, header};
use kernelci::{collections::JOB, store::WorkDone, value::Value};
use kernelci_local::{events::event, functions::function};
use kernelci_tests::{ADMIN, load_seed};

use crate::machine::{Running, machine};

const LIST: &str = "/job?sort=created_on&limit=5";

async fn ask(machine: &Running, tag: Option<&str>) -> (StatusCode, String, WorkDone) {
    let request = Request::get(LIST).header("host", "x").header("authorization", ADMIN);
    let request = tag.into_iter().fold(request, |request, tag| request.header(header::IF_NONE_MATCH, tag));
    let (head, ()) = request.body(()).unwrap().into_parts();
    let event = event(head, bytes::Bytes::new(), [127, 0, 0, 1].into());
    let answer = kernelci::http::serve(function("job-get").unwrap(), &machine.services, event).await;
    let tag = answer.headers().get(header::ETAG).map(|tag| tag.to_str().unwrap().to_owned()).unwrap_or_default();
    (answer.status(), tag, *answer.extensions().get::<WorkDone>().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_list_is_not_read_again_on_one_machine() {
    let knows_of_writes = env!("CARGO_CRATE_NAME").ends_with("sqlite");
    let machine = machine(&["--now", "2020-04-12T10:30:00Z"]).await;
    load_seed(&machine.services).await;
    let (status, tag, first) = ask(&machine, None).await;
    // The token, the calendar of months, and a page of the newest jobs.
    assert!(status == StatusCode::OK && first.requests > 1 && first.items_read > 5, "{first:?}");
    let of_token = WorkDone { requests: 1, items_read: 1, read_units: 1.0, write_units: 0.0 };
    for tag in [tag.as_str(), "*"] {
        let (status, _, again) = ask(&machine, Some(tag)).await;
        assert_eq!((status, again), (StatusCode::NOT_MODIFIED, if knows_of_writes { of_token } else { first }), "{tag}");
    }
    // The tag of another answer.
    let (status, _, other) = ask(&machine, Some("\"0\"")).await;
    assert_eq!((status, other), (StatusCode::OK, first));

    let store = &machine.services.store;
    let selection = kernelci::query::Selection { limit: 1, ..Default::default() };
    let mut job = store.list(&JOB, &selection).await.unwrap().remove(0);
    job.insert("status", Value::from("OFFLINE"));
    store.load(&JOB, job).await.unwrap();
    let (status, _, after) = ask(&machine, Some(&tag)).await;
    // The oldest job is not among the newest, so the list must be read to find that it is unchanged.
    assert_eq!((status, after), (StatusCode::NOT_MODIFIED, first));
}
