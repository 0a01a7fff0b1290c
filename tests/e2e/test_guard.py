"""Messages that must change nothing: guard acts on the alarms that it reads, not on messages."""

import json

import pytest

from desk import SET_CRITICAL as CRITICAL
from desk import Desk, message, wait_handled
from warden_local import paths
from warden_local.waiting import wait_until

PAYLOADS = sorted((paths.ROOT / "events" / "alarms").glob("*.json"))
OTHER_PRODUCT = "other-product/account/all/bounce/critical"


@pytest.fixture(scope="module")
def quiet_desk(aws, deploy):
    """No alarm of this stack is in ALARM."""
    return Desk(aws, deploy())


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda path: path.stem)
def test_a_message_alone_changes_nothing(quiet_desk, payload):
    """OK, INSUFFICIENT_DATA, foreign, stale, forged and malformed messages, in all envelopes."""
    quiet_desk.invoke(payload.read_bytes())
    quiet_desk.assert_untouched()


def test_a_forged_message_on_the_topic_of_the_alarms_changes_nothing(quiet_desk):
    """A forged message reports that an alarm is in ALARM, but the alarm itself is not."""
    forged = message(CRITICAL)["Records"][0]["Sns"]["Message"]
    assert '"ALARM"' in forged
    topic, looked = quiet_desk.stack.outputs["AlarmTopicArn"], quiet_desk.looks()
    for state in ("OK", "INSUFFICIENT_DATA", "ALARM"):
        quiet_desk.aws.client("sns").publish(TopicArn=topic, Message=forged.replace('"ALARM"', f'"{state}"'))
    wait_until("guard has looked", lambda: quiet_desk.looks() > looked)
    quiet_desk.look()
    quiet_desk.assert_untouched()


def test_there_are_payloads_of_every_kind():
    names = " ".join(path.stem for path in PAYLOADS)
    for kind in ("sns-ok", "insufficient-data", "sns-account-critical", "eventbridge", "direct"):
        assert kind in names


def test_an_alarm_of_another_product_changes_nothing(quiet_desk):
    quiet_desk.cloudwatch.put_metric_alarm(
        AlarmName=OTHER_PRODUCT,
        Namespace="AWS/SES",
        MetricName="Reputation.BounceRate",
        Statistic="Maximum",
        Period=900,
        EvaluationPeriods=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        Threshold=0.01,
    )
    quiet_desk.raise_alarm(OTHER_PRODUCT)
    quiet_desk.invoke(json.dumps(message(OTHER_PRODUCT)))
    quiet_desk.assert_untouched()
    assert quiet_desk.incidents(OTHER_PRODUCT) == []


def test_a_duplicate_pauses_no_second_time_after_an_operator_resumed(aws, deploy):
    desk = Desk(aws, deploy())
    desk.raise_alarm(CRITICAL)
    wait_until("the set is paused", lambda: not desk.sends())
    wait_until("operators are notified", desk.notices)
    wait_handled(desk, CRITICAL)
    [(episode, phase, _)] = desk.incidents(CRITICAL)
    assert phase == "paused"

    desk.ses.put_configuration_set_sending_options(ConfigurationSetName="marketing", SendingEnabled=True)
    before = desk.switched()
    for _ in range(3):
        assert "FunctionError" not in desk.invoke(json.dumps(message(CRITICAL)))
    assert desk.sends()
    assert desk.switched() == before
    assert len(desk.notices()) == 1
    assert [(found, phase) for found, phase, _ in desk.incidents(CRITICAL)] == [(episode, "ended")]
    assert desk.history() == [("pause", "marketing"), ("found_resumed", "marketing")]


def test_a_new_episode_pauses_again(aws, deploy):
    desk = Desk(aws, deploy())
    desk.raise_alarm(CRITICAL)
    wait_handled(desk, CRITICAL)
    [(first, _, _)] = desk.incidents(CRITICAL)
    desk.ses.put_configuration_set_sending_options(ConfigurationSetName="marketing", SendingEnabled=True)
    desk.cloudwatch.set_alarm_state(AlarmName=CRITICAL, StateValue="OK", StateReason="lowered by a test")
    desk.raise_alarm(CRITICAL)
    wait_until("the set is paused again", lambda: not desk.sends())
    wait_until("operators are notified twice", lambda: len(desk.notices()) == 2)
    wait_handled(desk, CRITICAL)
    assert {episode for episode, _, _ in desk.incidents(CRITICAL)} > {first}
