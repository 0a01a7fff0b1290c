"""Parameters and settings that make a run faster than AWS is."""

import json

from warden_local.local_aws import LocalAws
from warden_local.stack import Stack

# AWS allows one SES call a second and hides a failed record for
# half an hour, and nobody wants to wait for that here.
SES_CALLS_PER_SECOND = 200
VISIBILITY_SECONDS = 5
RECEIVES = 2
# The lease of a killed import run lasts as long as the run could have lasted.
SUPPRESS_SECONDS = 60


def parameters() -> dict[str, str]:
    """Returns the stack's parameters for the story."""
    return {
        "SesCallsPerSecond": str(SES_CALLS_PER_SECOND),
        # Fewer addresses than a storm has; `make storm` runs one.
        "ImportThreshold": "1000",
        "BatchingWindowSeconds": "1",
        # As deployed where the account's concurrency limit allows it.
        "ReserveGuardConcurrency": "true",
        "LogLevel": "debug",
    }


def hurry(aws: LocalAws, stack: Stack, *, receives: int = RECEIVES, suppress_seconds: int = SUPPRESS_SECONDS) -> None:
    """Shortens times that the template fixes, far below what a real queue would have."""
    sqs = aws.client("sqs")
    for output in ("SuppressQueueUrl", "MetricsQueueUrl"):
        url = stack.outputs[output]
        redrive = json.loads(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])["Attributes"]["RedrivePolicy"])
        shorter = {
            "VisibilityTimeout": str(VISIBILITY_SECONDS),
            "RedrivePolicy": json.dumps({**redrive, "maxReceiveCount": receives}),
        }
        sqs.set_queue_attributes(QueueUrl=url, Attributes=shorter)
    suppress = stack.outputs["SuppressFunctionName"]
    aws.client("lambda").update_function_configuration(FunctionName=suppress, Timeout=suppress_seconds)
