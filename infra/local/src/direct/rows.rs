//! The reads that lists and single documents consist of, answered from the rows of the store's file as they are. What
//! dynoxide does with a row between the file and the answer, maps of attributes that are written as the same text again,
//! takes most of the time of a list.

use std::{
    fmt,
    path::Path,
    sync::{Mutex, PoisonError},
    thread::available_parallelism,
};

use dynoxide::{
    storage::{QueryParams, Storage},
    types::read_capacity_units_with_consistency,
};

use super::{
    requests::{GetItem, Keys, Query, StartKey},
    size::item_size,
};

/// The most that a page holds, as DynamoDB counts it.
const LONGEST_PAGE: usize = 1024 * 1024;

/// The most rows that are in memory before it is known whether the page holds them.
const AT_ONCE: usize = 100;

/// The rows of a file, read on connections of their own: no read waits for a write, or for another read.
pub(super) struct Rows {
    /// One for each thread that may read.
    idle: Mutex<Vec<Storage>>,
}

impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rows")
    }
}

impl Rows {
    /// The rows of a store. Opening a connection may wait for who writes, so all are opened here.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub(super) fn open(file: &Path) -> dynoxide::Result<Self> {
        let threads = available_parallelism().map_or(1, std::num::NonZero::get);
        let opened = (0..threads).map(|_| Storage::new(&file.to_string_lossy()));
        Ok(Self { idle: Mutex::new(opened.collect::<Result<_, _>>()?) })
    }

    /// The text of the answer; `None` where it takes more than rows: an expression to be evaluated, or words for what is
    /// wrong.
    pub(super) fn answer(&self, operation: &str, body: &[u8]) -> Option<Vec<u8>> {
        match operation {
            "GetItem" => self.item(&serde_json::from_slice(body).ok()?),
            "Query" => self.query(&serde_json::from_slice(body).ok()?),
            _ => None,
        }
    }

    fn item(&self, asked: &GetItem<'_>) -> Option<Vec<u8>> {
        let row = self.read(|storage| storage.get_item(&asked.table_name, &asked.key.id.stored(), "").ok())?;
        let size = row.as_deref().map(item_size).transpose().ok()?.unwrap_or_default();
        let mut answer = Vec::with_capacity(256 + row.as_ref().map_or(0, String::len));
        answer.push(b'{');
        if let Some(row) = &row {
            answer.extend_from_slice(b"\"Item\":");
            answer.extend_from_slice(row.as_bytes());
            answer.push(b',');
        }
        Some(ended(answer, &asked.table_name, read_capacity_units_with_consistency(size, asked.consistent_read)))
    }

    fn query(&self, asked: &Query<'_>) -> Option<Vec<u8>> {
        let Page { rows, size, is_last } = self.read(|storage| page(storage, asked, &asked.keys()?))?;
        let mut answer = Vec::with_capacity(512 + rows.iter().map(|row| row.len() + 1).sum::<usize>());
        answer.extend_from_slice(b"{\"Items\":[");
        for (place, row) in rows.iter().enumerate() {
            if place > 0 {
                answer.push(b',');
            }
            answer.extend_from_slice(row.as_bytes());
        }
        let count = rows.len();
        answer.extend_from_slice(format!("],\"Count\":{count},\"ScannedCount\":{count},").as_bytes());
        if let Some(last) = rows.last().filter(|_| !is_last) {
            answer.extend_from_slice(b"\"LastEvaluatedKey\":");
            answer.extend_from_slice(&asked.last_key(last)?);
            answer.push(b',');
        }
        Some(ended(answer, &asked.table_name, read_capacity_units_with_consistency(size, false)))
    }

    /// What `read` makes of the rows; `None` too where all connections are in use.
    fn read<T>(&self, read: impl FnOnce(&Storage) -> Option<T>) -> Option<T> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let storage = idle().pop()?;
        let found = read(&storage);
        idle().push(storage);
        found
    }
}

/// The rows of a page.
struct Page {
    rows: Vec<String>,
    /// As DynamoDB counts it.
    size: usize,
    /// Whether no row is left.
    is_last: bool,
}

fn page(storage: &Storage, asked: &Query<'_>, keys: &Keys) -> Option<Page> {
    let bounds: Vec<&str> = keys.bounds.iter().flatten().map(String::as_str).collect();
    let (mut rows, mut size) = (Vec::new(), 0);
    let mut start = asked.exclusive_start_key.as_ref().map(StartKey::stored);
    loop {
        let limit = AT_ONCE.min(asked.limit - rows.len());
        let parameters = QueryParams {
            sk_condition: keys.bounds.as_ref().map(|_| "AND sk >= ?2 AND sk <= ?3"),
            sk_params: &bounds,
            forward: asked.scan_index_forward,
            limit: Some(limit),
            exclusive_start_sk: start.as_ref().map(|(order, _)| order.as_str()),
            exclusive_start_base_pk: start.as_ref().map(|(_, id)| id.as_str()),
            exclusive_start_base_sk: start.as_ref().map(|_| ""),
        };
        let found = storage.query_gsi_items(&asked.table_name, &asked.index_name, &keys.partition, &parameters).ok()?;
        let are_all = found.len() < limit;
        for (.., row) in found {
            let with_row = size + item_size(&row).ok()?;
            if with_row > LONGEST_PAGE && !rows.is_empty() {
                return Some(Page { rows, size, is_last: false });
            }
            size = with_row;
            rows.push(row);
        }
        if are_all || rows.len() >= asked.limit {
            return Some(Page { rows, size, is_last: are_all });
        }
        start = Some(serde_json::from_str::<StartKey<'_>>(rows.last()?).ok()?.stored());
    }
}

fn ended(mut answer: Vec<u8>, table: &str, units: f64) -> Vec<u8> {
    let capacity = serde_json::json!({ "TableName": table, "CapacityUnits": units });
    answer.extend_from_slice(format!("\"ConsumedCapacity\":{capacity}}}").as_bytes());
    answer
}

#[cfg(test)]
mod tests;
