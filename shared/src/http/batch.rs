//! What `/batch` answers: for each operation, in its place, what its own request would have been answered.

use super::{
    reply::{Reply, groups},
    status::{errors, reason, status},
};
use crate::{
    domain::{
        batch::{Found, OperationOutcome},
        documents::Listing,
    },
    error::Error,
    value::{Document, Value},
};

impl Reply {
    /// The outcomes of operations, in their order.
    pub fn batch(outcomes: Vec<OperationOutcome>) -> Self {
        Self::result(outcomes.into_iter().map(answered).collect())
    }
}

fn answered(outcome: OperationOutcome) -> Document {
    let mut answer = match outcome.found {
        Ok(found) => members([("result", Value::List(result(found)))]),
        Err(error) => refused(&error),
    };
    if let Some(id) = outcome.id {
        answer.insert("operation_id", id);
    }
    answer
}

fn result(found: Found) -> Vec<Value> {
    let page = |documents: Vec<Document>, limit: usize| {
        let count = number(documents.len());
        let documents = Value::List(documents.into_iter().map(Value::Map).collect());
        vec![Value::Map(members([("count", count), ("limit", number(limit)), ("result", documents)]))]
    };
    match found {
        Found::Listing(Listing::Documents(selection, documents)) => page(documents, selection.limit),
        Found::Listing(Listing::Groups(selection, found)) => page(groups(&selection, found), selection.limit),
        Found::One(document) => page(vec![document], 0),
        Found::Values(values) => {
            vec![Value::Map(members([("count", number(values.len())), ("result", Value::List(values))]))]
        }
        Found::Counts(counts) => counts.into_iter().map(Value::Map).collect(),
    }
}

fn refused(error: &Error) -> Document {
    let mut refused =
        members([("code", Value::Integer(status(error).as_u16().into())), ("reason", Value::from(reason(error)))]);
    let errors = errors(error);
    if !errors.is_empty() {
        refused.insert("errors", Value::List(errors.into_iter().map(Value::from).collect()));
    }
    refused
}

fn members<const N: usize>(members: [(&str, Value); N]) -> Document {
    members.map(|(name, value)| (name.to_owned(), value)).into()
}

fn number(number: usize) -> Value {
    Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}
