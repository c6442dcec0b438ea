//! The arguments that requests for any collection have, beside its filters.

/// What a request reads, and so which arguments it looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadKind {
    /// The documents that the arguments select.
    List,
    /// The distinct values of a field among them.
    Distinct,
    /// Their number.
    Count,
    /// One document.
    One,
}

/// What the value of an argument is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// A whole number from 0.
    Count,
    /// A number of days, whose sign does not matter.
    Days,
    /// A number of minutes, whose sign does not matter, held within [`super::MINUTES`].
    Minutes,
    /// 1 or -1.
    Direction,
    /// A day, or `null`.
    Day,
    /// The name of a member.
    Member,
    /// The name of a member, or nothing.
    MemberOrNothing,
    /// A filter's name, a comma, and a value of that filter's type.
    Bound,
}

/// An argument that is no filter of its own.
#[derive(Debug)]
pub struct CommonArgument {
    /// Its name.
    pub name: &'static str,
    /// What its value is.
    pub values: Values,
    /// Whether each value counts; else only the last does.
    pub repeatable: bool,
    /// What looks at it.
    pub readings: &'static [ReadKind],
    /// What it says.
    pub meaning: &'static str,
}

const SELECTING: &[ReadKind] = &[ReadKind::List, ReadKind::Distinct, ReadKind::Count];
const ORDERING: &[ReadKind] = &[ReadKind::List, ReadKind::Distinct];
const SHOWING: &[ReadKind] = &[ReadKind::List, ReadKind::One];

const fn once(
    name: &'static str,
    values: Values,
    readings: &'static [ReadKind],
    meaning: &'static str,
) -> CommonArgument {
    CommonArgument { name, values, repeatable: false, readings, meaning }
}

const fn many(
    name: &'static str,
    values: Values,
    readings: &'static [ReadKind],
    meaning: &'static str,
) -> CommonArgument {
    CommonArgument { name, values, repeatable: true, readings, meaning }
}

/// Every one of them.
pub const COMMON_ARGUMENTS: [CommonArgument; 12] = [
    many("gte", Values::Bound, SELECTING, "That field is not less than the value."),
    many("lt", Values::Bound, SELECTING, "That field is less than the value."),
    once("created_on", Values::Day, SELECTING, "Made on that UTC day."),
    once(
        "date_range",
        Values::Days,
        SELECTING,
        "Made in so many days before today, or before `created_on`, or on that day.",
    ),
    once("time_range", Values::Minutes, SELECTING, "Made in the last minutes, whatever the other two say."),
    many("sort", Values::Member, ORDERING, "The order, greatest first. Without it, oldest first by `created_on`."),
    once("sort_order", Values::Direction, ORDERING, "1 puts the least of the first `sort` first."),
    once("limit", Values::Count, ORDERING, "The most to be answered; 0 is no limit."),
    once("skip", Values::Count, ORDERING, "The number left out at the start."),
    many("field", Values::MemberOrNothing, SHOWING, "Answers only these members, and `_id`."),
    many("nfield", Values::MemberOrNothing, SHOWING, "Answers all members but these."),
    many(
        "aggregate",
        Values::Member,
        &[ReadKind::List],
        "Answers the first document of each group that has the same values of these members.",
    ),
];
