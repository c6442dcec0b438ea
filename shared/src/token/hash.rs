//! Hashes of secrets, and the comparison with them.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The SHA-256 hash of a token's value. Only the hash is stored. A value has 122 random bits, so it cannot be guessed
/// from the hash.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash of `value`.
    pub fn of(value: &str) -> Self {
        Self(Sha256::digest(value.as_bytes()).into())
    }

    /// The hash as 64 hex digits.
    pub fn to_hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl std::fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenHash(..)")
    }
}

/// The master key, which manages tokens. Only its hash is in memory.
#[derive(Clone)]
pub struct MasterKey([u8; 32]);

impl MasterKey {
    /// The key with that text; `None` when the text is empty.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(Sha256::digest(text.as_bytes()).into()))
    }

    /// Whether `value` is the key. The comparison takes constant time.
    pub fn is(&self, value: &str) -> bool {
        let digest: [u8; 32] = Sha256::digest(value.as_bytes()).into();
        digest.ct_eq(&self.0).into()
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_key_is_the_key() {
        let key = MasterKey::new(" example ").unwrap();
        assert!(key.is("example"));
        assert!(!key.is("Example") && !key.is("") && !key.is("example "));
        assert!(MasterKey::new(" ").is_none());
    }

    #[test]
    fn debug_text_holds_no_secret() {
        assert_eq!(
            format!("{:?} {:?}", TokenHash::of("a"), MasterKey::new("a").unwrap()),
            "TokenHash(..) MasterKey(..)"
        );
    }
}
