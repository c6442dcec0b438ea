//! The source of the master key, and the cache of it.

use futures_util::future::{BoxFuture, FutureExt, ready};
use tokio::sync::Mutex;

use crate::{
    error::Error,
    parameter::{Parameter, ParameterError},
    time::Timestamp,
    token::MasterKey,
};

/// The source of the master key.
pub trait MasterKeySource: Send + Sync {
    /// The master key as of `now`; `None` when no master key is set.
    ///
    /// # Errors
    /// [`Error::Busy`] when the source cannot be read now.
    fn key(&self, now: Timestamp) -> BoxFuture<'_, Result<Option<MasterKey>, Error>>;
}

/// A master key that the process was started with.
impl MasterKeySource for MasterKey {
    fn key(&self, _now: Timestamp) -> BoxFuture<'_, Result<Option<MasterKey>, Error>> {
        ready(Ok(Some(self.clone()))).boxed()
    }
}

/// How long a value that was read from a parameter is cached, in milliseconds. A changed key takes effect after that.
const KEPT_FOR: i64 = 5 * 60_000;

/// A master key in an SSM parameter. It is read on the first request that needs it and cached for [`KEPT_FOR`]; a
/// missing parameter is cached too.
pub struct KeyInParameter {
    parameter: Parameter,
    kept: Mutex<Option<(Timestamp, Option<MasterKey>)>>,
}

impl KeyInParameter {
    /// Creates a source that reads `parameter`.
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
