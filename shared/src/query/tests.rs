//! The sentences of the API's contract about query arguments, one by one, on plain documents.

use super::*;
use crate::{
    collections::{BUILD, COLLECTIONS, Collection, JOB, TEST_GROUP, TOKEN},
    time::Timestamp,
    value::{Document, Value, from_json},
};
use serde_json::json;

const NOW: &str = "2020-04-12T10:30:00Z";
const ID: &str = "5e79f370f870c5da21eece6d";

const NONE: [usize; 0] = [];

fn read(collection: &Collection, query: &str) -> Result<Selection, BadArgument> {
    Selection::read(collection, &Arguments::parse(query)?, Timestamp::parse_rfc3339(NOW).unwrap())
}

fn refusal(query: &str) -> String {
    read(&BUILD, query).expect_err(query).to_string()
}

fn document(json: serde_json::Value) -> Document {
    match from_json(json).unwrap() {
        Value::Map(document) => document,
        other => panic!("{other:?}"),
    }
}

fn documents(members: impl IntoIterator<Item = serde_json::Value>) -> Vec<Document> {
    let numbered = members.into_iter().enumerate().map(|(number, members)| (number, document(members)));
    let id = |number: usize| ("_id".to_owned(), Value::Id(format!("{number:024x}").parse().unwrap()));
    numbered
        .map(|(number, document)| {
            let mut document: Document = document.into_iter().collect();
            document.extend([id(number)]);
            document
        })
        .collect()
}

/// The numbers of the documents that `query` selects of `collection`, in order.
fn selected_of(collection: &Collection, query: &str, of: &[Document]) -> Vec<usize> {
    let selected = select(&read(collection, query).unwrap(), of.iter().cloned());
    selected.iter().map(|document| of.iter().position(|other| other == document).unwrap()).collect()
}

fn selected(query: &str, of: &[Document]) -> Vec<usize> {
    selected_of(&BUILD, query, of)
}

fn shown_of(query: &str, of: serde_json::Value) -> serde_json::Value {
    serde_json::to_value(project(&read(&BUILD, query).unwrap(), document(of))).unwrap()
}

fn day(text: &str) -> serde_json::Value {
    json!({"$date": Timestamp::parse_rfc3339(text).unwrap().milliseconds()})
}

#[test]
fn texts_compare_by_equality_and_case_sensitively() {
    let of =
        documents([json!({"job": "next"}), json!({"job": "Next"}), json!({"job": "next2"}), json!({"job": ["next"]})]);
    assert_eq!(selected("job=next", &of), [0]);
    assert_eq!(selected("job=%20next+", &of), [0]);
    assert_eq!(selected("job=nex.", &of), NONE);
}

#[test]
fn every_type_of_field_is_compared_as_its_own() {
    let of = documents([
        json!({"warnings": 1, "private": true, "job_id": {"$oid": ID}}),
        json!({"warnings": "1", "private": "true", "job_id": ID}),
        json!({"warnings": 1.5, "private": 1}),
    ]);
    assert_eq!(selected("warnings=1", &of), [0]);
    assert_eq!(selected("warnings=%2B1", &of), [0]);
    assert_eq!(selected(&format!("job_id={}", ID.to_uppercase()), &of), [0]);
    assert_eq!(selected_of(&JOB, "private=true", &of), [0]);
    assert_eq!(selected_of(&JOB, "private=false", &of), NONE);
}

#[test]
fn dates_are_read_in_three_forms() {
    let of =
        documents([json!({"time": day("2020-02-14T00:00:00Z")}), json!({"time": day("2020-02-14T00:00:00.001Z")})]);
    for value in ["2020-02-14", "20200214", "1581638400000"] {
        assert_eq!(selected_of(&TEST_GROUP, &format!("time={value}"), &of), [0], "{value}");
        assert_eq!(selected_of(&TEST_GROUP, &format!("gte=time,{value}"), &of), [0, 1], "{value}");
    }
}

#[test]
fn a_repeated_filter_is_any_of_its_values() {
    let of = documents([json!({"job": "a"}), json!({"job": "b"}), json!({"job": "c"})]);
    assert_eq!(selected("job=a&job=c&job=a", &of), [0, 2]);
    assert_eq!(selected("job=a&&job=b;job=c", &of), [0, 1, 2]);
    assert_eq!(selected("job=a&status=PASS", &of), NONE);
}

#[test]
fn null_is_null_or_absent_alone_or_among_others() {
    let of = documents([json!({"job": null}), json!({}), json!({"job": "a"}), json!({"job": "null"})]);
    assert_eq!(selected("job=null", &of), [0, 1]);
    assert_eq!(selected("job=null&job=a", &of), [0, 1, 2]);
    assert_eq!(selected("warnings=null", &of), [0, 1, 2, 3]);
    assert_eq!(selected("created_on=null", &of), [0, 1, 2, 3]);
    assert_eq!(selected("_id=null", &of), NONE);
}

#[test]
fn an_empty_value_is_no_filter() {
    let of = documents([json!({"job": "a"}), json!({"job": ""}), json!({})]);
    for query in ["job=", "job", "job=%20", "warnings=", "created_on=", "_id="] {
        assert_eq!(selected(query, &of), [0, 1, 2], "{query}");
    }
    assert_eq!(selected("job=&job=a", &of), [0]);
}

#[test]
fn a_list_matches_by_any_of_its_texts() {
    let of = documents([
        json!({"kconfig_fragments": ["a", "b"]}),
        json!({"kconfig_fragments": "b"}),
        json!({"kconfig_fragments": []}),
        json!({"kconfig_fragments": null}),
        json!({"kconfig_fragments": [["b"]]}),
    ]);
    assert_eq!(selected("kconfig_fragments=b", &of), [0, 1]);
    assert_eq!(selected("kconfig_fragments=a&kconfig_fragments=null", &of), [0, 3]);
}

#[test]
fn ranges_take_their_first_bound_in_and_leave_their_second_out() {
    let of =
        documents([json!({"warnings": 1}), json!({"warnings": 2}), json!({"warnings": 2.5}), json!({"warnings": 3})]);
    assert_eq!(selected("gte=warnings,2", &of), [1, 2, 3]);
    assert_eq!(selected("lt=warnings,3", &of), [0, 1, 2]);
    assert_eq!(selected("gte=warnings,2&lt=warnings,3", &of), [1, 2]);
    assert_eq!(selected("gte=warnings,%202", &of), [1, 2, 3]);
}

#[test]
fn of_one_field_and_operator_the_last_range_counts() {
    let of = documents([json!({"warnings": 1, "errors": 1}), json!({"warnings": 2, "errors": 0})]);
    assert_eq!(selected("gte=warnings,2&gte=warnings,1", &of), [0, 1]);
    assert_eq!(selected("gte=warnings,1&gte=errors,1", &of), [0]);
    assert_eq!(selected("lt=warnings,1&lt=warnings,9&gte=warnings,2", &of), [1]);
}

#[test]
fn a_range_and_an_equality_on_one_field_both_apply() {
    let of = documents([json!({"warnings": 1}), json!({"warnings": 2}), json!({})]);
    assert_eq!(selected("warnings=1&warnings=2&gte=warnings,2", &of), [1]);
    assert_eq!(selected("warnings=null&warnings=1&lt=warnings,5", &of), [0]);
}

#[test]
fn ranges_match_neither_null_nor_other_types() {
    let of = documents([json!({"warnings": null}), json!({}), json!({"warnings": "5"}), json!({"warnings": [5]})]);
    assert_eq!(selected("gte=warnings,-9", &of), NONE);
    assert_eq!(selected("lt=warnings,9", &of), NONE);
    let of = documents([json!({"created_on": null}), json!({}), json!({"created_on": 5})]);
    assert_eq!(selected("gte=created_on,0", &of), NONE);
    assert_eq!(selected("lt=created_on,2020-01-01", &of), NONE);
}

#[test]
fn a_range_is_split_at_its_first_comma() {
    let of = documents([json!({"build_log": "a,b"}), json!({"build_log": "a,a"})]);
    assert_eq!(selected("gte=build_log,a,b", &of), [0]);
}

#[test]
fn texts_and_ids_have_an_order_lists_and_truth_have_none() {
    let of = documents([json!({"job": "B"}), json!({"job": "a"}), json!({"job": "é"})]);
    assert_eq!(selected("gte=job,a", &of), [1, 2]);
    assert_eq!(selected("lt=_id,000000000000000000000001", &of), [0]);
    assert!(refusal("gte=kconfig_fragments,a").contains("kconfig_fragments"));
    assert!(read(&JOB, "lt=private,true").is_err());
}

#[test]
fn created_on_is_one_whole_day_and_the_last_one_counts() {
    let of = documents([
        json!({"created_on": day("2020-02-13T23:59:59.999Z")}),
        json!({"created_on": day("2020-02-14T00:00:00Z")}),
        json!({"created_on": day("2020-02-14T23:59:59.999Z")}),
        json!({"created_on": day("2020-02-15T00:00:00Z")}),
        json!({"created_on": null}),
    ]);
    assert_eq!(selected("created_on=2020-02-14", &of), [1, 2]);
    assert_eq!(selected("created_on=2020-02-15&created_on=20200214", &of), [1, 2]);
    assert_eq!(selected("created_on=2020-02-14&gte=created_on,1581638400001", &of), [2]);
    assert_eq!(selected("created_on=2020-02-14&created_on=null", &of), [4]);
    assert_eq!(selected("created_on=2020-02-14&date_range=1", &of), [0, 1, 2]);
}

#[test]
fn periods_reach_back_from_now() {
    let of = documents([
        json!({"created_on": day("2020-04-09T23:59:59.999Z")}),
        json!({"created_on": day("2020-04-10T00:00:00Z")}),
        json!({"created_on": day("2020-04-12T09:29:59.999Z")}),
        json!({"created_on": day("2020-04-12T09:30:00Z")}),
        json!({"created_on": day(NOW)}),
        json!({"created_on": day("2020-04-12T23:59:59.999Z")}),
        json!({"created_on": day("2020-04-13T00:00:00Z")}),
    ]);
    for query in ["date_range=2", "date_range=-2", "date_range=9&date_range=2"] {
        assert_eq!(selected(query, &of), [1, 2, 3, 4, 5], "{query}");
    }
    for query in ["time_range=60", "time_range=-60", "time_range=60&date_range=2&created_on=2020-04-10"] {
        assert_eq!(selected(query, &of), [3, 4], "{query}");
    }
    assert_eq!(selected("time_range=1", &of), [4]);
    assert_eq!(selected("time_range=99999", &of), [2, 3, 4]);
}

#[test]
fn without_sort_the_oldest_comes_first_and_null_before_it() {
    let late = day("2020-02-15T00:00:00Z");
    let of = documents([
        json!({"created_on": late}),
        json!({"created_on": late}),
        json!({"created_on": day(NOW)}),
        json!({}),
    ]);
    assert_eq!(selected("", &of), [3, 0, 1, 2]);
    assert_eq!(selected("sort_order=-1", &of), [3, 0, 1, 2]);
    assert_eq!(selected("sort=created_on", &of), [2, 1, 0, 3]);
    assert_eq!(selected("sort=created_on&sort_order=1", &of), [3, 0, 1, 2]);
}

#[test]
fn sort_order_is_for_the_first_sort_field_and_the_others_descend() {
    let of = documents([
        json!({"job": "b", "kernel": "1"}),
        json!({"job": "a", "kernel": "1"}),
        json!({"job": "a", "kernel": "2"}),
        json!({"job": null, "kernel": "3"}),
        json!({"kernel": "3"}),
    ]);
    assert_eq!(selected("sort=job&sort=kernel", &of), [0, 2, 1, 4, 3]);
    assert_eq!(selected("sort=job&sort=kernel&sort_order=1", &of), [3, 4, 2, 1, 0]);
    assert_eq!(selected("sort=job&sort_order=-1&sort_order=1", &of), [3, 4, 1, 2, 0]);
}

#[test]
fn skip_and_limit_cut_and_zero_is_no_limit() {
    let of = documents((0..5).map(|_| json!({})));
    assert_eq!(selected("limit=2", &of), [0, 1]);
    assert_eq!(selected("skip=3", &of), [3, 4]);
    assert_eq!(selected("skip=1&limit=2", &of), [1, 2]);
    assert_eq!(selected("limit=0", &of), [0, 1, 2, 3, 4]);
    assert_eq!(selected("limit=1&limit=3", &of), [0, 1, 2]);
    assert_eq!(selected("skip=99999999999999999999&limit=99999999999999999999", &of), NONE);
}

#[test]
fn field_and_nfield_leave_what_was_asked_for() {
    let build = || json!({"_id": {"$oid": ID}, "job": "next", "kernel": null, "x": {"y": 1, "z": 2}});
    let id = json!({"$oid": ID});
    assert_eq!(shown_of("", build()), build());
    assert_eq!(shown_of("field=&nfield=", build()), build());
    assert_eq!(
        shown_of("field=job&field=kernel&field=nosuch", build()),
        json!({"_id": id, "job": "next", "kernel": null})
    );
    assert_eq!(shown_of("nfield=job&nfield=x", build()), json!({"_id": id, "kernel": null}));
    assert_eq!(shown_of("field=job&field=kernel&nfield=kernel", build()), json!({"_id": id, "job": "next"}));
    assert_eq!(shown_of("nfield=_id&field=job", build()), json!({"job": "next"}));
    assert_eq!(shown_of("field=x.y", build()), json!({"_id": id, "x": {"y": 1}}));
    assert_eq!(shown_of("nfield=x.y&nfield=job&nfield=kernel", build()), json!({"_id": id, "x": {"z": 2}}));
}

#[test]
fn an_aggregate_is_the_first_of_each_group_in_sort_order_then_limited() {
    let of = documents([
        json!({"job": "a", "kernel": "1"}),
        json!({"job": "b", "kernel": "2"}),
        json!({"job": "a", "kernel": "3"}),
        json!({"kernel": "4"}),
        json!({"job": null, "kernel": "5"}),
    ]);
    let groups = |query: &str| -> Vec<(serde_json::Value, Value)> {
        let selection = read(&BUILD, query).unwrap();
        let sorted = select(&Selection { limit: 0, skip: 0, ..selection.clone() }, of.iter().cloned());
        let groups = group(&selection, sorted).into_iter();
        groups.map(|group| (serde_json::to_value(&group.key).unwrap(), group.first["kernel"].clone())).collect()
    };
    let (a, b) = (json!({"job": "a"}), json!({"job": "b"}));
    assert_eq!(
        groups("aggregate=job&sort=kernel&limit=3"),
        [(json!({"job": null}), "5".into()), (json!({}), "4".into()), (a.clone(), "3".into())]
    );
    assert_eq!(groups("aggregate=job&job=a&job=b"), [(a, "1".into()), (b, "2".into())]);
    assert_eq!(groups("aggregate=job&aggregate=kernel&kernel=2"), [(json!({"job": "b", "kernel": "2"}), "2".into())]);
}

#[test]
fn distinct_values_stand_once_ascending_with_null_where_it_is_stored() {
    let of =
        documents([json!({"job": "b"}), json!({"job": null}), json!({"job": "a"}), json!({}), json!({"job": "b"})]);
    let values = |query: &str, of: &[Document]| {
        let selection = read(&BUILD, query).unwrap();
        let of = of.iter().filter(|document| matches(&selection.filter, document));
        serde_json::to_value(distinct(&selection, "job", of)).unwrap()
    };
    assert_eq!(values("", &of), json!([null, "a", "b"]));
    assert_eq!(values("sort=job", &of), json!(["b", "a", null]));
    assert_eq!(values("sort=job&sort_order=1", &of), json!([null, "a", "b"]));
    assert_eq!(values("skip=1&limit=1", &of), json!(["a"]));
    assert_eq!(values("sort=job&limit=1", &of), json!(["b"]));
    assert_eq!(values("job=null", &of), json!([null]));
    assert_eq!(values("", &of[2..4]), json!(["a"]));
}

#[test]
fn what_cannot_be_read_is_refused_with_argument_value_and_what_would_be_right() {
    for (query, told) in [
        ("limit=abc", ["limit", "abc", "whole number"]),
        ("limit=-1", ["limit", "-1", "from 0"]),
        ("limit=1.5", ["limit", "1.5", "whole number"]),
        ("skip=-1", ["skip", "-1", "from 0"]),
        ("sort_order=2", ["sort_order", "2", "1 or -1"]),
        ("sort_order=abc", ["sort_order", "abc", "1 or -1"]),
        ("created_on=abc", ["created_on", "abc", "date"]),
        ("created_on=2020-02-30", ["created_on", "2020-02-30", "date"]),
        ("date_range=1.5", ["date_range", "1.5", "whole number"]),
        ("time_range=abc", ["time_range", "abc", "whole number"]),
        ("_id=x", ["_id", "x", "24 hex digits"]),
        ("job_id=zzzzzzzzzzzzzzzzzzzzzzzz", ["job_id", "zzzz", "24 hex digits"]),
        ("warnings=abc", ["warnings", "abc", "whole number"]),
        ("warnings=0x10", ["warnings", "0x10", "whole number"]),
        ("gte=warnings,abc", ["gte", "abc", "whole number"]),
        ("lt=created_on,abc", ["lt", "abc", "date"]),
        ("gte=job", ["gte", "'job'", "field,value"]),
        ("gte=nosuch,1", ["gte", "nosuch", "field"]),
        ("lt=", ["lt", "''", "field,value"]),
        ("gte=warnings,null", ["gte", "warnings", "value"]),
        ("gte=warnings,", ["gte", "warnings", "value"]),
        ("sort=", ["sort", "field", "missing"]),
        ("aggregate=", ["aggregate", "field", "missing"]),
        ("job=a&aggregate=job&aggregate=%20", ["aggregate", "field", "missing"]),
    ] {
        let reason = refusal(query);
        assert!(told.iter().all(|part| reason.contains(part)), "{query}: {reason}");
    }
    let reason = read(&JOB, "private=True").unwrap_err().to_string();
    assert!(["private", "True", "true or false"].iter().all(|part| reason.contains(part)), "{reason}");
}

#[test]
fn of_a_bad_and_a_good_value_each_filter_is_refused_and_the_last_of_the_others_counts() {
    assert!(read(&BUILD, "warnings=1&warnings=abc").is_err());
    assert!(read(&BUILD, "gte=warnings,abc&gte=warnings,1").is_err());
    assert_eq!(read(&BUILD, "limit=abc&limit=1").unwrap().limit, 1);
    assert!(read(&BUILD, "sort_order=2&sort_order=1").is_ok());
}

#[test]
fn reasons_carry_no_control_characters_and_no_endless_value() {
    let reason = refusal(&format!("limit=%00%0a%1b{}", "x".repeat(10_000)));
    assert!(reason.len() < 200 && !reason.chars().any(char::is_control), "{reason}");
}

#[test]
fn other_names_are_not_looked_at() {
    let of = documents([json!({"job": "a"})]);
    for query in ["nosuch=1", "metadata=x", "build_time=x", "_order=x", "Limit=abc", "job%5B%24ne%5D=a", "JOB=b"] {
        assert_eq!(selected(query, &of), [0], "{query}");
    }
}

#[test]
fn a_secret_is_no_filter() {
    assert!(read(&TOKEN, "token=x").unwrap_err().to_string().contains("token"));
    assert!(read(&TOKEN, "gte=token,x").is_err());
}

#[test]
fn every_filter_of_every_collection_selects_by_its_value_and_its_absence() {
    for collection in COLLECTIONS {
        for field in collection.fields.iter().filter(|field| field.filter && field.name != "_id") {
            let text =
                ["x", "1", "true", ID, "2020-02-14"].into_iter().find(|text| read_value("", field, text).is_ok());
            let value = read_value("", field, text.unwrap()).unwrap();
            let having: Document = [(field.member().to_owned(), value)].into();
            let filter = |text: &str| read(collection, &format!("{}={text}", field.name)).unwrap().filter;
            assert!(matches(&filter(text.unwrap()), &having), "{}.{}", collection.name, field.name);
            assert!(!matches(&filter(text.unwrap()), &Document::new()), "{}.{}", collection.name, field.name);
            assert!(matches(&filter("null"), &Document::new()) && !matches(&filter("null"), &having));
        }
    }
}
