//! The description and the version of the API.

use super::route;
use crate::{
    auth::Access,
    http::{
        cost::Cost,
        operation::{Answers, Endpoint},
        route::{Form, Resource},
        verb::Verb,
    },
};

const OPENAPI_GET: Endpoint = Endpoint { name: "openapi-get", verb: Verb::Get, access: Access::Open };

/// The description of the API.
pub(super) const DESCRIPTION: Resource = Resource {
    paths: &["/openapi.json"],
    routes: &[route(
        Form::All,
        "",
        &[OPENAPI_GET.plain("Answers the description of the API in OpenAPI", Answers::Description, Cost::NOTHING)],
    )],
};

const VERSION_GET: Endpoint = Endpoint { name: "version-get", verb: Verb::Get, access: Access::Open };

/// The version of the service.
pub(super) const VERSION: Resource = Resource {
    paths: &["/version"],
    routes: &[route(
        Form::All,
        "",
        &[VERSION_GET.plain("Answers the version of the service", Answers::Version, Cost::NOTHING)],
    )],
};
