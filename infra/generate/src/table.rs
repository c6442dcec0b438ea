//! The routes of the manifest, each with what its verb does.

use kernelci::{
    auth::Access,
    http::{Endpoint, Form, Operation, RESOURCES, Resource, Route, Verb},
};

/// A verb on a path.
pub(crate) struct Entry {
    /// The resource.
    pub(crate) resource: &'static Resource,
    /// The form.
    pub(crate) route: &'static Route,
    /// The verb.
    pub(crate) verb: Verb,
    /// What is demanded of callers.
    pub(crate) access: Access,
    /// What is done.
    pub(crate) operation: &'static Operation,
}

impl Entry {
    /// The path under the first name of its resource, with its parameter in braces.
    pub(crate) fn path(&self) -> String {
        format!("{}{}", first_path(self.resource), self.tail())
    }

    /// The same path under the other names of the resource.
    pub(crate) fn other_paths(&self) -> Vec<String> {
        self.resource.paths.iter().skip(1).map(|path| format!("{path}{}", self.tail())).collect()
    }

    /// The name of the parameter in the path.
    pub(crate) fn parameter_name(&self) -> Option<String> {
        let (_, rest) = self.route.tail.split_once('{')?;
        let (name, _) = rest.split_once('}')?;
        // Only files have paths; elsewhere `{path+}` is there for values that hold a slash.
        let is_value = name == "path+" && self.route.form == Form::One;
        Some(if is_value { "id".to_owned() } else { name.trim_end_matches('+').to_owned() })
    }

    fn tail(&self) -> String {
        let start = self.route.tail.split('{').next().unwrap_or_default();
        let rest = self.route.tail.split_once('}').map(|(_, rest)| rest).unwrap_or_default();
        self.parameter_name().map_or_else(|| self.route.tail.to_owned(), |name| format!("{start}{{{name}}}{rest}"))
    }
}

/// The first name of a resource.
pub(crate) fn first_path(resource: &Resource) -> &'static str {
    resource.paths.first().copied().unwrap_or_default()
}

/// Every verb on every path, in the order of the routes.
pub(crate) fn entries() -> Vec<Entry> {
    let mut entries = Vec::new();
    for resource in RESOURCES {
        for route in resource.routes {
            let entry = |operation: &'static Operation| {
                let Endpoint { verb, access, .. } = operation.endpoint;
                Entry { resource, route, verb, access, operation }
            };
            entries.extend(route.operations.iter().map(entry));
        }
    }
    entries
}

/// What a right is called.
pub(crate) fn right(access: Access) -> &'static str {
    match access {
        Access::Open => "none needed",
        Access::Get => "to read",
        Access::Post => "to create and update",
        Access::Delete => "to delete, and no boot lab's token",
        Access::DeleteBoots => "to delete, a boot lab's too",
        Access::WriteTests => "of a test lab",
        Access::Upload => "to upload",
        Access::ManageTokens => "an administrator, or the master key",
        Access::ReadTokens => "an administrator or a superuser, or the master key",
        Access::Administer => "an administrator",
        Access::Oversee => "an administrator or a superuser",
    }
}
