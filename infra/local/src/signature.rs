//! Signatures of AWS (version 4) of clients that have the key of the store.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4::SigningParams,
};
use http::{header::AUTHORIZATION, request::Parts};
use kernelci::time::Timestamp;
use subtle::ConstantTimeEq;

/// The maximum difference between the clocks of a client and of this machine.
const MAX_SEPARATE: Duration = Duration::from_secs(15 * 60);

/// The secret with which requests to the store are signed.
#[derive(Clone)]
pub struct StoreKey(String);

impl StoreKey {
    /// The access key id. Any id is accepted.
    pub const ID: &str = "kernelci";

    /// The key with that text; `None` when the text is empty.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// Generates a key.
    pub fn random() -> Self {
        Self(uuid::Uuid::new_v4().to_string())
    }

    /// The credentials for clients.
    pub fn secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreKey(..)")
    }
}

/// The signature of a request and its parameters.
pub(crate) struct Signature<'a> {
    access_key: &'a str,
    region: &'a str,
    service: &'a str,
    /// The names of the signed headers.
    headers: Vec<&'a str>,
    time: SystemTime,
    signature: &'a str,
}

impl<'a> Signature<'a> {
    /// Reads the signature of a request; `None` when it is absent or expired.
    pub(crate) fn read(head: &'a Parts) -> Option<Self> {
        let text = head.headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("AWS4-HMAC-SHA256 ")?;
        let part = |name: &str| text.split(',').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='));
        let scope: Vec<&str> = part("Credential")?.split('/').collect();
        let [access_key, _, region, service, "aws4_request"] = *scope.as_slice() else { return None };
        let time = time(head.headers.get("x-amz-date")?.to_str().ok()?)?;
        let now = SystemTime::now();
        let apart = now.duration_since(time).or_else(|_| time.duration_since(now)).ok()?;
        let headers = part("SignedHeaders")?.split(';').collect();
        let signature = part("Signature")?;
        (apart <= MAX_SEPARATE).then_some(Self { access_key, region, service, headers, time, signature })
    }

    /// Whether the signature of this request was made with the key.
    pub(crate) fn is_by(&self, key: &StoreKey, head: &Parts, body: &[u8]) -> bool {
        self.made(key, head, body).is_some_and(|made| made.as_bytes().ct_eq(self.signature.as_bytes()).into())
    }

    /// Computes the expected signature.
    fn made(&self, key: &StoreKey, head: &Parts, body: &[u8]) -> Option<String> {
        let identity = Credentials::new(self.access_key, key.secret(), None, None, "store key").into();
        let mut settings = SigningSettings::default();
        // The client chooses the headers that it signs.
        settings.excluded_headers = None;
        let parameters = SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name(self.service)
            .time(self.time)
            .settings(settings)
            .build()
            .ok()?
            .into();
        let header = |name: &&'a str| Some((*name, head.headers.get(*name)?.to_str().ok()?));
        let headers: Vec<_> = self.headers.iter().map(header).collect::<Option<_>>()?;
        let host = head.headers.get("host")?.to_str().ok()?;
        let uri = format!("http://{host}{}", head.uri);
        let request =
            SignableRequest::new(head.method.as_str(), uri, headers.into_iter(), SignableBody::Bytes(body)).ok()?;
        Some(sign(request, &parameters).ok()?.into_parts().1)
    }
}

/// Parses a time such as `20200412T103000Z`.
fn time(text: &str) -> Option<SystemTime> {
    let (date, clock) = text.strip_suffix('Z')?.split_once('T')?;
    let piece = |text: &'_ str, from, to| text.get(from..to).map(str::to_owned);
    let date = [piece(date, 0, 4)?, piece(date, 4, 6)?, piece(date, 6, 8)?].join("-");
    let clock = [piece(clock, 0, 2)?, piece(clock, 2, 4)?, piece(clock, 4, 6)?].join(":");
    let time = Timestamp::parse_rfc3339(&format!("{date}T{clock}Z"))?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(time.milliseconds().try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(secret: &str, time: SystemTime, body: &[u8]) -> Parts {
        let identity = Credentials::new("any", secret, None, None, "test").into();
        let parameters = SigningParams::builder()
            .identity(&identity)
            .region("eu-central-1")
            .name("dynamodb")
            .time(time)
            .settings(SigningSettings::default())
            .build()
            .unwrap()
            .into();
        let headers = [("x-amz-target", "DynamoDB_20120810.GetItem"), ("content-type", "application/x-amz-json-1.0")];
        let request =
            SignableRequest::new("POST", "http://127.0.0.1:1/", headers.into_iter(), SignableBody::Bytes(body));
        let (instructions, _) = sign(request.unwrap(), &parameters).unwrap().into_parts();
        let mut request = http::Request::post("/").header("host", "127.0.0.1:1");
        for (name, value) in headers.into_iter().chain(instructions.headers()) {
            request = request.header(name, value);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn is_right(head: &Parts, body: &[u8]) -> bool {
        let key = StoreKey::new("secret").unwrap();
        Signature::read(head).is_some_and(|signature| signature.is_by(&key, head, body))
    }

    #[test]
    fn only_the_key_signs() {
        let now = SystemTime::now();
        assert!(is_right(&signed("secret", now, b"{}"), b"{}"));
        assert!(!is_right(&signed("secrets", now, b"{}"), b"{}"));
        assert!(!is_right(&signed("secret", now, b"{}"), b"{ }"));
        for aside in [Duration::from_secs(14 * 60), Duration::from_secs(16 * 60)] {
            let is_near = aside < MAX_SEPARATE;
            assert_eq!(is_right(&signed("secret", now - aside, b"{}"), b"{}"), is_near);
            assert_eq!(is_right(&signed("secret", now + aside, b"{}"), b"{}"), is_near);
        }
        let mut other = signed("secret", now, b"{}");
        other.headers.insert("x-amz-target", "DynamoDB_20120810.DeleteItem".parse().unwrap());
        assert!(!is_right(&other, b"{}"));
        other.headers.remove(AUTHORIZATION);
        assert!(!is_right(&other, b"{}"));
    }

    #[test]
    fn a_key_is_not_shown() {
        assert_eq!(format!("{:?}", StoreKey::new("secret").unwrap()), "StoreKey(..)");
        assert!(StoreKey::new(" ").is_none());
    }
}
