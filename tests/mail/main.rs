//! Reports: when they are sent, what they contain, how they are formatted, and the delivery status of their mails.
//!
//! `seed.json` holds the documents of one revision; `facts.json` holds the facts in the original service's mails about
//! it.

mod contents;
mod facts;
mod forms;
mod mail_server;
mod pages;
mod scheduling;
mod ses;
mod templates;
