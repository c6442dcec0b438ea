//! The router. It reads its routes from the template and chooses as API Gateway does.

use kernelci::http::{Function, gateway};

use crate::{
    functions::function,
    template::{Template, TemplateError},
};

/// The routes: method, path and function.
#[derive(Clone)]
pub struct Router {
    routes: Vec<(String, String, Function)>,
}

impl Router {
    /// Creates the router of a template.
    ///
    /// # Errors
    /// A route names an unknown function.
    pub fn new(template: &Template) -> Result<Self, TemplateError> {
        let routes = template.routes.iter().map(|route| {
            let function = function(&route.function);
            let function = function.ok_or_else(|| TemplateError(format!("there is no function {}", route.function)))?;
            Ok((route.method.clone(), route.path.clone(), function))
        });
        Ok(Self { routes: routes.collect::<Result<_, _>>()? })
    }

    /// The function of a request; `None` when no route matches. See [`gateway::choose`].
    pub fn function(&self, method: &str, path: &str) -> Option<Function> {
        let routes = self.routes.iter().map(|(method, path, function)| (method.as_str(), path.as_str(), *function));
        gateway::choose(routes, method, path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::TEMPLATE;

    #[test]
    fn requests_find_their_functions() {
        let router = Router::new(&Template::read(TEMPLATE).unwrap()).unwrap();
        for (method, path, name) in [
            ("GET", "/job", "job-get"),
            ("GET", "/jobs/", "job-get"),
            ("GET", "/job/5e79f370f870c5da21eece6d/logs", "job-get"),
            ("POST", "/job", "job-post"),
            ("PUT", "/job", "unmatched-any"),
            ("PUT", "/upload/a/b.txt", "upload-put"),
            ("GET", "/test/case/x", "test-case-get"),
            ("GET", "/test/cases/", "test-case-get"),
            ("GET", "/test/group/distinct/job", "test-group-get"),
            ("GET", "/tests", "test-group-get"),
            ("GET", "/tests/", "test-group-get"),
            ("GET", "/tests/regression/", "test-regression-get"),
            ("DELETE", "/test/group/x", "unmatched-any"),
            ("GET", "/version/", "version-get"),
            ("GET", "/versions", "unmatched-any"),
            ("GET", "/", "unmatched-any"),
            ("OPTIONS", "/job", "unmatched-any"),
            ("OPTIONS", "/job/", "unmatched-any"),
            ("GET", "/nosuch", "unmatched-any"),
        ] {
            assert_eq!(router.function(method, path).unwrap().name, name, "{method} {path}");
        }
    }

    #[test]
    fn a_named_method_wins_over_any_and_a_longer_path_over_a_shorter() {
        let routes = [
            ("ANY", "$default", 0),
            ("ANY", "/a/{path+}", 1),
            ("GET", "/a/{path+}", 2),
            ("GET", "/a/b/{path+}", 3),
            ("ANY", "/a/b/c", 4),
        ];
        for (method, path, expected) in [
            ("GET", "/a", 0),
            ("PUT", "/a/b", 1),
            ("GET", "/a/b", 2),
            ("GET", "/a/b/", 3),
            ("PUT", "/a/b/d", 1),
            ("GET", "/a/b/c", 4),
        ] {
            assert_eq!(gateway::choose(routes, method, path), Some(expected), "{method} {path}");
        }
    }
}
