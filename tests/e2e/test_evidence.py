"""`ses-warden evidence` about an incident in the local AWS; botocore reads the same figures independently."""

import json
import re
import subprocess
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest

from console import Console
from warden_local import paths
from warden_local.cast import CLOSED, INBOX, MAILBOXES, NEWS
from warden_local.command import environment
from warden_local.waiting import wait_until

FAST = ("--ses-calls-per-second", "200")
GOOD, BAD = 30, 10


class Case:
    """An account with a finished incident."""

    def __init__(self, aws, stack, binary):
        self.aws, self.stack, self.binary = aws, stack, binary
        self.console = Console(aws, stack)
        self.cloudwatch, self.table = aws.client("cloudwatch"), aws.client("dynamodb")
        self.ses = aws.client("sesv2")

    def run(self, *options, status=0, **variables):
        done = subprocess.run(
            [self.binary, "evidence", *options, *FAST], env={**environment(self.aws), **variables},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        gaps = json.loads(done.stdout)["gaps"] if "--json" in options and done.stdout else []
        assert done.returncode == status, (gaps, done.stderr)
        return done.stdout

    def report(self, *options, **more):
        return json.loads(self.run("--json", *options, **more))

    def sum(self, metric, **dimensions):
        """The account's sum of one of our metrics, by botocore."""
        now = datetime.now(UTC)
        wanted = [{"Name": name, "Value": value} for name, value in dimensions.items()]
        points = self.cloudwatch.get_metric_statistics(
            Namespace="SesWarden", MetricName=metric, Dimensions=wanted, Statistics=["Sum"], Period=3600,
            StartTime=now - timedelta(days=1), EndTime=now + timedelta(hours=1),
        )["Datapoints"]  # fmt: skip
        return sum(point["Sum"] for point in points)

    def send(self, recipients):
        for recipient in recipients:
            self.ses.send_email(
                FromEmailAddress=NEWS.address, ConfigurationSetName=NEWS.configuration_set,
                Destination={"ToAddresses": [recipient]},
                Content={"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}},
            )  # fmt: skip

    def note(self, event, at, actor, reason):
        stamp = at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"
        item = {
            "pk": "history", "sk": f"{stamp}#{event}", "event": event, "target_kind": "configuration_set",
            "target": NEWS.configuration_set, "actor": actor, "reason": reason,
        }  # fmt: skip
        texts = {name: {"S": value} for name, value in item.items()}
        at_millis = {"N": str(int(at.timestamp() * 1000))}
        name = self.stack.outputs["JournalTableName"]
        self.table.put_item(TableName=name, Item={**texts, "v": {"N": "1"}, "at": at_millis})


@pytest.fixture(scope="module")
def case(aws, deploy, binaries):
    found = Case(aws, deploy(), binaries["ses-warden"])
    for domain, mailbox in MAILBOXES.items():
        aws.ses_control("PUT", f"domains/{domain}", mailbox.plan())
    found.send([f"reader{n}@{INBOX}" for n in range(GOOD)] + [f"gone{n}@{CLOSED}" for n in range(BAD)])
    wait_until("everything is counted", lambda: found.sum("BounceHard") == BAD and found.sum("Send") == GOOD + BAD)
    wait_until("everything is on the list", lambda: len(listed(found)) == BAD)
    # suppress counts what it put when it is done with all of it.
    wait_until("what is on the list is counted", lambda: found.sum("Suppressed", Reason="BOUNCE") == BAD)
    aws.ses_control("POST", "reputation")
    now = datetime.now(UTC)
    found.note("pause", now, "guard", "10 of 40 sends hard-bounced (25.0 %)")
    found.note("resume", now + timedelta(milliseconds=5), "command", "the list is gone")
    return found


def listed(case):
    return case.ses.list_suppressed_destinations()["SuppressedDestinationSummaries"]


def test_the_figures_are_those_that_aws_holds(case):
    report = case.report("--fixed", "Double opt-in", "--fixed", "The bought list is deleted")
    assert (report["region"], report["stack"], report["sending_enabled"]) == ("eu-central-1", "ses-warden", True)
    assert report["enforcement_status"] == "HEALTHY"
    assert [(row["what"], row["why"]) for row in report["timeline"]] == [
        (f"paused configuration set {NEWS.configuration_set}", "10 of 40 sends hard-bounced (25.0 %)"),
        (f"resumed configuration set {NEWS.configuration_set}", "the list is gone"),
    ]
    assert [row["by"] for row in report["timeline"]] == ["guard, automatically", "an operator"]
    assert [phase["name"] for phase in report["phases"]] == ["before the pause", "while paused", "after the resume"]
    for name, metric in (("sends", "Send"), ("hard_bounces", "BounceHard"), ("deliveries", "Delivery")):
        assert sum(phase[name] for phase in report["phases"]) == case.sum(metric), name
    [domain] = report["domains"]
    assert (domain["name"], domain["sends"], domain["bounce_rate"]) == (NEWS.domain, GOOD + BAD, BAD / (GOOD + BAD))
    [bounced] = report["classes"]
    assert (bounced["name"], bounced["count"]) == (f"recipient_gone, mail from {NEWS.domain}", BAD)
    [text] = report["texts"]
    assert text["count"] == BAD and text["class"] == "recipient_gone" and text["text"]
    assert report["suppressed"] == [{"name": "BOUNCE", "count": BAD}]
    assert report["listed"] == [{"name": "BOUNCE", "count": len(listed(case))}]
    assert report["fixed"] == ["Double opt-in", "The bought list is deleted"]
    assert max(rate for _, rate in report["series"]["aws_bounce_rate"]) == pytest.approx(BAD / (GOOD + BAD))
    assert any("pauses the configuration set" in line for line in report["automated"])
    assert report["unread"] == 0
    assert any("AllowedCallerIdentities" in gap for gap in report["gaps"])


def test_markdown_and_page_say_the_same_and_hold_no_address(case, tmp_path):
    files = tmp_path / "case.md", tmp_path / "case.html"
    said = case.run("--markdown", files[0], "--html", files[1], "--fixed", "Asked jane@example.net to stop")
    assert f"Wrote {files[0]} and {files[1]}." in said
    markdown, page = (file.read_text() for file in files)
    for text in (markdown, page):
        assert "25.0 %" in text and "the list is gone" in text and "recipient_gone" in text
        assert "What was fixed" in text and "Gaps" in text
        assert not re.search(rf"(gone|reader)\d+@|jane@|@{CLOSED}", text)
    assert case.run() .startswith("# Sending in eu-central-1")

    class Links(HTMLParser):
        found = []

        def handle_starttag(self, tag, attributes):
            self.found += [value for name, value in attributes if name in ("src", "href") and not value.startswith("#")]

    Links().feed(page)
    assert Links.found == [] and "<svg" in page and "prefers-color-scheme" in page


def test_a_file_that_is_there_is_kept(case, tmp_path):
    page, other = tmp_path / "case.html", tmp_path / "case.md"
    page.write_text("mine")
    case.run("--markdown", other, "--html", page, status=2)
    assert page.read_text() == "mine" and not other.exists()
    case.run("--markdown", other, "--html", page, "--force")
    assert "<svg" in page.read_text() and other.exists()


def test_without_a_stack_it_says_what_it_cannot_know(case):
    report = case.report("--stack", "nowhere", status=1)
    assert report["unread"] >= 2 and report["timeline"] == []
    assert any("The stack nowhere could not be read" in gap for gap in report["gaps"])
    # What AWS itself and the usual namespace hold is there all the same.
    assert sum(phase["sends"] for phase in report["phases"]) == GOOD + BAD


def test_the_policy_is_enough_and_less_is_a_gap(case):
    """An IAM user with the policy of the docs reads everything; without an action, it is named."""
    policy = json.loads((paths.ROOT / "docs" / "evidence-policy.json").read_text())
    iam = case.aws.client("iam")
    iam.create_user(UserName="reviewer")
    key = iam.create_access_key(UserName="reviewer")["AccessKey"]
    keys = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}

    def allow(statements):
        document = json.dumps({**policy, "Statement": statements})
        iam.put_user_policy(UserName="reviewer", PolicyName="evidence", PolicyDocument=document)

    allow(policy["Statement"])
    assert case.report(**keys)["unread"] == 0
    for action in ("dynamodb:Scan", "dynamodb:Query", "cloudwatch:ListMetrics", "secretsmanager:GetSecretValue"):
        allow([
            {**one, "Action": [name for name in one["Action"] if name != action]}
            for one in policy["Statement"] if one["Action"] != [action]
        ])  # fmt: skip
        report = case.report(status=1, **keys)
        assert report["unread"] > 0, action
