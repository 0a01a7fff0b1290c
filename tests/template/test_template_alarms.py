"""Alarms: names, tags, thresholds, metric math."""

import re
import tomllib

import pytest

from template import ROOT, STACK, Stack

PREFIX = f"{STACK}/"
WATCH = f"{STACK}-watch-"
METRIC = {"bounce": "Reputation.BounceRate", "complaint": "Reputation.ComplaintRate"}


def alarms(stack):
    found = {}
    for resource in stack.of_type("AWS::CloudWatch::Alarm").values():
        assert resource["Properties"]["AlarmName"] not in found
        found[resource["Properties"]["AlarmName"]] = resource["Properties"]
    return found


def guarded(stack):
    return {n: a for n, a in alarms(stack).items() if n.startswith(PREFIX)}


def watches(stack):
    return {n: a for n, a in alarms(stack).items() if not n.startswith(PREFIX)}


def test_the_expected_alarms_exist(stack):
    rates = {f"{m}/{s}" for m in ("bounce", "complaint") for s in ("warn", "critical")}
    assert set(guarded(stack)) == {f"{PREFIX}account/all/{rate}" for rate in rates}


def test_an_alarms_name_ends_in_its_severity_and_guard_has_its_tags_for_itself(stack):
    for name, alarm in guarded(stack).items():
        assert name.rpartition("/")[2] in ("warn", "critical")
        assert "Tags" not in alarm, name


def test_guards_alarms_call_guard_and_only_guard(stack):
    for name, alarm in guarded(stack).items():
        assert alarm["AlarmActions"] == ["<AlarmTopic>"], name
        assert "OKActions" not in alarm, name


def test_reputation_alarms_read_the_metric_they_name(stack):
    for name, alarm in guarded(stack).items():
        _, _, measure, severity = name.removeprefix(PREFIX).split("/")
        assert alarm["Namespace"] == "AWS/SES"
        assert alarm["MetricName"] == METRIC[measure]
        assert "Dimensions" not in alarm
        assert alarm["Statistic"] == "Maximum"
        # SES publishes about every 15 minutes.
        assert (alarm["Period"], alarm["EvaluationPeriods"]) == (900, 1)
        assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
        # Idle senders have no data, and that says nothing about their rate.
        assert alarm["TreatMissingData"] == "ignore"
        parameter = f"Account{measure.capitalize()}{severity.capitalize()}"
        assert alarm["Threshold"] == stack.parameters[parameter], name


# AWS's own lines: where it reviews an account, and where it may pause it.
@pytest.mark.parametrize("measure, review, pause", [("Bounce", 0.05, 0.10), ("Complaint", 0.001, 0.005)])
def test_thresholds_are_fractions_below_the_lines_of_aws(template, measure, review, pause):
    value = {n: s["Default"] for n, s in template["Parameters"].items()}
    assert 0 < value[f"Account{measure}Warn"] < review
    assert value[f"Account{measure}Warn"] < value[f"Account{measure}Critical"] < pause
    for severity in ("Warn", "Critical"):
        spec = template["Parameters"][f"Account{measure}{severity}"]
        assert (spec["MinValue"], spec["MaxValue"]) == (0, 1)


# ----------------------------------------------------------- unexpected senders


@pytest.mark.parametrize("severity", ["warn", "critical"])
def test_unexpected_senders_have_an_alarm_where_senders_are_listed(template, severity):
    for lists in ({"AllowedCallerIdentities": "app"}, {"AllowedSourceCidrs": "192.0.2.0/24"}):
        stack = Stack(template, UnexpectedSenderAlarm=severity, **lists)
        alarm = guarded(stack)[f"{PREFIX}account/all/unexpected-sender/{severity}"]
        assert (alarm["Namespace"], alarm["MetricName"]) == ("SesWarden", "UnexpectedSender")
        assert "Dimensions" not in alarm
        assert (alarm["Statistic"], alarm["Threshold"], alarm["TreatMissingData"]) == ("Sum", 0, "notBreaching")


def test_without_lists_or_when_off_there_is_no_such_alarm(template):
    for parameters in ({}, {"AllowedCallerIdentities": "app", "UnexpectedSenderAlarm": "off"}):
        assert not [n for n in guarded(Stack(template, **parameters)) if "unexpected" in n]


# What the CloudWatch manual lists for expressions that an alarm may use.
# There is no square root among them.
FUNCTIONS = {"IF", "ABS", "CEIL", "FLOOR", "FILL", "LOG", "LOG10", "DIFF", "RATE", "SUM"}


def test_metric_math_uses_only_what_cloudwatch_has(stack):
    for name, alarm in alarms(stack).items():
        queries = alarm.get("Metrics", [])
        ids = [q["Id"] for q in queries]
        assert len(ids) == len(set(ids))
        assert sum(1 for q in queries if q["ReturnData"]) == (1 if queries else 0), name
        for position, query in enumerate(queries):
            words = re.findall(r"[A-Za-z_][A-Za-z0-9_]*", query.get("Expression", ""))
            functions = {w for w in words if w[0].isupper()}
            assert functions <= FUNCTIONS, name
            assert set(words) - functions <= set(ids[:position]), name
            assert re.fullmatch(r"[a-z][a-zA-Z0-9_]*", query["Id"])


# ------------------------------------------------------------------ self-watch


def test_the_estimate_of_costs_counts_the_metrics_of_these_alarms(stack):
    """An alarm is billed for each metric that it reads."""
    prices = tomllib.loads((ROOT / "crates" / "cli" / "data" / "prices.toml").read_text())
    account = [a for n, a in guarded(stack).items() if "/account/" in n]
    read = [sum("MetricStat" in q for q in a.get("Metrics", [])) or 1 for a in (*account, *watches(stack).values())]
    assert sum(read) == prices["model"]["stack_alarm_metrics"]


def test_the_warden_watches_itself(stack):
    assert set(watches(stack)) == {
        WATCH + name
        for name in (
            "suppress-queue-age", "metrics-queue-age",
            "suppress-dead-letters", "metrics-dead-letters", "guard-dead-letters",
            "suppress-imports", "suppress-journal",
            "suppress-errors", "metrics-errors", "guard-errors",
            "suppress-throttles", "metrics-throttles", "guard-throttles",
            "guard-idle", "no-events",
        )
    }


def test_self_watch_notifies_operators_without_guard(stack):
    for name, alarm in watches(stack).items():
        assert alarm["AlarmActions"] == ["<OperatorTopic>"], name
        # A new stack goes from INSUFFICIENT_DATA to OK, which is no news.
        assert "OKActions" not in alarm, name
        assert "Tags" not in alarm, name


def test_self_watch_reads_the_right_metrics(stack):
    for function in ("suppress", "metrics", "guard"):
        title = function.capitalize()
        on_function = [{"Name": "FunctionName", "Value": f"<{title}Function>"}]
        for kind, metric in (("errors", "Errors"), ("throttles", "Throttles")):
            alarm = watches(stack)[f"{WATCH}{function}-{kind}"]
            assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Lambda", metric)
            assert alarm["Dimensions"] == on_function
        letters = watches(stack)[f"{WATCH}{function}-dead-letters"]
        assert (letters["Namespace"], letters["MetricName"]) == ("AWS/SQS", "ApproximateNumberOfMessagesVisible")
        assert letters["Dimensions"][0]["Value"] == f"<{title}DeadLetterQueue.QueueName>"
        assert letters["Threshold"] == 0
    imports = watches(stack)[f"{WATCH}suppress-imports"]
    assert (imports["Namespace"], imports["MetricName"]) == ("SesWarden", "ImportFailed")
    journal = watches(stack)[f"{WATCH}suppress-journal"]
    assert (journal["Namespace"], journal["MetricName"]) == ("SesWarden", "JournalFailed")
    assert (journal["Statistic"], journal["Threshold"], journal["TreatMissingData"]) == ("Sum", 0, "notBreaching")
    for function in ("suppress", "metrics"):
        age = watches(stack)[f"{WATCH}{function}-queue-age"]
        assert age["MetricName"] == "ApproximateAgeOfOldestMessage"
        assert age["Dimensions"][0]["Value"] == f"<{function.capitalize()}Queue.QueueName>"


def test_every_dead_letter_queue_is_watched(stack, direct):
    for made in (stack, direct):
        watched = {a["Dimensions"][0]["Value"] for n, a in watches(made).items() if n.endswith("dead-letters")}
        queues = {f"<{q}.QueueName>" for q in made.of_type("AWS::SQS::Queue") if q.endswith("DeadLetterQueue")}
        assert watched == queues


def test_a_silent_guard_is_a_fault(stack):
    idle = watches(stack)[f"{WATCH}guard-idle"]
    assert idle["MetricName"] == "Invocations"
    assert idle["ComparisonOperator"] == "LessThanThreshold"
    assert idle["TreatMissingData"] == "breaching"


@pytest.mark.parametrize(
    "sent, seen, value",
    [(1_000, 0, 1), (1, 0, 1), (1_000, 9, 1), (1_000, 10, 0), (1_000, 1_000, 0), (0, 0, 0), (0, 5, 0)],
)
def test_mail_without_events_is_a_fault(stack, sent, seen, value):
    alarm = watches(stack)[f"{WATCH}no-events"]
    metrics = {q["Id"]: q["MetricStat"]["Metric"] for q in alarm["Metrics"] if "MetricStat" in q}
    assert metrics == {
        "sent": {"Namespace": "AWS/SES", "MetricName": "Send"},
        "seen": {"Namespace": "SesWarden", "MetricName": "Send"},
    }
    (expression,) = [q["Expression"] for q in alarm["Metrics"] if "Expression" in q]
    scope = {
        "IF": lambda c, a, b: a if c else b,
        "FILL": lambda series, value: value if series is None else series,
        # A moment at which one of the series has a value has a sum.
        "SUM": lambda series: sum(s for s in series if s is not None),
        "sent": sent,
    }
    assert eval(expression, {"__builtins__": {}}, {**scope, "seen": seen}) == value
    if not seen:
        # The series of an account whose sets are not connected: it does not exist. FILL then
        # answers nothing, or noughts: the documents do not say.
        for filled in (lambda _, value: value, lambda series, _: series):
            assert eval(expression, {"__builtins__": {}}, {**scope, "seen": None, "FILL": filled}) == value


def test_missing_events_are_no_fault_where_identities_notify(template):
    stack = Stack(template, WatchMissingEvents="false")
    assert f"{WATCH}no-events" not in watches(stack)


def test_the_alarm_on_missing_events_says_what_to_do(stack):
    says = watches(stack)[f"{WATCH}no-events"]["AlarmDescription"]
    assert "ses-warden connect plan" in says and "WatchMissingEvents" in says
    assert len(says) <= 1024, "CloudWatch takes no more"
