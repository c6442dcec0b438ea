//! What a token allows.

use crate::time::Timestamp;

/// The flags of a token, each at its place in `properties`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Property {
    /// May do everything.
    Admin = 0,
    /// May do everything but manage tokens, labs and reports.
    Superuser = 1,
    /// May read.
    Get = 2,
    /// May create and update.
    Post = 3,
    /// May delete.
    Delete = 4,
    /// May be used from certain addresses only.
    IpRestricted = 5,
    /// May create tokens.
    CreateTokens = 6,
    /// Is the token of a boot lab.
    BootLab = 7,
    /// May upload files.
    Upload = 8,
    /// Is the token of a test lab.
    TestLab = 9,
}

/// What a token allows, and when and from where.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TokenGrant {
    /// The flags, by the places that [`Property`] names; the rest are unused.
    pub properties: [bool; 16],
    /// Whether it was declared to be worth nothing any more.
    pub expired: bool,
    /// From when on it is worth nothing.
    pub expires_on: Option<Timestamp>,
    /// The addresses and networks that it may be used from, where it is restricted.
    pub addresses: Vec<String>,
}

impl TokenGrant {
    /// Whether the token has a property.
    pub fn has(&self, property: Property) -> bool {
        self.properties.get(property as usize).copied().unwrap_or(false)
    }

    /// Gives or takes a property. Being an administrator or a superuser brings others along.
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

    /// Whether the token is worth something at `now`.
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
