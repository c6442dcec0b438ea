//! Test groups, test cases and test regressions.

use super::{ERROR, Expected, LIST, RESULT, VALUES, assert_contains, expect, is_forbidden, serve_all};

pub(super) const GROUPS_OF_CASES: &[Expected] = &[
    expect("list-of-a-revision", 200, LIST, |answer| assert_eq!(answer.texts("name"), ["baseline", "sleep"])),
    expect("list-under-the-short-name", 200, LIST, |answer| assert_eq!(answer.ids(), ["5e92a158dca660b0c44afbf3"])),
    expect("one", 200, RESULT, |answer| {
        assert!(answer.results()[0]["test_cases"].as_array().is_some_and(|cases| cases.len() == 5));
    }),
    expect("name-that-is-no-id", 400, ERROR, |answer| assert_eq!(answer.reason(), "Wrong ID value provided")),
    expect("distinct-labs", 200, VALUES, |answer| assert_eq!(answer.results(), ["lab-baylibre", "lab-cip"])),
    expect("number-of-distinct-plans", 200, RESULT, |answer| {
        assert_eq!(answer.results()[0]["count"], 3);
        assert_eq!(answer.results()[0]["field"], "name");
    }),
];

pub(super) const CASES: &[Expected] = &[
    expect("list-of-a-group", 200, LIST, |answer| assert_eq!(answer.texts("name"), ["login"])),
    expect("one-with-slash", 200, RESULT, |answer| {
        let case = &answer.results()[0];
        assert_eq!(case["measurements"][0]["value"], 0.0);
        assert_eq!(case["time"]["$date"], 0);
    }),
    expect("distinct-device-types", 200, VALUES, |answer| {
        assert_eq!(answer.results(), ["bcm2837-rpi-3-b", "meson-g12a-sei510"])
    }),
    expect("number-of-distinct-groups", 200, RESULT, |answer| assert_eq!(answer.results()[0]["count"], 2)),
    expect("test-lab-token", 403, ERROR, is_forbidden),
];

pub(super) const REGRESSIONS: &[Expected] = &[
    expect("list-of-a-tree", 200, LIST, |answer| {
        let paths = [
            "sleep.sleep-test-3",
            "igt-gpu-tools.igt-gpu-tools-test-2",
            "igt-gpu-tools.igt-gpu-tools-test-1",
            "cros-ec.cros-ec-test-2",
        ];
        assert_eq!(answer.texts("test_case_path"), paths);
    }),
    expect("one", 200, RESULT, |answer| {
        let history = answer.results()[0]["regressions"].as_array().unwrap();
        assert_eq!(history.len(), 2);
        assert_eq!(history[1]["status"], "FAIL");
    }),
    expect("no-such-regression", 404, ERROR, |answer| assert_contains(answer.reason(), "5e53a9fe5036c7f4d50e2230")),
];

#[tokio::test]
async fn the_events_of_test_group_get_are_answered() {
    serve_all("test-group-get").await;
}

#[tokio::test]
async fn the_events_of_test_case_get_are_answered() {
    serve_all("test-case-get").await;
}

#[tokio::test]
async fn the_events_of_test_regression_get_are_answered() {
    serve_all("test-regression-get").await;
}
