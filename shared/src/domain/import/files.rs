//! What the files of a build tell: their sizes, the device trees, the lines of its log.

use super::{
    super::build_log::{LogError, LogLines, LogReader},
    description::Description,
    never,
};
use crate::{
    domain::task::TaskError,
    error::Error,
    storage::{FileStorage, StoragePath},
};

/// Fills in what the description leaves to the files.
pub(super) async fn complete(files: &dyn FileStorage, description: &mut Description) -> Result<(), TaskError> {
    for file in &description.sizes {
        if let Some(size) = files.size(&place(description, &file.path)?).await.map_err(Error::from)? {
            description.fields.insert(file.size_field.to_owned(), size.into());
        }
    }
    if let Some(folder) = &description.dtb_folder {
        let folder = place(description, folder)?;
        let prefix = format!("{folder}/");
        let found = files.list(&folder).await.map_err(Error::from)?;
        let names: Vec<&str> = found.iter().filter_map(|entry| entry.path.as_str().strip_prefix(&prefix)).collect();
        if !names.is_empty() {
            description.fields.insert("dtb_dir_data".to_owned(), names.into());
        }
    }
    Ok(())
}

/// The lines of all logs of a build, one log after another; `None` where no log is stored.
pub(super) async fn read_logs(
    files: &dyn FileStorage,
    description: &Description,
) -> Result<Option<LogLines>, TaskError> {
    let mut all: Option<LogLines> = None;
    for log in &description.logs {
        let path = place(description, &log.path)?;
        let Some(mut reading) = files.read(&path).await.map_err(Error::from)? else { continue };
        let mut reader = LogReader::new();
        while let Some(piece) = reading.next().await.map_err(Error::from)? {
            reader.push(&piece).map_err(|error| damaged(&path, &error))?;
        }
        let lines = reader.finish().map_err(|error| damaged(&path, &error))?;
        match &mut all {
            None => all = Some(lines),
            Some(all) => all.append(lines),
        }
    }
    if description.fields.get("status").is_some_and(|status| status == "FAIL")
        && let Some(lines) = &mut all
    {
        lines.build_failed();
    }
    Ok(all)
}

fn place(description: &Description, path: &str) -> Result<StoragePath, TaskError> {
    description.storage_folder().and_then(|folder| folder.below(path)).map_err(never)
}

fn damaged(path: &StoragePath, error: &LogError) -> TaskError {
    never(format!("the log {path} cannot be read: {error}"))
}
