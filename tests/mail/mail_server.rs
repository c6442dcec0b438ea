//! A server that writes its mails to a folder, and the mails in it.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use kernelci_local::load;
use kernelci_tests::{Answer, Client, Server, machine, root};
use mail_parser::{Message, MessageParser};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

/// A time long after the documents of the seed.
pub(crate) const NOW: &str = "2020-04-12T10:30:00Z";

/// A server with the documents of one revision and an outbox folder.
pub(crate) struct MailServer {
    pub(crate) server: Server,
    pub(crate) folder: TempDir,
}

/// The usual request for a report, with additional members.
pub(crate) fn request(more: &Json) -> Json {
    let mut body = json!({"job": "mainline", "kernel": "v5.6-rc1", "git_branch": "master", "report_type": "build",
                          "send_to": "dev@example.org", "delay": 0});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

impl MailServer {
    pub(crate) async fn open() -> Self {
        Self::open_with(&[]).await
    }

    pub(crate) async fn open_with(arguments: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let data = folder.path().to_str().unwrap();
        let machine = machine(&[&["--now", NOW, "--data", data], arguments].concat()).await;
        load::load(&machine.services, &root().join("tests/mail/seed.json")).await.unwrap();
        Self { server: Server::of(machine).await, folder }
    }

    pub(crate) fn client(&self) -> Client {
        self.server.client("tok-admin")
    }

    /// Requests a report.
    pub(crate) async fn ask(&self, more: &Json) -> Answer {
        self.client().post("/send", &request(more)).await
    }

    fn outbox(&self) -> PathBuf {
        self.folder.path().join("outbox")
    }

    /// The mails in the outbox by file name.
    pub(crate) fn mails(&self) -> BTreeMap<String, Vec<u8>> {
        let Ok(files) = std::fs::read_dir(self.outbox()) else { return BTreeMap::new() };
        let paths = files.map(|file| file.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "eml"));
        paths
            .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(&path).unwrap()))
            .collect()
    }

    /// Requests a report and waits for its mail.
    pub(crate) async fn sent(&self, more: &Json) -> Mail {
        let before = self.mails();
        let answer = self.ask(more).await;
        assert_eq!(answer.status, 202, "{}", answer.json());
        for _ in 0..600 {
            if let Some((_, mail)) = self.mails().into_iter().find(|(name, _)| !before.contains_key(name)) {
                return Mail(mail);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("no mail for {more}");
    }
}

/// A raw mail, and its parsed parts.
pub(crate) struct Mail(pub(crate) Vec<u8>);

impl Mail {
    pub(crate) fn read(&self) -> Message<'_> {
        MessageParser::default().parse(&self.0).unwrap()
    }

    /// The text of a header; empty where the header is missing.
    pub(crate) fn header(&self, name: &str) -> String {
        let message = self.read();
        let raw = message.header_raw(name.to_owned()).unwrap_or_default();
        let unfolded = raw.replace("\r\n", "");
        match name {
            "Subject" => message.subject().unwrap_or_default().to_owned(),
            _ => unfolded.trim().to_owned(),
        }
    }

    /// The plain text with its original line ends.
    pub(crate) fn text(&self) -> String {
        let message = self.read();
        let part = message.text_bodies().find(|part| part.is_text() && !part.is_text_html());
        part.and_then(|part| part.text_contents()).unwrap_or_default().replace("\r\n", "\n")
    }

    pub(crate) fn html(&self) -> String {
        let message = self.read();
        let part = message.html_bodies().find(|part| part.is_text_html());
        part.and_then(|part| part.text_contents()).unwrap_or_default().replace("\r\n", "\n")
    }
}
