"""IAM, where ministack 1.5.33 differs from AWS.

With AUTH=true functions have only the permissions of their roles. But ministack does not recognize
calls in the protocol of the Rust SDK's CloudWatch client (CBOR, the operation in the path) and
allows them all. Here such a call gets its operation name, resource and namespace, as the template's
policies use them.
"""

import re
from typing import Any

import cbor2
from ministack.core import iam_actions

CLOUDWATCH = "monitoring"
OPERATION = re.compile(r"/service/GraniteServiceVersion20100801/operation/(\w+)$")
ON_ONE_ALARM = ("ListTagsForResource", "TagResource", "UntagResource")


def correct() -> None:
    name_action = iam_actions.extract_iam_action
    name_resource = iam_actions.extract_resource_arn
    add_context = iam_actions.request_tag_context

    def action(service: str, method: str, path: str, *request: Any) -> str | None:
        operation = operation_of(service, path)
        return f"cloudwatch:{operation}" if operation else name_action(service, method, path, *request)

    def resource(service: str, method: str, path: str, headers: dict, body: bytes, *request: Any) -> str:
        operation = operation_of(service, path)
        if operation in ON_ONE_ALARM:
            return cbor2.loads(body).get("ResourceARN", "*")
        return "*" if operation else name_resource(service, method, path, headers, body, *request)

    def context(service: str, iam_action: str, body: bytes, *request: Any) -> dict:
        known = add_context(service, iam_action, body, *request)
        if iam_action != "cloudwatch:PutMetricData":
            return known
        try:
            namespace = cbor2.loads(body)["Namespace"]
        except (cbor2.CBORDecodeError, ValueError, KeyError, TypeError):
            return known
        return {**known, "cloudwatch:namespace": namespace}

    iam_actions.extract_iam_action = action
    iam_actions.extract_resource_arn = resource
    iam_actions.request_tag_context = context


def operation_of(service: str, path: str) -> str | None:
    found = OPERATION.search(path) if service == CLOUDWATCH else None
    return found[1] if found else None
