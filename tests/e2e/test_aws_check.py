"""`make aws-check` against the local AWS, as far as that goes: the report, and that nothing stays."""

import json
import re
import subprocess
import sys

import pytest
from botocore.exceptions import EndpointConnectionError

from release import Person, localized, packaged
from warden_local import paths

REGION = "eu-central-1"
QUESTIONS = (
    "deploys", "dashboard", "functions", "connects", "second-plan", "switch", "empty-series", "drill", "suppress",
    "guard", "import", "permissions", "removed",
)  # fmt: skip


@pytest.fixture(scope="module")
def person(aws, binaries, tmp_path_factory):
    aws.reset()
    dist = packaged(tmp_path_factory.mktemp("release") / "dist", binaries["ses-warden"].parent)
    aws.client("sesv2").create_email_identity(EmailIdentity="shop.example.com")
    return Person(aws, localized(dist, aws), tmp_path_factory.mktemp("home"))


def check(person, tmp_path, *options, expected):
    """Standard output, and the report."""
    report = tmp_path / "report.md"
    command = [sys.executable, person.dist / "aws-check.pyz", "--yes", "--region", REGION, "--report", report]
    done = subprocess.run(
        [*command, "--patience", "15", *options], env=person.env, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == expected, done.stdout + (report.read_text() if report.exists() else "")
    return done.stdout, report.read_text() if report.exists() else ""


def answers(report):
    return dict(re.findall(r"^\| ([a-z-]+) \| .* \| \*\*(\w+)\*\* \| \d+ \|$", report, re.MULTILINE))


def test_every_question_has_its_answer_and_nothing_stays(person, tmp_path):
    said, report = check(person, tmp_path, "--identity", "shop.example.com", "--import-job", expected=0)
    assert answers(report) == dict.fromkeys(QUESTIONS, "yes"), report
    assert "111122223333" not in report and "shop@" not in report
    assert "not touched" in said and nothing_is_left(person)


def test_ended_midway_it_removes_what_it_made(person, tmp_path):
    report, said = tmp_path / "report.md", ""
    command = [sys.executable, person.dist / "aws-check.pyz", "--yes", "--region", REGION, "--report", report]
    with subprocess.Popen(
        command, env=person.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout:
            said += line
            if line.startswith("functions"):
                process.terminate()
    assert process.returncode == 130 and report.exists(), said
    assert answers(report.read_text())["removed"] == "yes" and nothing_is_left(person)


def test_a_stack_that_it_did_not_make_stays(person, tmp_path):
    cloudformation = person.aws.client("cloudformation")
    topic = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    cloudformation.create_stack(StackName="ses-warden-check", TemplateBody=topic)
    said, report = check(person, tmp_path, expected=1)
    assert "There is a stack ses-warden-check already" in said and not report
    assert person.stack("ses-warden-check")
    cloudformation.delete_stack(StackName="ses-warden-check")


def nothing_is_left(person):
    aws = person.aws
    return person.stack("ses-warden-check") is None and not [
        *aws.client("cloudwatch").describe_alarms()["MetricAlarms"],
        *aws.client("s3").list_buckets()["Buckets"],
        *aws.client("sesv2").list_configuration_sets()["ConfigurationSets"],
        *aws.client("sns").list_topics()["Topics"],
        *aws.client("sqs").list_queues().get("QueueUrls", []),
        *aws.client("lambda").list_functions()["Functions"],
        *person.suppressed(),
    ]


def test_a_network_that_fails_keeps_no_other_part_from_being_removed(monkeypatch):
    """Every call fails without an answer of AWS's: each part is tried all the same, and named."""
    monkeypatch.syspath_prepend(paths.ROOT / "infra" / "check")
    from warden_check import account

    class Nothing:
        """A service that cannot be reached."""

        def __getattr__(self, name):
            def fail(*_, **__):
                raise EndpointConnectionError(endpoint_url=f"https://{name}.example.com")

            return fail

    class World:
        stack, name, code_bucket = "ses-warden-check", "ses-warden-check-1", "ses-warden-check-1-code"

        def client(self, _):
            return Nothing()

        def __getattr__(self, name):
            return getattr(Nothing(), name)

    answer, evidence = account.clean(World(), {"buckets": []})
    assert answer == "no"
    for part in ("install.sh", "the stack", "the configuration set", "the alarms", "the bucket", "the account"):
        assert any(line.startswith(part) for line in evidence), (part, evidence)
