//! The operations of DynamoDB that the embedded store knows, each by its name and the JSON of its request.

use dynoxide::{Database, DynoxideError};
use serde::{Serialize, de::DeserializeOwned};

/// What an operation does, and so which thread does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OperationKind {
    /// Reads items.
    Read,
    /// Writes items, reads several as of one moment, or reads what tables there are.
    Write,
    /// Changes what tables and indexes there are.
    Tables,
}

impl OperationKind {
    pub(super) fn of(operation: &str) -> Self {
        match operation {
            "GetItem" | "BatchGetItem" | "Query" | "Scan" => Self::Read,
            "CreateTable" | "DeleteTable" | "UpdateTable" | "UpdateTimeToLive" => Self::Tables,
            _ => Self::Write,
        }
    }
}

/// The text of the answer.
///
/// # Errors
/// The request is malformed, refused, or of an operation that is not known; or the file cannot be read or written.
pub(super) fn perform(database: &Database, operation: &str, body: &[u8]) -> dynoxide::Result<Vec<u8>> {
    match operation {
        "GetItem" => answer(body, |asked| database.get_item(asked)),
        "BatchGetItem" => answer(body, |asked| database.batch_get_item(asked)),
        "TransactGetItems" => answer(body, |asked| database.transact_get_items(asked)),
        "Query" => answer(body, |asked| database.query(asked)),
        "Scan" => answer(body, |asked| database.scan(asked)),
        "PutItem" => answer(body, |asked| database.put_item(asked)),
        "UpdateItem" => answer(body, |asked| database.update_item(asked)),
        "DeleteItem" => answer(body, |asked| database.delete_item(asked)),
        "BatchWriteItem" => answer(body, |asked| database.batch_write_item(asked)),
        "TransactWriteItems" => answer(body, |asked| database.transact_write_items(asked)),
        "CreateTable" => answer(body, |asked| database.create_table(asked)),
        "DeleteTable" => answer(body, |asked| database.delete_table(asked)),
        "UpdateTable" => answer(body, |asked| database.update_table(asked)),
        "DescribeTable" => answer(body, |asked| database.describe_table(asked)),
        "ListTables" => answer(body, |asked| database.list_tables(asked)),
        "UpdateTimeToLive" => answer(body, |asked| database.update_time_to_live(asked)),
        "DescribeTimeToLive" => answer(body, |asked| database.describe_time_to_live(asked)),
        _ => Err(DynoxideError::ValidationException(format!("the embedded store does not know {operation}"))),
    }
}

fn answer<A: DeserializeOwned, B: Serialize>(
    body: &[u8],
    operation: impl FnOnce(A) -> dynoxide::Result<B>,
) -> dynoxide::Result<Vec<u8>> {
    let asked = serde_json::from_slice(body).map_err(|error| refusal(&error.to_string()))?;
    serde_json::to_vec(&operation(asked)?).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

/// What dynoxide says of a body that it does not read. It marks values that DynamoDB refuses as such.
fn refusal(message: &str) -> DynoxideError {
    match message.split_once(':') {
        Some((mark, text)) if mark.starts_with("VALIDATION") => {
            let text = text.rsplit_once(" at line ").map_or(text, |(text, _)| text);
            DynoxideError::ValidationException(text.to_owned())
        }
        _ => DynoxideError::SerializationException(message.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_dynamodb_refuses_is_no_malformed_request() {
        let database = Database::memory().unwrap();
        for (value, refused) in [(r#"{"N": "x"}"#, "ValidationException"), (r#"{"N": 1}"#, "SerializationException")] {
            let body = format!(r#"{{"TableName": "table", "Item": {{"_id": {value}}}}}"#);
            let error = perform(&database, "PutItem", body.as_bytes()).unwrap_err();
            assert!(error.to_json().contains(refused), "{}", error.to_json());
        }
    }
}
