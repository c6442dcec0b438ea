//! The key that may manage tokens: where it is, and how long it is kept.

use futures_util::future::{BoxFuture, FutureExt, ready};
use tokio::sync::Mutex;

use crate::{
    error::Error,
    parameter::{Parameter, ParameterError},
    time::Timestamp,
    token::MasterKey,
};

/// Where the master key is.
pub trait MasterKeySource: Send + Sync {
    /// The key, as it is known at `now`; `None` where there is none.
    ///
    /// # Errors
    /// It cannot be read now.
    fn key(&self, now: Timestamp) -> BoxFuture<'_, Result<Option<MasterKey>, Error>>;
}

/// A key that the process was given.
impl MasterKeySource for MasterKey {
    fn key(&self, _now: Timestamp) -> BoxFuture<'_, Result<Option<MasterKey>, Error>> {
        ready(Ok(Some(self.clone()))).boxed()
    }
}

/// How long what was read of a parameter is kept, in milliseconds: a new key counts after that, and an old one no more.
const KEPT_FOR: i64 = 5 * 60_000;

/// A key in a parameter, read when somebody is asked for it, and kept for a while. Where there is no parameter, that is
/// kept too.
pub struct KeyInParameter {
    parameter: Parameter,
    kept: Mutex<Option<(Timestamp, Option<MasterKey>)>>,
}

impl KeyInParameter {
    /// The key in that parameter.
    pub fn new(parameter: Parameter) -> Self {
        Self { parameter, kept: Mutex::new(None) }
    }

    async fn read(&self) -> Result<Option<MasterKey>, Error> {
        match self.parameter.read().await {
            Ok(value) => Ok(value.as_master_key()),
            Err(error @ ParameterError::Missing(_)) => {
                tracing::warn!(%error, "there is no master key");
                Ok(None)
            }
            Err(error) => Err(Error::Busy(format!("the master key cannot be read: {error}"))),
        }
    }
}

impl MasterKeySource for KeyInParameter {
    fn key(&self, now: Timestamp) -> BoxFuture<'_, Result<Option<MasterKey>, Error>> {
        async move {
            let mut kept = self.kept.lock().await;
            if let Some((read_at, key)) = &*kept
                && (*read_at..read_at.plus(KEPT_FOR)).contains(&now)
            {
                return Ok(key.clone());
            }
            let key = self.read().await?;
            *kept = Some((now, key.clone()));
            Ok(key)
        }
        .boxed()
    }
}
