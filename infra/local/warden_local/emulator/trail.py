"""CloudTrail's event history, where ministack 1.5.33 differs from AWS.

ministack knows only calls that it serves itself, but Amazon SES is local-ses. Here LookupEvents also
finds the calls of sending switches, which guard looks up. AWS shows a call some minutes after it was
made; here it is there at once.
"""

import json
import urllib.request
from datetime import datetime
from pathlib import Path

from ministack.core.iam_evaluator import resolve_caller_identity
from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudtrail

from warden_local.local_ses_log import address_in


def correct(logs: Path) -> None:
    own = cloudtrail._get_event_queue
    look_up = cloudtrail._lookup_events

    def with_switches(body: dict) -> tuple[int, dict, bytes]:
        found = [*own(), *switches(logs)]
        cloudtrail._get_event_queue = lambda: sorted(found, key=lambda event: event["EventTime"])
        try:
            return look_up(body)
        finally:
            cloudtrail._get_event_queue = own

    cloudtrail._DISPATCH["LookupEvents"] = with_switches


def switches(logs: Path) -> list[dict]:
    """Returns the calls of switches in this Region as LookupEvents lists them, oldest first."""
    address = address_in(logs)
    if not address:
        return []
    with urllib.request.urlopen(f"{address}/_local/trail", timeout=10) as answer:
        records = json.loads(answer.read())
    return [event(record) for record in records if record["awsRegion"] == get_region()]


def event(record: dict) -> dict:
    key = record["userIdentity"]["accessKeyId"] or ""
    known = resolve_caller_identity(key)
    arn = known["userArn"] if known else f"arn:aws:iam::{get_account_id()}:user/{key}"
    whole = {**record, "userIdentity": {**record["userIdentity"], "arn": arn}}
    return {
        "EventId": record["eventID"],
        "EventName": record["eventName"],
        "EventSource": record["eventSource"],
        "EventTime": datetime.fromisoformat(record["eventTime"]).timestamp(),
        "ReadOnly": "false",
        "AccessKeyId": key,
        "Username": arn.rsplit("/", 1)[-1].rsplit(":", 1)[-1],
        "Resources": [],
        "CloudTrailEvent": json.dumps(whole),
    }
