//! Delivery to an SMTP server.

use std::{fmt, str::FromStr, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};
use kernelci::mail::{DeliveryError, DeliveryStatus, Mail, Mailer};
use lettre::{
    Address,
    transport::smtp::{
        Error,
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, TlsParameters},
        commands::{Data, Mail as From, Rcpt},
        extension::ClientId,
    },
};

/// The timeout of one step. RFC 5321 allows ten minutes for the last one, longer than a worker can wait.
const MAX_STEP: Duration = Duration::from_secs(60);

/// How a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encryption {
    /// No encryption, for a server on this machine.
    None,
    /// STARTTLS, required.
    StartTls,
    /// TLS from the beginning.
    Always,
}

/// An SMTP server.
#[derive(Clone)]
pub struct Smtp {
    host: String,
    port: u16,
    encryption: Encryption,
    credentials: Option<Credentials>,
}

// Without the password.
impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Smtp({}:{})", self.host, self.port)
    }
}

impl FromStr for Smtp {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "not a server such as smtp://localhost:25 or smtps://user:password@mail.example.org".to_owned();
        let url: http::Uri = text.parse().map_err(|_| wrong())?;
        let encryption = match (url.scheme_str(), url.query()) {
            (Some("smtp"), None) => Encryption::None,
            (Some("smtp"), Some("tls=required")) => Encryption::StartTls,
            (Some("smtps"), None) => Encryption::Always,
            _ => return Err(wrong()),
        };
        let usual = match encryption {
            Encryption::None => 25,
            Encryption::StartTls => 587,
            Encryption::Always => 465,
        };
        let user = url.authority().and_then(|authority| authority.as_str().rsplit_once('@')).map(|(user, _)| user);
        let decoded = kernelci::http::decode_segment;
        let credentials = match user.map(|user| user.split_once(':')) {
            None => None,
            Some(Some((name, password))) => Some(Credentials::new(decoded(name), decoded(password))),
            Some(None) => return Err(wrong()),
        };
        let host = url.host().filter(|host| !host.is_empty()).ok_or_else(wrong)?;
        Ok(Self { host: host.to_owned(), port: url.port_u16().unwrap_or(usual), encryption, credentials })
    }
}

impl Smtp {
    /// Connects and authenticates. A failure here is not about a mail.
    async fn connect(&self) -> Result<AsyncSmtpConnection, Error> {
        let own = ClientId::default();
        let tls = || TlsParameters::new(self.host.clone());
        let wrapped = if self.encryption == Encryption::Always { Some(tls()?) } else { None };
        let server = (self.host.trim_matches(['[', ']']), self.port);
        let mut connection = AsyncSmtpConnection::connect_tokio1(server, Some(MAX_STEP), &own, wrapped, None).await?;
        if self.encryption == Encryption::StartTls {
            connection.starttls(tls()?, &own).await?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }

    /// Sends the envelope. After a failure here the server certainly has not accepted the mail.
    async fn begin(&self, mail: &Mail) -> Result<AsyncSmtpConnection, DeliveryError> {
        let mut connection = self.connect().await.map_err(|error| DeliveryError::Later(told(&error)))?;
        let address = |text: &str| text.parse::<Address>().map_err(|error| DeliveryError::Never(error.to_string()));
        let refused = |error: &Error, whom: &str| {
            let told = format!("{}: {}", whom, told(error));
            if error.is_permanent() { DeliveryError::Never(told) } else { DeliveryError::Later(told) }
        };
        let from = From::new(Some(address(&mail.from)?), Vec::new());
        connection.command(from).await.map_err(|error| refused(&error, &mail.from))?;
        for recipient in &mail.recipients {
            let to = Rcpt::new(address(recipient)?, Vec::new());
            // One refused recipient refuses the mail: a report is sent to all of them or to none.
            connection.command(to).await.map_err(|error| refused(&error, recipient))?;
        }
        connection.command(Data).await.map_err(|error| refused(&error, "DATA"))?;
        Ok(connection)
    }

    async fn send(&self, mail: &Mail) -> Result<(), DeliveryError> {
        let begun = tokio::time::timeout(MAX_STEP, self.begin(mail)).await;
        let mut connection =
            begun.map_err(|_| DeliveryError::Later("the SMTP server does not answer in time".to_owned()))??;
        // The last line end is written with the dot behind it.
        let message = mail.message.strip_suffix(b"\r\n").unwrap_or(&mail.message);
        match tokio::time::timeout(MAX_STEP, connection.message(message)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) if error.is_transient() => return Err(DeliveryError::Later(told(&error))),
            Ok(Err(error)) if error.is_permanent() => return Err(DeliveryError::Never(told(&error))),
            Ok(Err(error)) => return Err(DeliveryError::Unknown(told(&error))),
            Err(_) => return Err(DeliveryError::Unknown("the SMTP server does not answer in time".to_owned())),
        }
        // The mail is accepted, whatever the answer to QUIT is.
        let _ = tokio::time::timeout(MAX_STEP, connection.quit()).await;
        Ok(())
    }
}

fn told(error: &Error) -> String {
    format!("the SMTP server: {error}")
}

impl Mailer for Smtp {
    fn deliver<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, Result<(), DeliveryError>> {
        self.send(mail).boxed()
    }

    // SMTP has no command that finds a mail.
    fn delivery_status<'a>(&'a self, _: &'a str) -> BoxFuture<'a, DeliveryStatus> {
        std::future::ready(DeliveryStatus::Unknown).boxed()
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
        net::TcpListener,
    };

    use super::*;

    #[test]
    fn servers_are_read() {
        let read = |text: &str| {
            let Smtp { host, port, encryption, credentials } = text.parse().unwrap();
            (host, port, encryption, credentials.is_some())
        };
        let of = |host: &str, port, encryption, known| (host.to_owned(), port, encryption, known);
        assert_eq!(read("smtp://localhost"), of("localhost", 25, Encryption::None, false));
        assert_eq!(read("smtp://127.0.0.1:1025"), of("127.0.0.1", 1025, Encryption::None, false));
        let with_password = read("smtp://me%40example.org:p%3Aw@mail.example.org?tls=required");
        assert_eq!(with_password, of("mail.example.org", 587, Encryption::StartTls, true));
        assert_eq!(read("smtps://u:p@mail.example.org"), of("mail.example.org", 465, Encryption::Always, true));
    }

    #[test]
    fn what_is_no_server_is_refused_and_no_password_shown() {
        for text in ["localhost:25", "http://localhost", "smtp://", "smtp://user@localhost", "smtp://h?tls=maybe"] {
            assert!(text.parse::<Smtp>().is_err(), "{text}");
        }
        let shown = format!("{:?}", "smtp://u:secret@localhost".parse::<Smtp>().unwrap());
        assert_eq!(shown, "Smtp(localhost:25)");
    }

    fn mail() -> Mail {
        let recipients = vec!["dev@example.org".to_owned(), "cc@example.org".to_owned()];
        Mail {
            name: "1".to_owned(),
            from: "bot@example.org".to_owned(),
            recipients,
            message: b"Subject: x\r\n\r\n.\r\n".to_vec(),
        }
    }

    #[tokio::test]
    async fn who_cannot_be_reached_may_be_later() {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let smtp: Smtp = format!("smtp://127.0.0.1:{port}").parse().unwrap();
        assert!(matches!(smtp.deliver(&mail()).await, Err(DeliveryError::Later(_))));
    }

    /// A server that says these lines, one when it is called and one for each line of the client's, or for its message,
    /// and then hangs up; gives what comes of a mail, and what the server was told.
    async fn said(answers: &'static [&'static str]) -> (Result<(), DeliveryError>, Vec<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let smtp: Smtp = format!("smtp://{}", listener.local_addr().unwrap()).parse().unwrap();
        let server = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = BufReader::new(stream);
            let mut told: Vec<String> = Vec::new();
            for answer in answers {
                stream.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
                loop {
                    let mut line = String::new();
                    if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                        return told;
                    }
                    told.push(line.trim_end().to_owned());
                    if !answer.starts_with("354") || line == ".\r\n" {
                        break;
                    }
                }
            }
            told
        });
        let delivered = smtp.deliver(&mail()).await;
        (delivered, server.await.unwrap())
    }

    #[tokio::test]
    async fn a_server_gets_the_mail_for_everybody() {
        let (delivered, told) =
            said(&["220 me", "250 me", "250 a", "250 b", "250 c", "354 go", "250 taken", "221 bye"]).await;
        assert_eq!(delivered, Ok(()));
        let expected = [
            "MAIL FROM:<bot@example.org>",
            "RCPT TO:<dev@example.org>",
            "RCPT TO:<cc@example.org>",
            "DATA",
            "Subject: x",
            "",
            "..",
            ".",
            "QUIT",
        ];
        assert_eq!(told[1..], expected);
    }

    #[tokio::test]
    async fn only_what_is_lost_behind_the_message_is_not_known() {
        let is = |wanted: &str, outcome: &Result<(), DeliveryError>| match outcome {
            Err(DeliveryError::Later(_)) => wanted == "later",
            Err(DeliveryError::Never(_)) => wanted == "never",
            Err(DeliveryError::Unknown(_)) => wanted == "unknown",
            Ok(()) => wanted == "sent",
        };
        let cases: [(&[&str], &str); 11] = [
            (&["554 closed today"], "later"),
            (&["220 me"], "later"),
            (&["220 me", "250 me", "451 not you, not now"], "later"),
            (&["220 me", "250 me", "550 not you"], "never"),
            (&["220 me", "250 me", "250 a", "451 come back"], "later"),
            (&["220 me", "250 me", "250 a", "250 b", "550 nobody"], "never"),
            (&["220 me", "250 me", "250 a", "250 b", "250 c"], "later"),
            (&["220 me", "250 me", "250 a", "250 b", "250 c", "354 go", "452 full"], "later"),
            (&["220 me", "250 me", "250 a", "250 b", "250 c", "354 go", "554 no such mails"], "never"),
            (&["220 me", "250 me", "250 a", "250 b", "250 c", "354 go"], "unknown"),
            (&["220 me", "250 me", "250 a", "250 b", "250 c", "354 go", "250 taken"], "sent"),
        ];
        for (answers, wanted) in cases {
            let (outcome, _) = said(answers).await;
            assert!(is(wanted, &outcome), "{answers:?}: {outcome:?}");
        }
    }
}
