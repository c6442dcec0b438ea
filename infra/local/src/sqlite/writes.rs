//! Changing rows: conditions are evaluated on the items that are there, and nothing is written unless all of them hold.

use std::collections::HashSet;

use kernelci::{
    collections::{Collection, EXPIRING},
    store::{
        StoreError,
        engine::{Action, Change, Item, Put, ReturnValue, Transaction, UpdateAction, WriteCondition},
    },
};
use rusqlite::{Connection, ToSql, params_from_iter};

use super::{SqliteError, reads::numbered, row::Row, schema::Statements, units};

/// A change that the thread which writes can make.
#[derive(Debug)]
pub(super) struct Prepared {
    collection: &'static Collection,
    key: String,
    demand: Option<WriteCondition>,
    action: PreparedAction,
}

#[derive(Debug)]
enum PreparedAction {
    Put(Row),
    Update(Vec<UpdateAction>),
    Delete,
    Check,
}

impl Prepared {
    /// Encodes what is written, so that the one thread that writes need not.
    ///
    /// # Errors
    /// The item cannot be stored.
    pub(super) fn of(change: &Change) -> Result<Self, StoreError> {
        let Change { collection, key, action, demand } = change;
        let action = match action {
            Action::Put(item) => PreparedAction::Put(Row::of(collection, item)?),
            Action::Update(steps) => PreparedAction::Update(steps.clone()),
            Action::Delete => PreparedAction::Delete,
            Action::Check => PreparedAction::Check,
        };
        Ok(Self { collection, key: key.clone(), demand: demand.clone(), action })
    }

    /// The deletion of an item, whether or not it is there.
    pub(super) fn delete(collection: &'static Collection, key: &str) -> Self {
        Self { collection, key: key.to_owned(), demand: None, action: PreparedAction::Delete }
    }
}

/// What was done, and the write units of DynamoDB that this would take.
#[derive(Debug)]
pub(super) struct Done<T> {
    pub(super) outcome: T,
    pub(super) units: f64,
}

/// What is there before a change, and what is to be there after it.
struct Found {
    before: Option<(i64, Row)>,
    /// The item that is there, where it had to be read.
    item: Option<Item>,
    holds: bool,
}

fn find(connection: &Connection, change: &Prepared, returns_old: bool) -> Result<Found, StoreError> {
    let before = numbered(connection, change.collection, &change.key).map_err(SqliteError)?;
    // Whether there is one is known without its attributes.
    let needs_item = returns_old
        || matches!(change.action, PreparedAction::Update(_))
        || !matches!(change.demand, None | Some(WriteCondition::NoItem | WriteCondition::AnItem));
    let item = match &before {
        Some((_, row)) if needs_item => Some(row.item(change.collection)?),
        _ => None,
    };
    let holds = match &change.demand {
        None => true,
        Some(WriteCondition::NoItem) => before.is_none(),
        Some(WriteCondition::AnItem) => before.is_some(),
        Some(demand) => demand.holds(item.as_ref()),
    };
    Ok(Found { before, item, holds })
}

/// Makes one change where its condition holds.
pub(super) fn write(
    connection: &Connection,
    change: &Prepared,
    returned: ReturnValue,
) -> Result<Done<Put>, StoreError> {
    let found = find(connection, change, returned == ReturnValue::AllOld)?;
    if !found.holds {
        let item = match (found.item, found.before) {
            (Some(item), _) => Some(item),
            (None, Some((_, row))) => Some(row.item(change.collection)?),
            (None, None) => None,
        };
        return Ok(Done { outcome: Put::Refused(item), units: 0.0 });
    }
    let old = found.item.clone().filter(|_| returned == ReturnValue::AllOld);
    let (after, units) = apply(connection, change, found, false)?;
    let new = after.filter(|_| returned == ReturnValue::AllNew).map(|row| row.item(change.collection)).transpose()?;
    Ok(Done { outcome: Put::Stored(old.or(new)), units })
}

/// Makes all changes, or none.
pub(super) fn transact(connection: &Connection, changes: &[Prepared]) -> Result<Done<Transaction>, StoreError> {
    let mut keys = HashSet::new();
    if !changes.iter().all(|change| keys.insert((change.collection.name, change.key.as_str()))) {
        return Err(StoreError::Failed("a transaction changes one item twice".to_owned()));
    }
    let all: Vec<Found> = changes.iter().map(|change| find(connection, change, false)).collect::<Result<_, _>>()?;
    let refused: Vec<usize> =
        all.iter().enumerate().filter(|(_, found)| !found.holds).map(|(place, _)| place).collect();
    if !refused.is_empty() {
        return Ok(Done { outcome: Transaction::Refused(refused), units: 0.0 });
    }
    let mut sum = 0.0;
    for (change, found) in changes.iter().zip(all) {
        sum += apply(connection, change, found, true)?.1;
    }
    Ok(Done { outcome: Transaction::Done, units: sum })
}

/// Deletes items, whether or not they are there.
pub(super) fn delete_all(connection: &Connection, changes: &[Prepared]) -> Result<Done<()>, StoreError> {
    let mut sum = 0.0;
    for change in changes {
        let found = find(connection, change, false)?;
        sum += apply(connection, change, found, false)?.1;
    }
    Ok(Done { outcome: (), units: sum })
}

/// Makes a change whose condition holds; gives the row that it leaves, where that was made anew, and its units.
fn apply(
    connection: &Connection,
    change: &Prepared,
    found: Found,
    in_transaction: bool,
) -> Result<(Option<Row>, f64), StoreError> {
    let Found { before, item, .. } = found;
    let collection = change.collection;
    let after = match &change.action {
        PreparedAction::Put(row) => Some(row.clone()),
        PreparedAction::Update(steps) => {
            let item = UpdateAction::apply_all(steps, &change.key, item);
            Some(Row::of(collection, &item.map_err(|error| StoreError::Failed(error.to_string()))?)?)
        }
        PreparedAction::Delete => None,
        PreparedAction::Check => {
            let size = before.map_or(0, |(_, row)| row.size(collection));
            return Ok((None, units::write(size, in_transaction)));
        }
    };
    let units = capacity(collection, before.as_ref().map(|(_, row)| row), after.as_ref(), in_transaction);
    let statements = Statements(collection);
    match (&before, &after) {
        (None, None) => {}
        (Some((number, _)), None) => execute(connection, statements.delete(), &[number])?,
        (None, Some(row)) => insert(connection, collection, row).map_err(SqliteError)?,
        (Some((_, before)), Some(row)) if before.keys == row.keys && before.rest == row.rest => {}
        (Some((number, before)), Some(row)) if before.keys == row.keys && !EXPIRING.contains(&collection) => {
            execute(connection, statements.update_rest(), &[&row.rest, number])?;
        }
        (Some((number, _)), Some(row)) => {
            let mut all = parameters(row, collection);
            all.push(number);
            execute(connection, statements.update(), &all)?;
        }
    }
    Ok((after, units))
}

/// Adds a row whose key no other has.
pub(super) fn insert(connection: &Connection, collection: &'static Collection, row: &Row) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(Statements(collection).insert())?;
    statement.execute(params_from_iter(parameters(row, collection).iter())).map(drop)
}

fn parameters<'a>(row: &'a Row, collection: &Collection) -> Vec<&'a dyn ToSql> {
    let mut all: Vec<&dyn ToSql> = vec![&row.key, &row.keys.order];
    all.extend(row.keys.partitions.iter().map(|text| text as &dyn ToSql));
    if EXPIRING.contains(&collection) {
        all.push(&row.expires);
    }
    all.push(&row.rest);
    all
}

fn execute(connection: &Connection, sql: &str, parameters: &[&dyn ToSql]) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(SqliteError)?;
    statement.execute(params_from_iter(parameters.iter())).map_err(SqliteError)?;
    Ok(())
}

/// The units of the table and of each index that the change is written to.
fn capacity(collection: &Collection, before: Option<&Row>, after: Option<&Row>, in_transaction: bool) -> f64 {
    let size = |row: Option<&Row>| row.map_or(0, |row| row.size(collection));
    let largest = size(before).max(size(after));
    let of_table = units::write(largest, in_transaction);
    let of_index = |place: usize| {
        let keys =
            |row: Option<&Row>| row.and_then(|row| row.in_index(place)).map(|(a, b)| (a.to_owned(), b.to_owned()));
        match (keys(before), keys(after)) {
            (None, None) => 0.0,
            (Some(old), Some(new)) if old != new => {
                units::write(size(before), false) + units::write(size(after), false)
            }
            (Some(_), Some(_)) if before.map(|row| &row.rest) == after.map(|row| &row.rest) => 0.0,
            _ => units::write(largest, false),
        }
    };
    of_table + (0..collection.indexes.len()).map(of_index).sum::<f64>()
}

/// Deletes the items of a collection whose time is over at `now`, in seconds since the epoch.
pub(super) fn sweep(connection: &Connection, collection: &'static Collection, now: i64) -> Result<usize, StoreError> {
    let Some(sql) = Statements(collection).sweep() else { return Ok(0) };
    Ok(connection.execute(&sql, [now]).map_err(SqliteError)?)
}
