"""Answers that no client likes: errors in each protocol, garbage, too much, another clock, and half of
what was asked for."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import cbor2

from http_streams import Message, encode

# More than the 8 MiB that any client of ours reads of an answer.
HUGE = b'{"NextToken":"' + b"x" * (9 * 1024 * 1024) + b'"}'
SKEW = timedelta(hours=26)
REASONS = {200: "OK", 400: "Bad Request", 403: "Forbidden", 429: "Too Many Requests", 503: "Service Unavailable"}
# Operations whose answer may hold a part of what was asked for.
PARTIAL = ("BatchGetItem", "GetMetricData")


def error_answer(protocol: str, status: int, code: str, headers: dict[str, str] | None = None) -> bytes:
    """Returns an error of the service, in the protocol of the call."""
    match protocol:
        case "cbor":
            body = cbor2.dumps({"__type": code, "message": "by the plan"})
            kind = {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
        case "json":
            body = json.dumps({"__type": f"com.amazonaws#{code}", "message": "by the plan"}).encode()
            kind = {"content-type": "application/x-amz-json-1.0"}
        case "rest":
            body = json.dumps({"message": "by the plan"}).encode()
            kind = {"content-type": "application/json", "x-amzn-errortype": code}
        case _:
            error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>by the plan</Message></Error>"
            body = f"<ErrorResponse>{error}<RequestId>by-the-plan</RequestId></ErrorResponse>".encode()
            kind = {"content-type": "text/xml"}
    return encode(f"HTTP/1.1 {status} {REASONS[status]}", {**kind, **(headers or {})}, body)


def skewed(protocol: str) -> bytes:
    """Returns the refusal of a service whose clock is a day ahead of the caller's."""
    there = format_datetime(datetime.now(UTC) + SKEW, usegmt=True)
    return error_answer(protocol, 403, "RequestTimeTooSkewed", {"date": there})


def garbage() -> bytes:
    """Returns a page of a proxy that says 200."""
    return encode("HTTP/1.1 200 OK", {"content-type": "text/html"}, b"<html><body>Please log in</body>")


def is_partial_possible(operation: str) -> bool:
    return operation in PARTIAL


def partial(operation: str, answer: Message) -> Message:
    """Returns the answer with half of what was asked for, marked as the service marks it."""
    if answer.status != 200:
        return answer
    if operation == "BatchGetItem":
        found = json.loads(answer.body)
        left = {}
        for table, items in found.get("Responses", {}).items():
            half = len(items) // 2
            keys = [{name: item[name] for name in ("pk", "sk")} for item in items[half:]]
            if keys:
                left[table] = {"Keys": keys}
            found["Responses"][table] = items[:half]
        found["UnprocessedKeys"] = left
        body = json.dumps(found).encode()
    else:
        found = cbor2.loads(answer.body)
        for result in found.get("MetricDataResults", []):
            result["StatusCode"] = "InternalError"
            result["Values"] = result.get("Values", [])[:-1]
            result["Timestamps"] = result.get("Timestamps", [])[:-1]
        body = cbor2.dumps(found)
    headers = {name: value for name, value in answer.headers.items() if name != "x-amz-crc32"}
    return Message(answer.first, headers, body)
