//! Mail: addresses, messages, and the mailers that deliver them.

mod address;
mod message;
mod ses;

use std::{fmt, sync::Arc};

use futures_util::future::BoxFuture;

pub use address::{Address, WrongAddress};
pub use message::{Letter, Mail};
pub use ses::Ses;

/// Why a mail was not delivered to the mail server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    /// A temporary failure: no connection, or a temporary refusal. The server certainly has not accepted the mail.
    #[error("{0}")]
    Later(String),
    /// A permanent refusal.
    #[error("{0}")]
    Never(String),
    /// The connection was lost after the mail had been sent and before the server answered: it may have been accepted.
    #[error("it is not known whether the mail was taken: {0}")]
    Unknown(String),
}

/// Whether a mail whose delivery was interrupted was delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryStatus {
    /// It was delivered.
    HandedOver,
    /// It was not delivered.
    NotHandedOver,
    /// The mailer cannot tell.
    Unknown,
}

/// Delivers mails to SES, to an SMTP server or to a folder.
pub trait Mailer: Send + Sync {
    /// Delivers a mail, without retries.
    ///
    /// # Errors
    /// The mail was not accepted, or that is not known.
    fn deliver<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, Result<(), DeliveryError>>;

    /// Whether the mail of this name was delivered by a worker that has ended since.
    fn delivery_status<'a>(&'a self, mail_name: &'a str) -> BoxFuture<'a, DeliveryStatus>;
}

/// The configuration of outgoing mail.
#[derive(Clone)]
pub struct Outgoing {
    /// The mailer.
    pub mailer: Arc<dyn Mailer>,
    /// The sender of mails.
    pub sender: Address,
    /// The base address of the dashboard, for links; `None` without one.
    pub dashboard: Option<String>,
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing").field("sender", &self.sender).finish_non_exhaustive()
    }
}
