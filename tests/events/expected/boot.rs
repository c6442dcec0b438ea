//! Boot reports.

use super::{
    DONE, DONE_WITH_WARNING, ERROR, ERRORS, Expected, LIST, RESULT, VALUES, assert_contains, expect, is_forbidden,
    serve_all,
};
use crate::gateway::Answer;

fn is_accepted(answer: &Answer) {
    assert_eq!(answer.reason(), "Request accepted and being imported");
}

fn is_of_another_lab(answer: &Answer) {
    assert_contains(answer.reason(), "is not associated with lab 'lab-");
}

fn is_the_regression(answer: &Answer) {
    let regression = &answer.results()[0];
    let history = regression["regressions"].as_array().unwrap();
    assert_eq!(answer.texts("kernel"), ["v5.6-rc2"]);
    assert!(history.iter().map(|entry| &entry["status"]).eq(["PASS", "FAIL"]));
    assert_eq!(regression["boot_id"]["$oid"], "5eb00b000000000000000002");
}

pub(super) const GET: &[Expected] = &[
    expect("list-with-retries-from-two-to-four", 200, LIST, |answer| {
        assert!(answer.results().iter().map(|boot| &boot["retries"]).eq([2, 3, 4].iter()));
    }),
    expect("one", 200, RESULT, |answer| assert_eq!(answer.texts("status"), ["FAIL"])),
    expect("no-such-report", 404, ERROR, |answer| assert_contains(answer.reason(), "5eb00b0000000000000000ff")),
    expect("path-that-is-no-id", 404, ERROR, |answer| assert_eq!(answer.reason(), "Resource not found")),
    expect("distinct-boards", 200, VALUES, |answer| {
        assert_eq!(answer.results(), ["bcm2837-rpi-3-b", "r8a7743-iwg20d-q7"])
    }),
    expect("regressions", 200, LIST, is_the_regression),
    expect("regression-of-one", 200, RESULT, is_the_regression),
    expect("one-that-is-no-regression", 404, ERROR, |answer| {
        assert_contains(answer.reason(), "5eb00b000000000000000001")
    }),
    expect("post-token", 403, ERROR, is_forbidden),
];

pub(super) const POST: &[Expected] = &[
    expect("id-in-the-path", 202, DONE, is_accepted),
    expect("report-of-a-lab", 202, DONE, is_accepted),
    expect("report-by-an-administrator", 202, DONE_WITH_WARNING, |answer| {
        is_accepted(answer);
        assert_contains(answer.body["errors"][0].as_str().unwrap(), "'lab-baylibre'");
    }),
    expect("report-of-another-lab", 403, ERROR, is_of_another_lab),
    expect("token-of-no-lab", 403, ERROR, is_of_another_lab),
    expect("no-board", 400, ERRORS, |answer| assert_contains(answer.body["errors"][0].as_str().unwrap(), "'board'")),
    expect("result-nobody-knows", 400, ERRORS, |answer| {
        assert_eq!(
            answer.body["errors"][0],
            "Key 'boot_result' holds 'MAYBE', not one of: FAIL, OFFLINE, PASS, UNTRIED"
        );
    }),
    expect("retries-as-text", 202, DONE, |answer| assert_eq!(answer.reason(), "Request accepted and being imported")),
    expect("unknown-keys", 202, DONE_WITH_WARNING, |answer| {
        assert_contains(answer.body["errors"][0].as_str().unwrap(), "nosuch");
    }),
    expect("replaces-a-report-of-another-boot", 409, ERROR, |answer| assert_contains(answer.reason(), "another boot")),
    expect("replaces-no-report", 404, ERROR, |answer| assert_contains(answer.reason(), "5eb00b0000000000000000ff")),
    expect("get-token", 403, ERROR, is_forbidden),
];

pub(super) const DELETE: &[Expected] = &[
    expect("one", 200, DONE, |answer| assert_contains(answer.reason(), "5eb00b000000000000000001")),
    expect("one-of-the-labs-own", 200, DONE, |answer| assert_contains(answer.reason(), "5eb00b000000000000000002")),
    expect("one-of-another-lab", 403, ERROR, is_of_another_lab),
    expect("by-filters-with-commas", 200, DONE, |answer| assert_eq!(answer.reason(), "2 boot reports deleted")),
    expect("by-filters-the-labs-own-alone", 200, DONE, |answer| assert_eq!(answer.reason(), "1 boot reports deleted")),
    expect("no-id-and-no-filter", 400, ERROR, |answer| {
        assert_eq!(answer.reason(), "No ID value specified, and no filter")
    }),
    expect("filter-that-does-not-choose", 400, ERROR, |answer| assert_contains(answer.reason(), "lab_name")),
    expect("no-such-report", 404, ERROR, |answer| assert_contains(answer.reason(), "5eb00b0000000000000000ff")),
    expect("get-token", 403, ERROR, is_forbidden),
];

#[tokio::test]
async fn the_events_of_boot_get_are_answered() {
    serve_all("boot-get").await;
}

#[tokio::test]
async fn the_events_of_boot_post_are_answered() {
    serve_all("boot-post").await;
}

#[tokio::test]
async fn the_events_of_boot_delete_are_answered() {
    serve_all("boot-delete").await;
}
