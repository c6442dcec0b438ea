//! A worker that sends a mail is killed before and after each of its requests to the store, and before and after the
//! delivery of the mail. The tests assert how often the mail is sent and what its report says.

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
    faulty_process::FaultyProcess,
    proxy::{Fault, Plan},
};

/// The failure that the mailer simulates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DeliveryFault {
    /// No failure.
    None,
    /// The worker is killed before the mail is delivered.
    KilledBefore,
    /// The worker is killed after the mail was delivered.
    KilledAfter,
    /// The first two deliveries are refused with a temporary error.
    RefusedTwice,
    /// Each delivery is refused with a permanent error.
    Refused,
    /// The connection is lost during the delivery.
    Lost,
}

/// A mailer that counts deliveries.
struct CountingMailer {
    /// Whether it reports the delivery status of a mail. The outbox does; SMTP and SES do not.
    has_status: bool,
    fault: DeliveryFault,
    attempts: AtomicUsize,
    delivered: AtomicUsize,
    hangs: Notify,
}

impl CountingMailer {
    fn new(has_status: bool, fault: DeliveryFault) -> Arc<Self> {
        let (attempts, delivered) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Arc::new(Self { has_status, fault, attempts, delivered, hangs: Notify::new() })
    }

    fn delivered(&self) -> usize {
        self.delivered.load(Ordering::SeqCst)
    }

    async fn take(&self) -> Result<(), DeliveryError> {
        let before = self.attempts.fetch_add(1, Ordering::SeqCst);
        match self.fault {
            DeliveryFault::KilledBefore if before == 0 => return self.hang().await,
            DeliveryFault::RefusedTwice if before < 2 => return Err(DeliveryError::Later("too many mails".to_owned())),
            DeliveryFault::Refused => return Err(DeliveryError::Never("no such mailbox".to_owned())),
            DeliveryFault::Lost => return Err(DeliveryError::Unknown("the connection was lost".to_owned())),
            _ => self.delivered.fetch_add(1, Ordering::SeqCst),
        };
        if self.fault == DeliveryFault::KilledAfter && before == 0 { self.hang().await } else { Ok(()) }
    }

    async fn hang(&self) -> Result<(), DeliveryError> {
        self.hangs.notify_one();
        std::future::pending().await
    }
}

impl Mailer for CountingMailer {
    fn deliver<'a>(&'a self, _: &'a Mail) -> BoxFuture<'a, Result<(), DeliveryError>> {
        self.take().boxed()
    }

    fn delivery_status<'a>(&'a self, _: &'a str) -> BoxFuture<'a, DeliveryStatus> {
        let there = if self.delivered() > 0 { DeliveryStatus::HandedOver } else { DeliveryStatus::NotHandedOver };
        std::future::ready(if self.has_status { there } else { DeliveryStatus::Unknown }).boxed()
    }
}

fn with(services: &Services, mailer: &Arc<CountingMailer>) -> Services {
    let mailer: Arc<dyn Mailer> = mailer.clone();
    let sender = Address::parse("bot@example.org").unwrap();
    Services { mail: Some(Outgoing { mailer, sender, dashboard: None }), ..services.clone() }
}

fn later(services: &Services, minutes: i64) -> Services {
    Services { clock: Clock::starting_at(services.clock.now().plus(minutes * 60_000)), ..services.clone() }
}

/// Submits a build and requests its report.
async fn request_report(faulty: &FaultyProcess, name: &str) {
    submitted(faulty, name, "a.c:1: warning: x\n").await;
    while worker::run_due(&faulty.direct).await.unwrap().run > 0 {}
    let body = json!({"job": name, "kernel": "v1", "git_branch": "master", "report_type": "build",
                      "send_to": "dev@example.org", "delay": 0});
    let answer = faulty.ask(&faulty.direct, "POST", "/send", "", &body).await;
    assert_eq!(answer.status, 202, "{answer:?}");
}

/// The status of the report and its errors. There is at most one report.
async fn report(faulty: &FaultyProcess, name: &str) -> Option<(String, String)> {
    let mut reports = faulty.result("/report", &format!("job={name}")).await;
    assert!(reports.len() <= 1, "{reports:?}");
    let report: Json = reports.pop()?;
    Some((report["status"].as_str().unwrap().to_owned(), report["errors"].to_string()))
}

/// Runs the worker until a request hangs, then drops it. Returns `false` where the worker ended before.
async fn kill_worker(faulty: &FaultyProcess, services: &Services, mailer: &CountingMailer) -> bool {
    let hangs = async {
        while !faulty.proxy.is_hanging() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        ended = worker::run_due(services) => ended.is_err(),
        () = hangs => true,
        () = mailer.hangs.notified() => true,
    }
}

/// Kills the worker once at each request to the store in turn. Returns for each the number of deliveries, the status of
/// the report, and the operation.
async fn killed_at_every_request(has_status: bool, fault: Fault) -> Vec<(usize, String, String)> {
    let faulty = FaultyProcess::start().await;
    let mut ends = Vec::new();
    for from in 0.. {
        let (name, mailer) =
            (format!("killed-{fault:?}-{from}").to_lowercase(), CountingMailer::new(has_status, DeliveryFault::None));
        request_report(&faulty, &name).await;
        faulty.proxy.plan(Plan { fault, operation: None, from, times: usize::MAX });
        let was_killed = kill_worker(&faulty, &with(&faulty.failing(), &mailer), &mailer).await;
        let operation = faulty.proxy.operations().pop().unwrap();
        // Another worker runs the task when its lease is over.
        let next = later(&with(&faulty.direct, &mailer), 16);
        while worker::run_due(&next).await.unwrap().run > 0 {}
        assert_eq!(waiting(&faulty).await, 0, "{name}");
        let (status, errors) = report(&faulty, &name).await.unwrap();
        assert_eq!(status == "ERROR", errors.contains("not known"), "{name}: {errors}");
        if !was_killed {
            break;
        }
        ends.push((mailer.delivered(), status, operation));
    }
    ends
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailer_with_delivery_status_sends_once_whenever_the_worker_is_killed() {
    for fault in [Fault::Silent, Fault::Unheard] {
        let ends = killed_at_every_request(true, fault).await;
        assert!(ends.len() > 10, "{ends:?}");
        for (delivered, status, operation) in &ends {
            assert_eq!((*delivered, status.as_str()), (1, "SENT"), "{fault:?} {operation}: {ends:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailer_without_delivery_status_sends_at_most_once_and_the_report_says_if_unknown() {
    // Killed while the delivery state `started` is written, the worker has not sent the mail. Killed while the state
    // after the delivery is written, it has. The next worker cannot distinguish the two.
    for (fault, expected) in [(Fault::Silent, vec![1]), (Fault::Unheard, vec![0])] {
        let ends = killed_at_every_request(false, fault).await;
        let unknown: Vec<usize> = ends.iter().filter(|(_, status, _)| status == "ERROR").map(|(n, _, _)| *n).collect();
        assert_eq!(unknown, expected, "{fault:?}: {ends:?}");
        for (delivered, status, operation) in &ends {
            assert_eq!(*delivered, if status == "SENT" { 1 } else { expected[0] }, "{fault:?} {operation}: {ends:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_killed_around_the_delivery_sends_at_most_once() {
    for (fault, has_status, delivered, status) in [
        (DeliveryFault::KilledBefore, true, 1, "SENT"),
        (DeliveryFault::KilledAfter, true, 1, "SENT"),
        (DeliveryFault::KilledBefore, false, 0, "ERROR"),
        (DeliveryFault::KilledAfter, false, 1, "ERROR"),
    ] {
        let (faulty, mailer) = (FaultyProcess::start().await, CountingMailer::new(has_status, fault));
        request_report(&faulty, "around").await;
        faulty.proxy.recover();
        assert!(kill_worker(&faulty, &with(&faulty.direct, &mailer), &mailer).await);
        let next = later(&with(&faulty.direct, &mailer), 16);
        while worker::run_due(&next).await.unwrap().run > 0 {}
        let context = format!("{fault:?}, has_status: {has_status}");
        assert_eq!(
            (mailer.delivered(), report(&faulty, "around").await.unwrap().0.as_str()),
            (delivered, status),
            "{context}"
        );
        assert_eq!(waiting(&faulty).await, 0, "{context}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_temporary_refusal_is_retried() {
    let (faulty, mailer) = (FaultyProcess::start().await, CountingMailer::new(false, DeliveryFault::RefusedTwice));
    request_report(&faulty, "throttled").await;
    let services = with(&faulty.direct, &mailer);
    for (minutes, delivered) in [(0, 0), (1, 0), (2, 1)] {
        assert_eq!(report(&faulty, "throttled").await, None);
        assert_eq!(worker::run_due(&later(&services, minutes)).await.unwrap().run, 1);
        assert_eq!(mailer.delivered(), delivered, "{minutes}");
    }
    assert_eq!(report(&faulty, "throttled").await.unwrap(), ("SENT".to_owned(), "[]".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permanent_refusal_is_reported_with_its_reason() {
    for (fault, reason) in
        [(DeliveryFault::Refused, "no such mailbox"), (DeliveryFault::Lost, "the connection was lost")]
    {
        let (faulty, mailer) = (FaultyProcess::start().await, CountingMailer::new(false, fault));
        request_report(&faulty, "refused").await;
        worker::run_due(&with(&faulty.direct, &mailer)).await.unwrap();
        let (status, errors) = report(&faulty, "refused").await.unwrap();
        assert!(status == "ERROR" && errors.starts_with("[[500,") && errors.contains(reason), "{status} {errors}");
        assert_eq!(worker::run_due(&later(&with(&faulty.direct, &mailer), 60)).await.unwrap().run, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn delivery_ends_after_a_day_with_the_last_reason() {
    struct RefusingMailer;
    impl Mailer for RefusingMailer {
        fn deliver<'a>(&'a self, _: &'a Mail) -> BoxFuture<'a, Result<(), DeliveryError>> {
            std::future::ready(Err(DeliveryError::Later("too many mails".to_owned()))).boxed()
        }

        fn delivery_status<'a>(&'a self, _: &'a str) -> BoxFuture<'a, DeliveryStatus> {
            std::future::ready(DeliveryStatus::Unknown).boxed()
        }
    }
    let faulty = FaultyProcess::start().await;
    request_report(&faulty, "refusing").await;
    let sender = Address::parse("bot@example.org").unwrap();
    let outgoing = Outgoing { mailer: Arc::new(RefusingMailer), sender, dashboard: None };
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
