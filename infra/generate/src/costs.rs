//! What the routes cost, in words.

use kernelci::{
    http::{BeforeToken, Cost, Part, Verb},
    store::StoreOptions,
};

use crate::table::Entry;

/// What the words of [`in_words`] mean.
pub(crate) fn explained() -> String {
    let [lambda, local] = [StoreOptions::lambda(String::new()), StoreOptions::local()].map(|options| {
        let (pages, requests) = (options.page_budget, options.reading_bound().requests);
        format!("{pages} pages, and {requests} requests with all that belongs to them")
    });
    format!(
        "\
## What requests cost

The column *store* of the tables below says what a request asks of the store at most, beside the read of its token:

- **requests**: reads and writes whose number does not depend on what is stored.
- **readings**: a list, the groups, distinct values or count of one collection. A list whose filters and order an index
  serves reads `skip` and `limit` documents and no more. Any other reading ends at the page budget, with 400: on Lambda
  {lambda};
  on one machine {local}.
  These are the totals that are asked first, and whole documents that are read by their ids. A list that one machine
  sends while it is read has no page budget.
- **per operation**, **per result**, **per document**: on top, for each operation of a batch, for each group and case that
  is sent or replaced, for each document that is deleted.

A document that is longer than an item takes one request more. A write that meets another write of the same document is
repeated. *Early* marks the one item that is read beside the token, before the caller is known.

"
    )
}

/// The cost of a route.
pub(crate) fn in_words(entry: &Entry) -> String {
    let Cost { requests, readings, each, .. } = entry.operation.cost;
    let mut words = sum(requests, readings);
    if let Some(each) = each {
        let part = match each.part {
            Part::Operation => "operation",
            Part::TestResult => "result",
            Part::Deleted => "document",
        };
        words.push(format!("{} per {part}", sum(each.requests, each.readings).join(" and ")));
    }
    if words.is_empty() {
        words.push("none".to_owned());
    }
    let is_early = entry.verb == Verb::Get && entry.route.before_token == BeforeToken::OneItem;
    format!("{}{}", words.join(", "), if is_early { "; early" } else { "" })
}

fn sum(requests: u64, readings: u64) -> Vec<String> {
    let count = |number: u64, what: &str| {
        (number > 0).then(|| format!("{number} {what}{}", if number == 1 { "" } else { "s" }))
    };
    [count(requests, "request"), count(readings, "reading")].into_iter().flatten().collect()
}
