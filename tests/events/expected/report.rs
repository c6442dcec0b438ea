//! Reports.

use super::{ERROR, Expected, GROUPS, LIST, RESULT, expect, is_forbidden, serve_all};

pub(super) const GET: &[Expected] = &[
    expect("list-by-type", 200, LIST, |answer| {
        assert_eq!(answer.results().len(), 20);
        assert!(answer.results().iter().all(|report| report["type"] != "build"));
    }),
    expect("of-a-revision", 200, LIST, |answer| assert_eq!(answer.texts("status"), ["ERROR"])),
    expect("groups-by-type", 200, GROUPS, |answer| assert_eq!(answer.results().len(), 3)),
    expect("one", 200, RESULT, |answer| assert_eq!(answer.texts("name"), ["mainline-master-v5.6-rc1"])),
    expect("no-such-report", 404, ERROR, |answer| {
        assert_eq!(answer.reason(), "Resource '000000000000000000000000' not found")
    }),
    expect("no-id", 400, ERROR, |answer| assert_eq!(answer.reason(), "Wrong ID value provided")),
    expect("master-key", 403, ERROR, is_forbidden),
];

#[tokio::test]
async fn the_events_of_report_get_are_answered() {
    serve_all("report-get").await;
}
