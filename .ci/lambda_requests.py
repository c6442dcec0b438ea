"""Asks the functions under `cargo lambda watch` and the local server the same, and invokes every event file:
lambda_requests.py WATCH_PORT LOCAL_PORT"""
import base64
import gzip
import http.client
import json
import pathlib
import subprocess
import sys
import time

WATCH, LOCAL = (int(port) for port in sys.argv[1:])
BUILD = json.loads(json.loads(pathlib.Path("events/build-post/inline-build.json").read_text())["body"])
REVISION = BUILD["bmeta"]["revision"]
BUILT = "/build?job={tree}&kernel={describe}".format(**REVISION)

# Method, path, token, body.
REQUESTS = [
    ("GET", "/version", None, None),
    ("GET", "/job?limit=3&sort=created_on", None, None),
    ("GET", "/job?limit=3&sort=created_on", "tok-nobody-has", None),
    ("GET", "/job?limit=3&sort=created_on", "tok-get", None),
    ("GET", "/jobs/?job=mainline&field=job&field=kernel", "tok-get", None),
    ("GET", "/job/5e79f370f870c5da21eece6d", "tok-get", None),
    ("GET", "/tests/?limit=2&sort=created_on", "tok-get", None),
    ("GET", "/test/regression/?limit=2&sort=created_on", "tok-get", None),
    ("POST", "/test/regression/x", "tok-admin", {}),
    ("GET", "/job/distinct/job", "tok-get", None),
    ("GET", "/job?limit=abc", "tok-get", None),
    ("GET", "/build?gte=warnings,1&lt=warnings,10&sort=created_on&limit=5", "tok-get", None),
    ("GET", "/count", "tok-get", None),
    ("GET", "/token?sort=created_on", "tok-admin", None),
    ("GET", "/token?sort=created_on", "example-master-key", None),
    ("GET", "/token?sort=created_on", "another-key", None),
    ("GET", "/job", "example-master-key", None),
    ("PUT", "/job", "tok-admin", {}),
    ("PATCH", "/job", "tok-admin", {}),
    ("GET", "/nosuch", "tok-admin", None),
    ("GET", "/", None, None),
    ("POST", "/job", "tok-get", {"job": "x"}),
    ("POST", "/job", "tok-post", {"job": "mainline"}),
    ("POST", "/build", "tok-post", BUILD),
]
# What a schedule starts answers no request.
SCHEDULED = {"cleanup", "statistics-writer"}
# What differs from process to process.
PASSING = {"date", "x-request-id", "content-length", "connection", "keep-alive", "transfer-encoding"}


def ask(port, method, path, token, body):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    headers = {"Accept-Encoding": "gzip"}
    if token:
        headers["Authorization"] = token
    if body is not None:
        headers["Content-Type"], body = "application/json", json.dumps(body)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    text = answer.read()
    if answer.headers.get("Content-Encoding") == "gzip":
        text = gzip.decompress(text)
    # cargo-lambda answers cross-origin requests itself, beside the functions.
    own = {name.lower(): value for name, value in answer.headers.items() if not name.lower().startswith("access-control-")}
    kept = {name: value for name, value in own.items() if name not in PASSING and name not in ("vary", "lambda-runtime-aws-request-id")}
    return answer.status, kept, json.loads(text) if text else None


def compare(*request):
    watched, local = ask(WATCH, *request), ask(LOCAL, *request)
    shown = "{} {} as {}".format(*request)
    if watched != local:
        sys.exit(f"{shown}:\n  under cargo-lambda {watched}\n  local server       {local}")
    print(f"  {watched[0]} {shown}")


def invoke(function, event):
    command = ["cargo", "lambda", "invoke", function, "--data-file", str(event), "--invoke-address", "127.0.0.1"]
    done = subprocess.run([*command, "--invoke-port", str(WATCH)], capture_output=True, text=True, timeout=600)
    # An input of a schedule that names no rule is an error of the function, and no other event is one.
    is_refused = function in SCHEDULED and event.stem.startswith("no-")
    if bool(done.returncode) != is_refused:
        sys.exit(f"{event}: {done.stderr}{done.stdout}")
    return {} if is_refused else json.loads(done.stdout)


def check(event, answer):
    if "batchItemFailures" in answer:
        assert answer == {"batchItemFailures": []}, f"{event}: {answer}"
        return
    if event.parent.name in SCHEDULED:
        assert "errorMessage" not in answer, f"{event}: {answer}"
        return
    status, body = answer["statusCode"], answer.get("body") or ""
    if answer.get("isBase64Encoded"):
        body = gzip.decompress(base64.b64decode(body))
    assert status < 500 or status == 501, f"{event}: {answer}"
    answered = json.loads(body) if body else {}
    # The description is answered as it is, without the envelope.
    assert not body or "openapi" in answered or answered["code"] == status, f"{event}: {answer}"


def wait_for_build():
    """The build that was accepted is imported by the worker, which the stream would start."""
    for _ in range(100):
        answers = [ask(port, "GET", BUILT, "tok-get", None)[2]["result"] for port in (WATCH, LOCAL)]
        if all(answers):
            names = ["_id", "job_id", "status", "arch", "defconfig_full", "git_commit", "build_environment"]
            watched, local = ([{name: build.get(name) for name in names} for build in builds] for builds in answers)
            assert watched == local, f"{watched}\n{local}"
            return
        time.sleep(0.1)
    sys.exit("the build that was accepted does not appear")


for request in REQUESTS:
    compare(*request)
schedule = pathlib.Path("events/task-worker/schedule.json")
check(schedule, invoke("task-worker", schedule))
wait_for_build()
# What deletes comes last, so that the others find what they are about.
deletes = lambda folder: folder.name.endswith("-delete") or folder.name == "cleanup"
functions = sorted(pathlib.Path("events").iterdir(), key=lambda folder: (deletes(folder), folder.name))
events = [(folder.name, event) for folder in functions for event in sorted(folder.iterdir())]
for function, event in events:
    check(event, invoke(function, event))
print(f"{len(REQUESTS)} requests answered alike, {len(events)} events of {len(functions)} functions invoked")
