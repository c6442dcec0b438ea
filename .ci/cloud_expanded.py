"""Expands a template with SAM and counts what CloudFormation and API Gateway get, as the test `stack` of tests/drift
does by rules of its own: cloud_expanded.py TEMPLATE"""
import pathlib
import sys
from unittest import mock

from samcli.yamlhelper import yaml_parse
from samtranslator.translator.transform import transform

parsed = yaml_parse(pathlib.Path(sys.argv[1]).read_text())
for resource in parsed["Resources"].values():
    if resource["Type"] == "AWS::Serverless::Function":
        # SAM wants code that was uploaded.
        resource["Properties"]["CodeUri"] = "s3://bucket/key"
expanded = transform(parsed, {}, mock.Mock(load=dict))["Resources"]
apis = [resource["Properties"]["Body"] for resource in expanded.values() if resource["Type"] == "AWS::ApiGatewayV2::Api"]
routes = [(method, path) for api in apis for path, item in api["paths"].items() for method in item]
print(f"{len(expanded)} resources of 500, {len(routes)} routes of 300")
if len(expanded) >= 400 or len(routes) >= 250:
    sys.exit("more than 400 resources or 250 routes")
if refused := [route for route in routes if route[1].endswith("/")]:
    sys.exit(f"API Gateway takes no route that ends in a slash: {refused}")
