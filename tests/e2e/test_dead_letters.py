"""`ses-warden dead-letters`; botocore reads the queues back."""

import json

import pytest

from operator_command import Operator
from warden_local.waiting import wait_until

BROKEN = {"eventType": "Bounce", "mail": {"messageId": "malformed-1"}, "bounce": "to ann@example.com, not an object"}
NOTICE = "Successfully validated SNS topic for Amazon SES event publishing."
SCHEDULE = {"version": "0", "id": "1", "detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}


def bounce(number):
    at = "2026-10-06T07:15:00.000Z"
    recipient = f"ghost{number}@closed.example.net"
    return {
        "eventType": "Bounce",
        "mail": {
            "messageId": f"mail-{number}", "timestamp": at, "source": "letters@news.example.org",
            "destination": [recipient], "tags": {"ses:from-domain": ["news.example.org"]},
        },
        "bounce": {
            "bounceType": "Permanent", "bounceSubType": "General", "feedbackId": f"bounce-{number}", "timestamp": at,
            "bouncedRecipients": [
                {"emailAddress": recipient, "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 user unknown"}
            ],
        },
    }  # fmt: skip


def invocation(payload):
    """Lambda's record about an invocation that it gave up on."""
    return {
        "version": "1.0", "timestamp": "2026-10-06T07:15:00.000Z",
        "requestContext": {"requestId": "r", "condition": "RetriesExhausted", "approximateInvokeCount": 3},
        "requestPayload": payload, "responsePayload": {"errorType": "call_failed", "errorMessage": "GetAccount failed"},
    }  # fmt: skip


class Queues:
    def __init__(self, aws, stack, operator):
        self.sqs, self.outputs, self.operator = aws.client("sqs"), stack.outputs, operator
        self.ses = aws.client("sesv2")

    def url(self, function):
        return self.outputs[f"{function.capitalize()}DeadLetterQueueUrl"]

    def put(self, function, body, **attributes):
        text = body if isinstance(body, str) else json.dumps(body)
        attributes = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
        return self.sqs.send_message(QueueUrl=self.url(function), MessageBody=text, MessageAttributes=attributes)["MessageId"]

    def count(self, function):
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=self.url(function), AttributeNames=names)["Attributes"]
        return sum(int(found[name]) for name in names)

    def is_listed(self, address):
        try:
            return self.ses.get_suppressed_destination(EmailAddress=address)
        except self.ses.exceptions.NotFoundException:
            return None


@pytest.fixture
def queues(aws, binaries, deploy, tmp_path):
    return Queues(aws, deploy(), Operator(aws, binaries["ses-warden"], tmp_path))


def test_letters_are_listed_masked_with_their_reasons_and_stay(queues):
    said, _ = queues.operator.run("dead-letters", "list")
    assert said.startswith("No dead letters in eu-central-1.")
    fine = queues.put("suppress", bounce(1), ErrorMessage="Queue of ann@example.com refused", ErrorCode="AccessDenied")
    broken = queues.put("metrics", BROKEN)
    given_up = queues.put("guard", invocation({"source": "aws.cloudwatch", "alarmArn": "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:ses-warden/account/all/bounce/critical", "alarmData": {"alarmName": "ses-warden/account/all/bounce/critical", "state": {"value": "ALARM"}}}))
    rows = {row["id"]: row for row in queues.operator.rows("dead-letters", "list", expect=1)}
    assert set(rows) == {fine, broken, given_up}
    assert (rows[fine]["finding"], rows[fine]["way_back"], rows[fine]["kind"]) == ("readable", "to_queue", "Bounce")
    assert rows[fine]["mail"] == "mail-1" and rows[fine]["about"] == "news.example.org"
    assert rows[fine]["said"] == "SNS: Queue of <address> refused"
    assert rows[broken]["way_back"] == "stays" and rows[broken]["finding"] not in ("readable", "schedule")
    assert rows[given_up]["said"] == "Lambda: RetriesExhausted after 3 tries; call_failed: GetAccount failed"
    assert rows[given_up]["way_back"] == "to_function" and rows[given_up]["kind"] == "Alarm"
    table, _ = queues.operator.run("dead-letters", "list", expect=1)
    assert "@" not in table
    # Looked at, and all still there for the next look.
    assert {row["id"] for row in queues.operator.rows("dead-letters", "list", expect=1)} == set(rows)

    shown, _ = queues.operator.run("dead-letters", "show", fine, broken)
    assert "ghost1@" not in shown and "ann@" not in shown and "<address>" in shown
    assert "aws logs filter-log-events" in shown and "given_back" in shown
    shown, _ = queues.operator.run("dead-letters", "show", fine[:8], "--show-addresses")
    assert "ghost1@closed.example.net" in shown
    queues.operator.run("dead-letters", "show", "zzz", expect=1)


def test_what_can_be_read_goes_back_and_the_rest_does_not_circle(queues):
    for number in range(12):
        queues.put("suppress", bounce(number))
    broken = queues.put("suppress", BROKEN)
    queues.put("suppress", NOTICE)
    queues.put("suppress", invocation(SCHEDULE))
    _, complained = queues.operator.run("dead-letters", "redrive", expect=2)
    assert "give --yes" in complained
    assert queues.count("suppress") == 15

    rows = queues.operator.rows("dead-letters", "redrive", "--yes", expect=1)
    ends = [row["way_back"] for row in rows]
    assert (ends.count("sent"), ends.count("dropped"), ends.count("kept")) == (12, 2, 1)
    for number in range(12):
        wait_until("the bounce is handled", lambda: queues.is_listed(f"ghost{number}@closed.example.net"))
    assert queues.count("suppress") == 1
    [left] = queues.operator.rows("dead-letters", "list", "--function", "suppress", expect=1)
    assert left["id"] == broken

    # After an update that could read it: asked for, it goes back, and comes again.
    [row] = queues.operator.rows("dead-letters", "redrive", "--id", broken[:8], "--unreadable", "--yes")
    assert row["way_back"] == "sent"
    wait_until("it is a dead letter again", lambda: queues.count("suppress") == 1)


def test_a_function_without_a_queue_is_called_again(aws, queues):
    alarm = {
        "Type": "Notification", "MessageId": "m", "TopicArn": "t",
        "Message": json.dumps({"AlarmName": "ses-warden/x/warn", "AlarmArn": "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:ses-warden/x/warn", "NewStateValue": "ALARM", "OldStateValue": "OK"}),
    }  # fmt: skip
    queues.put("guard", alarm)
    before = aws.ses_control("GET", "calls").get("GetAccount", 0)
    [row] = queues.operator.rows("dead-letters", "redrive", "--function", "guard", "--yes")
    assert row["way_back"] == "sent" and queues.count("guard") == 0
    wait_until("guard has checked", lambda: aws.ses_control("GET", "calls").get("GetAccount", 0) > before)


def test_without_a_stack_the_command_says_so(aws, queues):
    _, complained = queues.operator.run("dead-letters", "list", "--stack", "none", expect=2)
    assert "there is no stack none in eu-central-1" in complained and "--stack" in complained
