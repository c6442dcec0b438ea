//! What a function demands of its caller.

use std::net::IpAddr;

use super::MasterKeySource;
use crate::{
    error::Error,
    store::Store,
    time::Timestamp,
    token::{Property, TokenGrant, TokenHash, allows},
    value::ObjectId,
};

/// What a function demands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Nothing.
    Open,
    /// A token that may read.
    Get,
    /// A token that may create and update.
    Post,
    /// A token that may delete, and is not that of a boot lab.
    Delete,
    /// A token that may delete: that of a boot lab too, which may delete its own reports.
    DeleteBoots,
    /// A token that may send test results.
    WriteTests,
    /// A token that may upload files.
    Upload,
    /// The token of an administrator, or the master key.
    ManageTokens,
    /// The token of an administrator or a superuser, or the master key.
    ReadTokens,
    /// The token of an administrator.
    Administer,
    /// The token of an administrator or a superuser.
    Oversee,
}

/// Who calls, once let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// Anybody: the function is open.
    Anybody,
    /// Whoever has the master key.
    Master,
    /// Whoever has this token.
    Token {
        /// The token's id.
        id: ObjectId,
        /// What it allows.
        grant: TokenGrant,
    },
}

impl Access {
    fn takes_master_key(self) -> bool {
        matches!(self, Self::ManageTokens | Self::ReadTokens)
    }

    /// Whether a token that allows `grant` may call.
    pub fn allows(self, grant: &TokenGrant) -> bool {
        let admin = grant.has(Property::Admin);
        let superuser = admin || grant.has(Property::Superuser);
        match self {
            Self::Open => true,
            Self::Get => superuser || grant.has(Property::Get),
            Self::Post => superuser || grant.has(Property::Post),
            Self::Delete => superuser || (grant.has(Property::Delete) && !grant.has(Property::BootLab)),
            Self::DeleteBoots => superuser || grant.has(Property::Delete),
            Self::WriteTests => superuser || grant.has(Property::TestLab),
            Self::Upload => superuser || grant.has(Property::Upload),
            Self::ManageTokens | Self::Administer => admin,
            Self::ReadTokens | Self::Oversee => superuser,
        }
    }
}

/// The scheme that may stand before a token's value.
const SCHEME: &str = "bearer";

/// The token that an `Authorization` header presents: its value alone, or `Bearer` and the value. `None` where there is no
/// value.
pub fn presented(header: Option<&str>) -> Option<&str> {
    let text = header?.trim();
    let value = match text.split_once(char::is_whitespace) {
        Some((scheme, value)) if scheme.eq_ignore_ascii_case(SCHEME) => value.trim_start(),
        _ if text.eq_ignore_ascii_case(SCHEME) => "",
        _ => text,
    };
    (!value.is_empty()).then_some(value)
}

/// Authorizes the caller that presents `token`, with one read of the store, whatever the outcome; without a token with
/// none. The source of the master key is asked only for a value that no token has.
///
/// # Errors
/// [`Error::Forbidden`], the same for every reason, or a failure of the store or of the source of the master key.
pub async fn authorize(
    access: Access,
    token: Option<&str>,
    peer: Option<IpAddr>,
    now: Timestamp,
    master: Option<&dyn MasterKeySource>,
    store: &Store,
) -> Result<Caller, Error> {
    if access == Access::Open {
        return Ok(Caller::Anybody);
    }
    let value = token.ok_or(Error::Forbidden)?;
    let Some((id, grant)) = store.grant(&TokenHash::of(value)).await? else {
        let master = master.filter(|_| access.takes_master_key()).ok_or(Error::Forbidden)?;
        let is_master = master.key(now).await?.is_some_and(|key| key.is(value));
        return if is_master { Ok(Caller::Master) } else { Err(Error::Forbidden) };
    };
    let in_place = !grant.has(Property::IpRestricted) || peer.is_some_and(|peer| allows(&grant.addresses, peer));
    if in_place && grant.is_valid_at(now) && access.allows(&grant) {
        return Ok(Caller::Token { id, grant });
    }
    Err(Error::Forbidden)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_presented_alone_or_as_bearer() {
        for header in ["t-1", " t-1 ", "Bearer t-1", "bearer   t-1", "BEARER\tt-1 "] {
            assert_eq!(presented(Some(header)), Some("t-1"), "{header:?}");
        }
        // Another scheme is a value that no token has.
        for header in ["Basic t-1", "Bearert-1", "Bearers t-1"] {
            assert_eq!(presented(Some(header)), Some(header));
        }
        for header in [None, Some(""), Some("  "), Some("Bearer"), Some(" bearer  ")] {
            assert_eq!(presented(header), None, "{header:?}");
        }
    }
}
