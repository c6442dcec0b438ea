//! A collection that is much larger than the memory limit of one answer.

use kernelci::{
    collections::STATISTICS,
    query::{Arguments, Selection},
    time::Timestamp,
    value::{Document, ObjectId, Value},
};

use crate::test_store::TestStore;

/// The number of documents, of 20 KB each.
pub(crate) const DOCUMENTS: usize = 2_500;

pub(crate) const NOW: &str = "2020-04-12T10:30:00Z";

/// The document of a number. `rank` has another order than the dates.
fn nth(nth: usize) -> Document {
    let number = i64::try_from(nth).unwrap();
    let now = Timestamp::parse_rfc3339(NOW).unwrap();
    let id = ObjectId::derived("memory", [nth.to_string().as_str()]);
    let text = |letter: &str| Value::from(letter.repeat(3_900));
    [
        ("_id", Value::Id(id)),
        ("created_on", Value::Date(now.plus(-number))),
        ("rank", Value::Integer(number * 7_919 % 3_001)),
        ("tenth", Value::Integer(number % 10)),
        ("text_a", text("a")),
        ("text_b", text("b")),
        ("text_c", text("c")),
        ("text_d", text("d")),
        ("text_e", text("e")),
    ]
    .into()
}

/// Every document.
pub(crate) fn all() -> Vec<Document> {
    (0..DOCUMENTS).map(nth).collect()
}

pub(crate) async fn filled() -> TestStore {
    let fixture = TestStore::with(&[&STATISTICS]).await;
    for some in all().chunks(100) {
        assert!(fixture.store.load_all(&STATISTICS, some).await.iter().all(Result::is_ok));
    }
    fixture
}

pub(crate) fn selection(query: &str) -> Selection {
    let now = Timestamp::parse_rfc3339(NOW).unwrap();
    Selection::read(&STATISTICS, &Arguments::parse(query).unwrap(), now).unwrap()
}
