//! Test groups, test cases and test regressions.

use super::{NO_ID, distinct, document, route};
use crate::{
    auth::Access,
    collections::{TEST_CASE, TEST_GROUP, TEST_REGRESSION},
    domain::test,
    http::{
        cost::{Cost, Part},
        operation::{
            Answers, Body, Endpoint,
            Failing::{Invalid, Missing},
            Parameter,
        },
        route::{Form, Resource},
        verb::Verb,
    },
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
const WHOLE_GROUP: &str = "Sent again, it takes the place of what was stored of it. What it does not say, groups in \
    it have from the one around them. Its regressions are found after the answer.";

/// The labs of the token, what the group belongs to, and for each result what was stored of it and its writes.
const STORED_GROUP: Cost = Cost::readings(1).and(Cost::fixed(8, 6)).and_each(Part::TestResult, Cost::fixed(4, 4));
/// The labs of the token, the group, and its change.
const CHANGED_GROUP: Cost = Cost::readings(1).and(Cost::fixed(4, 3));
/// The groups around one.
const GROUPS_AROUND: Cost = Cost::fixed(test::MAX_DEPTH, test::MAX_DEPTH);
/// The labs of the token, the group with those around it for the path and for the lists, and the write of all with the
/// task.
const NEW_CASE_COST: Cost = Cost::readings(1).and(GROUPS_AROUND).and(GROUPS_AROUND).and(Cost::fixed(5, 3));
/// As for a new case, with the group that it leaves and those around that.
const CHANGED_CASE: Cost = NEW_CASE_COST.and(GROUPS_AROUND).and(Cost::fixed(6, 6));

const TEST_GROUP_GET: Endpoint = Endpoint { name: "test-group-get", verb: Verb::Get, access: Access::Get };
const TEST_GROUP_POST: Endpoint = Endpoint { name: "test-group-post", verb: Verb::Post, access: Access::WriteTests };
const TEST_GROUP_PUT: Endpoint = Endpoint { name: "test-group-put", verb: Verb::Put, access: Access::WriteTests };

/// Test groups.
pub(super) const GROUPS: Resource = Resource {
    paths: &["/test/group", "/test/groups", "/tests/group", "/tests/groups"],
    routes: &[
        route(
            Form::All,
            "",
            &[
                TEST_GROUP_GET.list("Lists test groups", &[&TEST_GROUP]),
                TEST_GROUP_POST
                    .write("Stores a test group with all that is in it", NEW_GROUP, Answers::NewDocument, STORED_GROUP)
                    .failing(&[Invalid])
                    .noting(WHOLE_GROUP),
                TEST_GROUP_PUT.refused_with(GROUP_CHANGES, NO_ID),
            ],
        ),
        distinct(&[TEST_GROUP_GET.distinct("Lists the distinct values of a field of test groups", &[&TEST_GROUP])]),
        route(
            Form::CountDistinct,
            "/count/distinct/{field}",
            &[TEST_GROUP_GET.count_distinct("Counts the distinct values of a field of test groups", &[&TEST_GROUP])],
        ),
        document(
            "/{name}",
            &[
                TEST_GROUP_GET.one("Answers one test group", &[&TEST_GROUP]),
                TEST_GROUP_POST
                    .refused_with(NEW_GROUP, "The path has an id: to change a test group, use PUT.")
                    .with(Parameter::Anything),
                TEST_GROUP_PUT
                    .write("Changes a test group", GROUP_CHANGES, Answers::Done, CHANGED_GROUP)
                    .with(Parameter::Id)
                    .failing(&[Invalid])
                    .noting("Its cases keep what they took from it."),
            ],
        ),
    ],
};

const TEST_CASE_GET: Endpoint = Endpoint { name: "test-case-get", verb: Verb::Get, access: Access::Get };
const TEST_CASE_POST: Endpoint = Endpoint { name: "test-case-post", verb: Verb::Post, access: Access::WriteTests };
const TEST_CASE_PUT: Endpoint = Endpoint { name: "test-case-put", verb: Verb::Put, access: Access::WriteTests };

/// Test cases.
pub(super) const CASES: Resource = Resource {
    paths: &["/test/case", "/test/cases", "/tests/case", "/tests/cases"],
    routes: &[
        route(
            Form::All,
            "",
            &[
                TEST_CASE_GET.list("Lists test cases", &[&TEST_CASE]),
                TEST_CASE_POST
                    .write("Adds a test case to its group", NEW_CASE, Answers::NewDocument, NEW_CASE_COST)
                    .failing(&[Missing]),
                TEST_CASE_PUT.refused_with(CASE_CHANGES, NO_ID),
            ],
        ),
        distinct(&[TEST_CASE_GET.distinct("Lists the distinct values of a field of test cases", &[&TEST_CASE])]),
        route(
            Form::CountDistinct,
            "/count/distinct/{field}",
            &[TEST_CASE_GET.count_distinct("Counts the distinct values of a field of test cases", &[&TEST_CASE])],
        ),
        document(
            "/{name}",
            &[
                TEST_CASE_GET.one("Answers one test case", &[&TEST_CASE]),
                TEST_CASE_POST
                    .refused_with(NEW_CASE, "The path has an id: to change a test case, use PUT.")
                    .with(Parameter::Anything),
                TEST_CASE_PUT
                    .write("Changes a test case", CASE_CHANGES, Answers::Done, CHANGED_CASE)
                    .with(Parameter::Id)
                    .failing(&[Missing]),
            ],
        ),
    ],
};

const TEST_REGRESSION_GET: Endpoint = Endpoint { name: "test-regression-get", verb: Verb::Get, access: Access::Get };

/// Test regressions.
pub(super) const REGRESSIONS: Resource = Resource {
    paths: &["/test/regression", "/test/regressions", "/tests/regression", "/tests/regressions"],
    routes: &[
        route(Form::All, "", &[TEST_REGRESSION_GET.list("Lists test regressions", &[&TEST_REGRESSION])]),
        document("/{path+}", &[TEST_REGRESSION_GET.one("Answers one test regression", &[&TEST_REGRESSION])]),
    ],
};

/// Test groups under the short path.
pub(super) const TESTS: Resource = Resource {
    paths: &["/test", "/tests"],
    routes: &[route(
        Form::All,
        "",
        &[
            TEST_GROUP_GET.list("Lists test groups", &[&TEST_GROUP]),
            TEST_GROUP_POST
                .write("Stores a test group with all that is in it", NEW_GROUP, Answers::NewDocument, STORED_GROUP)
                .failing(&[Invalid])
                .noting(WHOLE_GROUP),
        ],
    )],
};
