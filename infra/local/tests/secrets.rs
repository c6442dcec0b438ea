//! Requests of every kind with tokens and other secrets in headers, paths and bodies. Afterwards no secret is in the
//! data folder or in the log.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

mod process;

use std::{fs::File, io::Read, path::Path, process::Command, time::Duration};

use process::{KEY, Process, arguments};
use serde_json::{Value as Json, json};

/// Secrets in bodies, in addition to the tokens that the server creates.
const IN_BODIES: [(&str, &str); 5] = [
    ("token", "callback-5f0c2c1e-9b1d"),
    ("Authorization", "Bearer header-77aa01c2-11de"),
    ("db_password", "password-0d9f2b7c"),
    ("signature", "azure-sig-4b1c9e"),
    ("amz", "9c1d5e2f7a6b8c0d1e2f"),
];

/// A token that does not exist.
const WRONG: &str = "wrong-1b7d2f80-55aa";

/// A body with secrets added: as top-level and nested members, and within texts.
fn with_secrets(mut body: Json) -> Json {
    let [token, authorization, password, signature, amz] = IN_BODIES.map(|(_, value)| value);
    let text = format!(
        "GET https://files.example.org/a?sv=1&sig={signature}&se=2 and \
         https://s3.example.org/b?X-Amz-Signature={amz}\nAuthorization: {authorization}\n\
         notify: {{callback: {{url: x, token: {token}}}}}, password=\"{password}\" {}",
        "and so on ".repeat(1_000),
    );
    for member in ["log", "boot_log", "good_summary", "subject", "description", "metadata", "checks", "attachments"] {
        match body.get(member) {
            Some(Json::String(old)) => body[member] = json!(format!("{old}{text}")),
            Some(Json::Object(_)) => {
                body[member] = json!({"text": text, "token": token, "nested": {"password": password}});
            }
            Some(Json::Array(_)) => body[member] = json!([{"url": text, "token": token}]),
            _ => {}
        }
    }
    body["token"] = json!(token);
    body["authorization"] = json!(authorization);
    body["nested"] = json!({"db_password": password, "text": text});
    body
}

fn boot(lab: &str) -> Json {
    json!({
        "version": "1.1", "lab_name": lab, "board": "board", "job": "tree", "kernel": "v1", "git_branch": "master",
        "defconfig": "defconfig", "arch": "arm64", "boot_log": "log", "metadata": {},
    })
}

fn group(lab: &str, name: &str, cases: usize) -> Json {
    let case = |place: usize| json!({"name": format!("case-{place}"), "attachments": [{"token": IN_BODIES[0].1}]});
    json!({
        "arch": "arm64", "build_environment": "gcc-8", "defconfig": "defconfig", "device_type": "qemu",
        "git_branch": "master", "git_commit": "0123456789abcdef0123456789abcdef01234567", "job": "tree",
        "kernel": "v1", "lab_name": lab, "name": name, "log": "log ",
        "test_cases": (0..cases).map(case).collect::<Vec<_>>(),
    })
}

fn inline_build() -> Json {
    json!({
        "bmeta": {
            "build": {"status": "PASS"},
            "environment": {"name": "gcc-8", "arch": "arm64", "compiler_version_full": "gcc 8"},
            "kernel": {"defconfig": "defconfig", "defconfig_full": "defconfig", "publish_path": "tree/v1"},
            "revision": {"branch": "master", "commit": "0123456789abcdef0123456789abcdef01234567", "describe": "v1",
                         "tree": "tree", "url": "https://git.example.org/tree.git"},
        },
        "steps": [{"name": "kernel", "status": "PASS", "token": IN_BODIES[0].1}],
        "artifacts": {"kernel": []},
    })
}

fn callback() -> Json {
    let metadata = [
        ("device.type", "qemu"),
        ("git.branch", "master"),
        ("git.commit", "0123456789abcdef0123456789abcdef01234567"),
        ("job.arch", "arm64"),
        ("job.build_environment", "gcc-8"),
        ("kernel.defconfig", "defconfig"),
        ("kernel.defconfig_full", "defconfig"),
        ("kernel.tree", "called"),
        ("kernel.version", "v1"),
        ("test.plan", "baseline"),
    ];
    let metadata: String = metadata.iter().map(|(name, value)| format!("  {name}: {value}\n")).collect();
    let [token, .., signature, _] = IN_BODIES.map(|(_, value)| value);
    let line = |message: &str| format!("- {{dt: '2020-04-12T10:30:00', lvl: target, msg: '{message}'}}\n");
    let named = [line(&format!("wget https://x/?a=1&sig={signature}")), line(&format!("token: {token}"))].concat();
    let log = named + &line("and so on").repeat(200);
    json!({
        "id": 1, "status": 2, "status_string": "complete", "actual_device_id": "qemu-1", "token": token,
        "definition": format!("notify:\n  callback: {{url: x, token: {token}, method: POST}}\nmetadata:\n{metadata}"),
        "results": {"lava": "- {id: 1, name: login-action, result: pass}\n", "0_token": "- {id: 2, name: a, result: pass}\n"},
        "log": log,
        "failure_comment": format!("Authorization: Token {token}"),
    })
}

/// All files below a folder, with their paths.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
    found
}

/// The decoded bytes of a base64 text, up to the first invalid character.
fn decoded(text: &[u8]) -> Vec<u8> {
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0_u32, 0);
    for letter in text {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => break,
        };
        held = (held << 6) | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((held >> bits) & 0xff).unwrap());
        }
    }
    bytes
}

/// The decompressed contents of a file that are compressed as bytes or in base64, as far as they can be read.
fn unpacked(content: &[u8]) -> Vec<Vec<u8>> {
    let starts = |magic: &'static [u8]| content.windows(magic.len()).enumerate().filter(move |(_, at)| *at == magic);
    let raw = starts(&[0x1f, 0x8b, 8]).map(|(place, _)| content[place..].to_vec());
    let encoded = starts(b"H4sI").map(|(place, _)| decoded(&content[place..]));
    let unzip = |bytes: Vec<u8>| {
        let (mut text, mut piece) = (Vec::new(), [0; 512]);
        let mut reader = flate2::read::GzDecoder::new(&*bytes);
        while let Ok(length @ 1..) = reader.read(&mut piece) {
            text.extend_from_slice(&piece[..length]);
        }
        text
    };
    raw.chain(encoded).map(unzip).filter(|text| !text.is_empty()).collect()
}

fn holds(content: &[u8], secret: &str) -> bool {
    content.windows(secret.len()).any(|part| part == secret.as_bytes())
}

#[test]
fn no_secret_is_stored_or_logged() {
    let folder = tempfile::tempdir().unwrap();
    let (data, log) = (folder.path().join("data"), folder.path().join("log"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_kernelci-local"));
    let command = command.args(arguments(&data)).env("RUST_LOG", "debug").stderr(File::create(&log).unwrap());
    let process = Process::of(command);
    let admin = process.token();
    let mut secrets: Vec<String> = vec![KEY.to_owned(), WRONG.to_owned(), admin.clone()];
    secrets.extend(IN_BODIES.iter().map(|(_, value)| value.split(' ').next_back().unwrap().to_owned()));
    let send = |token: &str, method: &str, path: &str, body: &Json| {
        let (status, answer) = process.send(token, method, path, "application/json", &body.to_string()).unwrap();
        assert!(status < 500 || status == 501, "{method} {path}: {status} {answer}");
        (status, answer)
    };
    let done = |token: &str, method: &str, path: &str, body: Json| {
        let (status, answer) = send(token, method, path, &with_secrets(body));
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    };
    let text = |answer: &Json, name: &str| answer["result"][0][name].as_str().unwrap().to_owned();

    // Tokens and labs.
    let made = text(&done(KEY, "POST", "/token", json!({"email": "b@example.org", "get": 1, "lab": 1})), "token");
    let second = text(&done(&admin, "POST", "/token", json!({"email": "c@example.org", "post": 1, "lab": 1})), "token");
    let contact = json!({"name": "a", "surname": "b", "email": "lab@example.org", "password": IN_BODIES[2].1});
    let mut lab = with_secrets(json!({"name": "lab-own", "contact": contact}));
    lab.as_object_mut().unwrap().remove("token");
    let (status, answer) = send(&admin, "POST", "/lab", &lab);
    assert_eq!(status, 201, "{answer}");
    let of_lab = text(&answer, "token");
    secrets.extend([made.clone(), second.clone(), of_lab.clone()]);
    lab["name"] = json!("lab-given");
    lab["token"] = json!(made);
    assert_eq!(send(&admin, "POST", "/lab", &lab).0, 201);
    assert_eq!(send(&admin, "PUT", "/lab/lab-given", &json!({"token": second, "private": true})).0, 200);
    for value in [&made, &admin] {
        let path = format!("/token/{value}");
        let (_, found) = send(&admin, "GET", &path, &Json::Null);
        let id = found["result"][0]["_id"]["$oid"].as_str().unwrap().to_owned();
        done(KEY, "PUT", &format!("/token/{id}"), json!({"username": "x"}));
    }

    // All requests that store documents.
    done(&admin, "POST", "/build", inline_build());
    let identity = json!({"job": "tree", "kernel": "v1", "git_branch": "master", "arch": "arm", "defconfig": "d"});
    done(&admin, "POST", "/build", identity);
    done(&of_lab, "POST", "/boot", boot("lab-own"));
    for (name, cases) in [("small", 2), ("large", 150)] {
        let answer = done(&of_lab, "POST", "/test/group", group("lab-own", name, cases));
        let id = answer["result"][0]["_id"]["$oid"].as_str().unwrap().to_owned();
        done(&of_lab, "PUT", &format!("/test/group/{id}"), json!({"index": 2}));
        let case = json!({"name": "added", "test_group_id": id, "attachments": []});
        let answer = done(&of_lab, "POST", "/test/case", case);
        let id = answer["result"][0]["_id"]["$oid"].as_str().unwrap().to_owned();
        done(&of_lab, "PUT", &format!("/test/case/{id}"), json!({"measurements": [{"name": "x"}]}));
    }
    done(&of_lab, "POST", "/callback/lava/test?lab_name=lab-own", callback());
    let report = json!({"job": "tree", "kernel": "v1", "git_branch": "master", "report_type": "build",
                        "send_to": ["a@example.org"], "delay": 0});
    done(&admin, "POST", "/send", report);
    done(
        &admin,
        "POST",
        "/bisect",
        json!({"type": "test", "job": "tree", "good_summary": "", "log": "", "checks": {}}),
    );
    done(&admin, "POST", "/batch", json!({"batch": [{"method": "GET", "resource": "job"}]}));
    let (status, answer) = process.send(&admin, "PUT", "/upload/tree/file.txt", "text/plain", "content").unwrap();
    assert_eq!(status, 201, "{answer}");
    let form = "--b\r\nContent-Disposition: form-data; name=\"path\"\r\n\r\ntree\r\n--b\r\n\
                Content-Disposition: form-data; name=\"f\"; filename=\"f.txt\"\r\n\r\nx\r\n--b--\r\n";
    let (status, answer) = process.send(&admin, "POST", "/upload", "multipart/form-data; boundary=b", form).unwrap();
    assert_eq!(status, 200, "{answer}");
    // Requests that are refused, because of the token or the contents.
    for path in ["/job", "/build", "/boot", "/test/group", "/test/case", "/send", "/bisect", "/batch", "/token", "/lab"]
    {
        for token in [WRONG.to_owned(), format!("Bearer {WRONG}"), format!("Bearer {admin}"), admin.clone()] {
            send(&token, "POST", path, &with_secrets(json!({"job": 5})));
            send(&token, "GET", &format!("{path}?limit=1&job={WRONG}&token={WRONG}"), &Json::Null);
        }
    }
    send(&admin, "GET", &format!("/token/{WRONG}"), &Json::Null);
    send(&of_lab, "POST", "/callback/lava/test?lab_name=lab-given", &with_secrets(callback()));

    for path in ["/boot?job=tree", "/build?job=tree", "/test/case?job=called"] {
        let found = (0..300).any(|_| {
            std::thread::sleep(Duration::from_millis(50));
            !process.result(&admin, path).is_empty()
        });
        assert!(found, "{path}");
    }
    // Suites keep their names.
    let cases = process.result(&admin, "/test/case?job=called&field=test_case_path");
    assert!(cases.iter().any(|case| case["test_case_path"] == "baseline.token.a"), "{cases:?}");
    // Files next to the store's file are searched too, in the state of the running process.
    let mut contents = files(&data);
    process.kill();
    contents.push(("the log".to_owned(), std::fs::read(&log).unwrap()));
    assert!(contents.last().is_some_and(|(_, log)| holds(log, "request")), "nothing is logged");
    let packed: Vec<(String, Vec<u8>)> = contents
        .iter()
        .flat_map(|(path, content)| unpacked(content).into_iter().map(move |text| (format!("packed in {path}"), text)))
        .collect();
    assert!(packed.iter().any(|(_, text)| holds(text, "and so on")), "no compressed text was found");
    let mut found = Vec::new();
    for secret in &secrets {
        let with = contents.iter().chain(&packed).filter(|(path, content)| {
            let is_its_file = secret == KEY && path.ends_with("master-key");
            !is_its_file && holds(content, secret)
        });
        found.extend(with.map(|(path, _)| format!("{secret} in {path}")));
    }
    assert!(found.is_empty(), "{found:#?}");
}
