"""CloudWatch's calls fail in every way: the sums are right anyway, and nothing is lost.

metrics writes only those data again that CloudWatch had not accepted, so the sums are exact. Data
whose call was accepted but whose answer was lost count twice, as docs/METRICS.md says.
"""

import json
from datetime import UTC, datetime, timedelta

import pytest

from mix import Mix, count_mix, stamp
from warden_local.accounting import dead_letters
from wire import hang, kill, refuse, wire_of

# Longer than metrics waits for an answer, and shorter than the visibility timeout.
HANG_SECONDS, HIDDEN_SECONDS = 11, 13

FAULTS = {
    "throttled now and then": [(refuse(400, "Throttling"), {"every": 2, "times": 5})],
    # More often than metrics tries: the messages go back to the queue.
    "throttled without end": [(refuse(400, "ThrottlingException"), {"times": 7})],
    "unavailable": [(refuse(503, "ServiceUnavailable"), {"every": 2, "times": 3})],
    "a fault of its own": [(refuse(500, "InternalFailure"), {"every": 2, "times": 3})],
    "hangs": [(hang(HANG_SECONDS), {"times": 1})],
    # metrics forgets counted messages after this time, and would count repetitions again.
    "metrics is killed at its first call": [(kill("metrics"), {"holds": b"Send", "times": 1})],
    "all of these together": [
        (refuse(400, "Throttling"), {"every": 3, "times": 4}),
        (refuse(503, "ServiceUnavailable"), {"every": 2, "times": 2}),
        (hang(HANG_SECONDS), {"times": 1}),
    ],
}
SLOW = ("hangs", "all of these together")


@pytest.fixture
def stack(deploy):
    # A repeated delivery must be visible, and must not end as a dead letter.
    return deploy(receives=20)


@pytest.fixture
def wire(aws, stack):
    with wire_of(aws, stack, "metrics") as wire:
        yield wire


@pytest.mark.parametrize("fault", FAULTS)
def test_the_sums_are_right_and_nothing_is_lost(aws, stack, wire, fault):
    rules = [wire.rule("PutMetricData", harm, **how) for harm, how in FAULTS[fault]]
    if fault in SLOW:
        hidden = {"VisibilityTimeout": str(HIDDEN_SECONDS)}
        aws.client("sqs").set_queue_attributes(QueueUrl=stack.outputs["MetricsQueueUrl"], Attributes=hidden)
    mix = Mix(datetime.now(UTC), 1500)
    assert count_mix(aws, stack, mix) == mix.expected
    assert all(rule.done == rule.times or rule.every > 1 and rule.done for rule in rules)
    assert not dead_letters(aws, stack.outputs["MetricsDeadLetterQueueUrl"])


def test_a_datum_that_cloudwatch_refuses_sinks_no_other(aws, stack, wire):
    refused = wire.rule("PutMetricData", refuse(400, "InvalidParameterValue"), holds=b"refused.example", times=1000)
    mix = Mix(datetime.now(UTC), 1500)
    at = mix.now - timedelta(minutes=5)
    mail = {
        "timestamp": stamp(at),
        "source": "nobody",
        "messageId": "refused-1",
        "destination": ["r@recipient.example"],
        "tags": {"ses:configuration-set": ["marketing"], "ses:from-domain": ["refused.example"]},
    }
    mix.first.append(json.dumps({"eventType": "Send", "mail": mail, "send": {}}))
    # Only its series without a domain can be written.
    mix.expected["Send", (), int(at.timestamp())] += 1

    assert count_mix(aws, stack, mix) == mix.expected
    # metrics found the two refused data points by halving the batch.
    assert refused.done > 2
    assert not dead_letters(aws, stack.outputs["MetricsDeadLetterQueueUrl"])
