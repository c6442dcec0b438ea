//! Lists of jobs.

use super::{ERROR, Expected, GROUPS, LIST, NO_BODY, assert_contains, expect, is_forbidden};
use crate::gateway::Answer;

fn is_first_of_mainline(answer: &Answer) {
    assert_eq!(answer.ids(), ["5e79f370f870c5da21eece6d"]);
}

fn are_all_of_mainline(answer: &Answer) {
    assert_eq!(answer.texts("kernel"), ["v5.6-rc1", "v5.6-rc2", "v5.6-rc3-147-g63623fd44972", "v5.6-rc4", "v5.6"]);
}

fn are_second_and_third_of_mainline(answer: &Answer) {
    let page = [&answer.body["count"], &answer.body["limit"], &answer.body["skip"]];
    assert_eq!(answer.texts("kernel"), ["v5.6-rc2", "v5.6-rc3-147-g63623fd44972"]);
    assert_eq!(page, [2, 2, 1]);
}

fn are_between_two_dates(answer: &Answer) {
    let expected = ["v5.6-rc2-21-gf6fe4167d163", "v5.6-rc2-21-g9f12776ee2ab", "v5.6-rc2"];
    assert_eq!(answer.texts("kernel"), expected);
    assert_eq!(answer.texts("job"), ["media", "media", "mainline"]);
    assert!(answer.results().iter().all(|job| Answer::members(job) == ["_id", "job", "kernel"]));
}

pub(super) const LIST_OF_JOBS: &[Expected] = &[
    expect("list-sorted-with-limit", 200, LIST, are_second_and_third_of_mainline),
    expect("rest-api-1.0", 200, LIST, are_second_and_third_of_mainline),
    expect("list-newest-first-with-slash", 200, LIST, |answer| {
        let newest = ["v5.6-rc2-24-g0b25e5f0ab27", "v5.6-rc2-24-gbbcdef3bae40", "v5.6-rc2-24-gcdf8ffa3bb11"];
        assert_eq!(answer.texts("kernel"), newest);
    }),
    expect("repeated-arguments-and-commas", 200, LIST, are_between_two_dates),
    expect("rest-api-1.0-with-commas", 200, LIST, are_between_two_dates),
    expect("encoded-slash-and-plus-in-a-value", 200, LIST, |answer| {
        assert_eq!(answer.ids(), ["5e6b023c750f5428c3966deb"])
    }),
    expect("separators-and-empty-values", 200, LIST, |answer| {
        assert_eq!(answer.texts("kernel"), ["v5.6-rc1-23-gb9bddfcbb193"]);
        assert_eq!(answer.texts("status"), ["FAIL"]);
    }),
    expect("bad-escape", 200, LIST, |answer| {
        assert!(answer.results().is_empty());
        assert_eq!(answer.body["limit"], 5);
    }),
    expect("null-or-value", 200, LIST, |answer| {
        assert_eq!(
            answer.texts("kernel"),
            ["v5.6-rc3-22-gf3a3c6f0a011", "v5.6-rc2-21-gf6fe4167d163", "v5.6-rc2-21-g9f12776ee2ab"]
        );
    }),
    expect("newest-job-of-each-tree", 200, GROUPS, |answer| {
        let trees: Vec<_> = answer.results().iter().map(|group| group["_id"]["job"].as_str()).collect();
        assert_eq!(trees, [Some("media"), Some("arm-soc")]);
        assert_eq!(answer.texts("kernel"), ["v5.6-rc2-24-g0b25e5f0ab27", "v5.6-rc2-24-gcdf8ffa3bb11"]);
    }),
    expect("gzip", 200, LIST, |answer| {
        assert!(answer.is_base64);
        assert_eq!(answer.header("content-encoding"), "gzip");
        are_all_of_mainline(answer);
    }),
    expect("gzip-refused", 200, LIST, |answer| {
        assert!(!answer.is_base64);
        assert!(answer.header("content-encoding").is_empty());
        are_all_of_mainline(answer);
    }),
    expect("if-none-match-any", 304, NO_BODY, |answer| assert!(!answer.header("etag").is_empty())),
    expect("from-another-origin", 200, LIST, |answer| {
        assert_eq!(answer.header("access-control-allow-origin"), "https://kernelci.example.org");
        assert_eq!(answer.header("vary"), "Accept-Encoding, Origin");
    }),
    expect("limit-that-is-no-number", 400, ERROR, |answer| {
        assert_contains(answer.reason(), "limit");
        assert_contains(answer.reason(), "abc");
    }),
    expect("gte-of-an-unknown-field", 400, ERROR, |answer| {
        assert_contains(answer.reason(), "gte");
        assert_contains(answer.reason(), "nosuch");
    }),
    expect("version-2", 406, ERROR, |answer| assert_contains(answer.reason(), "application/v1")),
    expect("version-1", 200, LIST, is_first_of_mainline),
    expect("no-token", 403, ERROR, is_forbidden),
    expect("expired-token", 403, ERROR, is_forbidden),
    expect("token-with-spaces-around", 200, LIST, is_first_of_mainline),
    expect("restricted-token-in-its-place", 200, LIST, is_first_of_mainline),
    expect("restricted-token-from-ipv6", 200, LIST, is_first_of_mainline),
    expect("restricted-token-with-a-forged-header", 403, ERROR, is_forbidden),
    expect("body-that-nobody-reads", 200, LIST, is_first_of_mainline),
];
