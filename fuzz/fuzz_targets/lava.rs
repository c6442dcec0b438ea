//! Any callback of LAVA: refused, or documents and files that hold what their limits say.
#![no_main]

use kernelci::domain::{
    lava::{Callback, HTML_LIMIT, MAX_LINE, MAX_LINES},
    test::Group,
};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value as Json};

const METADATA: &str = "{device.type: d, git.branch: b, git.commit: c, job.arch: arm, job.build_environment: gcc-8, \
                        kernel.defconfig: x, kernel.defconfig_full: x, kernel.tree: t, test.plan: pl}";

/// How many lines the cases have, all together.
fn lines(group: &Group) -> usize {
    let of_case = |case: &kernelci::value::Document| {
        let lines = case["log_lines"].as_list().expect("a list");
        assert!(lines.len() <= MAX_LINES + 1);
        lines.len()
    };
    group.cases.iter().map(of_case).sum::<usize>() + group.sub_groups.iter().map(lines).sum::<usize>()
}

fuzz_target!(|input: (bool, &str, &str, &str, &str)| {
    let (framed, definition, suite, results, log) = input;
    let mut body = Map::new();
    // Half of the inputs have metadata that are right, so that what comes behind is reached.
    let definition = if framed { format!("metadata: {METADATA}\n{definition}") } else { definition.to_owned() };
    body.insert("definition".to_owned(), Json::from(definition));
    body.insert("results".to_owned(), serde_json::json!({suite: results, "lava": results}));
    body.insert("log".to_owned(), Json::from(log));
    let Ok(callback) = Callback::read(body, "lab") else { return };
    let run = callback.run();
    // A line belongs to one case at most, and a case has one line more where lines were left out.
    assert!(lines(&run.group) <= log.len());
    let (mut text, mut page) = (Vec::new(), Vec::new());
    callback.write_text(&mut text).expect("memory takes everything");
    callback.write_html(&mut page).expect("memory takes everything");
    assert!(page.len() < HTML_LIMIT + MAX_LINE && text.len() <= log.len() * 4 + MAX_LINE);
});
