//! The cells that a document is counted in: one for each combination of what counts ask for together.

use std::{
    collections::BTreeMap,
    hash::{Hash, Hasher},
};

use crate::{
    collections::Collection,
    query::partition_key,
    store::{attribute::AttributeValue, condition::UpdateAction, item::Item, keys::ORDER},
    time::DAY,
    value::{ObjectId, Value},
};

/// The members that documents are counted by, in every combination.
pub(super) const COMBINED: [&str; 3] = ["job", "kernel", "git_branch"];

/// The member that is counted within each cell.
pub(super) const STATUS: &str = "status";

/// Members that are counted by themselves only, where their distinct values can be asked for.
const BY_THEMSELVES: [&str; 4] = ["arch", "device_type", "lab_name", "mach"];

/// How many documents are in a cell.
pub(super) const COUNT: &str = "count";

/// How many of them have no status, or a status of null.
pub(super) const WITHOUT_STATUS: &str = "of_null";

/// How many of them have null where the cell is about documents without a value.
pub(super) const NULLS: &str = "nulls";

/// Every status that results and jobs have, and where a cell counts it. Documents that were loaded may have others: these
/// are in the cell, and under no status.
pub(super) const STATUSES: [(&str, &str); 8] = [
    ("BUILD", "of_BUILD"),
    ("ERROR", "of_ERROR"),
    ("FAIL", "of_FAIL"),
    ("OFFLINE", "of_OFFLINE"),
    ("PASS", "of_PASS"),
    ("SKIP", "of_SKIP"),
    ("UNKNOWN", "of_UNKNOWN"),
    ("UNTRIED", "of_UNTRIED"),
];

/// The partition of the index that holds the cells of one field, and the text that such a cell is about.
pub(super) const FIELD: &str = "_field";
pub(super) const TEXT: &str = "text";
/// Which of the three the cell is about: a text, no value, a value of another kind.
pub(super) const KIND: &str = "kind";

/// A value as filters tell it apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Part {
    Text(String),
    /// Null, or no member at all.
    Nothing,
    /// What no filter of a text matches.
    Other,
}

impl Part {
    fn of(attribute: Option<&AttributeValue>) -> Self {
        match attribute {
            None | Some(AttributeValue::Null) => Self::Nothing,
            Some(AttributeValue::S(text)) => Self::Text(text.clone()),
            Some(_) => Self::Other,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Nothing => "nothing",
            Self::Other => "other",
        }
    }

    fn key(&self) -> String {
        match self {
            Self::Text(text) => format!("={text}"),
            other => other.kind().to_owned(),
        }
    }
}

/// The key of the cell of documents that have these parts and were made on this day; without a day, on any.
pub(super) fn key(collection: &Collection, parts: &[(&str, &Part)], day: Option<Option<i64>>) -> String {
    let mut texts = vec![Value::from(collection.name)];
    for (name, part) in parts {
        texts.extend([Value::from(*name), Value::from(part.key())]);
    }
    if let Some(day) = day {
        texts.extend([Value::from("created_on"), Value::from(day.map_or_else(String::new, |day| day.to_string()))]);
    }
    partition_key(&texts)
}

/// The partition of the index that holds the cells of a field.
pub(super) fn field_key(collection: &Collection, field: &str) -> String {
    format!("{}.{field}", collection.name)
}

/// Whether the values of a field are kept.
pub(super) fn keeps_values(collection: &Collection, name: &str) -> bool {
    COMBINED.contains(&name) || is_by_itself(collection, name)
}

fn is_by_itself(collection: &Collection, name: &str) -> bool {
    BY_THEMSELVES.contains(&name) && collection.field(name).is_some_and(|field| field.distinct)
}

/// All of a document that its cells follow from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Counted {
    collection: &'static Collection,
    /// With each member, whether it is there and null.
    members: Vec<(&'static str, Part, bool)>,
    status: Part,
    day: Option<i64>,
}

impl Hash for Counted {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.collection.name, &self.members, &self.status, self.day).hash(state);
    }
}

/// A cell of a document, and what the document adds to it.
#[derive(Debug)]
pub(super) struct Cell {
    pub(super) key: String,
    pub(super) counts: Vec<&'static str>,
    /// What the cell is found by in the index of its field.
    pub(super) steps: Vec<UpdateAction>,
}

impl Counted {
    /// What an item is counted as.
    pub(super) fn of(collection: &'static Collection, item: &Item) -> Self {
        let by_themselves = BY_THEMSELVES.into_iter().filter(|name| is_by_itself(collection, name));
        let member = |name| {
            let attribute = item.get(name);
            (name, Part::of(attribute), matches!(attribute, Some(AttributeValue::Null)))
        };
        let created_on = item.get("created_on").and_then(|date| date.as_n().ok()?.parse::<i64>().ok());
        Self {
            collection,
            members: COMBINED.into_iter().chain(by_themselves).map(member).collect(),
            status: Part::of(item.get(STATUS)),
            day: created_on.map(|date| date.div_euclid(DAY)),
        }
    }

    /// The same for documents that are counted alike, and else different.
    pub(super) fn mark(&self) -> String {
        let day = self.day.map_or_else(String::new, |day| day.to_string());
        let members = self.members.iter().map(|(_, part, is_null)| (part.key(), *is_null));
        let texts: Vec<String> = members
            .map(|(key, is_null)| if is_null { "null".to_owned() } else { key })
            .chain([self.status.key(), day])
            .collect();
        ObjectId::derived("counted", texts.iter().map(String::as_str)).to_string()
    }

    /// The cells that the document is counted in.
    pub(super) fn cells(&self) -> Vec<Cell> {
        let (combined, by_themselves) = self.members.split_at(COMBINED.len().min(self.members.len()));
        let mut cells: Vec<Cell> = (0..1_usize << combined.len())
            .map(|chosen| {
                combined.iter().enumerate().filter(|(at, _)| chosen >> at & 1 == 1).map(|(_, it)| it).collect()
            })
            .filter_map(|chosen: Vec<_>| self.combination(&chosen))
            .collect();
        cells.extend(by_themselves.iter().map(|member| self.single(member)));
        let day = Some(self.day);
        cells.push(self.cell(key(self.collection, &[], day)));
        if let Some((name, part, _)) = combined.first().filter(|(_, part, _)| *part != Part::Other) {
            cells.push(self.cell(key(self.collection, &[(name, part)], day)));
        }
        cells
    }

    /// `None` where no count asks for it: a value that is no text is found by no filter.
    fn combination(&self, chosen: &[&(&'static str, Part, bool)]) -> Option<Cell> {
        match chosen {
            [member] => Some(self.single(member)),
            members if members.iter().any(|(_, part, _)| *part == Part::Other) => None,
            members => {
                let parts: Vec<_> = members.iter().map(|(name, part, _)| (*name, part)).collect();
                Some(self.cell(key(self.collection, &parts, None)))
            }
        }
    }

    fn single(&self, (name, part, is_null): &(&'static str, Part, bool)) -> Cell {
        let mut cell = self.cell(key(self.collection, &[(name, part)], None));
        cell.counts.extend(is_null.then_some(NULLS));
        if self.collection.field(name).is_some_and(|field| field.distinct) {
            let text = match part {
                Part::Text(text) => Some((TEXT, text.clone())),
                _ => None,
            };
            let found_by =
                [(FIELD, field_key(self.collection, name)), (ORDER, cell.key.clone()), (KIND, part.kind().to_owned())];
            let steps = found_by
                .into_iter()
                .chain(text)
                .map(|(name, text)| UpdateAction::Set(name.to_owned(), AttributeValue::S(text)));
            cell.steps = steps.collect();
        }
        cell
    }

    fn cell(&self, key: String) -> Cell {
        let status = match &self.status {
            Part::Text(text) => STATUSES.iter().find(|(status, _)| status == text).map(|(_, name)| *name),
            Part::Nothing => Some(WITHOUT_STATUS),
            Part::Other => None,
        };
        Cell { key, counts: [COUNT].into_iter().chain(status).collect(), steps: Vec::new() }
    }
}

/// What cells hold, together.
pub(super) fn sums<'a>(items: impl IntoIterator<Item = &'a Item>) -> BTreeMap<&'a str, i64> {
    let mut sums = BTreeMap::new();
    for (name, attribute) in items.into_iter().flatten() {
        if let Some(number) = attribute.as_n().ok().and_then(|digits| digits.parse::<i64>().ok()) {
            *sums.entry(name.as_str()).or_default() += number;
        }
    }
    sums
}
