//! Counts and distinct values, from the cells.

use std::collections::BTreeMap;

use super::{
    cell::{
        self, COMBINED, COUNT, FIELD, KIND, NULLS, Part, STATUS, STATUSES, TEXT, WITHOUT_STATUS, field_key,
        keeps_values, sums,
    },
    counter_deltas::{SHARDS, is_counted, shard_key},
};
use crate::{
    collections::{Collection, TOTAL},
    query::{Condition, Created, Filter},
    store::{Store, StoreError, item::Item},
    time::{DAY, Timestamp},
    value::{Document, Value},
};

/// The most cells that one count adds up: those of more than a year of days.
const MAX_CELLS: usize = 500;

/// What a count asks of the totals.
#[derive(Debug)]
struct Question<'a> {
    keys: Vec<String>,
    status: Option<&'a Condition>,
}

impl<'a> Question<'a> {
    /// `None` where the totals do not tell apart what the filter does.
    fn of(collection: &Collection, filter: &'a Filter, most_cells: usize) -> Option<Self> {
        let mut asked: BTreeMap<&str, Vec<Part>> = BTreeMap::new();
        let mut status = None;
        for condition in &filter.conditions {
            let Condition::OneOf { member, lists: false, values, null } = condition else { return None };
            if *member == STATUS && status.is_none() {
                status = Some(condition);
                continue;
            }
            let texts = values.iter().map(|value| value.as_text().map(|text| Part::Text(text.to_owned())));
            let mut parts: Vec<Part> = texts.collect::<Option<_>>()?;
            parts.extend(null.then_some(Part::Nothing));
            if !COMBINED.contains(member) || asked.insert(member, parts).is_some() {
                return None;
            }
        }
        let days = days(filter.created, most_cells)?;
        let [first, others @ ..] = COMBINED;
        if filter.created != Created::Any && others.iter().any(|name| asked.contains_key(name)) {
            return None;
        }
        let mut combinations: Vec<Vec<(&str, &Part)>> = vec![vec![]];
        for name in [first].iter().chain(&others) {
            let Some(parts) = asked.get(name) else { continue };
            if combinations.len() * parts.len() * days.len() > most_cells {
                return None;
            }
            combinations = combinations
                .iter()
                .flat_map(|begun| parts.iter().map(move |part| [begun.as_slice(), &[(*name, part)]].concat()))
                .collect();
        }
        let keys = days.iter().flat_map(|day| combinations.iter().map(|parts| cell::key(collection, parts, *day)));
        Some(Self { keys: keys.collect(), status })
    }

    /// `None` where the totals do not have the count of a status that is asked for.
    fn answer(&self, cells: &[Item]) -> Option<usize> {
        let sums = sums(cells);
        let sum = |name: &str| sums.get(name).copied().unwrap_or_default();
        let Some(Condition::OneOf { values, null, .. }) = self.status else { return usize::try_from(sum(COUNT)).ok() };
        let mut count = if *null { sum(WITHOUT_STATUS) } else { 0 };
        for value in values {
            match STATUSES.iter().find(|(status, _)| value.as_text() == Some(status)) {
                Some((_, name)) => count += sum(name),
                // Nobody has it where all have one of the others.
                None => {
                    let known: i64 = STATUSES.iter().map(|(_, name)| sum(name)).sum();
                    if known + sum(WITHOUT_STATUS) != sum(COUNT) {
                        return None;
                    }
                }
            }
        }
        usize::try_from(count).ok()
    }
}

/// The days of cells: of any day, of those without a date, or some. `None` where it is no whole days, or too many.
fn days(created: Created, most: usize) -> Option<Vec<Option<Option<i64>>>> {
    let (from, below) = match created {
        Created::Any => return Some(vec![None]),
        Created::Null => return Some(vec![Some(None)]),
        Created::Within { from, below } => (from?, below?),
    };
    let day = |date: Timestamp| (date == date.start_of_day()).then(|| date.milliseconds().div_euclid(DAY));
    let days = day(from)?..day(below)?;
    let is_few = days.end.checked_sub(days.start).is_some_and(|count| count <= i64::try_from(most).unwrap_or(0));
    is_few.then(|| days.map(|day| Some(Some(day))).collect())
}

impl Store {
    /// The number of documents that match; `None` where the totals do not say.
    pub(in crate::store) async fn total(
        &self,
        collection: &'static Collection,
        filter: &Filter,
    ) -> Result<Option<usize>, StoreError> {
        self.total_of_few(collection, filter, MAX_CELLS).await
    }

    /// As [`Store::total`], where no more than `most_cells` are to be added up.
    pub(in crate::store) async fn total_of_few(
        &self,
        collection: &'static Collection,
        filter: &Filter,
        most_cells: usize,
    ) -> Result<Option<usize>, StoreError> {
        let question = Question::of(collection, filter, most_cells.min(MAX_CELLS));
        let Some(question) = question.filter(|_| is_counted(collection)) else {
            return Ok(None);
        };
        let shards = |key: &String| (0..SHARDS).map(|shard| shard_key(key, shard)).collect::<Vec<_>>();
        let keys: Vec<String> = question.keys.iter().flat_map(shards).collect();
        Ok(question.answer(&self.get_items(&TOTAL, &keys).await?))
    }

    /// A document for each value that a member has in the collection, with that member alone; `None` where the totals do not
    /// say.
    pub(in crate::store) async fn kept_values(
        &self,
        collection: &'static Collection,
        filter: &Filter,
        member: &str,
    ) -> Result<Option<Vec<Document>>, StoreError> {
        let is_kept = is_counted(collection)
            && keeps_values(collection, member)
            && collection.field(member).is_some_and(|field| field.distinct);
        if !is_kept || *filter != Filter::default() {
            return Ok(None);
        }
        let holding = self.holding();
        let cells = self.items_of(&TOTAL, ("by_field", FIELD), &field_key(collection, member), &holding).await?;
        let mut by_value: BTreeMap<(&str, &str), Vec<&Item>> = BTreeMap::new();
        for cell in &cells {
            let text = |name| cell.get(name).and_then(|text| text.as_s().ok()).map_or("", String::as_str);
            by_value.entry((text(KIND), text(TEXT))).or_default().push(cell);
        }
        let mut values = Vec::new();
        for ((kind, text), cells) in by_value {
            let sums = sums(cells);
            let has = |name: &str| sums.get(name).is_some_and(|count| *count > 0);
            match kind {
                "text" if has(COUNT) => values.push(Value::from(text)),
                "nothing" if has(NULLS) => values.push(Value::Null),
                "other" if has(COUNT) => return Ok(None),
                _ => {}
            }
        }
        Ok(Some(values.into_iter().map(|value| [(member.to_owned(), value)].into()).collect()))
    }
}
