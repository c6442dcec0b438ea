//! `callback/lava`: what LAVA tells of a job that has ended, checked at once and stored after the answer.

use bytes::Bytes;
use serde_json::{Map, Value as Json};

use super::{
    lava::Callback,
    sender,
    task::{TaskError, Work},
    test::Importer,
};
use crate::{
    auth::Caller,
    error::Error,
    identifiers::Identifiers,
    storage::{FileStorage, StoragePath},
    store::{Reader, Tasks},
    time::Timestamp,
};

/// The only kind of job that is told of.
pub const TEST: &str = "test";

/// The argument that names the lab.
pub const LAB: &str = "lab_name";

/// The body of a request, where it is a callback at all.
///
/// # Errors
/// It has none of a callback's keys.
pub fn checked(body: Map<String, Json>) -> Result<Map<String, Json>, Error> {
    const KEYS: [&str; 4] = ["definition", "results", "log", "id"];
    match KEYS.iter().any(|key| body.contains_key(*key)) {
        true => Ok(body),
        false => Err(Error::InvalidJson(vec!["No valid or acceptable keys in the JSON data".to_owned()])),
    }
}

/// Keeps a callback to be stored; once this returns it is not lost. Gives what is to be said beside that it was accepted.
///
/// # Errors
/// The caller may not send for that lab, the callback cannot be stored, or the store fails.
pub async fn submit(
    reader: Reader<'_>,
    tasks: Tasks<'_>,
    identifiers: Identifiers,
    caller: &Caller,
    lab: &str,
    body: Map<String, Json>,
    now: Timestamp,
) -> Result<Vec<String>, Error> {
    let sender = sender::sender(reader, caller, lab).await?;
    let text = Json::Object(body.clone()).to_string();
    let run = Callback::read(body, lab)?.run();
    if let Some(files) = &run.log {
        files.text_path()?;
        files.html_path()?;
    }
    let work = Work::ImportCallback { lab: lab.to_owned(), body: text };
    tasks.add(identifiers.object_id(now)?, work.to_value(), now).await?;
    Ok(sender.warning(lab).into_iter().collect())
}

/// Stores a callback that was accepted: its log, then its groups and cases.
///
/// # Errors
/// It is no callback, or something fails that may work later.
pub(crate) async fn import(importer: Importer<'_>, lab: &str, body: &str, now: Timestamp) -> Result<(), TaskError> {
    let body = serde_json::from_str(body).map_err(|error| TaskError::Never(error.to_string()))?;
    let callback = Callback::read(body, lab)?;
    let run = callback.run();
    if let Some(log) = &run.log {
        let (mut text, mut html) = (Vec::new(), Vec::new());
        let unwritten = |error: std::io::Error| TaskError::Never(error.to_string());
        callback.write_text(&mut text).map_err(unwritten)?;
        keep(importer.files, &log.text_path().map_err(Error::from)?, text).await?;
        callback.write_html(&mut html).map_err(unwritten)?;
        keep(importer.files, &log.html_path().map_err(Error::from)?, html).await?;
    }
    importer.import(&run.group, now, &mut Vec::new()).await?;
    Ok(())
}

async fn keep(files: &dyn FileStorage, path: &StoragePath, content: Vec<u8>) -> Result<(), Error> {
    files.write(path, Bytes::from(content)).await?;
    Ok(())
}
