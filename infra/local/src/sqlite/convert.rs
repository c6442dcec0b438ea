//! A store that an emulator of DynamoDB has written, as data folders had it: its items are written to a new file, which
//! then takes the place of the old one. A conversion that breaks off leaves the old file as it is.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use indicatif::{ProgressBar, ProgressStyle};
use kernelci::{
    collections::{COLLECTIONS, Collection},
    store::{engine::Item, schema},
};
use rusqlite::{Connection, OptionalExtension};

use super::{OpenError, private_file, reason, row::Row, schema as tables, writes::insert};

/// What the names of the old tables begin with.
const PREFIX: &str = "kernelci-";

/// The latest layout of the emulator's files that is known.
const LATEST: u32 = 11;

/// Between two signs of progress, in items.
const STEP: u64 = 500;

/// Whether the tables of a file are the emulator's.
///
/// # Errors
/// It cannot be read.
pub(super) fn is_emulators(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*) FROM sqlite_schema WHERE name IN ('_config', '_tables')";
    Ok(connection.query_row(sql, [], |row| row.get::<_, i64>(0))? == 2)
}

/// Converts the store of a file that nothing has open. Says so on a bar, where the standard error is a terminal.
///
/// # Errors
/// The old file is damaged or of a later version, or the new one cannot be written.
pub(super) fn convert(file: &Path) -> Result<(), OpenError> {
    let failed = |reason: String| OpenError::Unusable { path: file.display().to_string(), reason };
    let cannot = |error: rusqlite::Error| failed(reason(&error));
    let broken = |error: std::io::Error| failed(error.to_string());
    let old = Connection::open(file).map_err(cannot)?;
    check_version(&old).map_err(cannot)?.map_err(failed)?;
    // What stands in its log goes to the file: a log that stays would be taken for the new file's.
    let _: String = old.pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get(0)).map_err(cannot)?;

    let new = beside(file);
    for left in [new.clone(), with_suffix(&new, "-journal")] {
        match fs::remove_file(&left) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(broken(error)),
            _ => {}
        }
    }
    private_file(&new).map_err(broken)?;
    let converted = copy(&old, &new).map_err(|error| match error {
        CopyError::Sqlite(error) => cannot(error),
        CopyError::Item(reason) => failed(reason),
    });
    drop(old);
    let moved = converted.and_then(|()| {
        File::open(&new).and_then(|file| file.sync_all()).map_err(broken)?;
        fs::rename(&new, file).map_err(broken)?;
        // The name is on the disk once the folder is.
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(broken)
    });
    if moved.is_err() {
        let _ = fs::remove_file(&new);
    }
    moved
}

/// Where the new store is written.
fn beside(file: &Path) -> PathBuf {
    with_suffix(file, ".new")
}

fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn check_version(old: &Connection) -> rusqlite::Result<Result<(), String>> {
    let sql = "SELECT value FROM _config WHERE key = 'schema_version'";
    let version: Option<String> = old.query_row(sql, [], |row| row.get(0)).optional()?;
    Ok(match version.as_deref().map(str::parse::<u32>) {
        None => Ok(()),
        Some(Ok(version)) if version <= LATEST => Ok(()),
        Some(_) => Err("it was written by a newer version of the emulator".to_owned()),
    })
}

enum CopyError {
    Sqlite(rusqlite::Error),
    Item(String),
}

impl From<rusqlite::Error> for CopyError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

fn copy(old: &Connection, new: &Path) -> Result<(), CopyError> {
    let connection = Connection::open(new)?;
    connection.pragma_update(None, "page_size", super::PAGE_SIZE)?;
    // The file is thrown away where anything fails, and is written to the disk at the end.
    connection.pragma_update(None, "synchronous", "OFF")?;
    let _: String = connection.pragma_update_and_check(None, "journal_mode", "OFF", |row| row.get(0))?;
    tables::mark(&connection)?;
    let schemas = COLLECTIONS.map(schema);
    let there = COLLECTIONS.into_iter().filter_map(|collection| match is_there(old, collection) {
        Ok(true) => Some(Ok(collection)),
        Ok(false) => None,
        Err(error) => Some(Err(error)),
    });
    let there: Vec<&'static Collection> = there.collect::<Result<_, _>>()?;
    let mut count = 0;
    for collection in &there {
        let sql = format!("SELECT count(*) FROM \"{PREFIX}{}\"", collection.name);
        count += old.query_row(&sql, [], |row| row.get::<_, u64>(0))?;
    }
    let bar = ProgressBar::new(count).with_style(style());
    connection.execute_batch("BEGIN")?;
    tables::create_tables(&connection, &schemas)?;
    for collection in there {
        let mut statement = old.prepare(&format!("SELECT item_json FROM \"{PREFIX}{}\"", collection.name))?;
        let mut rows = statement.query([])?;
        let mut done = 0;
        while let Some(row) = rows.next()? {
            let damaged = |what: &str| CopyError::Item(format!("an item of {}: {what}", collection.name));
            let text = row.get_ref(0)?.as_str().map_err(|_| damaged("it is no text"))?;
            let item: Item = serde_json::from_str(text).map_err(|_| damaged("it cannot be read"))?;
            let row = Row::of(collection, &item).map_err(|error| damaged(&error.to_string()))?;
            insert(&connection, collection, &row)?;
            done += 1;
            if done % STEP == 0 {
                bar.inc(STEP);
            }
        }
    }
    connection.execute_batch("COMMIT")?;
    bar.finish_and_clear();
    connection.close().map_err(|(_, error)| error.into())
}

fn is_there(old: &Connection, collection: &Collection) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1";
    Ok(old.query_row(sql, [format!("{PREFIX}{}", collection.name)], |row| row.get::<_, i64>(0))? > 0)
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("The store is converted {bar:40} {pos}/{len} {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}
