//! The table of limits in ARCHITECTURE.md, compared with the constants that it names.

use kernelci_tests::root;

/// A row of the table: the figures, the constants, and the files that define them.
struct Row {
    figures: String,
    constants: Vec<String>,
    files: Vec<String>,
}

fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let (_, after) = text.split_once("\n## Limits\n").unwrap();
    let lines = after.lines().take_while(|line| !line.starts_with("## ")).filter(|line| line.starts_with("| "));
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [_, figures, constants, files] = cells[..] else { panic!("{line}") };
        Row { figures: figures.to_owned(), constants: quoted(constants), files: files_of(files) }
    };
    // The first row is the head.
    lines.skip(1).map(row).collect()
}

/// The texts of the files that a cell names. Later files are in the folder of the first.
fn files_of(cell: &str) -> Vec<String> {
    let names = quoted(cell);
    let folder = names[0].rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let source = root().join("shared/src");
    let places = [source.clone(), source.join(&folder), root()];
    let read = |name: &String| places.iter().find_map(|place| std::fs::read_to_string(place.join(name)).ok());
    names.iter().map(|name| read(name).unwrap_or_else(|| panic!("there is no {name}"))).collect()
}

/// The expression of a constant.
fn value<'a>(files: &'a [String], constant: &str) -> Option<&'a str> {
    let name = constant.rsplit("::").next()?;
    let declared = format!("const {name}: ");
    let after = files.iter().find_map(|file| file.split_once(&declared))?.1;
    let (_, value) = after.split_once("= ")?;
    Some(value.split(';').next()?.trim())
}

/// The value of an expression that is a product of numbers.
fn product(expression: &str) -> Option<u64> {
    let factor =
        |text: &str| if text == "DAY" { Some(24 * 60 * 60 * 1_000) } else { text.replace('_', "").parse().ok() };
    expression.split(" * ").map(factor).product()
}

/// The numbers of the figures, in bytes, and in milliseconds and seconds.
fn numbers(figures: &str) -> Vec<u64> {
    let words: Vec<&str> = figures.split([' ', ';']).filter(|word| !word.is_empty()).collect();
    let next = words.iter().skip(1).copied().chain([""]);
    let number = |(word, unit): (&&str, &str)| {
        let number: u64 = word.trim_end_matches(',').replace(',', "").parse().ok()?;
        let scales: &[u64] = match unit.trim_end_matches(',') {
            "KiB" => &[1 << 10],
            "MiB" => &[1 << 20],
            "GiB" => &[1 << 30],
            "s" => &[1, 1_000],
            "minutes" => &[60, 60_000],
            "hours" | "hour" => &[3_600, 3_600_000],
            "days" | "day" => &[86_400, 86_400_000],
            _ => &[1],
        };
        Some(scales.iter().map(move |scale| number * scale))
    };
    words.iter().zip(next).filter_map(number).flatten().collect()
}

#[test]
fn every_limit_in_the_table_equals_its_constant() {
    let rows = rows();
    assert!(rows.len() > 40, "{}", rows.len());
    let mut compared = 0;
    for Row { figures, constants, files } in rows {
        assert!(!constants.is_empty(), "{figures}");
        for constant in constants {
            let value = value(&files, &constant).unwrap_or_else(|| panic!("{constant} is not defined"));
            if let Some(value) = product(value) {
                assert!(numbers(&figures).contains(&value), "{constant} is {value}, and the table says {figures}");
                compared += 1;
            }
        }
    }
    assert!(compared > 50, "{compared}");
}
