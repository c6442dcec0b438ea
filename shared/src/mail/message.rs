//! The message: headers and parts as mail programs read them.

use std::time::{Duration, UNIX_EPOCH};

use lettre::{
    Message,
    address::AddressError,
    message::{
        Mailbox, MultiPart, SinglePart,
        header::{HeaderName, HeaderValue},
    },
};

use super::Address;
use crate::time::Timestamp;

/// What is to be sent, before it is a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// By which it is known: the part of `Message-ID` before the `@`, and the name of a file.
    pub name: String,
    /// Whom it is from.
    pub from: Address,
    /// Whom it is for.
    pub to: Vec<Address>,
    /// Who gets it too.
    pub cc: Vec<Address>,
    /// Who gets it unseen.
    pub bcc: Vec<Address>,
    /// The subject.
    pub subject: String,
    /// The message that it answers.
    pub in_reply_to: Option<String>,
    /// Headers of our own.
    pub headers: Vec<(&'static str, String)>,
    /// When it was written.
    pub date: Timestamp,
    /// As plain text.
    pub text: Option<String>,
    /// As HTML.
    pub html: Option<String>,
}

/// A message, and who is to have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// By which it is known.
    pub name: String,
    /// Whom it is from, without the name.
    pub from: String,
    /// Everybody who is to have it, without names.
    pub recipients: Vec<String>,
    /// The message.
    pub message: Vec<u8>,
}

/// Why a letter cannot be a message.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// An address.
    #[error("an address: {0}")]
    Address(#[from] AddressError),
    /// Something else.
    #[error("the message: {0}")]
    Message(#[from] lettre::error::Error),
    /// A header's name.
    #[error("a header's name: {0}")]
    Header(&'static str),
}

impl Letter {
    /// The message. For the same letter it is the same, byte by byte.
    ///
    /// # Errors
    /// An address or a header cannot be written.
    pub fn into_mail(self) -> Result<Mail, MessageError> {
        let since = Duration::from_millis(u64::try_from(self.date.milliseconds()).unwrap_or(0));
        let id = format!("<{}@{}>", self.name, self.from.domain);
        let mut message = Message::builder()
            .from(mailbox(&self.from)?)
            .subject(one_line(&self.subject))
            .date(UNIX_EPOCH + since)
            .message_id(Some(id));
        for address in &self.to {
            message = message.to(mailbox(address)?);
        }
        for address in &self.cc {
            message = message.cc(mailbox(address)?);
        }
        // Who gets it unseen is in the envelope and in no header.
        for address in &self.bcc {
            message = message.bcc(mailbox(address)?);
        }
        if let Some(answered) = &self.in_reply_to {
            let answered = one_line(answered);
            message = message.in_reply_to(answered.clone()).references(answered);
        }
        for (name, value) in self.headers {
            let name = HeaderName::new_from_ascii(name.to_owned()).map_err(|_| MessageError::Header(name))?;
            message = message.raw_header(HeaderValue::new(name, one_line(&value)));
        }
        let message = match (self.text, self.html) {
            (Some(text), Some(html)) => message.multipart(
                MultiPart::alternative()
                    .boundary(format!("part.{}", self.name))
                    .singlepart(SinglePart::plain(text))
                    .singlepart(SinglePart::html(html)),
            )?,
            (None, Some(html)) => message.singlepart(SinglePart::html(html))?,
            (text, None) => message.singlepart(SinglePart::plain(text.unwrap_or_default()))?,
        };
        let mut recipients: Vec<String> = message.envelope().to().iter().map(ToString::to_string).collect();
        recipients.sort();
        recipients.dedup();
        Ok(Mail { name: self.name, from: self.from.bare(), recipients, message: message.formatted() })
    }
}

fn mailbox(address: &Address) -> Result<Mailbox, AddressError> {
    let bare = lettre::Address::new(address.local.as_str(), address.domain.as_str())?;
    Ok(Mailbox::new((!address.name.is_empty()).then(|| one_line(&address.name)), bare))
}

/// The text without what could end its header and begin another.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter() -> Letter {
        let address = |text: &str| Address::parse(text).unwrap();
        Letter {
            name: "5e92ea98.1".to_owned(),
            from: address("Kernel CI <bot@example.org>"),
            to: vec![address("Dév <dev@example.org>")],
            cc: vec![address("cc@example.org")],
            bcc: vec![address("unseen@example.org"), address("dev@example.org")],
            subject: "süß\r\nBcc: all@example.org".to_owned(),
            in_reply_to: Some("<a@b>".to_owned()),
            headers: vec![("X-Kernelci-Tree", "next\r\nX-Evil: yes".to_owned())],
            date: Timestamp::from_milliseconds(1_586_687_400_000),
            text: Some("text: ‘x’\n".to_owned()),
            html: Some("<p>‘x’</p>".to_owned()),
        }
    }

    #[test]
    fn data_begins_no_header() {
        let mail = letter().into_mail().unwrap();
        let text = String::from_utf8(mail.message).unwrap();
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        let names: Vec<&str> =
            head.lines().filter(|line| !line.starts_with(' ')).map(|line| line.split(':').next().unwrap()).collect();
        let expected = [
            "From",
            "Subject",
            "Date",
            "Message-ID",
            "To",
            "Cc",
            "In-Reply-To",
            "References",
            "X-Kernelci-Tree",
            "MIME-Version",
            "Content-Type",
        ];
        assert_eq!(names, expected, "{head}");
        assert!(head.contains("X-Kernelci-Tree: next  X-Evil: yes"), "{head}");
    }

    #[test]
    fn everybody_is_in_the_envelope_once() {
        let mail = letter().into_mail().unwrap();
        assert_eq!(mail.recipients, ["cc@example.org", "dev@example.org", "unseen@example.org"]);
        assert!(!String::from_utf8(mail.message).unwrap().contains("unseen"));
    }

    #[test]
    fn the_same_letter_is_the_same_message() {
        assert_eq!(letter().into_mail().unwrap(), letter().into_mail().unwrap());
    }

    proptest::proptest! {
        #![proptest_config(crate::property::property(256))]

        /// Whatever is taken for an address when it is asked for can be written when the mail is due.
        #[test]
        fn every_address_that_is_read_can_be_written(text in "[ -~éü\\t]{0,12}(<)?[a-z0-9.+_\"\\\\-]{1,8}@[a-z0-9.\\[\\]-]{1,12}(>)?") {
            if let Ok(address) = Address::parse(&text) {
                let mail = Letter { to: vec![address.clone()], cc: Vec::new(), bcc: Vec::new(), ..letter() }.into_mail().unwrap();
                proptest::prop_assert_eq!(mail.recipients, [address.bare()]);
                proptest::prop_assert!(mail.message.is_ascii());
            }
        }
    }

    #[test]
    fn one_format_is_one_part() {
        let plain = Letter { html: None, ..letter() }.into_mail().unwrap();
        let html = Letter { text: None, ..letter() }.into_mail().unwrap();
        let holds = |mail: &Mail, text: &str| String::from_utf8_lossy(&mail.message).contains(text);
        assert!(holds(&plain, "Content-Type: text/plain; charset=utf-8") && !holds(&plain, "multipart"));
        assert!(holds(&html, "Content-Type: text/html; charset=utf-8") && !holds(&html, "multipart"));
    }
}
