"""Prints the seed documents of the tests that have no sample data of their own, but those with values of other types."""
import json
import sys

SAMPLED = {"job", "build", "error_logs", "errors_summary"}

with open(sys.argv[1], encoding="utf-8") as file:
    seed = json.load(file)
typed = {name: documents for name, documents in seed.items() if name not in SAMPLED}
typed["test_case"] = [case for case in typed["test_case"] if not isinstance(case.get("index"), str)]
json.dump(typed, sys.stdout)
