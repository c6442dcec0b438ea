//! The access rules of all functions, stated independently of the code.

/// The access that a function requires of its callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RequiredAccess {
    Nothing,
    ToRead,
    ToWrite,
    ToDelete,
    ToDeleteBoots,
    ToWriteTests,
    ToUpload,
    ToReadTokens,
    ToManageTokens,
    ToOversee,
    ToAdminister,
}

use RequiredAccess::{
    Nothing, ToAdminister, ToDelete, ToDeleteBoots, ToManageTokens, ToOversee, ToRead, ToReadTokens, ToUpload, ToWrite,
    ToWriteTests,
};

/// The required access of every function behind API Gateway.
pub(crate) const REQUIRED_ACCESS: &[(&str, RequiredAccess)] = &[
    ("batch-post", ToWrite),
    ("bisect-get", ToRead),
    ("bisect-post", ToWrite),
    ("boot-delete", ToDeleteBoots),
    ("boot-get", ToRead),
    ("boot-post", ToWrite),
    ("build-delete", ToDelete),
    ("build-get", ToRead),
    ("build-post", ToWrite),
    ("callback-post", ToWrite),
    ("count-get", ToRead),
    ("job-delete", ToDelete),
    ("job-get", ToRead),
    ("job-post", ToWrite),
    ("lab-delete", ToAdminister),
    ("lab-get", ToOversee),
    ("lab-post", ToAdminister),
    ("lab-put", ToAdminister),
    ("openapi-get", Nothing),
    ("report-get", ToOversee),
    ("send-post", ToWrite),
    ("statistics-get", ToRead),
    ("test-case-get", ToRead),
    ("test-case-post", ToWriteTests),
    ("test-case-put", ToWriteTests),
    ("test-group-get", ToRead),
    ("test-group-post", ToWriteTests),
    ("test-group-put", ToWriteTests),
    ("test-regression-get", ToRead),
    ("token-delete", ToManageTokens),
    ("token-get", ToReadTokens),
    ("token-post", ToManageTokens),
    ("token-put", ToManageTokens),
    ("unmatched-any", Nothing),
    ("upload-post", ToUpload),
    ("upload-put", ToUpload),
    ("version-get", Nothing),
];

/// The required access of a function.
pub(crate) fn required_access(function: &str) -> RequiredAccess {
    REQUIRED_ACCESS
        .iter()
        .find(|(name, _)| *name == function)
        .unwrap_or_else(|| panic!("no access rule for {function}"))
        .1
}

/// A caller: its token, its address, and the access that it has besides open functions.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) token: Option<&'static str>,
    pub(crate) peer: &'static str,
    pub(crate) may: &'static [RequiredAccess],
}

const SOMEWHERE: &str = "203.0.113.7";
const ALL: &[RequiredAccess] = &[
    ToRead,
    ToWrite,
    ToDelete,
    ToDeleteBoots,
    ToWriteTests,
    ToUpload,
    ToReadTokens,
    ToManageTokens,
    ToOversee,
    ToAdminister,
];

const fn caller(token: &'static str, may: &'static [RequiredAccess]) -> Caller {
    Caller { token: Some(token), peer: SOMEWHERE, may }
}

const fn caller_from(token: &'static str, peer: &'static str, may: &'static [RequiredAccess]) -> Caller {
    Caller { token: Some(token), peer, may }
}

/// All callers: the tokens of the seed documents, and invalid tokens.
pub(crate) const CALLERS: [Caller; 33] = [
    Caller { token: None, peer: SOMEWHERE, may: &[] },
    caller("", &[]),
    caller("tok-nobody-has", &[]),
    caller("TOK-ADMIN", &[]),
    caller("Bearer tok-admin", ALL),
    caller("bearer tok-get", &[ToRead]),
    caller("Bearer tok-nobody-has", &[]),
    caller("Basic tok-admin", &[]),
    caller("5edcec0465e2a4eee213c09b", &[]),
    caller("tok-admin", ALL),
    caller(
        "tok-superuser",
        &[ToRead, ToWrite, ToDelete, ToDeleteBoots, ToWriteTests, ToUpload, ToReadTokens, ToOversee],
    ),
    caller("tok-get", &[ToRead]),
    caller("tok-post", &[ToWrite]),
    caller("tok-delete", &[ToDelete, ToDeleteBoots]),
    caller("tok-all", &[ToRead, ToWrite, ToDelete, ToDeleteBoots]),
    caller("tok-upload", &[ToUpload]),
    caller("tok-testlab", &[ToWriteTests]),
    caller("tok-none", &[]),
    caller("tok-expired", &[]),
    caller("tok-expires-past", &[]),
    caller("tok-expires-future", &[ToRead]),
    // A token of a boot lab deletes only boot reports.
    caller("tok-lab-baylibre", &[ToRead, ToWrite, ToDeleteBoots]),
    caller("tok-lab-broonie", &[ToRead, ToWrite, ToDeleteBoots, ToWriteTests]),
    caller("tok-lab-kontron", &[ToWrite, ToDeleteBoots]),
    caller("tok-ip", &[]),
    caller_from("tok-ip", "127.0.0.1", &[ToRead]),
    caller_from("tok-ip", "::ffff:127.0.0.1", &[ToRead]),
    caller("tok-ip-other", &[]),
    caller_from("tok-ip-other", "192.0.2.7", &[ToRead]),
    caller_from("tok-ip-other", "198.51.100.200", &[ToRead]),
    caller_from("tok-ip-other", "192.0.2.8", &[]),
    caller_from("tok-admin", "2001:db8::1", ALL),
    caller("example-master-key", &[ToReadTokens, ToManageTokens]),
];

impl Caller {
    /// Whether this caller is admitted.
    pub(crate) fn is_admitted(&self, required_access: RequiredAccess) -> bool {
        required_access == Nothing || self.may.contains(&required_access)
    }
}
