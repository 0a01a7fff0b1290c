"""What CloudWatch makes of our expressions, and whether a notice arrives."""

import json
import time
from datetime import UTC, datetime, timedelta

from warden_check.inbox import Inbox
from warden_check.report import NO, OPEN, YES
from warden_check.world import World

PERIOD = 60


def an_empty_series_counts_as_nothing(world: World):
    """The alarm on missing events fires where the counted series has never had a value (audit B5)."""
    cloudwatch = world.client("cloudwatch")
    [alarm] = world.alarms(f"{world.stack}-watch-no-events")
    namespace = f"SesWardenCheckEmpty{world.suffix}"
    now = datetime.now(UTC)
    data = [
        {"MetricName": "Sent", "Timestamp": now - timedelta(seconds=PERIOD * n), "Value": 1_000, "Unit": "Count"}
        for n in range(6)
    ]
    cloudwatch.put_metric_data(Namespace=namespace, MetricData=data)
    queries = [replaced(query, namespace) for query in alarm["Metrics"]]
    name = f"{world.name}-empty-series"
    evidence = [f"expression: {next(q['Expression'] for q in queries if 'Expression' in q)}"]
    cloudwatch.put_metric_alarm(
        AlarmName=name, Metrics=queries, EvaluationPeriods=1, Threshold=alarm["Threshold"],
        ComparisonOperator=alarm["ComparisonOperator"], TreatMissingData=alarm["TreatMissingData"],
    )  # fmt: skip
    # The local AWS looks at alarms when data come.
    cloudwatch.put_metric_data(Namespace=namespace, MetricData=data[:1])

    def state() -> str | None:
        found = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
        return found["StateReason"] if found["StateValue"] == "ALARM" else None

    reason, seconds = world.wait(state, 3 * world.patience)
    evidence.append(f"alarm: {reason or 'did not fire'} after {seconds:.0f} s")
    return (YES if reason else NO), evidence


def replaced(query: dict, namespace: str) -> dict:
    """The alarm's own queries, on metrics of ours: one that has values, one that has none."""
    if "MetricStat" not in query:
        return query
    name = "Sent" if query["Id"] == "sent" else "NeverSeen"
    metric = {"Namespace": namespace, "MetricName": name}
    return {**query, "MetricStat": {**query["MetricStat"], "Metric": metric, "Period": PERIOD}}


def guard_notifies(world: World):
    """An alarm of the set reaches guard, guard reports it in observe mode, and pauses nothing."""
    cloudwatch, ses = world.client("cloudwatch"), world.client("sesv2")
    name = f"{world.stack}/configuration-set/{world.name}/bounce/critical"
    with Inbox(world, world.outputs()["OperatorTopicArn"], "notices") as inbox:
        began = time.monotonic()
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="ses-warden aws-check")
        notices, seconds = world.wait(lambda: [text for text in inbox.read() if world.name in text])
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="ses-warden aws-check is done")
    sending = ses.get_configuration_set(ConfigurationSetName=world.name)["SendingOptions"]["SendingEnabled"]
    evidence = [f"sending of the set: {sending}"]
    if not notices:
        return NO, [*evidence, f"no notice in {time.monotonic() - began:.0f} s"]
    evidence += [f"a notice after {seconds:.1f} s:", notices[0][:3_000]]
    return (YES if sending else NO), evidence


def mail_comes_back(world: World):
    """Mail to the mailbox simulator comes back as events, and suppress and metrics see them."""
    ses = world.client("sesv2")
    expected = {"success": "Delivery", "bounce": "Bounce", "complaint": "Complaint", "ooto": "Delivery"}
    sent: dict[str, tuple[str, float]] = {}
    came: dict[str, dict[str, float]] = {}
    with Inbox(world, world.outputs()["FeedbackTopicArn"], "feedback") as inbox:
        for mailbox in expected:
            answer = ses.send_email(
                FromEmailAddress=sender(world), ConfigurationSetName=world.name,
                Destination={"ToAddresses": [f"{mailbox}@simulator.amazonses.com"]},
                Content={"Simple": {"Subject": {"Data": "ses-warden aws-check"}, "Body": {"Text": {"Data": "Drill."}}}},
            )  # fmt: skip
            sent[answer["MessageId"]] = (mailbox, time.monotonic())

        def complete() -> bool:
            for text in inbox.read():
                event = event_of(text)
                found = sent.get(event.get("mail", {}).get("messageId"))
                if found:
                    kinds = came.setdefault(found[0], {})
                    kinds.setdefault(event.get("eventType", "?"), time.monotonic() - found[1])
            return all({"Send", kind} <= came.get(mailbox, {}).keys() for mailbox, kind in expected.items())

        done, _ = world.wait(complete)
    evidence = [f"{mailbox}: {times(came.get(mailbox, {}))}" for mailbox in expected]
    return (YES if done else NO), evidence


def times(kinds: dict[str, float]) -> str:
    return ", ".join(f"{kind} after {seconds:.1f} s" for kind, seconds in kinds.items()) or "nothing"


def sender(world: World) -> str:
    return world.identity if "@" in world.identity else f"ses-warden-check@{world.identity}"


def event_of(text: str) -> dict:
    try:
        event = json.loads(text)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def suppress_saw_the_drill(world: World):
    """suppress read the drill's bounce and complaint, and put no simulator address on the list."""
    logs = world.client("logs")
    group = f"/aws/lambda/{world.stack}-suppress"

    def lines() -> list[str]:
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=group, startTime=int(world.report.began * 1000), filterPattern="simulator"
        )
        return [event["message"].strip()[:500] for page in pages for event in page["events"]]

    found, seconds = world.wait(lines)
    simulator = [f"{mailbox}@simulator.amazonses.com" for mailbox in ("bounce", "complaint")]
    listed = [address for address in simulator if is_suppressed(world, address)]
    evidence = [f"log lines after {seconds:.0f} s: {len(found)}", *found[:4], f"on the list: {listed or 'none'}"]
    if listed:
        return NO, evidence
    return (YES if found else OPEN), evidence


def is_suppressed(world: World, address: str) -> bool:
    ses = world.client("sesv2")
    try:
        ses.get_suppressed_destination(EmailAddress=address)
    except ses.exceptions.NotFoundException:
        return False
    return True
