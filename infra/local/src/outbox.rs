//! The outbox: a folder with a file for each mail, in the format of mail programs (`.eml`). Nothing leaves the machine.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use futures_util::{FutureExt, future::BoxFuture};
use kernelci::{
    mail::{DeliveryError, DeliveryStatus, Mail, Mailer},
    storage::private,
};

/// Writes mails to a folder.
#[derive(Debug, Clone)]
pub struct Outbox {
    folder: PathBuf,
}

impl Outbox {
    /// The outbox in a folder, which the first mail creates.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The file of a mail.
    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.eml"))
    }

    // Written under another name and renamed, so that a file is whole. An existing file is kept.
    fn keep(&self, mail: &Mail) -> io::Result<()> {
        let (file, beginning) = (self.file(&mail.name), self.folder.join(format!(".{}", mail.name)));
        if file.exists() {
            return Ok(());
        }
        private::folders(&self.folder)?;
        let mut written = private::options().write(true).create(true).truncate(true).open(&beginning)?;
        // No header of the message has the `Bcc` recipients.
        write!(written, "X-Envelope-From: <{}>\r\n", mail.from)?;
        for recipient in &mail.recipients {
            write!(written, "X-Envelope-To: <{recipient}>\r\n")?;
        }
        written.write_all(&mail.message)?;
        written.sync_all()?;
        fs::rename(&beginning, &file)?;
        sync(&self.folder)
    }
}

fn sync(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { fs::File::open(folder)?.sync_all() } else { Ok(()) }
}

impl Mailer for Outbox {
    fn deliver<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, Result<(), DeliveryError>> {
        let (outbox, mail) = (self.clone(), mail.clone());
        async move {
            let kept = tokio::task::spawn_blocking(move || outbox.keep(&mail)).await;
            // A retry writes the same file, so every failure may be retried.
            let kept = kept.map_err(io::Error::other).and_then(|kept| kept);
            kept.map_err(|error| DeliveryError::Later(format!("the outbox: {error}")))
        }
        .boxed()
    }

    fn delivery_status<'a>(&'a self, mail_name: &'a str) -> BoxFuture<'a, DeliveryStatus> {
        let there = self.file(mail_name).exists();
        std::future::ready(if there { DeliveryStatus::HandedOver } else { DeliveryStatus::NotHandedOver }).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> Mail {
        Mail {
            name: "5e92ea98.1".to_owned(),
            from: "bot@example.org".to_owned(),
            recipients: vec!["a@example.org".to_owned(), "unseen@example.org".to_owned()],
            message: b"Subject: x\r\n\r\ntext\r\n".to_vec(),
        }
    }

    #[tokio::test]
    async fn a_mail_is_a_file_once() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::new(folder.path().join("outbox"));
        assert_eq!(outbox.delivery_status(&mail().name).await, DeliveryStatus::NotHandedOver);
        outbox.deliver(&mail()).await.unwrap();
        assert_eq!(outbox.delivery_status(&mail().name).await, DeliveryStatus::HandedOver);
        outbox.deliver(&Mail { message: b"another".to_vec(), ..mail() }).await.unwrap();
        let files: Vec<_> =
            fs::read_dir(folder.path().join("outbox")).unwrap().map(|file| file.unwrap().path()).collect();
        assert_eq!(files.len(), 1);
        let expected = "X-Envelope-From: <bot@example.org>\r\nX-Envelope-To: <a@example.org>\r\n\
            X-Envelope-To: <unseen@example.org>\r\nSubject: x\r\n\r\ntext\r\n";
        assert_eq!(fs::read_to_string(&files[0]).unwrap(), expected);
    }

    #[tokio::test]
    async fn what_cannot_be_kept_now_may_be_later() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("outbox"), "a file").unwrap();
        let refused = Outbox::new(folder.path().join("outbox")).deliver(&mail()).await;
        assert!(matches!(refused, Err(DeliveryError::Later(_))), "{refused:?}");
    }
}
