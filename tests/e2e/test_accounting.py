"""Tests of the balance: an event that no function accounts for counts as lost."""

import json

import pytest

from warden_local.accounting import balance
from warden_local.records import FunctionLogs

BOUNCE = {"event_type": "Bounce", "message_id": "m1", "feedback_id": "f1"}
SEND = {"event_type": "Send", "message_id": "m1", "feedback_id": None}
NOTICE = {"event_type": "notice", "message_id": None, "feedback_id": None}
MALFORMED = '{"eventType": "Bounce", "mail": "broken"}'


def line(sqs_id, entry, outcome="acted", reason="counted"):
    ids = {
        "ses.event": entry["event_type"],
        "ses.message_id": entry["message_id"],
        "ses.feedback_id": entry["feedback_id"],
    }
    known = {name: value for name, value in ids.items() if entry["message_id"]}
    return {
        "level": "DEBUG",
        "message": "record done",
        "outcome": outcome,
        "reason": reason,
        "sqs.message_id": sqs_id,
        **known,
    }


NOTED = line("q3", NOTICE, "ignored", "setup_notice")


@pytest.fixture
def account(tmp_path):
    def of(ledger, suppress, metrics, raw=(), dead=()):
        logs = FunctionLogs(tmp_path)
        for function, lines in (("suppress", suppress), ("metrics", metrics)):
            text = "".join(json.dumps(line) + "\n" for line in lines)
            tmp_path.joinpath(f"ses-warden-{function}.log").write_text(text)
        logs.read()
        accounts = balance(ledger, raw, logs, {"suppress": list(dead), "metrics": list(dead)})
        return accounts["suppress"].lost, accounts["metrics"].lost

    return of


def test_all_accounted_for(account):
    metrics = [line("q1", SEND), line("q2", BOUNCE), NOTED]
    assert account([SEND, BOUNCE, NOTICE], [line("p1", BOUNCE)], metrics) == (0, 0)


def test_an_event_nobody_mentions_is_lost(account):
    assert account([SEND, BOUNCE, NOTICE], [], [line("q1", SEND)]) == (1, 2)


def test_a_duplicate_must_be_accounted_for_twice(account):
    twice = [BOUNCE, BOUNCE]
    assert account(twice, [line("p1", BOUNCE)], [line("q1", BOUNCE), line("q2", BOUNCE, "ignored")]) == (1, 0)


def test_a_redelivered_message_does_not_stand_for_another(account):
    assert account([BOUNCE, BOUNCE], [line("p1", BOUNCE)] * 2, [line("q1", BOUNCE)] * 2) == (1, 1)


def test_given_back_alone_is_not_an_end_but_a_dead_letter_is(account):
    back = [line("q1", BOUNCE, "given_back", "call_failed")]
    body = '{"eventType": "Bounce", "mail": {"messageId": "m1"}, "bounce": {"feedbackId": "f1"}}'
    assert account([BOUNCE], back, back) == (1, 1)
    assert account([BOUNCE], back, back, dead=[body]) == (0, 0)


def test_a_message_without_ids_is_known_by_its_text(account):
    assert account([], [], [], raw=[MALFORMED]) == (1, 1)
    assert account([], [], [], raw=[MALFORMED], dead=[MALFORMED]) == (0, 0)
