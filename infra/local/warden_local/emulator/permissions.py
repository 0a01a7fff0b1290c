"""IAM, where ministack 1.5.33 differs from AWS.

With AUTH=true functions have only the permissions of their roles. But ministack does not recognize
calls in the protocol of the Rust SDK's CloudWatch client (CBOR, the operation in the path) and
allows them all. Here such a call gets its operation name, resource and namespace, as the policies
of the template and the docs use them. And ministack takes a read of a function's concurrency for a
change of it.
"""

import re
from typing import Any

import cbor2
from ministack.core import iam_actions

CLOUDWATCH = "monitoring"
OPERATION = re.compile(r"/service/GraniteServiceVersion20100801/operation/(\w+)$")
ON_ONE_ALARM = ("ListTagsForResource", "TagResource", "UntagResource")
# Operations that name alarms, and the member that holds the name or names. Of several the first
# stands for all.
NAMES_ALARMS = {"PutMetricAlarm": "AlarmName", "DeleteAlarms": "AlarmNames"}


def correct() -> None:
    name_action = iam_actions.extract_iam_action
    name_resource = iam_actions.extract_resource_arn
    add_context = iam_actions.request_tag_context

    def action(service: str, method: str, path: str, *request: Any) -> str | None:
        return corrected_action(service, method, path) or name_action(service, method, path, *request)

    def resource(service: str, method: str, path: str, headers: dict, body: bytes, *request: Any) -> str:
        operation = operation_of(service, path)
        if operation in ON_ONE_ALARM:
            return cbor2.loads(body).get("ResourceARN", "*")
        if operation in NAMES_ALARMS:
            return alarm_arn(cbor2.loads(body).get(NAMES_ALARMS[operation]), *request[1:])
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


def corrected_action(service: str, method: str, path: str) -> str | None:
    """Returns the action that IAM checks, where ministack knows none or another."""
    operation = operation_of(service, path)
    if operation:
        return f"cloudwatch:{operation}"
    is_concurrency = service == "lambda" and method == "GET" and path.endswith("/concurrency")
    return "lambda:GetFunctionConcurrency" if is_concurrency else None


def alarm_arn(named: Any, region: str, account: str) -> str:
    name = named[0] if isinstance(named, list) and named else named
    return f"arn:aws:cloudwatch:{region}:{account}:alarm:{name}" if name else "*"


def operation_of(service: str, path: str) -> str | None:
    found = OPERATION.search(path) if service == CLOUDWATCH else None
    return found[1] if found else None
