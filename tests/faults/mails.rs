//! A worker that sends a mail is killed between every two steps: before and after each of its requests to the store, and
//! before and after the mail is handed over. What is sent in the end, and what its report says.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::{FutureExt, future::BoxFuture};
use kernelci::{
    clock::Clock,
    mail::{Address, DeliveryError, DeliveryStatus, Mail, Mailer, Outgoing},
    services::Services,
    worker,
};
use serde_json::{Value as Json, json};
use tokio::sync::Notify;

use crate::{
    actions::{submitted, waiting},
    faulty_process::Faulty,
    proxy::{Fault, Plan},
};

/// What the mailer does beside taking mails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    /// Nothing.
    None,
    /// The worker is killed before the mail is taken.
    KilledBefore,
    /// The worker is killed after the mail was taken.
    KilledAfter,
    /// The mail is refused for now, the first two times.
    RefusedTwice,
    /// The mail is refused for good.
    Refused,
    /// The connection is lost.
    Lost,
}

/// Takes mails, and counts them.
struct Counting {
    /// Whether it can say what became of a mail, as the outbox can and SMTP and SES cannot.
    knows: bool,
    trouble: Trouble,
    asked: AtomicUsize,
    taken: AtomicUsize,
    stands: Notify,
}

impl Counting {
    fn new(knows: bool, trouble: Trouble) -> Arc<Self> {
        let (asked, taken) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Arc::new(Self { knows, trouble, asked, taken, stands: Notify::new() })
    }

    fn taken(&self) -> usize {
        self.taken.load(Ordering::SeqCst)
    }

    async fn take(&self) -> Result<(), DeliveryError> {
        let before = self.asked.fetch_add(1, Ordering::SeqCst);
        match self.trouble {
            Trouble::KilledBefore if before == 0 => return self.stand().await,
            Trouble::RefusedTwice if before < 2 => return Err(DeliveryError::Later("too many mails".to_owned())),
            Trouble::Refused => return Err(DeliveryError::Never("no such mailbox".to_owned())),
            Trouble::Lost => return Err(DeliveryError::Unknown("the connection was lost".to_owned())),
            _ => self.taken.fetch_add(1, Ordering::SeqCst),
        };
        if self.trouble == Trouble::KilledAfter && before == 0 { self.stand().await } else { Ok(()) }
    }

    async fn stand(&self) -> Result<(), DeliveryError> {
        self.stands.notify_one();
        std::future::pending().await
    }
}

impl Mailer for Counting {
    fn deliver<'a>(&'a self, _: &'a Mail) -> BoxFuture<'a, Result<(), DeliveryError>> {
        self.take().boxed()
    }

    fn delivery_status<'a>(&'a self, _: &'a str) -> BoxFuture<'a, DeliveryStatus> {
        let there = if self.taken() > 0 { DeliveryStatus::HandedOver } else { DeliveryStatus::NotHandedOver };
        std::future::ready(if self.knows { there } else { DeliveryStatus::Unknown }).boxed()
    }
}

fn with(services: &Services, mailer: &Arc<Counting>) -> Services {
    let mailer: Arc<dyn Mailer> = mailer.clone();
    let sender = Address::parse("bot@example.org").unwrap();
    Services { mail: Some(Outgoing { mailer, sender, dashboard: None }), ..services.clone() }
}

fn later(services: &Services, minutes: i64) -> Services {
    Services { clock: Clock::starting_at(services.clock.now().plus(minutes * 60_000)), ..services.clone() }
}

/// A build of a tree, and a request for its report.
async fn wanted(faulty: &Faulty, name: &str) {
    submitted(faulty, name, "a.c:1: warning: x\n").await;
    while worker::run_due(&faulty.direct).await.unwrap().run > 0 {}
    let body = json!({"job": name, "kernel": "v1", "git_branch": "master", "report_type": "build",
                      "send_to": "dev@example.org", "delay": 0});
    let answer = faulty.ask(&faulty.direct, "POST", "/send", "", &body).await;
    assert_eq!(answer.status, 202, "{answer:?}");
}

/// The status of the report and its errors; there is one report at most.
async fn report(faulty: &Faulty, name: &str) -> Option<(String, String)> {
    let mut reports = faulty.result("/report", &format!("job={name}")).await;
    assert!(reports.len() <= 1, "{reports:?}");
    let report: Json = reports.pop()?;
    Some((report["status"].as_str().unwrap().to_owned(), report["errors"].to_string()))
}

/// Runs the worker until everything stands still, and kills it; `false` where it ended before.
async fn killed(faulty: &Faulty, services: &Services, mailer: &Counting) -> bool {
    let stands = async {
        while !faulty.proxy.stands() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        ended = worker::run_due(services) => ended.is_err(),
        () = stands => true,
        () = mailer.stands.notified() => true,
    }
}

/// Kills the worker once, at each request to the store in turn; gives for each the mails taken in the end, the status
/// of the report, and the operation.
async fn killed_at_every_request(knows: bool, fault: Fault) -> Vec<(usize, String, String)> {
    let faulty = Faulty::start().await;
    let mut ends = Vec::new();
    for from in 0.. {
        let (name, mailer) = (format!("killed-{fault:?}-{from}").to_lowercase(), Counting::new(knows, Trouble::None));
        wanted(&faulty, &name).await;
        faulty.proxy.plan(Plan { fault, operation: None, from, times: usize::MAX });
        let was_killed = killed(&faulty, &with(&faulty.failing(), &mailer), &mailer).await;
        let operation = faulty.proxy.operations().pop().unwrap();
        // Whoever is left finds the task when its lease is over.
        let next = later(&with(&faulty.direct, &mailer), 16);
        while worker::run_due(&next).await.unwrap().run > 0 {}
        assert_eq!(waiting(&faulty).await, 0, "{name}");
        let (status, errors) = report(&faulty, &name).await.unwrap();
        assert_eq!(status == "ERROR", errors.contains("not known"), "{name}: {errors}");
        if !was_killed {
            break;
        }
        ends.push((mailer.taken(), status, operation));
    }
    ends
}

#[tokio::test(flavor = "multi_thread")]
async fn who_knows_what_it_took_takes_a_mail_once_whenever_the_worker_is_killed() {
    for fault in [Fault::Silent, Fault::Unheard] {
        let ends = killed_at_every_request(true, fault).await;
        assert!(ends.len() > 10, "{ends:?}");
        for (taken, status, operation) in &ends {
            assert_eq!((*taken, status.as_str()), (1, "SENT"), "{fault:?} {operation}: {ends:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_know_takes_a_mail_once_at_most_and_the_report_says_where_that_is_not_known() {
    // Killed while the first mark is written, the mail is not sent; while the second is, it is. Both look alike.
    for (fault, expected) in [(Fault::Silent, vec![1]), (Fault::Unheard, vec![0])] {
        let ends = killed_at_every_request(false, fault).await;
        let unknown: Vec<usize> = ends.iter().filter(|(_, status, _)| status == "ERROR").map(|(n, _, _)| *n).collect();
        assert_eq!(unknown, expected, "{fault:?}: {ends:?}");
        for (taken, status, operation) in &ends {
            assert_eq!(*taken, if status == "SENT" { 1 } else { expected[0] }, "{fault:?} {operation}: {ends:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_around_the_handing_over_nothing_is_sent_twice() {
    for (trouble, knows, taken, status) in [
        (Trouble::KilledBefore, true, 1, "SENT"),
        (Trouble::KilledAfter, true, 1, "SENT"),
        (Trouble::KilledBefore, false, 0, "ERROR"),
        (Trouble::KilledAfter, false, 1, "ERROR"),
    ] {
        let (faulty, mailer) = (Faulty::start().await, Counting::new(knows, trouble));
        wanted(&faulty, "around").await;
        faulty.proxy.recover();
        assert!(killed(&faulty, &with(&faulty.direct, &mailer), &mailer).await);
        let next = later(&with(&faulty.direct, &mailer), 16);
        while worker::run_due(&next).await.unwrap().run > 0 {}
        let context = format!("{trouble:?}, knows: {knows}");
        assert_eq!((mailer.taken(), report(&faulty, "around").await.unwrap().0.as_str()), (taken, status), "{context}");
        assert_eq!(waiting(&faulty).await, 0, "{context}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_for_now_is_handed_over_later() {
    let (faulty, mailer) = (Faulty::start().await, Counting::new(false, Trouble::RefusedTwice));
    wanted(&faulty, "throttled").await;
    let services = with(&faulty.direct, &mailer);
    for (minutes, taken) in [(0, 0), (1, 0), (2, 1)] {
        assert_eq!(report(&faulty, "throttled").await, None);
        assert_eq!(worker::run_due(&later(&services, minutes)).await.unwrap().run, 1);
        assert_eq!(mailer.taken(), taken, "{minutes}");
    }
    assert_eq!(report(&faulty, "throttled").await.unwrap(), ("SENT".to_owned(), "[]".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_delivered_is_a_report_with_its_reason() {
    for (trouble, reason) in [(Trouble::Refused, "no such mailbox"), (Trouble::Lost, "the connection was lost")] {
        let (faulty, mailer) = (Faulty::start().await, Counting::new(false, trouble));
        wanted(&faulty, "refused").await;
        worker::run_due(&with(&faulty.direct, &mailer)).await.unwrap();
        let (status, errors) = report(&faulty, "refused").await.unwrap();
        assert!(status == "ERROR" && errors.starts_with("[[500,") && errors.contains(reason), "{status} {errors}");
        assert_eq!(worker::run_due(&later(&with(&faulty.direct, &mailer), 60)).await.unwrap().run, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_refuses_for_a_day_is_given_up_with_the_last_reason() {
    struct Never;
    impl Mailer for Never {
        fn deliver<'a>(&'a self, _: &'a Mail) -> BoxFuture<'a, Result<(), DeliveryError>> {
            std::future::ready(Err(DeliveryError::Later("too many mails".to_owned()))).boxed()
        }

        fn delivery_status<'a>(&'a self, _: &'a str) -> BoxFuture<'a, DeliveryStatus> {
            std::future::ready(DeliveryStatus::Unknown).boxed()
        }
    }
    let faulty = Faulty::start().await;
    wanted(&faulty, "refusing").await;
    let sender = Address::parse("bot@example.org").unwrap();
    let outgoing = Outgoing { mailer: Arc::new(Never), sender, dashboard: None };
    let services = Services { mail: Some(outgoing), ..faulty.direct.clone() };
    let mut runs = 0;
    while waiting(&faulty).await > 0 {
        assert_eq!(report(&faulty, "refusing").await, None);
        runs += worker::run_due(&later(&services, 31 * (runs + 1))).await.unwrap().run as i64;
    }
    assert_eq!(runs, 60);
    let (status, errors) = report(&faulty, "refusing").await.unwrap();
    assert_eq!((status.as_str(), errors.as_str()), ("ERROR", "[[500,\"too many mails\"]]"));
}
