"""Where every published event ended: acted on, ignored, dead-lettered, or lost."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from warden_local.local_aws import LocalAws
from warden_local.records import FunctionLogs, Key, handled_counts

FEEDBACK = ("Bounce", "Complaint")


@dataclass(frozen=True)
class Account:
    """The balance of one function."""

    expected: int
    acted: int
    ignored: int
    dead: int
    given_back: int
    lost: int


def balance(
    ledger: Iterable[dict], raw: Iterable[str], logs: FunctionLogs, dead: dict[str, list[str]]
) -> dict[str, Account]:
    """Compares the published messages with how each function handled them.

    ``raw`` are the messages published by the run itself, whose ids the ledger does not have.
    """
    published = Counter(key_of(entry) for entry in ledger if entry["event_type"] != "raw")
    published.update(key_of_body(text) for text in raw)
    accounts = {}
    for function in ("suppress", "metrics"):
        log = logs[function]
        done = handled_counts(log)
        lying = Counter(key_of_body(body) for body in dead[function])
        # The queue of suppress has a filter: it gets bounces and complaints only.
        expected = {k: n for k, n in published.items() if function == "metrics" or k[0] in FEEDBACK}
        lost = sum(max(0, n - done.get(key, 0) - lying[key]) for key, n in expected.items())
        last = {end.sqs_id: end.outcome for end in log.ends}
        outcomes = Counter(last.values())
        accounts[function] = Account(
            expected=sum(expected.values()),
            acted=outcomes["acted"],
            ignored=outcomes["ignored"],
            dead=len(dead[function]),
            given_back=sum(end.outcome == "given_back" for end in log.ends),
            lost=lost,
        )
    return accounts


def key_of(entry: dict) -> Key:
    """Returns the key of a ledger entry."""
    if entry["event_type"] == "notice":
        return ("setup_notice", None, None)
    return (entry["event_type"], entry["message_id"], entry["feedback_id"])


def key_of_body(body: str) -> Key:
    """Returns the key of a message from its text, or the text itself if it contains no ids.

    The key begins with the event type, which decides whether suppress's filter lets it pass.
    """
    try:
        event = json.loads(body)
        kind = event.get("eventType") or event.get("notificationType")
    except (ValueError, AttributeError):
        return (None, None, body)
    try:
        feedback = (event.get("bounce") or event.get("complaint") or {}).get("feedbackId")
        return (kind, event["mail"]["messageId"], feedback)
    except (KeyError, AttributeError, TypeError):
        return (kind, None, body)


def dead_letters(aws: LocalAws, queue_url: str) -> list[str]:
    """Returns the bodies in a dead-letter queue, without deleting them."""
    sqs: Any = aws.client("sqs")
    bodies: dict[str, str] = {}
    while True:
        answer = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, VisibilityTimeout=20)
        found = answer.get("Messages", [])
        bodies.update((message["MessageId"], message["Body"]) for message in found)
        if not found:
            return list(bodies.values())
