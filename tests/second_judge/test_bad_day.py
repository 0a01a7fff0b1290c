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
from warden_local.account import prepare
from warden_local.cast import MAILBOXES, NEWS, SENDERS, Script
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
        prepare(aws)
        self.connected = self.connect("apply", "--yes", "--namespace", NAMESPACE, "--no-domains")
        for domain, mailbox in MAILBOXES.items():
            aws.ses_control("PUT", f"domains/{domain}", mailbox.plan())
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
        policy = {"Statement": [resolved(s) for s in statements if s["Sid"] == "SesReadsImportJobs"]}
        s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", **policy}))

    def function(self, name, **variables):
        everywhere = self.aws.variables(self.shim.endpoint)
        return Function(name, self.binaries[name], {**everywhere, **variables})

    def suppressed(self):
        return set(self.aws.ses_control("GET", "suppression")["entries"])

    def connect(self, *arguments):
        """What the command did, or would do."""
        options = ["--prefix", "ses-warden/", "--ses-calls-per-second", "200"]
        options += ["--feedback-topic", self.topics["feedback"], "--alarm-topic", self.topics["alarms"], "--json"]
        command = [self.binaries["ses-warden"], "connect", *arguments, *options]
        variables = self.aws.variables(self.shim.endpoint)
        done = subprocess.run(command, env=variables, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def alarm_names(self):
        return {alarm["AlarmName"] for alarm in self.cloudwatch.describe_alarms()["MetricAlarms"]}

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


def resolved(node):
    """The template's references, as CloudFormation would fill them in."""
    if isinstance(node, list):
        return [resolved(part) for part in node]
    if not isinstance(node, dict):
        return node
    if "Fn::Sub" in node:
        return node["Fn::Sub"].replace("${SuppressBucket.Arn}", f"arn:aws:s3:::{BUCKET}")
    if node == {"Ref": "AWS::AccountId"}:
        return ACCOUNT
    return {key: resolved(value) for key, value in node.items()}


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


def test_connect_makes_destinations_and_alarms_once(day):
    assert {step["kind"] for step in day.connected["steps"]} >= {"destination", "reputation-metrics", "alarm"}
    applied = day.connect("apply", "--yes", "--namespace", NAMESPACE)
    assert any(NEWS.domain in name for name in day.alarm_names())
    again = day.connect("plan", "--namespace", NAMESPACE)["counts"]
    assert {count for name, count in again.items() if name != "keep"} == {0}
    assert again["keep"] >= len(applied["steps"])


def test_guard_pauses_the_set_and_notifies_the_operators_once(day):
    alarm = f"ses-warden/domain/{NEWS.domain}/bounce/critical"
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


def test_connect_takes_away_what_it_made(day):
    day.connect("remove", "--yes")
    assert day.alarm_names() == set()
    for sender in SENDERS:
        name = sender.configuration_set
        found = day.ses.get_configuration_set(ConfigurationSetName=name)
        assert (found["Tags"], found["ReputationOptions"]["ReputationMetricsEnabled"]) == ([], False)
        destinations = day.ses.get_configuration_set_event_destinations(ConfigurationSetName=name)
        assert destinations["EventDestinations"] == []
