//! `send`: schedules reports, which [`super::report`] sends when they are due.

mod addresses;
mod bisection;
mod kind;
mod options;
mod order;

pub use addresses::Recipients;
pub use bisection::{BISECTION_KEYS, BisectionKeys};
pub use kind::{Formats, REPORT_KINDS, ReportKind};
pub use order::Order;

use serde_json::{Map, Value as Json, json};

use super::{
    keys::{self, Checked},
    task::Work,
};
use crate::{
    collections::{Collection, Field},
    error::Error,
    store::{DeduplicatedTask, Tasks},
    time::{DAY, Timestamp},
    value::{ObjectId, from_json},
};

/// The keys of a request. There is no table of this name.
pub const SEND: Collection = Collection {
    name: "send",
    loaded_as: "send",
    identity: &[],
    indexes: &[],
    fields: &[
        Field::text("job").mandatory(),
        Field::text("kernel").mandatory(),
        Field::text("git_branch").mandatory(),
        Field::text("lab_name").accepted(),
        Field::other("report_type").accepted(),
        Field::other("build_report").accepted(),
        Field::other("boot_report").accepted(),
        Field::text("plan").accepted(),
        Field::other("send_to").accepted(),
        Field::other("send_cc").accepted(),
        Field::other("send_bcc").accepted(),
        Field::other("boot_send_to").accepted(),
        Field::other("boot_send_cc").accepted(),
        Field::other("boot_send_bcc").accepted(),
        Field::other("build_send_to").accepted(),
        Field::other("build_send_cc").accepted(),
        Field::other("build_send_bcc").accepted(),
        Field::text("in_reply_to").accepted(),
        Field::other("delay").accepted(),
        Field::other("format").accepted(),
        Field::text("subject").accepted(),
        Field::text("template").accepted(),
        // Those of a bisection, with `lab_name`.
        Field::text("type").accepted(),
        Field::text("test_case_path").accepted(),
        Field::text("device_type").accepted(),
        Field::text("arch").accepted(),
        Field::text("defconfig_full").accepted(),
        Field::text("build_environment").accepted(),
        Field::text("good_commit").accepted(),
        Field::text("bad_commit").accepted(),
        Field::text("log").accepted(),
    ],
};

/// How long the same request is refused as a duplicate, in milliseconds.
pub const DEDUPLICATION_PERIOD: i64 = DAY;

/// A valid request: for one report or, by the flags of older clients, for two.
#[derive(Debug)]
pub struct Request {
    members: Map<String, Json>,
    orders: Vec<Order>,
    delay: i64,
    /// Warnings about the request.
    pub warnings: Vec<String>,
}

impl Request {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// Keys are missing or have wrong values; the error lists them. Missing addresses are an error of [`accept`].
    pub fn read(body: Map<String, Json>) -> Result<Self, Error> {
        let mandatory: Vec<&str> = SEND.mandatory_keys().collect();
        let Checked { members, mut warnings } = keys::check(&SEND, body, &mandatory)?;
        // A value that cannot be stored is refused now, and not when the mail is due.
        from_json(Json::Object(members.clone())).map_err(|error| Error::InvalidJson(vec![error.to_string()]))?;
        let kinds = options::kinds(&members)?;
        let mut orders = Vec::new();
        for kind in kinds {
            let (order, of_order) = Order::read(kind, &members)?;
            of_order.into_iter().for_each(|warning| {
                if !warnings.contains(&warning) {
                    warnings.push(warning);
                }
            });
            orders.push(order);
        }
        let (delay, too_long) = options::delay(members.get("delay"))?;
        warnings.extend(too_long);
        Ok(Self { members, orders, delay, warnings })
    }
}

/// Stores a request as a task that is due after its delay. Returns the `reason` of the answer.
///
/// A request without addresses is refused and still registered: the same request again is a conflict, as with the
/// original. One with addresses is another request.
///
/// # Errors
/// The same request was made within a day, it names no addresses, or the store fails.
pub async fn accept(tasks: Tasks<'_>, request: &Request, now: Timestamp) -> Result<String, Error> {
    let due = now.plus(request.delay);
    let (complete, others): (Vec<&Order>, Vec<&Order>) =
        request.orders.iter().partition(|order| order.recipients.is_named());
    let of_order = |order: &&Order| {
        let body = json!({
            "report_type": order.kind.name(), "request": request.members, "requested": now.milliseconds(),
        });
        let work = Work::SendReport { body: body.to_string() }.to_value();
        DeduplicatedTask { id: id(order), work: others.is_empty().then_some(work), due }
    };
    let wanted: Vec<DeduplicatedTask> =
        if others.is_empty() { &complete } else { &others }.iter().map(of_order).collect();
    if !tasks.add_deduplicated(&wanted, now, DEDUPLICATION_PERIOD).await? {
        return Err(Error::Conflict("Email request already registered".to_owned()));
    }
    if !others.is_empty() {
        let missing = others
            .iter()
            .map(|order| format!("No email addresses provided to send the {} report to", order.kind.name()));
        return Err(Error::InvalidJson(request.warnings.iter().cloned().chain(missing).collect()));
    }
    let kinds: Vec<&str> = complete.iter().map(|order| order.kind.name()).collect();
    Ok(format!("{} email report scheduled to be sent at '{}' UTC", kinds.join(" and "), due.to_rfc3339()))
}

/// The id of a request: a hash of everything but the delay and the order of the addresses.
fn id(order: &Order) -> ObjectId {
    let parts = order.identity();
    ObjectId::derived(SEND.name, parts.iter().map(String::as_str))
}
