"""The local AWS of the campaigns: one for many campaigns, emptied before each."""

import asyncio
import contextlib
import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from gateway import send
from http_streams import Message, encode, read_message
from story import SENDERS, Story, mailboxes
from warden_local.local_aws import ACCOUNT, CREDENTIALS, REGION, LocalAws, base_environment
from warden_local.processes import Processes

TABLE, BUCKET, SECRET = "journal", "ses-warden-campaign", "ses-warden/journal-key"
SECRET_TEXT = "a-secret-of-the-campaigns"
PREFIX = "ses-warden/"
FEEDBACK = f"arn:aws:sns:{REGION}:{ACCOUNT}:feedback"
OPERATORS = f"arn:aws:sns:{REGION}:{ACCOUNT}:operators"
SEND, BOUNCE = "Send", "BounceHard"


class CampaignAws(LocalAws):
    """ministack, and local-ses with the capture in between."""

    def __init__(self, processes: Processes, local_ses: Path, logs: Path, capture: str) -> None:
        self.capture = capture
        super().__init__(processes, local_ses, logs)

    def upstream(self) -> str:
        return self.capture


class Capture:
    """Stands between local-ses and ministack, and keeps the events that SES publishes."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.upstream = ""

    async def listen(self) -> str:
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        return "http://127.0.0.1:%d" % self.server.sockets[0].getsockname()[1]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while request := await read_message(reader):
                writer.write(await self.handle(request))
                await writer.drain()
        writer.close()

    async def handle(self, request: Message) -> bytes:
        if b"Action=Publish" in request.body[:200]:
            self.events.append(parse_qs(request.body.decode())["Message"][0])
            body = b"<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>"
            return encode("HTTP/1.1 200 OK", {"content-type": "text/xml"}, body)
        upstream = urlsplit(self.upstream)
        answer = await send(upstream.hostname, upstream.port, request)
        return encode(answer.first, answer.headers, answer.body)


@dataclass
class Published:
    """One event of SES, with the key that stands for it in the ledger."""

    key: str
    kind: str
    recipients: tuple[str, ...]
    text: str


class World:
    """The emptied AWS of one campaign, and what a person reads in it."""

    def __init__(self, aws: CampaignAws, capture: Capture) -> None:
        self.aws, self.capture = aws, capture
        names = ("dynamodb", "s3", "secretsmanager", "sns", "cloudwatch")
        self.clients = {name: aws.client(name) for name in names}
        self.ses_host, self.ses_port = urlsplit(aws.ses_endpoint).hostname, urlsplit(aws.ses_endpoint).port

    async def ses(self, method: str, path: str, body: Any = None) -> Any:
        """Calls SES, or the control plane of local-ses, as a person does: nothing stands in between."""
        text = b"" if body is None else json.dumps(body).encode()
        request = Message(f"{method} {path} HTTP/1.1", {"host": "ses", "content-type": "application/json"}, text)
        answer = await send(self.ses_host, self.ses_port, request)
        found = json.loads(answer.body or b"null")
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {found}")
        return found

    async def empty(self, *, rescues: bool) -> None:
        await asyncio.to_thread(self.aws.reset)
        self.capture.events.clear()
        await asyncio.to_thread(self.make_resources)
        account = {"check_topics": False, "automatic_suppression": rescues}
        await self.ses("PUT", "/_local/account", account)
        await self.ses("PUT", "/_local/import-jobs", {"seconds": 0.1})
        for sender in SENDERS:
            await self.ses("POST", "/v2/email/configuration-sets", {"ConfigurationSetName": sender.configuration_set})
            await self.ses("POST", "/v2/email/identities", {"EmailIdentity": sender.domain})
            destination = {
                "EventDestinationName": "ses-warden",
                "EventDestination": {
                    "Enabled": True,
                    "MatchingEventTypes": ["SEND", "DELIVERY", "BOUNCE", "COMPLAINT"],
                    "SnsDestination": {"TopicArn": FEEDBACK},
                },
            }
            await self.ses("POST", f"/v2/email/configuration-sets/{sender.configuration_set}/event-destinations", destination)
        for domain, mailbox in mailboxes().items():
            await self.ses("PUT", f"/_local/domains/{domain}", mailbox.plan())

    def make_resources(self) -> None:
        keys = [("pk", "HASH"), ("sk", "RANGE")]
        self.clients["dynamodb"].create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
            BillingMode="PAY_PER_REQUEST",
        )
        self.clients["s3"].create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        allow = {
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow", "Principal": {"Service": "ses.amazonaws.com"}, "Action": "s3:GetObject",
                "Resource": f"arn:aws:s3:::{BUCKET}/*", "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
            }],
        }  # fmt: skip
        self.clients["s3"].put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(allow))
        self.clients["secretsmanager"].create_secret(Name=SECRET, SecretString=SECRET_TEXT)
        self.clients["sns"].create_topic(Name="operators")
        for sender in SENDERS:
            domain, by_set = {"Domain": sender.domain}, {"Domain": sender.domain, "ConfigurationSet": sender.configuration_set}
            self.put_alarm(f"domain/{sender.domain}/bounce/critical", domain, 0.08)
            self.put_alarm(f"domain/{sender.domain}/bounce/warn", domain, 0.03)
            self.put_alarm(f"configuration-set/{sender.configuration_set}/bounce/critical", by_set, 0.08)
        self.clients["cloudwatch"].put_metric_alarm(
            AlarmName=f"{PREFIX}account/all/bounce/critical", Namespace="AWS/SES", MetricName="Reputation.BounceRate", Statistic="Maximum",
            Period=900, EvaluationPeriods=1, ComparisonOperator="GreaterThanOrEqualToThreshold", Threshold=0.08, TreatMissingData="ignore",
        )  # fmt: skip

    def put_alarm(self, name: str, dimensions: dict[str, str], threshold: float) -> None:
        named = [{"Name": key, "Value": value} for key, value in dimensions.items()]

        def series(id_: str, metric: str) -> dict:
            stat = {"Metric": {"Namespace": "SesWarden", "MetricName": metric, "Dimensions": named}, "Period": 300, "Stat": "Sum"}
            return {"Id": id_, "MetricStat": stat, "ReturnData": False}

        rate = {"Id": "rate", "Expression": "IF(sends > 20, bounces / sends, 0)", "ReturnData": True}
        self.clients["cloudwatch"].put_metric_alarm(
            AlarmName=PREFIX + name, Metrics=[series("bounces", BOUNCE), series("sends", SEND), rate], EvaluationPeriods=1,
            ComparisonOperator="GreaterThanThreshold", Threshold=threshold, TreatMissingData="notBreaching",
        )  # fmt: skip

    async def send_all(self, story: Story) -> list[Published]:
        """Sends every mail, and returns the events that SES publishes."""
        for mail in story.mails:
            await self.ses("POST", "/v2/email/outbound-emails", {
                "FromEmailAddress": mail.sender.address,
                "ConfigurationSetName": mail.sender.configuration_set,
                "Destination": {"ToAddresses": list(mail.recipients)},
                "Content": {"Simple": {"Subject": {"Data": "Campaign subject"}, "Body": {"Text": {"Data": "Campaign body"}}}},
            })  # fmt: skip
        while (await self.ses("GET", "/_local/pending"))["pending"]:
            await asyncio.sleep(0.01)
        return [published(number, text) for number, text in enumerate(self.capture.events) if text.startswith("{")]

    # ------------------------------------------------------- what is there at the end

    async def listed(self) -> dict[str, str]:
        return (await self.ses("GET", f"/_local/suppression?region={REGION}"))["entries"]

    async def sends(self, name: str) -> bool:
        if name == "account":
            return (await self.ses("GET", "/v2/email/account"))["SendingEnabled"]
        return (await self.ses("GET", f"/v2/email/configuration-sets/{name}"))["SendingOptions"]["SendingEnabled"]

    async def files(self) -> dict[str, str]:
        """Returns every object of the bucket."""

        def read() -> dict[str, str]:
            s3 = self.clients["s3"]
            keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
            return {key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode() for key in keys}

        return await asyncio.to_thread(read)

    async def sum_of(self, metric: str, dimensions: dict[str, str]) -> float:
        """Returns all that was ever counted in one series."""
        now = datetime.now(UTC)
        found = await asyncio.to_thread(
            self.clients["cloudwatch"].get_metric_statistics, Namespace="SesWarden", MetricName=metric, Statistics=["Sum"], Period=86_400,
            StartTime=now - timedelta(days=2), EndTime=now + timedelta(days=2),
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        )  # fmt: skip
        return sum(point["Sum"] for point in found["Datapoints"])

    async def episodes(self) -> Counter:
        """Returns how often each alarm has gone into ALARM."""

        def read() -> Counter:
            pages = self.clients["cloudwatch"].get_paginator("describe_alarm_history").paginate(HistoryItemType="StateUpdate")
            items = [item for page in pages for item in page["AlarmHistoryItems"]]
            return Counter(item["AlarmName"] for item in items if item["HistorySummary"].endswith("to ALARM"))

        return await asyncio.to_thread(read)

    async def items(self) -> list[dict]:
        """Returns every item of the journal, without the types of its fields."""
        found = (await asyncio.to_thread(self.clients["dynamodb"].scan, TableName=TABLE))["Items"]
        return [{name: next(iter(value.values())) for name, value in item.items()} for item in found]


def published(number: int, text: str) -> Published:
    event = json.loads(text)
    kind = event["eventType"]
    match kind:
        case "Bounce":
            recipients = [one["emailAddress"] for one in event["bounce"]["bouncedRecipients"]]
        case "Complaint":
            recipients = [one["emailAddress"] for one in event["complaint"]["complainedRecipients"]]
        case "Delivery":
            recipients = event["delivery"]["recipients"]
        case _:
            recipients = event["mail"]["destination"]
    return Published(f"{kind}-{number}", kind, tuple(recipients), text)


def function_variables(plan: Any) -> dict[str, dict[str, str]]:
    """Returns the settings of each function, as the template writes them."""
    journal = {"WARDEN_JOURNAL_TABLE": TABLE}
    common = {**base_environment(), "AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": CREDENTIALS["aws_access_key_id"],
              "AWS_SECRET_ACCESS_KEY": CREDENTIALS["aws_secret_access_key"], "WARDEN_LOG": "debug"}  # fmt: skip
    return {
        "suppress": {
            **common, **journal, "WARDEN_JOURNAL_KEY": SECRET, "WARDEN_BUCKET": BUCKET, "WARDEN_SES_CALLS_PER_SECOND": "1000",
            "WARDEN_IMPORT_THRESHOLD": str(plan.import_threshold), "WARDEN_RESCUE_QUIET_HOURS": "0",
            "WARDEN_RESCUE_MODE": "remove" if plan.rescues else "report",
        },
        "metrics": common,
        "guard": {**common, **journal, "WARDEN_ALARM_PREFIX": PREFIX, "WARDEN_OPERATOR_TOPIC_ARN": OPERATORS},
    }  # fmt: skip
