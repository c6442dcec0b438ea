//! Random documents over a small alphabet, so that filters meet them.

use kernelci::{
    collections::{Collection, FieldKind},
    time::{DAY, Timestamp},
    value::{Document, ObjectId, Value},
};
use proptest::prelude::*;

/// The values that documents hold besides the usual ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// Usual values, nulls and absent members.
    Plain,
    /// Also values of another type than that of the field.
    OddTypes,
    /// Also the first and last dates of the calendar.
    OddDates,
    /// Also members that are stored compressed.
    Long,
}

/// The members of a collection's documents besides `_id` and `created_on`; those of filters come first.
pub(crate) fn members(collection: &Collection) -> &'static [&'static str] {
    match collection.name {
        "job" => &["job", "kernel", "git_branch", "status", "private", "git_commit", "compiler", "extra", "nested"],
        "build" => &[
            "job",
            "kernel",
            "git_branch",
            "job_id",
            "arch",
            "status",
            "errors",
            "warnings",
            "kconfig_fragments",
            "build_platform",
            "metadata",
            "extra",
            "nested",
        ],
        "build_logs" => &[
            "job",
            "kernel",
            "job_id",
            "build_id",
            "arch",
            "status",
            "errors_count",
            "warnings_count",
            "git_branch",
            "compiler",
            "errors",
            "warnings",
            "nested",
        ],
        other => panic!("no documents of {other}"),
    }
}

pub(crate) const NOW: &str = "2020-04-12T10:30:00Z";

pub(crate) fn now() -> Timestamp {
    Timestamp::parse_rfc3339(NOW).unwrap()
}

pub(crate) const JOBS: [&str; 4] = ["next", "mainline", "Next", "stable rc"];
pub(crate) const KERNELS: [&str; 3] = ["v5.6", "v5.6-rc1", "v5.6 é"];
pub(crate) const STATUSES: [&str; 3] = ["PASS", "FAIL", "pass"];
pub(crate) const WORDS: [&str; 4] = ["arm", "arm64", "gcc/8", "nullable"];
pub(crate) const DAYS: [&str; 9] = [
    "2019-12-31",
    "2020-01-01",
    "2020-01-31",
    "2020-02-14",
    "2020-02-29",
    "2020-03-31",
    "2020-04-01",
    "2020-04-11",
    "2020-04-12",
];

/// The id of a document, from a small number.
pub(crate) fn own_id(number: u8) -> ObjectId {
    format!("{number:02x}79f370f870c5da21eece6d").parse().unwrap()
}

/// An id that refers to another document, from a small number.
pub(crate) fn other_id(number: u8) -> ObjectId {
    format!("5e79f370f870c5da21eece{number:02x}").parse().unwrap()
}

pub(crate) fn any_time() -> impl Strategy<Value = Timestamp> {
    let around = prop_oneof![Just(0), Just(1), Just(DAY - 1), Just(DAY / 2), Just(-1)];
    let near_now = prop_oneof![Just(-3_600_000), Just(-3_600_001), Just(-1), Just(0), Just(1)];
    prop_oneof![
        8 => (prop::sample::select(&DAYS[..]), around).prop_map(|(day, after)| Timestamp::parse_day(day).unwrap().plus(after)),
        1 => near_now.prop_map(|after| now().plus(after)),
    ]
}

/// Random documents of one store with distinct ids.
pub(crate) fn any_documents(
    collection: &'static Collection,
    flavour: Flavour,
    most: usize,
) -> impl Strategy<Value = Vec<Document>> {
    let one = any_document(collection, flavour);
    prop::collection::btree_map(any::<u8>(), one, 0..most).prop_map(|documents| {
        let with_id = |(number, mut document): (u8, Document)| {
            document.insert("_id", Value::Id(own_id(number)));
            document
        };
        documents.into_iter().map(with_id).collect()
    })
}

fn any_document(collection: &'static Collection, flavour: Flavour) -> impl Strategy<Value = Document> {
    let members: Vec<_> =
        members(collection).iter().map(|name| (Just(*name), any_member(collection, name, flavour))).collect();
    (members, any_created_on(flavour)).prop_map(|(members, created_on)| {
        let members = members.into_iter().chain([("created_on", created_on)]);
        members.filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    })
}

fn any_member(collection: &Collection, name: &str, flavour: Flavour) -> BoxedStrategy<Option<Value>> {
    let odd = if flavour == Flavour::OddTypes { 3 } else { 0 };
    let long = u32::from(flavour == Flavour::Long && collection.filter(name).is_none()) * 4;
    prop_oneof![
        1 => Just(None),
        1 => Just(Some(Value::Null)),
        odd => any_odd_value().prop_map(Some),
        long => prop::sample::select(&["a", "b"][..]).prop_map(|letter| Some(Value::from(letter.repeat(5_000)))),
        10 => usual_value(collection, name).prop_map(Some),
    ]
    .boxed()
}

fn any_created_on(flavour: Flavour) -> impl Strategy<Value = Option<Value>> {
    let odd = if flavour == Flavour::OddDates { 3 } else { 0 };
    let edges = prop::sample::select(&[253_402_300_799_999, -62_167_219_200_000, 0, -1][..]);
    prop_oneof![
        1 => Just(None),
        1 => Just(Some(Value::Null)),
        odd => edges.prop_map(|date| Some(Value::Date(Timestamp::from_milliseconds(date)))),
        12 => any_time().prop_map(|date| Some(Value::Date(date))),
    ]
}

fn text_of(all: &'static [&'static str]) -> BoxedStrategy<Value> {
    prop::sample::select(all).prop_map(Value::from).boxed()
}

fn usual_value(collection: &Collection, name: &str) -> BoxedStrategy<Value> {
    let lines = prop::collection::vec(text_of(&WORDS), 0..3).prop_map(Value::List);
    match (name, collection.field(name).map(|field| field.kind)) {
        ("job", _) => text_of(&JOBS),
        ("kernel", _) => text_of(&KERNELS),
        ("status", _) => text_of(&STATUSES),
        ("nested", _) => (0..3_i64)
            .prop_map(|number| {
                Value::Map(
                    [("a.b".to_owned(), Value::Integer(number)), ("c".to_owned(), Value::Integer(-number))].into(),
                )
            })
            .boxed(),
        // The filters of these names compare the number of list elements.
        ("errors" | "warnings", Some(_)) if collection.name == "build_logs" => lines.boxed(),
        (_, Some(FieldKind::Integer | FieldKind::Number)) => any_number().boxed(),
        (_, Some(FieldKind::Bool)) => any::<bool>().prop_map(Value::Bool).boxed(),
        (_, Some(FieldKind::Id)) => (0..4_u8).prop_map(|number| Value::Id(other_id(number))).boxed(),
        (_, Some(FieldKind::Texts)) => prop_oneof![text_of(&WORDS), lines].boxed(),
        _ => text_of(&WORDS),
    }
}

fn any_number() -> impl Strategy<Value = Value> {
    prop_oneof![8 => (-1..4_i64).prop_map(Value::Integer), 1 => Just(Value::Float(1.5)), 1 => Just(Value::Integer(i64::MAX))]
}

/// A value that is usual for another field.
fn any_odd_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any_number(),
        any::<bool>().prop_map(Value::Bool),
        text_of(&["", "2", "true", "next", "PASS", "2020-02-14"]),
        (0..4_u8).prop_map(|number| Value::Id(other_id(number))),
        (0..4_u8).prop_map(|number| Value::from(other_id(number).to_string())),
        any_time().prop_map(Value::Date),
        prop::collection::vec(text_of(&JOBS), 0..3).prop_map(Value::List),
        Just(Value::Map([("a".to_owned(), Value::Integer(1))].into())),
    ]
}
