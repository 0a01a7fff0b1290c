"""Invocations as Lambda gets them from SQS: the same bytes in every run.

An SES event is about 2 KB here as it is with real mail, an SNS notification around it 3 KB, and an
SQS record around that 4.1 KB. Run as a program it writes the files of every scenario:

    python tests/bench/payloads.py target/bench/payloads
"""

import json
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SIX_MB = 6 * 1024 * 1024
DOMAINS = 40
MIX = ["Send", "Delivery"] * 4 + ["Send", "Bounce"]
HEADERS = ["From", "To", "Subject", "Date", "MIME-Version", "Content-Type", "List-Id", "List-Unsubscribe", "Reply-To"]


def replies() -> list[tuple[str, str]]:
    """Returns status and text of the labelled replies, in the order of their files."""
    found = []
    for file in sorted((ROOT / "events/diagnostics").glob("*.toml")):
        for entry in tomllib.loads(file.read_text(encoding="utf-8")).get("text", []):
            if isinstance(entry.get("text"), str):
                found.append((entry.get("status", ""), entry["text"][:600]))
    assert len(found) > 500, f"only {len(found)} labelled replies"
    return found


def event(number: int, kind: str, reply: tuple[str, str] = ("5.1.1", "smtp; 550 5.1.1 user unknown")) -> dict:
    """Returns an event of event publishing, as SES writes it."""
    domain, to = number % DOMAINS, f"recipient-{number}@mail{number % 50}.example.net"
    # A batch that was gathered for a minute holds events of two.
    time = f"2026-10-06T07:{13 + number // 800 % 2}:{number % 60:02}.118Z"
    message_id = f"0107019a2b3c4d5e-{number:012}-000000"
    sender = f"Shop {domain} <orders@shop{domain}.example.com>"
    value = '{} "of" <message-{}@example.com>; boundary="x"'
    mail = {
        "timestamp": time,
        "source": sender,
        "sourceArn": f"arn:aws:ses:eu-central-1:111122223333:identity/shop{domain}.example.com",
        "sendingAccountId": "111122223333",
        "messageId": message_id,
        "destination": [to],
        "headersTruncated": False,
        "headers": [{"name": name, "value": value.format(name, number)} for name in HEADERS],
        "commonHeaders": {"from": [sender], "to": [to], "messageId": message_id, "subject": f"Your order {number}"},
        "tags": {
            "ses:operation": ["SendEmail"],
            "ses:configuration-set": ["transactional"],
            "ses:recipient-isp": ["UNKNOWN_ISP"],
            "ses:source-ip": ["192.0.2.7"],
            "ses:from-domain": [f"shop{domain}.example.com"],
            "ses:caller-identity": ["shop-application"],
            "campaign": ["autumn"],
        },
    }
    if kind == "Delivery":
        detail = {
            "timestamp": time,
            "processingTimeMillis": 300 + number * 7 % 9000,
            "recipients": [to],
            "smtpResponse": "250 2.0.0 OK",
            "remoteMtaIp": "198.51.100.9",
            "reportingMTA": "a8-50.smtp-out.example.com",
        }
    elif kind == "Bounce":
        recipient = {"emailAddress": to, "action": "failed", "status": reply[0], "diagnosticCode": reply[1]}
        detail = {
            "feedbackId": f"0107019a2b3c4d5e-{number}",
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [recipient],
            "timestamp": time,
            "remoteMtaIp": "198.51.100.9",
            "reportingMTA": "dns; a8-50.smtp-out.example.com",
        }
    elif kind == "Complaint":
        detail = {
            "feedbackId": f"0107019a2b3c4d5e-{number}",
            "complaintSubType": None,
            "complainedRecipients": [{"emailAddress": to}],
            "timestamp": time,
            "userAgent": "Feedback Loop",
            "complaintFeedbackType": "abuse",
            "arrivalDate": time,
        }
    else:
        detail = {}
    return {"eventType": kind, "mail": mail, kind.lower(): detail}


def notification(text: str) -> str:
    """Wraps a text as SNS does without raw delivery."""
    topic = "arn:aws:sns:eu-central-1:111122223333:ses-warden-feedback"
    site = "https://sns.eu-central-1.amazonaws.com/"
    return compact(
        {
            "Type": "Notification",
            "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b",
            "TopicArn": topic,
            "Subject": "Amazon SES Email Event Notification",
            "Message": text,
            "Timestamp": "2026-10-06T07:14:05.402Z",
            "SignatureVersion": "1",
            "Signature": "E" * 344,
            "SigningCertURL": f"{site}SimpleNotificationService-0123456789abcdef.pem",
            "UnsubscribeURL": f"{site}?Action=Unsubscribe&SubscriptionArn={topic}:{'a' * 36}",
        }
    )


def record(number: int, body: str) -> str:
    """Wraps a text as SQS does."""
    return compact(
        {
            "messageId": f"059f36b4-87a3-44ab-83d2-{number:012}",
            "receiptHandle": "A" * 180,
            "body": body,
            "attributes": {
                "ApproximateReceiveCount": "1",
                "SentTimestamp": "1791270845402",
                "SenderId": "AIDAEXAMPLE",
                "ApproximateFirstReceiveTimestamp": "1791270846402",
            },
            "messageAttributes": {},
            "md5OfBody": "098f6bcd4621d373cade4e832627b4f6",
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-central-1:111122223333:ses-warden-metrics",
            "awsRegion": "eu-central-1",
        }
    )


def compact(value: object) -> str:
    """Returns JSON without white space, as AWS writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def mix() -> Iterator[dict]:
    """Yields nine sends and deliveries to a bounce, from forty domains."""
    texts = replies()
    number = 0
    while True:
        yield event(number, MIX[number % len(MIX)], texts[number // 10 % len(texts)])
        number += 1


def only(kind: str) -> Iterator[dict]:
    """Yields events of one kind."""
    texts = replies()
    number = 0
    while True:
        yield event(number, kind, texts[number % len(texts)])
        number += 1


def batch(events: Iterator[dict], most: int = 10_000, *, wrapped: bool = True, first: int = 0) -> str:
    """Returns an invocation of that many records, or of as many as Lambda's 6 MB hold."""
    records, size = [], 14
    for number, each in enumerate(events, first):
        text = compact(each)
        line = record(number, notification(text) if wrapped else text)
        size += len(line.encode()) + 1
        if len(records) == most or size > SIX_MB:
            break
        records.append(line)
    return f'{{"Records":[{",".join(records)}]}}'


def scenarios() -> dict[str, str]:
    """Returns every scenario's invocation by its name."""
    return {
        "mix-1": batch(mix(), 1),
        "mix-100": batch(mix(), 100),
        "mix-700": batch(mix(), 700),
        "mix-1400": batch(mix(), 1400),
        "mix-2200-raw": batch(mix(), 2200, wrapped=False),
        "bounces-6mb": batch(only("Bounce")),
        "complaints-1000": batch(only("Complaint"), 1000),
    }


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in scenarios().items():
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
        print(f"{name}: {text.count('receiptHandle')} records, {len(text.encode()):,} bytes")
