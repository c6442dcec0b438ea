//! The lines of the cases, and the two files of the log.

use serde_json::{Value as Json, json};

use super::fixture::{body, lines, log_of, page, plain, read, with};
use crate::domain::lava::{Callback, MAX_LINE, MAX_LINES};

/// A job whose suite has these cases, and whose device printed these lines.
fn printed(cases: &[&str], messages: &[&str]) -> Callback {
    logged(cases, &log_of(messages.iter().copied()))
}

fn logged(cases: &[&str], log: &str) -> Callback {
    // LAVA lists the newest result first.
    let yaml: String = cases.iter().rev().map(|case| format!("- {{name: {case}, result: pass}}\n")).collect();
    let mut body = with("results", json!({"0_x": yaml}));
    body.insert("log".to_owned(), json!(log));
    read(body)
}

/// The texts of a case of [`printed`].
fn of(callback: &Callback, case: &str) -> Vec<String> {
    lines(callback, &format!("plan.x.{case}"))
}

fn note(level: &str, message: &Json) -> String {
    format!("- {}\n", json!({"dt": "2026-01-01T00:00:00", "lvl": level, "msg": message}))
}

#[test]
fn a_case_has_what_was_printed_since_the_one_before() {
    let callback = read(body());
    assert_eq!(lines(&callback, "plan.dmesg.crit"), ["/ # run", "kern  :crit  : it is hot"]);
    assert_eq!(lines(&callback, "plan.own.inner.deep"), ["inside"]);
    assert_eq!(lines(&callback, "plan.login"), [""; 0]);
    assert_eq!(lines(&callback, "plan.dmesg.alert"), [""; 0]);
}

#[test]
fn a_signal_within_a_line_is_output_and_the_note_of_lava_ends_the_case() {
    let log =
        log_of(["one", "[ 2.9] <LAVA_SIGNAL_TESTCASE TEST_CASE_ID=a RESULT=pass>", "two", "<LAVA_TEST_RUNNER EXIT>"])
            + &note("debug", &json!("Received signal: <TESTCASE> TEST_CASE_ID=a RESULT=pass"))
            + &note("results", &json!({"case": "a", "definition": "0_x", "result": "pass"}))
            + &log_of(["three"]);
    let expected = ["one", "[ 2.9] <LAVA_SIGNAL_TESTCASE TEST_CASE_ID=a RESULT=pass>", "two"];
    assert_eq!(of(&logged(&["a"], &log), "a"), expected);
}

#[test]
fn lava_may_tell_of_a_result_before_the_device_does() {
    let received =
        |case: &str| note("debug", &json!(format!("Received signal: <TESTCASE> TEST_CASE_ID={case} RESULT=pass")));
    let log = log_of(["of a"])
        + &received("a")
        + &log_of(["<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=a RESULT=pass>", "of b"])
        + &received("b")
        + &log_of(["of none", "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=b RESULT=pass>"]);
    let callback = logged(&["a", "b"], &log);
    assert_eq!(of(&callback, "a"), ["of a"]);
    assert_eq!(of(&callback, "b"), ["of b"]);
}

#[test]
fn cases_of_one_name_have_their_own_lines() {
    let test = "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=a RESULT=pass>";
    let stored = |suite: &str| note("results", &json!({"case": "a", "definition": suite, "result": "pass"}));
    let log = log_of(["first", test])
        + &stored("1_y")
        + &log_of(["second", test])
        + &stored("0_x")
        + &log_of(["third", test]);
    let one = "- {name: a, result: pass}\n";
    let mut body = with("results", json!({"0_x": one.repeat(2), "1_y": one, "2_z": one}));
    body.insert("log".to_owned(), json!(log));
    let callback = read(body);
    let run = callback.run().group;
    let of = |suite: usize, case: usize| {
        let lines = run.sub_groups[suite].cases[case]["log_lines"].as_list().unwrap();
        serde_json::to_value(lines).unwrap()[0]["msg"].clone()
    };
    assert_eq!([of(0, 0), of(0, 1), of(1, 0), of(2, 0)], [json!("second"), json!("third"), json!("first"), Json::Null]);
}

#[test]
fn signals_in_no_order_leave_every_line_with_one_case_at_most() {
    for (messages, of_a, of_b) in [
        // An end without a start, and a start that comes twice.
        (
            &["1", "<LAVA_SIGNAL_ENDTC a>", "2", "<LAVA_SIGNAL_STARTTC b>", "3", "<LAVA_SIGNAL_STARTTC b>", "4"][..],
            &["1"][..],
            &["3", "4"][..],
        ),
        // One within the other, each ended.
        (
            &[
                "<LAVA_SIGNAL_STARTTC a>",
                "1",
                "<LAVA_SIGNAL_STARTTC b>",
                "2",
                "<LAVA_SIGNAL_ENDTC b>",
                "3",
                "<LAVA_SIGNAL_ENDTC a>",
                "4",
            ],
            &["1", "3"],
            &["2"],
        ),
        // Across each other.
        (
            &[
                "<LAVA_SIGNAL_STARTTC a>",
                "1",
                "<LAVA_SIGNAL_STARTTC b>",
                "2",
                "<LAVA_SIGNAL_ENDTC a>",
                "3",
                "<LAVA_SIGNAL_ENDTC b>",
                "4",
            ],
            &["1"],
            &["2", "3"],
        ),
        // A result before the end, and an end that comes twice.
        (
            &[
                "<LAVA_SIGNAL_STARTTC a>",
                "1",
                "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=a RESULT=pass>",
                "2",
                "<LAVA_SIGNAL_ENDTC a>",
                "3",
                "<LAVA_SIGNAL_ENDTC a>",
            ],
            &["1"],
            &[],
        ),
        // Never ended, never started, without a name, and cut off.
        (
            &[
                "<LAVA_SIGNAL_STARTTC a>",
                "1",
                "<LAVA_SIGNAL_STARTTC",
                "<LAVA_SIGNAL_ENDTC >",
                "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=>",
                "<LAVA_SIGNAL_",
            ],
            &["1"],
            &[],
        ),
    ] {
        let callback = printed(&["a", "b"], messages);
        assert_eq!(of(&callback, "a"), of_a, "{messages:?}");
        assert_eq!(of(&callback, "b"), of_b, "{messages:?}");
    }
}

#[test]
fn more_cases_within_each_other_than_are_followed_end_the_first_ones() {
    let starts: Vec<String> =
        (0..40).flat_map(|n| [format!("<LAVA_SIGNAL_STARTTC c{n}>"), format!("line {n}")]).collect();
    let names: Vec<String> = (0..40).map(|n| format!("c{n}")).collect();
    let callback = printed(
        &names.iter().map(String::as_str).collect::<Vec<_>>(),
        &starts.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    for n in [0, 23, 24, 39] {
        assert_eq!(of(&callback, &format!("c{n}")), [format!("line {n}")]);
    }
}

#[test]
fn a_case_keeps_its_last_lines() {
    let count = MAX_LINES + 5;
    let messages: Vec<String> =
        (1..=count).map(|n| format!("line {n}")).chain(["<LAVA_SIGNAL_ENDTC a>".to_owned()]).collect();
    let callback = printed(&["a"], &messages.iter().map(String::as_str).collect::<Vec<_>>());
    let lines = of(&callback, "a");
    assert_eq!(lines.len(), MAX_LINES + 1);
    assert_eq!(lines[..2], ["[5 lines before these are in the log]", "line 6"]);
    assert_eq!(lines.last(), Some(&format!("line {count}")));
}

#[test]
fn a_long_line_of_a_case_is_cut_between_two_letters() {
    let long = "é".repeat(MAX_LINE);
    let lines = of(&printed(&["a"], &[&format!("x{long}"), "<LAVA_SIGNAL_ENDTC a>"]), "a");
    assert_eq!(lines[0].len(), MAX_LINE - 1);
    assert!(long.starts_with(lines[0].strip_prefix('x').unwrap()));
}

#[test]
fn the_plain_text_is_what_the_device_printed() {
    let text = plain(&read(body()));
    assert!(text.starts_with("[    0.000000] Booting <Linux> & \"more\"\n/ # run\n"), "{text}");
    assert!(!text.contains("validate") && !text.contains("pattern"));
    let odd = log_of(["\u{1b}[1;32mgreen\u{1b}[0m\u{7}\tbell\u{0}", "two\nlines"]);
    assert_eq!(plain(&logged(&[], &odd)), "green\tbell\ntwo\nlines\n");
}

#[test]
fn the_page_escapes_every_text() {
    const EVIL: &str = "<script>\"&'";
    let log = note(EVIL, &json!(EVIL))
        + &note("target", &json!(format!("BUG: {EVIL}")))
        + &note("results", &json!({"case": EVIL, "definition": EVIL, "result": EVIL}))
        + &note("target", &json!(format!("<LAVA_SIGNAL_ENDTC {EVIL}>")));
    let mut body = with("results", json!({EVIL: format!("- {}", json!({"name": EVIL, "set": EVIL}))}));
    body.insert("log".to_owned(), json!(log));
    body.insert("actual_device_id".to_owned(), json!(EVIL));
    let definition = super::fixture::DEFINITION.replace("git.branch: master", &format!("git.branch: {}", json!(EVIL)));
    body.insert("definition".to_owned(), json!(definition));
    let page = page(&Callback::read(body, EVIL).unwrap());
    assert!(!page.contains("<script"), "{page}");
    // All marks are the page's own, and no text of the callback has got into one of them.
    let marks: Vec<&str> = page.split('<').skip(1).map(|rest| rest.split('>').next().unwrap()).collect();
    let known = |mark: &&str| {
        ["!DOCTYPE html", "meta charset=\"utf-8\"", "html lang=\"en\""].contains(mark)
            || mark
                .strip_prefix("a href=\"#L")
                .is_some_and(|place| place.trim_end_matches('"').parse::<usize>().is_ok())
            || mark
                .strip_prefix("span class=\"")
                .is_some_and(|rest| rest.split('"').count() == 4 && !rest.contains('&'))
            || mark.strip_prefix("td class=\"").is_some_and(|class| class == "PASS\"" || class == "UNKNOWN\"")
            || mark
                .trim_start_matches('/')
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'1' || byte == b'2')
    };
    assert_eq!(marks.iter().find(|mark| !known(mark)), None);
    assert!(page.matches("&lt;script&gt;&quot;&amp;&#39;").count() >= 7, "{page}");
}

#[test]
fn the_page_leads_to_the_cases_and_to_what_went_wrong() {
    let log = log_of([
        "fine",
        "WARNING: CPU: 1 PID: 2 at x.c:3",
        "<0>[ 1.0] Stack:",
        "<0>[ 1.1] 00000000",
        "fine",
        "<3>[ 2.0] a clock is missing",
        "<LAVA_SIGNAL_STARTTC a>",
        "Kernel panic - not syncing",
    ]) + &note("error", &json!("the job failed"));
    let page = page(&logged(&["a", "b"], &log));
    assert!(page.contains("<h2>Errors and warnings: 4</h2>"), "{page}");
    for (number, text) in
        [(2, "WARNING: CPU"), (6, "&lt;3&gt;[ 2.0] a clock"), (8, "Kernel panic"), (9, "the job failed")]
    {
        assert!(page.contains(&format!("<li><a href=\"#L{number}\">{text}")), "{number}: {page}");
        assert!(page.contains(&format!("problem\" id=\"L{number}\">{text}")), "{number}: {page}");
    }
    assert!(page.contains("<td class=\"PASS\">PASS</td><td><a href=\"#L7\">plan.x.a</a></td>"), "{page}");
    assert!(page.contains("<td class=\"PASS\">PASS</td><td>plan.x.b</td>"), "{page}");
    assert!(page.ends_with("</pre>\n</body>\n</html>\n"));
}

#[test]
fn a_log_that_is_damaged_is_kept_as_far_as_it_goes() {
    let log = log_of(["one", "<LAVA_SIGNAL_ENDTC a>", "two"]) + "- {\"dt\": \"x\", \"lvl\": \"target\", \"msg\": \"thr";
    let callback = logged(&["a"], &log);
    assert_eq!(of(&callback, "a"), ["one"]);
    let end = "[the log that LAVA sent cannot be read from here on: no valid YAML: line 4: ";
    assert!(plain(&callback).contains(&format!("two\n{end}")), "{}", plain(&callback));
    assert!(page(&callback).contains(end), "{}", page(&callback));
}

#[test]
fn entries_of_any_form_are_read() {
    let log = "- text\n- 5\n- ~\n- [a, b]\n- {lvl: [x], msg: {a: b}}\n- {? [k] : v, msg: 5, lvl: target}\n\
               - !!python/object:x.Y {lvl: target, msg: !!python/unicode \"six\"}\n- {lvl: target, msg: &a seven}\n\
               - *a\n- {lvl: target, msg: *a}\n- {lvl: target}\n- lvl: target\n  msg: |\n    two\n    lines\n";
    assert_eq!(plain(&logged(&[], log)), "5\nsix\nseven\ntwo\nlines\n\n");
}
