//! Reports: when they are sent, what they say, how they can be read, and what becomes of those that are not delivered.
//!
//! `seed.json` holds the documents of one revision; `facts.json` what the original's mails about it say, as facts.

mod bisections;
mod contents;
mod facts;
mod failures;
mod forms;
mod mail_server;
mod pages;
mod scheduling;
mod ses;
mod templates;
