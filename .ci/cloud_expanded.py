"""Expands a template with SAM and counts what CloudFormation and API Gateway get: cloud_expanded.py TEMPLATE RESOURCES ROUTES"""
import pathlib
import sys
from unittest import mock

from samcli.yamlhelper import yaml_parse
from samtranslator.translator.transform import transform

template, *expected = sys.argv[1:]
parsed = yaml_parse(pathlib.Path(template).read_text())
for resource in parsed["Resources"].values():
    if resource["Type"] == "AWS::Serverless::Function":
        # SAM wants code that was uploaded.
        resource["Properties"]["CodeUri"] = "s3://bucket/key"
expanded = transform(parsed, {}, mock.Mock(load=dict))["Resources"]
apis = [resource for resource in expanded.values() if resource["Type"] == "AWS::ApiGatewayV2::Api"]
counted = [len(expanded), sum(len(item) for api in apis for item in api["Properties"]["Body"]["paths"].values())]
if counted != [int(number) for number in expected]:
    sys.exit(f"resources and routes: {counted}, expected {expected}")
print(f"{counted[0]} resources of 500, {counted[1]} routes of 300")
