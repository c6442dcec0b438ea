//! The glossary: every term has its place in the code, and no replaced name is in use.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use kernelci_tests::root;
use regex::Regex;

const GLOSSARY: &str = "docs/glossary.md";

/// The cells of the table below the heading `name`, row by row.
fn table(name: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(root().join(GLOSSARY)).unwrap();
    let (_, section) = text.split_once(&format!("\n## {name}\n")).unwrap();
    let rows = section.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    let cells = |row: &str| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    // The first two lines are the head.
    let rows: Vec<Vec<String>> = rows.skip(2).map(cells).collect();
    assert!(rows.len() > 1, "the table {name} has rows");
    rows
}

/// The texts between backquotes.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// The Rust sources and documents of the repository, relative to its root. Build output and hidden folders are left out.
fn sources() -> Vec<PathBuf> {
    fn add(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                add(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs" || extension == "md") {
                found.push(path.clone());
            }
        }
    }
    let mut found = Vec::new();
    for name in ["ARCHITECTURE.md", "CONTRIBUTING.md", "README.md"] {
        found.push(root().join(name));
    }
    for folder in ["docs", "functions", "fuzz", "infra", "shared", "tests"] {
        add(&root().join(folder), &mut found);
    }
    let mut found: Vec<_> = found.iter().map(|path| path.strip_prefix(root()).unwrap().to_owned()).collect();
    found.retain(|path| path != Path::new(GLOSSARY));
    found.sort();
    assert!(found.len() > 300, "the sources are found");
    found
}

fn word(text: &str) -> Regex {
    Regex::new(&format!(r"(?-u:\b){}(?-u:\b)", regex::escape(text))).unwrap()
}

/// A line of code without its comment and without the contents of its strings.
fn code(line: &str, strings: &Regex) -> String {
    let line = strings.replace_all(line, "\"\"");
    line.split("//").next().unwrap_or_default().to_owned()
}

#[test]
fn every_term_has_its_place() {
    for name in ["Domain", "Store"] {
        let rows = table(name);
        let terms: Vec<String> = rows.iter().map(|row| row[0].to_lowercase()).collect();
        let sorted: Vec<String> = terms.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect();
        assert_eq!(terms, sorted, "the terms of {name} are sorted, each once");
        for row in rows {
            let [file, identifier] = quoted(&row[2])[..] else { panic!("{}: file and identifier", row[0]) };
            let text = fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
            assert!(word(identifier).is_match(&text), "{}: {file} has no {identifier}", row[0]);
        }
    }
}

#[test]
fn no_replaced_name_is_used() {
    let strings = Regex::new(r#""(?:[^"\\]|\\.)*""#).unwrap();
    let names: Vec<_> = table("Not used")
        .into_iter()
        .map(|row| {
            let below = quoted(&row[3]).first().map(|&folder| folder.to_owned()).unwrap_or_default();
            assert!(row[2] == "identifier" || row[2] == "word", "{}: {}", row[0], row[2]);
            (word(&row[0]), row[0].clone(), row[1].clone(), row[2] == "word", below)
        })
        .collect();
    let mut used = Vec::new();
    for path in sources() {
        let text = fs::read_to_string(root().join(&path)).unwrap();
        let is_code = path.extension().is_some_and(|extension| extension == "rs");
        for (line, number) in text.lines().zip(1..) {
            let stripped = if is_code { code(line, &strings) } else { String::new() };
            for (pattern, old, new, is_word, below) in &names {
                let looked_at = if *is_word { line } else { &stripped };
                if path.starts_with(below) && pattern.is_match(looked_at) {
                    used.push(format!("{}:{number}: {old} -> {new}", path.display()));
                }
            }
        }
    }
    assert!(used.is_empty(), "replaced names:\n{}", used.join("\n"));
}

#[test]
fn a_public_type_has_a_name_of_its_own() {
    let definition = Regex::new(r"(?m)^pub (?:struct|enum|trait|type) ((?-u:\w)+)").unwrap();
    let mut types = BTreeMap::<String, BTreeSet<String>>::new();
    for path in sources().into_iter().filter(|path| path.starts_with("shared/src")) {
        let text = fs::read_to_string(root().join(&path)).unwrap();
        for found in definition.captures_iter(&text) {
            types.entry(found[1].to_owned()).or_default().insert(path.display().to_string());
        }
    }
    assert!(types.len() > 100, "the types are found");
    types.retain(|_, files| files.len() > 1);
    let listed: BTreeMap<String, BTreeSet<String>> = table("Types with one name")
        .iter()
        .map(|row| (quoted(&row[0])[0].to_owned(), quoted(&row[1]).into_iter().map(str::to_owned).collect()))
        .collect();
    assert_eq!(types, listed);
}
