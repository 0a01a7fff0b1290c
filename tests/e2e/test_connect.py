"""`ses-warden connect` against a deployed stack; botocore reads the account independently."""

import fcntl
import json
import os
import pty
import struct
import subprocess
import termios

import pytest

from warden_local.cast import SENDERS
from warden_local.command import environment, ses_warden
from warden_local.stack import STACK

PACE = ("--ses-calls-per-second", "1000")
SETS = sorted(sender.configuration_set for sender in SENDERS)


@pytest.fixture
def command(aws, deploy, binaries):
    """Returns the command, with a stack and an account in which nothing is connected."""
    stack = deploy(connected=False)

    def run(*arguments):
        return ses_warden(aws, binaries["ses-warden"], "connect", *arguments, *PACE)

    run.outputs = stack.outputs
    return run


@pytest.fixture
def terminal(command, aws, binaries):
    """Runs the command in a terminal of so many columns, and types the answers to its questions."""

    def run(columns, answers, *arguments):
        child, screen = pty.fork()
        if child == 0:
            program = binaries["ses-warden"]
            os.execve(program, [program, "connect", *arguments, *PACE], environment(aws))
        fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        shown, answers = b"", list(answers)
        while chunk := read(screen):
            if b"[y/N]" in chunk:
                os.write(screen, answers.pop(0).encode())
            shown += chunk
        os.close(screen)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown.decode()

    return run


def read(screen):
    """Reads from the terminal; returns nothing after the command has ended, which Linux reports as an error."""
    try:
        return os.read(screen, 65536)
    except OSError:
        return b""


def account(aws):
    """Returns everything that `connect` could change, as botocore reads it."""
    ses, cloudwatch = aws.client("sesv2"), aws.client("cloudwatch")
    sets = {}
    for name in ses.list_configuration_sets()["ConfigurationSets"]:
        answer = ses.get_configuration_set(ConfigurationSetName=name)
        events = ses.get_configuration_set_event_destinations(ConfigurationSetName=name)
        sets[name] = {
            "metrics": answer.get("ReputationOptions", {}).get("ReputationMetricsEnabled", False),
            "destinations": events.get("EventDestinations", []),
            "tags": tags(answer),
        }
    identities = {}
    pages = ses.get_paginator("list_email_identities") if ses.can_paginate("list_email_identities") else None
    listed = pages.paginate() if pages else [ses.list_email_identities(PageSize=1000)]
    for name in (one["IdentityName"] for page in listed for one in page["EmailIdentities"]):
        answer = ses.get_email_identity(EmailIdentity=name)
        identities[name] = (answer.get("ConfigurationSetName"), tags(answer))
    alarms = {}
    for page in cloudwatch.get_paginator("describe_alarms").paginate():
        for alarm in page["MetricAlarms"]:
            of_alarm = cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])
            alarms[alarm["AlarmName"]] = (alarm.get("Threshold"), tags(of_alarm))
    return {"sets": sets, "identities": identities, "alarms": alarms}


def tags(answer):
    return {tag["Key"]: tag["Value"] for tag in answer.get("Tags", [])}


def counts(said):
    return {word: count for word, count in json.loads(said)["counts"].items() if count}


def test_an_account_is_connected_once_and_as_before_after_removal(command, aws):
    ses = aws.client("sesv2")
    domain = SENDERS[0].domain
    other = next(name for name in SETS if name != SENDERS[0].configuration_set)
    ses.create_email_identity(EmailIdentity="known.example.net")
    before = account(aws)
    line = ("--default-set", f"{domain}={other}", "--default-set", f"known.example.net={other}")

    first = json.loads(command("apply", "--yes", "--json", *line))
    assert (first["prefix"], first["alarm_topic"]) == ("ses-warden/", command.outputs["AlarmTopicArn"])
    assert first["feedback_topic"] == command.outputs["FeedbackTopicArn"]
    domains = {step["domain"] for step in first["steps"] if "domain" in step}
    assert {domain, "known.example.net"} <= domains
    # Destination, metrics and four alarms a set, eight alarms a domain; one default set is changed.
    assert counts(json.dumps(first)) == {"create": 6 * len(SETS) + 8 * len(domains) + 1, "change": 1}
    assert counts(command("plan", "--json", *line)) == {"keep": 6 * len(SETS) + 8 * len(domains) + 2}
    assert "Nothing to do" in command("plan", *line)

    after = account(aws)
    for name, found in after["sets"].items():
        [destination] = found["destinations"]
        assert destination["Name"] == f"{STACK}-feedback"
        assert destination["SnsDestination"]["TopicArn"] == command.outputs["FeedbackTopicArn"]
        assert not {"OPEN", "CLICK"} & set(destination["MatchingEventTypes"])
        assert len(destination["MatchingEventTypes"]) == 8
        assert found["metrics"]
        words = found["tags"][f"ses-warden:connect/{STACK}"].split()
        assert "destination" in words and ("default-set" in words) == (name == other)
    assert after["identities"][domain][0] == after["identities"]["known.example.net"][0] == other
    made = {name: found for name, found in after["alarms"].items() if name not in before["alarms"]}
    assert len(made) == 4 * len(SETS) + 8 * len(domains)
    assert all(found[1] == {"ses-warden:made-by": "ses-warden-connect"} for found in made.values())
    [alarm] = aws.client("cloudwatch").describe_alarms(
        AlarmNames=["ses-warden/domain/known.example.net/complaint/slow/critical"]
    )["MetricAlarms"]
    assert alarm["AlarmActions"] == [command.outputs["AlarmTopicArn"]]
    assert alarm["TreatMissingData"] == "notBreaching"

    command("remove", "--yes")
    assert account(aws) == before
    assert "Nothing to do" in command("remove", "--yes")


def test_removal_works_when_the_stack_is_gone(command, aws):
    before = account(aws)
    command("apply", "--yes")
    cloudformation = aws.client("cloudformation")
    cloudformation.delete_stack(StackName=STACK)
    topic = command.outputs["FeedbackTopicArn"]
    command("remove", "--yes", "--prefix", "ses-warden/", "--feedback-topic", topic)
    after = account(aws)
    assert (after["sets"], after["identities"]) == (before["sets"], before["identities"])
    assert not [name for name in after["alarms"] if "/domain/" in name or "/configuration-set/" in name]


def test_what_an_owner_made_is_respected(command, aws):
    ses = aws.client("sesv2")
    topic = command.outputs["FeedbackTopicArn"]
    ses.create_configuration_set_event_destination(
        ConfigurationSetName=SETS[0],
        EventDestinationName="to-warden",
        EventDestination={
            "Enabled": True, "MatchingEventTypes": ["SEND", "BOUNCE", "OPEN"], "SnsDestination": {"TopicArn": topic},
        },
    )  # fmt: skip
    before = account(aws)
    said = command("apply", "--yes", "--no-domains")
    assert "somebody else made the event destination to-warden: it is kept" in said
    assert "to-warden lacks REJECT, COMPLAINT" in said and "to-warden has OPEN" in said
    assert account(aws)["sets"][SETS[0]]["destinations"] == before["sets"][SETS[0]]["destinations"]
    command("remove", "--yes")
    assert account(aws) == before


def test_a_topic_that_ses_may_not_publish_to_is_reported_in_sess_words(command, aws, binaries):
    sns = aws.client("sns")
    closed = sns.create_topic(Name="closed")["TopicArn"]
    statement = {
        "Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": "sns:Publish", "Resource": closed,
    }  # fmt: skip
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sns.set_topic_attributes(TopicArn=closed, AttributeName="Policy", AttributeValue=policy)
    arguments = ("apply", "--yes", "--no-domains", "--feedback-topic", closed, *PACE)
    done = subprocess.run(
        [binaries["ses-warden"], "connect", *arguments], env=environment(aws), capture_output=True, text=True
    )
    assert done.returncode == 1, done.stderr
    assert f"{len(SETS)} of " in done.stderr and "the rest is done" in done.stderr
    assert "CreateConfigurationSetEventDestination failed: 400 BadRequestException" in done.stderr
    assert "must let ses.amazonaws.com publish" in done.stderr.replace("\n  ", " ")
    assert all(found["metrics"] for found in account(aws)["sets"].values())
    # After the repair, the next run does what is left.
    command("apply", "--yes", "--no-domains")
    assert counts(command("plan", "--json", "--no-domains")) == {"keep": 6 * len(SETS)}


def test_a_person_is_asked_and_only_yes_is_yes(terminal, aws):
    one = ("--no-sets", "--domain", "asked.example.com")
    made = len(account(aws)["alarms"])
    for answer in ("\n", "n\n"):
        status, said = terminal(80, [answer], "apply", *one)
        assert (status, len(account(aws)["alarms"])) == (3, made), said
        assert "Apply these 8 changes? [y/N]" in said and said.rstrip().endswith("Nothing was changed.")
    status, said = terminal(80, ["y\n"], "apply", *one)
    assert (status, len(account(aws)["alarms"])) == (0, made + 8), said
    assert said.rstrip().endswith("Done: 8 of 8.")
    status, said = terminal(80, ["y\n"], "remove", *one)
    assert (status, len(account(aws)["alarms"])) == (0, made), said
    assert "Remove these 8 things? [y/N]" in said


def test_tracking_is_asked_about_by_itself(terminal, aws):
    line = ("apply", "--no-domains", "--engagement")
    status, said = terminal(80, ["n\n"], *line)
    assert status == 3 and "Let SES add a pixel to HTML mail" in said, said
    assert not any(found["destinations"] for found in account(aws)["sets"].values())
    status, said = terminal(80, ["y\n", "y\n"], *line)
    assert status == 0, said
    for found in account(aws)["sets"].values():
        assert {"OPEN", "CLICK"} <= set(found["destinations"][0]["MatchingEventTypes"])


def test_a_plan_fits_the_terminal(terminal, aws):
    name = "receipts-and-order-confirmations.mail.of-a-department.of-a-company.example.net"
    aws.client("sesv2").create_email_identity(EmailIdentity=name)
    for columns in (80, 140):
        status, said = terminal(columns, [], "plan")
        assert status == 0
        assert max(map(len, said.splitlines())) <= columns, said
        assert (name in said) == (columns == 140), said


def test_fifty_sets_and_a_hundred_domains_in_one_go(command, aws):
    ses = aws.client("sesv2")
    sets, domains = 50, 100
    for number in range(sets - len(SETS)):
        ses.create_configuration_set(ConfigurationSetName=f"customer-{number}")
    for number in range(domains - len(SENDERS)):
        ses.create_email_identity(EmailIdentity=f"customer-{number}.example.net")
    before = account(aws)
    assert counts(command("apply", "--yes", "--json")) == {"create": 6 * sets + 8 * domains}
    assert counts(command("plan", "--json")) == {"keep": 6 * sets + 8 * domains}
    command("remove", "--yes")
    assert account(aws) == before
