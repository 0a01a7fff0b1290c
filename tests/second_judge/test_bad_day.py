"""The bad day of `make run` in front of moto: a purchased list, counted, suppressed, paused.

SES is local-ses, which publishes to moto's SNS; the functions are the built ones. moto evaluates
no alarm, so a test raises the one that CloudWatch would.
"""

import json
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from functions import Function
from queues import Queue
from warden_local.cast import MAILBOXES, NEWS, Script
from warden_local.local_aws import ACCOUNT
from warden_local.sending import refusal, send_all
from warden_local.waiting import wait_until

BUCKET = "ses-warden-suppress"
NAMESPACE = "SesWarden"
SCHEDULE = {"version": "0", "id": "1", "detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}


class Day:
    """What the stack would have made, and the mail that went through it."""

    def __init__(self, aws, shim, resources, binaries):
        self.aws, self.shim, self.binaries = aws, shim, binaries
        self.ses, self.sns, self.cloudwatch = aws.client("sesv2"), aws.client("sns"), aws.client("cloudwatch")
        self.letters = [letter for letter in Script("domain").healthy if letter.sender == NEWS]
        self.letters += [letter for wave in Script("domain").purchased for letter in wave]
        self.topics = {name: self.sns.create_topic(Name=name)["TopicArn"] for name in ("feedback", "alarms", "operators")}
        self.suppress = self.queue("suppress", FilterPolicyScope="MessageBody", FilterPolicy=json.dumps(
            resources["SuppressQueueSubscription"]["Properties"]["FilterPolicy"]["$or"][0]))  # fmt: skip
        self.metrics = self.queue("metrics")
        self.inbox = Queue(aws, "operators")
        self.sns.subscribe(TopicArn=self.topics["operators"], Protocol="sqs", Endpoint=self.inbox.arn)
        self.bucket(resources)
        self.connect()
        send_all(self.ses, self.letters)
        wait_until("all is published", lambda: aws.ses_control("GET", "pending")["pending"] == 0)
        assert aws.ses_control("GET", "unpublished") == []

    def queue(self, name, **attributes):
        queue = Queue(self.aws, name)
        attributes["RawMessageDelivery"] = "true"
        self.sns.subscribe(TopicArn=self.topics["feedback"], Protocol="sqs", Endpoint=queue.arn, Attributes=attributes)
        return queue

    def bucket(self, resources):
        """With the template's statement that lets SES read."""
        s3 = self.aws.client("s3")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        statements = resources["SuppressBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
        [statement] = [s for s in statements if s["Sid"] == "SesReadsImportJobs"]
        path = statement["Resource"]["Fn::Sub"].replace("${SuppressBucket.Arn}", f"arn:aws:s3:::{BUCKET}")
        assert statement["Condition"] == {"StringEquals": {"aws:Referer": {"Ref": "AWS::AccountId"}}}
        condition = {"StringEquals": {"aws:Referer": ACCOUNT}}
        policy = {"Statement": [{**statement, "Resource": path, "Condition": condition}]}
        s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", **policy}))

    def connect(self):
        self.ses.create_configuration_set(ConfigurationSetName=NEWS.configuration_set)
        self.ses.create_configuration_set_event_destination(
            ConfigurationSetName=NEWS.configuration_set,
            EventDestinationName="feedback",
            EventDestination={
                "Enabled": True,
                "MatchingEventTypes": ["SEND", "DELIVERY", "BOUNCE", "COMPLAINT", "REJECT", "DELIVERY_DELAY"],
                "SnsDestination": {"TopicArn": self.topics["feedback"]},
            },
        )
        for domain, mailbox in MAILBOXES.items():
            self.aws.ses_control("PUT", f"domains/{domain}", mailbox.plan())

    def function(self, name, **variables):
        everywhere = self.aws.variables(self.shim.endpoint)
        return Function(name, self.binaries[name], {**everywhere, **variables})

    def suppressed(self):
        return set(self.aws.ses_control("GET", "suppression")["entries"])

    def alarms(self, *arguments):
        options = ["--prefix", "ses-warden/", "--namespace", NAMESPACE, "--alarm-topic", self.topics["alarms"]]
        command = [self.binaries["ses-warden"], "alarms", *arguments, *options]
        variables = self.aws.variables(self.shim.endpoint)
        done = subprocess.run(command, env=variables, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def sum_of(self, metric):
        """Of the domain's set, where metrics writes that series: see test_limits.py."""
        now = datetime.now(UTC)
        dimensions = {"Domain": NEWS.domain}
        if metric in ("Send", "BounceHard", "Complaint"):
            dimensions["ConfigurationSet"] = NEWS.configuration_set
        found = self.cloudwatch.get_metric_statistics(
            Namespace=NAMESPACE,
            MetricName=metric,
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
            StartTime=now - timedelta(hours=2),
            EndTime=now + timedelta(minutes=2),
            Period=3600,
            Statistics=["Sum"],
        )
        return sum(point["Sum"] for point in found["Datapoints"])


@pytest.fixture(scope="module")
def day(aws, shim, resources, binaries):
    return Day(aws, shim, resources, binaries)


def test_metrics_counts_in_cloudwatch_what_was_sent(day):
    expected = Counter(Send=len(day.letters))
    for letter in day.letters:
        expected.update(letter.mailbox.counts)
    with day.function("metrics", WARDEN_NAMESPACE=NAMESPACE) as metrics:
        for event in day.metrics.events():
            assert metrics.invoke(event) == {"batchItemFailures": []}
    for metric in ("Send", "Delivery", "BounceHard", "BounceSoft", "Complaint"):
        assert day.sum_of(metric) == expected[metric], metric
    assert "PutMetricData" in day.shim.operations


def test_suppress_stages_in_s3_and_imports_what_is_dead(day):
    expected = {letter.recipient for letter in day.letters if letter.mailbox.suppressed}
    settings = {"WARDEN_BUCKET": BUCKET, "WARDEN_IMPORT_THRESHOLD": "10", "WARDEN_SES_CALLS_PER_SECOND": "20"}
    # Two environments, as on AWS: what keeps them from one job each is S3's conditional writes.
    with day.function("suppress", **settings) as first, day.function("suppress", **settings) as second:
        for event in day.suppress.events():
            assert first.invoke(event) == {"batchItemFailures": []}
        staged = day.aws.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]
        assert any("/staged/" in found["Key"] for found in staged)

        def listed():
            with ThreadPoolExecutor(2) as threads:
                list(threads.map(lambda function: function.invoke(SCHEDULE), (first, second)))
            return day.suppressed() == expected

        wait_until("the import is done", listed)
    jobs = day.ses.list_import_jobs()["ImportJobs"]
    assert [(job["JobStatus"], job["ProcessedRecordsCount"]) for job in jobs] == [("COMPLETED", len(expected))]


def test_the_command_makes_alarms_once(day):
    planned = json.loads(day.alarms("plan", "--json"))
    assert {alarm["domain"] for alarm in planned["alarms"]} == {NEWS.domain}
    day.alarms("apply", "--yes")
    assert json.loads(day.alarms("plan", "--json"))["counts"]["create"] == 0
    names = {alarm["AlarmName"] for alarm in day.cloudwatch.describe_alarms()["MetricAlarms"]}
    assert names == {alarm["name"] for alarm in planned["alarms"]}


def test_guard_pauses_the_set_and_tells_the_operators_once(day):
    [alarm] = [
        found["AlarmName"]
        for found in day.cloudwatch.describe_alarms()["MetricAlarms"]
        if "/bounce/critical" in found["AlarmName"] and not found["AlarmName"].endswith("/slow")
    ]
    day.cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="Threshold Crossed")
    settings = {
        "WARDEN_ALARM_PREFIX": "ses-warden/",
        "WARDEN_OPERATOR_TOPIC_ARN": day.topics["operators"],
        "WARDEN_NAMESPACE": NAMESPACE,
    }
    with day.function("guard", **settings) as guard:
        for _ in range(2):
            guard.invoke(SCHEDULE)
    assert refusal(day.ses, day.letters[0]) == "SendingPausedException"
    assert day.aws.ses_control("GET", "calls")["PutConfigurationSetSendingOptions"] == 1
    notices = [json.loads(body)["Message"] for body in day.inbox.bodies()]
    assert len(notices) == 1 and NEWS.configuration_set in notices[0]
