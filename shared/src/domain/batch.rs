//! `batch`: several reads in one request. They run concurrently, and each is answered or refused on its own.

use std::collections::BTreeSet;

use futures_util::{StreamExt, stream};
use serde_json::{Map, Value as Json};

use super::{
    count::{self, COUNTED},
    documents::{self, Listing},
};
use crate::{
    collections::Collection,
    error::Error,
    query::{Arguments, shown},
    store::Reader,
    time::Timestamp,
    value::{Document, ObjectId, Value, from_json},
};

/// The key of the list of operations.
pub const OPERATIONS: &str = "batch";

/// The keys of an operation.
pub const KEYS: [&str; 6] = ["method", "resource", "query", "document", "distinct", "operation_id"];

/// The resource of counts; all others are collections.
pub const COUNT: &str = "count";

/// The maximum number of operations of a request: three times the largest page of a dashboard.
pub const MAX_OPERATIONS: usize = 1_000;

/// The maximum number of faults in an answer.
const MAX_FAULTS: usize = 20;

/// The number of operations that run concurrently.
const CONCURRENCY: usize = 8;

/// A batch request.
#[derive(Debug)]
pub struct Batch {
    operations: Vec<Operation>,
    /// The warnings about the request.
    pub warnings: Vec<String>,
}

#[derive(Debug)]
struct Operation {
    id: Option<Value>,
    reading: Result<BatchRead, Error>,
}

/// The read of one operation.
#[derive(Debug)]
enum BatchRead {
    List(&'static Collection, Arguments),
    One(&'static Collection, ObjectId, Arguments),
    Distinct(&'static Collection, String, Arguments),
    Count(Option<String>, Arguments),
    CountDistinct(&'static Collection, String, Arguments),
}

/// The result of one operation.
#[derive(Debug)]
pub enum Found {
    /// Documents or groups.
    Listing(Listing),
    /// A document.
    One(Document),
    /// The distinct values of a field.
    Values(Vec<Value>),
    /// Counts, in the form of an answer.
    Counts(Vec<Document>),
}

/// The outcome of one operation.
#[derive(Debug)]
pub struct OperationOutcome {
    /// The caller's name for the operation, when given.
    pub id: Option<Value>,
    /// The result, or the reason of the refusal.
    pub found: Result<Found, Error>,
}

impl Batch {
    /// Parses the body of a request. A fault in the values of one operation is reported in the place of its result.
    ///
    /// # Errors
    /// [`Error::InvalidJson`] when the list of operations is missing or too long, or an operation has an unknown key.
    pub fn read(mut body: Map<String, Json>) -> Result<Self, Error> {
        let invalid = |why: String| Error::InvalidJson(vec![why]);
        let Some(Json::Array(list)) = body.remove(OPERATIONS) else {
            return Err(invalid(format!("Key '{OPERATIONS}' must hold a list of operations")));
        };
        if list.is_empty() || list.len() > MAX_OPERATIONS {
            return Err(invalid(format!("Key '{OPERATIONS}' must hold 1 to {MAX_OPERATIONS} operations")));
        }
        let in_operations = list.iter().filter_map(Json::as_object).flat_map(Map::keys);
        let unknown: BTreeSet<&String> = in_operations.filter(|name| !KEYS.contains(&name.as_str())).collect();
        if !unknown.is_empty() {
            let why = |name: &&String| format!("Key '{}' is no key of an operation: {}", shown(name), KEYS.join(", "));
            return Err(Error::InvalidJson(unknown.iter().take(MAX_FAULTS).map(why).collect()));
        }
        let others: Vec<String> = body.keys().map(|name| shown(name)).collect();
        let warning = || format!("Found non recognizable keys, they will not be considered: {}", others.join(", "));
        let warnings = if others.is_empty() { Vec::new() } else { vec![warning()] };
        let read = |json| match json {
            Json::Object(members) => Ok(Operation::read(&members)),
            _ => Err(invalid("An operation is not a JSON object".to_owned())),
        };
        Ok(Self { operations: list.into_iter().map(read).collect::<Result<_, _>>()?, warnings })
    }

    /// Runs the operations and returns the outcomes in their order.
    ///
    /// # Errors
    /// [`Error::Busy`] or [`Error::Internal`] when the store fails for one of them. The whole request can be repeated.
    pub async fn perform(self, reader: Reader<'_>, now: Timestamp) -> Result<Vec<OperationOutcome>, Error> {
        let outcomes: Vec<_> = self.operations.into_iter().map(|operation| operation.perform(reader, now)).collect();
        let outcomes: Vec<OperationOutcome> = stream::iter(outcomes).buffered(CONCURRENCY).collect().await;
        let ours = |outcome: &OperationOutcome| matches!(outcome.found, Err(Error::Busy(_) | Error::Internal(_)));
        match outcomes.iter().position(ours) {
            None => Ok(outcomes),
            Some(place) => Err(outcomes
                .into_iter()
                .nth(place)
                .and_then(|outcome| outcome.found.err())
                .unwrap_or_else(|| Error::Internal("an operation failed".to_owned()))),
        }
    }
}

impl Operation {
    fn read(members: &Map<String, Json>) -> Self {
        let id = members.get("operation_id").filter(|id| !id.is_null());
        match id.cloned().map(from_json).transpose() {
            Ok(id) => Self { id, reading: BatchRead::read(members) },
            Err(error) => Self { id: None, reading: Err(Error::InvalidJson(vec![error.to_string()])) },
        }
    }

    async fn perform(self, reader: Reader<'_>, now: Timestamp) -> OperationOutcome {
        let found = match self.reading {
            Ok(reading) => reading.perform(reader, now).await,
            Err(error) => Err(error),
        };
        OperationOutcome { id: self.id, found }
    }
}

impl BatchRead {
    fn read(members: &Map<String, Json>) -> Result<Self, Error> {
        if members.get("method").and_then(Json::as_str) != Some("GET") {
            return Err(Error::Invalid("The method of an operation must be GET".to_owned()));
        }
        let query = text(members, "query")?.unwrap_or_default();
        let arguments = Arguments::parse(query.strip_prefix('?').unwrap_or(query))?;
        let resource = text(members, "resource")?.unwrap_or_default();
        let (document, distinct) = (text(members, "document")?, text(members, "distinct")?.map(str::to_owned));
        if resource == COUNT {
            return match (document, distinct) {
                (Some(document), Some(field)) => Ok(Self::CountDistinct(collection(document)?, field, arguments)),
                (None, Some(_)) => Err(Error::Invalid("A count of distinct values needs a collection".to_owned())),
                (document, None) => Ok(Self::Count(document.map(str::to_owned), arguments)),
            };
        }
        let collection = collection(resource)?;
        match (distinct, document) {
            (Some(field), _) => Ok(Self::Distinct(collection, field, arguments)),
            (None, Some(document)) => {
                Ok(Self::One(collection, document.parse().map_err(|_| Error::WrongId)?, arguments))
            }
            (None, None) => Ok(Self::List(collection, arguments)),
        }
    }

    async fn perform(self, reader: Reader<'_>, now: Timestamp) -> Result<Found, Error> {
        Ok(match self {
            Self::List(collection, arguments) => {
                Found::Listing(documents::list(reader, collection, &arguments, now).await?)
            }
            Self::One(collection, id, arguments) => {
                let found = documents::one(reader, collection, id, &arguments).await?;
                Found::One(found.ok_or_else(|| Error::NotFound(id.to_string()))?)
            }
            Self::Distinct(collection, field, arguments) => {
                Found::Values(documents::distinct(reader, collection, &field, &arguments, now).await?)
            }
            Self::Count(name, arguments) => {
                Found::Counts(count::count(reader, name.as_deref(), &arguments, now).await?)
            }
            Self::CountDistinct(collection, field, arguments) => {
                let mut count = documents::count_distinct(reader, collection, &field, &arguments, now).await?;
                count.insert("resource", Value::from(collection.name));
                Found::Counts(vec![count])
            }
        })
    }
}

/// The text of a member; null counts as absent.
fn text<'a>(members: &'a Map<String, Json>, name: &str) -> Result<Option<&'a str>, Error> {
    match members.get(name) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) => Ok(Some(text)),
        Some(_) => Err(Error::Invalid(format!("'{name}' of an operation must be a text"))),
    }
}

fn collection(name: &str) -> Result<&'static Collection, Error> {
    let known = COUNTED.into_iter().find(|collection| collection.name == name);
    known.ok_or_else(|| {
        let names = COUNTED.map(|collection| collection.name).join(", ");
        Error::Invalid(format!("'{}' is no resource of an operation: they are {COUNT}, {names}", shown(name)))
    })
}
