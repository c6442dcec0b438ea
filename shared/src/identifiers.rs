//! Where new ids and token values come from.

use crate::{error::Error, time::Timestamp, value::ObjectId};

/// The source of ids: the operating system's random numbers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Identifiers;

impl Identifiers {
    /// A new id.
    ///
    /// # Errors
    /// The operating system has no random numbers.
    pub fn object_id(&self, now: Timestamp) -> Result<ObjectId, Error> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|error| Error::Internal(error.to_string()))?;
        Ok(ObjectId::unique(now, random))
    }

    /// The value of a new token: a random UUID.
    pub fn token_value(&self) -> String {
        uuid::Uuid::new_v4().to_string()
    }
}
