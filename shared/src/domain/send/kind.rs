//! What reports are about, and the formats of their mails.

/// What a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportKind {
    /// The builds of a job.
    Build,
    /// The boots of a job.
    Boot,
    /// The tests of a job.
    Test,
    /// The bisections of a job.
    Bisect,
}

/// Every kind.
pub const REPORT_KINDS: [ReportKind; 4] = [ReportKind::Build, ReportKind::Boot, ReportKind::Test, ReportKind::Bisect];

impl ReportKind {
    /// The value of `report_type`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::Boot => "boot",
            Self::Test => "test",
            Self::Bisect => "bisect",
        }
    }
}

/// The formats of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Formats {
    /// Plain text.
    pub text: bool,
    /// HTML.
    pub html: bool,
}
