//! What the definition of a LAVA job says of the kernel, the build and the plan: its `metadata`.

use std::collections::BTreeMap;

use super::yaml::{Fault, Node, Nodes};
use crate::query::shown;

/// The keys that the metadata of a definition must have.
pub const MANDATORY: [&str; 9] = [
    "device.type",
    "git.branch",
    "git.commit",
    "job.arch",
    "job.build_environment",
    "kernel.defconfig",
    "kernel.defconfig_full",
    "kernel.tree",
    "test.plan",
];

/// The keys that it may have besides.
pub const ACCEPTED: [&str; 20] = [
    "git.describe",
    "git.url",
    "image.url",
    "job.dtb_url",
    "job.file_server_resource",
    "job.initrd_url",
    "job.kernel_image",
    "job.kernel_url",
    "job.modules_url",
    "job.name",
    "job.nfsrootfs_url",
    "job.original",
    "kernel.arch_defconfig",
    "kernel.endian",
    "kernel.version",
    "platform.dtb",
    "platform.dtb_short",
    "platform.fastboot",
    "platform.mach",
    "test.plan_variant",
];

/// The longest value. Every test case repeats several of them, so that one long value would be stored many times.
pub const MAX_VALUE: usize = 600;

/// A definition of a few megabytes can hold a million wrong keys.
const MAX_FAULTS: usize = 20;

/// What senders write where they have no value.
const NOTHING: &str = "None";

const MISSING: &str = "metadata missing from LAVA job definition";

/// The metadata of a definition, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Metadata {
    values: BTreeMap<&'static str, String>,
}

impl Metadata {
    /// Reads the metadata of a definition.
    ///
    /// # Errors
    /// A sentence for everything that is wrong.
    pub(super) fn read(definition: &str) -> Result<Self, Vec<String>> {
        let (values, mut faults) = read(definition)
            .map_err(|fault| vec![format!("the LAVA job definition is {}", shown(&fault.to_string()))])?;
        if values.is_empty() && faults.is_empty() {
            return Err(vec![MISSING.to_owned()]);
        }
        if faults.is_empty() {
            let lacks = |name: &&str| !values.contains_key(*name);
            let missing: Vec<_> = MANDATORY.into_iter().filter(lacks).collect();
            if !missing.is_empty() {
                faults.push(format!("missing LAVA metadata: {}", missing.join(", ")));
            }
        }
        if faults.is_empty() { Ok(Self { values }) } else { Err(faults) }
    }

    /// The value of a key; `None` where the definition has none.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }
}

type Values = BTreeMap<&'static str, String>;

fn read(definition: &str) -> Result<(Values, Vec<String>), Fault> {
    let mut nodes = Nodes::new(definition);
    let (mut values, mut faults) = (Values::new(), Vec::new());
    if nodes.next()? != Node::Map {
        return Ok((values, faults));
    }
    while let Some(key) = nodes.key()? {
        let node = nodes.next()?;
        if key != "metadata" || node != Node::Map {
            nodes.skip(&node)?;
            continue;
        }
        while let Some(name) = nodes.key()? {
            let node = nodes.next()?;
            let known = MANDATORY.iter().chain(&ACCEPTED).find(|known| **known == name);
            let fault = match (known, &node) {
                (None, _) => Some(format!("invalid LAVA metadata: {}", shown(&name))),
                (Some(_), Node::Null | Node::End) => None,
                (Some(known), Node::Text(text)) if text.len() > MAX_VALUE => {
                    Some(format!("LAVA metadata {known} is longer than {MAX_VALUE} bytes"))
                }
                (Some(known), Node::Text(text)) if text.chars().any(char::is_control) => {
                    Some(format!("LAVA metadata {known} has control characters"))
                }
                (Some(_), Node::Text(text)) if text.is_empty() || text == NOTHING => None,
                (Some(known), Node::Text(text)) => {
                    values.insert(known, text.clone().into_owned());
                    None
                }
                (Some(known), Node::Alias) => Some(format!("LAVA metadata {known} is an alias, which is not followed")),
                (Some(known), Node::List | Node::Map) => Some(format!("LAVA metadata {known} is no text")),
            };
            faults.extend(fault.filter(|_| faults.len() < MAX_FAULTS));
            nodes.skip(&node)?;
        }
    }
    Ok((values, faults))
}
