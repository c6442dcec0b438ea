//! The reads that lists and single documents consist of, answered from the rows of the store's file as they are. What
//! dynoxide does with a row between the file and the answer, maps of attributes that are written as the same text again,
//! takes most of the time of a list.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use dynoxide::{
    storage::{QueryParams, Storage},
    types::read_capacity_units_with_consistency,
};

use super::{
    Read,
    asked::{GetItem, Query},
    size::item_size,
};

/// The most that a page holds, as DynamoDB counts it.
const LONGEST_PAGE: usize = 1024 * 1024;

/// The rows of a file, read on connections of their own: no read waits for a write, or for another read.
#[derive(Debug)]
pub(crate) struct Rows {
    file: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

struct Connection(Storage);

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connection")
    }
}

impl Rows {
    pub(crate) fn of(file: &Path) -> Self {
        Self { file: file.to_owned(), idle: Mutex::default() }
    }

    /// The text of the answer; `None` where it takes more than rows: an expression to be evaluated, or words for what is
    /// wrong.
    pub(super) fn answer(&self, read: Read, body: &[u8]) -> Option<Vec<u8>> {
        match read {
            Read::Item => self.item(&serde_json::from_slice(body).ok()?),
            Read::Query => self.query(&serde_json::from_slice(body).ok()?),
            Read::Items => None,
        }
    }

    fn item(&self, asked: &GetItem<'_>) -> Option<Vec<u8>> {
        let row = self.read(|rows| rows.get_item(&asked.table_name, &asked.key.id.stored(), ""))?;
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
        let key = asked.key()?;
        let bounds: Vec<&str> = key.bounds.iter().flatten().map(String::as_str).collect();
        let start = asked.exclusive_start_key.as_ref();
        let [start_order, start_id] = [start.map(|start| start.order.stored()), start.map(|start| start.id.stored())];
        let parameters = QueryParams {
            sk_condition: key.bounds.as_ref().map(|_| "AND sk >= ?2 AND sk <= ?3"),
            sk_params: &bounds,
            forward: asked.scan_index_forward,
            limit: Some(asked.limit),
            exclusive_start_sk: start_order.as_deref(),
            exclusive_start_base_pk: start_id.as_deref(),
            exclusive_start_base_sk: start.map(|_| ""),
        };
        let read =
            |rows: &Storage| rows.query_gsi_items(&asked.table_name, &asked.index_name, &key.partition, &parameters);
        let rows = self.read(read)?;
        let (mut size, mut taken) = (0, 0);
        for (.., row) in &rows {
            let with_row = size + item_size(row).ok()?;
            if with_row > LONGEST_PAGE && taken > 0 {
                break;
            }
            (size, taken) = (with_row, taken + 1);
        }
        let page = rows.get(..taken)?;
        let mut answer = Vec::with_capacity(512 + page.iter().map(|(.., row)| row.len() + 1).sum::<usize>());
        answer.extend_from_slice(b"{\"Items\":[");
        for (place, (.., row)) in page.iter().enumerate() {
            if place > 0 {
                answer.push(b',');
            }
            answer.extend_from_slice(row.as_bytes());
        }
        answer.extend_from_slice(format!("],\"Count\":{taken},\"ScannedCount\":{taken},").as_bytes());
        if let Some((.., last)) = page.last().filter(|_| taken < rows.len() || taken >= asked.limit) {
            answer.extend_from_slice(b"\"LastEvaluatedKey\":");
            answer.extend_from_slice(&asked.last_key(last)?);
            answer.push(b',');
        }
        Some(ended(answer, &asked.table_name, read_capacity_units_with_consistency(size, false)))
    }

    fn read<T>(&self, read: impl FnOnce(&Storage) -> dynoxide::Result<T>) -> Option<T> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = idle().pop();
        let Connection(storage) = match taken {
            Some(connection) => connection,
            None => Connection(Storage::new(&self.file.to_string_lossy()).ok()?),
        };
        let found = read(&storage).ok();
        idle().push(Connection(storage));
        found
    }
}

fn ended(mut answer: Vec<u8>, table: &str, units: f64) -> Vec<u8> {
    let capacity = serde_json::json!({ "TableName": table, "CapacityUnits": units });
    answer.extend_from_slice(format!("\"ConsumedCapacity\":{capacity}}}").as_bytes());
    answer
}

#[cfg(test)]
mod tests {
    use dynoxide::Database;
    use kernelci::{
        collections::JOB,
        store::{Store, StoreOptions, create_tables},
        value::{Document, Value},
    };
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::{
        embedded::Embedded,
        template::{TEMPLATE, Template},
    };

    struct Both {
        _folder: tempfile::TempDir,
        _embedded: Embedded,
        database: Database,
        rows: Rows,
    }

    impl Both {
        async fn start() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("store.sqlite");
            let embedded = Embedded::start(Some(&file)).unwrap();
            let store = Store::new(embedded.dynamodb(), StoreOptions::local());
            create_tables(&store, &Template::read(TEMPLATE).unwrap().tables).await.unwrap();
            for number in 0..40_i64 {
                store.load(&JOB, job(number)).await.unwrap();
            }
            let database = Database::new(&file.to_string_lossy()).unwrap();
            Self { _folder: folder, _embedded: embedded, database, rows: Rows::of(&file) }
        }

        /// What both answer.
        fn ask(&self, read: Read, body: &Json) -> Json {
            let body = body.to_string();
            let of_rows = self.rows.answer(read, body.as_bytes()).unwrap();
            let of_rows: Json = serde_json::from_slice(&of_rows).unwrap();
            let expected = read.answer(&self.database, body.as_bytes()).unwrap();
            let expected: Json = serde_json::from_slice(&expected).unwrap();
            for member in ["Item", "Items", "Count", "LastEvaluatedKey", "ConsumedCapacity"] {
                assert!(of_rows[member] == expected[member], "{member} of {body}: {}", of_rows[member]);
            }
            // dynoxide counts the item that did not fit on the page, too; it is counted again with the next one.
            let scanned = of_rows["ScannedCount"].as_u64();
            let is_cut = !of_rows["LastEvaluatedKey"].is_null();
            let more = scanned.map(|scanned| scanned + 1).filter(|_| is_cut);
            assert!([scanned, more].contains(&expected["ScannedCount"].as_u64()), "{body}: {scanned:?}");
            of_rows
        }
    }

    /// Forty of them are two pages by their length.
    fn job(number: i64) -> Document {
        let created = kernelci::time::Timestamp::parse_day("2020-02-03").unwrap().plus(number / 3);
        let other = Value::List(vec![Value::Integer(number), Value::from("ü\"\n"), Value::Float(1.5), Value::Null]);
        [
            ("_id", Value::Id(format!("{number:024x}").parse().unwrap())),
            ("job", Value::from("next")),
            ("kernel", Value::from(format!("v5.{number}"))),
            ("created_on", Value::Date(created)),
            ("private", Value::Bool(number % 2 == 0)),
            ("status", Value::from("PASS".repeat(10_000))),
            ("other", other),
        ]
        .into()
    }

    fn get(id: &str, consistent: bool) -> Json {
        json!({
            "TableName": "kernelci-job", "Key": {"_id": {"S": id}}, "ConsistentRead": consistent,
            "ReturnConsumedCapacity": "TOTAL",
        })
    }

    fn query(limit: usize, forward: bool, bounds: Option<[&str; 2]>) -> Json {
        let mut query = json!({
            "TableName": "kernelci-job", "IndexName": "by_tree", "KeyConditionExpression": "#n0 = :v0",
            "ExpressionAttributeNames": {"#n0": "_tree"}, "ExpressionAttributeValues": {":v0": {"S": "next"}},
            "ScanIndexForward": forward, "Limit": limit, "ReturnConsumedCapacity": "TOTAL",
        });
        if let Some(bounds) = bounds {
            query["KeyConditionExpression"] = "#n0 = :v0 AND #n1 BETWEEN :v1 AND :v2".into();
            query["ExpressionAttributeNames"]["#n1"] = "_order".into();
            for (name, bound) in [":v1", ":v2"].into_iter().zip(bounds) {
                query["ExpressionAttributeValues"][name] = json!({ "S": bound });
            }
        }
        query
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn rows_are_answered_as_dynoxide_does() {
        let both = Both::start().await;
        for consistent in [true, false] {
            let there = both.ask(Read::Item, &get("000000000000000000000003", consistent));
            assert_eq!(there["Item"]["kernel"]["S"], "v5.3");
            assert!(both.ask(Read::Item, &get("nowhere", consistent))["Item"].is_null());
        }
        let first =
            both.ask(Read::Query, &query(7, true, None))["Items"][6]["_order"]["S"].as_str().unwrap().to_owned();
        for forward in [true, false] {
            for bounds in [None, Some([first.as_str(), "~"]), Some(["", first.as_str()]), Some(["~", "~~"])] {
                for limit in [1, 3, 39, 40, 41, 1_000] {
                    let (mut asked, mut read, mut pages) = (query(limit, forward, bounds), 0, 0);
                    loop {
                        let page = both.ask(Read::Query, &asked);
                        read += page["Items"].as_array().unwrap().len();
                        pages += 1;
                        match page.get("LastEvaluatedKey") {
                            Some(last) => asked["ExclusiveStartKey"] = last.clone(),
                            None => break,
                        }
                    }
                    let expected = match bounds {
                        None => 40,
                        Some(["", _]) => 7,
                        Some([_, "~"]) => 34,
                        Some(_) => 0,
                    };
                    assert_eq!(read, expected, "{limit} {forward} {bounds:?}");
                    assert!(limit < 1_000 || expected < 34 || pages > 1, "a page of {expected} is too long");
                }
            }
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_more_than_rows_is_left_to_dynoxide() {
        let both = Both::start().await;
        let with = |mut body: Json, member: &str, value: Json| {
            body[member] = value;
            body
        };
        for body in [
            with(query(1, true, None), "FilterExpression", "#n1 = :v1".into()),
            with(query(1, true, None), "ProjectionExpression", "#n0".into()),
            with(query(1, true, None), "Select", "COUNT".into()),
            with(query(1, true, None), "KeyConditionExpression", "#n0 = :v0 AND #n1 > :v1".into()),
            with(query(1, true, None), "ReturnConsumedCapacity", "INDEXES".into()),
            with(query(1, true, None), "IndexName", "by_nothing".into()),
            with(query(1, true, None), "TableName", "kernelci-nothing".into()),
            with(query(1, true, None), "ExpressionAttributeValues", json!({":v0": {"N": "1"}})),
        ] {
            assert!(both.rows.answer(Read::Query, body.to_string().as_bytes()).is_none(), "{body}");
        }
        let body = with(get("x", false), "ProjectionExpression", "job".into());
        assert!(both.rows.answer(Read::Item, body.to_string().as_bytes()).is_none(), "{body}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_write_that_was_answered_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let embedded = Embedded::start(Some(&folder.path().join("store.sqlite"))).unwrap();
        let store = Store::new(embedded.dynamodb(), StoreOptions::local());
        create_tables(&store, &Template::read(TEMPLATE).unwrap().tables).await.unwrap();
        for number in 0..30 {
            let id = format!("{number:024x}").parse().unwrap();
            assert!(store.get_now(&JOB, id).await.unwrap().is_none());
            store.load(&JOB, job(number)).await.unwrap();
            assert!(store.get_now(&JOB, id).await.unwrap().is_some());
        }
    }
}
