//! The log as a page: every entry by its level, with links to the test cases and to what went wrong.

use std::io::{self, Write};

use super::{
    entries::{Ending, Entries, Entry, Message},
    survey::{Problem, problem},
    text::{note, printable},
};

/// The page is not longer than this, but for its end. Marks make it longer than the log.
pub const HTML_LIMIT: usize = 24 * 1024 * 1024;

const STYLE: &str = "body{font-family:sans-serif;margin:1em}\
pre{background:#111;color:#ddd;padding:1em;white-space:pre-wrap;overflow-wrap:anywhere}\
th{text-align:left;padding-right:1em}\
.debug,.info{color:#888}.input{color:#6cf}.results{color:#8f8}.warning{color:#fc6}\
.error,.exception,.problem{color:#f66;font-weight:bold}\
.PASS{color:#070}.FAIL{color:#b00;font-weight:bold}.SKIP,.UNKNOWN{color:#666}\
.note{color:#f6f}:target{background:#553}";

/// The levels that the style knows. Others are no class, so that no text of a log is ever an attribute.
const LEVELS: [&str; 8] = ["target", "debug", "info", "input", "results", "warning", "error", "exception"];

/// A row of the table of test cases.
pub(in super::super) struct Row {
    pub(in super::super) path: String,
    pub(in super::super) status: &'static str,
    /// The number of the entry where the case begins, where the log has it.
    pub(in super::super) place: Option<usize>,
}

/// What stands above the log.
pub(in super::super) struct Head<'a> {
    pub(in super::super) title: &'a str,
    pub(in super::super) facts: Vec<(&'static str, &'a str)>,
    pub(in super::super) rows: Vec<Row>,
    pub(in super::super) problems: &'a [Problem],
    pub(in super::super) problems_count: usize,
}

/// Writes the page.
///
/// # Errors
/// `out` fails.
pub(in super::super) fn write(head: &Head<'_>, log: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut out = Page { out, room: HTML_LIMIT };
    let title = escaped(head.title);
    out.put(&format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n<table>\n"
    ))?;
    for (name, value) in &head.facts {
        out.put(&format!("<tr><th>{}</th><td>{}</td></tr>\n", escaped(name), escaped(value)))?;
    }
    out.put("</table>\n")?;
    problems(head, &mut out)?;
    cases(head, &mut out)?;
    out.put("<h2>Log</h2>\n<pre>\n")?;
    let mut entries = Entries::new(log);
    let mut is_cut = false;
    for entry in &mut entries {
        if !out.put(&line(&entry))? {
            is_cut = true;
            break;
        }
    }
    let ending = if is_cut { Ending::Cut } else { entries.ending() };
    if let Some(note) = note(&ending) {
        out.end(&format!("<span class=\"note\">{}</span>\n", escaped(&note)))?;
    }
    out.end("</pre>\n</body>\n</html>\n")
}

fn problems(head: &Head<'_>, out: &mut Page<'_>) -> io::Result<()> {
    if head.problems.is_empty() {
        return Ok(());
    }
    out.put(&format!("<h2>Errors and warnings: {}</h2>\n<ul>\n", head.problems_count))?;
    for problem in head.problems {
        let text = escaped(&problem.text);
        out.put(&format!("<li><a href=\"#L{}\">{text}</a></li>\n", problem.number))?;
    }
    out.put("</ul>\n").map(drop)
}

fn cases(head: &Head<'_>, out: &mut Page<'_>) -> io::Result<()> {
    if head.rows.is_empty() {
        return Ok(());
    }
    out.put("<h2>Test cases</h2>\n<table>\n")?;
    for row in &head.rows {
        let path = escaped(&row.path);
        let path = row.place.map_or_else(|| path.clone(), |place| format!("<a href=\"#L{place}\">{path}</a>"));
        out.put(&format!("<tr><td class=\"{0}\">{0}</td><td>{path}</td></tr>\n", row.status))?;
    }
    out.put("</table>\n").map(drop)
}

fn line(entry: &Entry<'_>) -> String {
    let level = LEVELS.into_iter().find(|level| **level == entry.level).unwrap_or("other");
    let problem = if problem(entry).is_some() { " problem" } else { "" };
    let number = entry.number;
    let text = match &entry.message {
        Message::Text(text) => escaped(&printable(text)),
        Message::Result { definition, case, result } => escaped(&printable(&format!("{definition} {case}: {result}"))),
        Message::Other => String::new(),
    };
    format!("<span class=\"{level}{problem}\" id=\"L{number}\">{}</span>\n", text.trim_end_matches('\n'))
}

/// A text as it may stand in a page, between marks as well as in an attribute.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// What is being written, and the room that is left.
struct Page<'a> {
    out: &'a mut dyn Write,
    room: usize,
}

impl Page<'_> {
    /// Writes a piece; says whether there was room for it. After one that had none there is room for nothing.
    fn put(&mut self, piece: &str) -> io::Result<bool> {
        let Some(room) = self.room.checked_sub(piece.len()) else {
            self.room = 0;
            return Ok(false);
        };
        self.room = room;
        self.out.write_all(piece.as_bytes()).map(|()| true)
    }

    /// Writes what has to be there in any case.
    fn end(&mut self, piece: &str) -> io::Result<()> {
        self.out.write_all(piece.as_bytes())
    }
}
