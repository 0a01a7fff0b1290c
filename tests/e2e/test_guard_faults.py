"""guard is killed, or SES or the topic fail: the next check finishes the work, and operators are notified."""

import json

import pytest

from desk import SET_CRITICAL as CRITICAL
from desk import Desk, message, wait_handled
from warden_local.waiting import wait_until
from wire import kill, refuse, wire_of

ACCOUNT = "ses-warden/account/all/bounce/critical"
FEW, MANY = 3, 1000


@pytest.fixture
def desk(aws, deploy):
    return Desk(aws, deploy())


@pytest.fixture
def wire(aws, desk):
    with wire_of(aws, desk.stack, "guard") as wire:
        yield wire


PHASE = b'"phase":{"S":"%s"}'

# Where guard is killed, how many notices go out, and whether the last says that it may repeat one.
DEATHS = {
    "before the pause": (("PutItem", PHASE % b"pausing", True), 1, False),
    "between pause and its note": (("PutItem", PHASE % b"notifying", False), 1, False),
    "between note and notice": (("Publish", b"", False), 1, True),
    "between notice and history": (("PutItem", b'"history"', False), 2, True),
    "between history and the end": (("PutItem", PHASE % b"paused", False), 2, True),
    "after all": (("PutItem", PHASE % b"paused", True), 1, False),
}


@pytest.mark.parametrize("moment", DEATHS)
def test_whenever_guard_is_killed_the_set_is_paused_and_told(desk, wire, moment):
    (operation, holds, after), notices, repeats = DEATHS[moment]
    death = wire.rule(operation, kill("guard", after=after), holds=holds)
    desk.raise_alarm(CRITICAL)
    wait_until("guard is killed", lambda: death.done == 1)
    # SNS delivers the message again; the schedule would start a check as well.
    desk.look()
    wait_handled(desk, CRITICAL)
    desk.look()

    assert not desk.sends()
    assert desk.sends("transactional") and desk.account_sends()
    assert desk.told() == ["paused_sets"] * notices
    told = desk.notices()
    assert len({notice.attributes["id"] for notice in told}) == 1
    assert ("may repeat" in told[-1].body) is repeats
    assert json.loads(told[-1].attributes["notice"])["repeats"] is repeats
    if notices > 1:
        assert "may repeat" not in told[0].body


def test_a_kill_while_it_pauses_the_account_leaves_no_pause_untold(desk, wire):
    death = wire.rule("PutItem", kill("guard"), holds=PHASE % b"notifying")
    desk.raise_alarm(ACCOUNT)
    wait_until("guard is killed", lambda: death.done == 1)
    assert not desk.account_sends()
    desk.look()
    wait_handled(desk, ACCOUNT)
    assert desk.told() == ["paused_account"]


@pytest.mark.parametrize("state", ["OK", "INSUFFICIENT_DATA"])
def test_a_pause_is_told_although_the_alarm_ended_before_the_notice_went_out(desk, wire, state):
    """An alarm ends when the pause works, and after a test with SetAlarmState."""
    trouble = wire.rule("Publish", refuse(503, "ServiceUnavailable"), times=1)
    desk.raise_alarm(CRITICAL)
    wait_until("guard has failed to tell", lambda: trouble.done == 1)
    desk.set_state(CRITICAL, state)
    desk.look()
    desk.look()
    wait_handled(desk, CRITICAL)
    assert not desk.sends()
    assert desk.told() == ["paused_sets"]
    assert json.loads(desk.notices()[0].attributes["notice"])["repeats"] is True


@pytest.mark.parametrize(
    "operation, status, code",
    [
        ("DescribeAlarms", 400, "Throttling"),
        ("Query", 500, "InternalServerError"),
        ("PutItem", 400, "AccessDeniedException"),
        ("Publish", 503, "ServiceUnavailable"),
        ("Publish", 403, "AuthorizationError"),
    ],
)
def test_trouble_with_alarms_or_the_topic_passes(desk, wire, operation, status, code):
    trouble = wire.rule(operation, refuse(status, code), times=5)
    desk.raise_alarm(CRITICAL)
    wait_until("guard has met the trouble", lambda: trouble.done > 0)

    def look_until_done():
        desk.look()
        return trouble.done == trouble.times or desk.is_handled(CRITICAL)

    wait_until("the trouble is over", look_until_done)
    desk.look()
    wait_handled(desk, CRITICAL)
    assert not desk.sends()
    told = desk.told()
    assert ("journal_unavailable" in told) is (operation in ("Query", "PutItem"))
    assert [action for action in told if action != "journal_unavailable"] == ["paused_sets"]


@pytest.mark.parametrize(
    "status, code", [(500, "InternalFailure"), (400, "BadRequestException"), (403, "AccessDeniedException")]
)
def test_while_ses_refuses_nothing_is_called_done_and_when_it_relents_the_set_is_paused(aws, desk, status, code):
    put = "PutConfigurationSetSendingOptions"
    aws.ses_control("PUT", "faults", {"fail": [{"operation": put, "status": status, "code": code, "times": MANY}]})
    desk.raise_alarm(CRITICAL)
    wait_until("guard has asked SES", lambda: desk.switched() > 0)
    answer = desk.look()
    assert "FunctionError" in answer
    assert desk.sends()
    assert not desk.is_handled(CRITICAL)
    assert desk.notices() == []

    aws.ses_control("PUT", "faults", {})
    desk.look()
    wait_handled(desk, CRITICAL)
    assert not desk.sends()
    assert desk.told() == ["paused_sets"]


def test_ses_that_relents_at_once_costs_no_second_look(aws, desk):
    put = "PutConfigurationSetSendingOptions"
    fail = [{"operation": put, "status": 429, "code": "TooManyRequestsException", "times": FEW}]
    aws.ses_control("PUT", "faults", {"fail": fail})
    desk.raise_alarm(CRITICAL)
    wait_handled(desk, CRITICAL)
    assert not desk.sends()
    assert desk.switched() == FEW + 1
    assert desk.told() == ["paused_sets"]
    desk.invoke(json.dumps(message(CRITICAL)))
    assert desk.told() == ["paused_sets"]
