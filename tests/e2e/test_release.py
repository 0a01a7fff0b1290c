"""Installing from a release with the AWS CLI alone: install, update, remove, install again."""

import hashlib

import pytest

from release import Person, packaged, wait_for_suppression
from warden_local.command import ses_warden

REGION = "eu-central-1"
ACCOUNT = "111122223333"
SET = "marketing"
SENDER = "shop.example.com"
BUCKET = f"ses-warden-code-{ACCOUNT}-{REGION}"
SIMPLE = {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hello"}}}
GONE = {
    "outcomes": [
        {"weight": 1, "outcome": "bounce", "bounceType": "Permanent", "bounceSubType": "General", "status": "5.1.1",
         "diagnosticCode": "smtp; 550 5.1.1 user unknown"}
    ]
}  # fmt: skip
# One call a second is right for AWS, and slow for a test.
HASTE = ("--parameter", "SesCallsPerSecond=200", "--parameter", "BatchingWindowSeconds=1")


@pytest.fixture(scope="module")
def dist(binaries, tmp_path_factory):
    return packaged(tmp_path_factory.mktemp("release") / "dist", binaries["ses-warden"].parent)


@pytest.fixture(scope="module")
def person(aws, dist, tmp_path_factory):
    """An account that sends already, and somebody with the release."""
    aws.reset()
    ses = aws.client("sesv2")
    ses.create_configuration_set(ConfigurationSetName=SET)
    ses.create_email_identity(EmailIdentity=SENDER, ConfigurationSetName=SET)
    ses.put_suppressed_destination(EmailAddress="gone-before@example.net", Reason="BOUNCE")
    return Person(aws, dist, tmp_path_factory.mktemp("home"))


def test_the_sums_hold_for_every_file(dist):
    lines = [line.split("  ") for line in (dist / "SHA256SUMS").read_text().splitlines()]
    assert {name for _, name in lines} == {file.name for file in dist.iterdir()} - {"SHA256SUMS"}
    assert all(hashlib.sha256((dist / name).read_bytes()).hexdigest() == sum_ for sum_, name in lines)


def test_a_first_installation_asks_and_a_no_changes_nothing(person):
    said = person.install("--region", REGION, answers="\n\nnone\nn\n", status=3)
    assert "observe is right for the first week" in said and "Nothing was changed." in said
    assert person.stack() is None and not person.aws.client("s3").list_buckets()["Buckets"]


def test_without_a_terminal_it_says_what_is_missing(person):
    assert "--yes" in person.install("--region", REGION, status=2)


def test_a_damaged_file_is_not_installed(person):
    zip_ = next(person.dist.glob("guard-*.zip"))
    content = zip_.read_bytes()
    zip_.write_bytes(content[:-1])
    said = person.install("--yes", status=2)
    zip_.write_bytes(content)
    assert zip_.name in said and person.stack() is None


def test_it_installs_with_the_aws_cli_alone_and_connects(person):
    said = person.install("--yes", "--operator-email", "operators@example.com", *HASTE)
    assert "install the stack ses-warden" in said and person.stack()["StackStatus"] == "CREATE_COMPLETE"
    parameters = person.parameters()
    assert (parameters["GuardMode"], parameters["OperatorEmail"]) == ("observe", "operators@example.com")
    assert parameters["CodeBucket"] == BUCKET
    assert "Whether feedback arrives" in said
    [destination] = destinations(person)
    assert destination["SnsDestination"]["TopicArn"] == person.outputs()["FeedbackTopicArn"]


def test_mail_flows(person):
    person.localize()
    bounces(person, "gone@mail.example.net")


def test_a_second_run_changes_nothing(person):
    before = person.stack()
    said = person.install("--yes", "--no-connect")
    assert "The stack is up to date." in said and person.stack() == before


def test_an_update_shows_what_changes_and_keeps_what_is_not_named(person):
    said = person.install("--region", REGION, "--mode", "act", "--no-connect", answers="\ny\nn\n", status=3)
    assert "Modify\tGuardFunction\tAWS::Lambda::Function" in said and "GuardMode" in said
    assert person.parameters()["GuardMode"] == "observe"
    person.install("--yes", "--mode", "act", "--no-connect")
    parameters = person.parameters()
    assert parameters["GuardMode"] == "act" and parameters["OperatorEmail"] == "operators@example.com"
    assert parameters["SesCallsPerSecond"] == "200"


def test_sending_and_the_suppression_list_stay_when_it_is_removed(person):
    ses = person.aws.client("sesv2")
    ses.put_configuration_set_sending_options(ConfigurationSetName=SET, SendingEnabled=False)
    listed, bucket = person.suppressed(), person.outputs()["SuppressBucketName"]
    said = person.install("--remove", "--yes")
    assert person.stack() is None and bucket in said and "Dead letters of Suppress, which go with the stack: 0" in said
    assert person.suppressed() == listed
    assert ses.get_configuration_set(ConfigurationSetName=SET)["SendingOptions"]["SendingEnabled"] is False
    assert not destinations(person) and not person.aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
    ses.put_configuration_set_sending_options(ConfigurationSetName=SET, SendingEnabled=True)


def test_it_is_removed_already(person):
    assert "There is no stack ses-warden" in person.install("--remove", "--yes")


def test_it_installs_again_and_mail_flows(person, binaries):
    person.install("--yes", "--no-connect", *HASTE)
    # As install.sh does, but without SES's pace.
    ses_warden(person.aws, binaries["ses-warden"], "connect", "apply", "--yes", "--ses-calls-per-second", "200")
    person.localize()
    bounces(person, "gone-too@mail.example.net")
    assert {"gone-before@example.net", "gone@mail.example.net"} <= person.suppressed()


def destinations(person):
    ses = person.aws.client("sesv2")
    return ses.get_configuration_set_event_destinations(ConfigurationSetName=SET)["EventDestinations"]


def bounces(person, address):
    """Mail to somebody who is gone, until that is known."""
    person.aws.ses_control("PUT", "domains/mail.example.net", GONE)
    person.aws.client("sesv2").send_email(
        FromEmailAddress=f"shop@{SENDER}", Destination={"ToAddresses": [address]}, Content={"Simple": SIMPLE}
    )
    wait_for_suppression(person, address)
