"""Installing from a release with the AWS CLI alone: install, update, remove, install again."""

import hashlib

import pytest

from release import Person, packaged, wait_for_suppression

REGION = "eu-central-1"
ACCOUNT = "111122223333"
SET = "marketing"
SENDER = "shop.example.com"
BUCKET = f"ses-warden-code-{ACCOUNT}-{REGION}"
SIMPLE = {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hello"}}}
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


def test_it_installs_with_the_aws_cli_alone_and_mail_flows(person):
    said = person.install("--yes", "--operator-email", "operators@example.com", "--no-connect", *HASTE)
    assert "install the stack ses-warden" in said and person.stack()["StackStatus"] == "CREATE_COMPLETE"
    parameters = person.parameters()
    assert parameters["GuardMode"] == "observe" and parameters["OperatorEmail"] == "operators@example.com"
    assert parameters["CodeBucket"] == BUCKET
    person.localize()
