//! Mails compared with those of the original service for the same documents: the same headers, counts and facts in
//! another wording.

use kernelci_tests::root;
use serde_json::{Value as Json, json};

use crate::mail_server::{Mail, MailServer};

fn recorded() -> Vec<Json> {
    let text = std::fs::read_to_string(root().join("tests/mail/facts.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The lines of a section of the text, between its heading and the next.
fn section<'a>(text: &'a str, heading: &str) -> Vec<&'a str> {
    let lines = text.lines().skip_while(|line| *line != heading).skip(1);
    let is_heading = |line: &str| !line.is_empty() && line.chars().all(|c| c.is_ascii_uppercase() || c == ' ');
    lines.take_while(|line| !is_heading(line)).filter(|line| !line.is_empty()).collect()
}

/// Parses `arch:` followed by lines `  defconfig (environment): what`.
fn by_arch(lines: &[&str]) -> Json {
    let (mut arch, mut found) = (String::new(), Vec::new());
    for line in lines {
        match line.strip_prefix("  ") {
            None => arch = line.strip_suffix(':').unwrap().to_owned(),
            Some(build) => {
                let (build, what) = build.split_once("): ").unwrap();
                let (defconfig, environment) = build.split_once(" (").unwrap();
                found.push(json!([arch, defconfig, environment, what]));
            }
        }
    }
    found.into()
}

fn counted(lines: &[&str]) -> Json {
    let pair = |line: &&str| {
        let (count, line) = line.trim_start().split_once("  ").unwrap();
        json!([count.parse::<u64>().unwrap(), line])
    };
    lines.iter().map(pair).collect()
}

/// Parses `defconfig (arch, environment): STATUS, counts` and the following lines by their headings.
fn details(lines: &[&str]) -> Json {
    let (mut found, mut heading): (Vec<Json>, _) = (Vec::new(), String::new());
    for line in lines {
        if let Some(line) = line.strip_prefix("    ") {
            let detail = found.last_mut().unwrap();
            detail["lines"][&heading].as_array_mut().unwrap().push(line.into());
        } else if let Some(title) = line.strip_prefix("  ") {
            heading = title.strip_suffix(':').unwrap().to_owned();
            found.last_mut().unwrap()["lines"][&heading] = json!([]);
        } else if !line.starts_with("http://") {
            let (build, what) = line.split_once("): ").unwrap();
            let (defconfig, place) = build.split_once(" (").unwrap();
            let (arch, environment) = place.split_once(", ").unwrap();
            let (status, counts) = what.split_once(", ").unwrap();
            found.push(json!({"build": [arch, defconfig, environment, status], "counts": counts, "lines": {}}));
        }
    }
    found.into()
}

fn fact<'a>(text: &'a str, name: &str) -> &'a str {
    text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{name}")).trim()
}

fn is_the_same(mail: &Mail, original: &Json) {
    let id = &original["id"];
    let text = mail.text();
    assert_eq!(text.lines().next(), original["summary"].as_str(), "{id}");
    let revision = &original["revision"];
    for (name, member) in
        [("Tree:", "tree"), ("Branch:", "branch"), ("Describe:", "describe"), ("Commit:", "commit"), ("Fetch:", "url")]
    {
        assert_eq!(fact(&text, name), revision[member].as_str().unwrap(), "{id}");
    }
    assert!(fact(&text, "Built for").starts_with(&format!("{} architectures:", original["architectures"])), "{id}");
    assert_eq!(by_arch(&section(&text, "FAILED BUILDS")), original["failures"], "{id}");
    assert_eq!(by_arch(&section(&text, "BUILDS WITH ERRORS OR WARNINGS")), original["troubles"], "{id}");
    for (heading, member) in [("ERRORS", "errors"), ("WARNINGS", "warnings"), ("SECTION MISMATCHES", "mismatches")] {
        assert_eq!(counted(&section(&text, &format!("{heading} OF ALL BUILDS"))), original[member], "{id}");
    }
    assert_eq!(details(&section(&text, "EACH BUILD")), original["details"], "{id}");
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_have_the_facts_headers_and_parts_of_the_original_mails() {
    let mail_server = MailServer::open().await;
    let mut compared = 0;
    for original in recorded() {
        let mail = mail_server.sent(&original["request"]).await;
        is_the_same(&mail, &original);
        for (name, value) in original["headers"].as_object().unwrap() {
            let (found, wanted) = (mail.header(name), value.as_str().unwrap());
            assert_eq!(found.trim_start_matches('<').trim_end_matches('>'), wanted, "{name}");
            compared += 1;
        }
        let message = mail.read();
        let kinds = |part: &mail_parser::MessagePart<'_>| {
            let kind = mail_parser::MimeHeaders::content_type(part).unwrap();
            format!("{}/{}", kind.ctype(), kind.subtype().unwrap())
        };
        assert_eq!(message.parts.iter().map(kinds).collect::<Json>(), original["parts"]);
        let mut envelope: Vec<String> =
            original["envelope"].as_array().unwrap().iter().map(|to| format!("<{}>", to.as_str().unwrap())).collect();
        envelope.sort();
        let mut to: Vec<String> =
            message.header_values("X-Envelope-To").filter_map(|value| Some(value.as_text()?.to_owned())).collect();
        to.sort();
        assert_eq!(to, envelope);
    }
    assert!(compared > 15, "{compared}");
}

/// The text of an HTML document without its tags.
fn without_tags(html: &str) -> String {
    let mut text = String::new();
    for piece in html.split('<').skip(1) {
        text.push_str(piece.split_once('>').unwrap().1);
    }
    text.replace("&lt;", "<")
        .replace("&#x27;", "'")
        .replace("&quot;", "\"")
        .replace("&#x2f;", "/")
        .replace("&amp;", "&")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_html_part_has_the_content_of_the_text_part() {
    let mail_server = MailServer::open().await;
    let original = recorded().into_iter().find(|original| original["parts"].as_array().unwrap().len() == 3).unwrap();
    let html = without_tags(&mail_server.sent(&original["request"]).await.html());
    let mut facts = vec![original["summary"].as_str().unwrap().to_owned()];
    facts.extend(original["revision"].as_object().unwrap().values().map(|value| value.as_str().unwrap().to_owned()));
    for build in [&original["failures"], &original["troubles"]].into_iter().flat_map(|list| list.as_array().unwrap()) {
        facts.push(format!("{} ({})", build[1].as_str().unwrap(), build[2].as_str().unwrap()));
        facts.push(build[3].as_str().unwrap().to_owned());
    }
    for list in ["errors", "warnings", "mismatches"] {
        for pair in original[list].as_array().unwrap() {
            facts.push(format!("{}{}", pair[0], pair[1].as_str().unwrap()));
        }
    }
    for detail in original["details"].as_array().unwrap() {
        facts.push(format!("{}, {}", detail["build"][3].as_str().unwrap(), detail["counts"].as_str().unwrap()));
    }
    let missing: Vec<&String> = facts.iter().filter(|fact| !html.contains(fact.as_str())).collect();
    assert!(missing.is_empty(), "{missing:?}\n{html}");
    assert!(facts.len() > 40);
}
