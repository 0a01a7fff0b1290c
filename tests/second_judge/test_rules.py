"""The template's event patterns and filter policies, by moto's own matchers.

moto cannot match a filter policy with ``$or``: see test_limits.py. So each alternative of it is
tried by itself.
"""

import json

import pytest

from queues import Queue

SWITCHES = [
    ("PutAccountSendingAttributes", True),
    ("PutConfigurationSetSendingOptions", True),
    ("UpdateAccountSendingEnabled", True),
    ("UpdateConfigurationSetSendingEnabled", True),
    ("UpdateReputationEntityCustomerManagedStatus", True),
    ("SendEmail", False),
    ("PutConfigurationSetReputationOptions", False),
]
EVENTS = [
    ("GuardEvents", "aws.ses", "Sending Status Disabled", {}, True),
    ("GuardEvents", "aws.ses", "Sending Status Enabled", {}, True),
    ("GuardEvents", "aws.ses", "Advisor Recommendation Status Open", {}, True),
    ("GuardEvents", "aws.ses", "Email Bounced", {}, False),
    ("GuardEvents", "com.example", "Sending Status Disabled", {}, False),
    *(
        ("GuardSwitches", "aws.ses", "AWS API Call via CloudTrail",
         {"eventSource": "ses.amazonaws.com", "eventName": name}, is_meant)
        for name, is_meant in SWITCHES
    ),
    ("GuardSwitches", "aws.ses", "AWS API Call via CloudTrail",
     {"eventSource": "sns.amazonaws.com", "eventName": SWITCHES[0][0]}, False),
    ("GuardSwitches", "aws.ses", "Email Bounced", {"eventName": SWITCHES[0][0]}, False),
]  # fmt: skip


@pytest.fixture(scope="module")
def rules(aws, resources):
    """A queue in the place of guard, behind each rule."""
    events, queues = aws.client("events"), {}
    for name in ("GuardEvents", "GuardSwitches"):
        queues[name] = Queue(aws, name)
        pattern = json.dumps(resources[name]["Properties"]["EventPattern"])
        events.put_rule(Name=name, EventPattern=pattern)
        events.put_targets(Rule=name, Targets=[{"Id": "guard", "Arn": queues[name].arn}])
    return events, queues


@pytest.mark.parametrize(("rule", "source", "kind", "detail", "is_meant"), EVENTS)
def test_a_rule_lets_through_what_guard_reads_and_nothing_else(rules, rule, source, kind, detail, is_meant):
    events, queues = rules
    entry = {"Source": source, "DetailType": kind, "Detail": json.dumps(detail)}
    assert events.put_events(Entries=[entry])["FailedEntryCount"] == 0
    got = [json.loads(body) for body in queues[rule].bodies()]
    assert [event["detail-type"] for event in got] == ([kind] if is_meant else [])


@pytest.mark.parametrize("number", [0, 1])
def test_the_filter_of_suppress_takes_bounces_and_complaints_alone(aws, resources, number):
    properties = resources["SuppressQueueSubscription"]["Properties"]
    alternatives = properties["FilterPolicy"]["$or"]
    assert [list(alternative) for alternative in alternatives] == [["eventType"], ["notificationType"]]
    alternative = alternatives[number]
    [member] = alternative
    sns, queue = aws.client("sns"), Queue(aws, f"suppress-{number}")
    topic = sns.create_topic(Name=f"feedback-{number}")["TopicArn"]
    attributes = {
        "RawMessageDelivery": str(properties["RawMessageDelivery"]).lower(),
        "FilterPolicyScope": properties["FilterPolicyScope"],
        "FilterPolicy": json.dumps(alternative),
    }
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn, Attributes=attributes)
    meant = [json.dumps({member: kind, "mail": {}}) for kind in ("Bounce", "Complaint")]
    others = [
        *(json.dumps({member: kind, "mail": {}}) for kind in ("Send", "Delivery", "bounce")),
        json.dumps({"notificationType" if member == "eventType" else "eventType": "Bounce"}),
        "Successfully validated SNS topic for Amazon SES event publishing.",
    ]
    for text in (*meant, *others):
        sns.publish(TopicArn=topic, Message=text)
    assert queue.bodies() == meant
