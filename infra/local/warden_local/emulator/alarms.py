"""CloudWatch alarms and metrics, where ministack 1.5.33 differs from AWS.

- ministack evaluates an alarm over all series with its metric's name, whatever their dimensions,
  and over a single period. Here: its own series, M of N periods, and its treatment of missing data.
  Alarms are still evaluated only when metrics are written.
- A transition sets no StateTransitionedTimestamp, by which guard distinguishes episodes, and its
  message lacks half of what CloudWatch writes.
- ministack drops the metric math of an alarm. Here it is stored and evaluated.
- A query without dimensions returns the sum of all series instead of the one without dimensions.

Each PutMetricData is also logged with the number of its data, so that calls can be counted.
"""

import json
import logging
import time
from datetime import UTC, datetime

from ministack.core.responses import get_account_id, get_region, new_uuid
from ministack.services import cloudwatch, sns

from warden_local.emulator import metric_math

log = logging.getLogger("warden_local.alarms")

COMPARISONS = {
    "GreaterThanOrEqualToThreshold": (lambda value, limit: value >= limit, "greater than or equal to"),
    "GreaterThanThreshold": (lambda value, limit: value > limit, "greater than"),
    "LessThanThreshold": (lambda value, limit: value < limit, "less than"),
    "LessThanOrEqualToThreshold": (lambda value, limit: value <= limit, "less than or equal to"),
}
ACTIONS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}
# CloudWatch writes the Region's display name into its messages.
REGION_NAMES = {"eu-central-1": "EU (Frankfurt)", "eu-west-1": "EU (Ireland)", "us-east-1": "US East (N. Virginia)"}


class Dimensions(dict):
    """Dimensions of a query; present even if there are none."""

    def __bool__(self) -> bool:
        return True


def correct() -> None:
    cloudwatch._evaluate_alarm = evaluate
    cloudwatch._dispatch_alarm_actions = transition
    named = cloudwatch._dims_from_list
    cloudwatch._dims_from_list = lambda dimensions: Dimensions(named(dimensions))
    put = cloudwatch._put_metric_data

    def put_and_log(parameters, body, *how, **more):
        data = (body or {}).get("MetricData", [])
        log.info("PutMetricData with %d data, first of %s", len(data), data[0].get("MetricName") if data else None)
        return put(parameters, body, *how, **more)

    cloudwatch._put_metric_data = put_and_log
    put_alarm = cloudwatch._put_metric_alarm

    def put_and_keep(parameters, body, *how, **more):
        answer = put_alarm(parameters, body, *how, **more)
        alarm = cloudwatch._alarms.get((body or {}).get("AlarmName"))
        if alarm and body.get("Metrics"):
            alarm["Metrics"] = body["Metrics"]
            evaluate(alarm)
        return answer

    cloudwatch._put_metric_alarm = put_and_keep


def evaluate(alarm: dict) -> None:
    """Evaluates the last N periods of the alarm's value."""
    wanted = int(alarm.get("EvaluationPeriods") or 1)
    needed = int(alarm.get("DatapointsToAlarm") or wanted)
    values = of_math(alarm["Metrics"], wanted) if alarm.get("Metrics") else of_series(alarm, alarm, wanted)
    # Nothing was ever written: CloudWatch would soon call that missing data, which
    # only means notices about a stack that is seconds old.
    if values is None:
        return
    is_breaching, words = COMPARISONS[alarm["ComparisonOperator"]]
    threshold = alarm["Threshold"]
    missing = alarm.get("TreatMissingData", "missing")
    present = [value for value in values if value is not None]
    if not present and missing in ("ignore", "missing"):
        return
    breaching = [value for value in present if is_breaching(value, threshold)]
    count = len(breaching) + (values.count(None) if missing == "breaching" else 0)
    state = "ALARM" if count >= needed else "OK"
    if state == alarm["StateValue"]:
        return
    breaching = [value for value in present if is_breaching(value, threshold) == (state == "ALARM")]
    listed = ", ".join(f"{value:g}" for value in breaching)
    plural, verb = ("", "was") if len(breaching) == 1 else ("s", "were")
    negation = "" if state == "ALARM" else "not "
    reason = (
        f"Threshold Crossed: {len(breaching)} datapoint{plural} [{listed}] {verb} {negation}{words} "
        f"the threshold ({threshold:g})."
    )
    old = alarm["StateValue"]
    alarm.update(StateValue=state, StateReason=reason, StateUpdatedTimestamp=round(time.time(), 3))
    cloudwatch._record_history(alarm["AlarmName"], old, state, reason)
    transition(alarm, old, state, reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def of_series(metric: dict, statistics: dict, periods: int) -> list[float | None] | None:
    """Returns the statistic of each of the last periods, newest first, None where a period is empty; None if
    there are no data at all."""
    dimensions = {d["Name"]: d["Value"] for d in metric.get("Dimensions") or []}
    name = (metric.get("Namespace"), metric.get("MetricName"), cloudwatch._dims_key(dimensions))
    points = cloudwatch._metrics.get(name)
    if not points:
        return None
    length = int(statistics.get("Period") or 60)
    statistic = statistics.get("ExtendedStatistic") or statistics.get("Statistic") or statistics.get("Stat") or "Average"
    buckets: list[list[dict]] = [[] for _ in range(periods)]
    now = time.time()
    for point in points:
        # Our metrics carry the minute's begin, and local clocks agree.
        age = max(now - point["Timestamp"], 0)
        if age < length * periods:
            buckets[int(age // length)].append(point)
    return [
        cloudwatch._stat_value(cloudwatch._calc_stats(bucket), statistic, bucket) if bucket else None
        for bucket in buckets
    ]


def of_math(queries: list[dict], periods: int) -> list[float | None] | None:
    """Returns the values of the query that returns data, in the form of `of_series`."""
    measured = {q["Id"]: of_series(q["MetricStat"]["Metric"], q["MetricStat"], periods) for q in queries if "MetricStat" in q}
    if not any(measured.values()):
        return None
    returned = next(query["Id"] for query in queries if query.get("ReturnData", True))
    expressions = {query["Id"]: query["Expression"] for query in queries if "Expression" in query}
    values = []
    for period in range(periods):
        known = {name: found[period] for name, found in measured.items() if found and found[period] is not None}
        # Queries may refer to each other in any order.
        for _ in expressions:
            results = {name: metric_math.value(text, known) for name, text in expressions.items()}
            known |= {name: value for name, value in results.items() if value is not None}
        values.append(known.get(returned))
    return values


def transition(alarm: dict, old: str, new: str, reason: str) -> None:
    """Records when the state changed and notifies the topics that are set for this state."""
    alarm["StateTransitionedTimestamp"] = alarm["StateUpdatedTimestamp"] = round(time.time(), 3)
    if not alarm.get("ActionsEnabled", True):
        return
    topics = [action for action in alarm.get(ACTIONS[new]) or [] if cloudwatch._is_sns_action_arn(action)]
    text = json.dumps(message(alarm, old, new, reason))
    region = REGION_NAMES.get(get_region(), get_region())
    subject = f'{new}: "{alarm["AlarmName"]}" in {region}'[:100]
    for topic in topics:
        log.info("alarm %s: %s to %s, notifies %s", alarm["AlarmName"], old, new, topic)
        sns._fanout(topic, new_uuid(), text, subject)


def message(alarm: dict, old: str, new: str, reason: str) -> dict:
    """Returns the message that CloudWatch sends to a topic."""
    return {
        "AlarmName": alarm["AlarmName"],
        "AlarmDescription": alarm.get("AlarmDescription") or None,
        "AWSAccountId": get_account_id(),
        "AlarmConfigurationUpdatedTimestamp": stamp(alarm.get("AlarmConfigurationUpdatedTimestamp", 0)),
        "NewStateValue": new,
        "NewStateReason": reason,
        "StateChangeTime": stamp(alarm["StateUpdatedTimestamp"]),
        "Region": REGION_NAMES.get(get_region(), get_region()),
        "AlarmArn": alarm["AlarmArn"],
        "OldStateValue": old,
        "OKActions": alarm.get("OKActions") or [],
        "AlarmActions": alarm.get("AlarmActions") or [],
        "InsufficientDataActions": alarm.get("InsufficientDataActions") or [],
        "Trigger": {
            **({"Metrics": math_of(alarm)} if alarm.get("Metrics") else series_of(alarm)),
            "Period": alarm.get("Period"),
            "EvaluationPeriods": alarm.get("EvaluationPeriods"),
            "ComparisonOperator": alarm.get("ComparisonOperator"),
            "Threshold": alarm.get("Threshold"),
            "TreatMissingData": alarm.get("TreatMissingData"),
            "EvaluateLowSampleCountPercentile": "",
        },
    }


def series_of(alarm: dict) -> dict:
    return {
        "MetricName": alarm.get("MetricName"),
        "Namespace": alarm.get("Namespace"),
        "StatisticType": "ExtendedStatistic" if alarm.get("ExtendedStatistic") else "Statistic",
        "Statistic": (alarm.get("Statistic") or "").upper(),
        "Unit": alarm.get("Unit"),
        "Dimensions": dimensions_of(alarm),
    }


def math_of(alarm: dict) -> list[dict]:
    queries = []
    for query in alarm["Metrics"]:
        stat = query.get("MetricStat")
        if stat:
            query = {**query, "MetricStat": {**stat, "Metric": {**stat["Metric"], "Dimensions": dimensions_of(stat["Metric"])}}}
        queries.append({"ReturnData": True, **query})
    return queries


def dimensions_of(metric: dict) -> list[dict]:
    return [{"value": d["Value"], "name": d["Name"]} for d in metric.get("Dimensions") or []]


def stamp(epoch: float) -> str:
    """Formats a time as CloudWatch does, with an offset without a colon."""
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
