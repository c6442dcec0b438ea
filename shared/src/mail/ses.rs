//! Amazon SES. The client must not retry: a retry after a lost answer would send a mail twice. The task retries where it is
//! certain that SES has not accepted the mail.

use aws_sdk_sesv2::{
    error::{ProvideErrorMetadata, SdkError},
    operation::send_email::SendEmailError,
    primitives::Blob,
    types::{Destination, EmailContent, RawMessage},
};
use futures_util::{FutureExt, future::BoxFuture};

use super::{DeliveryError, DeliveryStatus, Mail, Mailer};
use crate::transport::was_not_sent;

/// Delivers mails by SES.
#[derive(Debug, Clone)]
pub struct Ses {
    client: aws_sdk_sesv2::Client,
}

/// Error codes of temporary refusals: throttling, the daily quota, paused sending.
const LATER: [&str; 6] = [
    "TooManyRequestsException",
    "LimitExceededException",
    "SendingPausedException",
    "ThrottlingException",
    "Throttling",
    "ServiceUnavailable",
];

impl Ses {
    /// Uses `client`, whose retries must be off.
    pub fn new(client: aws_sdk_sesv2::Client) -> Self {
        Self { client }
    }

    async fn send(&self, mail: &Mail) -> Result<(), DeliveryError> {
        let never = |error: aws_sdk_sesv2::error::BuildError| DeliveryError::Never(error.to_string());
        let raw = RawMessage::builder().data(Blob::new(mail.message.clone())).build().map_err(never)?;
        // The envelope has all recipients: `Bcc` is in no header.
        let envelope = Destination::builder().set_bcc_addresses(Some(mail.recipients.clone())).build();
        let request = self.client.send_email().from_email_address(&mail.from).destination(envelope);
        let sent = request.content(EmailContent::builder().raw(raw).build()).send().await;
        sent.map(|_| ()).map_err(failure)
    }
}

/// Maps an error of SES to what is known of the mail.
fn failure(error: SdkError<SendEmailError>) -> DeliveryError {
    let code = error.code().unwrap_or("no code").to_owned();
    let text = format!("SES: {code}: {}", error.message().unwrap_or("no message"));
    match &error {
        SdkError::ServiceError(answer) => match answer.raw().status().as_u16() {
            _ if LATER.contains(&code.as_str()) => DeliveryError::Later(text),
            429 | 503 => DeliveryError::Later(text),
            // SES has read the request and failed after that.
            500.. => DeliveryError::Unknown(text),
            _ => DeliveryError::Never(text),
        },
        SdkError::ConstructionFailure(_) => DeliveryError::Never("SES: the request cannot be made".to_owned()),
        SdkError::DispatchFailure(_) if was_not_sent(&error) => {
            DeliveryError::Later("SES: there is no connection".to_owned())
        }
        SdkError::DispatchFailure(_) => DeliveryError::Unknown("SES: the connection was lost".to_owned()),
        SdkError::TimeoutError(_) => DeliveryError::Unknown("SES: no answer in time".to_owned()),
        _ => DeliveryError::Unknown("SES: the answer cannot be read".to_owned()),
    }
}

impl Mailer for Ses {
    fn deliver<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, Result<(), DeliveryError>> {
        self.send(mail).boxed()
    }

    // SES has no request that finds a mail by its name.
    fn delivery_status<'a>(&'a self, _: &'a str) -> BoxFuture<'a, DeliveryStatus> {
        std::future::ready(DeliveryStatus::Unknown).boxed()
    }
}
