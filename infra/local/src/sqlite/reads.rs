//! Reading rows: by key, and by access pattern while conditions are checked on each row.

use kernelci::{
    collections::Collection,
    query::Filter,
    store::{
        StoreError,
        engine::{Cursor, DocumentReader, Item, Opened, PAGE_BYTES, Page, Query},
    },
};
use rusqlite::{Connection, params_from_iter, types::ValueRef};

use super::{
    SqliteError,
    row::{self, IndexKeys, Row},
    schema::Statements,
    units,
};

/// Behind every sort key.
const LAST: &str = "\u{10ffff}\u{10ffff}";

/// What was read, and what it counts as.
#[derive(Debug)]
pub(super) struct Counted<T> {
    pub(super) answer: T,
    /// Items that were read.
    pub(super) items: usize,
    /// The read units of DynamoDB that this would take.
    pub(super) units: f64,
}

/// The item of a key.
pub(super) fn get(
    connection: &Connection,
    collection: &'static Collection,
    key: &str,
    consistent: bool,
) -> Result<Counted<Option<Item>>, StoreError> {
    let found = numbered(connection, collection, key).map_err(SqliteError)?.map(|(_, row)| row);
    let size = found.as_ref().map_or(0, |row| row.size(collection));
    let answer = found.map(|row| row.item(collection)).transpose()?;
    Ok(Counted { items: usize::from(answer.is_some()), answer, units: units::read(size, consistent) })
}

/// The row of a key, with its number.
///
/// # Errors
/// The file cannot be read.
pub(super) fn numbered(
    connection: &Connection,
    collection: &'static Collection,
    key: &str,
) -> rusqlite::Result<Option<(i64, Row)>> {
    let mut statement = connection.prepare_cached(Statements(collection).get())?;
    let mut rows = statement.query([key])?;
    rows.next()?.map(|row| whole(collection, row)).transpose()
}

fn whole(collection: &Collection, row: &rusqlite::Row<'_>) -> rusqlite::Result<(i64, Row)> {
    let (key, keys) = columns(collection, row)?;
    let place = 2 + collection.indexes.len();
    Ok((row.get(place + 1)?, Row { key, keys, expires: None, rest: row.get(place)? }))
}

fn columns(collection: &Collection, row: &rusqlite::Row<'_>) -> rusqlite::Result<(String, IndexKeys)> {
    let partitions = (0..collection.indexes.len()).map(|place| row.get(2 + place)).collect::<Result<_, _>>()?;
    Ok((row.get(0)?, IndexKeys { order: row.get(1)?, partitions }))
}

/// The items of these keys.
pub(super) fn get_many(
    connection: &Connection,
    collection: &'static Collection,
    keys: &[String],
    consistent: bool,
) -> Result<Counted<Vec<Item>>, StoreError> {
    let mut statement = connection.prepare_cached(&Statements(collection).get_many(keys.len())).map_err(SqliteError)?;
    let mut rows = statement.query(params_from_iter(keys)).map_err(SqliteError)?;
    let (mut answer, mut units) = (Vec::with_capacity(keys.len()), 0.0);
    while let Some(row) = rows.next().map_err(SqliteError)? {
        let (_, row) = whole(collection, row).map_err(SqliteError)?;
        units += units::read(row.size(collection), consistent);
        answer.push(row.item(collection)?);
    }
    let absent = keys.len().saturating_sub(answer.len());
    units += std::iter::repeat_n(units::read(0, consistent), absent).sum::<f64>();
    Ok(Counted { items: answer.len(), answer, units })
}

/// The items of a table whose keys are behind one, in the order of the keys, up to `most`.
pub(super) fn behind(
    connection: &Connection,
    collection: &'static Collection,
    key: &str,
    most: usize,
) -> Result<Vec<Item>, StoreError> {
    let mut statement = connection.prepare_cached(&Statements(collection).behind()).map_err(SqliteError)?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut rows = statement.query(rusqlite::params![key, most]).map_err(SqliteError)?;
    let mut items = Vec::new();
    while let Some(row) = rows.next().map_err(SqliteError)? {
        items.push(whole(collection, row).map_err(SqliteError)?.1.item(collection)?);
    }
    Ok(items)
}

/// A query that a thread of its own can do.
#[derive(Debug)]
pub(super) struct OwnedQuery {
    collection: &'static Collection,
    index: &'static kernelci::collections::Index,
    key: String,
    order: Option<(String, String)>,
    filter: Filter,
    members: Option<Vec<String>>,
    count_only: bool,
    texts: bool,
    descending: bool,
    limit: usize,
    start: Option<(String, i64)>,
}

impl OwnedQuery {
    /// # Errors
    /// The cursor is none of this engine.
    pub(super) fn of(query: &Query<'_>) -> Result<Self, StoreError> {
        let foreign = || StoreError::Failed("the cursor is of another engine".to_owned());
        let start: Option<Result<_, StoreError>> = query.start.map(|Cursor(text)| {
            let (number, order) = text.split_once(' ').ok_or_else(foreign)?;
            Ok((order.to_owned(), number.parse().map_err(|_| foreign())?))
        });
        Ok(Self {
            collection: query.collection,
            index: query.index,
            key: query.key.to_owned(),
            order: query.order.clone(),
            filter: query.filter.clone(),
            members: query.members.as_ref().map(|names| names.iter().map(|name| (*name).to_owned()).collect()),
            count_only: query.count_only,
            texts: query.texts,
            descending: query.descending,
            limit: query.limit,
            start: start.transpose()?,
        })
    }

    /// The most rows that are read.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// The members that are answered; `None` for all.
    fn answered(&self) -> Option<Vec<String>> {
        let carried = row::carried(self.collection, self.index);
        match (&self.members, carried) {
            _ if self.count_only => Some(Vec::new()),
            (None, None) => None,
            (Some(members), None) => Some(members.clone()),
            (None, Some(carried)) => Some(carried.into_iter().map(str::to_owned).collect()),
            (Some(members), Some(carried)) => {
                Some(members.iter().filter(|name| carried.contains(&name.as_str())).cloned().collect())
            }
        }
    }
}

/// One page, its items as documents.
pub(super) fn query(connection: &Connection, query: &OwnedQuery) -> Result<Counted<Page<Opened>>, StoreError> {
    let answered = query.answered();
    let filtered: Vec<&str> = query.filter.conditions.iter().map(|condition| condition.member()).collect();
    let mut reader = DocumentReader::new(query.collection);
    // Members that only conditions speak of are read, and not answered.
    let mut hidden = Vec::new();
    if let Some(answered) = &answered {
        hidden = filtered.iter().copied().filter(|name| !answered.iter().any(|other| other == name)).collect();
        reader = reader.only(answered.iter().map(String::as_str).chain(hidden.iter().copied()));
    }
    // Of a whole document that does not match, only what the conditions speak of is read.
    let first = (answered.is_none() && !filtered.is_empty())
        .then(|| DocumentReader::new(query.collection).only(filtered.iter().copied()));
    let is_filtered_before = first.is_some() || query.filter == Filter::default();
    let is_text = query.texts && answered.is_none() && is_filtered_before;
    page(connection, query, |found, rest| {
        if let Some(first) = &first
            && !holds(&query.filter, &row::opened(query.collection, first, found.key, rest)?)
        {
            return Ok(None);
        }
        if is_text && let Some(text) = reader.json_of_message_pack(found.key, rest) {
            return Ok(Some(Opened::of_text(text)));
        }
        let mut opened = row::opened(query.collection, &reader, found.key, rest)?;
        if first.is_none() && !holds(&query.filter, &opened) {
            return Ok(None);
        }
        for name in &hidden {
            opened.document.remove(name);
        }
        Ok(Some(opened))
    })
}

/// One page, its items as they are.
pub(super) fn query_items(connection: &Connection, query: &OwnedQuery) -> Result<Counted<Page<Item>>, StoreError> {
    let filtered = query.filter.conditions.iter().map(|condition| condition.member());
    let reader = DocumentReader::new(query.collection).only(filtered);
    let answered = query.answered();
    page(connection, query, |found, rest| {
        if !query.filter.conditions.is_empty() {
            let opened = row::opened(query.collection, &reader, found.key, rest)?;
            if !holds(&query.filter, &opened) {
                return Ok(None);
            }
        }
        let (key, keys) = columns(query.collection, found.row).map_err(SqliteError)?;
        let row = Row { key, keys, expires: None, rest: rest.to_vec() };
        let mut item = row.item(query.collection)?;
        if let Some(answered) = &answered {
            item.retain(|name, _| answered.contains(name));
        }
        Ok(Some(item))
    })
}

fn holds(filter: &Filter, opened: &Opened) -> bool {
    kernelci::query::matches(filter, &opened.document)
}

/// A row that a query meets, as SQLite holds it.
struct FoundRow<'a> {
    row: &'a rusqlite::Row<'a>,
    key: &'a str,
    order: &'a str,
}

impl<'a> FoundRow<'a> {
    fn of(row: &'a rusqlite::Row<'a>) -> rusqlite::Result<Self> {
        let text = |place| Ok::<_, rusqlite::Error>(row.get_ref(place)?.as_str_or_null()?.unwrap_or_default());
        Ok(Self { row, key: text(0)?, order: text(1)? })
    }

    /// About how many bytes DynamoDB counts for the item; `rest` is the length of what is in no column.
    fn size(&self, collection: &Collection, rest: usize) -> rusqlite::Result<usize> {
        let mut keys = 0;
        for (place, index) in collection.indexes.iter().enumerate() {
            if let ValueRef::Text(text) = self.row.get_ref(2 + place)? {
                keys += index.attribute.len() + text.len();
            }
        }
        Ok(row::size_of_parts(self.key, Some(self.order).filter(|order| !order.is_empty()), keys, rest))
    }
}

fn page<T>(
    connection: &Connection,
    query: &OwnedQuery,
    mut read: impl FnMut(&FoundRow<'_>, &[u8]) -> Result<Option<T>, StoreError>,
) -> Result<Counted<Page<T>>, StoreError> {
    let statements = Statements(query.collection);
    // Where nothing of an item matters, only its length is read.
    let whole = !query.count_only || !query.filter.conditions.is_empty();
    let sql = statements.query(query.index, query.descending, query.start.is_some(), whole);
    let mut statement = connection.prepare_cached(&sql).map_err(SqliteError)?;
    let (mut from, mut until) = query.order.as_ref().map_or(("", LAST), |(from, until)| (from, until));
    if let Some((order, _)) = &query.start {
        *(if query.descending { &mut until } else { &mut from }) = order;
    }
    let bind = |error| StoreError::from(SqliteError(error));
    for (place, text) in [(1, query.key.as_str()), (2, from), (3, until)] {
        statement.raw_bind_parameter(place, text).map_err(bind)?;
    }
    statement.raw_bind_parameter(4, i64::try_from(query.limit).unwrap_or(i64::MAX)).map_err(bind)?;
    if let Some((_, number)) = &query.start {
        statement.raw_bind_parameter(5, number).map_err(bind)?;
    }
    let (mut items, mut count, mut scanned, mut bytes, mut next) = (Vec::new(), 0, 0, 0, None);
    let rest = 2 + query.collection.indexes.len();
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(SqliteError)? {
        let found = FoundRow::of(row).map_err(SqliteError)?;
        let value = row.get_ref(rest).map_err(SqliteError)?;
        let length = match value {
            ValueRef::Blob(bytes) => bytes.len(),
            ValueRef::Integer(length) => usize::try_from(length).unwrap_or(0),
            _ => 0,
        };
        scanned += 1;
        bytes += found.size(query.collection, length).map_err(SqliteError)?;
        match value {
            ValueRef::Blob(stored) => {
                if let Some(item) = read(&found, stored)? {
                    count += 1;
                    if !query.count_only {
                        items.push(item);
                    }
                }
            }
            _ => count += 1,
        }
        if scanned >= query.limit || bytes >= PAGE_BYTES {
            let number: i64 = row.get(rest + 1).map_err(SqliteError)?;
            next = Some(Cursor(format!("{number} {}", found.order).into()));
            break;
        }
    }
    let answer = Page { items, count, next };
    Ok(Counted { answer, items: scanned, units: units::read(bytes, false) })
}
