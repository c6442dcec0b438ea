//! The imports of `shared/src`, as its `use` lines say them. Those of tests are left out.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use syn::{Attribute, Item, UseTree};

/// A path of names, from the root of the crate.
type Names = Vec<String>;

/// An import of one module by another.
pub(crate) struct Import {
    /// The module that imports.
    pub(crate) module: Names,
    /// What is imported: the module that defines it, or a name in the root of the crate.
    pub(crate) target: Names,
    file: PathBuf,
    target_file: PathBuf,
}

impl Import {
    /// Both files.
    pub(crate) fn in_words(&self) -> String {
        format!("{} imports {} of {}", self.file.display(), self.target.join("::"), self.target_file.display())
    }
}

/// The modules of `shared/src` and their imports.
pub(crate) struct Crate {
    files: BTreeMap<Names, PathBuf>,
    imports: Vec<Import>,
}

/// A `use` line, in its module: the path as it is written, the name that it gives, and whether others see it.
struct Line {
    path: Names,
    name: String,
}

impl Crate {
    /// Reads every file.
    pub(crate) fn read() -> Self {
        let root = kernelci_tests::root().join("shared/src");
        let mut files = BTreeMap::new();
        find(&root, &mut Vec::new(), &mut files);
        let lines: BTreeMap<Names, Vec<Line>> =
            files.iter().map(|(module, file)| (module.clone(), lines_of(file, module))).collect();
        let mut imports = Vec::new();
        for (module, file) in &files {
            for line in &lines[module] {
                let target = defining(&line.path, &files, &lines);
                if target.is_empty() || module.starts_with(&target) || target.starts_with(module) {
                    continue;
                }
                let target_file = files[&target].clone();
                let shown = |file: &Path| file.strip_prefix(&root).unwrap().to_owned();
                let (file, target_file) = (shown(file), shown(&target_file));
                imports.push(Import { module: module.clone(), target, file, target_file });
            }
        }
        Self { files, imports }
    }

    /// Every import of another module.
    pub(crate) fn imports(&self) -> &[Import] {
        &self.imports
    }

    /// The names of the modules in one, ascending.
    pub(crate) fn modules_of(&self, module: &[String]) -> Vec<String> {
        let below = |names: &&Names| names.len() == module.len() + 1 && names.starts_with(module);
        self.files.keys().filter(below).filter_map(|names| names.last().cloned()).collect()
    }
}

/// The modules below a folder, by the names of its files; tests are none.
fn find(folder: &Path, names: &mut Names, files: &mut BTreeMap<Names, PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if name == "tests" || name == "lib" {
            continue;
        }
        if path.is_file() && path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        if path.is_dir() {
            names.push(name);
            find(&path, names, files);
            names.pop();
        } else if name == "mod" {
            files.insert(names.clone(), path);
        } else {
            files.insert(names.iter().cloned().chain([name]).collect(), path);
        }
    }
}

fn is_of_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg") && attribute.parse_args::<syn::Ident>().is_ok_and(|of| of == "test")
    })
}

fn lines_of(file: &Path, module: &[String]) -> Vec<Line> {
    let text = std::fs::read_to_string(file).unwrap();
    let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut lines = Vec::new();
    for item in parsed.items {
        if let Item::Use(item) = item
            && !is_of_tests(&item.attrs)
        {
            flatten(&item.tree, &mut Vec::new(), module, &mut lines);
        }
    }
    lines
}

/// The lines of a tree of names that lead into this crate.
fn flatten(tree: &UseTree, prefix: &mut Names, module: &[String], lines: &mut Vec<Line>) {
    match tree {
        UseTree::Path(path) => {
            prefix.push(path.ident.to_string());
            flatten(&path.tree, prefix, module, lines);
            prefix.pop();
        }
        UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, prefix, module, lines)),
        UseTree::Name(name) => add(prefix, &name.ident.to_string(), &name.ident.to_string(), module, lines),
        UseTree::Rename(named) => add(prefix, &named.ident.to_string(), &named.rename.to_string(), module, lines),
        UseTree::Glob(_) => add(prefix, "self", "*", module, lines),
    }
}

fn add(prefix: &[String], last: &str, name: &str, module: &[String], lines: &mut Vec<Line>) {
    let mut written: Vec<&str> = prefix.iter().map(String::as_str).collect();
    written.extend((last != "self").then_some(last));
    let (mut path, mut rest) = match written.split_first() {
        Some((&"crate", rest)) => (Vec::new(), rest),
        Some((&("super" | "self"), _)) => (module.to_vec(), &written[..]),
        // A module of the same folder, or another crate.
        _ => (module.to_vec(), &written[..]),
    };
    while let Some((first, others)) = rest.split_first() {
        match *first {
            "super" => drop(path.pop()),
            "self" => {}
            _ => break,
        }
        rest = others;
    }
    path.extend(rest.iter().map(|&name| name.to_owned()));
    lines.push(Line { path, name: name.to_owned() });
}

/// The module that defines what a path names; the root for what another crate defines. A name that a module only passes
/// on is followed.
fn defining(path: &[String], files: &BTreeMap<Names, PathBuf>, lines: &BTreeMap<Names, Vec<Line>>) -> Names {
    let (mut path, mut seen) = (path.to_vec(), BTreeSet::new());
    while seen.insert(path.clone()) {
        let depth = (0..=path.len()).rev().find(|&depth| depth == 0 || files.contains_key(&path[..depth])).unwrap();
        let (module, rest) = path.split_at(depth);
        let passed_on = rest.first().and_then(|name| lines.get(module)?.iter().find(|line| line.name == *name));
        match passed_on {
            Some(line) => path = line.path.iter().chain(&rest[1..]).cloned().collect(),
            None => return module.to_vec(),
        }
    }
    Vec::new()
}
