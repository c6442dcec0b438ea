//! Labs and their tokens.

use kernelci_tests::{ADMIN, MASTER_KEY, Server};
use serde_json::{Value as Json, json};

const NOW: &str = "2020-04-12T10:30:00Z";

fn lab(name: &str) -> Json {
    json!({"name": name, "contact": {"name": "Ada", "surname": "Example", "email": "ada@example.org"}})
}

/// The token with the given id, as administrators see it.
async fn token(server: &Server, id: &Json) -> Json {
    let found = server.client(MASTER_KEY).get(&format!("/token?_id={}", id["$oid"].as_str().unwrap())).await;
    found.result()[0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lab_token_is_accepted_until_the_lab_is_deleted() {
    let server = Server::seeded(NOW).await;
    let admin = server.client(ADMIN);
    let made = admin.post("/lab", &lab("lab-example")).await;
    assert_eq!(made.status, 201);
    let made = made.json()["result"][0].clone();
    let value = made["token"].as_str().unwrap().to_owned();
    let own = server.client(&value);
    assert_eq!(own.get("/job?limit=1").await.status, 200);
    assert_eq!(own.get("/lab").await.status, 403);

    let stored = admin.get("/lab/lab-example").await.result()[0].clone();
    assert_eq!(stored["_id"], made["_id"]);
    assert_eq!(stored["address"], json!({}));
    let its_token = token(&server, &stored["token"]).await;
    assert_eq!((&its_token["email"], &its_token["expired"]), (&json!("ada@example.org"), &json!(false)));
    assert!(!admin.get("/lab").await.json().to_string().contains(&value), "the token's value is shown");

    assert_eq!(admin.send("DELETE", "/lab/lab-example", &[("authorization", ADMIN)], "").await.status, 200);
    assert_eq!(own.get("/job?limit=1").await.status, 403);
    assert_eq!(token(&server, &stored["token"]).await["expired"], json!(true));
    assert_eq!(admin.get("/lab/lab-example").await.status, 404);
    assert_eq!(admin.post("/lab", &lab("lab-example")).await.status, 201, "the name can be used again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_token_expires_and_a_new_address_applies_to_the_token() {
    let server = Server::seeded(NOW).await;
    let admin = server.client(ADMIN);
    let before = admin.get("/lab/lab-broonie").await.result()[0].clone();
    let changes = json!({"token": "tok-all", "contact": {"name": "x", "surname": "y", "email": "z@example.org"}});
    let headers = [("authorization", ADMIN), ("content-type", "application/json")];
    assert_eq!(admin.send("PUT", "/lab/lab-broonie", &headers, changes.to_string()).await.status, 200);
    let old = token(&server, &before["token"]).await;
    assert_eq!((&old["expired"], &old["email"]), (&json!(true), &json!("z@example.org")));
    assert_eq!(server.client("tok-lab-broonie").get("/job?limit=1").await.status, 403);
    let after = admin.get("/lab/lab-broonie").await.result()[0].clone();
    assert_eq!(after["token"], json!({"$oid": "5e60a572f3fc5f66021adbf2"}));
    assert_eq!(token(&server, &after["token"]).await["expired"], json!(false));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_concurrent_labs_with_one_name_one_is_created() {
    let server = Server::seeded(NOW).await;
    let (one, two) = (server.client(ADMIN), server.client(ADMIN));
    let body = lab("lab-twice");
    let (first, second) = tokio::join!(one.post("/lab", &body), two.post("/lab", &body));
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 400]);
    assert_eq!(one.get("/lab?name=lab-twice").await.result().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_former_name_of_a_renamed_lab_can_be_reused() {
    let server = Server::seeded(NOW).await;
    let admin = server.client(ADMIN);
    assert_eq!(admin.post("/lab", &lab("lab-old")).await.status, 201);
    let headers = [("authorization", ADMIN), ("content-type", "application/json")];
    assert_eq!(admin.send("PUT", "/lab/lab-old", &headers, r#"{"name": "lab-new"}"#).await.status, 200);
    assert_eq!(admin.post("/lab", &lab("lab-new")).await.status, 400);
    assert_eq!(admin.post("/lab", &lab("lab-old")).await.status, 201);
    assert_ne!(admin.get("/lab/lab-old").await.result()[0]["_id"], admin.get("/lab/lab-new").await.result()[0]["_id"]);
}

/// Changes a lab and returns the status.
async fn put(server: &Server, path: &str, body: Json) -> u16 {
    let headers = [("content-type", "application/json")];
    server.client(ADMIN).send("PUT", path, &headers, body.to_string()).await.status.as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_not_created_for_the_lab_is_kept_when_the_lab_is_deleted() {
    let server = Server::seeded(NOW).await;
    let admin = server.client(ADMIN);
    // An administrator's token that is assigned to the lab for a while, also one that has the lab right.
    let both = json!({"email": "b@example.org", "admin": 1, "lab": 1});
    let both = admin.post("/token", &both).await.json()["result"][0]["token"].as_str().unwrap().to_owned();
    for token in [ADMIN, &both, "tok-superuser"] {
        let mut body = lab("lab-example");
        body["token"] = json!(token);
        assert_eq!(admin.post("/lab", &body).await.status, 201);
        let contact = json!({"name": "x", "surname": "y", "email": "new@example.org"});
        let given = json!({"token": "tok-testlab", "contact": contact});
        assert_eq!(put(&server, "/lab/lab-example", given).await, 200);
        assert_eq!(server.client(token).get("/job?limit=1").await.status, 200, "{token}");
        assert_eq!(put(&server, "/lab/lab-example", json!({"token": token})).await, 200);
        assert_eq!(admin.send("DELETE", "/lab/lab-example", &[], "").await.status, 200);
        assert_eq!(server.client(token).get("/job?limit=1").await.status, 200, "{token}");
    }
    assert_eq!(admin.get("/token?email=admin@example.org").await.result().len(), 1, "it keeps its address");

    // A token that two labs share.
    let mut body = lab("lab-example");
    body["token"] = json!("tok-lab-broonie");
    assert_eq!(admin.post("/lab", &body).await.status, 201);
    assert_eq!(put(&server, "/lab/lab-example", json!({"token": "tok-all"})).await, 200);
    assert_eq!(server.client("tok-lab-broonie").get("/job?limit=1").await.status, 200);
    assert_eq!(put(&server, "/lab/lab-broonie", json!({"token": "tok-testlab"})).await, 200);
    assert_eq!(server.client("tok-lab-broonie").get("/job?limit=1").await.status, 403);
}
