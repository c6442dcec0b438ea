//! Evaluations of documents: batches, counts, reports, bisections and statistics.

use super::{document, route};
use crate::{
    auth::Access,
    collections::{BISECT, REPORT, STATISTICS},
    domain::{bisect, count::COUNTED},
    http::{
        cost::{Cost, Part},
        operation::{
            Answers, Body, Endpoint,
            Failing::{Conflict, Invalid},
            Parameter,
        },
        route::{Form, Resource},
        verb::Verb,
    },
};

const BISECTION: Body = Body::Keys {
    schema: "BisectionResult",
    collection: &BISECT,
    mandatory: &[],
    only: None,
    values: &[("type", &bisect::TYPES)],
};
const SENDING: &str = "The mail goes out after `delay` seconds, 3600 where none are given and at most 18000; \
    `/report` then says what became of it. `send_to`, `send_cc` and `send_bcc` are one address or a list, with or \
    without a name (`Name <dev@example.org>`); those that begin with a type are for its report only. `format` is \
    `txt`, `html` or both in a list. The same request within a day is a conflict, whatever its `delay`. Older clients \
    send `build_report` and `boot_report` in the place of `report_type`.";

/// An operation reads at most as much as the count of all collections.
const BATCH: Cost = Cost::NOTHING.and_each(Part::Operation, Cost::readings(COUNTED.len() as u64));

const BATCH_POST: Endpoint = Endpoint { name: "batch-post", verb: Verb::Post, access: Access::Post };

/// Batches of reads.
pub(super) const BATCHES: Resource = Resource {
    paths: &["/batch"],
    routes: &[route(
        Form::All,
        "",
        &[BATCH_POST.write("Performs several reads concurrently", Body::Operations, Answers::Outcomes, BATCH).noting(
            "An operation is answered as its own request would be: an operation that is refused has `code` and \
                `reason` in its place, and the others are answered.",
        )],
    )],
};

const COUNT_GET: Endpoint = Endpoint { name: "count-get", verb: Verb::Get, access: Access::Get };

/// The number of documents.
pub(super) const COUNTS: Resource = Resource {
    paths: &["/count", "/counts"],
    routes: &[
        route(
            Form::All,
            "",
            &[COUNT_GET
                .count("Counts the documents of all collections", &COUNTED)
                .noting("A filter that a collection lacks and another has matches nothing in it.")],
        ),
        route(
            Form::One,
            "/{field}",
            &[COUNT_GET
                .count("Counts the documents of one collection", &COUNTED)
                .with(Parameter::Counted)
                .noting("A filter that the collection lacks and another has matches nothing, whatever its value is.")],
        ),
    ],
};

const REPORT_GET: Endpoint = Endpoint { name: "report-get", verb: Verb::Get, access: Access::Oversee };

/// Reports.
pub(super) const REPORTS: Resource = Resource {
    paths: &["/report", "/reports"],
    routes: &[
        route(Form::All, "", &[REPORT_GET.list("Lists reports", &[&REPORT])]),
        route(
            Form::One,
            "/{name}",
            // Its page, or else the report.
            &[REPORT_GET.one("Answers one report", &[&REPORT]).costing(Cost::DOCUMENT.and(Cost::fixed(1, 1))).noting(
                "Where `Accept` asks for `text/html`, and the report has a page, that is the answer: what its mail \
                    shows.",
            )],
        ),
    ],
};

const BISECT_GET: Endpoint = Endpoint { name: "bisect-get", verb: Verb::Get, access: Access::Get };
const BISECT_POST: Endpoint = Endpoint { name: "bisect-post", verb: Verb::Post, access: Access::Post };

/// Bisections, and the commits around a failed build.
pub(super) const BISECTIONS: Resource = Resource {
    paths: &["/bisect", "/bisects"],
    routes: &[
        route(
            Form::All,
            "",
            &[
                BISECT_GET.search("Answers the commits around a failed build"),
                BISECT_POST
                    .write("Submits the result of a bisection", BISECTION, Answers::Accepted, Cost::TASK)
                    .failing(&[Invalid])
                    .noting(
                        "The result is stored after the answer, in the document of that bisection where there is one.",
                    ),
            ],
        ),
        route(
            Form::BisectRange,
            "/build/{name}",
            &[BISECT_GET.search("Answers the commits around a failed build").with(Parameter::Id)],
        ),
        document(
            "/{name}",
            &[
                BISECT_GET.one("Answers one bisection", &[&BISECT]),
                BISECT_POST
                    .write("Submits the result of a bisection", BISECTION, Answers::Accepted, Cost::TASK)
                    .with(Parameter::Anything)
                    .failing(&[Invalid])
                    .noting("The bisection is the one that the body names; the id in the path is not looked at."),
            ],
        ),
    ],
};

const SEND_POST: Endpoint = Endpoint { name: "send-post", verb: Verb::Post, access: Access::Post };

/// Sending of reports.
pub(super) const MAILS: Resource = Resource {
    paths: &["/send"],
    routes: &[route(
        Form::All,
        "",
        &[SEND_POST
            .write("Has a report sent", Body::Report, Answers::Accepted, Cost::TASK)
            .failing(&[Conflict, Invalid])
            .noting(SENDING)],
    )],
};

const STATISTICS_GET: Endpoint = Endpoint { name: "statistics-get", verb: Verb::Get, access: Access::Get };

/// Daily statistics.
pub(super) const STATISTICS_OF_DAYS: Resource = Resource {
    paths: &["/statistics"],
    routes: &[route(Form::All, "", &[STATISTICS_GET.list("Lists the statistics of days", &[&STATISTICS])])],
};
