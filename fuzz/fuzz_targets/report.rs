//! Any request for a report: refused, or a mail whose headers are ours alone, for those that the request names.
#![no_main]

use kernelci::{
    domain::send::{REPORT_KINDS, Order},
    mail::{Address, Letter},
    time::Timestamp,
};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

const HEADERS: [&str; 10] = [
    "From", "Subject", "Date", "Message-ID", "To", "Cc", "In-Reply-To", "References", "X-Kernelci-Tree", "MIME-Version",
];

fuzz_target!(|input: (u8, &str, &str, &str, &str)| {
    let (kind, address, copy, answered, text) = input;
    let kind = REPORT_KINDS[usize::from(kind) % REPORT_KINDS.len()];
    let body = json!({"job": text, "kernel": text, "git_branch": text, "send_to": address, "send_cc": [copy], "subject": text,
                      "in_reply_to": answered});
    let Ok((order, _)) = Order::read(kind, body.as_object().expect("it is an object")) else { return };
    let letter = Letter {
        name: "1".to_owned(),
        from: Address::parse("bot@example.org").expect("it is an address"),
        to: order.recipients.to.clone(),
        cc: order.recipients.cc.clone(),
        bcc: Vec::new(),
        subject: order.subject.clone().unwrap_or_default(),
        in_reply_to: order.in_reply_to.clone(),
        headers: vec![("X-Kernelci-Tree", order.job.clone())],
        date: Timestamp::from_milliseconds(0),
        text: Some(text.to_owned()),
        html: None,
    };
    let mail = letter.into_mail().expect("what was taken can be sent");
    assert_eq!(mail.recipients.len(), order.recipients.count());
    let message = String::from_utf8(mail.message).expect("mails are ASCII");
    let (head, _) = message.split_once("\r\n\r\n").expect("a head and a body");
    for line in head.split("\r\n").filter(|line| !line.starts_with([' ', '\t'])) {
        let name = line.split_once(": ").expect("a header").0;
        assert!(HEADERS.contains(&name) || name.starts_with("Content-"), "{line:?}");
    }
});
