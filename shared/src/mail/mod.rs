//! Mail: who it is from and for, the message, and what hands it over.

mod address;
mod message;
mod ses;

use std::{fmt, sync::Arc};

use futures_util::future::BoxFuture;

pub use address::{Address, WrongAddress};
pub use message::{Letter, Mail};
pub use ses::Ses;

/// Why a mail was not handed over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    /// Not now: it was refused for a while, or nobody could be reached. It is certain that it was not taken.
    #[error("{0}")]
    Later(String),
    /// It is refused for good.
    #[error("{0}")]
    Never(String),
    /// Nobody knows: the connection was lost after the mail had been sent and before it was taken.
    #[error("it is not known whether the mail was taken: {0}")]
    Unknown(String),
}

/// What is known of a mail that somebody had begun to hand over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryStatus {
    /// It was handed over.
    HandedOver,
    /// It was not.
    NotHandedOver,
    /// Nobody knows.
    Unknown,
}

/// Hands mails over: to SES, to an SMTP server, to a folder.
pub trait Mailer: Send + Sync {
    /// Hands a mail over, once.
    ///
    /// # Errors
    /// It was not taken, or that is not known.
    fn deliver<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, Result<(), DeliveryError>>;

    /// What is known of a mail that was begun to be handed over by somebody who is gone.
    fn delivery_status<'a>(&'a self, mail_name: &'a str) -> BoxFuture<'a, DeliveryStatus>;
}

/// What goes out: by whom, as whom, with which links.
#[derive(Clone)]
pub struct Outgoing {
    /// Hands mails over.
    pub mailer: Arc<dyn Mailer>,
    /// Whom mails are from.
    pub sender: Address,
    /// The address of the pages about jobs and builds, for links; `None` where there are none.
    pub dashboard: Option<String>,
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing").field("sender", &self.sender).finish_non_exhaustive()
    }
}
