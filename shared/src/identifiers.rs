//! The generator of ids and token values.

use crate::{error::Error, time::Timestamp, value::ObjectId};

/// Generates ids from the random numbers of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct Identifiers;

impl Identifiers {
    /// Generates an id whose time is `now`.
    ///
    /// # Errors
    /// [`Error::Internal`] when the operating system returns no random numbers.
    pub fn object_id(&self, now: Timestamp) -> Result<ObjectId, Error> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|error| Error::Internal(error.to_string()))?;
        Ok(ObjectId::unique(now, random))
    }

    /// Generates the value of a token: a random UUID (version 4).
    pub fn token_value(&self) -> String {
        uuid::Uuid::new_v4().to_string()
    }
}
