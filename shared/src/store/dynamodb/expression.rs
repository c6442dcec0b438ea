//! The text of expressions, with a placeholder for every name and value. It is made here and nowhere else, last.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue as SdkValue;

use super::sdk::value_to_sdk;
use crate::{
    collections::Collection,
    query::{Condition, Filter},
    store::{
        engine::{AttributeValue, UpdateAction, WriteCondition},
        item::{attribute, kind},
        keys::ID,
    },
    value::Value,
};

/// The names and values that the expressions of one request speak of, numbered in the order of their first use.
#[derive(Debug, Default)]
pub(super) struct Emitter {
    names: Vec<String>,
    values: Vec<AttributeValue>,
}

/// The most operands of an `IN`.
const MAX_OPERANDS: usize = 100;

impl Emitter {
    /// The condition on the partition key and, with bounds, on the sort key: from the first to before the second.
    pub(super) fn key(&mut self, partition: (&str, &str), order: Option<(&str, (String, String))>) -> String {
        let name = self.name(partition.0);
        let value = self.value(AttributeValue::S(partition.1.to_owned()));
        let Some((attribute, (from, below))) = order else { return format!("{name} = {value}") };
        let order = self.name(attribute);
        let from = self.value(AttributeValue::S(from));
        // BETWEEN takes its second bound in; no sort key equals a bound, since bounds end before the `_id`.
        let below = self.value(AttributeValue::S(below));
        format!("{name} = {value} AND {order} BETWEEN {from} AND {below}")
    }

    /// The conditions of a filter on what a query has read; `None` where there are none.
    pub(super) fn filter(&mut self, collection: &Collection, filter: &Filter) -> Option<String> {
        let parts: Vec<String> =
            filter.conditions.iter().map(|condition| self.condition(collection, condition)).collect();
        (!parts.is_empty()).then(|| parts.join(" AND "))
    }

    fn condition(&mut self, collection: &Collection, condition: &Condition) -> String {
        let member = condition.member();
        let kind = kind(collection, member);
        let name = self.name(member);
        let mut operand = |value: &Value| self.value(attribute(kind, value));
        match condition {
            Condition::OneOf { values, lists, null, .. } => {
                let operands: Vec<String> = values.iter().map(&mut operand).collect();
                let mut parts: Vec<String> =
                    operands.chunks(MAX_OPERANDS).map(|some| format!("{name} IN ({})", some.join(", "))).collect();
                if *lists && !operands.is_empty() {
                    let list = self.value(AttributeValue::S("L".to_owned()));
                    let contained: Vec<String> =
                        operands.iter().map(|operand| format!("contains({name}, {operand})")).collect();
                    parts.push(format!("(attribute_type({name}, {list}) AND ({}))", contained.join(" OR ")));
                }
                if *null {
                    let nothing = self.value(AttributeValue::S("NULL".to_owned()));
                    parts.push(format!("attribute_not_exists({name}) OR attribute_type({name}, {nothing})"));
                }
                format!("({})", parts.join(" OR "))
            }
            Condition::Range { from, below, .. } => {
                let mut parts = Vec::new();
                for (operator, bound) in [(">=", from), ("<", below)] {
                    if let Some(value) = bound {
                        parts.push(format!("{name} {operator} {}", operand(value)));
                    }
                }
                parts.join(" AND ")
            }
        }
    }

    /// The members to be returned.
    pub(super) fn projection<'a>(&mut self, members: impl IntoIterator<Item = &'a str>) -> String {
        let names: Vec<String> = members.into_iter().map(|member| self.name(member)).collect();
        names.join(", ")
    }

    /// What a write demands.
    pub(super) fn demand(&mut self, demand: &WriteCondition) -> String {
        match demand {
            WriteCondition::NoItem => format!("attribute_not_exists({})", self.name(ID)),
            WriteCondition::AnItem => format!("attribute_exists({})", self.name(ID)),
            WriteCondition::Has(attribute) => format!("attribute_exists({})", self.name(attribute)),
            WriteCondition::HasNot(attribute) => format!("attribute_not_exists({})", self.name(attribute)),
            WriteCondition::Is(attribute, value) => format!("{} = {}", self.name(attribute), self.value(value.clone())),
            WriteCondition::Less(attribute, value) => {
                format!("{} < {}", self.name(attribute), self.value(value.clone()))
            }
            WriteCondition::All(demands) => self.joined(demands, " AND "),
            WriteCondition::Any(demands) => self.joined(demands, " OR "),
        }
    }

    fn joined(&mut self, demands: &[WriteCondition], operator: &str) -> String {
        // DynamoDB refuses parentheses around parentheses.
        if let [one] = demands {
            return self.demand(one);
        }
        let texts: Vec<String> = demands.iter().map(|demand| self.demand(demand)).collect();
        format!("({})", texts.join(operator))
    }

    /// The steps of an update.
    pub(super) fn update(&mut self, steps: &[UpdateAction]) -> String {
        let (mut set, mut remove, mut add) = (Vec::new(), Vec::new(), Vec::new());
        for step in steps {
            match step {
                UpdateAction::Set(name, value) => {
                    set.push(format!("{} = {}", self.name(name), self.value(value.clone())));
                }
                UpdateAction::Remove(name) => remove.push(self.name(name)),
                UpdateAction::Add(name, value) => {
                    add.push(format!("{} {}", self.name(name), self.value(value.clone())));
                }
            }
        }
        let clauses = [("SET", set), ("REMOVE", remove), ("ADD", add)];
        let texts = clauses.iter().filter(|(_, steps)| !steps.is_empty());
        texts.map(|(word, steps)| format!("{word} {}", steps.join(", "))).collect::<Vec<_>>().join(" ")
    }

    fn name(&mut self, name: &str) -> String {
        let place = self.names.iter().position(|other| other == name).unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        });
        format!("#n{place}")
    }

    fn value(&mut self, value: AttributeValue) -> String {
        self.values.push(value);
        format!(":v{}", self.values.len() - 1)
    }

    /// The names behind the placeholders, as requests take them; `None` where there are none.
    pub(super) fn names(&self) -> Option<HashMap<String, String>> {
        let names: HashMap<_, _> =
            self.names.iter().enumerate().map(|(place, name)| (format!("#n{place}"), name.clone())).collect();
        (!names.is_empty()).then_some(names)
    }

    /// The values behind the placeholders, as requests take them; `None` where there are none.
    pub(super) fn values(&self) -> Option<HashMap<String, SdkValue>> {
        let values: HashMap<_, _> =
            self.values.iter().enumerate().map(|(place, value)| (format!(":v{place}"), value_to_sdk(value))).collect();
        (!values.is_empty()).then_some(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        collections::{BUILD, JOB},
        query::Arguments,
        time::Timestamp,
    };

    fn filter_text(collection: &'static Collection, query: &str) -> (Option<String>, Emitter) {
        let arguments = Arguments::parse(query).unwrap();
        let filter = Filter::read(collection, &arguments, Timestamp::from_milliseconds(0)).unwrap();
        let mut emitter = Emitter::default();
        (emitter.filter(collection, &filter), emitter)
    }

    #[test]
    fn names_and_values_are_placeholders_in_order() {
        let (text, emitter) = filter_text(&JOB, "status=PASS&status=FAIL&private=null&git_branch=master");
        assert_eq!(
            text.unwrap(),
            "(#n0 IN (:v0)) AND (attribute_not_exists(#n1) OR attribute_type(#n1, :v1)) AND (#n2 IN (:v2, :v3))"
        );
        let names = emitter.names().unwrap();
        assert_eq!(names.get("#n0").unwrap(), "git_branch");
        assert_eq!(names.get("#n2").unwrap(), "status");
        assert_eq!(emitter.values().unwrap().get(":v3").unwrap(), &SdkValue::S("FAIL".to_owned()));
    }

    #[test]
    fn bounds_of_one_field_stand_together() {
        let (text, emitter) = filter_text(&BUILD, "gte=warnings,2&lt=warnings,5&gte=warnings,3");
        assert_eq!(text.unwrap(), "#n0 >= :v0 AND #n0 < :v1");
        assert_eq!(emitter.values().unwrap().get(":v0").unwrap(), &SdkValue::N("3".to_owned()));
    }

    #[test]
    fn no_text_of_the_caller_is_in_an_expression() {
        let (text, _) = filter_text(&JOB, "git_branch=x)%20OR%20attribute_exists(%23n0");
        assert_eq!(text.unwrap(), "(#n0 IN (:v0))");
    }

    #[test]
    fn no_parentheses_stand_around_one_condition() {
        let has = || WriteCondition::Has("a");
        let mut emitter = Emitter::default();
        let nested = WriteCondition::Any(vec![WriteCondition::All(vec![WriteCondition::Any(vec![
            has(),
            WriteCondition::NoItem,
        ])])]);
        assert_eq!(emitter.demand(&nested), "(attribute_exists(#n0) OR attribute_not_exists(#n1))");
        assert_eq!(
            emitter.demand(&WriteCondition::All(vec![WriteCondition::Any(vec![has()])])),
            "attribute_exists(#n0)"
        );
    }

    #[test]
    fn an_update_groups_its_steps() {
        let mut emitter = Emitter::default();
        let steps = [
            UpdateAction::Set("a".to_owned(), AttributeValue::Null),
            UpdateAction::Remove("b".to_owned()),
            UpdateAction::Set("c".to_owned(), AttributeValue::Null),
        ];
        assert_eq!(emitter.update(&steps), "SET #n0 = :v0, #n2 = :v1 REMOVE #n1");
    }
}
