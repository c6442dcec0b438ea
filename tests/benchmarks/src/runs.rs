//! Raw figures, kept.

use std::{fs, path::PathBuf};

use serde_json::{Value as Json, json};

/// Keeps the figures of a run in `runs/`, with the date and the machine, and says where.
///
/// # Panics
/// The file cannot be written.
pub fn keep(name: &str, figures: Json) {
    let date = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    let run = json!({"benchmark": name, "date": date, "machine": machine(), "figures": figures});
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("runs").join(format!("{date}-{name}.json"));
    let text = serde_json::to_string_pretty(&run).unwrap_or_default() + "\n";
    let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
    folder.and_then(|()| fs::write(&path, text)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    say(&format!("\nThe raw figures are in tests/benchmarks/runs/{date}-{name}.json"));
}

fn machine() -> Json {
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processors.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    json!({
        "processor": model.unwrap_or("unknown"),
        "processors": std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        "architecture": std::env::consts::ARCH,
        "load_before": load.split(' ').next().unwrap_or_default(),
    })
}

/// The middle one of some figures.
///
/// # Panics
/// There are none.
pub fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// Writes a line for the one who measures.
#[allow(clippy::print_stdout, reason = "a benchmark's figures are its output")]
pub fn say(line: &str) {
    println!("{line}");
}
