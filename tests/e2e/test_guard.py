"""Messages that must change nothing: guard acts on the alarms that it reads, not on messages."""

import json

import pytest

from console import SET_CRITICAL as CRITICAL
from console import Console, message
from warden_local import paths
from warden_local.waiting import wait_until

PAYLOADS = sorted((paths.ROOT / "events" / "alarms").glob("*.json"))
OTHER_PRODUCT = "other-product/account/all/bounce/critical"


@pytest.fixture(scope="module")
def quiet_console(aws, deploy):
    """No alarm of this stack is in ALARM."""
    return Console(aws, deploy())


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda path: path.stem)
def test_a_message_alone_changes_nothing(quiet_console, payload):
    """OK, INSUFFICIENT_DATA, foreign, stale, forged and malformed messages, in all envelopes."""
    quiet_console.invoke(payload.read_bytes())
    quiet_console.assert_untouched()


def test_a_forged_message_on_the_topic_of_the_alarms_changes_nothing(quiet_console):
    """A forged message reports that an alarm is in ALARM, but the alarm itself is not."""
    forged = message(CRITICAL)["Records"][0]["Sns"]["Message"]
    assert '"ALARM"' in forged
    topic, checked = quiet_console.stack.outputs["AlarmTopicArn"], quiet_console.checks()
    for state in ("OK", "INSUFFICIENT_DATA", "ALARM"):
        quiet_console.aws.client("sns").publish(TopicArn=topic, Message=forged.replace('"ALARM"', f'"{state}"'))
    wait_until("guard has checked", lambda: quiet_console.checks() > checked)
    quiet_console.run_schedule()
    quiet_console.assert_untouched()


def test_there_are_payloads_of_every_kind():
    names = " ".join(path.stem for path in PAYLOADS)
    for kind in ("sns-ok", "insufficient-data", "sns-account-critical", "eventbridge", "direct"):
        assert kind in names


def test_an_alarm_of_another_product_changes_nothing(quiet_console):
    quiet_console.cloudwatch.put_metric_alarm(
        AlarmName=OTHER_PRODUCT,
        Namespace="AWS/SES",
        MetricName="Reputation.BounceRate",
        Statistic="Maximum",
        Period=900,
        EvaluationPeriods=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        Threshold=0.01,
    )
    quiet_console.raise_alarm(OTHER_PRODUCT)
    quiet_console.invoke(json.dumps(message(OTHER_PRODUCT)))
    quiet_console.assert_untouched()
    assert "ses-warden:handled" not in quiet_console.tags(OTHER_PRODUCT)


def test_a_duplicate_pauses_no_second_time_after_an_operator_resumed(aws, deploy):
    console = Console(aws, deploy())
    console.set_in_alarm(CRITICAL)
    wait_until("the set is paused", lambda: not console.sends())
    wait_until("operators are notified", console.notices)
    wait_until("the episode is handled", lambda: "ses-warden:handled" in console.tags(CRITICAL))
    handled = console.tags(CRITICAL)

    console.ses.put_configuration_set_sending_options(ConfigurationSetName="marketing", SendingEnabled=True)
    before = console.switched()
    for _ in range(3):
        assert "FunctionError" not in console.invoke(json.dumps(message(CRITICAL)))
    assert console.sends()
    assert console.switched() == before
    assert len(console.notices()) == 1
    tags = console.tags(CRITICAL)
    assert tags.pop("ses-warden:ended") == handled["ses-warden:handled"], "the resumption is noted"
    assert tags == handled


def test_a_new_episode_pauses_again(aws, deploy):
    console = Console(aws, deploy())
    console.set_in_alarm(CRITICAL)
    wait_until("the episode is handled", lambda: "ses-warden:handled" in console.tags(CRITICAL))
    first = console.tags(CRITICAL)["ses-warden:handled"]
    console.ses.put_configuration_set_sending_options(ConfigurationSetName="marketing", SendingEnabled=True)
    console.cloudwatch.set_alarm_state(AlarmName=CRITICAL, StateValue="OK", StateReason="lowered by a test")
    console.set_in_alarm(CRITICAL)
    wait_until("the set is paused again", lambda: not console.sends())
    wait_until("operators are notified twice", lambda: len(console.notices()) == 2)
    wait_until("the new episode is handled", lambda: console.tags(CRITICAL)["ses-warden:handled"] != first)
