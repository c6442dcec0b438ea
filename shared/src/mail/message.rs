//! Messages: headers and MIME parts.

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

/// The content of a mail, before it is encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The name of the mail: the part of `Message-ID` before the `@`, and the name of its file in the outbox.
    pub name: String,
    /// The sender.
    pub from: Address,
    /// `To`.
    pub to: Vec<Address>,
    /// `Cc`.
    pub cc: Vec<Address>,
    /// `Bcc`: recipients of the envelope that no header names.
    pub bcc: Vec<Address>,
    /// The subject.
    pub subject: String,
    /// The message id of the mail that it replies to.
    pub in_reply_to: Option<String>,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
    /// `Date`.
    pub date: Timestamp,
    /// The body as plain text.
    pub text: Option<String>,
    /// The body as HTML.
    pub html: Option<String>,
}

/// An encoded message and its envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The name of the mail.
    pub name: String,
    /// The sender of the envelope: an address without a name.
    pub from: String,
    /// The recipients of the envelope: addresses without names.
    pub recipients: Vec<String>,
    /// The message.
    pub message: Vec<u8>,
}

/// Why a mail cannot be encoded.
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
    /// Encodes the mail. The same content gives the same bytes.
    ///
    /// # Errors
    /// An address or a header cannot be encoded.
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
        // `Bcc` recipients are in the envelope and in no header.
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

/// The text without control characters, which could end its header and begin another.
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
