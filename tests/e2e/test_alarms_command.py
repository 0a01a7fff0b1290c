"""`ses-warden alarms` against a deployed stack: what it plans, applies, and leaves alone."""

import json
import subprocess

import pytest

from warden_local.local_aws import CREDENTIALS, REGION, base_environment


@pytest.fixture(scope="module")
def command(aws, deploy, binaries):
    # ministack describes alarms on metric math that a stack made in a form that no SDK reads.
    stack = deploy()
    environment = {
        **base_environment(),
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": CREDENTIALS["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": CREDENTIALS["aws_secret_access_key"],
        "AWS_ENDPOINT_URL": aws.endpoint,
        "AWS_ENDPOINT_URL_SESV2": aws.ses_endpoint,
    }
    aws.client("sesv2").create_email_identity(EmailIdentity="known.example.net")

    def run(*arguments):
        done = subprocess.run([binaries["ses-warden"], "alarms", *arguments], env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    run.outputs = stack.outputs
    return run


def test_a_stack_gets_its_alarms_once(command, aws):
    first = json.loads(command("plan", "--json"))
    domains = {alarm["domain"] for alarm in first["alarms"]}
    assert "known.example.net" in domains
    assert (first["prefix"], first["alarm_topic"]) == ("ses-warden/", command.outputs["AlarmTopicArn"])
    assert first["counts"]["create"] == 8 * len(domains) - first["counts"]["leave"]

    command("apply", "--yes")
    again = json.loads(command("plan", "--json"))
    assert again["counts"] == {**first["counts"], "create": 0, "keep": first["counts"]["create"]}
    assert "Nothing to do" in command("plan")

    [made] = aws.client("cloudwatch").describe_alarms(
        AlarmNames=["ses-warden/domain/known.example.net/complaint/critical/slow"]
    )["MetricAlarms"]
    assert made["AlarmActions"] == [command.outputs["AlarmTopicArn"]]
    assert made["TreatMissingData"] == "notBreaching"
