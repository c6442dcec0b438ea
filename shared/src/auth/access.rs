//! Authorization: the access that a function requires, and the caller that presents a token.

use std::net::IpAddr;

use super::MasterKeySource;
use crate::{
    error::Error,
    store::Store,
    time::Timestamp,
    token::{Property, TokenGrant, TokenHash, allows},
    value::ObjectId,
};

/// The access that a function requires of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// No token.
    Open,
    /// A token with [`Property::Get`].
    Get,
    /// A token with [`Property::Post`].
    Post,
    /// A token with [`Property::Delete`] that is not the token of a boot lab.
    Delete,
    /// A token with [`Property::Delete`]. The token of a boot lab is accepted: it deletes the reports of its own lab.
    DeleteBoots,
    /// A token with [`Property::TestLab`].
    WriteTests,
    /// A token with [`Property::Upload`].
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

/// The authorized caller of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// Any caller: the function is open.
    Anybody,
    /// The caller that presented the master key.
    Master,
    /// The caller that presented this token.
    Token {
        /// The token's id.
        id: ObjectId,
        /// The rights of the token.
        grant: TokenGrant,
    },
}

impl Access {
    fn takes_master_key(self) -> bool {
        matches!(self, Self::ManageTokens | Self::ReadTokens)
    }

    /// Whether a caller whose token carries `grant` may call the function.
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

/// The authentication scheme that may precede the token's value.
const SCHEME: &str = "bearer";

/// The token in an `Authorization` header. The header is the value alone, or `Bearer` and the value. `None` when the
/// header is absent or has no value.
pub fn presented(header: Option<&str>) -> Option<&str> {
    let text = header?.trim();
    let value = match text.split_once(char::is_whitespace) {
        Some((scheme, value)) if scheme.eq_ignore_ascii_case(SCHEME) => value.trim_start(),
        _ if text.eq_ignore_ascii_case(SCHEME) => "",
        _ => text,
    };
    (!value.is_empty()).then_some(value)
}

/// Authorizes the caller that presents `token`. Makes one read of the store, or none without a token. Reads the master
/// key only when the store has no token with that value.
///
/// # Errors
/// [`Error::Forbidden`], the same for every reason. [`Error::Busy`] when the store or the source of the master key
/// throttles or does not answer. [`Error::Internal`] when the store refuses the request.
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
