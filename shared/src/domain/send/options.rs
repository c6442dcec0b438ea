//! The options of a request: report types, delay, formats. Values are accepted in the types that the original accepted.

use serde_json::{Map, Value as Json};

use super::kind::{Formats, REPORT_KINDS, ReportKind};
use crate::{error::Error, query::shown};

/// The default and the maximum delay, in seconds.
const USUAL_DELAY: i64 = 3_600;
const MAX_DELAY: i64 = 18_000;

/// The requested reports: by `report_type`, or by the flags of older clients.
pub(super) fn kinds(members: &Map<String, Json>) -> Result<Vec<ReportKind>, Error> {
    let wrong = |given: &str| {
        let given = shown(given);
        Error::Invalid(format!(
            "Invalid report type: '{given}' is none of {}",
            REPORT_KINDS.map(ReportKind::name).join(", ")
        ))
    };
    match members.get("report_type") {
        Some(Json::String(name)) => {
            Ok(vec![REPORT_KINDS.into_iter().find(|kind| kind.name() == name).ok_or_else(|| wrong(name))?])
        }
        Some(other) if !other.is_null() => Err(wrong(&other.to_string())),
        _ => {
            let flags = [("build_report", ReportKind::Build), ("boot_report", ReportKind::Boot)];
            let is_set = |name: &str| match members.get(name) {
                Some(Json::Bool(truth)) => *truth,
                Some(Json::Number(number)) => number.as_f64() != Some(0.0),
                _ => false,
            };
            let asked: Vec<ReportKind> =
                flags.into_iter().filter(|(name, _)| is_set(name)).map(|(_, kind)| kind).collect();
            if asked.is_empty() { Err(wrong("none")) } else { Ok(asked) }
        }
    }
}

/// The delay in milliseconds, and a warning where it is above the maximum. The sign is ignored.
pub(super) fn delay(given: Option<&Json>) -> Result<(i64, Option<String>), Error> {
    let seconds = match given {
        None | Some(Json::Null) => Some(USUAL_DELAY),
        Some(Json::Bool(truth)) => Some(i64::from(*truth)),
        // Fractions are dropped; a number out of range becomes the maximum.
        #[allow(clippy::cast_possible_truncation, reason = "a cast of a float stops at the bounds")]
        Some(Json::Number(number)) => number.as_i64().or_else(|| number.as_f64().map(|seconds| seconds as i64)),
        Some(Json::String(text)) => text.trim().parse().ok(),
        Some(Json::Array(_) | Json::Object(_)) => None,
    };
    let seconds = seconds.ok_or_else(|| {
        let given = given.map(ToString::to_string).unwrap_or_default();
        Error::Invalid(format!("Wrong value specified for 'delay': {} is no number of seconds", shown(&given)))
    })?;
    let seconds = seconds.saturating_abs();
    let warning = (seconds > MAX_DELAY)
        .then(|| format!("Delay value specified out of range ({seconds} s): the longest one ({MAX_DELAY} s) is used"));
    Ok((seconds.min(MAX_DELAY).saturating_mul(1_000), warning))
}

/// The formats, and a warning for each value that is none.
pub(super) fn formats(given: Option<&Json>) -> (Formats, Vec<String>) {
    let list = match given {
        None | Some(Json::Null) => return (Formats { text: true, html: false }, Vec::new()),
        Some(Json::Array(list)) => list.as_slice(),
        Some(one) => std::slice::from_ref(one),
    };
    let (mut formats, mut warnings) = (Formats { text: false, html: false }, Vec::new());
    for format in list {
        match format.as_str() {
            Some("txt") => formats.text = true,
            Some("html") => formats.html = true,
            _ => {
                let format = shown(&format.as_str().map_or_else(|| format.to_string(), str::to_owned));
                warnings.push(format!("'{format}' is no email format, and is ignored"));
            }
        }
    }
    if !formats.text && !formats.html {
        formats.text = true;
        warnings.push("No email format specified that is one: 'txt' is used".to_owned());
    }
    (formats, warnings)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn seconds(given: Json) -> Option<i64> {
        delay(Some(&given)).ok().map(|(delay, _)| delay / 1_000)
    }

    #[test]
    fn delays_are_read_as_the_original_reads_them() {
        assert_eq!(delay(None).unwrap(), (3_600_000, None));
        for (given, expected) in [
            (json!(null), 3_600),
            (json!(0), 0),
            (json!(-100), 100),
            (json!("5"), 5),
            (json!("-5"), 5),
            (json!(1.9), 1),
            (json!(true), 1),
            (json!(18_000), 18_000),
            (json!(18_001), 18_000),
            (json!(-1e300), 18_000),
            (json!(i64::MIN), 18_000),
        ] {
            assert_eq!(seconds(given.clone()), Some(expected), "{given}");
        }
        for given in [json!("abc"), json!(""), json!([]), json!({}), json!("1.5")] {
            assert_eq!(seconds(given.clone()), None, "{given}");
        }
        assert!(delay(Some(&json!(18_000))).unwrap().1.is_none());
        assert!(delay(Some(&json!(99_999))).unwrap().1.unwrap().contains("99999"));
    }

    #[test]
    fn formats_that_are_none_are_left_out_and_told() {
        let read = |given: Json| {
            let (formats, warnings) = formats(Some(&given));
            (formats.text, formats.html, warnings.len())
        };
        for (given, expected) in [
            (json!(null), (true, false, 0)),
            (json!("txt"), (true, false, 0)),
            (json!("html"), (false, true, 0)),
            (json!(["txt", "html"]), (true, true, 0)),
            (json!(["html", "nosuch"]), (false, true, 1)),
            (json!("nosuch"), (true, false, 2)),
            (json!([5, "pdf"]), (true, false, 3)),
            (json!([]), (true, false, 1)),
        ] {
            assert_eq!(read(given.clone()), expected, "{given}");
        }
    }

    #[test]
    fn flags_count_where_no_type_is_given() {
        let read = |body: Json| match body {
            Json::Object(members) => kinds(&members).ok(),
            _ => None,
        };
        assert_eq!(read(json!({"report_type": "boot", "build_report": 1})), Some(vec![ReportKind::Boot]));
        assert_eq!(read(json!({"build_report": 1})), Some(vec![ReportKind::Build]));
        assert_eq!(read(json!({"report_type": null, "boot_report": true})), Some(vec![ReportKind::Boot]));
        assert_eq!(
            read(json!({"build_report": true, "boot_report": 1})),
            Some(vec![ReportKind::Build, ReportKind::Boot])
        );
        for body in [
            json!({}),
            json!({"build_report": 0}),
            json!({"boot_report": "yes"}),
            json!({"report_type": ""}),
            json!({"report_type": "Build"}),
            json!({"report_type": 5, "build_report": 1}),
        ] {
            assert_eq!(read(body.clone()), None, "{body}");
        }
    }
}
