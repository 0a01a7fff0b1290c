"""Packages infra/template.yaml and deploys it, as ``sam package`` and ``sam deploy`` would."""

import io
import json
import platform
import zipfile
from collections.abc import Mapping
from pathlib import Path

from samtranslator.yaml_helper import yaml_parse

from warden_local import paths
from warden_local.local_aws import REGION, LocalAws
from warden_local.problem import Problem
from warden_local.waiting import wait_until

STACK = "ses-warden"
BUCKET = "ses-warden-packages"
FUNCTIONS = ("suppress", "metrics", "guard")
ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}


class Stack:
    """The deployed stack, by its outputs."""

    def __init__(self, aws: LocalAws, binaries: Mapping[str, Path], parameters: Mapping[str, str]) -> None:
        self.aws = aws
        self.outputs: dict[str, str] = {}
        s3 = aws.client("s3")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        for function in FUNCTIONS:
            s3.put_object(Bucket=BUCKET, Key=f"{function}.zip", Body=package(binaries[function]))
        s3.put_object(Bucket=BUCKET, Key="template.json", Body=self.template().encode())
        self.create({"Architecture": architecture(), **parameters})
        self.wait_for_mappings()

    def template(self) -> str:
        """Returns the template with the locations of the code and the endpoints of the local AWS."""
        template = yaml_parse(paths.TEMPLATE.read_text())
        variables = template["Globals"]["Function"]["Environment"]["Variables"]
        variables["AWS_ENDPOINT_URL"] = self.aws.endpoint
        variables["AWS_ENDPOINT_URL_SESV2"] = self.aws.ses_endpoint
        for resource in template["Resources"].values():
            if isinstance(resource, dict) and resource.get("Type") == "AWS::Serverless::Function":
                binary = resource["Metadata"]["BuildProperties"]["Binary"]
                resource["Properties"]["CodeUri"] = f"s3://{BUCKET}/{binary}.zip"
        # The local AWS uses plain HTTP, and would enforce the policy that forbids it.
        policy = template["Resources"]["SuppressBucketPolicy"]["Properties"]["PolicyDocument"]
        policy["Statement"] = [statement for statement in policy["Statement"] if statement["Sid"] != "OnlyEncrypted"]
        return json.dumps(template)

    def create(self, parameters: Mapping[str, str]) -> None:
        cloudformation = self.aws.client("cloudformation")
        cloudformation.create_stack(
            StackName=STACK,
            # Too large for a request, as on AWS.
            TemplateURL=f"{self.aws.endpoint}/{BUCKET}/template.json",
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        )

        def described() -> dict | None:
            self.aws.processes.check()
            stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
            return None if stack["StackStatus"] == "CREATE_IN_PROGRESS" else stack

        stack = wait_until("the stack is created", described)
        if stack["StackStatus"] != "CREATE_COMPLETE":
            events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
            failed = [event for event in events if event["ResourceStatus"].endswith("FAILED")]
            reasons = [f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason')}" for event in failed]
            raise Problem(
                f"The stack is {stack['StackStatus']}: {'; '.join(reasons) or stack.get('StackStatusReason')}"
            )
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def wait_for_mappings(self) -> None:
        functions = self.aws.client("lambda")

        def enabled() -> bool:
            mappings = functions.list_event_source_mappings()["EventSourceMappings"]
            return len(mappings) >= 2 and all(mapping["State"] == "Enabled" for mapping in mappings)

        wait_until("the event source mappings are enabled", enabled)

    def resources(self) -> int:
        pages = self.aws.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=STACK)
        return sum(len(page["StackResourceSummaries"]) for page in pages)


def package(binary: Path) -> bytes:
    """Returns a deployment package: the binary under the name that the runtime expects.

    Not compressed, because it only goes to another process on this machine.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        archive.writestr(entry, binary.read_bytes())
    return packed.getvalue()


def architecture() -> str:
    machine = platform.machine().lower()
    if machine not in ARCHITECTURES:
        raise Problem(f"Lambda has no architecture for this machine's {machine}.")
    return ARCHITECTURES[machine]
