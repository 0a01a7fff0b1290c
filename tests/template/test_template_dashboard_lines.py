"""The dashboard, line by line: the metric of each line, its statistic and its label.

A wrong statistic or namespace still draws a line, so that nobody would see it.
"""

import re

import pytest

from template import Stack
from test_template_dashboard import widgets

SES = "AWS/SES Reputation"
DOMAIN, FUNCTION, QUEUE, TOPIC = "Domain=CHOSEN_DOMAIN", "FunctionName", "QueueName", "TopicName"
AGE, WAITING = "AWS/SQS ApproximateAgeOfOldestMessage", "AWS/SQS ApproximateNumberOfMessagesVisible"
PUBLISHED = "AWS/SNS NumberOfMessagesPublished"


def search(dimensions, metric, label, stat="Sum", by="SUM", top=None):
    """As a line says it: OURS stands for the namespace."""
    found = f"""SEARCH('{{OURS,{dimensions}}} MetricName="{metric}"', '{stat}', 300)"""
    return f"{f'SORT({found}, {by}, DESC, {top})' if top else found} as {label}"


def rate(part, whole):
    """All mail and the chosen domain; what they are made of is not drawn."""
    of = "100 * SUM([FILL({0}{1}, 0), 0 * {0}{2}]) / {0}{2} as {3}"
    ids = {"BounceHard": "bounces", "Send": "sends", "Complaint": "complaints", "Delivery": "deliveries"}
    return {
        of.format("", ids[part], ids[whole], "all mail"),
        of.format("chosen", ids[part], ids[whole], "CHOSEN_DOMAIN"),
        *(f"OURS {name}: Sum of 900 s, {ids[name]} and not drawn" for name in (part, whole)),
        *(f"OURS {name} {DOMAIN}: Sum of 900 s, chosen{ids[name]} and not drawn" for name in (part, whole)),
    }


DOMAIN_OF, PROVIDER_OF = "${PROP('Dim.Domain')}", "${PROP('Dim.Provider')} ${PROP('Dim.Domain')}"
REASON_OF = "${PROP('Dim.Reason')}"
LINES = {
    "Account bounce rate, as AWS sees it (%)": {
        "100 * bounce as bounce rate",
        f"{SES}.BounceRate: Maximum of 900 s, bounce and not drawn",
    },
    "Account complaint rate, as AWS sees it (%)": {
        "100 * complaint as complaint rate",
        f"{SES}.ComplaintRate: Maximum of 900 s, complaint and not drawn",
    },
    **{
        f"{name} rate of configuration sets, as AWS sees it, top 20": {
            f"""SORT(SEARCH('{{AWS/SES,"ses:configuration-set"}} MetricName="Reputation.{name}Rate"', 'Maximum', 900), MAX, DESC, 20)"""
        }
        for name in ("Bounce", "Complaint")
    },
    "Sends by domain, top 20": {search("Domain", "Send", DOMAIN_OF, top=20)},
    "Hard bounces by domain, top 20": {search("Domain", "BounceHard", DOMAIN_OF, top=20)},
    "Complaints by domain, top 20": {search("Domain", "Complaint", DOMAIN_OF, top=20)},
    "Bounce rate, counted here (%)": rate("BounceHard", "Send"),
    "Complaint rate, counted here (%)": rate("Complaint", "Delivery"),
    "Sends by domain and configuration set, top 20": {
        search("ConfigurationSet,Domain", "Send", DOMAIN_OF + " ${PROP('Dim.ConfigurationSet')}", top=20)
    },
    "Bounces by fault, top 20": {search("Domain,Fault", "BounceFault", "${PROP('Dim.Fault')} " + DOMAIN_OF, top=20)},
    "Ignored and malformed messages": {
        search("Reason", "Ignored", "ignored " + REASON_OF),
        search("Reason", "Malformed", "malformed " + REASON_OF),
    },
    "Unexpected senders, top 10": {
        search("CallerIdentity", "UnexpectedSender", "${PROP('Dim.CallerIdentity')}", top=10),
        search("SourceIp", "UnexpectedSender", "${PROP('Dim.SourceIp')}", top=10),
    },
    "Delivery time, p50 and p95 of the slowest 10 (ms)": {
        search("Domain", "DeliveryTime", "p50 " + DOMAIN_OF, "p50", "MAX", 10),
        search("Domain", "DeliveryTime", "p95 " + DOMAIN_OF, "p95", "MAX", 10),
    },
    "Deliveries by mailbox provider, top 20": {search("Domain,Provider", "Delivery", PROVIDER_OF, top=20)},
    "Hard bounces and complaints by provider, top 10": {
        search("Domain,Provider", "BounceHard", "bounces " + PROVIDER_OF, top=10),
        search("Domain,Provider", "Complaint", "complaints " + PROVIDER_OF, top=10),
    },
    "Addresses suppressed and waiting": {
        search("Reason", "Suppressed", "suppressed " + REASON_OF),
        "OURS SuppressionStaged: Sum of 300 s as waiting",
        "OURS Rescued: Sum of 300 s as rescued",
        "OURS StrikesHeld: Sum of 300 s as held, recipient domain is out",
    },
    "Suppressions that did not work": {
        search("Reason", "SuppressionIneffective", "without effect " + REASON_OF),
        "OURS SuppressionRefused: Sum of 300 s as refused by SES",
        "OURS SuppressionSandboxed: Sum of 300 s as not put in the sandbox",
        "OURS ImportFailed: Sum of 300 s as import jobs failed",
        "OURS JournalFailed: Sum of 300 s as not in the journal",
    },
    "Kept, but SES may have suppressed, top 20": {search("Domain", "RescueCandidate", DOMAIN_OF, top=20)},
    # Whatever their dimensions are, and nothing where there are no such pools.
    "Managed dedicated IPs, 24 hours": {
        """SEARCH('Namespace="AWS/SES" MetricName="SentLast24Hours"', 'Maximum', 3600) as sent in 24 hours""",
        """SEARCH('Namespace="AWS/SES" MetricName="Available24HourSend"', 'Maximum', 3600) as available in 24 hours""",
    },
    "What wakes guard, and notices": {
        f"AWS/Lambda Invocations {FUNCTION}=<GuardFunction>: Sum of 300 s as guard looked",
        f"{PUBLISHED} {TOPIC}=<AlarmTopic.TopicName>: Sum of 300 s as alarms raised",
        f"{PUBLISHED} {TOPIC}=<OperatorTopic.TopicName>: Sum of 300 s as notices",
    },
    "Age of the oldest message (s)": {
        f"{AGE} {QUEUE}=ses-warden-{name}: Maximum of 300 s as {name}" for name in ("suppress", "metrics")
    },
    "Messages waiting and in dead-letter queues": {
        *(f"{WAITING} {QUEUE}=ses-warden-{name}: Maximum of 300 s as {name}" for name in ("suppress", "metrics")),
        *(
            f"{WAITING} {QUEUE}=<{name.capitalize()}DeadLetterQueue.QueueName>: Maximum of 300 s"
            f" as {name}, dead letters on the right"
            for name in ("suppress", "metrics", "guard")
        ),
    },
    "Function errors and throttles": {
        f"AWS/Lambda {metric} {FUNCTION}=<{name.capitalize()}Function>: Sum of 300 s as {name} {metric.lower()}"
        for name in ("suppress", "metrics", "guard")
        for metric in ("Errors", "Throttles")
    },
    "Function duration, p99 (ms)": {
        f"AWS/Lambda Duration {FUNCTION}=<{name.capitalize()}Function>: p99 of 300 s as {name}"
        for name in ("suppress", "metrics", "guard")
    },
}


def line_of(metric, properties):
    """A line in words; what is not said of a line is not drawn otherwise."""
    options = metric[-1] if isinstance(metric[-1], dict) else {}
    if "expression" in options:
        return ending(options["expression"], options)
    namespace, name, *pairs = [part for part in metric if isinstance(part, str)]
    dimensions = [f"{key}={value}" for key, value in zip(pairs[::2], pairs[1::2], strict=True)]
    stat, period = (options.get(key, properties.get(key)) for key in ("stat", "period"))
    return ending(f"{' '.join([namespace, name, *dimensions])}: {stat} of {period} s", options)


def ending(line, options):
    if "label" in options:
        line += f" as {options['label']}"
    if not options.get("visible", True):
        line += f", {options.get('id')} and not drawn"
    return line + (" on the right" if options.get("yAxis") == "right" else "")


@pytest.mark.parametrize("namespace", ["SesWarden", "Other"])
def test_each_line_is_of_its_metric_counted_and_called_as_it_should(template, namespace):
    shown = widgets(Stack(template, MetricNamespace=namespace))
    lines = {title: {line_of(m, w["properties"]) for m in w["properties"]["metrics"]} for title, w in shown.items()}

    def ours(line):
        return line.replace("{OURS,", f"{{{namespace},").replace("OURS ", f"{namespace} ")

    assert lines == {title: set(map(ours, expected)) for title, expected in LINES.items()}
    assert all(len(lines[title]) == len(widget["properties"]["metrics"]) for title, widget in shown.items())


def test_parts_of_a_whole_are_stacked_and_nothing_else(stack):
    stacked = {title for title, widget in widgets(stack).items() if widget["properties"].get("stacked")}
    assert stacked == {
        "Sends by domain, top 20", "Hard bounces by domain, top 20", "Complaints by domain, top 20",
        "Sends by domain and configuration set, top 20", "Bounces by fault, top 20",
        "Deliveries by mailbox provider, top 20", "Hard bounces and complaints by provider, top 10",
        "Kept, but SES may have suppressed, top 20",
    }  # fmt: skip
    assert {widget["properties"]["view"] for widget in widgets(stack).values()} == {"timeSeries"}


def test_every_axis_says_its_unit(stack):
    for title, widget in widgets(stack).items():
        metrics, axes = widget["properties"]["metrics"], widget["properties"]["yAxis"]
        sides = {m[-1].get("yAxis", "left") for m in metrics if isinstance(m[-1], dict) and m[-1].get("visible", True)}
        assert set(axes) == sides, title
        if said := re.search(r"\((%|ms|s)\)", title):
            unit = said[1]
        elif any("Sum" in line for line in LINES[title]):
            unit = "in 5 minutes"
        else:
            messages, sets = "Messages waiting and in dead-letter queues", "rate of configuration sets"
            unit = "messages" if title == messages else "fraction" if sets in title else "mails"
        assert axes["left"]["label"] == unit, title
