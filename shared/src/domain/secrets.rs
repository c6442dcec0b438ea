//! Removal of secrets from request bodies, before anything of them is stored.
//!
//! Members with the name of a secret are removed. In texts (LAVA definitions, logs, addresses) the value after such a
//! name becomes `(..)`, and so does the signature of a signed address. The values of removed members and the caller's
//! token are replaced in all other texts too.

use std::{borrow::Cow, sync::LazyLock};

use regex::{Captures, Regex};
use serde_json::{Map, Value as Json};

/// The replacement of a secret.
const HIDDEN: &str = "(..)";

/// A member holds a secret when its name, in lower case and without `-`, `_` and spaces, ends with one of these.
const NAMES: [&str; 8] =
    ["token", "authorization", "password", "passwd", "secret", "apikey", "privatekey", "accesskey"];

/// Shorter values may be part of an ordinary word, and are replaced only after the name of a secret. The value of a
/// token has 36 characters.
const MIN_LENGTH: usize = 20;

/// The member of a LAVA callback whose members are named after test suites.
const RESULTS: &str = "results";

/// A name of [`NAMES`], a colon or equals sign, and a value with or without quotes.
const NAMED: &str = concat!(
    r#"((?i-u:token|authorization|password|passwd|secret|api[_-]?key|private[_-]?key|access[_-]?key)"#,
    r#"(?:\\?["'])?[ \t]*[:=][ \t]*"#,
    r#"(?:(?:\\?["'])?(?i-u:Bearer|Basic|Token|Digest)[ \t]+)?)"#,
    r#"("[^"\r\n]*"|'[^'\r\n]*'|\\"[^"\\\r\n]*|\(\.\.\)|[^ \t\r\n"'\\,;&<>)}\]]+)"#,
);

/// The signature or session of a signed address of Azure, AWS or Google.
const SIGNED: &str = concat!(
    r#"((?:[?&;](?i-u:sig)|(?i-u:X-Amz-Signature|X-Amz-Security-Token|X-Goog-Signature)|[?&;, ](?i-u:Signature))=)"#,
    r#"(\(\.\.\)|[^ \t\r\n"'\\,;&<>)}\]]+)"#,
);

static PATTERNS: LazyLock<Vec<Regex>> =
    LazyLock::new(|| [SIGNED, NAMED].iter().filter_map(|pattern| Regex::new(pattern).ok()).collect());

/// Removes the secrets from a body. `authorization` is the header of the request.
pub fn remove(body: &mut Json, authorization: Option<&str>) {
    let mut values: Vec<String> = authorization.and_then(bare).into_iter().map(str::to_owned).collect();
    collect(body, true, &mut values);
    values.retain(|value| value.len() >= MIN_LENGTH);
    values.sort();
    values.dedup();
    // The longest first, because one may contain another.
    values.sort_by_key(|value| std::cmp::Reverse(value.len()));
    clean(body, true, &values);
}

/// The value of a header without its scheme.
fn bare(header: &str) -> Option<&str> {
    header.split_ascii_whitespace().last()
}

/// Whether a member with that name holds a secret.
fn is_secret(name: &str) -> bool {
    let plain = |letter: &char| !matches!(letter, '-' | '_' | ' ' | '.');
    let name: String = name.chars().filter(plain).map(|letter| letter.to_ascii_lowercase()).collect();
    NAMES.iter().any(|secret| name.ends_with(secret))
}

/// Whether the names of an object's members are field names, not names of suites.
fn has_fields(is_body: bool, name: &str) -> bool {
    !(is_body && name == RESULTS)
}

fn collect(json: &Json, is_body: bool, values: &mut Vec<String>) {
    match json {
        Json::Array(list) => list.iter().for_each(|inner| collect(inner, false, values)),
        Json::Object(members) => {
            for (name, value) in members {
                match value {
                    Json::String(text) if is_secret(name) => values.extend(bare(text).map(str::to_owned)),
                    value if has_fields(is_body, name) => collect(value, false, values),
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

fn clean(json: &mut Json, is_body: bool, values: &[String]) {
    match json {
        Json::String(text) => {
            if let Cow::Owned(cleaned) = cleaned(text, values) {
                *text = cleaned;
            }
        }
        Json::Array(list) => list.iter_mut().for_each(|inner| clean(inner, false, values)),
        Json::Object(members) => {
            members.retain(|name, _| !is_secret(name));
            for (name, value) in members.iter_mut() {
                match value {
                    Json::Object(suites) if !has_fields(is_body, name) => clean_values(suites, values),
                    value => clean(value, false, values),
                }
            }
        }
        _ => {}
    }
}

fn clean_values(suites: &mut Map<String, Json>, values: &[String]) {
    suites.values_mut().for_each(|suite| clean(suite, false, values));
}

/// A text without these values and without the values after the name of a secret.
fn cleaned<'a>(text: &'a str, values: &[String]) -> Cow<'a, str> {
    let mut cleaned = Cow::Borrowed(text);
    for value in values.iter().filter(|value| text.contains(value.as_str())) {
        cleaned = Cow::Owned(cleaned.replace(value.as_str(), HIDDEN));
    }
    for pattern in PATTERNS.iter() {
        if let Cow::Owned(hidden) = pattern.replace_all(&cleaned, hidden) {
            cleaned = Cow::Owned(hidden);
        }
    }
    cleaned
}

fn hidden(found: &Captures<'_>) -> String {
    let part = |group: usize| found.get(group).map_or("", |part| part.as_str());
    let (name, value) = (part(1), part(2));
    match value.chars().next() {
        Some(quote @ ('"' | '\'')) => format!("{name}{quote}{HIDDEN}{quote}"),
        Some('\\') => format!("{name}\\\"{HIDDEN}"),
        _ => format!("{name}{HIDDEN}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_that_are_named_like_a_secret_go() {
        let mut body = json!({
            "id": 5, "token": "the-first-secret-value", "Authorization": "Bearer the-second-secret-value", "X-Api-Key": 7,
            "nested": [{"callbackToken": "the-third-secret-value", "name": "x", "db.password": {"a": 1}}],
            "tokens": 3, "text": "the-first-secret-value and (the-second-secret-value), the-third-secret-value; the-callers-token-itself",
        });
        remove(&mut body, Some("Bearer the-callers-token-itself"));
        let expected = json!({"id": 5, "nested": [{"name": "x"}], "tokens": 3, "text": "(..) and ((..)), (..); (..)"});
        assert_eq!(body, expected);
    }

    #[test]
    fn suites_keep_their_names() {
        let mut body = json!({"results": {"0_token": "- {name: a, token: b1}\n"}, "inner": {"results": {"token": 1}}});
        remove(&mut body, None);
        assert_eq!(body, json!({"results": {"0_token": "- {name: a, token: (..)}\n"}, "inner": {"results": {}}}));
    }

    #[test]
    fn values_behind_names_and_signatures_are_hidden_in_texts() {
        for (text, expected) in [
            ("notify: {dataset: all, token: abc-1, method: POST}", "notify: {dataset: all, token: (..), method: POST}"),
            ("    token: abc\n    url: x\n", "    token: (..)\n    url: x\n"),
            ("password: 'a b'\n", "password: '(..)'\n"),
            (r#"{"token": "a b", "x": 1}"#, r#"{"token": "(..)", "x": 1}"#),
            (r#"msg: "{\"token\": \"abc\"}""#, r#"msg: "{\"token\": \"(..)\"}""#),
            ("Authorization: Bearer abc.def\r\n", "Authorization: Bearer (..)\r\n"),
            ("curl -H 'Authorization: abc' x", "curl -H 'Authorization: (..)' x"),
            ("https://h/a?sv=1&sig=Ab%2Bc%3D&se=2", "https://h/a?sv=1&sig=(..)&se=2"),
            ("https://h/a?X-Amz-Signature=0af&x=1 done", "https://h/a?X-Amz-Signature=(..)&x=1 done"),
            ("https://h/a?access_token=0af", "https://h/a?access_token=(..)"),
            ("token: (..)", "token: (..)"),
        ] {
            assert_eq!(cleaned(text, &[]), expected);
            assert_eq!(cleaned(expected, &[]), expected);
        }
    }

    #[test]
    fn other_texts_stay() {
        for text in [
            "microcode: sig=0x306a9, pf=0x2, revision=0x21",
            "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=token RESULT=pass>",
            "- {name: auth-token, result: pass}",
            "error: missing binary operator before token \"(\"",
            "login: root\nPassword: \n",
            "CONFIG_SIG=y tokens: 5 über",
        ] {
            assert!(matches!(cleaned(text, &[]), Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn every_pattern_is_one() {
        assert_eq!(PATTERNS.len(), 2);
    }
}
