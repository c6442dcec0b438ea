//! The router, made from the template: it chooses as API Gateway does.

use kernelci::http::Function;

use crate::{
    functions::function,
    template::{Template, TemplateError},
};

/// What a path is held against.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    /// This path.
    Exactly(String),
    /// Any path that starts so, and goes on.
    Below(String),
    /// Any.
    Default,
}

/// The routes and their functions.
#[derive(Clone)]
pub struct Router {
    routes: Vec<(String, Pattern, Function)>,
}

impl Router {
    /// The router of a template.
    ///
    /// # Errors
    /// A route leads to a function that is not there.
    pub fn new(template: &Template) -> Result<Self, TemplateError> {
        let routes = template.routes.iter().map(|route| {
            let function = function(&route.function);
            let function = function.ok_or_else(|| TemplateError(format!("there is no function {}", route.function)))?;
            let pattern = match route.path.strip_suffix("{path+}") {
                Some(prefix) => Pattern::Below(prefix.to_owned()),
                None if route.path == "$default" => Pattern::Default,
                None => Pattern::Exactly(route.path.clone()),
            };
            Ok((route.method.clone(), pattern, function))
        });
        Ok(Self { routes: routes.collect::<Result<_, _>>()? })
    }

    /// The function for a request: an exact path wins, then the longest beginning, then the default.
    pub fn function(&self, method: &str, path: &str) -> Option<Function> {
        let fits = |(wanted, pattern, _): &&(String, Pattern, Function)| {
            (wanted == method || wanted == "ANY")
                && match pattern {
                    Pattern::Exactly(exact) => exact == path,
                    Pattern::Below(prefix) => path.len() > prefix.len() && path.starts_with(prefix.as_str()),
                    Pattern::Default => true,
                }
        };
        let weight = |(_, pattern, _): &&(String, Pattern, Function)| match pattern {
            Pattern::Exactly(_) => usize::MAX,
            Pattern::Below(prefix) => prefix.len(),
            Pattern::Default => 0,
        };
        self.routes.iter().filter(fits).max_by_key(weight).map(|(_, _, function)| *function)
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
            ("GET", "/test/group/distinct/job", "test-group-get"),
            ("GET", "/tests", "test-group-get"),
            ("OPTIONS", "/job", "unmatched-any"),
            ("GET", "/nosuch", "unmatched-any"),
        ] {
            assert_eq!(router.function(method, path).unwrap().name, name, "{method} {path}");
        }
    }
}
