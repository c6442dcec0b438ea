//! Arguments: each is evaluated exactly where the table says so.

use kernelci::{
    http::{Form, Operation, RESOURCES},
    query::{COMMON_ARGUMENTS, ReadKind, Values},
};

use crate::{
    authorization::{filled_in, offered},
    request::request,
    seeded::seeded,
};

/// An invalid value of the argument, where one exists.
fn unreadable(values: Values) -> Option<&'static str> {
    match values {
        Values::Count => Some("-1"),
        Values::Days | Values::Minutes => Some("1.5"),
        Values::Direction => Some("2"),
        Values::Day => Some("2020-02-30"),
        Values::Member => Some(""),
        Values::MemberOrNothing => None,
        Values::Bound => Some("nosuch,1"),
    }
}

/// Every operation of the manifest with its form.
fn operations() -> impl Iterator<Item = (Form, &'static Operation)> {
    let routes = RESOURCES.iter().flat_map(|resource| resource.routes);
    routes.flat_map(|route| route.operations.iter().map(|operation| (route.form, operation)))
}

/// A path of the operation.
fn path(form: Form, operation: &Operation) -> String {
    let (.., path) = offered()
        .into_iter()
        .find(|(function, _, path)| {
            let matched = kernelci::http::find(path).unwrap();
            *function == operation.endpoint.name && matched.route.form == form
        })
        .unwrap_or_else(|| panic!("no path for {operation:?}"));
    match operation.reads {
        Some((ReadKind::Count, collections)) => path.replace("/job", &format!("/{}", collections[0].name)),
        Some((ReadKind::Distinct, collections)) => {
            let field = collections[0].fields.iter().find(|field| field.distinct).unwrap();
            path.replace(&filled_in("distinct/{field}"), &format!("distinct/{}", field.name))
        }
        _ => path,
    }
}

#[tokio::test]
async fn an_argument_is_evaluated_where_the_table_says_so() {
    let machine = seeded().await;
    let mut count = 0;
    for (form, operation) in operations() {
        let name = operation.endpoint.name;
        let Some((reading, _)) = operation.reads else { continue };
        for argument in &COMMON_ARGUMENTS {
            let Some(value) = unreadable(argument.values) else { continue };
            let query = format!("job=none&kernel=none&{}={value}", argument.name);
            let status =
                request("GET", &path(form, operation)).token("tok-admin").query(&query).status(&machine.services).await;
            let is_read = argument.readings.contains(&reading);
            assert_eq!(status == 400, is_read, "{name} {form:?} {query}: {status}");
            count += 1;
        }
    }
    assert!(count > 200, "{count}");
}

#[tokio::test]
async fn a_filter_is_evaluated_where_the_field_table_says_so() {
    let machine = seeded().await;
    let (mut read, mut ignored) = (0, 0);
    for (form, operation) in operations() {
        let name = operation.endpoint.name;
        let Some((reading, [collection])) = operation.reads else { continue };
        let path = path(form, operation);
        for field in collection.fields.iter().filter(|field| field.name != "created_on") {
            // `gte` names a field, so this shows for fields of every type whether they are filters.
            let value = "zzz";
            let query = format!("job=none&kernel=none&{}={value}", field.name);
            let asked = request("GET", &path).token("tok-admin");
            let status = asked.clone().query(&query).status(&machine.services).await;
            let is_typed = kernelci::query::read_value("", field, value).is_err();
            let is_refused = reading != ReadKind::One
                && (field.filter && is_typed || field.kind == kernelci::collections::FieldKind::Secret);
            assert_eq!(status == 400, is_refused, "{name} {form:?} {query}: {status}");
            if reading != ReadKind::One && field.kind.has_order() {
                let query = format!("job=none&kernel=none&gte={},", field.name);
                let answer = asked.query(&query).serve(&machine.services).await;
                let reason = crate::request::envelope(&answer)["reason"].as_str().unwrap_or_default().to_owned();
                assert_eq!(reason.contains("needs a value"), field.filter, "{name} {query}: {reason}");
            }
            if is_refused { read += 1 } else { ignored += 1 }
        }
    }
    assert!(read > 30 && ignored > 100, "{read} {ignored}");
}

#[tokio::test]
async fn an_invalid_argument_is_refused_although_another_matches_nothing() {
    let machine = seeded().await;
    // No build matches the first filter, and no other collection has the second.
    for (path, query) in [
        ("/count", "lab_name=x&kernel_image_size=abc"),
        ("/count", "gte=lab_name,x&kernel_image_size=abc"),
        ("/count", "lab_name=x&gte=kernel_image_size,abc"),
        ("/count/job", "arch=arm&private=abc"),
        ("/count/job", "arch=arm&gte=arch,arm"),
    ] {
        let status = request("GET", path).token("tok-get").query(query).status(&machine.services).await;
        assert_eq!(status, 400, "{path}?{query}");
    }
    for (path, query) in [("/count", "lab_name=x"), ("/count", "gte=lab_name,x"), ("/count/job", "arch=arm")] {
        let status = request("GET", path).token("tok-get").query(query).status(&machine.services).await;
        assert_eq!(status, 200, "{path}?{query}");
    }
}
