"""An SMTP server on a free port of this machine: prints its address and keeps each mail, with its envelope, in a folder."""
import json
import pathlib
import socket
import sys
import time

from aiosmtpd.controller import Controller


class Keeper:
    """Refuses one address for good, and every first mail to another for now."""

    def __init__(self, folder):
        self.folder, self.count, self.greylisted = folder, 0, set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address == "nobody@example.org":
            return "550 no such mailbox"
        if address == "grey@example.org" and address not in self.greylisted:
            self.greylisted.add(address)
            return "451 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        name = self.folder / f"{self.count:03}"
        name.with_suffix(".eml").write_bytes(envelope.content)
        told = {"from": envelope.mail_from, "to": sorted(envelope.rcpt_tos)}
        name.with_suffix(".part").write_text(json.dumps(told))
        # What is there under this name is complete.
        name.with_suffix(".part").rename(name.with_suffix(".json"))
        return "250 OK"


folder = pathlib.Path(sys.argv[1])
folder.mkdir()
# The controller connects to the port that it is given, so it must be told one.
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
controller = Controller(Keeper(folder), hostname="127.0.0.1", port=port)
controller.start()
print(f"smtp://127.0.0.1:{port}", flush=True)
while True:
    time.sleep(60)
