//! Mail addresses, with or without a name.

use std::fmt;

use email_address::{EmailAddress, Options};

/// The maximum length of an address with its name, in characters.
const MAX_LENGTH: usize = 320;

/// An address and its display name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    /// The display name; may be empty.
    pub name: String,
    /// The part before the `@`.
    pub local: String,
    /// The part after the `@`.
    pub domain: String,
}

/// Why a text is not accepted as an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WrongAddress {
    /// It is no mail address.
    #[error("is no mail address such as dev@example.org or Name <dev@example.org>")]
    None,
    /// The address has characters outside of ASCII.
    #[error("has letters outside of ASCII beside its name: write the domain in its ASCII form (xn--..)")]
    NotAscii,
    /// It is too long.
    #[error("is longer than {MAX_LENGTH} characters")]
    TooLong,
}

impl Address {
    /// Reads `dev@example.org`, `<dev@example.org>` or `Name <dev@example.org>`.
    ///
    /// # Errors
    /// The text has none of these forms, or mail servers do not accept the address.
    pub fn parse(text: &str) -> Result<Self, WrongAddress> {
        let text = text.trim();
        if text.chars().count() > MAX_LENGTH {
            return Err(WrongAddress::TooLong);
        }
        // A control character in a name could end the header and begin another.
        if text.chars().any(char::is_control) {
            return Err(WrongAddress::None);
        }
        let (name, bare) = match text.strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
            Some((name, bare)) => (unquoted(name.trim()), bare),
            None => (String::new(), text),
        };
        // Quoted local parts have several spellings, and few servers accept them.
        if bare.contains('"') {
            return Err(WrongAddress::None);
        }
        if !bare.is_ascii() {
            return Err(WrongAddress::NotAscii);
        }
        let options = Options::default().without_display_text().without_domain_literal();
        let address = EmailAddress::parse_with_options(bare, options).map_err(|_| WrongAddress::None)?;
        Ok(Self { name, local: address.local_part().to_owned(), domain: address.domain().to_owned() })
    }

    /// The address without the name.
    pub fn bare(&self) -> String {
        format!("{}@{}", self.local, self.domain)
    }
}

fn unquoted(name: &str) -> String {
    match name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\\\"", "\"").replace("\\\\", "\\"),
        None => name.to_owned(),
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name.as_str() {
            "" => write!(f, "{}@{}", self.local, self.domain),
            name => write!(f, "{name} <{}@{}>", self.local, self.domain),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_with_and_without_names() {
        for (text, name, bare) in [
            ("dev@example.org", "", "dev@example.org"),
            (" <dev@example.org> ", "", "dev@example.org"),
            ("Dev <dev+ci@example.org>", "Dev", "dev+ci@example.org"),
            ("\"Dé, \\\"V\\\"\" <dev@example.org>", "Dé, \"V\"", "dev@example.org"),
            ("root@localhost", "", "root@localhost"),
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!((address.name.as_str(), address.bare().as_str()), (name, bare), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "dev",
            "@example.org",
            "dev@",
            "a@b@c",
            "dev@exa mple.org",
            "a@example.org, b@example.org",
            "Dev <dev@example.org",
            "dev@example.org\nBcc: all@example.org",
            "D\r\nBcc: x <dev@example.org>",
            "dev@[127.0.0.1]",
            "\"d e v\"@example.org",
        ] {
            assert_eq!(Address::parse(text), Err(WrongAddress::None), "{text:?}");
        }
        for text in ["ü@example.org", "dev@exämple.org"] {
            assert_eq!(Address::parse(text), Err(WrongAddress::NotAscii));
        }
        let long = format!("{} <dev@example.org>", "n".repeat(MAX_LENGTH));
        assert_eq!(Address::parse(&long), Err(WrongAddress::TooLong));
    }
}
