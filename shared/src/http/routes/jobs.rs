//! Jobs, builds and boots.

use super::{NO_ID, distinct, document, route};
use crate::{
    auth::Access,
    collections::{BOOT, BOOT_REGRESSION, BUILD, BUILD_LOGS, JOB, JOB_LOGS},
    domain::{boot, job::STATUSES},
    http::{
        cost::{Cost, Part},
        operation::{
            Answers, Body, Endpoint,
            Failing::{Conflict, Forbidden, Invalid, Missing},
            Parameter,
        },
        route::{Form, Resource},
        verb::Verb,
    },
};

const STATUS: Body =
    Body::Keys { schema: "JobStatus", collection: &JOB, mandatory: &[], only: None, values: &[("status", &STATUSES)] };
const BOOT_REPORT: Body = Body::Keys {
    schema: "BootReport",
    collection: &BOOT,
    mandatory: &[],
    only: None,
    values: &[(boot::RESULT, &boot::STATUSES), ("status", &boot::STATUSES)],
};
const WITH_DEPENDANTS: &str = "A deletion that was broken off can be repeated.";
const OF_LAB: &str = "The token is that of the lab, or of an administrator, which is a warning in `errors`. The \
    report is stored after the answer.";

/// The job by its identity, its change and the task.
const STATUS_COST: Cost = Cost::DOCUMENT.and(Cost::fixed(3, 1));
/// The job, and its builds, logs and summary, which are looked for before and after it is deleted.
const DELETED_JOB: Cost = Cost::readings(6).and(Cost::fixed(1, 1)).and_each(Part::Deleted, Cost::fixed(4, 1));
/// The build twice, its log and the summary of its job, each by its identity, and the writes.
const DELETED_BUILD: Cost = Cost::fixed(14, 9);
/// The lab by its name, the report that is replaced, and the task.
const REPORTED: Cost = Cost::readings(1).and(Cost::fixed(2, 2)).and(Cost::TASK);
/// A report, its regression by its identity, and the writes of both.
const DELETED_REPORT: Cost = Cost::fixed(9, 6);
/// The report and the labs of the token.
const DELETED_BOOT: Cost = Cost::readings(1).and(Cost::fixed(1, 1)).and(DELETED_REPORT);
/// The reports that the filters select, and the labs of the token.
const DELETED_BOOTS: Cost = Cost::readings(2).and_each(Part::Deleted, DELETED_REPORT);

const JOB_GET: Endpoint = Endpoint { name: "job-get", verb: Verb::Get, access: Access::Get };
const JOB_POST: Endpoint = Endpoint { name: "job-post", verb: Verb::Post, access: Access::Post };
const JOB_DELETE: Endpoint = Endpoint { name: "job-delete", verb: Verb::Delete, access: Access::Delete };

/// Jobs, and the summaries of their build logs.
pub(super) const JOBS: Resource = Resource {
    paths: &["/job", "/jobs"],
    routes: &[
        route(
            Form::All,
            "",
            &[
                JOB_GET.list("Lists jobs", &[&JOB]),
                JOB_POST.write("Sets the status of a job", STATUS, Answers::Done, STATUS_COST).failing(&[Missing]).noting(
                    "The status is `PASS` where none is given. The summary of the job's build logs is written beside \
                        its builds.",
                ),
                JOB_DELETE.refused(NO_ID),
            ],
        ),
        document(
            "/{id}",
            &[
                JOB_GET.one("Answers one job", &[&JOB]),
                JOB_POST
                    .write("Sets the status of a job", STATUS, Answers::Done, STATUS_COST)
                    .with(Parameter::Anything)
                    .failing(&[Missing])
                    .noting("The job is the one that the body names; the id in the path is not looked at."),
                JOB_DELETE
                    .plain("Deletes a job with its builds and logs", Answers::Done, DELETED_JOB)
                    .with(Parameter::Id)
                    .noting(WITH_DEPENDANTS),
            ],
        ),
        distinct(&[JOB_GET.distinct("Lists the distinct values of a field of jobs", &[&JOB])]),
        route(Form::Logs, "/logs", &[JOB_GET.list("Lists the summaries of build logs", &[&JOB_LOGS])]),
        route(
            Form::LogsOf,
            "/{id}/logs",
            &[JOB_GET.one("Answers the summary of the build logs of one job", &[&JOB_LOGS])],
        ),
    ],
};

const BUILD_GET: Endpoint = Endpoint { name: "build-get", verb: Verb::Get, access: Access::Get };
const BUILD_POST: Endpoint = Endpoint { name: "build-post", verb: Verb::Post, access: Access::Post };
const BUILD_DELETE: Endpoint = Endpoint { name: "build-delete", verb: Verb::Delete, access: Access::Delete };

/// Builds and their logs.
pub(super) const BUILDS: Resource = Resource {
    paths: &["/build", "/builds"],
    routes: &[
        route(
            Form::All,
            "",
            &[
                BUILD_GET.list("Lists builds", &[&BUILD]),
                BUILD_POST.write("Submits a build", Body::Build, Answers::Accepted, Cost::TASK).noting(
                    "The build is imported after the answer. A body with `bmeta`, `steps` or `artifacts` is of the \
                        inline form.",
                ),
                BUILD_DELETE.refused(NO_ID),
            ],
        ),
        document(
            "/{id}",
            &[
                BUILD_GET.one("Answers one build", &[&BUILD]),
                BUILD_POST
                    .write("Submits a build", Body::Build, Answers::Accepted, Cost::TASK)
                    .with(Parameter::Anything)
                    .noting("The build is the one that the body names; the id in the path is not looked at."),
                BUILD_DELETE
                    .plain("Deletes a build with its log", Answers::Done, DELETED_BUILD)
                    .with(Parameter::Id)
                    .noting(WITH_DEPENDANTS),
            ],
        ),
        distinct(&[BUILD_GET.distinct("Lists the distinct values of a field of builds", &[&BUILD])]),
        route(Form::Logs, "/logs", &[BUILD_GET.list("Lists the logs of builds", &[&BUILD_LOGS])]),
        route(Form::LogsOf, "/{id}/logs", &[BUILD_GET.one("Answers the log of one build", &[&BUILD_LOGS])]),
    ],
};

const BOOT_GET: Endpoint = Endpoint { name: "boot-get", verb: Verb::Get, access: Access::Get };
const BOOT_POST: Endpoint = Endpoint { name: "boot-post", verb: Verb::Post, access: Access::Post };
const BOOT_DELETE: Endpoint = Endpoint { name: "boot-delete", verb: Verb::Delete, access: Access::DeleteBoots };

/// Boot reports and boot regressions.
pub(super) const BOOTS: Resource = Resource {
    paths: &["/boot", "/boots"],
    routes: &[
        route(
            Form::All,
            "",
            &[
                BOOT_GET.list("Lists boot reports", &[&BOOT]),
                BOOT_POST
                    .write("Reports a boot", BOOT_REPORT, Answers::Accepted, REPORTED)
                    .failing(&[Forbidden, Missing, Conflict])
                    .noting(OF_LAB),
                BOOT_DELETE
                    .plain("Deletes the boot reports that filters select", Answers::Done, DELETED_BOOTS)
                    .with_filters(&boot::DELETE_FILTERS, &BOOT)
                    .failing(&[Invalid, Forbidden])
                    .noting(
                        "A comma inside a value separates values. The token of a boot lab deletes the reports of its \
                            own lab only.",
                    ),
            ],
        ),
        document(
            "/{id}",
            &[
                BOOT_GET.one("Answers one boot report", &[&BOOT]),
                BOOT_POST
                    .write("Reports a boot", BOOT_REPORT, Answers::Accepted, REPORTED)
                    .with(Parameter::Anything)
                    .failing(&[Forbidden, Missing, Conflict])
                    .noting("The boot is the one that the body names; the id in the path is not looked at."),
                BOOT_DELETE
                    .plain("Deletes a boot report", Answers::Done, DELETED_BOOT)
                    .with(Parameter::Id)
                    .failing(&[Forbidden])
                    .noting("The token of a boot lab deletes the reports of its own lab only."),
            ],
        ),
        distinct(&[BOOT_GET.distinct("Lists the distinct values of a field of boot reports", &[&BOOT])]),
        route(Form::Regressions, "/regressions", &[BOOT_GET.list("Lists boot regressions", &[&BOOT_REGRESSION])]),
        route(
            Form::RegressionsOf,
            "/{id}/regressions",
            &[BOOT_GET.one("Answers the regression that one boot is", &[&BOOT_REGRESSION]).costing(Cost::readings(1))],
        ),
    ],
};
