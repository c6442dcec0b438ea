//! Sends the reports that [`super::send`] schedules.
//!
//! A mail is sent at most once. The task stores a delivery state before and after the mail is handed over to the mail
//! server. A worker that finds the state of another attempt asks the mailer whether the mail was handed over; where that is
//! not known, the report gets an error, and the mail is not sent again.

pub mod bisect;
pub mod boot;
pub mod build;
pub mod facts;
pub mod failure;
mod gather;
pub mod links;
mod page;
mod stored;
mod templates;
pub mod test;
pub mod uploaded;

pub use gather::{Content, Gathered};
pub use templates::{Format, render};

use serde_json::{Map, Value as Json};

use self::links::Links;
use super::{
    send::{Order, REPORT_KINDS, ReportKind},
    task::TaskError,
};
use crate::{
    error::Error,
    mail::{DeliveryError, DeliveryStatus, Letter, Mail, Outgoing},
    services::Services,
    store::{DeliveryState, TakenTask},
    time::Timestamp,
};

/// A request, as its task stores it.
struct Wanted {
    order: Order,
    requested: Timestamp,
}

impl Wanted {
    fn read(body: &str) -> Option<Self> {
        let body: Map<String, Json> = serde_json::from_str(body).ok()?;
        let name = body.get("report_type")?.as_str()?;
        let kind = REPORT_KINDS.into_iter().find(|kind| kind.name() == name)?;
        let (order, _) = Order::read(kind, body.get("request")?.as_object()?).ok()?;
        Some(Self { order, requested: Timestamp::from_milliseconds(body.get("requested")?.as_i64()?) })
    }

    /// The name of the mail: the same in every attempt, another for the same request a day later.
    fn mail_name(&self, task: &TakenTask) -> String {
        format!("{}.{}", task.id, self.requested.milliseconds())
    }
}

/// Sends a report at most once and stores the result.
///
/// # Errors
/// The report cannot be sent, for good or for now.
pub async fn send(services: &Services, task: &TakenTask, body: &str) -> Result<(), TaskError> {
    let wanted = Wanted::read(body).ok_or_else(|| never("the request cannot be read"))?;
    let outgoing = services.mail.as_ref().ok_or_else(|| never("this process sends no mail"))?;
    let name = wanted.mail_name(task);
    let is_over = match task.delivery_state {
        DeliveryState::Over => true,
        DeliveryState::NotBegun => false,
        DeliveryState::Begun => match outgoing.mailer.delivery_status(&name).await {
            DeliveryStatus::HandedOver => true,
            DeliveryStatus::NotHandedOver => false,
            DeliveryStatus::Unknown => {
                return Err(never(
                    "the worker ended while it handed the mail over: it is not known whether it was taken",
                ));
            }
        },
    };
    let now = services.clock.now();
    if !is_over {
        match write(services, outgoing, &wanted, name).await? {
            Written::Mail(mail) => hand_over(services, outgoing, task, &mail).await?,
            // The task is done, and the report says why no mail was sent.
            Written::Nothing(reason) => {
                return Ok(stored::keep(services.writer(), &wanted.order, Some(&reason), now).await?);
            }
        }
    }
    Ok(stored::keep(services.writer(), &wanted.order, None, now).await?)
}

/// The result of writing a report.
enum Written {
    /// A mail.
    Mail(Box<Mail>),
    /// There is nothing to tell, so no mail is sent: the reason.
    Nothing(String),
}

/// Stores that a report cannot be sent.
///
/// # Errors
/// The store fails.
pub async fn give_up(services: &Services, body: &str, reason: &str) -> Result<(), Error> {
    // A request that cannot be read has no report; the task has the error.
    let Some(wanted) = Wanted::read(body) else { return Ok(()) };
    stored::keep(services.writer(), &wanted.order, Some(reason), services.clock.now()).await
}

/// Writes the mail from what is stored, and stores the page of its report.
async fn write(services: &Services, outgoing: &Outgoing, wanted: &Wanted, name: String) -> Result<Written, TaskError> {
    let (order, files) = (&wanted.order, services.files()?);
    if order.recipients.count() == 0 {
        return Err(never(format!("there is no address in {}", order.recipients.unreadable.join(", "))));
    }
    let mut links = Links {
        dashboard: outgoing.dashboard.clone(),
        origin: services.public_url.clone(),
        files: files_address(&services.files_url, &services.public_url),
        sender: outgoing.sender.to_string(),
        ..Links::default()
    };
    let gathered = Gathered::read(*services.writer(), files, order).await?;
    let about = format!("a {} report of {}", order.kind.name(), order.report_name());
    match gathered.report(order, &links) {
        None => return Ok(Written::Nothing(format!("not sent: nothing is stored that {about} could tell"))),
        Some(content) if !content.is_worth_sending() => {
            return Ok(Written::Nothing(format!("not sent: {about} has nothing to tell, every test passed")));
        }
        Some(_) => {}
    }
    if links.dashboard.is_none() {
        links.page = page::keep(files, order, &gathered, &links).await?;
    }
    let content = gathered.report(order, &links).ok_or_else(|| never("a report lost its documents"))?;
    // The page is HTML whatever the mail is.
    let html = render(files, order, &content, Format::Html).await?;
    if let Err(error) = stored::keep_page(services.writer(), order, &html).await {
        match error {
            Error::Busy(_) => return Err(error.into()),
            // A mail without a page is better than none.
            error => tracing::warn!(%error, "a report gets no page"),
        }
    }
    let text = if order.formats.text { Some(render(files, order, &content, Format::Text).await?) } else { None };
    let letter = Letter {
        name,
        from: outgoing.sender.clone(),
        to: order.recipients.to.clone(),
        cc: order.recipients.cc.clone(),
        bcc: order.recipients.bcc.clone(),
        subject: order.subject.clone().unwrap_or_else(|| content.summary().to_owned()),
        in_reply_to: order.in_reply_to.clone(),
        headers: headers(order),
        date: services.clock.now(),
        text,
        html: order.formats.html.then_some(html),
    };
    let mail = letter.into_mail().map_err(|error| never(error.to_string()))?;
    Ok(Written::Mail(Box::new(mail)))
}

fn headers(order: &Order) -> Vec<(&'static str, String)> {
    let mut headers = vec![
        ("X-Kernelci-Report-Type", order.kind.name().to_owned()),
        ("X-Kernelci-Tree", order.job.clone()),
        ("X-Kernelci-Branch", order.git_branch.clone()),
        ("X-Kernelci-Kernel", order.kernel.clone()),
    ];
    let lab = order.lab_name.clone().filter(|_| order.kind == ReportKind::Boot);
    headers.extend(lab.map(|lab| ("X-Kernelci-Lab-Name", lab)));
    headers
}

/// Delivers a mail between the two writes of the delivery state.
async fn hand_over(services: &Services, outgoing: &Outgoing, task: &TakenTask, mail: &Mail) -> Result<(), TaskError> {
    let mark =
        async |delivery_state| services.tasks().mark_delivery_state(task, delivery_state).await.map_err(Error::from);
    if !mark(DeliveryState::Begun).await? {
        return Err(TaskError::Later("another worker has the task".to_owned()));
    }
    match outgoing.mailer.deliver(mail).await {
        Ok(()) => {
            if let Err(error) = mark(DeliveryState::Over).await {
                // The task ends now; if it does not, the next attempt finds the first state.
                tracing::warn!(%error, "a mail that was handed over cannot be marked so");
            }
            Ok(())
        }
        Err(DeliveryError::Later(error)) => {
            mark(DeliveryState::NotBegun).await?;
            Err(TaskError::Later(error))
        }
        Err(error @ (DeliveryError::Never(_) | DeliveryError::Unknown(_))) => Err(never(error.to_string())),
    }
}

/// The address at which browsers read stored files: the local server serves them itself.
fn files_address(files_url: &str, origin: &str) -> Option<String> {
    match files_url {
        "" => Some(format!("{origin}/storage")),
        url if url.starts_with("http") => Some(url.to_owned()),
        _ => None,
    }
}

fn never(reason: impl Into<String>) -> TaskError {
    TaskError::Never(reason.into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn wanted(kind: ReportKind) -> Order {
        let body = json!({"job": "next", "kernel": "next-1", "git_branch": "master", "send_to": "a@example.org", "lab_name": "lab-a"});
        Order::read(kind, body.as_object().unwrap()).unwrap().0
    }

    #[test]
    fn only_reports_of_boots_name_a_lab() {
        let common = |kind: ReportKind| {
            vec![
                ("X-Kernelci-Report-Type", kind.name().to_owned()),
                ("X-Kernelci-Tree", "next".to_owned()),
                ("X-Kernelci-Branch", "master".to_owned()),
                ("X-Kernelci-Kernel", "next-1".to_owned()),
            ]
        };
        for kind in REPORT_KINDS {
            let mut expected = common(kind);
            if kind == ReportKind::Boot {
                expected.push(("X-Kernelci-Lab-Name", "lab-a".to_owned()));
            }
            assert_eq!(headers(&wanted(kind)), expected);
        }
    }

    #[test]
    fn files_are_linked_to_where_a_browser_reads_them() {
        let of = |url: &str| files_address(url, "http://ci.example.org");
        assert_eq!(of("").as_deref(), Some("http://ci.example.org/storage"));
        assert_eq!(of("https://files.example.org").as_deref(), Some("https://files.example.org"));
        assert_eq!(of("s3://bucket"), None);
    }

    #[test]
    fn what_a_task_holds_is_read_back() {
        let request = json!({"job": "next", "kernel": "next-1", "git_branch": "master", "send_to": ["a@example.org"]});
        let body = json!({"report_type": "test", "request": request, "requested": 5});
        let read = Wanted::read(&body.to_string()).unwrap();
        assert_eq!((read.order.kind, read.requested.milliseconds()), (ReportKind::Test, 5));
        for member in ["report_type", "request", "requested"] {
            let mut without = body.clone();
            without.as_object_mut().unwrap().remove(member);
            assert!(Wanted::read(&without.to_string()).is_none(), "{member}");
        }
    }
}
