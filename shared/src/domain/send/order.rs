//! One requested report. It is read from the request when that is made, and again when the report is due.

use serde_json::{Map, Value as Json};

use super::{
    addresses::Recipients,
    bisection::BisectionKeys,
    kind::{Formats, ReportKind},
    options::formats,
};
use crate::{domain::keys::text, error::Error, query::shown};

/// The maximum length of a text of a request but its addresses, in bytes: that of a header line.
const MAX_TEXT: usize = 900;

/// One requested report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The type.
    pub kind: ReportKind,
    /// The tree.
    pub job: String,
    /// The revision.
    pub kernel: String,
    /// The branch.
    pub git_branch: String,
    /// The only lab that it is about.
    pub lab_name: Option<String>,
    /// The only test plan that it is about.
    pub plan: Option<String>,
    /// The recipients.
    pub recipients: Recipients,
    /// The message that the mail replies to, as `<id@domain>`.
    pub in_reply_to: Option<String>,
    /// The formats of the mail.
    pub formats: Formats,
    /// The subject; by default the summary of the report.
    pub subject: Option<String>,
    /// The template; by default that of the type.
    pub template: Option<String>,
    /// The bisection that it is about; empty for the other kinds.
    pub bisection: BisectionKeys,
}

impl Order {
    /// Reads a report of that type from the members of a request. Returns warnings with it.
    ///
    /// # Errors
    /// Keys have wrong values; the error lists them.
    pub fn read(kind: ReportKind, members: &Map<String, Json>) -> Result<(Self, Vec<String>), Error> {
        let mut errors = Vec::new();
        for (name, value) in members {
            if value.as_str().is_some_and(|text| text.len() > MAX_TEXT) && !name.contains("send_") {
                errors.push(format!("Key '{name}' is longer than {MAX_TEXT} bytes"));
            }
        }
        let given = |name: &str| text(members, name).filter(|text| !text.is_empty()).map(str::to_owned);
        let in_reply_to = given("in_reply_to").map(|id| if id.starts_with('<') { id } else { format!("<{id}>") });
        if let Some(id) = in_reply_to.as_deref().filter(|id| !is_message_id(id)) {
            errors.push(format!("Key 'in_reply_to': '{}' is no message id such as <id@example.org>", shown(id)));
        }
        let template = given("template");
        if let Some(name) = template.as_deref().filter(|name| !is_template_name(name)) {
            errors.push(format!("Key 'template': '{}' is no name of letters, digits, '-' and '_'", shown(name)));
        }
        if !errors.is_empty() {
            return Err(Error::InvalidJson(errors));
        }
        let recipients = Recipients::read(kind, members)?;
        let (formats, mut warnings) = formats(members.get("format"));
        warnings.extend(recipients.unreadable.iter().map(|given| format!("There is no address in {given}")));
        let of = |name: &str| text(members, name).unwrap_or_default().to_owned();
        let order = Self {
            kind,
            job: of("job"),
            kernel: of("kernel"),
            git_branch: of("git_branch"),
            lab_name: given("lab_name"),
            plan: given("plan"),
            recipients,
            in_reply_to,
            formats,
            subject: given("subject"),
            template,
            bisection: match kind {
                ReportKind::Bisect => BisectionKeys::read(members),
                ReportKind::Build | ReportKind::Boot | ReportKind::Test => BisectionKeys::default(),
            },
        };
        Ok((order, warnings))
    }

    /// The plan, lab or bisection that it is only about; `None` where it is about the whole revision.
    pub fn only(&self) -> Option<String> {
        match self.kind {
            ReportKind::Test => self.plan.clone(),
            ReportKind::Boot => self.lab_name.clone(),
            ReportKind::Bisect => Some(self.bisection.name()).filter(|name| !name.is_empty()),
            ReportKind::Build => None,
        }
    }

    /// The name of its report: of the tree, the branch and the revision, and of what it is only about.
    pub fn report_name(&self) -> String {
        let only = self.only();
        let parts = [Some(&self.job), Some(&self.git_branch), Some(&self.kernel), only.as_ref()];
        parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join("-")
    }

    /// The parts of the identity of the request: equal requests within a day are one.
    pub(super) fn identity(&self) -> Vec<String> {
        let list = |addresses: &[crate::mail::Address]| {
            let mut texts: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            texts.sort();
            texts.join("\n")
        };
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let Recipients { to, cc, bcc, unreadable } = &self.recipients;
        vec![
            self.kind.name().to_owned(),
            self.job.clone(),
            self.kernel.clone(),
            self.git_branch.clone(),
            text(&self.lab_name),
            text(&self.plan),
            list(to),
            list(cc),
            list(bcc),
            unreadable.join("\n"),
            text(&self.in_reply_to),
            format!("{:?}", self.formats),
            text(&self.subject),
            text(&self.template),
        ]
        .into_iter()
        .chain(self.bisection.is_one().then(|| self.bisection.identity().map(str::to_owned)).into_iter().flatten())
        .collect()
    }
}

/// Whether a text is a message id: `<left@right>` of printable ASCII.
fn is_message_id(text: &str) -> bool {
    let inner = text.strip_prefix('<').and_then(|text| text.strip_suffix('>'));
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'@'))
    };
    inner.and_then(|inner| inner.split_once('@')).is_some_and(|(left, right)| is_part(left) && is_part(right))
}

fn is_template_name(text: &str) -> bool {
    text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(more: Json) -> Result<Order, Error> {
        let mut body = json!({"job": "next", "kernel": "next-1", "git_branch": "master", "send_to": "a@example.org"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Order::read(ReportKind::Test, body.as_object().unwrap()).map(|(order, _)| order)
    }

    #[test]
    fn a_message_id_is_one() {
        for (given, expected) in [("<x@y>", "<x@y>"), ("x.1@y.org", "<x.1@y.org>")] {
            assert_eq!(read(json!({"in_reply_to": given})).unwrap().in_reply_to.as_deref(), Some(expected));
        }
        for given in ["<x>", "x", "<x@y> <z@y>", "<x@y>\r\nBcc: a@example.org", "<@y>", "<ü@y>"] {
            assert!(read(json!({"in_reply_to": given})).is_err(), "{given}");
        }
    }

    #[test]
    fn a_template_is_no_path() {
        assert_eq!(read(json!({"template": "short-2"})).unwrap().template.as_deref(), Some("short-2"));
        for name in ["../build", "a/b", "build.txt", "ü"] {
            assert!(read(json!({"template": name})).is_err(), "{name}");
        }
    }

    #[test]
    fn a_long_text_is_refused() {
        assert!(read(json!({"subject": "s".repeat(MAX_TEXT)})).is_ok());
        assert!(read(json!({"subject": "s".repeat(MAX_TEXT + 1)})).is_err());
    }

    #[test]
    fn the_order_of_addresses_makes_no_other_report() {
        let of = |to: Json, more: Json| {
            let mut body = more;
            body["send_to"] = to;
            read(body).unwrap().identity()
        };
        let both = of(json!(["a@example.org", "b@example.org"]), json!({}));
        assert_eq!(both, of(json!(["b@example.org", "a@example.org"]), json!({"format": "txt", "delay": 5})));
        assert_ne!(both, of(json!(["a@example.org"]), json!({})));
        for more in
            [json!({"subject": "s"}), json!({"format": "html"}), json!({"plan": "baseline"}), json!({"lab_name": "x"})]
        {
            assert_ne!(both, of(json!(["a@example.org", "b@example.org"]), more.clone()), "{more}");
        }
    }

    #[test]
    fn a_report_is_named_after_what_it_is_about() {
        assert_eq!(read(json!({})).unwrap().report_name(), "next-master-next-1");
        assert_eq!(read(json!({"plan": "baseline"})).unwrap().report_name(), "next-master-next-1-baseline");
        assert_eq!(read(json!({"lab_name": "x"})).unwrap().report_name(), "next-master-next-1");
    }
}
