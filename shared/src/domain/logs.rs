//! The log lines of builds, and the summaries that add them up by job.
//!
//! The document of a build and the summary of its job change in one transaction, so however often a build is imported,
//! the summary holds its lines once.

use std::collections::HashMap;

use super::build_log::{LogLines, STORED_LINES_LIMIT, STORED_TEXT_LIMIT};
use crate::{
    collections::{BUILD_LOGS, JOB_LOGS},
    error::Error,
    pause::Pauses,
    store::{Identified, Reader, Replacement, Writer, derived_id},
    time::Timestamp,
    value::{Document, ObjectId, Value},
};

/// The lists of lines that both documents have.
const LISTS: [&str; 3] = ["errors", "warnings", "mismatches"];

/// The most lines of a kind that a summary lists. The document of one build has no more either.
const SUMMARY_LINES: usize = STORED_LINES_LIMIT;

/// The most bytes of text that the lines of a kind have together in a summary.
const SUMMARY_TEXT: usize = STORED_TEXT_LIMIT;

/// What the document of a build's logs copies from the build.
const FROM_BUILD: [&str; 14] = [
    "job",
    "job_id",
    "kernel",
    "git_branch",
    "arch",
    "defconfig",
    "defconfig_full",
    "build_environment",
    "compiler",
    "compiler_version",
    "compiler_version_ext",
    "compiler_version_full",
    "file_server_resource",
    "status",
];

/// What the summary of a job copies from the document of a build's logs.
const FROM_LOGS: [&str; 4] = ["job", "job_id", "kernel", "git_branch"];

/// Stores the lines of a build's log, and brings the summary of its job up to date.
///
/// # Errors
/// The store fails.
pub async fn store(writer: Writer<'_>, build: &Document, lines: &LogLines, now: Timestamp) -> Result<(), Error> {
    let mut logs: Document =
        FROM_BUILD.iter().filter_map(|name| Some(((*name).to_owned(), build.get(name)?.clone()))).collect();
    logs.insert("version", Value::from("1.1"));
    logs.insert("build_id", build.get("_id").cloned().unwrap_or(Value::Null));
    let counted = [
        ("errors", &lines.errors, lines.errors_count),
        ("warnings", &lines.warnings, lines.warnings_count),
        ("mismatches", &lines.mismatches, lines.mismatches_count),
    ];
    for (name, list, count) in counted {
        logs.insert(name.to_owned(), Value::List(list.iter().cloned().map(Value::from).collect()));
        logs.insert(format!("{name}_count"), Value::Integer(i64::try_from(count).unwrap_or(i64::MAX)));
    }
    exchange(writer, build.get("_id").and_then(Value::as_id), Some(logs), now).await
}

/// Takes the logs of a build away, and its lines from the summary of its job.
///
/// # Errors
/// The store fails.
pub async fn withdraw(writer: Writer<'_>, build: ObjectId, now: Timestamp) -> Result<(), Error> {
    exchange(writer, Some(build), None, now).await
}

/// The summary of a job; `None` where there is none.
///
/// # Errors
/// The store fails.
pub async fn summary(reader: Reader<'_>, job: ObjectId) -> Result<Option<Document>, Error> {
    let Some(derived) = summary_id(job) else { return Ok(None) };
    Ok(reader.identified(&JOB_LOGS, derived).await?.map(|found| found.document))
}

fn summary_id(job: ObjectId) -> Option<ObjectId> {
    derived_id(&JOB_LOGS, &[("job_id".to_owned(), Value::Id(job))].into())
}

/// Puts new logs of a build, or none, in the place of those that are there. Another import of the same job at the same
/// time is waited for.
async fn exchange(
    writer: Writer<'_>,
    build: Option<ObjectId>,
    after: Option<Document>,
    now: Timestamp,
) -> Result<(), Error> {
    let identity = [("build_id".to_owned(), Value::from(build))].into();
    let Some(derived) = derived_id(&BUILD_LOGS, &identity) else { return Ok(()) };
    let mut pauses = Pauses::default();
    loop {
        let before = writer.identified(&BUILD_LOGS, derived).await?;
        let after = after.clone().map(|logs| dated(logs, before.as_ref(), now));
        if before.is_none() && after.is_none() {
            return Ok(());
        }
        let replaced = replace(writer, before.as_ref(), after, now).await?;
        if replaced {
            return Ok(());
        }
        if !pauses.pause().await {
            return Err(Error::Busy("the logs of a job change again and again".to_owned()));
        }
    }
}

async fn replace(
    writer: Writer<'_>,
    before: Option<&Identified>,
    after: Option<Document>,
    now: Timestamp,
) -> Result<bool, Error> {
    let old = before.map(|before| &before.document);
    let lists = |logs: Option<&Document>| LISTS.map(|name| logs.and_then(|logs| logs.get(name)).cloned());
    let job = after.as_ref().or(old).and_then(|logs| logs.get("job_id")?.as_id());
    let summary = match job {
        Some(job) if lists(old) != lists(after.as_ref()) => {
            let summary = match summary_id(job) {
                Some(derived) => writer.identified(&JOB_LOGS, derived).await?,
                None => None,
            };
            let changed = summarize(summary.as_ref().map(|found| &found.document), old, after.as_ref(), now);
            changed.map(|document| Replacement { collection: &JOB_LOGS, before: summary, after: Some(document) })
        }
        _ => None,
    };
    let logs = Replacement { collection: &BUILD_LOGS, before: before.cloned(), after };
    Ok(writer.replace(std::iter::once(logs).chain(summary)).await?)
}

fn dated(mut logs: Document, before: Option<&Identified>, now: Timestamp) -> Document {
    let created_on = before.and_then(|before| before.document.get("created_on")).cloned();
    logs.insert("created_on", created_on.unwrap_or(Value::Date(now)));
    logs
}

/// The summary that has lost the lines of `old` and gained those of `new`. `None` where there is none, and none due.
fn summarize(
    summary: Option<&Document>,
    old: Option<&Document>,
    new: Option<&Document>,
    now: Timestamp,
) -> Option<Document> {
    let mut changed = match (summary, new) {
        (Some(summary), _) => summary.clone(),
        (None, None) => return None,
        (None, Some(new)) => {
            let mut made: Document =
                FROM_LOGS.iter().filter_map(|name| Some(((*name).to_owned(), new.get(name)?.clone()))).collect();
            made.insert("created_on", Value::Date(now));
            made.insert("version", Value::from("1.1"));
            made
        }
    };
    for name in LISTS {
        let mut counts = LineCounts::read(&changed, name);
        counts.take_out(old.and_then(|logs| logs.get(name)));
        counts.put_in(new.and_then(|logs| logs.get(name)));
        counts.cut(SUMMARY_LINES, SUMMARY_TEXT);
        counts.write(&mut changed, name);
    }
    Some(changed)
}

/// The member that says how many lines were found which the list does not have; absent where it has all.
fn more_of(name: &str) -> String {
    format!("{name}_more")
}

/// Lines and how often each was found, in the order in which they were first found.
///
/// The counts of the lines and `more` always add up to the number of stored lines of all builds. A count is exact unless
/// its line was cut off before; then it is the number of times that the line was found since. What was cut off comes
/// back only with a build that has it.
#[derive(Default)]
struct LineCounts {
    lines: Vec<(i64, String)>,
    places: HashMap<String, usize>,
    /// How many lines were cut off.
    more: i64,
}

impl LineCounts {
    fn read(summary: &Document, name: &str) -> Self {
        let more = match summary.get(more_of(name).as_str()) {
            Some(Value::Integer(more)) => *more,
            _ => 0,
        };
        let mut counts = Self { more, ..Self::default() };
        for pair in summary.get(name).and_then(Value::as_list).unwrap_or_default() {
            if let Some([Value::Integer(count), Value::Text(line)]) = pair.as_list() {
                counts.count(line, *count);
            }
        }
        counts
    }

    fn put_in(&mut self, list: Option<&Value>) {
        for line in texts(list) {
            self.count(line, 1);
        }
    }

    /// A line that is not listed, or not as often, is one of those that were cut off.
    fn take_out(&mut self, list: Option<&Value>) {
        for line in texts(list) {
            let listed = self.places.get(line).and_then(|place| self.lines.get_mut(*place));
            match listed {
                Some((count, _)) if *count > 0 => *count -= 1,
                _ => self.more = (self.more - 1).max(0),
            }
        }
    }

    fn count(&mut self, line: &str, by: i64) {
        let next = self.lines.len();
        let place = match self.places.get(line) {
            Some(place) => *place,
            None => {
                self.places.insert(line.to_owned(), next);
                next
            }
        };
        match self.lines.get_mut(place) {
            Some((count, _)) => *count += by,
            None => self.lines.push((by, line.to_owned())),
        }
    }

    /// Puts the highest count first, equal ones in the order in which they were found, and keeps what is within the
    /// bounds.
    fn cut(&mut self, most_lines: usize, most_text: usize) {
        self.places = HashMap::new();
        self.lines.retain(|(count, _)| *count > 0);
        self.lines.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
        let mut text = 0_usize;
        let fitting = self.lines.iter().take(most_lines).take_while(|(_, line)| {
            text = text.saturating_add(line.len());
            text <= most_text
        });
        let kept = fitting.count();
        self.more += self.lines.drain(kept..).map(|(count, _)| count).sum::<i64>();
    }

    fn write(self, summary: &mut Document, name: &str) {
        let pair = |(count, line)| Value::List(vec![Value::Integer(count), Value::from(line)]);
        summary.insert(name.to_owned(), Value::List(self.lines.into_iter().map(pair).collect()));
        match self.more {
            0 => _ = summary.remove(more_of(name).as_str()),
            more => _ = summary.insert(more_of(name), Value::Integer(more)),
        }
    }
}

fn texts(list: Option<&Value>) -> impl Iterator<Item = &str> {
    list.and_then(Value::as_list).unwrap_or_default().iter().filter_map(Value::as_text)
}

/// The text of a summary, as it is kept in storage: per list a heading, then count and line.
pub fn summary_text(summary: &Document) -> String {
    let mut text = String::new();
    for name in LISTS {
        let LineCounts { lines, more, .. } = LineCounts::read(summary, name);
        let all: i64 = lines.iter().map(|(count, _)| count).sum();
        text.push_str(&format!("{}: {}\n", name.to_uppercase(), all + more));
        for (count, line) in lines {
            text.push_str(&format!("{count:>7} {line}\n"));
        }
        if more > 0 {
            text.push_str(&format!("{more:>7} more in lines that are not listed\n"));
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logs(errors: &[&str]) -> Document {
        let lines = errors.iter().map(|line| Value::from(*line)).collect();
        [("errors".to_owned(), Value::List(lines)), ("job".to_owned(), Value::from("next"))].into()
    }

    fn errors(summary: &Document) -> serde_json::Value {
        serde_json::to_value(&summary["errors"]).unwrap()
    }

    #[test]
    fn lines_are_added_up_and_taken_away() {
        let now = Timestamp::from_milliseconds(0);
        let first = summarize(None, None, Some(&logs(&["a", "b", "b"])), now).unwrap();
        assert_eq!(errors(&first), serde_json::json!([[2, "b"], [1, "a"]]));
        let second = summarize(Some(&first), None, Some(&logs(&["a", "a", "c"])), now).unwrap();
        assert_eq!(errors(&second), serde_json::json!([[3, "a"], [2, "b"], [1, "c"]]));
        let again = summarize(Some(&second), Some(&logs(&["a", "b", "b"])), Some(&logs(&["b"])), now).unwrap();
        assert_eq!(errors(&again), serde_json::json!([[2, "a"], [1, "b"], [1, "c"]]));
        let without = summarize(Some(&again), Some(&logs(&["b"])), None, now).unwrap();
        assert_eq!(errors(&without), serde_json::json!([[2, "a"], [1, "c"]]));
        assert_eq!(summarize(None, Some(&logs(&["a"])), None, now), None);
    }

    #[test]
    fn the_text_lists_counts_and_lines() {
        let summary = summarize(None, None, Some(&logs(&["a", "b", "b"])), Timestamp::from_milliseconds(0)).unwrap();
        assert_eq!(summary_text(&summary), "ERRORS: 3\n      2 b\n      1 a\n\nWARNINGS: 0\n\nMISMATCHES: 0\n\n");
    }

    fn counts(lines: &[&str]) -> Value {
        Value::List(lines.iter().map(|line| Value::from(*line)).collect())
    }

    /// The lists of a bounded summary as one value: the lines with their counts, and how many more there were.
    fn bounded(summary: &mut Document, old: &[&str], new: &[&str]) -> serde_json::Value {
        let mut lines = LineCounts::read(summary, "errors");
        lines.take_out(Some(&counts(old)));
        lines.put_in(Some(&counts(new)));
        lines.cut(2, 8);
        lines.write(summary, "errors");
        serde_json::json!([errors(summary), summary.get("errors_more").map(|more| serde_json::to_value(more).unwrap())])
    }

    #[test]
    fn a_summary_keeps_the_most_frequent_lines_and_counts_the_others() {
        let summary = &mut Document::default();
        let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(bounded(summary, &[], &["a", "b"]), json(r#"[[[1, "a"], [1, "b"]], null]"#));
        assert_eq!(bounded(summary, &[], &["c", "d", "b"]), json(r#"[[[2, "b"], [1, "a"]], 2]"#));
        assert_eq!(bounded(summary, &[], &["c", "c"]), json(r#"[[[2, "b"], [2, "c"]], 3]"#));
        // The build with `c` and `d` goes: what it had in the list leaves the list, the rest what was cut off.
        assert_eq!(bounded(summary, &["c", "d", "b"], &[]), json(r#"[[[1, "b"], [1, "c"]], 2]"#));
        assert_eq!(bounded(summary, &["a", "b"], &[]), json(r#"[[[1, "c"]], 1]"#));
        assert_eq!(bounded(summary, &["c", "c"], &[]), json("[[], null]"));
        assert_eq!(bounded(summary, &[], &["longest", "yy", "z"]), json(r#"[[[1, "longest"]], 2]"#));
        assert_eq!(
            summary_text(summary).lines().take(3).collect::<Vec<_>>(),
            ["ERRORS: 3", "      1 longest", "      2 more in lines that are not listed",]
        );
    }

    #[test]
    fn listed_and_cut_lines_add_up_whatever_comes_and_goes() {
        let builds: Vec<Vec<String>> =
            (0_usize..12).map(|build| (0..7).map(|line| format!("{}", (build * line) % 5)).collect()).collect();
        let summary = &mut Document::default();
        let mut expected = 0;
        for step in 0..builds.len() * 2 {
            let texts = |build: Option<&Vec<String>>| -> Vec<String> { build.cloned().unwrap_or_default() };
            let (old, new) = (texts(step.checked_sub(4).and_then(|step| builds.get(step))), texts(builds.get(step)));
            let slices = |texts: &[String]| -> Vec<Value> { texts.iter().cloned().map(Value::from).collect() };
            expected = expected + new.len() - old.len();
            let mut lines = LineCounts::read(summary, "errors");
            lines.take_out(Some(&Value::List(slices(&old))));
            lines.put_in(Some(&Value::List(slices(&new))));
            lines.cut(2, 100);
            let listed: i64 = lines.lines.iter().map(|(count, _)| count).sum();
            assert_eq!(listed + lines.more, i64::try_from(expected).unwrap(), "{step}");
            lines.write(summary, "errors");
        }
        assert_eq!(errors(summary), serde_json::json!([]));
        assert_eq!(summary.get("errors_more"), None);
    }
}
