"""guard is killed, or SES or the topic fail: the next check finishes the work, and operators are notified."""

import json

import pytest

from console import SET_CRITICAL as CRITICAL
from console import Console, message, wait_handled
from warden_local.local_aws import ACCOUNT as LOCAL_ACCOUNT
from warden_local.waiting import wait_until
from wire import kill, refuse, wire_of

ACCOUNT = "ses-warden/account/all/bounce/critical"
FEW, MANY = 3, 1000


@pytest.fixture
def console(aws, deploy):
    return Console(aws, deploy())


@pytest.fixture
def wire(aws, console):
    with wire_of(aws, console.stack, "guard") as wire:
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
def test_whenever_guard_is_killed_the_set_is_paused_and_notified(console, wire, moment):
    (operation, holds, after), count, repeats = DEATHS[moment]
    death = wire.rule(operation, kill("guard", after=after), holds=holds)
    console.set_in_alarm(CRITICAL)
    wait_until("guard is killed", lambda: death.done == 1)
    # SNS delivers the message again; the schedule would start a check as well.
    console.run_schedule()
    wait_handled(console, CRITICAL)
    console.run_schedule()

    assert not console.sends()
    assert console.sends("transactional") and console.account_sends()
    assert console.notified_actions() == ["paused_sets"] * count
    notices = console.notices()
    assert len({notice.attributes["id"] for notice in notices}) == 1
    assert ("may repeat" in notices[-1].body) is repeats
    assert json.loads(notices[-1].attributes["notice"])["repeats"] is repeats
    if count > 1:
        assert "may repeat" not in notices[0].body


def test_a_kill_while_it_pauses_the_account_is_followed_by_a_notice(console, wire):
    death = wire.rule("PutItem", kill("guard"), holds=PHASE % b"notifying")
    console.set_in_alarm(ACCOUNT)
    wait_until("guard is killed", lambda: death.done == 1)
    assert not console.account_sends()
    console.run_schedule()
    wait_handled(console, ACCOUNT)
    assert console.notified_actions() == ["paused_account"]


def test_cloudtrail_says_that_a_person_resumed_the_account_after_guard_was_killed(console, wire):
    """SES does not say when the account's switch was used, so guard looks it up."""
    death = wire.rule("PutItem", kill("guard"), holds=PHASE % b"notifying")
    console.set_in_alarm(ACCOUNT)
    wait_until("guard is killed", lambda: death.done == 1)
    assert not console.account_sends()
    console.ses.put_account_sending_attributes(SendingEnabled=True)
    before = console.switched()
    console.run_schedule()
    wait_handled(console, ACCOUNT)
    console.run_schedule()

    assert "LookupEvents" in wire.operations
    assert console.account_sends()
    assert console.switched() == before
    assert console.notified_actions() == ["paused_account"]
    [notice] = console.notices()
    assert "Somebody has resumed it since" in notice.body
    assert console.history() == [("pause", ""), ("found_resumed", "")]


def test_cloudtrail_shows_no_call_before_the_pause_and_who_resumed_after_it(console, wire):
    death = wire.rule("PutItem", kill("guard", after=True), holds=PHASE % b"pausing")
    console.set_in_alarm(ACCOUNT)
    wait_until("guard is killed", lambda: death.done == 1)
    assert console.account_sends()
    console.run_schedule()
    wait_handled(console, ACCOUNT)
    assert "LookupEvents" in wire.operations
    assert not console.account_sends()
    assert console.notified_actions() == ["paused_account"]

    console.ses.put_account_sending_attributes(SendingEnabled=True)
    console.run_schedule()
    assert console.account_sends()
    assert console.resumed_by() == [f"arn:aws:iam::{LOCAL_ACCOUNT}:root"]


@pytest.mark.parametrize("state", ["OK", "INSUFFICIENT_DATA"])
def test_a_notice_follows_although_the_alarm_ended_before_the_notice_went_out(console, wire, state):
    """An alarm ends when the pause works, and after a test with SetAlarmState."""
    trouble = wire.rule("Publish", refuse(503, "ServiceUnavailable"), times=1)
    console.set_in_alarm(CRITICAL)
    wait_until("guard has failed to tell", lambda: trouble.done == 1)
    console.set_state(CRITICAL, state)
    console.run_schedule()
    console.run_schedule()
    wait_handled(console, CRITICAL)
    assert not console.sends()
    assert console.notified_actions() == ["paused_sets"]
    assert json.loads(console.notices()[0].attributes["notice"])["repeats"] is True


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
def test_trouble_with_alarms_or_the_topic_passes(console, wire, operation, status, code):
    trouble = wire.rule(operation, refuse(status, code), times=5)
    console.set_in_alarm(CRITICAL)
    wait_until("guard has met the trouble", lambda: trouble.done > 0)

    def run_until_done():
        console.run_schedule()
        return trouble.done == trouble.times or console.is_handled(CRITICAL)

    wait_until("the trouble is over", run_until_done)
    console.run_schedule()
    wait_handled(console, CRITICAL)
    assert not console.sends()
    actions = console.notified_actions()
    assert ("journal_unavailable" in actions) is (operation in ("Query", "PutItem"))
    assert [action for action in actions if action != "journal_unavailable"] == ["paused_sets"]


@pytest.mark.parametrize(
    "status, code", [(500, "InternalFailure"), (400, "BadRequestException"), (403, "AccessDeniedException")]
)
def test_while_ses_refuses_nothing_is_called_done_and_when_it_relents_the_set_is_paused(aws, console, status, code):
    put = "PutConfigurationSetSendingOptions"
    aws.ses_control("PUT", "faults", {"fail": [{"operation": put, "status": status, "code": code, "times": MANY}]})
    console.set_in_alarm(CRITICAL)
    wait_until("guard has asked SES", lambda: console.switched() > 0)
    answer = console.run_schedule()
    assert "FunctionError" in answer
    assert console.sends()
    assert not console.is_handled(CRITICAL)
    assert console.notices() == []

    aws.ses_control("PUT", "faults", {})
    console.run_schedule()
    wait_handled(console, CRITICAL)
    assert not console.sends()
    assert console.notified_actions() == ["paused_sets"]


def test_ses_that_relents_at_once_needs_no_second_check(aws, console):
    put = "PutConfigurationSetSendingOptions"
    fail = [{"operation": put, "status": 429, "code": "TooManyRequestsException", "times": FEW}]
    aws.ses_control("PUT", "faults", {"fail": fail})
    console.set_in_alarm(CRITICAL)
    wait_handled(console, CRITICAL)
    assert not console.sends()
    assert console.switched() == FEW + 1
    assert console.notified_actions() == ["paused_sets"]
    console.invoke(json.dumps(message(CRITICAL)))
    assert console.notified_actions() == ["paused_sets"]
