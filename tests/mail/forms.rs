//! The format of mails: addresses, encodings, headers, parts.

use serde_json::json;

use crate::mail_server::MailServer;

#[tokio::test(flavor = "multi_thread")]
async fn the_mail_has_all_requested_addresses_and_headers() {
    let mail_server = MailServer::open_with(&["--mail-from", "Kérnel CI <bot@ci.example.org>"]).await;
    let mail = mail_server
        .sent(&json!({
            "send_to": ["Dév Ünal <dev@example.org>", "second@example.org"], "send_cc": ["\"Last, First\" <cc@example.org>"],
            "send_bcc": "unseen@example.org", "in_reply_to": "<first.1@example.org>", "subject": (["süßer Bericht ✓"; 20].join(" ")),
            "format": ["txt", "html"],
        }))
        .await;
    let message = mail.read();
    let people = |list: Option<&mail_parser::Address<'_>>| -> Vec<(Option<String>, String)> {
        let each = |address: &mail_parser::Addr<'_>| {
            (address.name().map(str::to_owned), address.address().unwrap().to_owned())
        };
        list.unwrap().iter().map(each).collect()
    };
    let of = |name: &str, address: &str| ((!name.is_empty()).then(|| name.to_owned()), address.to_owned());
    assert_eq!(people(message.from()), [of("Kérnel CI", "bot@ci.example.org")]);
    assert_eq!(people(message.to()), [of("Dév Ünal", "dev@example.org"), of("", "second@example.org")]);
    assert_eq!(people(message.cc()), [of("Last, First", "cc@example.org")]);
    assert!(message.bcc().is_none());
    assert_eq!(message.header_values("X-Envelope-To").count(), 4);
    assert_eq!(message.subject(), Some(["süßer Bericht ✓"; 20].join(" ").as_str()));
    assert_eq!(message.in_reply_to().as_text(), Some("first.1@example.org"));
    assert_eq!(message.references().as_text(), Some("first.1@example.org"));
    assert!(message.message_id().unwrap().ends_with("@ci.example.org"));
    assert_eq!(message.date().unwrap().to_rfc3339().get(..16), Some("2020-04-12T10:30"));
    assert!(mail.text().contains("‘foo0’") && mail.html().contains("‘foo0’"));
    // The raw mail is 7-bit with lines of at most 998 bytes, as every mail server accepts.
    assert!(mail.0.is_ascii());
    assert!(mail.0.split(|byte| *byte == b'\n').all(|line| line.len() <= 998));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_has_the_requested_formats() {
    let mail_server = MailServer::open().await;
    for (format, parts) in [
        (json!("txt"), vec!["text/plain"]),
        (json!("html"), vec!["text/html"]),
        (json!(["html", "txt"]), vec!["multipart/alternative", "text/plain", "text/html"]),
    ] {
        let mail = mail_server.sent(&json!({"format": format})).await;
        let message = mail.read();
        let found: Vec<String> = message
            .parts
            .iter()
            .map(|part| {
                let kind = mail_parser::MimeHeaders::content_type(part).unwrap();
                format!("{}/{}", kind.ctype(), kind.subtype().unwrap())
            })
            .collect();
        assert_eq!(found, parts);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stored_values_cannot_inject_headers() {
    let mail_server = MailServer::open().await;
    let tree = "next\r\nBcc: all@example.org";
    let build = json!({"job": tree, "kernel": "v1\r\nX-Evil: yes", "git_branch": "master\u{2028}x", "arch": "arm",
                       "defconfig": "defconfig", "status": "FAIL", "_id": {"$oid": "5e5a0d1c0000000000000001"},
                       "created_on": {"$date": 1_586_000_000_000_i64}});
    let document = kernelci_tests::document(build);
    mail_server.server.services.store.load(&kernelci::collections::BUILD, document).await.unwrap();
    let mail =
        mail_server.sent(&json!({"job": tree, "kernel": "v1\r\nX-Evil: yes", "git_branch": "master\u{2028}x"})).await;
    let head = String::from_utf8(mail.0.clone()).unwrap();
    let head = head.split_once("\r\n\r\n").unwrap().0.to_owned();
    assert!(!head.contains("\r\nBcc") && !head.contains("\r\nX-Evil"), "{head}");
    assert_eq!(mail.header("X-Kernelci-Tree"), "next  Bcc: all@example.org");
    assert_eq!(mail.header("X-Kernelci-Kernel"), "v1  X-Evil: yes");
}
