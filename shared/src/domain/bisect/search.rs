//! The good and the bad commit around a failed build: the bad one is that of the build, the good one that of the last
//! build before it of the same kind that passed, in its own tree or in another.

use crate::{
    collections::BUILD,
    error::Error,
    query::{Arguments, Condition, Created, Filter, Selection, SortKey, shown},
    store::Reader,
    time::Timestamp,
    value::{Document, ObjectId, Value},
};

/// The only collection around whose documents commits are looked for.
pub const BUILDS: &str = "build";

/// What builds of one kind have in common; also the tree and the branch, unless another tree is looked at.
const KIND: [&str; 3] = ["arch", "defconfig_full", "build_environment"];

/// How many builds are read at once, and how many of them at most: those that failed one after the other.
const PAGE_SIZE: usize = 20;
const MAX_BUILDS: usize = 1_000;

/// What the answer copies from the build.
const FROM_BUILD: [&str; 11] = [
    "arch",
    "build_environment",
    "compiler",
    "compiler_version",
    "defconfig",
    "defconfig_full",
    "git_branch",
    "git_url",
    "job",
    "job_id",
    "kernel",
];

/// What is looked for.
#[derive(Debug, PartialEq, Eq)]
pub struct Search {
    build: ObjectId,
    /// The tree whose builds the failed one is held against, where it is not its own.
    compare_to: Option<String>,
}

impl Search {
    /// Reads the arguments; `build` is the id in the path, where there is one.
    ///
    /// # Errors
    /// No collection or another than [`BUILDS`], no build, or one whose id is none.
    pub fn read(arguments: &Arguments, build: Option<&str>) -> Result<Self, Error> {
        let given = |name| arguments.last(name).filter(|value| !value.is_empty());
        match given("collection").or(build.map(|_| BUILDS)) {
            Some(BUILDS) => {}
            Some(other) => {
                let other = shown(other);
                return Err(Error::Invalid(format!(
                    "Provided bisect collection '{other}' is not valid: it is '{BUILDS}'"
                )));
            }
            None => return Err(Error::Invalid("Missing 'collection' key, cannot process the request".to_owned())),
        }
        let build = build
            .or(given("build_id"))
            .ok_or_else(|| Error::Invalid("Missing 'build_id' key, cannot process the request".to_owned()))?;
        let build = build.parse().map_err(|_| Error::WrongId)?;
        Ok(Self { build, compare_to: given("compare_to").map(str::to_owned) })
    }

    /// The commits around the build. Where no build before it passed, the good one is null.
    ///
    /// # Errors
    /// There is no such build, it has not failed, or too many failed before it.
    pub async fn run(&self, reader: Reader<'_>) -> Result<Document, Error> {
        let not_found = || Error::NotFound(self.build.to_string());
        let bad = reader.get(&BUILD, self.build).await?.ok_or_else(not_found)?;
        if bad.get("status").and_then(Value::as_text) != Some("FAIL") {
            return Err(Error::Invalid(format!("The build '{}' has not failed", self.build)));
        }
        let before = match bad.get("created_on").and_then(Value::as_date) {
            Some(date) => self.builds_before(reader, &bad, date).await?,
            None => Vec::new(),
        };
        Ok(self.answer(&bad, before))
    }

    /// The builds before the bad one, newest first, up to the first that passed.
    async fn builds_before(&self, reader: Reader<'_>, bad: &Document, date: Timestamp) -> Result<Vec<Document>, Error> {
        let tree = self.compare_to.as_ref().map(|tree| Value::from(tree.as_str()));
        let own = [("job", bad.get("job")), ("git_branch", bad.get("git_branch"))];
        let of_tree = match &tree {
            Some(tree) => vec![("job", Some(tree))],
            None => own.to_vec(),
        };
        let alike = KIND.iter().map(|name| (*name, bad.get(name)));
        let conditions = of_tree.into_iter().chain(alike).map(|(member, value)| equals(member, value)).collect();
        let mut selection = Selection {
            filter: Filter { conditions, created: Created::Within { from: None, below: Some(date) } },
            sort: vec![SortKey { member: "created_on".to_owned(), descending: true }],
            limit: PAGE_SIZE,
            ..Selection::default()
        };
        let mut found = Vec::new();
        while found.len() < MAX_BUILDS {
            let page = reader.list(&BUILD, &selection).await?;
            let is_last = page.len() < PAGE_SIZE;
            for build in page {
                let passed = build.get("status").and_then(Value::as_text) == Some("PASS");
                found.push(build);
                if passed {
                    return Ok(found);
                }
            }
            if is_last {
                return Ok(found);
            }
            selection.skip += PAGE_SIZE;
        }
        Err(Error::TooWide)
    }

    fn answer(&self, bad: &Document, before: Vec<Document>) -> Document {
        let good = before.last().filter(|build| build.get("status").and_then(Value::as_text) == Some("PASS"));
        let value = |document: Option<&Document>, name: &str| {
            document.and_then(|document| document.get(name)).cloned().unwrap_or(Value::Null)
        };
        let mut answer: Document = FROM_BUILD.iter().map(|name| ((*name).to_owned(), value(Some(bad), name))).collect();
        for (side, build) in [("good", good), ("bad", Some(bad))] {
            answer.insert(format!("{side}_commit"), value(build, "git_commit"));
            answer.insert(format!("{side}_commit_date"), value(build, "created_on"));
            answer.insert(format!("{side}_commit_url"), value(build, "git_url"));
        }
        let data = [bad.clone()].into_iter().chain(before).map(Value::Map).collect();
        answer.extend([
            ("type".to_owned(), Value::from(BUILDS)),
            ("build_id".to_owned(), Value::Id(self.build)),
            ("compare_to".to_owned(), Value::from(self.compare_to.clone())),
            ("bisect_data".to_owned(), Value::List(data)),
        ]);
        answer
    }
}

fn equals(member: &'static str, value: Option<&Value>) -> Condition {
    let value = value.filter(|value| **value != Value::Null);
    Condition::OneOf { member, lists: false, values: value.cloned().into_iter().collect(), null: value.is_none() }
}
