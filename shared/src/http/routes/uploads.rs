//! Uploaded files and callbacks of labs.

use super::route;
use crate::{
    auth::Access,
    http::{
        cost::Cost,
        operation::{
            Answers, Body, Endpoint,
            Failing::{Conflict, Forbidden, Invalid},
            Parameter,
        },
        route::{Form, Resource},
        verb::Verb,
    },
};

const FOLDER: &str = "The folder is `path`, or is made of the other keys, `defconfig_full` before `defconfig`; each \
    may be in the form or in the query. Every part with a file name is a file, whatever its own name is. Each result \
    has a status of its own: 201 new, 200 replaced, 409 where a folder is in its place, 500 where it cannot be \
    written.";

/// The lab by its name, and the task.
const OF_LAB: Cost = Cost::readings(1).and(Cost::fixed(1, 1)).and(Cost::TASK);

const UPLOAD_POST: Endpoint = Endpoint { name: "upload-post", verb: Verb::Post, access: Access::Upload };
const UPLOAD_PUT: Endpoint = Endpoint { name: "upload-put", verb: Verb::Put, access: Access::Upload };

/// The files of builds and tests.
pub(super) const UPLOADS: Resource = Resource {
    paths: &["/upload"],
    routes: &[
        route(
            Form::All,
            "",
            &[
                UPLOAD_POST
                    .write("Stores the files of a form", Body::Form, Answers::Files, Cost::NOTHING)
                    .noting(FOLDER),
                UPLOAD_PUT.refused("The path lacks the path of the file."),
            ],
        ),
        route(
            Form::File,
            "/{path+}",
            &[
                UPLOAD_POST
                    .write("Stores the files of a form", Body::Form, Answers::Files, Cost::NOTHING)
                    .with(Parameter::Anything)
                    .noting("The folder is the one that the form or the query names; the path is not looked at."),
                UPLOAD_PUT
                    .write("Stores the body as a file", Body::File, Answers::File, Cost::NOTHING)
                    .with(Parameter::FilePath)
                    .failing(&[Invalid, Conflict])
                    .noting("The body may have any content type."),
            ],
        ),
    ],
};

const CALLBACK_POST: Endpoint = Endpoint { name: "callback-post", verb: Verb::Post, access: Access::Post };

/// Callbacks of LAVA.
pub(super) const CALLBACKS: Resource = Resource {
    paths: &["/callback/lava"],
    routes: &[route(
        Form::One,
        "/{field}",
        &[CALLBACK_POST
            .write("Takes what LAVA tells of a job", Body::Callback, Answers::Accepted, OF_LAB)
            .with(Parameter::CallbackKind)
            .failing(&[Invalid, Forbidden])
            .noting(
                "The token is that of the lab, or of an administrator, which is a warning in `errors`. Groups, cases, \
                    log and regressions are stored after the answer.",
            )],
    )],
};
