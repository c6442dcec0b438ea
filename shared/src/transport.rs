//! HTTP below the clients of AWS: HTTP/1.1 over a pool of connections, and TLS 1.3 with the root certificates of Amazon,
//! which are compiled in, and with those of a private authority, where `AWS_CA_BUNDLE` names a file of them.
//!
//! The SDK's own HTTP client reads the system's root certificates, which takes longer than the rest of a cold start, and
//! brings HTTP/2 and proxies, a sixth of a function's binary. This one is set up by the first request.

use std::{
    env,
    error::Error,
    fmt, io,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
    time::Duration,
};

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        connection::{CaptureSmithyConnection, ConnectionMetadata},
        http::{HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn},
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
    },
};
use aws_smithy_types::{body::SdkBody, retry::ErrorKind};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{
        self, Client,
        connect::{CaptureConnection, HttpConnector as TcpConnector, capture_connection},
    },
    rt::{TokioExecutor, TokioTimer},
};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

/// The environment variable that names a PEM file of further root certificates, as for the AWS CLI.
const CA_BUNDLE: &str = "AWS_CA_BUNDLE";

/// The root certificates of Amazon, as PEM. The certificates of AWS's endpoints are signed with these.
const AMAZON_ROOTS: &[u8] = include_bytes!("amazon-roots.pem");

/// A pool of connections that is made by the first request. A connection is given up after `connect_timeout`. It is
/// without TLS to an endpoint whose address begins with `http://`.
pub fn connector(connect_timeout: Duration) -> SharedHttpConnector {
    let bundle = env::var_os(CA_BUNDLE).filter(|file| !file.is_empty()).map(PathBuf::from);
    SharedHttpConnector::new(Connector::new(AMAZON_ROOTS, bundle, connect_timeout))
}

/// The HTTP client of the SDK that sends through `connector`.
pub fn http_client(connector: SharedHttpConnector) -> SharedHttpClient {
    http_client_fn(move |_, _| connector.clone())
}

fn tls(roots: &[u8], bundle: Option<&Path>) -> Result<ClientConfig, BoxError> {
    let mut trusted = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(roots) {
        trusted.add(certificate?)?;
    }
    for certificate in bundle.map(CertificateDer::pem_file_iter).transpose()?.into_iter().flatten() {
        trusted.add(certificate?)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_protocol_versions(&[&rustls::version::TLS13])?;
    Ok(config.with_root_certificates(trusted).with_no_client_auth())
}

type Pool = Client<HttpsConnector<TcpConnector>, SdkBody>;

fn client(tls: ClientConfig, connect_timeout: Duration) -> Pool {
    let mut tcp = TcpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(connect_timeout));
    let https = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(tcp);
    Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(https)
}

struct Connector {
    /// Root certificates, as PEM.
    roots: &'static [u8],
    /// A file of further root certificates, as PEM.
    bundle: Option<PathBuf>,
    connect_timeout: Duration,
    /// The connections, or why there can be none. The first request makes them: a function that needs no store needs none.
    pool: OnceLock<Result<Pool, String>>,
}

impl Connector {
    fn new(roots: &'static [u8], bundle: Option<PathBuf>, connect_timeout: Duration) -> Self {
        Self { roots, bundle, connect_timeout, pool: OnceLock::new() }
    }

    fn pool(&self) -> Result<&Pool, ConnectorError> {
        let tls = || tls(self.roots, self.bundle.as_deref());
        let made = || tls().map(|tls| client(tls, self.connect_timeout)).map_err(|error| error.to_string());
        self.pool.get_or_init(made).as_ref().map_err(|error| ConnectorError::user(error.as_str().into()))
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector")
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()));
        let (pool, mut request) = match self.pool().and_then(|pool| Ok((pool, request?))) {
            Ok(prepared) => prepared,
            Err(error) => return HttpConnectorFuture::ready(Err(error)),
        };
        let connection = capture_connection(&mut request);
        if let Some(capture) = request.extensions().get::<CaptureSmithyConnection>() {
            capture.set_connection_retriever(move || metadata(&connection));
        }
        let answer = pool.request(request);
        HttpConnectorFuture::new(async move {
            let answer = answer.await.map_err(failure)?;
            HttpResponse::try_from(answer.map(SdkBody::from_body_1_x))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// The handle by which the SDK closes a connection after a failure.
fn metadata(connection: &CaptureConnection) -> Option<ConnectionMetadata> {
    let connection = connection.clone();
    connection.connection_metadata().as_ref()?;
    let poison = move || {
        if let Some(connected) = connection.connection_metadata().as_ref() {
            connected.poison();
        }
    };
    Some(ConnectionMetadata::builder().proxied(false).poison_fn(poison).build())
}

/// The kind of a failure, by which the SDK knows whether to send the request again.
fn failure(error: legacy::Error) -> ConnectorError {
    let timed_out = find::<io::Error>(&error).is_some_and(|error| error.kind() == io::ErrorKind::TimedOut);
    let of_hyper = find::<hyper::Error>(&error);
    let is = |what: fn(&hyper::Error) -> bool| of_hyper.is_some_and(what);
    if timed_out || is(hyper::Error::is_timeout) {
        ConnectorError::timeout(error.into())
    } else if is(hyper::Error::is_user) {
        ConnectorError::user(error.into())
    } else if is(hyper::Error::is_incomplete_message) {
        // S3 closes idle connections in this way.
        ConnectorError::other(error.into(), Some(ErrorKind::TransientError))
    } else if error.is_connect()
        || is(hyper::Error::is_closed)
        || is(hyper::Error::is_canceled)
        || find::<io::Error>(&error).is_some()
    {
        ConnectorError::io(error.into())
    } else {
        ConnectorError::other(error.into(), None)
    }
}

/// Whether a request failed because there was no connection, so that nothing of it was sent.
pub fn was_not_sent(error: &(dyn Error + 'static)) -> bool {
    find::<legacy::Error>(error).is_some_and(legacy::Error::is_connect)
}

fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use rustls::{ServerConfig, pki_types::PrivateKeyDer};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };
    use tokio_rustls::TlsAcceptor;

    use super::*;

    #[test]
    fn the_certificates_can_be_read() {
        assert_eq!(CertificateDer::pem_slice_iter(AMAZON_ROOTS).filter(|read| read.is_ok()).count(), 4);
        assert!(tls(AMAZON_ROOTS, None).is_ok());
        assert!(tls(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", None).is_err());
        assert!(tls(AMAZON_ROOTS, Some(Path::new("/nosuch/bundle.pem"))).is_err());
    }

    /// The status of the answer to a request for `url`.
    async fn ask(roots: &'static [u8], url: &str) -> Result<u16, ConnectorError> {
        ask_with(roots, None, url).await
    }

    async fn ask_with(roots: &'static [u8], bundle: Option<&Path>, url: &str) -> Result<u16, ConnectorError> {
        let connector = Connector::new(roots, bundle.map(Path::to_owned), Duration::from_millis(300));
        let answer = connector.call(HttpRequest::get(url).unwrap()).await;
        answer.map(|answer| answer.status().as_u16())
    }

    /// A server with a certificate of its own for `localhost`, which is returned as PEM beside its address.
    async fn server() -> (String, String) {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let (listener, acceptor) =
            (TcpListener::bind("127.0.0.1:0").await.unwrap(), TlsAcceptor::from(Arc::new(config)));
        let url = format!("https://localhost:{}/", listener.local_addr().unwrap().port());
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                // A client that does not trust the certificate ends the handshake.
                if let Ok(mut stream) = acceptor.accept(stream).await {
                    assert!(stream.read(&mut [0; 1024]).await.unwrap() > 0);
                    stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
                }
            }
        });
        (url, made.cert.pem())
    }

    #[tokio::test]
    async fn a_server_whose_certificate_is_not_trusted_is_refused() {
        let (url, certificate) = server().await;
        assert_eq!(ask(certificate.leak().as_bytes(), &url).await.unwrap(), 204);
        let refused = ask(AMAZON_ROOTS, &url).await.unwrap_err();
        assert!(refused.is_io(), "{refused:?}");
    }

    #[tokio::test]
    async fn a_server_with_a_private_authority_is_trusted_where_the_bundle_holds_it() {
        let (url, certificate) = server().await;
        let folder = tempfile::tempdir().unwrap();
        let bundle = folder.path().join("bundle.pem");
        std::fs::write(&bundle, certificate).unwrap();
        assert_eq!(ask_with(AMAZON_ROOTS, Some(&bundle), &url).await.unwrap(), 204);
    }

    #[tokio::test]
    async fn an_endpoint_that_cannot_be_reached_is_a_retryable_failure() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        drop(listener);
        assert!(ask(AMAZON_ROOTS, &url).await.unwrap_err().is_io());
    }

    #[tokio::test]
    async fn a_connection_that_ends_before_the_answer_is_a_retryable_failure() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            assert!(stream.read(&mut [0; 1024]).await.unwrap() > 0);
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-le").await.unwrap();
        });
        let failed = ask(AMAZON_ROOTS, &url).await.unwrap_err();
        assert_eq!(failed.as_other(), Some(ErrorKind::TransientError), "{failed:?}");
    }

    #[tokio::test]
    async fn damaged_root_certificates_fail_every_request() {
        let damaged = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(ask(damaged, "http://127.0.0.1:1/").await.unwrap_err().is_user());
    }
}
