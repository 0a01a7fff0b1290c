"""Watches the local AWS as an operator would: through its APIs and the functions' logs."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from warden_local.cast import SENDERS
from warden_local.local_aws import ACCOUNT, REGION, LocalAws
from warden_local.records import FunctionLogs
from warden_local.screen import Screen, percent
from warden_local.seen import Notice, Sample, Seen
from warden_local.stack import Stack

NAMESPACE = "SesWarden"
ALLOW_SNS = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": "*",
            }
        ],
    }
)
# Why an address is kept, where the bounce class does not say it.
WHY = {
    "sender_authentication": "the sender's authentication is to blame",
    "sender_reputation": "the sender's reputation is to blame",
    "auto_reply": "an automatic reply: the mailbox works",
    "mailbox_full": "the mailbox is full, not gone",
    "not_spam": "the report says that it is not spam",
}


class Observer:
    """Reads the state when asked to, and shows what is new on the screen."""

    def __init__(self, aws: LocalAws, stack: Stack, screen: Screen) -> None:
        self.aws, self.stack, self.screen = aws, stack, screen
        self.ses, self.cloudwatch, self.sqs = aws.client("sesv2"), aws.client("cloudwatch"), aws.client("sqs")
        self.began = time.time()
        self.logs = FunctionLogs(aws.logs)
        self.seen = Seen()
        self.kept_read = 0
        self.ledger: list[dict] = []
        self.inbox = self.subscribe()

    def subscribe(self) -> str:
        """Subscribes a queue in place of the operators' pager."""
        url = self.sqs.create_queue(QueueName="operators-inbox", Attributes={"Policy": ALLOW_SNS})["QueueUrl"]
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:operators-inbox"
        self.aws.client("sns").subscribe(TopicArn=self.stack.outputs["OperatorTopicArn"], Protocol="sqs", Endpoint=arn)
        return url

    def read(self) -> bool:
        """Reads everything once. Returns True, for use in a condition."""
        self.aws.processes.check()
        self.logs.read()
        self.read_list()
        self.read_kept()
        self.read_alarms()
        self.read_sending_state()
        self.read_inbox()
        return True

    def read_ledger(self) -> list[dict]:
        self.ledger = self.aws.ses_control("GET", "events")
        return self.ledger

    def read_list(self) -> None:
        token: dict[str, str] = {}
        found = []
        while True:
            page = self.ses.list_suppressed_destinations(PageSize=1000, **token)
            found += page["SuppressedDestinationSummaries"]
            if not page.get("NextToken"):
                break
            token = {"NextToken": page["NextToken"]}
        for entry in sorted(found, key=lambda entry: entry["LastUpdateTime"]):
            known = self.seen.suppressed.get(entry["EmailAddress"])
            if known is None or known["Reason"] != entry["Reason"]:
                self.seen.suppressed[entry["EmailAddress"]] = entry
                self.screen.event("suppressed", f"{entry['EmailAddress']:<34}[dim]{entry['Reason'].lower()}[/]")

    def read_kept(self) -> None:
        log = self.logs["suppress"]
        lines, self.kept_read = log.kept[self.kept_read :], len(log.kept)
        if lines:
            self.read_ledger()
        for line in lines:
            address = self.address_of(line)
            if line["reason"] == "echo":
                self.screen.event("echo", f"{address:<34}[dim]on the list already, SES did not try[/]")
                continue
            fault = line.get("fault") or line["reason"]
            if (address, fault) not in self.seen.kept:
                self.seen.kept[address, fault] = {**line, "address": address, "fault": fault}
                self.screen.event("kept", f"{address:<34}[dim]{fault}: {WHY.get(fault, line['reason'])}[/]")

    def address_of(self, line: dict) -> str:
        """Returns the address of an event from the ledger, because the log masks addresses."""
        feedback = line.get("ses.feedback_id")
        for entry in self.ledger:
            if feedback and entry["feedback_id"] == feedback:
                return entry["recipients"][0]
        return line.get("recipient.masked", "unknown")

    def sample(self, *, show: bool = False) -> Sample:
        """Reads the counts of each domain since the run began from CloudWatch."""
        domains = [sender.domain for sender in SENDERS]
        listed = self.cloudwatch.list_metrics(Namespace=NAMESPACE)["Metrics"]
        series = [metric for metric in listed if [d["Name"] for d in metric["Dimensions"]] == ["Domain"]]
        sums = self.sums(series)
        counts: dict[str, dict[str, int]] = {domain: {} for domain in domains}
        for metric, value in zip(series, sums, strict=True):
            domain = metric["Dimensions"][0]["Value"]
            counts.setdefault(domain, {})[metric["MetricName"]] = round(value)
        sample = Sample(time.time() - self.began, counts, self.reputation())
        self.seen.samples.append(sample)
        if show:
            self.screen.rates(sample)
        return sample

    def sums(self, series: list[dict]) -> list[float]:
        return [sum(values) for values in self.values(series, "Sum")]

    def reputation(self) -> dict[str, dict[str, float]]:
        """Returns SES's own rates of each set and, under an empty name, of the account."""
        listed = self.cloudwatch.list_metrics(Namespace="AWS/SES")["Metrics"]
        rates: dict[str, dict[str, float]] = {}
        for metric, values in zip(listed, self.values(listed, "Maximum"), strict=True):
            name = metric["Dimensions"][0]["Value"] if metric["Dimensions"] else ""
            if values:
                rates.setdefault(name, {})[metric["MetricName"]] = values[-1]
        return rates

    def values(self, series: list[dict], statistic: str) -> list[list[float]]:
        """Returns the statistic of each minute of the run, for each series."""
        if not series:
            return []
        queries = [
            {"Id": f"q{n}", "MetricStat": {"Metric": metric, "Period": 60, "Stat": statistic}}
            for n, metric in enumerate(series)
        ]
        start = datetime.fromtimestamp(self.began, UTC) - timedelta(minutes=1)
        end = datetime.now(UTC) + timedelta(minutes=1)
        pages = self.cloudwatch.get_paginator("get_metric_data").paginate(
            MetricDataQueries=queries, StartTime=start, EndTime=end, ScanBy="TimestampAscending"
        )
        values: dict[str, list[float]] = {query["Id"]: [] for query in queries}
        for page in pages:
            for result in page["MetricDataResults"]:
                values[result["Id"]] += result["Values"]
        return list(values.values())

    def read_alarms(self) -> None:
        pages = self.cloudwatch.get_paginator("describe_alarms").paginate()
        for alarm in (alarm for page in pages for alarm in page["MetricAlarms"]):
            before = self.seen.alarms.get(alarm["AlarmName"])
            self.seen.alarms[alarm["AlarmName"]] = alarm
            if alarm["StateValue"] == "ALARM" and (before is None or before["StateValue"] != "ALARM"):
                self.screen.event("alarm", f"{alarm['AlarmName']}  [dim]{threshold(alarm)}[/]")

    def open_alarms(self) -> list[str]:
        """Returns guard's alarms that are in ALARM."""
        prefix = self.stack.outputs["AlarmPrefix"]
        return [n for n, alarm in self.seen.alarms.items() if n.startswith(prefix) and alarm["StateValue"] == "ALARM"]

    def notified_alarms(self) -> list[str]:
        """Returns the alarms that guard's notices listed, repetitions included."""
        return [name for notice in self.seen.notices for name in notice.alarms]

    def read_sending_state(self) -> None:
        if self.seen.paused:
            return
        scope, name = None, None
        if not self.ses.get_account()["SendingEnabled"]:
            scope, name = "account", "all"
        for sender in SENDERS:
            options = self.ses.get_configuration_set(ConfigurationSetName=sender.configuration_set)["SendingOptions"]
            if not options["SendingEnabled"]:
                scope, name = "configuration-set", sender.configuration_set
        if scope:
            self.seen.paused = {"scope": scope, "name": name, "seen": time.time() - self.began}
            what = "the account" if scope == "account" else f"configuration set {name}"
            self.screen.event("paused", f"[bold]{what}[/] no longer sends")

    def read_inbox(self) -> None:
        while True:
            answer = self.sqs.receive_message(QueueUrl=self.inbox, MaxNumberOfMessages=10)
            messages = answer.get("Messages", [])
            if not messages:
                return
            for message in messages:
                self.take_notice(json.loads(message["Body"]))
                self.sqs.delete_message(QueueUrl=self.inbox, ReceiptHandle=message["ReceiptHandle"])

    def take_notice(self, envelope: dict[str, Any]) -> None:
        attributes = {name: value["Value"] for name, value in envelope.get("MessageAttributes", {}).items()}
        at = datetime.fromisoformat(envelope["Timestamp"])
        notice = Notice(at, envelope.get("Subject", ""), envelope["Message"], attributes)
        self.seen.notices.append(notice)
        if notice.is_by_guard:
            self.screen.event("notice", f"to the operators: {notice.subject}")

    def is_drained(self) -> bool:
        """Returns whether no message waits or is being handled."""
        self.read()
        if self.aws.ses_control("GET", "state")["pending"]:
            return False
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        queues = (self.stack.outputs["SuppressQueueUrl"], self.stack.outputs["MetricsQueueUrl"])
        waiting = [self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"] for url in queues]
        return all(int(attributes[name]) == 0 for attributes in waiting for name in names)


def threshold(alarm: dict) -> str:
    """Returns an alarm's threshold in words. Alarms on unexpected senders count mails, all others compare rates."""
    value = alarm["Threshold"]
    is_count = "/unexpected-sender/" in alarm["AlarmName"]
    return f"over its threshold of {f'{value:g}' if is_count else percent(value)}"
