//! All that the arguments of a list say: what is selected, in which order, and what of it is answered.

use super::{Arguments, BadArgument, Filter, number};
use crate::{collections::Collection, time::Timestamp};

/// A field to sort by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortKey {
    /// The member, or a path of members with dots between them.
    pub member: String,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// What a request for a list asks.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Selection {
    /// Which documents.
    pub filter: Filter,
    /// The order that was asked for; empty: oldest first.
    pub sort: Vec<SortKey>,
    /// The number of documents to leave out at the start.
    pub skip: usize,
    /// The most documents to answer; 0: all.
    pub limit: usize,
    /// Only these members, where there are any, and `_id`.
    pub fields: Vec<String>,
    /// Not these members.
    pub without: Vec<String>,
    /// The fields to group by.
    pub aggregate: Vec<String>,
}

impl Selection {
    /// Reads the arguments of a list of `collection`.
    ///
    /// # Errors
    /// An argument that cannot be used.
    pub fn read(collection: &Collection, arguments: &Arguments, now: Timestamp) -> Result<Self, BadArgument> {
        let named = |name: &'static str| {
            let given = arguments.all(name).map(str::to_owned);
            given.filter(|name| !name.is_empty()).collect::<Vec<_>>()
        };
        Ok(Self {
            fields: named("field"),
            without: named("nfield"),
            aggregate: member_names(arguments, "aggregate")?,
            ..Self::of_values(collection, arguments, now)?
        })
    }

    /// Reads the arguments of the distinct values of a field, which have no members to choose and no groups.
    ///
    /// # Errors
    /// An argument that cannot be used.
    pub fn of_values(collection: &Collection, arguments: &Arguments, now: Timestamp) -> Result<Self, BadArgument> {
        Ok(Self {
            filter: Filter::read(collection, arguments, now)?,
            sort: sort(arguments)?,
            skip: count(arguments, "skip")?,
            limit: count(arguments, "limit")?,
            ..Self::default()
        })
    }

    /// Reads the projection alone, for an answer that is one document.
    pub fn projection(arguments: &Arguments) -> Self {
        let named =
            |name: &'static str| arguments.all(name).filter(|name| !name.is_empty()).map(str::to_owned).collect();
        Self { fields: named("field"), without: named("nfield"), ..Self::default() }
    }

    /// Whether the greatest of the first sort field comes first.
    pub fn descending(&self) -> bool {
        self.sort.first().is_some_and(|key| key.descending)
    }

    /// Whether the order is that of `created_on`, then `_id`: the one that indexes have.
    pub fn by_time(&self) -> bool {
        match self.sort.as_slice() {
            [] => true,
            [key, ..] => key.member == "created_on" && self.sort.iter().all(|other| other.member == "created_on"),
        }
    }

    /// The number of documents, in order, that hold the answer; `None` where that is all of them.
    pub fn needed(&self) -> Option<usize> {
        (self.limit > 0).then(|| self.skip.saturating_add(self.limit))
    }
}

fn count(arguments: &Arguments, name: &str) -> Result<usize, BadArgument> {
    arguments.last(name).map_or(Ok(0), |text| number::count(name, text))
}

fn sort(arguments: &Arguments) -> Result<Vec<SortKey>, BadArgument> {
    let first_descends = match arguments.last("sort_order") {
        None => true,
        Some(text) => match number::whole("sort_order", text) {
            Ok(1) => false,
            Ok(-1) => true,
            _ => return Err(BadArgument::value("sort_order", text, "1 or -1")),
        },
    };
    let names = member_names(arguments, "sort")?.into_iter().enumerate();
    Ok(names.map(|(place, member)| SortKey { member, descending: place > 0 || first_descends }).collect())
}

fn member_names(arguments: &Arguments, name: &str) -> Result<Vec<String>, BadArgument> {
    let mut names: Vec<String> = Vec::new();
    for text in arguments.all(name) {
        if text.is_empty() {
            return Err(BadArgument::because(name, "the name of a field is missing"));
        }
        if !names.iter().any(|other| other == text) {
            names.push(text.to_owned());
        }
    }
    Ok(names)
}
