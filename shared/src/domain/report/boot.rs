//! What a boot report says.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{
    facts::{Cut, Group, Revision, count, defconfig, grouped, id, many, text},
    links::Links,
};
use crate::{domain::send::Order, value::Document};

/// The most boots of a list.
const MAX_BOOTS: usize = 100;

/// What a boot report says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BootReport {
    /// The numbers in one line.
    pub summary: String,
    /// The revision.
    pub revision: Revision,
    /// The one lab that it is about; empty where it is about all.
    pub lab: String,
    /// How many boots there are.
    pub total: i64,
    /// How many failed, those apart that another lab contradicts.
    pub failed: i64,
    /// How many passed.
    pub passed: i64,
    /// How many were not tried because the board was offline.
    pub offline: i64,
    /// How many were not tried, or have no known result.
    pub untried: i64,
    /// How many failed where another lab's passed.
    pub conflicting: i64,
    /// The boards.
    pub boards: i64,
    /// The labs.
    pub labs: Vec<String>,
    /// The boots that failed where they passed before, by architecture.
    pub regressions: Cut<Group<Boot>>,
    /// The boots that failed, by architecture.
    pub failures: Cut<Group<Boot>>,
    /// The boards that were offline, by architecture.
    pub offline_boards: Cut<Group<Boot>>,
    /// What failed in one lab and passed in another, by architecture.
    pub conflicts: Cut<Group<Conflict>>,
    /// Where all of it can be seen.
    pub link: String,
}

/// A boot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Boot {
    /// The architecture.
    pub arch: String,
    /// The configuration.
    pub defconfig: String,
    /// The build environment.
    pub environment: String,
    /// The board.
    pub board: String,
    /// The lab.
    pub lab: String,
    /// How it went.
    pub status: String,
    /// What the lab says of it.
    pub description: String,
    /// Where it can be seen.
    pub link: String,
    /// Its log.
    pub log: Option<String>,
}

/// A board and configuration on which labs disagree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// The architecture.
    pub arch: String,
    /// The configuration.
    pub defconfig: String,
    /// The build environment.
    pub environment: String,
    /// The board.
    pub board: String,
    /// The labs where it failed.
    pub failed: Vec<String>,
    /// The labs where it passed.
    pub passed: Vec<String>,
}

/// A board, and what it was to boot.
fn place(boot: &Document) -> [String; 4] {
    [text(boot, "arch"), defconfig(boot), text(boot, "build_environment"), text(boot, "board")]
}

impl Boot {
    fn of(boot: &Document, links: &Links) -> Self {
        let [arch, defconfig, environment, board] = place(boot);
        Self {
            arch,
            defconfig,
            environment,
            board,
            lab: text(boot, "lab_name"),
            status: text(boot, "status"),
            description: text(boot, "boot_result_description"),
            link: links.document("boot", "boot", &id(boot)),
            log: links.log(boot, &text(boot, "boot_log")),
        }
    }
}

impl BootReport {
    /// The report of these boots and of those among them that are regressions; `None` where there are no boots.
    pub fn of(order: &Order, boots: &[Document], regressions: &[Document], links: &Links) -> Option<Self> {
        if boots.is_empty() {
            return None;
        }
        let mut places: BTreeMap<[String; 4], (BTreeSet<String>, BTreeSet<String>)> = BTreeMap::new();
        for boot in boots {
            let (passed, failed) = places.entry(place(boot)).or_default();
            match text(boot, "status").as_str() {
                "PASS" => passed.insert(text(boot, "lab_name")),
                "FAIL" => failed.insert(text(boot, "lab_name")),
                _ => false,
            };
        }
        let contradicted = |boot: &Document| places.get(&place(boot)).is_some_and(|(passed, _)| !passed.is_empty());
        let of_status = |status: &str| -> Vec<&Document> {
            let mut found: Vec<&Document> = boots.iter().filter(|boot| text(boot, "status") == status).collect();
            found.sort_by_cached_key(|boot| (place(boot), text(boot, "lab_name")));
            found
        };
        let (disputed, failed): (Vec<&Document>, Vec<&Document>) =
            of_status("FAIL").into_iter().partition(|boot| contradicted(boot));
        let (passed, offline) = (of_status("PASS"), of_status("OFFLINE"));
        let (total, conflicting) = (count(boots.len()), count(disputed.len()));
        let [of_failed, of_passed, of_offline] = [&failed, &passed, &offline].map(|list| count(list.len()));
        let untried = total - of_failed - of_passed - of_offline - conflicting;
        let mut numbers = format!("{of_failed} failed, {of_passed} passed");
        let others = [
            (of_offline > 0).then(|| format!("{of_offline} offline")),
            (untried > 0).then(|| format!("{untried} untried/unknown")),
            many(conflicting, "conflict"),
        ];
        let others: Vec<String> = others.into_iter().flatten().collect();
        if !others.is_empty() {
            numbers = format!("{numbers} with {}", others.join(", "));
        }
        let lab = order.lab_name.clone().unwrap_or_default();
        let of_lab = if lab.is_empty() { String::new() } else { format!(" - {lab}") };
        let boots_told = many(total, "boot").unwrap_or_default();
        let summary =
            format!("{}/{} boot: {boots_told}: {numbers} ({}){of_lab}", order.job, order.git_branch, order.kernel);
        let names = |name: &str| boots.iter().map(|boot| text(boot, name)).collect::<BTreeSet<String>>();
        let by_arch = |boots: Vec<&Document>| {
            grouped(Cut::of(boots, links.max(MAX_BOOTS)).map(|boot| Boot::of(boot, links)), |boot| boot.arch.clone())
        };
        let conflicts = places.into_iter().filter(|(_, (passed, failed))| !passed.is_empty() && !failed.is_empty());
        let conflicts = conflicts.map(|([arch, defconfig, environment, board], (passed, failed))| Conflict {
            arch,
            defconfig,
            environment,
            board,
            failed: failed.into_iter().collect(),
            passed: passed.into_iter().collect(),
        });
        Some(Self {
            summary,
            revision: Revision::of(order, boots),
            lab,
            total,
            failed: of_failed,
            passed: of_passed,
            offline: of_offline,
            untried,
            conflicting,
            boards: count(names("board").len()),
            labs: names("lab_name").into_iter().collect(),
            regressions: by_arch(regressions.iter().collect()),
            failures: by_arch(failed),
            offline_boards: by_arch(offline),
            conflicts: grouped(Cut::of(conflicts.collect(), links.max(MAX_BOOTS)), |conflict| conflict.arch.clone()),
            link: links.full_list(order, "boot/all/job", "boot"),
        })
    }
}
