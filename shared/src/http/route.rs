//! The shape of paths: which resource they are of, and what of it they name.

use super::{operation::Operation, path::decode_segment, verb::Verb};

/// What of a resource a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// All of it.
    All,
    /// One document.
    One,
    /// The distinct values of a field.
    Distinct,
    /// The number of distinct values of a field.
    CountDistinct,
    /// The logs of all documents.
    Logs,
    /// The logs of one document.
    LogsOf,
    /// The regressions among all documents.
    Regressions,
    /// The regression that one document is.
    RegressionsOf,
    /// What lies around one document.
    BisectRange,
    /// A path in the file storage.
    File,
}

/// What a GET of a form may read before the caller's token is known. Other verbs read nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BeforeToken {
    /// Nothing: the token's read comes first.
    Nothing,
    /// One item by its key, beside the token: a document by its id then takes one round trip. Whatever else the handler
    /// asks of the store waits until the caller is authorized.
    OneItem,
}

/// A form of a resource: what follows the resource's own path, and what each method does.
#[derive(Debug)]
pub struct Route {
    /// The form.
    pub form: Form,
    /// What follows, with its parameter in braces: `{id}` (24 letters or digits), `{field}` (letters, digits and `_`),
    /// `{name}` (any one segment), `{path+}` (any rest).
    pub tail: &'static str,
    /// What each method that is offered does.
    pub operations: &'static [Operation],
    /// What a GET reads before the caller's token is known.
    pub before_token: BeforeToken,
}

/// A resource.
#[derive(Debug)]
pub struct Resource {
    /// Its paths: the name, and the plural.
    pub paths: &'static [&'static str],
    /// Its forms, in the order in which a path is held against them.
    pub routes: &'static [Route],
}

/// A path that was recognised.
#[derive(Debug, Clone)]
pub struct Matched {
    /// The resource.
    pub resource: &'static Resource,
    /// The form.
    pub route: &'static Route,
    /// The parameter in the path, decoded; empty where the form has none.
    pub parameter: String,
}

impl Matched {
    /// What a verb does, where the resource offers it.
    pub fn operation(&self, verb: Verb) -> Option<&'static Operation> {
        self.route.operations.iter().find(|operation| operation.endpoint.verb == verb)
    }

    /// The path with its parameter's name in the parameter's place: what logs show.
    pub fn pattern(&self) -> String {
        format!("{}{}", self.resource.paths.first().copied().unwrap_or_default(), self.route.tail)
    }
}

impl Resource {
    /// Holds raw segments against the resource: names as they stand, parameters decoded.
    pub(super) fn matches(&'static self, segments: &[&str]) -> Option<Matched> {
        self.paths.iter().find_map(|path| {
            let names: Vec<&str> = path.split('/').skip(1).collect();
            let rest = segments.strip_prefix(names.as_slice())?;
            let found = |route: &'static Route| {
                route.parameter(rest).map(|parameter| Matched { resource: self, route, parameter })
            };
            self.routes.iter().find_map(found)
        })
    }
}

impl Route {
    /// The methods that are offered, and the function of each.
    pub fn functions(&self) -> impl Iterator<Item = (Verb, &'static str)> + use<> {
        self.operations.iter().map(|operation| (operation.endpoint.verb, operation.endpoint.name))
    }

    fn parameter(&self, segments: &[&str]) -> Option<String> {
        let pattern: Vec<&str> = self.tail.split('/').skip(1).collect();
        if let Some((&"{path+}", names)) = pattern.split_last() {
            let rest = segments.strip_prefix(names)?;
            return (!rest.is_empty())
                .then(|| rest.iter().map(|segment| decode_segment(segment)).collect::<Vec<_>>().join("/"));
        }
        if pattern.len() != segments.len() {
            return None;
        }
        let mut parameter = String::new();
        for (wanted, segment) in pattern.iter().zip(segments) {
            let fits = match *wanted {
                "{id}" => segment.len() == 24 && segment.bytes().all(|byte| byte.is_ascii_alphanumeric()),
                "{field}" => {
                    !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
                }
                "{name}" => !segment.is_empty(),
                name => name == *segment,
            };
            if !fits {
                return None;
            }
            if wanted.starts_with('{') {
                parameter = decode_segment(segment);
            }
        }
        Some(parameter)
    }
}
