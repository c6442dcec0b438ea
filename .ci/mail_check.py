"""Has reports sent, reads every part and header back, and looks at their pages: mail_check.py URL FOLDER [PICTURE]"""
import email
import email.policy
import html
import json
import pathlib
import re
import subprocess
import sys
import time
import urllib.request

url, work, picture = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
mails = work / "mails"
WIDTHS = (375, 1200)


def ask(path, body=None, accept="application/json"):
    headers = {"Authorization": "tok-admin", "Accept": accept, "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url + path, data, headers)) as answer:
        text = answer.read().decode()
        return json.loads(text) if accept == "application/json" else text


def wait_for(what, until):
    for _ in range(400):
        found = until()
        if found:
            return found
        time.sleep(0.05)
    sys.exit(f"{what}: it does not come")


def send(**more):
    """Asks for a report; gives its mail, as Python reads it, and its envelope."""
    before = set(mails.glob("*.json"))
    body = {"job": "mainline", "kernel": "v5.6-rc1", "git_branch": "master", "delay": 0, "format": ["txt", "html"], **more}
    ask("/send", body)
    kept = wait_for(more, lambda: set(mails.glob("*.json")) - before).pop()
    mail = email.message_from_bytes(kept.with_suffix(".eml").read_bytes(), policy=email.policy.default)
    defects = [mail.defects, *(part.defects for part in mail.walk()), *(value.defects for value in mail.values() if hasattr(value, "defects"))]
    assert not any(defects), defects
    return mail, json.loads(kept.read_text())


def people(header):
    return [(address.display_name, address.addr_spec) for address in header.addresses]


def check_mails():
    mail, envelope = send(
        report_type="build", send_to=["Dév Ünal <dev@example.org>", "second@example.org"], send_cc="\"Last, First\" <cc@example.org>",
        send_bcc="unseen@example.org", in_reply_to="<first@example.org>", subject="Bericht für " + "Jürgen ✓ " * 20 + "Ende")
    assert envelope == {"from": "bot@ci.example.org",
                        "to": ["cc@example.org", "dev@example.org", "second@example.org", "unseen@example.org"]}, envelope
    assert people(mail["From"]) == [("Kérnel CI", "bot@ci.example.org")], mail["From"]
    assert people(mail["To"]) == [("Dév Ünal", "dev@example.org"), ("", "second@example.org")], mail["To"]
    assert people(mail["Cc"]) == [("Last, First", "cc@example.org")], mail["Cc"]
    assert mail["Subject"] == "Bericht für " + "Jürgen ✓ " * 20 + "Ende", mail["Subject"]
    assert mail["In-Reply-To"] == mail["References"] == "<first@example.org>"
    assert re.fullmatch(r"<[0-9a-f]{24}\.\d+@ci\.example\.org>", mail["Message-ID"]), mail["Message-ID"]
    assert mail["Date"].datetime.isoformat().startswith("2020-04-12T10:30:"), mail["Date"]
    names = ["From", "Subject", "Date", "Message-ID", "To", "Cc", "In-Reply-To", "References", "X-Kernelci-Report-Type",
             "X-Kernelci-Tree", "X-Kernelci-Branch", "X-Kernelci-Kernel", "MIME-Version", "Content-Type"]
    assert [name for name in mail.keys() if name != "X-Peer" and name != "X-MailFrom" and name != "X-RcptTo"] == names, mail.keys()
    assert [mail[name] for name in names[8:12]] == ["build", "mainline", "master", "v5.6-rc1"]
    assert mail.get_content_type() == "multipart/alternative"
    text, page = mail.iter_parts()
    assert (text.get_content_type(), page.get_content_type()) == ("text/plain", "text/html")
    assert "drivers/x0.c:10:2: error: ‘foo0’ undeclared" in text.get_content()
    assert "‘foo0’ undeclared" in page.get_content()

    mail, _ = send(report_type="test", send_to="dev@example.org", format="txt", plan="baseline")
    assert mail.get_content_type() == "text/plain" and "line ✓" in mail.get_content()
    mail, _ = send(report_type="test", send_to="dev@example.org", format="html")
    assert mail.get_content_type() == "text/html" and "line ✓" in mail.get_content()

    # Refused for now: sent a little later.
    _, envelope = send(report_type="build", send_to="grey@example.org")
    assert envelope["to"] == ["grey@example.org"]
    # Refused for good.
    ask("/send", {"job": "mainline", "kernel": "v5.6-rc1", "git_branch": "master", "report_type": "test", "plan": "sleep",
                  "send_to": ["dev@example.org", "nobody@example.org"], "delay": 0})
    failed = wait_for("the refusal", lambda: ask("/report?job=mainline&status=ERROR")["result"])
    assert "nobody@example.org" in failed[0]["errors"][0][1] and "no such mailbox" in failed[0]["errors"][0][1], failed
    assert len(list(mails.glob("*.json"))) == 4


def chromium(*arguments):
    """One run of Chromium, which prints the page that it comes to."""
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
               f"--user-data-dir={work / 'chromium'}", *arguments]
    return subprocess.run(command, check=True, capture_output=True, timeout=120).stdout.decode()


MEASURE = """<!doctype html><meta charset="utf-8"><body style="margin: 0"><iframe style="border: 0; width: %dpx; height: 900px"
srcdoc="%s"></iframe><pre id="told"></pre><script>
const frame = document.querySelector("iframe");
frame.onload = () => {
  const page = frame.contentDocument, wide = [];
  const seen = [...page.body.querySelectorAll("*")].filter((e) => e.getClientRects().length);
  for (const e of seen) {
    const box = e.getBoundingClientRect();
    if (box.right > %d + 0.5 || box.left < 0) wide.push(e.tagName + " " + e.textContent.slice(0, 40));
  }
  const cells = seen.filter((e) => e.tagName === "TD" && e.textContent.trim() && e.getBoundingClientRect().width < 8).length;
  const size = parseFloat(getComputedStyle(page.body).fontSize);
  const told = { wide, cells, size, height: page.documentElement.scrollHeight, width: page.documentElement.scrollWidth, seen: seen.length };
  document.querySelector("#told").textContent = JSON.stringify(told);
};
</script>"""


def check_pages():
    for report in ask("/report?job=mainline&status=SENT")["result"]:
        page = ask("/report/" + report["_id"]["$oid"], accept="text/html")
        for width in WIDTHS:
            measured = work / "measure.html"
            measured.write_text(MEASURE % (width, html.escape(page), width))
            dom = chromium("--virtual-time-budget=5000", "--dump-dom", f"--window-size={width + 100},1000", measured.as_uri())
            told = json.loads(html.unescape(re.search(r'<pre id="told">(.*?)</pre>', dom, re.S).group(1)))
            where = f"{report['name']} ({report['type']}) at {width}: {told}"
            assert not told["wide"] and told["width"] <= width, where
            assert not told["cells"] and told["size"] >= 14 and told["seen"] > 40 and told["height"] > 600, where
            print(f"  {report['type']} {report['name']}: {told['seen']} elements, {told['height']} pixels high at {width}")
    if picture:
        report = ask("/report?job=mainline&type=build")["result"][0]
        page = work / "page.html"
        page.write_text(ask("/report/" + report["_id"]["$oid"], accept="text/html"))
        chromium(f"--screenshot={pathlib.Path(picture).resolve()}", "--window-size=1000,1150", page.as_uri())


check_mails()
check_pages()
print("4 mails read back, every page fits")
