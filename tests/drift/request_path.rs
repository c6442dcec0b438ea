//! The files that a request passes, as ARCHITECTURE.md lists them: each function calls the next one of the list.

use std::collections::BTreeSet;

use kernelci_tests::root;
use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A row of a table: a file, and the functions of it that are called one after another.
struct Step {
    file: String,
    functions: Vec<String>,
}

/// The texts in backquotes.
fn quoted(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The tables of the section, each with the line before it.
fn listed() -> Vec<(String, Vec<Step>)> {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let (_, after) = text.split_once("\n## A request's way\n").unwrap();
    let section = after.split("\n## ").next().unwrap().split("\n### ").next().unwrap();
    let (mut tables, mut before) = (Vec::<(String, Vec<Step>)>::new(), "");
    for line in section.lines() {
        let cells: Vec<&str> = line.split('|').collect();
        match cells[..] {
            [_, " file ", ..] => tables.push((before.to_owned(), Vec::new())),
            [_, file, functions, _, _] if file.contains('`') => {
                let step = Step { file: quoted(file).concat(), functions: quoted(functions) };
                tables.last_mut().unwrap().1.push(step);
            }
            _ if !line.trim().is_empty() => before = line,
            _ => {}
        }
    }
    tables
}

/// What is called in some tokens: the name before each pair of parentheses.
fn calls(tokens: &[TokenTree], found: &mut BTreeSet<String>) {
    for pair in tokens.windows(2) {
        let [first, TokenTree::Group(arguments)] = pair else { continue };
        if arguments.delimiter() != Delimiter::Parenthesis {
            continue;
        }
        // A function in a field is called through parentheses around the field.
        let name = match first {
            TokenTree::Group(group) => group.stream().into_iter().last(),
            token => Some(token.clone()),
        };
        if let Some(TokenTree::Ident(name)) = name {
            found.insert(name.to_string());
        }
    }
    for token in tokens {
        if let TokenTree::Group(group) = token {
            calls(&group.stream().into_iter().collect::<Vec<_>>(), found);
        }
    }
}

/// What the functions of that name call, and the field of that name that holds a closure; `None` where there are none.
fn called_by(name: &str, tokens: TokenStream) -> Option<BTreeSet<String>> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is_named = |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Ident(ident)) if ident == name);
    let is =
        |token: Option<&TokenTree>, c: char| matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == c);
    let mut found: Option<BTreeSet<String>> = None;
    for (place, token) in tokens.iter().enumerate() {
        let rest = &tokens[place + 1..];
        let body: Option<Vec<TokenTree>> = if matches!(token, TokenTree::Ident(ident) if ident == "fn")
            && is_named(rest.first())
        {
            let is_body =
                |token: &&TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
            // The declaration in a trait has none.
            let declared = rest.iter().position(|token| is(Some(token), ';')).unwrap_or(rest.len());
            Some(rest[..declared].iter().find(is_body).cloned().into_iter().collect())
        } else if is_named(Some(token)) && is(rest.first(), ':') && is(rest.get(1), '|') {
            Some(rest.to_vec())
        } else {
            None
        };
        if let Some(body) = body {
            calls(&body, found.get_or_insert_default());
        }
        if let TokenTree::Group(group) = token
            && let Some(inner) = called_by(name, group.stream())
        {
            found.get_or_insert_default().extend(inner);
        }
    }
    found
}

#[test]
fn each_function_on_a_requests_way_calls_the_next() {
    let tables = listed();
    let number = |count: usize| {
        ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"][count]
    };
    assert_eq!(tables.len(), 2, "one request that reads, and one that writes");
    for (line, steps) in &tables {
        assert!(line.contains(&format!("{} files", number(steps.len()))), "{line} has {} files", steps.len());
        let files: BTreeSet<&str> = steps.iter().map(|step| step.file.as_str()).collect();
        assert_eq!(files.len(), steps.len(), "{line} names a file twice");
        let way: Vec<(&str, &str)> = steps
            .iter()
            .flat_map(|step| step.functions.iter().map(|function| (step.file.as_str(), function.as_str())))
            .collect();
        let called: Vec<BTreeSet<String>> = way
            .iter()
            .map(|(file, function)| {
                let text = std::fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
                called_by(function, text.parse().unwrap()).unwrap_or_else(|| panic!("{file} has no {function}"))
            })
            .collect();
        for (place, pair) in way.windows(2).enumerate() {
            let [(file, from), (next, to)] = pair else { unreachable!() };
            assert!(called[place].contains(*to), "{from} of {file} does not call {to} of {next}");
        }
    }
}
