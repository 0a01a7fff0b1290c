"""One malformed record among good ones."""

import json

from warden_local.accounting import dead_letters
from warden_local.records import FunctionLogs
from warden_local.hurry import RECEIVES
from warden_local.waiting import wait_until


def bounce(number):
    recipient = f"gone-{number}@closed.example.net"
    return {
        "eventType": "Bounce",
        "mail": {
            "timestamp": "2026-10-06T07:14:02.118Z",
            "messageId": f"message-{number}",
            "source": "letters@news.example.org",
            "destination": [recipient],
            "tags": {"ses:from-domain": ["news.example.org"], "ses:configuration-set": ["marketing"]},
        },
        "bounce": {
            "feedbackId": f"feedback-{number}",
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [{"emailAddress": recipient, "action": "failed", "status": "5.1.1"}],
            "timestamp": "2026-10-06T07:14:04.777Z",
        },
    }


def test_nine_are_acted_on_and_the_malformed_one_ends_in_the_dead_letter_queue(aws, deploy):
    stack = deploy()
    functions, sqs, ses = aws.client("lambda"), aws.client("sqs"), aws.client("sesv2")
    logs = FunctionLogs(aws.logs)
    queue, dead = stack.outputs["SuppressQueueUrl"], stack.outputs["SuppressDeadLetterQueueUrl"]
    mappings = functions.list_event_source_mappings(FunctionName=stack.outputs["SuppressFunctionName"])
    [mapping] = mappings["EventSourceMappings"]

    # The mapping waits until all ten lie in the queue, so that they are one batch.
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    bodies = [json.dumps(bounce(number)) for number in range(10)]
    bodies[4] = bodies[4][: len(bodies[4]) // 2]
    entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)]
    sent = sqs.send_message_batch(QueueUrl=queue, Entries=entries)["Successful"]
    malformed = next(entry["MessageId"] for entry in sent if entry["Id"] == "4")
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)

    assert wait_until("the malformed record is a dead letter", lambda: dead_letters(aws, dead)) == [bodies[4]]

    listed = ses.list_suppressed_destinations()["SuppressedDestinationSummaries"]
    good = {f"gone-{number}@closed.example.net" for number in range(10) if number != 4}
    assert {entry["EmailAddress"] for entry in listed} == good

    logs.read()
    ends = logs["suppress"].ends
    first_batch = {end.sqs_id: end.outcome for end in ends[:10]}
    assert first_batch == {entry["MessageId"]: "given_back" if entry["Id"] == "4" else "acted" for entry in sent}
    # Each later receive returned only this record.
    assert [end.sqs_id for end in ends[10:]] == [malformed] * (RECEIVES - 1)
    assert {end.outcome for end in ends[10:]} <= {"given_back"}
