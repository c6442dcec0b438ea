//! The report document: the result of a mail. A later mail of the same name updates it.

use crate::{
    collections::REPORT,
    domain::send::Order,
    error::Error,
    pause::Pauses,
    store::{Replacement, Writer, derived_id},
    time::Timestamp,
    value::{Document, ObjectId, Value},
};

/// The status of a report whose mail was delivered, and of one whose mail was not.
const SENT: &str = "SENT";
const ERROR: &str = "ERROR";

/// The code in `errors`, as the original has it for refused mails.
const NO_CODE: i64 = 500;

fn identity(order: &Order) -> Document {
    [
        ("job", Value::from(order.job.as_str())),
        ("kernel", Value::from(order.kernel.as_str())),
        ("git_branch", Value::from(order.git_branch.as_str())),
        ("type", Value::from(order.kind.name())),
        ("name", Value::from(order.report_name())),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// Stores the page of a report, before the mail is delivered.
///
/// # Errors
/// The store fails, or the page is too long.
pub(super) async fn keep_page(writer: Writer<'_>, order: &Order, page: &str) -> Result<(), Error> {
    Ok(writer.put_page(&REPORT, id(writer, order).await?, page).await?)
}

async fn id(writer: Writer<'_>, order: &Order) -> Result<ObjectId, Error> {
    let derived = derived(&identity(order))?;
    Ok(writer.identified(&REPORT, derived).await?.map_or(derived, |found| found.id))
}

fn derived(identity: &Document) -> Result<ObjectId, Error> {
    derived_id(&REPORT, identity).ok_or_else(|| Error::Internal("a report lacks what identifies it".to_owned()))
}

/// Stores the result of a mail: delivered, or the reason why not.
///
/// # Errors
/// The store fails.
pub(super) async fn keep(writer: Writer<'_>, order: &Order, error: Option<&str>, now: Timestamp) -> Result<(), Error> {
    let identity = identity(order);
    let derived = derived(&identity)?;
    let errors = error.map(|error| Value::List(vec![Value::Integer(NO_CODE), Value::from(error)]));
    let mut pauses = Pauses::default();
    loop {
        let before = writer.identified(&REPORT, derived).await?;
        let mut after = match &before {
            Some(found) => found.document.clone(),
            None => identity.clone(),
        };
        let made = [("created_on", Value::Date(now)), ("version", Value::from("1.1")), ("updated_on", Value::Null)];
        for (name, value) in made {
            after.entry(name.to_owned()).or_insert(value);
        }
        if before.is_some() {
            after.insert("updated_on", Value::Date(now));
        }
        after.insert("status", Value::from(if error.is_some() { ERROR } else { SENT }));
        after.insert("errors", Value::List(errors.clone().into_iter().collect()));
        if writer.replace([Replacement { collection: &REPORT, before, after: Some(after) }]).await? {
            return Ok(());
        }
        if !pauses.pause().await {
            return Err(Error::Busy("a report changes again and again".to_owned()));
        }
    }
}
