//! Tokens: the document and the grant of its value.

use kernelci::{
    token::{Property, TokenGrant, TokenHash},
    collections::TOKEN,
    query::Selection,
    store::{Accounts, Loaded},
    time::Timestamp,
    value::{Document, Value},
};
use kernelci_tests::{document, id};
use serde_json::json;
use tokio::task::JoinSet;

use crate::{test_store::TestStore, raw};

const ONE: &str = "5e79f370f870c5da21eece01";
const TWO: &str = "5e79f370f870c5da21eece02";

fn token(own: &str, email: &str) -> Document {
    document(json!({"_id": {"$oid": own}, "email": email, "created_on": {"$date": 5}}))
}

fn grant(property: Property) -> TokenGrant {
    let mut grant = TokenGrant { addresses: vec!["10.0.0.0/8".to_owned(), "::1".to_owned()], ..TokenGrant::default() };
    grant.set(property, true);
    grant
}

#[tokio::test]
async fn a_token_is_accepted_until_it_is_deleted() {
    let fixture = TestStore::with(&[&TOKEN]).await;
    let accounts = Accounts::new(&fixture.store);
    let hash = TokenHash::of("value");
    assert_eq!(accounts.grant(&hash).await.unwrap(), None);
    assert!(accounts.create(&token(ONE, "a"), &hash, &grant(Property::Get)).await.unwrap());
    assert_eq!(accounts.grant(&hash).await.unwrap(), Some((id(ONE), grant(Property::Get))));
    assert_eq!(accounts.grant(&TokenHash::of("Value")).await.unwrap(), None);
    assert!(accounts.delete(id(ONE)).await.unwrap());
    assert!(!accounts.delete(id(ONE)).await.unwrap());
    assert_eq!(accounts.grant(&hash).await.unwrap(), None);
    assert!(raw::keys(&fixture, &TOKEN).await.iter().all(|key| key == "calendar"));
}

#[tokio::test]
async fn the_token_document_and_its_grant_change_together() {
    let fixture = TestStore::with(&[&TOKEN]).await;
    let accounts = Accounts::new(&fixture.store);
    let hash = TokenHash::of("value");
    assert!(!accounts.update(&token(ONE, "b"), &grant(Property::Admin)).await.unwrap());
    assert_eq!(accounts.grant(&hash).await.unwrap(), None);
    accounts.create(&token(ONE, "a"), &hash, &grant(Property::Get)).await.unwrap();
    let expiring =
        TokenGrant { expires_on: Some(Timestamp::from_milliseconds(-7)), expired: true, ..grant(Property::Admin) };
    assert!(accounts.update(&token(ONE, "b"), &expiring).await.unwrap());
    assert_eq!(accounts.grant(&hash).await.unwrap(), Some((id(ONE), expiring)));
    assert_eq!(accounts.get(&TOKEN, id(ONE)).await.unwrap(), Some(token(ONE, "b")));
}

#[tokio::test]
async fn a_duplicate_token_value_or_id_is_refused() {
    let fixture = TestStore::with(&[&TOKEN]).await;
    let accounts = Accounts::new(&fixture.store);
    let (hash, other) = (TokenHash::of("value"), TokenHash::of("other"));
    assert!(accounts.create(&token(ONE, "a"), &hash, &grant(Property::Get)).await.unwrap());
    assert!(!accounts.create(&token(TWO, "b"), &hash, &grant(Property::Admin)).await.unwrap());
    assert!(!accounts.create(&token(ONE, "b"), &other, &grant(Property::Admin)).await.unwrap());
    assert_eq!(accounts.grant(&hash).await.unwrap(), Some((id(ONE), grant(Property::Get))));
    assert_eq!(accounts.grant(&other).await.unwrap(), None);
    assert_eq!(accounts.list(&TOKEN, &Selection::default()).await.unwrap(), [token(ONE, "a")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_concurrent_tokens_with_one_value_one_is_created() {
    let fixture = TestStore::with(&[&TOKEN]).await;
    let mut makers = JoinSet::new();
    for number in 0..8 {
        let store = fixture.store.clone();
        let token = token(&format!("{number:024x}"), "a");
        makers.spawn(async move {
            store.create_token(&token, &TokenHash::of("value"), &grant(Property::Get)).await.unwrap()
        });
    }
    assert_eq!(makers.join_all().await.into_iter().filter(|made| *made).count(), 1);
    assert_eq!(fixture.store.count(&TOKEN, &Selection::default()).await.unwrap(), 1);
}

#[tokio::test]
async fn a_token_document_contains_neither_hash_nor_value() {
    let fixture = TestStore::with(&[&TOKEN]).await;
    let hash = TokenHash::of("value");
    fixture.store.create_token(&token(ONE, "a"), &hash, &grant(Property::Get)).await.unwrap();
    for fields in [vec![], vec!["_hash".to_owned(), "token".to_owned(), "email".to_owned()]] {
        let selection = Selection { fields, ..Selection::default() };
        let text = serde_json::to_string(&fixture.store.list(&TOKEN, &selection).await.unwrap()).unwrap();
        assert!(text.contains("email") && !text.contains(&hash.to_hex()) && !text.contains("hash"), "{text}");
    }
}

#[tokio::test]
async fn a_loaded_token_is_accepted_by_its_value() {
    let fixture = TestStore::with(&[&TOKEN]).await;
    let store = &fixture.store;
    let (hash, other) = (TokenHash::of("value"), TokenHash::of("other"));
    assert_eq!(store.load_token(&token(ONE, "a"), &hash, &grant(Property::Get)).await.unwrap(), Loaded::New);
    assert_eq!(store.load_token(&token(ONE, "b"), &hash, &grant(Property::Post)).await.unwrap(), Loaded::Updated);
    assert_eq!(store.grant(&hash).await.unwrap(), Some((id(ONE), grant(Property::Post))));
    assert_eq!(store.load_token(&token(TWO, "c"), &hash, &grant(Property::Admin)).await.unwrap(), Loaded::Refused);
    assert_eq!(store.get(&TOKEN, id(TWO)).await.unwrap(), None);
    assert_eq!(store.get(&TOKEN, id(ONE)).await.unwrap().unwrap()["email"], Value::from("b"));
    assert_eq!(store.load_token(&token(ONE, "d"), &other, &grant(Property::Get)).await.unwrap(), Loaded::Updated);
    assert_eq!(store.grant(&other).await.unwrap(), Some((id(ONE), grant(Property::Get))));
    assert_eq!(store.grant(&hash).await.unwrap(), None);
}
