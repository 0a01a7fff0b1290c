"""What suppress remembers in the stack's own table, and how an operator reads it."""

import json

from warden_local.command import ses_warden
from warden_local.waiting import wait_until

UNKNOWN = "smtp; 550 grmblfx wuppdi"


def bounced(number, recipient, day, text, status=None, kind="Permanent"):
    return {
        "eventType": "Bounce",
        "mail": {
            "timestamp": f"2026-10-{day:02}T07:14:02.118Z",
            "messageId": f"message-{number}",
            "source": "letters@news.example.org",
            "destination": [recipient],
            "tags": {"ses:from-domain": ["news.example.org"], "ses:configuration-set": ["marketing"]},
        },
        "bounce": {
            "feedbackId": f"feedback-{number}",
            "bounceType": kind,
            "bounceSubType": "General",
            "bouncedRecipients": [
                {"emailAddress": recipient, "action": "failed", "status": status, "diagnosticCode": text}
            ],
            "timestamp": f"2026-10-{day:02}T07:14:04.777Z",
        },
    }


def test_why_explains_a_suppressed_a_kept_and_a_twice_bounced_address(aws, deploy, binaries):
    stack = deploy()
    sns, table = aws.client("sns"), stack.outputs["JournalTableName"]

    def publish(*event):
        sns.publish(TopicArn=stack.outputs["FeedbackTopicArn"], Message=json.dumps(bounced(*event)))

    def why(address):
        known = ses_warden(aws, binaries["ses-warden"], "why", address, "--json", "--ses-calls-per-second", "200")
        return json.loads(known)

    def decisions(address, count):
        return wait_until(
            f"{count} decisions about {address}",
            lambda: (known := why(address)) and len(known["decisions"]) == count and known,
        )

    publish(1, "gone@bigmail.example.net", 6, "smtp; 550 5.1.1 user unknown", "5.1.1")
    publish(2, "fine@bigmail.example.net", 6, "smtp; 550 5.7.26 unauthenticated", "5.7.26")
    publish(3, "odd@bigmail.example.net", 6, UNKNOWN)
    gone = decisions("GONE@bigmail.example.net", 1)
    assert gone["decisions"][0]["class"] == "recipient_gone"
    assert gone["decisions"][0]["configuration_set"] == "marketing"
    assert decisions("fine@bigmail.example.net", 1)["decisions"][0]["reason"] == "sender_at_fault"
    odd = decisions("odd@bigmail.example.net", 1)
    assert (odd["decisions"][0]["reason"], odd["next_mail"]) == ("first_strike", "sent")

    # The same event again is no second strike, another one of a later day is.
    publish(3, "odd@bigmail.example.net", 6, UNKNOWN)
    publish(4, "odd@bigmail.example.net", 9, UNKNOWN)
    odd = decisions("odd@bigmail.example.net", 2)
    assert [decision["reason"] for decision in odd["decisions"]] == ["BOUNCE", "first_strike"]
    for address in ("odd@bigmail.example.net", "gone@bigmail.example.net"):
        wait_until(f"{address} is listed", lambda address=address: why(address)["next_mail"] == "withheld")
    assert why("fine@bigmail.example.net")["next_mail"] == "sent"

    items = aws.client("dynamodb").scan(TableName=table)["Items"]
    assert "bigmail" not in json.dumps(items), "no address and no recipient domain is in the table"

    ses_warden(aws, binaries["ses-warden"], "forget", "odd@bigmail.example.net", "--yes")
    assert decisions("odd@bigmail.example.net", 0)["next_mail"] == "withheld"


def delivered(recipient, day):
    event = bounced(f"delivered-{day}", recipient, day, "")
    del event["bounce"]
    delivery = {"timestamp": f"2026-10-{day:02}T09:00:00.000Z", "recipients": [recipient], "processingTimeMillis": 7}
    return {**event, "eventType": "Delivery", "delivery": delivery}


def test_a_delivery_ends_the_count_of_soft_bounces(aws, deploy, binaries):
    stack = deploy(TrackDeliveries="on", connected=False)
    sns, dynamodb = aws.client("sns"), aws.client("dynamodb")
    full, well = "full@bigmail.example.net", "well@bigmail.example.net"

    def publish(event):
        sns.publish(TopicArn=stack.outputs["FeedbackTopicArn"], Message=json.dumps(event))

    def bounce_softly(*days):
        for recipient in (full, well):
            for day in days:
                number = f"{recipient.partition('@')[0]}-{day}"
                publish(bounced(number, recipient, day, "smtp; 452 4.2.2 mailbox full", "4.2.2", "Transient"))

    def known(address, count):
        def look():
            said = json.loads(ses_warden(aws, binaries["ses-warden"], "why", address, "--json"))
            return len(said["decisions"]) == count and said

        return wait_until(f"{count} decisions about {address}", look)

    def counts():
        items = dynamodb.scan(TableName=stack.outputs["JournalTableName"])["Items"]
        return [item for item in items if item["sk"]["S"] == "soft-bounces"]

    bounce_softly(1, 3, 5, 7)
    known(full, 4), known(well, 4)
    publish(delivered(well, 8))
    wait_until("the delivery is known", lambda: any("delivered_at" in count for count in counts()))
    bounce_softly(9)
    assert known(full, 5)["decisions"][0]["reason"] == "BOUNCE"
    kept = known(well, 5)
    assert kept["decisions"][0]["reason"] == "mailbox_full"
    assert kept["last_delivery"].startswith("2026-10-08T09:00")
    assert len(counts()) == 2
