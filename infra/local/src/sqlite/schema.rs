//! The tables and their indexes, and the statements on them: all made from the collections.
//!
//! A table has a column for each attribute that is a key of an index. An index holds only the rows that have its
//! partition key.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use kernelci::{
    collections::{Collection, EXPIRING, Index},
    store::{EXPIRES, KeySchema, MadeTable, ORDER, TableSchema},
};
use rusqlite::Connection;

/// Marks a file as a store of this service: `KCI1`.
const APPLICATION: i32 = 0x4b43_4931;

/// The version of the layout of tables.
const VERSION: i32 = 1;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// Nothing.
    Nothing,
    /// A store of this version.
    Store,
    /// A store of a later version.
    Newer(i32),
    /// The tables of something else.
    Other,
}

/// What the file of a connection holds.
///
/// # Errors
/// It cannot be read, or is no database.
pub(super) fn content(connection: &Connection) -> rusqlite::Result<Content> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(match (number("application_id")?, number("user_version")?) {
        (APPLICATION, version) if version > VERSION => Content::Newer(version),
        (APPLICATION, _) => Content::Store,
        _ if tables == 0 => Content::Nothing,
        _ => Content::Other,
    })
}

/// Marks a file as a store.
///
/// # Errors
/// It cannot be written.
pub(super) fn mark(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "application_id", APPLICATION)?;
    connection.pragma_update(None, "user_version", VERSION)
}

/// Makes the tables that are not there, and of those that are there the columns and indexes that are not.
///
/// # Errors
/// The file cannot be written.
pub(super) fn create_tables(connection: &Connection, schemas: &[TableSchema]) -> rusqlite::Result<Vec<MadeTable>> {
    let mut made = Vec::new();
    for schema in schemas {
        let table = &schema.name;
        let indexes: Vec<(&String, &KeySchema)> =
            schema.keys.iter().filter_map(|keys| Some((keys.index.as_ref()?, keys))).collect();
        let there = columns(connection, table)?;
        let is_new = there.is_empty();
        let keys = [ORDER].into_iter().chain(indexes.iter().map(|(_, keys)| keys.partition.as_str()));
        let mut wanted: Vec<(&str, &str)> = keys.map(|name| (name, "TEXT")).collect();
        wanted.extend(schema.expires.as_deref().map(|name| (name, "INTEGER")));
        wanted.dedup();
        if is_new {
            let columns: String = wanted.iter().map(|(name, kind)| format!("\"{name}\" {kind}, ")).collect();
            connection.execute_batch(&format!(
                "CREATE TABLE \"{table}\" (key TEXT NOT NULL UNIQUE, {columns}item BLOB NOT NULL) STRICT"
            ))?;
        }
        for (name, kind) in wanted.iter().filter(|(name, _)| !is_new && !there.iter().any(|other| other == name)) {
            connection.execute_batch(&format!("ALTER TABLE \"{table}\" ADD COLUMN \"{name}\" {kind}"))?;
        }
        for (name, KeySchema { partition, .. }) in indexes {
            connection.execute_batch(&format!(
                "CREATE INDEX IF NOT EXISTS \"{table}.{name}\" ON \"{table}\" (\"{partition}\", \"{ORDER}\")
                 WHERE \"{partition}\" IS NOT NULL"
            ))?;
        }
        if let Some(name) = &schema.expires {
            connection.execute_batch(&format!(
                "CREATE INDEX IF NOT EXISTS \"{table}.expires\" ON \"{table}\" (\"{name}\") WHERE \"{name}\" IS NOT NULL"
            ))?;
        }
        made.push(MadeTable { name: table.clone(), is_new });
    }
    Ok(made)
}

fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1)")?;
    statement.query_map([table], |row| row.get(0))?.collect()
}

/// The statements on single rows of a table, as text.
struct RowStatements {
    get: String,
    insert: String,
    update: String,
    update_rest: String,
    delete: String,
}

impl RowStatements {
    fn of(collection: &'static Collection) -> Self {
        let statements = Statements(collection);
        let (names, table) = (statements.assigned(), collection.name);
        let places = vec!["?"; names.len()].join(", ");
        let sets: Vec<String> = names.iter().map(|name| format!("{name} = ?")).collect();
        Self {
            get: format!("SELECT {}, item, rowid FROM \"{table}\" WHERE key = ?1", statements.columns()),
            insert: format!("INSERT INTO \"{table}\" ({}) VALUES ({places})", names.join(", ")),
            update: format!("UPDATE \"{table}\" SET {} WHERE rowid = ?", sets.join(", ")),
            update_rest: format!("UPDATE \"{table}\" SET item = ?1 WHERE rowid = ?2"),
            delete: format!("DELETE FROM \"{table}\" WHERE rowid = ?1"),
        }
    }

    /// Those of a collection. They are made once for a process.
    fn get(collection: &'static Collection) -> &'static Self {
        static MADE: Mutex<BTreeMap<&str, &RowStatements>> = Mutex::new(BTreeMap::new());
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        made.entry(collection.name).or_insert_with(|| Box::leak(Box::new(Self::of(collection))))
    }
}

/// The statements on the table of a collection.
pub(super) struct Statements(pub(super) &'static Collection);

impl Statements {
    /// The columns of a row, in the order in which [`super::rows::row`] reads them.
    fn columns(&self) -> String {
        let mut columns = format!("key, \"{ORDER}\"");
        for index in self.0.indexes {
            columns.push_str(&format!(", \"{}\"", index.attribute));
        }
        columns
    }

    fn expires(&self) -> Option<&'static str> {
        EXPIRING.contains(&self.0).then_some(EXPIRES)
    }

    /// The row of a key, with the number of the row.
    pub(super) fn get(&self) -> &'static str {
        &RowStatements::get(self.0).get
    }

    /// The rows of as many keys.
    pub(super) fn get_many(&self, count: usize) -> String {
        let places = vec!["?"; count].join(",");
        format!("SELECT {}, item, rowid FROM \"{}\" WHERE key IN ({places})", self.columns(), self.0.name)
    }

    /// The rows whose keys are behind one, in the order of the keys.
    pub(super) fn behind(&self) -> String {
        format!("SELECT {}, item, rowid FROM \"{}\" WHERE key > ?1 ORDER BY key LIMIT ?2", self.columns(), self.0.name)
    }

    fn assigned(&self) -> Vec<String> {
        let mut names = vec!["key".to_owned(), format!("\"{ORDER}\"")];
        names.extend(self.0.indexes.iter().map(|index| format!("\"{}\"", index.attribute)));
        names.extend(self.expires().map(|name| format!("\"{name}\"")));
        names.push("item".to_owned());
        names
    }

    /// A new row.
    pub(super) fn insert(&self) -> &'static str {
        &RowStatements::get(self.0).insert
    }

    /// All columns of a row; the last parameter is its number.
    pub(super) fn update(&self) -> &'static str {
        &RowStatements::get(self.0).update
    }

    /// The rest of a row, whose columns stay as they are.
    pub(super) fn update_rest(&self) -> &'static str {
        &RowStatements::get(self.0).update_rest
    }

    /// One row less.
    pub(super) fn delete(&self) -> &'static str {
        &RowStatements::get(self.0).delete
    }

    /// The rows whose time is over.
    pub(super) fn sweep(&self) -> Option<String> {
        let name = self.expires()?;
        Some(format!("DELETE FROM \"{}\" WHERE \"{name}\" <= ?1", self.0.name))
    }

    /// The rows of an index under a key, in order. Parameters are the key, the first sort key and the one before which to
    /// end, the most rows and, where it goes on behind a cursor, the number of the row there: its sort key takes the place
    /// of the bound that is passed.
    pub(super) fn query(&self, index: &Index, descending: bool, goes_on: bool, whole: bool) -> String {
        let order = if descending { "DESC" } else { "ASC" };
        let (until, behind) = match (goes_on, descending) {
            (false, _) => ("<", String::new()),
            (true, false) => ("<", format!("AND (\"{ORDER}\" > ?2 OR rowid > ?5)")),
            (true, true) => ("<=", format!("AND (\"{ORDER}\" < ?3 OR rowid < ?5)")),
        };
        format!(
            "SELECT {columns}, {item}, rowid FROM \"{table}\" INDEXED BY \"{table}.{name}\"
             WHERE \"{partition}\" = ?1 AND \"{ORDER}\" >= ?2 AND \"{ORDER}\" {until} ?3 {behind}
             ORDER BY \"{ORDER}\" {order}, rowid {order} LIMIT ?4",
            columns = self.columns(),
            item = if whole { "item" } else { "length(item)" },
            table = self.0.name,
            name = index.name,
            partition = index.attribute,
        )
    }
}
