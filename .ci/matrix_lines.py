"""Prints a pattern for the ids of the recorded lines whose resource exists."""
import json
import re
import sys

EXISTING = re.compile(r"/(jobs?|bisects?|builds?|boots?|batch|callback|labs?|reports?|send|tests?|tokens?|upload|version|counts?|statistics)\b")

with open(sys.argv[1], encoding="utf-8") as lines:
    ids = [line["id"] for line in map(json.loads, lines) if EXISTING.match(line["path"])]
print("^(?:" + "|".join(ids) + ")$")
