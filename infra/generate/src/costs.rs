//! What the routes cost, in words.

use kernelci::{
    http::{BeforeToken, Cost, Part, Verb},
    store::StoreOptions,
};

use crate::table::Entry;

/// What the words of [`in_words`] mean.
pub(crate) fn explained() -> String {
    let options = [StoreOptions::lambda(String::new()), StoreOptions::local()];
    let [lambda, local] = options.map(|options| {
        let bound = options.reading_bound();
        format!("{} pages of up to {} items: {} requests", options.page_budget, options.page_items, bound.requests)
    });
    format!(
        "\
## What requests cost

The column *store* of the tables below says what a request asks of the store at most, beside the read of its token:

- **requests**: reads and writes whose number does not depend on what is stored.
- **readings**: a list, the groups, distinct values or count of one collection. A list whose filters and order an index
  serves reads `skip` and `limit` documents and no more. Any other reading ends at the page budget, with 400: on Lambda
  {lambda}; on one machine {local}. These include the totals that are asked first, and whole documents that are read by
  their ids.
- **per operation**, **per result**, **per document**: on top, for each operation of a batch, each group and case that is
  sent or replaced, each document that is deleted.

A document that is longer than an item takes one request more. A write that meets another one of the same document is
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
