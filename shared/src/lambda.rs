//! What the `main` of every function calls: the services are made from the environment, once, and events answered by
//! the function until Lambda ends the process.

use std::{env, future::ready, pin::Pin, sync::Arc};

use aws_config::SdkConfig;
use lambda_http::{
    Adapter, Body, Error as LambdaError, IntoResponse, LambdaEvent, Response, Service, lambda_runtime,
    request::LambdaRequest, service_fn,
};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::{
    auth::{KeyInParameter, MasterKeySource},
    clock::Clock,
    connection::{self, DynamoDb, configuration},
    http::{Function, serve},
    identifiers::Identifiers,
    mail::{Address, Outgoing, Ses},
    parameter,
    services::{Limits, Services},
    storage::{Bucket, FileStorage},
    store::{Store, StoreOptions},
};

/// What the tables' names begin with.
pub const TABLE_PREFIX: &str = "TABLE_PREFIX";
/// The bucket of the files.
pub const FILES_BUCKET: &str = "FILES_BUCKET";
/// Where stored files are read.
pub const FILES_URL: &str = "FILES_URL";
/// The parameter of SSM that holds the key which may manage tokens.
pub const MASTER_KEY_PARAMETER: &str = "MASTER_KEY_PARAMETER";

/// Whom mails are from.
pub const MAIL_FROM: &str = "MAIL_FROM";
/// The address of the pages about jobs and builds, for the links in mails.
pub const DASHBOARD_URL: &str = "DASHBOARD_URL";

/// The address at which people reach the API, for the links in mails.
pub const PUBLIC_URL: &str = "PUBLIC_URL";

/// Every name that the functions read from their environment, beside those of AWS itself.
pub const ENVIRONMENT: [&str; 7] =
    [TABLE_PREFIX, FILES_BUCKET, FILES_URL, MASTER_KEY_PARAMETER, MAIL_FROM, DASHBOARD_URL, PUBLIC_URL];

/// Runs a function that has nothing to do with files.
///
/// # Errors
/// The environment lacks something, or Lambda's runtime cannot be reached.
pub async fn run(function: Function) -> Result<(), LambdaError> {
    serve_events(function, services(&configuration().await, None)?).await
}

/// Runs a function that takes the master key in the place of a token.
///
/// # Errors
/// As [`run`].
pub async fn run_with_master_key(function: Function) -> Result<(), LambdaError> {
    let configuration = configuration().await;
    let key = parameter::named_in(MASTER_KEY_PARAMETER, &configuration);
    let master_key = key.map(|parameter| Arc::new(KeyInParameter::new(parameter)) as Arc<dyn MasterKeySource>);
    serve_events(function, Services { master_key, ..services(&configuration, None)? }).await
}

/// Runs a function that reads or writes files.
///
/// # Errors
/// As [`run`].
pub async fn run_with_files(function: Function) -> Result<(), LambdaError> {
    let configuration = configuration().await;
    serve_events(function, services(&configuration, Some(files(&configuration)?))?).await
}

async fn serve_events(function: Function, services: Services) -> Result<(), LambdaError> {
    log_to_standard_output();
    let services = &services;
    let respond = move |event| async move { Ok::<_, LambdaError>(Written(serve(function, services, event).await)) };
    let mut adapter = Adapter::from(service_fn(respond));
    lambda_runtime::run(service_fn(move |event: LambdaEvent<LambdaRequest>| {
        adapter.call(LambdaEvent { payload: with_plain_query(event.payload), context: event.context })
    }))
    .await
}

/// An answer whose body is text or bytes as it is carried. As a mere response it would be copied, by the character set of
/// its content type, and the tables of all character sets would be a fortieth of every binary.
pub struct Written(pub Response<Body>);

impl IntoResponse for Written {
    fn into_response(self) -> Pin<Box<dyn Future<Output = Response<Body>> + Send>> {
        let carried = |body| match body {
            Body::Empty => Body::Text(String::new()),
            body => body,
        };
        Box::pin(ready(self.0.map(carried)))
    }
}

/// What of a query string is escaped before it becomes a part of a URI: a `#` would be taken for a fragment, and dropped
/// with the arguments behind it; the others are refused by whoever reads the URI.
const ESCAPED: AsciiSet = CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// The event with a query string that is one whatever the client sent. API Gateway hands it over as it came.
pub fn with_plain_query(mut event: LambdaRequest) -> LambdaRequest {
    if let LambdaRequest::ApiGatewayV2(request) = &mut event
        && let Some(query) = &mut request.raw_query_string
    {
        *query = utf8_percent_encode(query, &ESCAPED).to_string();
    }
    event
}

/// The services of a function that reads and writes files and sends mail.
///
/// # Errors
/// The environment lacks something, or the sender of mails is no address.
pub async fn services_with_files_and_mail() -> Result<Services, LambdaError> {
    let configuration = configuration().await;
    let services = services(&configuration, Some(files(&configuration)?))?;
    Ok(Services { mail: outgoing(&configuration)?, ..services })
}

/// The services of a function that has nothing to do with files.
///
/// # Errors
/// The environment lacks something.
pub async fn services_of_store() -> Result<Services, LambdaError> {
    services(&configuration().await, None)
}

fn files(configuration: &SdkConfig) -> Result<Arc<dyn FileStorage>, LambdaError> {
    Ok(Arc::new(Bucket::new(connection::s3(configuration), needed(FILES_BUCKET)?)))
}

/// What sends mail, where the environment names a sender.
fn outgoing(configuration: &SdkConfig) -> Result<Option<Outgoing>, LambdaError> {
    let named = |name| env::var(name).ok().filter(|value: &String| !value.is_empty());
    let Some(sender) = named(MAIL_FROM) else { return Ok(None) };
    let sender = Address::parse(&sender).map_err(|wrong| format!("{MAIL_FROM} {wrong}"))?;
    let dashboard = named(DASHBOARD_URL).map(|url| url.trim_end_matches('/').to_owned());
    Ok(Some(Outgoing { mailer: Arc::new(Ses::new(connection::ses(configuration))), sender, dashboard }))
}

fn services(configuration: &SdkConfig, files: Option<Arc<dyn FileStorage>>) -> Result<Services, LambdaError> {
    let options = StoreOptions::lambda(needed(TABLE_PREFIX)?);
    Ok(Services {
        store: Store::new(DynamoDb::new(configuration), options),
        files,
        files_url: files_url(),
        public_url: env::var(PUBLIC_URL).map(|url| url.trim_end_matches('/').to_owned()).unwrap_or_default(),
        clock: Clock::System,
        identifiers: Identifiers,
        master_key: None,
        mail: None,
        limits: Limits::LAMBDA,
        wake_worker: None,
    })
}

// Where nobody reads files over HTTP, their address is the bucket's.
fn files_url() -> String {
    let given = env::var(FILES_URL).ok().filter(|url| !url.is_empty());
    let of_bucket = || env::var(FILES_BUCKET).map(|bucket| format!("s3://{bucket}")).unwrap_or_default();
    given.unwrap_or_else(of_bucket)
}

fn needed(name: &str) -> Result<String, LambdaError> {
    env::var(name).map_err(|_| format!("the environment lacks {name}").into())
}

/// Writes logs as lines of JSON, which CloudWatch takes apart.
pub fn log_to_standard_output() {
    let level =
        env::var("AWS_LAMBDA_LOG_LEVEL").ok().and_then(|text| text.parse().ok()).unwrap_or(tracing::Level::INFO);
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_target(false)
        .without_time()
        .with_max_level(level)
        .init();
}
