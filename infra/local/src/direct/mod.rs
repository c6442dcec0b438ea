//! Reads of the embedded store without HTTP between, of which most is the way to the store and back: from the rows of its
//! file, or by its thread. Everything else goes to the store's port, as it would to DynamoDB.

mod requests;
mod rows;
mod size;

pub(crate) use rows::Rows;

use std::sync::{Arc, Weak};

use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
};
use aws_smithy_types::body::SdkBody;
use dynoxide::{Database, DynoxideError, actions};
use http::StatusCode;
use kernelci::{connection::Patience, transport};
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::{
    mpsc::{UnboundedReceiver, UnboundedSender},
    oneshot,
};

/// The header that names the operation, and what its value begins with.
const TARGET: &str = "x-amz-target";
const SERVICE: &str = "DynamoDB_20120810.";

/// A connector that answers from rows what they hold, where there is a file of them, has other reads done by who receives
/// them, and asks the store's port for the rest.
pub(crate) fn connector(
    rows: Option<&Arc<Rows>>,
    reads: UnboundedSender<Asked>,
    patience: Patience,
) -> SharedHttpConnector {
    let rows = rows.map(Arc::downgrade);
    SharedHttpConnector::new(Direct { rows, reads, port: transport::connector(patience.connect) })
}

/// Does what is asked until nobody can ask any more. It holds the thread while it reads, as the store's server does.
pub(crate) async fn read(database: Database, mut asked: UnboundedReceiver<Asked>) {
    while let Some(Asked { read, body, answer }) = asked.recv().await {
        let _ = answer.send(read.answer(&database, &body));
    }
}

/// A read, and where its answer goes.
#[derive(Debug)]
pub(crate) struct Asked {
    read: Read,
    body: Vec<u8>,
    answer: oneshot::Sender<Result<Vec<u8>, DynoxideError>>,
}

#[derive(Debug)]
struct Direct {
    /// Gone once the store has ended.
    rows: Option<Weak<Rows>>,
    reads: UnboundedSender<Asked>,
    port: SharedHttpConnector,
}

/// The operations that only read, and only what they are asked for.
#[derive(Debug, Clone, Copy)]
enum Read {
    Item,
    Items,
    Query,
}

impl Read {
    fn of(request: &HttpRequest) -> Option<Self> {
        match request.headers().get(TARGET)?.strip_prefix(SERVICE)? {
            "GetItem" => Some(Self::Item),
            "BatchGetItem" => Some(Self::Items),
            "Query" => Some(Self::Query),
            _ => None,
        }
    }

    /// The text of the answer.
    fn answer(self, database: &Database, asked: &[u8]) -> dynoxide::Result<Vec<u8>> {
        match self {
            Self::Item => answer(asked, |asked: actions::get_item::GetItemRequest| database.get_item(asked)),
            Self::Items => {
                answer(asked, |asked: actions::batch_get_item::BatchGetItemRequest| database.batch_get_item(asked))
            }
            Self::Query => answer(asked, |asked: actions::query::QueryRequest| database.query(asked)),
        }
    }
}

fn answer<A: DeserializeOwned, B: Serialize>(
    asked: &[u8],
    operation: impl FnOnce(A) -> dynoxide::Result<B>,
) -> dynoxide::Result<Vec<u8>> {
    let asked =
        serde_json::from_slice(asked).map_err(|error| DynoxideError::SerializationException(error.to_string()))?;
    serde_json::to_vec(&operation(asked)?).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

impl HttpConnector for Direct {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Some((read, body)) = Read::of(&request).zip(request.body().bytes()) else {
            return self.port.call(request);
        };
        let (body, rows, reads) = (body.to_vec(), self.rows.as_ref().and_then(Weak::upgrade), self.reads.clone());
        HttpConnectorFuture::new(async move {
            // Reading rows holds the thread: before each page others have their turn, and timeouts theirs.
            tokio::task::yield_now().await;
            match rows.and_then(|rows| rows.answer(read, &body)) {
                Some(text) => Ok(HttpResponse::new(StatusCode::OK.into(), SdkBody::from(text))),
                None => by_thread(&reads, read, body).await,
            }
        })
    }
}

/// What the store's thread answers.
async fn by_thread(reads: &UnboundedSender<Asked>, read: Read, body: Vec<u8>) -> Result<HttpResponse, ConnectorError> {
    let (answer, answered) = oneshot::channel();
    // Where the store has ended, the answer has ended with it.
    let _ = reads.send(Asked { read, body, answer });
    let ended = |_| ConnectorError::io("the embedded store has ended".into());
    let (status, text) = match answered.await.map_err(ended)? {
        Ok(text) => (StatusCode::OK, SdkBody::from(text)),
        Err(error) => {
            let status = StatusCode::from_u16(error.status_code()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, SdkBody::from(error.to_json()))
        }
    };
    Ok(HttpResponse::new(status.into(), text))
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::{
        Client,
        error::{ProvideErrorMetadata, SdkError},
        types::AttributeValue,
    };
    use kernelci::{
        connection::DynamoDb,
        store::{Store, StoreOptions, create_tables},
    };

    use crate::{
        embedded::Embedded,
        template::{TEMPLATE, Template},
    };

    const TABLE: &str = "kernelci-job";

    async fn store() -> (Embedded, [Client; 2]) {
        let embedded = Embedded::start(None).unwrap();
        let clients =
            [embedded.dynamodb(), DynamoDb::local(&embedded.endpoint())].map(|dynamodb| dynamodb.client().clone());
        let store = Store::new(embedded.dynamodb(), StoreOptions::local());
        create_tables(&store, &Template::read(TEMPLATE).unwrap().tables).await.unwrap();
        (embedded, clients)
    }

    fn text(value: &str) -> AttributeValue {
        AttributeValue::S(value.to_owned())
    }

    #[tokio::test]
    async fn both_ways_give_the_same_answers() {
        let (_embedded, clients) = store().await;
        for id in ["a", "b"] {
            let item = clients[0].put_item().table_name(TABLE).item("_id", text(id));
            item.item("_month", text("2020-02")).item("_order", text(id)).send().await.unwrap();
        }
        let mut answers = Vec::new();
        for client in &clients {
            let item = client.get_item().table_name(TABLE).key("_id", text("a")).send().await.unwrap();
            let query = client.query().table_name(TABLE).index_name("by_time").limit(1);
            let query = query.key_condition_expression("#m = :m").expression_attribute_names("#m", "_month");
            let page = query.expression_attribute_values(":m", text("2020-02")).send().await.unwrap();
            answers.push((item.item, page.items, page.count, page.last_evaluated_key));
        }
        assert_eq!(answers[0], answers[1]);
        assert_eq!(answers[0].2, 1);
    }

    #[tokio::test]
    async fn what_is_refused_is_refused_in_the_same_words() {
        let (_embedded, clients) = store().await;
        let mut refused = Vec::new();
        for client in &clients {
            let query = client.query().table_name(TABLE).index_name("by_nothing").limit(1);
            let query = query.key_condition_expression("#m = :m").expression_attribute_names("#m", "_month");
            let error = query.expression_attribute_values(":m", text("2020-02")).send().await.unwrap_err();
            refused.push((error.code().map(str::to_owned), error.message().map(str::to_owned)));
        }
        assert_eq!(refused[0], refused[1]);
        assert_eq!(refused[0].0.as_deref(), Some("ValidationException"));
    }

    #[tokio::test]
    async fn a_store_that_has_ended_answers_nobody() {
        let (embedded, [client, _]) = store().await;
        drop(embedded);
        let read = client.get_item().table_name(TABLE).key("_id", text("a")).send().await;
        assert!(matches!(read.unwrap_err(), SdkError::DispatchFailure(_)));
    }
}
