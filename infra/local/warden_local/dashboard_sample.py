"""A day of metrics as ses-warden and AWS would write them: sample data, always the same.

Three domains send. In the evening one of them mails a purchased list; guard pauses its
configuration set at 20:25, and the operators are told.
"""

import math
import random

from warden_local.series import Series

NAMESPACE, STACK = "SesWarden", "ses-warden"
STEP = 300
END = 1_790_035_200  # 2026-09-22 00:00 UTC
BEGIN = END - 86_400
BOUGHT_FROM, PAUSED_AT = END - 4 * 3_600, END - 4 * 3_600 + 1_500
TROUBLED = "news.example.org"
# Domain, configuration set, mails in five minutes, share of hard bounces, typical time of delivery.
SENDERS = (
    ("shop.example.com", "transactional", 130, 0.004, 900),
    (TROUBLED, "marketing", 90, 0.012, 1_600),
    ("alerts.example.net", "transactional", 25, 0.002, 700),
)
PROVIDERS = (("Gmail", 0.45), ("Microsoft", 0.25), ("Yahoo", 0.12), ("other", 0.18))
FAULTS = (("recipient_gone", 0.7), ("sender_authentication", 0.2), ("mailbox_full", 0.1))
PARAMETERS = {"ConfigurationSets": "transactional,marketing", "AllowedSourceCidrs": "192.0.2.0/24"}
# Those that are not OK.
ALARMS = {
    f"{STACK}/configuration-set/marketing/bounce/critical": "ALARM",
    f"{STACK}/configuration-set/marketing/bounce/warn": "ALARM",
    f"{STACK}/account/all/complaint/warn": "ALARM",
}


def entry(at: int, message: str, alarm: str, **more: str) -> dict:
    return {"@timestamp": at, "message": message, "alarm.name": f"{STACK}/configuration-set/marketing/bounce/{alarm}", **more}


# As guard logs it.
LOG = [
    entry(BOUGHT_FROM + 330, "operators told", "warn", action="warning"),
    entry(PAUSED_AT + 3, "paused", "critical", what="set marketing"),
    entry(PAUSED_AT + 4, "operators told", "critical", action="paused_sets"),
    entry(PAUSED_AT + 300, "this episode is handled already", "critical"),
]


class Sample:
    """The day as a source of the dashboard."""

    begin, end, domain = BEGIN, END, TROUBLED
    origin = "here from a day of sample data"

    def __init__(self) -> None:
        self.written = sample()

    def series(self) -> list[Series]:
        return self.written

    def alarms(self) -> dict[str, str]:
        return ALARMS

    def log(self) -> list[dict]:
        return LOG


class Day:
    """Writes series by name, in five minutes' steps."""

    def __init__(self) -> None:
        self.dice = random.Random(1)
        self.series: dict[tuple, Series] = {}

    def write(self, at: int, namespace: str, name: str, value: float, **dimensions: str) -> None:
        key = (namespace, name, *sorted(dimensions.items()))
        self.series.setdefault(key, Series(namespace, name, dimensions)).write(at, value)

    def count(self, at: int, name: str, value: float, **dimensions: str) -> None:
        """Ours are written only when they have something to say."""
        if value:
            self.write(at, NAMESPACE, name, value, **dimensions)

    def about(self, mean: float) -> int:
        """A Poisson number, roughly where the mean is large."""
        if mean > 30:
            return max(round(self.dice.gauss(mean, math.sqrt(mean))), 0)
        number, left = 0, math.exp(-mean)
        while (chance := self.dice.random()) > left:
            left, number = left / chance, number + 1
        return number


def sample() -> list[Series]:
    day = Day()
    sent, bounced = [], []
    for at in range(BEGIN, END, STEP):
        for sender in SENDERS:
            sends, bounces = mail(day, at, *sender)
            sent.append(sends)
            bounced.append(bounces)
        account(day, at, sum(sent[-900:]), sum(bounced[-900:]))
        machinery(day, at)
    return list(day.series.values())


def mail(day: Day, at: int, domain: str, name: str, usual: int, share: float, millis: float) -> tuple[int, int]:
    """Five minutes of one domain."""
    daylight = 0.35 + 0.65 * max(math.sin((at - BEGIN) / 86_400 * 2 * math.pi - 1.6), 0)
    bought = domain == TROUBLED and BOUGHT_FROM <= at < PAUSED_AT
    paused = domain == TROUBLED and at >= PAUSED_AT
    sends = 0 if paused else day.about(usual * daylight) + (day.about(600) if bought else 0)
    bounces = day.about(sends * (0.21 if bought else share)) if sends else 0
    complaints = day.about(sends * (0.004 if bought else 0.0004))
    delivered = max(sends - bounces, 0)
    counts = {"Send": sends, "Delivery": delivered, "BounceHard": bounces, "Complaint": complaints}
    for metric, value in counts.items():
        day.count(at, metric, value)
        day.count(at, metric, value, Domain=domain)
        if metric != "Delivery":
            day.count(at, metric, value, Domain=domain, ConfigurationSet=name)
        for provider, part in PROVIDERS if metric != "Send" else ():
            day.count(at, metric, round(value * part), Domain=domain, Provider=provider)
    for fault, part in FAULTS:
        day.count(at, "BounceFault", round(bounces * part), Domain=domain, Fault=fault)
    day.count(at, "RescueCandidate", round(bounces * 0.2), Domain=domain)
    for _ in range(min(delivered, 40)):
        day.count(at, "DeliveryTime", round(day.dice.lognormvariate(math.log(millis), 0.6)), Domain=domain)
    day.count(at, "Suppressed", 0 if bought else round(bounces * 0.7), Reason="BOUNCE")
    day.count(at, "Suppressed", complaints, Reason="COMPLAINT")
    if bought:
        day.count(at, "SuppressionStaged", round(bounces * 0.7))
        day.count(at + 600, "Suppressed", round(bounces * 0.7), Reason="IMPORT")
        day.count(at, "SuppressionIneffective", 2, Reason="COMPLAINT")
    return sends, bounces


def account(day: Day, at: int, sent: int, bounced: int) -> None:
    """What AWS writes about the account and its pool of managed addresses."""
    if at % 900 == 0:
        day.write(at, "AWS/SES", "Reputation.BounceRate", bounced / max(sent, 1))
        day.write(at, "AWS/SES", "Reputation.ComplaintRate", 0.0004 + (0.0007 if at > PAUSED_AT else 0))
    if at % 3_600 == 0:
        day.write(at, "AWS/SES", "SentLast24Hours", 31_000 + (at - BEGIN) / 20, PoolName="managed", IspName="Gmail")
        day.write(at, "AWS/SES", "Available24HourSend", 45_000, PoolName="managed", IspName="Gmail")


def machinery(day: Day, at: int) -> None:
    """Queues, functions and topics."""
    busy = BOUGHT_FROM <= at < PAUSED_AT + 900
    for queue in ("suppress", "metrics"):
        names = {"QueueName": f"{STACK}-{queue}"}
        day.write(at, "AWS/SQS", "ApproximateAgeOfOldestMessage", day.about(140 if busy else 45), **names)
        day.write(at, "AWS/SQS", "ApproximateNumberOfMessagesVisible", day.about(400 if busy else 12), **names)
    for function, millis in (("suppress", 2_400), ("metrics", 70), ("guard", 350)):
        names = {"FunctionName": f"{function.capitalize()}Function"}
        day.write(at, "AWS/Lambda", "Duration", day.dice.lognormvariate(math.log(millis), 0.25), **names)
        day.write(at, "AWS/Lambda", "Errors", 0, **names)
        day.write(at, "AWS/Lambda", "Throttles", 0, **names)
        day.write(at, "AWS/Lambda", "Invocations", 3 if busy and function == "guard" else 1, **names)
        day.write(at, "AWS/SQS", "ApproximateNumberOfMessagesVisible", 0,
                  QueueName=f"{function.capitalize()}DeadLetterQueue.QueueName")  # fmt: skip
    for topic, told in (("AlarmTopic", 3), ("OperatorTopic", 2)):
        day.write(at, "AWS/SNS", "NumberOfMessagesPublished", told if at == PAUSED_AT else 0, TopicName=f"{topic}.TopicName")
    day.count(at, "Ignored", day.about(1), Reason="duplicate")
    if at == BEGIN + 30_000:
        day.count(at, "Malformed", 2, Reason="malformed_json")
        day.count(at, "UnexpectedSender", 4, SourceIp="198.51.100.7")
