"""A function as one would write it in an afternoon: counts events by domain and kind.

`RIVAL_JSON` names the JSON library, and with `RIVAL_PUT=on` it also writes its counts to CloudWatch.
It does not validate, and counts a message that comes twice twice.
"""

import importlib
import os
from collections import Counter
from itertools import islice

import boto3

loads = importlib.import_module(os.environ.get("RIVAL_JSON", "json")).loads
cloudwatch = boto3.client("cloudwatch")
puts = os.environ.get("RIVAL_PUT") == "on"


def handle(event: dict, _context: object) -> dict:
    """Counts a batch of SQS."""
    counts: Counter[tuple[str, str]] = Counter()
    for record in event["Records"]:
        message = loads(record["body"])
        if "Message" in message:
            message = loads(message["Message"])
        domain = message["mail"]["tags"]["ses:from-domain"][0]
        counts[domain, message["eventType"]] += 1
    if puts:
        left = iter(counts.items())
        while some := list(islice(left, 1000)):
            data = [
                {"MetricName": kind, "Dimensions": [{"Name": "Domain", "Value": domain}], "Value": n, "Unit": "Count"}
                for (domain, kind), n in some
            ]
            cloudwatch.put_metric_data(Namespace="Rival", MetricData=data)
    return {"batchItemFailures": []}
