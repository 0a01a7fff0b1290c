"""A mix of events, and the sums that CloudWatch must have, computed by plain addition.

Forty domains in several spellings and some invalid ones, all kinds of events, mails with several
recipients, some events repeated, both of SES's formats, events of three hours, of three days ago,
and older ones than CloudWatch accepts.
"""

import json
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from warden_local.waiting import wait_until

# As sent, and as counted: case, a final dot, non-ASCII letters, no domain.
SPELLINGS = [(f"news{n}.example.com", f"news{n}.example.com") for n in range(34)] + [
    ("SHOP.Example.ORG", "shop.example.org"),
    ("mail.example.net.", "mail.example.net"),
    ("b\u00fccher.example", "xn--bcher-kva.example"),
    ("two words.example", "unknown"),
    ("x" * 300, "unknown"),
    ("\u0007bell.example", "unknown"),
]
FAULTS = {
    "smtp; 550 5.1.1 user unknown": ("5.1.1", "recipient_gone", False),
    "smtp; 550 5.7.26 This mail is unauthenticated": ("5.7.26", "sender_authentication", True),
    "smtp; 452 4.2.2 mailbox full": ("4.2.2", "mailbox_full", False),
}


class Mix:
    """Events, and their expected sums by plain addition."""

    def __init__(self, now: datetime, events: int) -> None:
        self.dice = random.Random(4)
        self.now = now.replace(second=0, microsecond=0)
        self.expected: Counter[tuple] = Counter()
        self.first: list[list[str]] = []
        self.again: list[str] = []
        self.published = 0
        while self.published < events:
            self.one()

    def one(self) -> None:
        number, dice = self.published, self.dice
        sent, domain = dice.choice(SPELLINGS)
        name = dice.choice(["marketing", "transactional"])
        age, counted_as = self.time()
        minute = None if counted_as is None else int(counted_as.timestamp())
        recipients = [f"r{number}-{n}@recipient.example" for n in range(dice.choice([1, 1, 1, 2, 3]))]
        mail = {
            "timestamp": stamp(age),
            # The envelope address is invalid too, so only the tag names the domain.
            "source": "nobody",
            "messageId": f"mix-{number:08d}",
            "destination": recipients,
            "tags": {"ses:configuration-set": [name], "ses:from-domain": [sent]},
        }

        def count(metric: str, amount: int, *, in_sets: bool = False) -> None:
            for dimensions in [(), (("Domain", domain),)]:
                self.expected[metric, dimensions, minute] += amount
            if in_sets:
                self.expected[metric, (("ConfigurationSet", name), ("Domain", domain)), minute] += amount

        def count_of_domain(metric: str, amount: int, **more: str) -> None:
            dimensions = tuple(sorted({"Domain": domain, **more}.items()))
            self.expected[metric, dimensions, minute] += amount

        kind = dice.choices(["Send", "Delivery", "Hard", "Soft", "Complaint", "Delay"], [45, 40, 6, 4, 2, 3])[0]
        several = len(recipients)
        if kind == "Send":
            event = {"eventType": "Send", "mail": mail, "send": {}}
            count("Send", several, in_sets=True)
            if several > 1:
                count_of_domain("MultiRecipientMessage", 1)
        elif kind == "Delivery":
            detail = {"timestamp": stamp(age), "recipients": recipients, "processingTimeMillis": 900}
            event = {"eventType": "Delivery", "mail": mail, "delivery": detail}
            count("Delivery", several)
        elif kind in ("Hard", "Soft"):
            text = dice.choice(list(FAULTS)[:2]) if kind == "Hard" else list(FAULTS)[2]
            status, fault, is_kept = FAULTS[text]
            bounced = [{"emailAddress": to, "action": "failed", "status": status, "diagnosticCode": text} for to in recipients]
            detail = {
                "bounceType": "Permanent" if kind == "Hard" else "Transient",
                "bounceSubType": "General", "bouncedRecipients": bounced,
                "timestamp": stamp(age), "feedbackId": f"feedback-{number}",
            }  # fmt: skip
            event = {"eventType": "Bounce", "mail": mail, "bounce": detail}
            count("BounceHard" if kind == "Hard" else "BounceSoft", several, in_sets=kind == "Hard")
            count_of_domain("BounceFault", several, Fault=fault)
            if is_kept:
                count_of_domain("RescueCandidate", several)
        elif kind == "Complaint":
            detail = {
                "complainedRecipients": [{"emailAddress": to} for to in recipients],
                "timestamp": stamp(age), "feedbackId": f"feedback-{number}", "complaintFeedbackType": "abuse",
            }  # fmt: skip
            event = {"eventType": "Complaint", "mail": mail, "complaint": detail}
            count("Complaint", several, in_sets=True)
        else:
            detail = {"delayType": "MailboxFull", "timestamp": stamp(age), "delayedRecipients": [{"emailAddress": to} for to in recipients]}
            event = {"eventType": "DeliveryDelay", "mail": mail, "deliveryDelay": detail}
            count_of_domain("DeliveryDelay", several)
        self.publish(event)

    def publish(self, event: dict) -> None:
        text = json.dumps(event)
        self.first.append(text)
        self.published += 1
        repeated = self.dice.random()
        if repeated < 0.08:
            self.again.append(text)
        elif repeated < 0.2 and event["eventType"] in ("Bounce", "Complaint", "Delivery"):
            # The other format: it has no tags, and arrives later.
            other = {**event, "notificationType": event["eventType"]}
            del other["eventType"]
            other["mail"] = {name: value for name, value in event["mail"].items() if name != "tags"}
            self.again.append(json.dumps(other))
        else:
            return
        self.published += 1
        self.expected["Ignored", (("Reason", "duplicate"),), None] += 1

    def time(self) -> tuple[datetime, datetime | None]:
        """Returns when an event happened, and the minute under which it counts (None: that of its arrival)."""
        past = self.now - timedelta(minutes=self.dice.randint(2, 180))
        match self.dice.random():
            case late if late < 0.05:
                past -= timedelta(days=3)
            case late if late < 0.07:
                return past - timedelta(days=20), None
        return past + timedelta(seconds=self.dice.randint(0, 59)), past


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def publish_all(sns, topic: str, texts: list[str]) -> None:
    tens = [texts[n : n + 10] for n in range(0, len(texts), 10)]

    def ten(messages: list[str]) -> None:
        entries = [{"Id": str(n), "Message": text} for n, text in enumerate(messages)]
        assert not sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries).get("Failed")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ten, tens))


def written(cloudwatch, begun: int) -> Counter:
    """Returns all data of our namespace by metric, dimensions and minute; those that count at their arrival,
    since `begun`, are added up."""
    sums: Counter[tuple] = Counter()
    now = datetime.now(UTC)
    for page in cloudwatch.get_paginator("list_metrics").paginate(Namespace="SesWarden"):
        for metric in page["Metrics"]:
            found = cloudwatch.get_metric_statistics(
                Namespace="SesWarden", MetricName=metric["MetricName"], Dimensions=metric["Dimensions"],
                StartTime=now - timedelta(days=15), EndTime=now + timedelta(hours=1), Period=60, Statistics=["Sum"],
            )  # fmt: skip
            dimensions = tuple(sorted((d["Name"], d["Value"]) for d in metric["Dimensions"]))
            for point in found["Datapoints"]:
                minute = int(point["Timestamp"].timestamp())
                sums[metric["MetricName"], dimensions, None if minute >= begun - 60 else minute] += point["Sum"]
    return sums


def count_mix(aws, stack, mix: Mix, *, seconds: float = 300) -> Counter:
    """Publishes the mix, waits until metrics has counted it, and reads the sums.

    Reads only the metrics that the mix contains. SES also publishes one notice to each new event
    destination, and the mix expects these two notices.
    """
    sns, sqs, cloudwatch = aws.client("sns"), aws.client("sqs"), aws.client("cloudwatch")
    topic, queue = stack.outputs["FeedbackTopicArn"], stack.outputs["MetricsQueueUrl"]
    begun = int(time.time())

    def idle() -> bool:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        return all(n == "0" for n in sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"].values())

    # A repetition is published after the first is counted, because the format without tags must not be first.
    publish_all(sns, topic, mix.first)
    wait_until("metrics has counted the first of each", idle, seconds=seconds)
    publish_all(sns, topic, mix.again)
    wait_until("metrics has seen the rest", idle, seconds=seconds)

    mix.expected["Ignored", (("Reason", "setup_notice"),), None] += 2
    names = {name for name, *_ in mix.expected}
    return Counter({key: value for key, value in written(cloudwatch, begun).items() if key[0] in names})
