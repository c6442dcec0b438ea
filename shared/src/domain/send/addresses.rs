//! The recipients of a request.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use super::kind::ReportKind;
use crate::{error::Error, mail::Address, query::shown};

/// The maximum of addresses of one mail: the limit of SES.
pub(super) const MAX_ADDRESSES: usize = 50;

/// The recipients of a mail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recipients {
    /// `To`.
    pub to: Vec<Address>,
    /// `Cc`.
    pub cc: Vec<Address>,
    /// `Bcc`.
    pub bcc: Vec<Address>,
    /// Keys whose values are no text, with the values as sent.
    pub unreadable: Vec<String>,
}

impl Recipients {
    /// Whether the request names recipients. Where none of them can be read, the report gets an error when it is due.
    pub fn is_named(&self) -> bool {
        !(self.to.is_empty() && self.cc.is_empty() && self.bcc.is_empty() && self.unreadable.is_empty())
    }

    /// The count of addresses.
    pub fn count(&self) -> usize {
        self.to.len() + self.cc.len() + self.bcc.len()
    }

    /// Reads the recipients of a report, from the keys for all reports and those for this one.
    ///
    /// # Errors
    /// A value is no address, or there are too many.
    pub(super) fn read(kind: ReportKind, members: &Map<String, Json>) -> Result<Self, Error> {
        let (mut recipients, mut errors) = (Self::default(), Vec::new());
        for (key, place) in
            [("send_to", &mut recipients.to), ("send_cc", &mut recipients.cc), ("send_bcc", &mut recipients.bcc)]
        {
            for key in [key.to_owned(), format!("{}_{key}", kind.name())] {
                read(&key, members.get(&key), place, &mut recipients.unreadable, &mut errors);
            }
        }
        if !errors.is_empty() {
            return Err(Error::InvalidJson(errors));
        }
        // An address that is named twice gets one mail.
        let mut seen = BTreeSet::new();
        for list in [&mut recipients.to, &mut recipients.cc, &mut recipients.bcc] {
            list.retain(|address| seen.insert(address.bare()));
        }
        if recipients.count() > MAX_ADDRESSES {
            return Err(Error::InvalidJson(vec![format!("There are more than {MAX_ADDRESSES} addresses")]));
        }
        Ok(recipients)
    }
}

fn read(
    key: &str,
    given: Option<&Json>,
    addresses: &mut Vec<Address>,
    unreadable: &mut Vec<String>,
    errors: &mut Vec<String>,
) {
    let list = match given {
        None | Some(Json::Null) => return,
        Some(Json::Array(list)) => list.as_slice(),
        Some(Json::String(text)) if !text.is_empty() => std::slice::from_ref(given.unwrap_or(&Json::Null)),
        // Clients of the original are answered 202.
        Some(other) => return unreadable.push(format!("{key}: {}", shown(&other.to_string()))),
    };
    for address in list {
        let parsed = address.as_str().map(Address::parse);
        match parsed {
            Some(Ok(address)) => addresses.push(address),
            Some(Err(wrong)) => {
                errors.push(format!("Key '{key}': '{}' {wrong}", shown(address.as_str().unwrap_or_default())));
            }
            None => errors.push(format!("Key '{key}': {} is no text", shown(&address.to_string()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(kind: ReportKind, body: Json) -> Result<Recipients, Error> {
        let Json::Object(members) = body else { panic!("{body}") };
        Recipients::read(kind, &members)
    }

    fn texts(addresses: &[Address]) -> Vec<String> {
        addresses.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn keys_of_one_report_are_for_it_alone() {
        let body = json!({"send_to": "a@example.org", "build_send_to": ["b@example.org"], "boot_send_cc": "c@example.org",
                          "send_bcc": ["D <d@example.org>"]});
        let build = of(ReportKind::Build, body.clone()).unwrap();
        assert_eq!(
            (texts(&build.to), texts(&build.cc)),
            (vec!["a@example.org".to_owned(), "b@example.org".to_owned()], vec![])
        );
        assert_eq!(texts(&build.bcc), ["D <d@example.org>"]);
        let boot = of(ReportKind::Boot, body).unwrap();
        assert_eq!(
            (texts(&boot.to), texts(&boot.cc)),
            (vec!["a@example.org".to_owned()], vec!["c@example.org".to_owned()])
        );
    }

    #[test]
    fn who_is_named_twice_gets_one_mail() {
        let recipients = of(
            ReportKind::Test,
            json!({"send_to": ["a@example.org", "A <a@example.org>"], "send_cc": "a@example.org", "send_bcc": "b@example.org"}),
        );
        assert_eq!(recipients.unwrap().count(), 2);
    }

    #[test]
    fn every_wrong_address_is_named() {
        let wrong =
            of(ReportKind::Build, json!({"send_to": ["a@example.org", "nosuch", 5], "send_cc": "ü@example.org"}));
        let Err(Error::InvalidJson(errors)) = wrong else { panic!("{wrong:?}") };
        assert_eq!(errors.len(), 3, "{errors:?}");
        assert!(errors[0].starts_with("Key 'send_to': 'nosuch' is no mail address"), "{errors:?}");
        assert!(errors[1].contains("5 is no text") && errors[2].contains("'ü@example.org'"), "{errors:?}");
        let many: Vec<String> = (0..=MAX_ADDRESSES).map(|nth| format!("a{nth}@example.org")).collect();
        assert!(of(ReportKind::Build, json!({"send_to": many[1..]})).is_ok());
        assert!(of(ReportKind::Build, json!({"send_to": many})).is_err());
    }

    #[test]
    fn nobody_and_nothing_readable_are_not_the_same() {
        for body in
            [json!({}), json!({"send_to": null}), json!({"send_to": []}), json!({"boot_send_to": "a@example.org"})]
        {
            assert!(!of(ReportKind::Build, body.clone()).unwrap().is_named(), "{body}");
        }
        for body in [json!({"send_to": ""}), json!({"send_to": 5}), json!({"send_to": {}})] {
            let recipients = of(ReportKind::Build, body.clone()).unwrap();
            assert!(recipients.is_named() && recipients.count() == 0, "{body}");
        }
    }
}
