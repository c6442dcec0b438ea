//! Random valid query strings.

use kernelci::{
    collections::{Collection, Field, FieldKind},
    value::Value,
};
use proptest::prelude::*;

use crate::documents::{DAYS, JOBS, KERNELS, STATUSES, WORDS, any_time, members, other_id, own_id};

/// The kind of answer that a query asks for.
#[derive(Debug, Clone)]
pub(crate) enum Ask {
    List,
    Groups,
    Distinct(&'static str),
    Count,
}

#[derive(Debug, Clone)]
pub(crate) struct Query {
    pub(crate) ask: Ask,
    pub(crate) text: String,
}

pub(crate) fn any_query(collection: &'static Collection) -> impl Strategy<Value = Query> {
    let names: Vec<&'static str> = members(collection).to_vec();
    let ask = prop_oneof![
        6 => Just(Ask::List),
        2 => Just(Ask::Groups),
        2 => prop::sample::select(names).prop_map(Ask::Distinct),
        2 => Just(Ask::Count),
    ];
    let filters = prop::collection::vec(
        prop_oneof![6 => any_filter(collection), 2 => any_range(collection), 1 => any_period()],
        0..4,
    );
    let order = prop::collection::vec(prop_oneof![any_order(collection), any_cut()], 0..3);
    let shown = prop_oneof![2 => Just(Vec::new()), 1 => prop::collection::vec(any_shown(collection), 0..4)];
    (ask, filters, order, shown, any_member(collection)).prop_map(|(ask, filters, order, shown, group)| {
        let group = matches!(ask, Ask::Groups).then_some(format!("aggregate={group}"));
        let parts: Vec<String> = [filters, order, shown].into_iter().flatten().chain(group).collect();
        Query { ask, text: parts.join("&") }
    })
}

pub(crate) fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b',' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

fn filters(collection: &'static Collection) -> Vec<&'static Field> {
    let used = members(collection);
    let is_used = |field: &&Field| field.name == "_id" || used.contains(&field.member());
    collection.fields.iter().filter(|field| field.filter).filter(is_used).collect()
}

// The same filter one to three times.
fn any_filter(collection: &'static Collection) -> BoxedStrategy<String> {
    let key = |name: &&&Field| ["job", "kernel", "job_id", "build_id", "_id"].contains(&name.name);
    let all = filters(collection);
    let keys: Vec<_> = all.iter().filter(key).copied().collect();
    let field = prop_oneof![prop::sample::select(keys), prop::sample::select(all)];
    let given = |field: &'static Field| {
        let value = prop_oneof![12 => any_value(field), 1 => Just("null".to_owned()), 1 => Just(String::new())];
        let values = prop::collection::vec(value, 1..4);
        values.prop_map(move |values| {
            let parts: Vec<_> = values.iter().map(|value| format!("{}={}", field.name, encoded(value))).collect();
            parts.join("&")
        })
    };
    field.prop_flat_map(given).boxed()
}

fn any_range(collection: &'static Collection) -> BoxedStrategy<String> {
    let mut ordered = filters(collection);
    ordered.retain(|field| !matches!(field.kind, FieldKind::Texts | FieldKind::Bool));
    ordered.extend(collection.field("created_on"));
    let operator = prop::sample::select(&["gte", "lt"][..]);
    let bound = prop::sample::select(ordered).prop_flat_map(|field| (Just(field.name), any_value(field)));
    (operator, bound).prop_map(|(operator, (name, value))| format!("{operator}={name},{}", encoded(&value))).boxed()
}

fn any_value(field: &Field) -> BoxedStrategy<String> {
    let text = |all: &'static [&'static str]| prop::sample::select(all).prop_map(str::to_owned).boxed();
    match (field.name, field.kind) {
        ("job", _) => text(&JOBS),
        ("kernel", _) => text(&KERNELS),
        ("status", _) => text(&STATUSES),
        ("_id", _) => any::<u8>().prop_map(|number| own_id(number).to_string()).boxed(),
        (_, FieldKind::Id) => (0..5_u8).prop_map(|number| other_id(number).to_string().to_uppercase()).boxed(),
        (_, FieldKind::Integer | FieldKind::Number) => (-2..5_i64).prop_map(|number| number.to_string()).boxed(),
        (_, FieldKind::Bool) => text(&["true", "false"]),
        (_, FieldKind::Date) => any_date().boxed(),
        _ => text(&WORDS),
    }
}

fn any_date() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(&DAYS[..]).prop_map(str::to_owned),
        prop::sample::select(&DAYS[..]).prop_map(|day| day.replace('-', "")),
        any_time().prop_map(|date| date.milliseconds().to_string()),
    ]
}

fn any_period() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => any_date().prop_map(|date| format!("created_on={date}")),
        1 => Just("created_on=null".to_owned()),
        1 => Just("created_on=".to_owned()),
        2 => prop_oneof![-3..3_i32, Just(70), Just(200)].prop_map(|days| format!("date_range={days}")),
        1 => prop_oneof![Just(1), Just(60), Just(-60), Just(9_999)].prop_map(|minutes| format!("time_range={minutes}")),
    ]
}

fn any_member(collection: &'static Collection) -> impl Strategy<Value = String> {
    let mut names: Vec<String> = members(collection).iter().map(|name| (*name).to_owned()).collect();
    names.extend(["_id", "created_on", "nested.c", "nested.a.b", "nosuch", "job.x"].map(str::to_owned));
    prop::sample::select(names)
}

fn any_order(collection: &'static Collection) -> BoxedStrategy<String> {
    prop_oneof![
        2 => Just("sort=created_on".to_owned()),
        2 => Just("sort=created_on&sort_order=1".to_owned()),
        3 => any_member(collection).prop_map(|name| format!("sort={name}")),
        1 => prop::sample::select(&["sort_order=1", "sort_order=-1"][..]).prop_map(str::to_owned),
    ]
    .boxed()
}

fn any_cut() -> impl Strategy<Value = String> {
    let limits = prop_oneof![4 => 0..8_u32, 1 => Just(1_000)];
    let skips = prop_oneof![1 => 0..5_u32, 1 => 5..70_u32];
    prop_oneof![3 => limits.prop_map(|most| format!("limit={most}")), 2 => skips.prop_map(|skip| format!("skip={skip}"))]
}

fn any_shown(collection: &'static Collection) -> impl Strategy<Value = String> {
    (prop_oneof![3 => Just("field"), 1 => Just("nfield")], any_member(collection))
        .prop_map(|(name, member)| format!("{name}={member}"))
}

/// Values in the text of a failure.
pub(crate) fn shown(values: &[Value]) -> String {
    let texts: Vec<_> = values.iter().map(|value| serde_json::to_string(value).unwrap()).collect();
    let long = ["a", "b"].map(|letter| (letter.repeat(5_000), format!("{letter} times 5000")));
    long.iter().fold(format!("[{}]", texts.join(", ")), |text, (long, short)| text.replace(long, short))
}
