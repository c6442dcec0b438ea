//! Callbacks that mean harm: each is refused, or costs no more than its length.

use std::{
    io::{self, Write},
    time::{Duration, Instant},
};

use proptest::prelude::*;
use serde_json::json;

use super::fixture::{DEFINITION, body, faults, log_of, page, plain, read, text, with};
use crate::domain::lava::log::{Ending, Entries};
use crate::domain::lava::{Callback, HTML_LIMIT, MAX_LINE, MAX_LINES, MAX_RESULTS, MAX_SUITES, READ_LIMIT};

/// Far more than any of these needs on a slow machine, and far less than work that multiplies would.
const LONG: Duration = Duration::from_secs(60);

fn in_time<T>(work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = work();
    assert!(start.elapsed() < LONG, "it took {:?}", start.elapsed());
    done
}

/// Lists of ten times the list before: more entries than there are atoms, were they all looked up.
fn bomb() -> String {
    let mut bomb = "a0: &a0 [lol]\n".to_owned();
    for level in 1..60 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    bomb
}

#[test]
fn aliases_that_multiply_are_not_followed() {
    in_time(|| {
        let definition = format!("{}{DEFINITION}", bomb());
        assert_eq!(read(with("definition", json!(definition))), read(body()));
        let indented = bomb().replace('\n', "\n  ");
        let yaml = format!("- {indented}name: &n one\n  result: fail\n- {{name: two, result: *a59}}\n");
        let group = read(with("results", json!({"0_x": yaml}))).run().group;
        let names: Vec<_> = group.sub_groups[0].cases.iter().map(|case| text(case, "name").unwrap()).collect();
        assert_eq!(names, ["two", "one"]);
        let log =
            format!("- {indented}lvl: target\n  msg: one\n- {{lvl: target, msg: *a59}}\n- {{lvl: target, msg: two}}\n");
        assert_eq!(plain(&read(with("log", json!(log)))), "one\ntwo\n");
    });
}

#[test]
fn an_alias_in_the_place_of_a_text_is_no_text() {
    let definition = DEFINITION.replace("test.plan: plan", "test.plan: *p").replace("board-9", "&p board-9");
    assert_eq!(
        faults(with("definition", json!(definition))),
        ["LAVA metadata test.plan is an alias, which is not followed"]
    );
    let results = json!({"0_x": "- {x: &n name, name: *n}"});
    assert_eq!(faults(with("results", results)), ["results of '0_x': entry 1 has no name"]);
}

#[test]
fn what_is_nested_too_deep_is_refused() {
    in_time(|| {
        for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", ""), ("[{a: ", "}]")] {
            for depth in [70, 1_000, 300_000] {
                let nested = format!("{}x{}", open.repeat(depth), close.repeat(depth));
                let told = |place: &str, fault: &str| {
                    let known =
                        ["nested deeper than 64 levels", "no valid YAML"].iter().any(|known| fault.contains(known));
                    assert!(fault.contains(place) && known, "{open} {depth}: {fault}");
                };
                let definition = format!("x:\n  {nested}\n{DEFINITION}");
                told("the LAVA job definition is ", &faults(with("definition", json!(definition)))[0]);
                let yaml = format!("- name: a\n  metadata:\n    x:\n      {nested}");
                told("results of '0_x': ", &faults(with("results", json!({"0_x": yaml})))[0]);
                told("log: ", &faults(with("log", json!(format!("- {nested}"))))[0]);
                // Where the log had begun, it is kept up to there.
                let log = format!("{}- {nested}", log_of(["one"]));
                assert!(
                    plain(&read(with("log", json!(log)))).starts_with("one\n[the log that LAVA sent cannot be read")
                );
            }
        }
    });
}

#[test]
fn depth_that_is_usual_is_read() {
    let nested = format!("{}x{}", "[".repeat(50), "]".repeat(50));
    assert_eq!(read(with("definition", json!(format!("x: {nested}\n{DEFINITION}")))), read(body()));
}

#[test]
fn a_log_of_fifty_megabytes_is_cut_and_says_so() {
    let line =
        "- {\"dt\": \"2026-01-01T00:00:00\", \"lvl\": \"target\", \"msg\": \"an ordinary line <of the kernel>\"}\n";
    let log = line.repeat(50 * 1024 * 1024 / line.len());
    let callback = read(with("log", json!(log)));
    let text = in_time(|| plain(&callback));
    let end = "kernel>\n[the log was too long and has been cut here]\n";
    assert!(text.ends_with(end));
    let lines = text.lines().count() - 1;
    assert!((READ_LIMIT / line.len() - 2..=READ_LIMIT / line.len()).contains(&lines), "{lines}");
    let page = in_time(|| page(&callback));
    assert!(page.len() < HTML_LIMIT + 1_000 && page.contains("[the log was too long and has been cut here]"));
    in_time(|| callback.run());
}

#[test]
fn a_log_in_one_line_is_cut_within_an_entry() {
    let log = format!("[{}]", "{lvl: target, msg: é}, ".repeat(100));
    let entry = log.len() / 100;
    for limit in entry * 10..entry * 12 {
        let mut entries = Entries::at_most(&log, limit);
        let read = entries.by_ref().take(101).count();
        assert!((limit / entry - 1..=limit / entry + 1).contains(&read), "{limit}: {read}");
        assert_eq!(entries.ending(), Ending::Cut);
    }
    let mut entries = Entries::at_most(&log, log.len());
    assert_eq!((entries.by_ref().count(), entries.ending()), (100, Ending::Whole));
}

#[test]
fn a_log_that_is_cut_has_only_whole_entries() {
    let log = log_of(["one", "two - \n- three", "four"]);
    let second = log.find("\n- ").unwrap() + 3;
    for limit in second..log.len() {
        let mut entries = Entries::at_most(&log, limit);
        let read = entries.by_ref().count();
        assert_eq!(read, log.get(..limit).unwrap().matches("\n- ").count(), "{limit}");
        assert_eq!(entries.ending(), Ending::Cut, "{limit}");
    }
}

#[test]
fn files_that_are_longer_than_the_log_are_cut() {
    // Every letter becomes six, and every entry has marks around it.
    let log = format!("- {{lvl: target, msg: '{}'}}\n", "\"".repeat(1_000)).repeat(8_000);
    let page = page(&read(with("log", json!(log))));
    assert!(page.len() <= HTML_LIMIT + 200, "{}", page.len());
    assert!(page.ends_with(
        "<span class=\"note\">[the log was too long and has been cut here]</span>\n</pre>\n</body>\n</html>\n"
    ));
}

#[test]
fn one_scalar_of_megabytes_is_only_text() {
    let huge = "x".repeat(4 * 1024 * 1024);
    in_time(|| {
        assert_eq!(
            faults(with("definition", json!(DEFINITION.replace("board-9", &huge)))),
            ["LAVA metadata device.type is longer than 600 bytes"]
        );
        let fault = faults(with("definition", json!(DEFINITION.replace("device.type", &huge))));
        assert!(fault.iter().all(|fault| fault.len() < 300), "{}", fault[0].len());
        let yaml = format!("- {{name: {huge}, result: {huge}, unit: {huge}, set: {huge}, measurement: {huge}}}");
        let group = read(with("results", json!({"0_x": yaml, format!("1_{huge}"): "- {name: a}"}))).run().group;
        let sizes: Vec<_> = group.sub_groups.iter().map(|group| text(&group.members, "name").unwrap().len()).collect();
        assert_eq!(sizes, [1, 598]);
        let case = &group.sub_groups[0].sub_groups[0].cases[0];
        assert_eq!((text(case, "name").map(str::len), text(case, "status")), (Some(600), Some("UNKNOWN")));
        let device = read(with("actual_device_id", json!(huge))).run().group;
        assert_eq!(text(&device.members, "board_instance").map(str::len), Some(600));
        let callback = read(with("log", json!(log_of([&*huge, "<LAVA_SIGNAL_ENDTC crit>"]))));
        assert_eq!(super::fixture::lines(&callback, "plan.dmesg.crit"), ["x".repeat(MAX_LINE)]);
    });
}

#[test]
fn more_results_than_can_be_stored_are_refused() {
    let many = "- {name: a}\n".repeat(MAX_RESULTS);
    let one_more = format!("{many}- {{name: b}}\n");
    let fault = format!("more than {MAX_RESULTS} results");
    assert_eq!(faults(with("results", json!({"0_x": one_more}))), [format!("results of '0_x': {fault}")]);
    assert_eq!(faults(with("results", json!({"0_x": many, "1_y": "- {name: a}"}))), [format!("results: {fault}")]);
    let suites: serde_json::Map<_, _> = (0..=MAX_SUITES).map(|n| (format!("{n}_x"), json!("[]"))).collect();
    assert_eq!(faults(with("results", json!(suites))), [format!("results: more than {MAX_SUITES} suites")]);
}

#[test]
fn faults_are_few_however_many_there_are() {
    let keys: String = (0..100_000).map(|n| format!("key{n}: x, ")).collect();
    let faults = faults(with("definition", json!(format!("metadata: {{{keys}}}"))));
    assert_eq!(faults.len(), 20);
    assert_eq!(faults[0], "invalid LAVA metadata: key0");
}

#[test]
fn signals_without_end_cost_no_more_than_their_lines() {
    in_time(|| {
        let names = (0..25_000).map(|n| format!("<LAVA_SIGNAL_STARTTC case{n}>"));
        let same = (0..25_000).map(|_| "<LAVA_SIGNAL_ENDTC same>".to_owned());
        let lines = (0..50_000).map(|n| format!("line {n}"));
        let messages: Vec<String> = names.chain(same).chain(lines).collect();
        let yaml: String = (0..100).map(|_| "- {name: same}\n").chain(["- {name: case24999}\n"]).collect();
        let mut body = with("results", json!({"0_x": yaml}));
        body.insert("log".to_owned(), json!(log_of(messages.iter().map(String::as_str))));
        let group = read(body).run().group;
        let lines: usize =
            group.sub_groups[0].cases.iter().map(|case| case["log_lines"].as_list().unwrap().len()).sum();
        assert!(lines <= MAX_LINES + 1, "{lines}");
    });
}

#[test]
fn many_cases_of_one_name_are_found_without_looking_at_all_again() {
    in_time(|| {
        let count = MAX_RESULTS;
        let messages: Vec<String> = (0..count)
            .flat_map(|n| [format!("line {n}"), "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=a RESULT=pass>".to_owned()])
            .collect();
        let mut body = with("results", json!({"0_x": "- {name: a}\n".repeat(count)}));
        body.insert("log".to_owned(), json!(log_of(messages.iter().map(String::as_str))));
        let callback = read(body);
        let cases = &callback.run().group.sub_groups[0].cases;
        let last = serde_json::to_value(&cases[count - 1]["log_lines"]).unwrap();
        assert_eq!(last[0]["msg"], json!(format!("line {}", count - 1)));
    });
}

#[test]
fn a_file_that_cannot_be_written_is_an_error() {
    struct Full(usize);
    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let callback = read(body());
    let length = page(&callback).len();
    for room in [0, 100, length - 1] {
        assert_eq!(callback.write_html(&mut Full(room)).unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
    assert!(callback.write_html(&mut Full(length)).is_ok());
    assert_eq!(callback.write_text(&mut Full(3)).unwrap_err().kind(), io::ErrorKind::StorageFull);
}

/// Pieces of which YAML is made, and LAVA's logs.
fn any_yaml() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "- ",
            "? ",
            ": ",
            "{",
            "}",
            "[",
            "]",
            ", ",
            "\n",
            "\n  ",
            "\n- ",
            "&a ",
            "*a",
            "!!x ",
            "!<",
            "%TAG ! x\n",
            "---\n",
            "...\n",
            "|\n",
            ">-\n",
            "'",
            "\"",
            "\\x",
            "#",
            "\t",
            "<<: ",
            "\u{feff}",
            "\u{85}",
            "\0",
            "name: ",
            "metadata: ",
            "lvl: target",
            "msg: ",
            "dt: ",
            "test.plan: ",
            "<LAVA_SIGNAL_STARTTC a>",
            "<LAVA_SIGNAL_ENDTC a>",
            "Received signal: <TESTCASE> TEST_CASE_ID=a",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,6}",
        ".{0,3}",
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_is_refused_or_becomes_documents(
        definition in any_yaml(), results in any_yaml(), log in any_yaml(), whole: bool, begun: bool,
    ) {
        let mut body = body();
        if !whole {
            body.insert("definition".to_owned(), json!(definition));
        }
        body.insert("results".to_owned(), json!({"0_x": if begun { format!("- name: a\n  {results}") } else { results }}));
        let log = if begun { format!("{}{log}", log_of(["one"])) } else { log };
        body.insert("log".to_owned(), json!(log));
        if let Ok(callback) = Callback::read(body, "lab") {
            let run = callback.run();
            prop_assert_eq!(run.log.is_some(), page(&callback).contains("id=\"L1\""));
            prop_assert!(!begun || plain(&callback).starts_with("one\n"));
        }
    }
}
