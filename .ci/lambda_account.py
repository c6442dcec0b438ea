"""What an account holds that the functions are deployed in: the bucket of the files, and the master key."""
import sys

import boto3

endpoint = sys.argv[1]
boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1").create_bucket(Bucket="files")
# In the region that the functions are told.
ssm = boto3.client("ssm", endpoint_url=endpoint, region_name="local")
ssm.put_parameter(Name="/kernelci/master-key", Type="SecureString", Value="example-master-key")
