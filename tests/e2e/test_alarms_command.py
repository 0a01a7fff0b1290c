"""`ses-warden alarms` against a deployed stack: what it plans, applies, and leaves alone."""

import json

import pytest

from warden_local.command import ses_warden


@pytest.fixture(scope="module")
def command(aws, deploy, binaries):
    stack = deploy()
    aws.client("sesv2").create_email_identity(EmailIdentity="known.example.net")

    def run(*arguments):
        return ses_warden(aws, binaries["ses-warden"], "alarms", *arguments)

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
