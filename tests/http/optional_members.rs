//! Optional members of requests, and numbers and booleans that are sent as text.

use kernelci_tests::{ADMIN, Client, Server};
use serde_json::{Value as Json, json};

const NOW: &str = "2020-04-12T10:30:00Z";
const JSON_TYPE: [(&str, &str); 1] = [("content-type", "application/json")];

/// A boot report in the form that labs send.
fn boot() -> Json {
    json!({
        "lab_name": "lab-baylibre", "board_instance": "bbb01", "version": "1.1", "arch": "arm",
        "defconfig": "multi_v7_defconfig", "kernel": "v4.14-rc8", "git_branch": "master", "job": "example",
        "board": "am335x-boneblack", "boot_result": "PASS", "boot_time": "0.0", "boot_warnings": null,
        "boot_retries": "2", "dtb_append": "False", "dt_test": null, "fastboot": "false", "qemu": "True",
        "initrd": null, "kernel_image_size": "77", "metadata": null,
    })
}

fn group() -> Json {
    json!({
        "arch": "arm64", "build_environment": "gcc-8", "defconfig": "defconfig", "device_type": "qemu_arm64-virt",
        "git_branch": "master", "git_commit": "0123456789abcdef0123456789abcdef01234567", "job": "example",
        "kernel": "next-1", "lab_name": "lab-example", "name": "baseline",
    })
}

async fn put(client: &Client, path: &str, body: Json) -> u16 {
    client.send("PUT", path, &JSON_TYPE, body.to_string()).await.status.as_u16()
}

/// Sends `body` once per key with that key as null. Returns the refused and the accepted keys.
async fn refused_and_accepted_nulls(
    client: &Client,
    path: &str,
    body: &Json,
    keys: &[&str],
) -> (Vec<String>, Vec<String>) {
    let (mut refused, mut accepted) = (Vec::new(), Vec::new());
    for key in keys {
        let mut body = body.clone();
        body[*key] = Json::Null;
        let answer = client.post(path, &body).await;
        match answer.status.as_u16() {
            400 => refused.push((*key).to_owned()),
            200..300 => accepted.push((*key).to_owned()),
            other => panic!("{path} {key}: {other} {}", String::from_utf8_lossy(&answer.body)),
        }
    }
    (refused, accepted)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boot_report_of_a_lab_is_stored() {
    let server = Server::seeded(NOW).await;
    let lab = server.client("tok-lab-baylibre");
    let answer = lab.post("/boot", &boot()).await;
    assert_eq!(answer.status, 202, "{}", String::from_utf8_lossy(&answer.body));
    let stored = lab.get_until("/boot?job=example", |answer| answer.result().len() == 1).await.result()[0].clone();
    assert_eq!(stored["time"], json!({"$date": 0}));
    assert!(stored.get("warnings").is_none_or(Json::is_null), "{stored}");
    let members = ["dtb_append", "fastboot", "qemu", "retries", "kernel_image_size"].map(|name| stored[name].clone());
    assert_eq!(members, [json!(false), json!(false), json!(true), json!(2), json!(77)]);
    assert!(["initrd", "dt_test", "metadata"].iter().all(|name| stored.get(name).is_none()), "{stored}");
}

#[tokio::test(flavor = "multi_thread")]
async fn booleans_of_boot_reports_are_read_in_every_form() {
    let server = Server::seeded(NOW).await;
    let lab = server.client("tok-lab-baylibre");
    for (place, (given, expected)) in [
        (json!("True"), true),
        (json!("true"), true),
        (json!("1"), true),
        (json!(true), true),
        (json!("False"), false),
        (json!("false"), false),
        (json!("0"), false),
        (json!(""), false),
    ]
    .into_iter()
    .enumerate()
    {
        let mut body = boot();
        body["kernel"] = json!(format!("k{place}"));
        for name in ["fastboot", "dtb_append", "qemu"] {
            body[name] = given.clone();
        }
        assert_eq!(lab.post("/boot", &body).await.status, 202, "{given}");
        let path = format!("/boot?job=example&kernel=k{place}");
        let stored = lab.get_until(&path, |answer| answer.result().len() == 1).await.result()[0].clone();
        for name in ["fastboot", "dtb_append", "qemu"] {
            assert_eq!(stored[name], json!(expected), "{name} {given}");
        }
    }
    for (name, value, says) in [
        ("boot_time", json!("soon"), "Key 'boot_time' holds a text, not a number"),
        ("boot_time", json!(""), "Key 'boot_time' holds an empty text, not a number"),
        ("boot_time", json!("-1"), "Key 'boot_time' holds a number below 0"),
        ("boot_retries", json!("1.5"), "Key 'boot_retries' holds a text, not a whole number"),
        ("fastboot", json!("yes"), "Key 'fastboot' holds a text, not true or false"),
        ("job", json!(""), "Key 'job' holds an empty text, not a text that is not empty"),
        ("job", json!(null), "Key 'job' holds null, not a text"),
    ] {
        let mut body = boot();
        body[name] = value;
        let answer = lab.post("/boot", &body).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["errors"][0]), (400, &json!(says)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn null_is_accepted_for_optional_keys_and_refused_for_mandatory_ones() {
    use kernelci::collections::{BISECT, BOOT, BUILD, Collection, Post, TEST_CASE, TEST_GROUP};
    let server = Server::seeded(NOW).await;
    let admin = server.client(ADMIN);
    let group_id = admin.post("/test/group", &group()).await.json()["result"][0]["_id"]["$oid"].clone();
    let mut boot = boot();
    boot["lab_name"] = json!("lab-baylibre");
    let build = json!({"job": "example", "kernel": "v1", "git_branch": "b", "arch": "arm", "defconfig": "d"});
    let job = json!({"job": "next", "kernel": "next-20200203", "git_branch": "master"});
    let cases: [(&str, &Collection, Json); 5] = [
        ("/boot", &BOOT, boot),
        ("/build", &BUILD, build),
        ("/test/group", &TEST_GROUP, group()),
        ("/test/case", &TEST_CASE, json!({"name": "a", "test_group_id": group_id})),
        ("/bisect", &BISECT, json!({"type": "test", "job": "example"})),
    ];
    let of = |collection: &Collection, post: Post| -> Vec<&'static str> {
        collection.fields.iter().filter(|field| field.post == post).map(|field| field.name).collect()
    };
    for (path, collection, body) in cases {
        let mandatory = of(collection, Post::Mandatory);
        let (refused, accepted) = refused_and_accepted_nulls(&admin, path, &body, &mandatory).await;
        assert_eq!((refused.len(), accepted), (mandatory.len(), Vec::new()), "{path}");
        let optional = of(collection, Post::Accepted);
        let (refused, accepted) = refused_and_accepted_nulls(&admin, path, &body, &optional).await;
        assert_eq!((refused, accepted.len()), (Vec::new(), optional.len()), "{path}");
    }
    // The job does not exist, so the answer is 404. A null is no reason to refuse the request.
    for (key, status) in [("job", 400), ("status", 404), ("git_commit", 404)] {
        let mut body = job.clone();
        body["kernel"] = json!("no-such-kernel");
        body[key] = Json::Null;
        assert_eq!(admin.post("/job", &body).await.status.as_u16(), status, "{key}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nulls_in_objects_and_lists_are_omitted() {
    let server = Server::seeded(NOW).await;
    let admin = server.client(ADMIN);
    let mut body = group();
    body["index"] = json!("4");
    body["time"] = json!("2.5");
    body["test_cases"] = json!([{
        "name": "a", "status": null, "time": "1.5", "index": null, "created_on": null,
        "measurements": [{"name": null, "unit": null, "value": 3}], "attachments": [{"url": "u", "mime_type": null}],
    }]);
    body["sub_groups"] = json!([{"name": "inner", "test_cases": null, "sub_groups": null, "mach": null}]);
    let answer = admin.post("/test/group", &body).await;
    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
    let stored = admin.get("/test/group?job=example&parent_id=null").await.result()[0].clone();
    assert_eq!((&stored["index"], &stored["time"]), (&json!(4), &json!({"$date": 2_500})));
    let case = admin.get("/test/case?job=example").await.result()[0].clone();
    assert_eq!((&case["status"], &case["time"]), (&json!("UNKNOWN"), &json!({"$date": 1_500})));
    assert_eq!((&case["measurements"], &case["attachments"]), (&json!([{"value": 3}]), &json!([{"url": "u"}])));

    let path = format!("/test/case/{}", case["_id"]["$oid"].as_str().unwrap());
    assert_eq!(put(&admin, &path, json!({"status": "pass", "time": null, "index": "7", "name": null})).await, 200);
    let case = admin.get(&path).await.result()[0].clone();
    assert_eq!((&case["index"], &case["name"], &case["time"]), (&json!(7), &json!("a"), &json!({"$date": 1_500})));
    let path = format!("/test/group/{}", stored["_id"]["$oid"].as_str().unwrap());
    assert_eq!(put(&admin, &path, json!({"index": "9", "job": null})).await, 200);
    assert_eq!(admin.get(&path).await.result()[0]["job"], "example");

    let contact = json!({"name": "Ada", "surname": "Example", "email": "ada@example.org", "telephone": null});
    let lab = json!({"name": "lab-example", "contact": contact, "address": {"city": null, "country": "FR"},
                     "private": "False", "token": null, "version": null});
    let made = admin.post("/lab", &lab).await;
    assert_eq!(made.status, 201, "{}", String::from_utf8_lossy(&made.body));
    let stored = admin.get("/lab/lab-example").await.result()[0].clone();
    assert_eq!((&stored["address"], &stored["private"]), (&json!({"country": "FR"}), &json!(false)));
    assert!(stored["contact"].get("telephone").is_none(), "{stored}");
    assert_eq!(put(&admin, "/lab/lab-example", json!({"private": null})).await, 200);
    assert_eq!(put(&admin, "/lab/lab-example", json!({"address": null, "private": "1", "token": null})).await, 200);
    let stored = admin.get("/lab/lab-example").await.result()[0].clone();
    assert_eq!((&stored["address"], &stored["private"]), (&json!({"country": "FR"}), &json!(true)));
    let without_name = json!({"name": null, "contact": lab["contact"]});
    assert_eq!(admin.post("/lab", &without_name).await.status, 400);
    let without_surname = json!({"name": "lab-x", "contact": {"name": "A", "surname": null, "email": "e@example.org"}});
    assert_eq!(admin.post("/lab", &without_surname).await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn token_rights_are_read_in_every_form_and_an_administrator_keeps_the_right() {
    let server = Server::seeded(NOW).await;
    let admin = server.client(ADMIN);
    let made = async |body: Json| {
        let answer = admin.post("/token", &body).await;
        assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
        server.client(answer.json()["result"][0]["token"].as_str().unwrap())
    };
    let reader =
        made(json!({"email": "a@example.org", "get": "True", "post": "0", "delete": null, "username": null})).await;
    assert_eq!(reader.get("/job?limit=1").await.status, 200);
    assert_eq!(reader.post("/job", &json!({})).await.status, 403);
    let both = made(json!({"email": "a@example.org", "admin": 1, "superuser": 1})).await;
    assert_eq!(both.get("/token?limit=1").await.status, 200);
    assert_eq!(both.get("/lab?limit=1").await.status, 200);
    assert_eq!(both.post("/token", &json!({"email": "b@example.org", "get": 1})).await.status, 201);
    let id = admin.get("/token?email=b@example.org").await.result()[0]["_id"]["$oid"].clone();
    let path = format!("/token/{}", id.as_str().unwrap());
    assert_eq!(put(&admin, &path, json!({"expires_on": null, "username": "z", "expired": "true"})).await, 200);
    assert_eq!(admin.get("/token?email=b@example.org").await.result()[0]["expired"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_request_accepts_nulls() {
    let server = Server::seeded(NOW).await;
    let body = json!({
        "job": "next", "kernel": "next-1", "git_branch": "master", "report_type": "build", "send_to": ["a@example.org"],
        "subject": null, "template": null, "in_reply_to": null, "plan": null, "lab_name": null, "send_cc": null,
    });
    let answer = server.client(ADMIN).post("/send", &body).await;
    assert_eq!(answer.status, 202, "{}", String::from_utf8_lossy(&answer.body));
}
