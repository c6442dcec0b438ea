//! The access pattern that each query uses.

use kernelci::{
    collections::{
        BUILD, BUILD_LOGS, COLLECTIONS, Collection, JOB, Partition, STATISTICS_SUM, TASK, TEST_CASE, TEST_GROUP, TOTAL,
    },
    query::{Arguments, Created, Filter, Keys, Plan, QueryPlan, Selection, plan},
};
use proptest::prelude::*;

use crate::{documents::now, oracle::selection};

const ID: &str = "5e79f370f870c5da21eece6d";
const OTHER: &str = "5e79f370f870c5da21eece6e";

fn planned(collection: &'static Collection, query: &str) -> Plan {
    plan(collection, &selection(collection, query))
}

fn query_plan(collection: &'static Collection, query: &str) -> QueryPlan {
    match planned(collection, query) {
        Plan::Query(plan) => plan,
        other => panic!("{query}: {other:?}"),
    }
}

fn uses(collection: &'static Collection, query: &str, index: &str, keys: &[&str]) -> QueryPlan {
    let plan = query_plan(collection, query);
    assert_eq!(plan.index.name, index, "{}?{query}", collection.name);
    assert_eq!(plan.keys, Keys::Listed(keys.iter().map(|key| (*key).to_owned()).collect()), "{query}");
    plan
}

#[test]
fn a_job_and_a_kernel_are_read_by_revision() {
    for collection in [&JOB, &BUILD, &BUILD_LOGS, &TEST_CASE, &TEST_GROUP] {
        let plan = uses(collection, "kernel=v5.6&job=next", "by_revision", &["next\u{1f}v5.6"]);
        assert_eq!(plan.residual, Filter::default());
    }
}

#[test]
fn a_job_alone_is_read_by_tree() {
    for collection in [&JOB, &BUILD, &BUILD_LOGS] {
        let plan = uses(collection, "job=next&git_branch=master&status=PASS", "by_tree", &["next"]);
        let read: Vec<_> = plan.residual.conditions.iter().map(|condition| condition.member()).collect();
        assert!(read.iter().all(|member| ["git_branch", "status"].contains(member)) && !read.is_empty());
    }
}

#[test]
fn a_parent_key_takes_precedence() {
    uses(&BUILD, &format!("job=next&kernel=v5.6&job_id={ID}"), "by_job", &[ID]);
    uses(&BUILD_LOGS, &format!("job_id={OTHER}&build_id={ID}"), "by_build", &[ID]);
    uses(&BUILD_LOGS, &format!("job_id={ID}&job=next"), "by_job", &[ID]);
    uses(&TEST_GROUP, &format!("build_id={ID}&job=next&kernel=v5.6"), "by_build", &[ID]);
    uses(&TEST_CASE, &format!("test_group_id={ID}&job=next&kernel=v5.6"), "by_group", &[ID]);
}

#[test]
fn conditions_outside_the_key_are_filtered() {
    let plan = uses(&BUILD, &format!("job_id={ID}&job=next&gte=job_id,{OTHER}"), "by_job", &[ID]);
    let left: Vec<_> = plan.residual.conditions.iter().map(|condition| condition.member()).collect();
    assert_eq!(left, ["job", "job_id"]);
}

#[test]
fn a_query_without_a_filter_is_read_by_time_and_month() {
    for query in ["", "kernel=v5.6", "job=null", "job=null&job=next", "gte=job,next", "status=PASS", "created_on=null"]
    {
        let plan = query_plan(&JOB, query);
        assert_eq!((plan.index.name, plan.keys), ("by_time", Keys::Months), "{query}");
    }
}

#[test]
fn repeated_filters_are_read_concurrently() {
    uses(&JOB, "job=next&job=mainline&job=next", "by_tree", &["next", "mainline"]);
    let four = ["a\u{1f}x", "a\u{1f}y", "b\u{1f}x", "b\u{1f}y"];
    uses(&JOB, "job=a&job=b&kernel=x&kernel=y", "by_revision", &four);
}

#[test]
fn ids_are_fetched_by_key() {
    for query in [format!("_id={ID}&_id={OTHER}"), format!("job=next&_id={ID}&_id={OTHER}&_id={ID}")] {
        let Plan::Get { ids, .. } = planned(&JOB, &query) else { panic!("{query}") };
        assert_eq!(ids.iter().map(ToString::to_string).collect::<Vec<_>>(), [ID, OTHER], "{query}");
    }
    let Plan::Get { ids, residual } = planned(&JOB, &format!("_id={ID}&job=next&created_on=2020-02-14")) else {
        panic!()
    };
    assert_eq!((ids.len(), residual.conditions.len()), (1, 1));
    assert_ne!(residual.created, Created::Any);
    assert!(matches!(planned(&JOB, "_id=null"), Plan::Get { ids, .. } if ids.is_empty()));
    assert_eq!(query_plan(&JOB, &format!("gte=_id,{ID}")).index.name, "by_time");
}

#[test]
fn an_empty_period_reads_nothing() {
    for query in [
        "gte=created_on,2020-02-15&lt=created_on,2020-02-14",
        "gte=created_on,2020-02-14&lt=created_on,2020-02-14",
        "created_on=2020-02-14&gte=created_on,2020-02-15",
        "created_on=null&gte=created_on,2020-02-14",
        "job=next&created_on=null&lt=created_on,2020-02-14",
    ] {
        assert_eq!(planned(&JOB, query), Plan::Nothing, "{query}");
    }
}

#[test]
fn only_an_index_order_is_read_in_order() {
    for (query, ordered, descending) in [
        ("", true, false),
        ("sort_order=-1", true, false),
        ("sort=created_on", true, true),
        ("sort=created_on&sort=created_on&sort_order=1", true, false),
        ("sort=created_on&sort=job", false, true),
        ("sort=job&sort=created_on", false, true),
        ("sort=job&sort_order=1", false, false),
    ] {
        let plan = query_plan(&JOB, query);
        assert_eq!((plan.ordered, plan.descending), (ordered, descending), "{query}");
    }
}

fn any_text() -> impl Strategy<Value = String> {
    let names = COLLECTIONS.iter().flat_map(|collection| collection.fields.iter().map(|field| field.name));
    let names: Vec<_> =
        names.chain(["gte", "lt", "sort", "limit", "date_range", "time_range", "field", "aggregate"]).collect();
    let values = prop_oneof![
        Just(ID.to_owned()),
        Just("null".to_owned()),
        Just("1".to_owned()),
        Just("true".to_owned()),
        Just("2020-02-14".to_owned()),
        (prop::sample::select(names.clone()), "[0-9a-z]{0,3}").prop_map(|(name, value)| format!("{name},{value}")),
        "[ -~]{0,6}",
    ];
    let argument = (prop::sample::select(names), values).prop_map(|(name, value)| format!("{name}={value}"));
    let arguments = prop::collection::vec(argument, 0..6).prop_map(|arguments| arguments.join("&"));
    prop_oneof![3 => arguments, 1 => ".{0,80}"]
}

proptest! {
    #![proptest_config(kernelci_tests::property(2_000))]

    #[test]
    fn every_query_string_uses_an_access_pattern(text in any_text()) {
        let Ok(arguments) = Arguments::parse(&text) else { return Ok(()) };
        let apart = [&TASK, &TOTAL, &STATISTICS_SUM];
        for collection in COLLECTIONS.into_iter().filter(|collection| !apart.contains(collection)) {
            let Ok(selection) = Selection::read(collection, &arguments, now()) else { continue };
            // The match is exhaustive, so a new variant must be considered here.
            match plan(collection, &selection) {
                Plan::Nothing | Plan::Get { .. } => {}
                Plan::Query(plan) => {
                    prop_assert!(collection.indexes.contains(plan.index));
                    prop_assert_eq!(plan.keys == Keys::Months, plan.index.partition == Partition::Month);
                }
            }
        }
    }
}
