//! The rights of a token.

use crate::time::Timestamp;

/// The flags of a token. The discriminant is the position in `properties`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Property {
    /// All rights.
    Admin = 0,
    /// All rights but the management of tokens, labs and reports.
    Superuser = 1,
    /// The right to read.
    Get = 2,
    /// The right to create and update.
    Post = 3,
    /// The right to delete.
    Delete = 4,
    /// The token may be used only from the networks in `addresses`.
    IpRestricted = 5,
    /// The right to create tokens.
    CreateTokens = 6,
    /// The token belongs to a boot lab.
    BootLab = 7,
    /// The right to upload files.
    Upload = 8,
    /// The token belongs to a test lab.
    TestLab = 9,
}

/// The rights of a token, its expiry and its networks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TokenGrant {
    /// The flags, indexed by [`Property`]; the other positions are unused.
    pub properties: [bool; 16],
    /// Whether the token was marked as expired.
    pub expired: bool,
    /// The time from which on the token is invalid.
    pub expires_on: Option<Timestamp>,
    /// The addresses and networks that the token may be used from, when it has [`Property::IpRestricted`].
    pub addresses: Vec<String>,
}

impl TokenGrant {
    /// Whether the token has `property`.
    pub fn has(&self, property: Property) -> bool {
        self.properties.get(property as usize).copied().unwrap_or(false)
    }

    /// Sets or clears `property`. Setting [`Property::Admin`] or [`Property::Superuser`] also sets the rights that it
    /// implies.
    pub fn set(&mut self, property: Property, given: bool) {
        use Property::{Admin, CreateTokens, Delete, Get, Post, Superuser, Upload};
        self.put(property, given);
        if given && property == Admin {
            [Superuser, Get, Post, Delete, CreateTokens, Upload].into_iter().for_each(|other| self.put(other, true));
        }
        if given && property == Superuser {
            [Get, Post, Delete, Upload].into_iter().for_each(|other| self.put(other, true));
            [Admin, CreateTokens].into_iter().for_each(|other| self.put(other, false));
        }
    }

    fn put(&mut self, property: Property, given: bool) {
        if let Some(flag) = self.properties.get_mut(property as usize) {
            *flag = given;
        }
    }

    /// Whether the token is valid at `now`.
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        !self.expired && self.expires_on.is_none_or(|date| now < date)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(grant: &TokenGrant) -> Vec<usize> {
        grant.properties.iter().enumerate().filter(|(_, set)| **set).map(|(place, _)| place).collect()
    }

    #[test]
    fn an_administrator_is_given_all_of_it() {
        let mut grant = TokenGrant::default();
        grant.set(Property::Admin, true);
        assert_eq!(flags(&grant), [0, 1, 2, 3, 4, 6, 8]);
    }

    #[test]
    fn a_superuser_is_no_administrator() {
        let mut grant = TokenGrant::default();
        grant.set(Property::Admin, true);
        grant.set(Property::Superuser, true);
        assert_eq!(flags(&grant), [1, 2, 3, 4, 8]);
    }

    #[test]
    fn an_expiry_date_is_the_first_moment_without_worth() {
        let date = Timestamp::from_milliseconds(1_000);
        let grant = TokenGrant { expires_on: Some(date), ..TokenGrant::default() };
        assert!(grant.is_valid_at(date.plus(-1)) && !grant.is_valid_at(date));
        assert!(!TokenGrant { expired: true, ..TokenGrant::default() }.is_valid_at(date));
    }
}
