//! Every function that answers requests, as the router starts it.

use kernelci::http::Function;

/// The functions, by name.
pub const FUNCTIONS: [Function; 37] = [
    batch_post::FUNCTION,
    bisect_get::FUNCTION,
    bisect_post::FUNCTION,
    boot_delete::FUNCTION,
    boot_get::FUNCTION,
    boot_post::FUNCTION,
    build_delete::FUNCTION,
    build_get::FUNCTION,
    build_post::FUNCTION,
    callback_post::FUNCTION,
    count_get::FUNCTION,
    job_delete::FUNCTION,
    job_get::FUNCTION,
    job_post::FUNCTION,
    lab_delete::FUNCTION,
    lab_get::FUNCTION,
    lab_post::FUNCTION,
    lab_put::FUNCTION,
    openapi_get::FUNCTION,
    report_get::FUNCTION,
    send_post::FUNCTION,
    statistics_get::FUNCTION,
    test_case_get::FUNCTION,
    test_case_post::FUNCTION,
    test_case_put::FUNCTION,
    test_group_get::FUNCTION,
    test_group_post::FUNCTION,
    test_group_put::FUNCTION,
    test_regression_get::FUNCTION,
    token_delete::FUNCTION,
    token_get::FUNCTION,
    token_post::FUNCTION,
    token_put::FUNCTION,
    unmatched_any::FUNCTION,
    upload_post::FUNCTION,
    upload_put::FUNCTION,
    version_get::FUNCTION,
];

/// The function of that name.
pub fn function(name: &str) -> Option<Function> {
    FUNCTIONS.into_iter().find(|function| function.name == name)
}
