//! The table of what functions do. A new function has its lines here; all else that is said of it follows from them and
//! from the tables of the code.

use kernelci::{
    collections::{
        BISECT, BOOT, BOOT_REGRESSION, BUILD, BUILD_LOGS, JOB, JOB_LOGS, LAB, REPORT, STATISTICS, TEST_CASE,
        TEST_GROUP, TEST_REGRESSION, TOKEN,
    },
    domain::{bisect, boot, count::COUNTED, job::STATUSES, lab, test, token::EMAIL},
    http::Form,
};

use crate::operation::{
    Answers, Body,
    Failing::{Conflict, Forbidden, Invalid, Missing},
    Operation, Parameter,
};

const STATUS: Body =
    Body::Keys { schema: "JobStatus", collection: &JOB, mandatory: &[], only: None, values: &[("status", &STATUSES)] };
const NEW_TOKEN: Body =
    Body::Keys { schema: "NewToken", collection: &TOKEN, mandatory: &[EMAIL], only: None, values: &[] };
const TOKEN_CHANGES: Body =
    Body::Keys { schema: "TokenChanges", collection: &TOKEN, mandatory: &[], only: None, values: &[] };
const NEW_LAB: Body =
    Body::Keys { schema: "NewLab", collection: &LAB, mandatory: &lab::MANDATORY, only: None, values: &[] };
const LAB_CHANGES: Body =
    Body::Keys { schema: "LabChanges", collection: &LAB, mandatory: &[], only: None, values: &[] };

const BOOT_REPORT: Body = Body::Keys {
    schema: "BootReport",
    collection: &BOOT,
    mandatory: &[],
    only: None,
    values: &[(boot::RESULT, &boot::STATUSES), ("status", &boot::STATUSES)],
};

const BISECTION: Body = Body::Keys {
    schema: "BisectionResult",
    collection: &BISECT,
    mandatory: &[],
    only: None,
    values: &[("type", &bisect::TYPES)],
};
const NEW_GROUP: Body =
    Body::Keys { schema: "NewTestGroup", collection: &TEST_GROUP, mandatory: &[], only: None, values: &[] };
const GROUP_CHANGES: Body = Body::Keys {
    schema: "TestGroupChanges",
    collection: &TEST_GROUP,
    mandatory: &[],
    only: Some(&test::CHANGED_IN_GROUPS),
    values: &[],
};
const NEW_CASE: Body =
    Body::Keys { schema: "NewTestCase", collection: &TEST_CASE, mandatory: &[], only: None, values: &[] };
const CASE_CHANGES: Body = Body::Keys {
    schema: "TestCaseChanges",
    collection: &TEST_CASE,
    mandatory: &[],
    only: Some(&test::CHANGED_IN_CASES),
    values: &[],
};

const SENDING: &str = "The mail goes out after `delay` seconds, 3600 where none are given and at most 18000; `/report` then says \
    what became of it.     `send_to`, `send_cc` and `send_bcc` are one address or a list, with or without a name (`Name <dev@example.org>`); those that begin \
    with a type are for its report only. `format` is `txt`, `html` or both in a list. The same request within a day is a conflict, \
    whatever its `delay`. Older clients send `build_report` and `boot_report` in the place of `report_type`.";
const NO_ID: &str = "The path lacks the id.";
const WITH_DEPENDANTS: &str = "A deletion that was broken off can be repeated.";
const OF_LAB: &str = "The token is that of the lab, or of an administrator, which is a warning in `errors`. \
    The report is stored after the answer.";
const WHOLE_GROUP: &str = "Sent again, it takes the place of what was stored of it. What it does not say, groups in it have \
    from the one around them. Its regressions are found after the answer.";
const FOLDER: &str = "The folder is `path`, or is made of the other keys, `defconfig_full` before `defconfig`; \
    each may be in the form or in the query. Every part with a file name is a file, whatever its own name is. \
    Each result has a status of its own: 201 new, 200 replaced, 409 where a folder is in its place, 500 where it cannot be written.";

/// Every one of them.
pub const OPERATIONS: &[Operation] = &[
    Operation::write("batch-post", Form::All, "Performs readings side by side", Body::Operations, Answers::Outcomes)
        .noting("An operation is answered as its own request would be: an operation that is refused has `code` and `reason` in its place, and the others are answered."),
    Operation::list("job-get", Form::All, "Lists jobs", &[&JOB]),
    Operation::one("job-get", Form::One, "Answers one job", &[&JOB]),
    Operation::distinct("job-get", "Lists the distinct values of a field of jobs", &[&JOB]),
    Operation::list("job-get", Form::Logs, "Lists the summaries of build logs", &[&JOB_LOGS]),
    Operation::one("job-get", Form::LogsOf, "Answers the summary of the build logs of one job", &[&JOB_LOGS]),
    Operation::write("job-post", Form::All, "Sets the status of a job", STATUS, Answers::Done)
        .failing(&[Missing])
        .noting("The status is `PASS` where none is given. The summary of the job's build logs is written beside its builds."),
    Operation::write("job-post", Form::One, "Sets the status of a job", STATUS, Answers::Done)
        .with(Parameter::Anything)
        .failing(&[Missing])
        .noting("The job is the one that the body names; the id in the path is not looked at."),
    Operation::refused("job-delete", Form::All, NO_ID),
    Operation::plain("job-delete", Form::One, "Deletes a job with its builds and logs", Answers::Done)
        .with(Parameter::Id)
        .noting(WITH_DEPENDANTS),
    Operation::list("build-get", Form::All, "Lists builds", &[&BUILD]),
    Operation::one("build-get", Form::One, "Answers one build", &[&BUILD]),
    Operation::distinct("build-get", "Lists the distinct values of a field of builds", &[&BUILD]),
    Operation::list("build-get", Form::Logs, "Lists the logs of builds", &[&BUILD_LOGS]),
    Operation::one("build-get", Form::LogsOf, "Answers the log of one build", &[&BUILD_LOGS]),
    Operation::write("build-post", Form::All, "Submits a build", Body::Build, Answers::Accepted)
        .noting("The build is imported after the answer. A body with `bmeta`, `steps` or `artifacts` is of the inline form."),
    Operation::write("build-post", Form::One, "Submits a build", Body::Build, Answers::Accepted)
        .with(Parameter::Anything)
        .noting("The build is the one that the body names; the id in the path is not looked at."),
    Operation::refused("build-delete", Form::All, NO_ID),
    Operation::plain("build-delete", Form::One, "Deletes a build with its log", Answers::Done)
        .with(Parameter::Id)
        .noting(WITH_DEPENDANTS),
    Operation::list("boot-get", Form::All, "Lists boot reports", &[&BOOT]),
    Operation::one("boot-get", Form::One, "Answers one boot report", &[&BOOT]),
    Operation::distinct("boot-get", "Lists the distinct values of a field of boot reports", &[&BOOT]),
    Operation::list("boot-get", Form::Regressions, "Lists boot regressions", &[&BOOT_REGRESSION]),
    Operation::one("boot-get", Form::RegressionsOf, "Answers the regression that one boot is", &[&BOOT_REGRESSION]),
    Operation::write("boot-post", Form::All, "Reports a boot", BOOT_REPORT, Answers::Accepted)
        .failing(&[Forbidden, Missing, Conflict])
        .noting(OF_LAB),
    Operation::write("boot-post", Form::One, "Reports a boot", BOOT_REPORT, Answers::Accepted)
        .with(Parameter::Anything)
        .failing(&[Forbidden, Missing, Conflict])
        .noting("The boot is the one that the body names; the id in the path is not looked at."),
    Operation::plain("boot-delete", Form::All, "Deletes the boot reports that filters select", Answers::Done)
        .with_filters(&boot::DELETE_FILTERS, &BOOT)
        .failing(&[Invalid, Forbidden])
        .noting("A comma inside a value separates values. The token of a boot lab deletes the reports of its own lab only."),
    Operation::plain("boot-delete", Form::One, "Deletes a boot report", Answers::Done)
        .with(Parameter::Id)
        .failing(&[Forbidden])
        .noting("The token of a boot lab deletes the reports of its own lab only."),
    Operation::list("token-get", Form::All, "Lists tokens", &[&TOKEN]).noting("No answer has the value of a token."),
    Operation::one("token-get", Form::One, "Answers the token with a value", &[&TOKEN]).with(Parameter::TokenValue),
    Operation::write("token-post", Form::All, "Makes a token", NEW_TOKEN, Answers::NewToken)
        .noting("The value is in this answer and nowhere else."),
    Operation::write("token-post", Form::One, "Is refused", NEW_TOKEN, Answers::Never)
        .with(Parameter::Anything)
        .noting("The path has an id: to change a token, use PUT."),
    Operation::refused("token-put", Form::All, NO_ID),
    Operation::write("token-put", Form::One, "Changes a token", TOKEN_CHANGES, Answers::ChangedToken)
        .with(Parameter::Id),
    Operation::refused("token-delete", Form::All, NO_ID),
    Operation::plain("token-delete", Form::One, "Deletes a token", Answers::Done).with(Parameter::Id),
    Operation::list("lab-get", Form::All, "Lists labs", &[&LAB]),
    Operation::one("lab-get", Form::One, "Answers one lab", &[&LAB]).with(Parameter::LabName),
    Operation::write("lab-post", Form::All, "Makes a lab", NEW_LAB, Answers::NewLab)
        .failing(&[Invalid])
        .noting("A token is made for it unless `token` names one, by its value or its id. The value is in this answer and nowhere else."),
    Operation::write("lab-post", Form::One, "Is refused", NEW_LAB, Answers::Never)
        .with(Parameter::Anything)
        .noting("The path has an id: to change a lab, use PUT."),
    Operation::refused("lab-put", Form::All, NO_ID),
    Operation::write("lab-put", Form::One, "Changes a lab", LAB_CHANGES, Answers::Done)
        .with(Parameter::LabName)
        .failing(&[Invalid])
        .noting("A token that it no longer has expires. A new address of the contact is its token's too."),
    Operation::refused("lab-delete", Form::All, NO_ID),
    Operation::plain("lab-delete", Form::One, "Deletes a lab", Answers::Done)
        .with(Parameter::LabName)
        .noting("Its token expires, where that is a lab's."),
    Operation::list("report-get", Form::All, "Lists reports", &[&REPORT]),
    Operation::one("report-get", Form::One, "Answers one report", &[&REPORT])
        .noting("Where `Accept` asks for `text/html`, and the report has a page, that is the answer: what its mail shows."),
    Operation::write("send-post", Form::All, "Has a report sent", Body::Report, Answers::Accepted)
        .failing(&[Conflict, Invalid])
        .noting(SENDING),
    Operation::write("upload-post", Form::All, "Stores the files of a form", Body::Form, Answers::Files)
        .noting(FOLDER),
    Operation::write("upload-post", Form::File, "Stores the files of a form", Body::Form, Answers::Files)
        .with(Parameter::Anything)
        .noting("The folder is the one that the form or the query names; the path is not looked at."),
    Operation::refused("upload-put", Form::All, "The path lacks the path of the file."),
    Operation::write("upload-put", Form::File, "Stores the body as a file", Body::File, Answers::File)
        .with(Parameter::FilePath)
        .failing(&[Invalid, Conflict])
        .noting("The body may have any content type."),
    Operation::count("count-get", Form::All, "Counts the documents of all collections", &COUNTED)
        .noting("A filter that a collection lacks and another has matches nothing in it."),
    Operation::count("count-get", Form::One, "Counts the documents of one collection", &COUNTED)
        .with(Parameter::Counted)
        .noting("A filter that the collection lacks and another has matches nothing, whatever its value is."),
    Operation::list("test-group-get", Form::All, "Lists test groups", &[&TEST_GROUP]),
    Operation::one("test-group-get", Form::One, "Answers one test group", &[&TEST_GROUP]),
    Operation::distinct("test-group-get", "Lists the distinct values of a field of test groups", &[&TEST_GROUP]),
    Operation::count_distinct("test-group-get", "Counts the distinct values of a field of test groups", &[&TEST_GROUP]),
    Operation::write("test-group-post", Form::All, "Stores a test group with all that is in it", NEW_GROUP, Answers::NewDocument)
        .failing(&[Invalid])
        .noting(WHOLE_GROUP),
    Operation::write("test-group-post", Form::One, "Is refused", NEW_GROUP, Answers::Never)
        .with(Parameter::Anything)
        .failing(&[Invalid])
        .noting("The path has an id: to change a test group, use PUT."),
    Operation::write("test-group-put", Form::All, "Is refused", GROUP_CHANGES, Answers::Never)
        .failing(&[Invalid])
        .noting(NO_ID),
    Operation::write("test-group-put", Form::One, "Changes a test group", GROUP_CHANGES, Answers::Done)
        .with(Parameter::Id)
        .failing(&[Invalid])
        .noting("Its cases keep what they took from it."),
    Operation::list("test-case-get", Form::All, "Lists test cases", &[&TEST_CASE]),
    Operation::one("test-case-get", Form::One, "Answers one test case", &[&TEST_CASE]),
    Operation::distinct("test-case-get", "Lists the distinct values of a field of test cases", &[&TEST_CASE]),
    Operation::count_distinct("test-case-get", "Counts the distinct values of a field of test cases", &[&TEST_CASE]),
    Operation::write("test-case-post", Form::All, "Adds a test case to its group", NEW_CASE, Answers::NewDocument)
        .failing(&[Missing]),
    Operation::write("test-case-post", Form::One, "Is refused", NEW_CASE, Answers::Never)
        .with(Parameter::Anything)
        .failing(&[Invalid])
        .noting("The path has an id: to change a test case, use PUT."),
    Operation::write("test-case-put", Form::All, "Is refused", CASE_CHANGES, Answers::Never)
        .failing(&[Invalid])
        .noting(NO_ID),
    Operation::write("test-case-put", Form::One, "Changes a test case", CASE_CHANGES, Answers::Done)
        .with(Parameter::Id)
        .failing(&[Missing]),
    Operation::list("test-regression-get", Form::All, "Lists test regressions", &[&TEST_REGRESSION]),
    Operation::one("test-regression-get", Form::One, "Answers one test regression", &[&TEST_REGRESSION]),
    Operation::search(Form::All, "Answers the commits around a failed build"),
    Operation::search(Form::Around, "Answers the commits around a failed build").with(Parameter::Id),
    Operation::one("bisect-get", Form::One, "Answers one bisection", &[&BISECT]),
    Operation::write("bisect-post", Form::All, "Submits the result of a bisection", BISECTION, Answers::Accepted)
        .failing(&[Invalid])
        .noting("The result is stored after the answer, in the document of that bisection where there is one."),
    Operation::write("bisect-post", Form::One, "Submits the result of a bisection", BISECTION, Answers::Accepted)
        .with(Parameter::Anything)
        .failing(&[Invalid])
        .noting("The bisection is the one that the body names; the id in the path is not looked at."),
    Operation::write("callback-post", Form::One, "Takes what LAVA tells of a job", Body::Callback, Answers::Accepted)
        .with(Parameter::CallbackKind)
        .failing(&[Invalid, Forbidden])
        .noting("The token is that of the lab, or of an administrator, which is a warning in `errors`. Groups, cases, log and regressions are stored after the answer."),
    Operation::list("statistics-get", Form::All, "Lists the statistics of days", &[&STATISTICS]),
    Operation::plain("openapi-get", Form::All, "Answers the description of the API in OpenAPI", Answers::Description),
    Operation::plain("version-get", Form::All, "Answers the version of the service", Answers::Version),
];

/// What a function does with a form.
pub fn operation(function: &str, form: Form) -> Option<&'static Operation> {
    OPERATIONS.iter().find(|operation| operation.function == function && operation.form == form)
}
