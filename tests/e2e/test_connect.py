"""`ses-warden alarms` against a deployed stack: what it plans, applies, and leaves alone."""

import fcntl
import json
import os
import pty
import struct
import termios

import pytest

from warden_local.command import environment, ses_warden


@pytest.fixture(scope="module")
def command(aws, deploy, binaries):
    stack = deploy()
    aws.client("sesv2").create_email_identity(EmailIdentity="known.example.net")

    def run(*arguments):
        return ses_warden(aws, binaries["ses-warden"], "alarms", *arguments)

    run.outputs = stack.outputs
    return run


@pytest.fixture
def terminal(command, aws, binaries):
    """The command in a terminal of so many columns, and what is typed when it asks."""

    def run(columns, answer, *arguments):
        child, screen = pty.fork()
        if child == 0:
            program = binaries["ses-warden"]
            os.execve(program, [program, "alarms", *arguments], environment(aws))
        fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        shown = b""
        while chunk := read(screen):
            if b"[y/N]" in chunk:
                os.write(screen, answer.encode())
            shown += chunk
        os.close(screen)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown.decode()

    return run


def read(screen):
    """Nothing when the command has ended, which Linux tells as an error."""
    try:
        return os.read(screen, 65536)
    except OSError:
        return b""


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


def test_a_person_is_asked_and_only_yes_is_yes(terminal, aws):
    made = len(alarms(aws))
    for answer in ("\n", "n\n"):
        status, said = terminal(80, answer, "apply", "--domain", "asked.example.com")
        assert (status, len(alarms(aws))) == (3, made), said
        assert "Apply these 8 changes? [y/N]" in said and said.rstrip().endswith("Nothing was changed.")
    status, said = terminal(80, "y\n", "apply", "--domain", "asked.example.com")
    assert (status, len(alarms(aws))) == (0, made + 8), said
    assert said.rstrip().endswith("Done: 8 of 8.")


def test_a_plan_fits_the_terminal(terminal, aws):
    name = "receipts-and-order-confirmations.mail.of-a-department.of-a-company.example.net"
    aws.client("sesv2").create_email_identity(EmailIdentity=name)
    for columns in (80, 160):
        status, said = terminal(columns, "", "plan")
        assert status == 0
        assert max(map(len, said.splitlines())) <= columns, said
        assert (name in said) == (columns == 160), said


def alarms(aws):
    return aws.client("cloudwatch").describe_alarms(AlarmNamePrefix="ses-warden/domain/")["MetricAlarms"]
