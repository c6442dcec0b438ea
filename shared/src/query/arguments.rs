//! The arguments of a query string, raw and in order.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::BadArgument;

/// The most arguments that a request may have; far past what any client sends.
pub const MAX_ARGUMENTS: usize = 1_000;

/// Names and values as they were sent: decoded, trimmed, in order, repeats and all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arguments(Vec<(String, String)>);

impl Arguments {
    /// Reads a raw query string. `&` and `;` separate; a bad escape stays as it is; control characters count as
    /// spaces; bytes that are no UTF-8 become replacement characters.
    ///
    /// # Errors
    /// More than [`MAX_ARGUMENTS`] arguments.
    pub fn parse(query: &str) -> Result<Self, BadArgument> {
        let mut arguments = Vec::new();
        for part in query.split(['&', ';']).filter(|part| !part.is_empty()) {
            if arguments.len() == MAX_ARGUMENTS {
                return Err(BadArgument::because("..", format!("there are more than {MAX_ARGUMENTS} arguments")));
            }
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            arguments.push((decode(name), decode(value)));
        }
        Ok(Self(arguments))
    }

    /// Every value of `name`, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The last value of `name`: the one that counts where an argument is not repeatable.
    pub fn last<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.0.iter().rev().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// Whether `name` was sent.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(other, _)| other == name)
    }

    /// The arguments that `keep` keeps, of their names and values.
    #[must_use]
    pub fn only(&self, keep: impl Fn(&str, &str) -> bool) -> Self {
        Self(self.0.iter().filter(|(name, value)| keep(name, value)).cloned().collect())
    }

    /// The names that were sent, in order, repeats and all.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

fn decode(text: &str) -> String {
    let spaced: Cow<'_, str> = if text.contains('+') { text.replace('+', " ").into() } else { text.into() };
    let decoded = percent_decode_str(&spaced).decode_utf8_lossy();
    let plain: String = decoded.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(query: &str) -> Vec<(String, String)> {
        Arguments::parse(query).unwrap().0
    }

    #[test]
    fn repeats_and_order_are_kept() {
        let arguments = Arguments::parse("job=next&kernel=a&job=mainline").unwrap();
        assert_eq!(arguments.all("job").collect::<Vec<_>>(), ["next", "mainline"]);
        assert_eq!(arguments.last("job"), Some("mainline"));
        assert_eq!(arguments.names().collect::<Vec<_>>(), ["job", "kernel", "job"]);
    }

    #[test]
    fn both_separators_and_empty_parts_are_read() {
        assert_eq!(parsed("a=1&&b=2;c=3;&"), [("a", "1"), ("b", "2"), ("c", "3")].map(|(n, v)| (n.into(), v.into())));
        assert_eq!(parsed(""), []);
    }

    #[test]
    fn values_are_decoded_once_and_trimmed() {
        assert_eq!(parsed("a=%20x+y%2B1%20"), [("a".into(), "x y+1".into())]);
        assert_eq!(parsed("a=%2541"), [("a".into(), "%41".into())]);
        assert_eq!(parsed("a=%zz%"), [("a".into(), "%zz%".into())]);
        assert_eq!(parsed("a=%FF"), [("a".into(), "\u{fffd}".into())]);
        assert_eq!(parsed("a=b%00c%0d%0a"), [("a".into(), "b c".into())]);
        assert_eq!(parsed("gte=retries,2"), [("gte".into(), "retries,2".into())]);
    }

    #[test]
    fn too_many_are_refused() {
        assert!(Arguments::parse(&"a=1&".repeat(MAX_ARGUMENTS)).is_ok());
        assert!(Arguments::parse(&"a=1&".repeat(MAX_ARGUMENTS + 1)).is_err());
    }
}
