"""Messages that must change nothing: guard acts upon alarms it reads back, not upon messages."""

import json

import pytest

from warden_local import paths
from warden_local.observer import Observer
from warden_local.screen import Screen
from warden_local.waiting import wait_until

PAYLOADS = sorted((paths.ROOT / "events" / "alarms").glob("*.json"))
CRITICAL = "ses-warden/configuration-set/marketing/bounce/critical"
OTHER_PRODUCT = "other-product/account/all/bounce/critical"
SWITCHES = ("PutAccountSendingAttributes", "PutConfigurationSetSendingOptions")


class Desk:
    """The operator's view of the stack."""

    def __init__(self, aws, stack):
        self.aws, self.stack = aws, stack
        self.observer = Observer(aws, stack, Screen(quiet=True))
        self.cloudwatch, self.ses, self.functions = aws.client("cloudwatch"), aws.client("sesv2"), aws.client("lambda")

    def invoke(self, payload):
        answer = self.functions.invoke(FunctionName=self.stack.outputs["GuardFunctionName"], Payload=payload)
        assert answer["StatusCode"] == 200
        return answer

    def switched(self):
        calls = self.aws.ses_control("GET", "calls")
        return sum(calls.get(name, 0) for name in SWITCHES)

    def notices(self):
        self.observer.look_at_inbox()
        return [notice for notice in self.observer.seen.notices if notice.is_by_guard]

    def tags(self, alarm):
        [found] = self.cloudwatch.describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
        tags = self.cloudwatch.list_tags_for_resource(ResourceARN=found["AlarmArn"])["Tags"]
        return {tag["Key"]: tag["Value"] for tag in tags}

    def sends(self, name="marketing"):
        return self.ses.get_configuration_set(ConfigurationSetName=name)["SendingOptions"]["SendingEnabled"]

    def raise_alarm(self, name):
        self.cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="raised by a test")

    def assert_untouched(self):
        assert self.switched() == 0
        assert self.notices() == []
        assert self.sends() and self.sends("transactional")
        assert self.ses.get_account()["SendingEnabled"]


@pytest.fixture(scope="module")
def quiet_desk(aws, deploy):
    """No alarm of this stack is in ALARM."""
    return Desk(aws, deploy())


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda path: path.stem)
def test_a_message_alone_changes_nothing(quiet_desk, payload):
    """OK, INSUFFICIENT_DATA, foreign, stale, forged and malformed ones, in all envelopes."""
    quiet_desk.invoke(payload.read_bytes())
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
        Tags=[
            {"Key": "ses-warden:scope", "Value": "account"},
            {"Key": "ses-warden:measure", "Value": "bounce"},
            {"Key": "ses-warden:severity", "Value": "critical"},
        ],
    )
    quiet_desk.raise_alarm(OTHER_PRODUCT)
    quiet_desk.invoke(json.dumps(message(OTHER_PRODUCT)))
    quiet_desk.assert_untouched()
    assert "ses-warden:handled" not in quiet_desk.tags(OTHER_PRODUCT)


def test_a_duplicate_pauses_no_second_time_after_an_operator_resumed(aws, deploy):
    desk = Desk(aws, deploy())
    desk.raise_alarm(CRITICAL)
    wait_until("the set is paused", lambda: not desk.sends())
    wait_until("the operators are told", desk.notices)
    wait_until("the episode is handled", lambda: "ses-warden:handled" in desk.tags(CRITICAL))
    handled = desk.tags(CRITICAL)

    desk.ses.put_configuration_set_sending_options(ConfigurationSetName="marketing", SendingEnabled=True)
    before = desk.switched()
    for _ in range(3):
        assert "FunctionError" not in desk.invoke(json.dumps(message(CRITICAL)))
    assert desk.sends()
    assert desk.switched() == before
    assert len(desk.notices()) == 1
    assert desk.tags(CRITICAL) == handled


def test_a_new_episode_pauses_again(aws, deploy):
    desk = Desk(aws, deploy())
    desk.raise_alarm(CRITICAL)
    wait_until("the episode is handled", lambda: "ses-warden:handled" in desk.tags(CRITICAL))
    first = desk.tags(CRITICAL)["ses-warden:handled"]
    desk.ses.put_configuration_set_sending_options(ConfigurationSetName="marketing", SendingEnabled=True)
    desk.cloudwatch.set_alarm_state(AlarmName=CRITICAL, StateValue="OK", StateReason="lowered by a test")
    desk.raise_alarm(CRITICAL)
    wait_until("the set is paused again", lambda: not desk.sends())
    wait_until("the operators are told twice", lambda: len(desk.notices()) == 2)
    wait_until("the new episode is handled", lambda: desk.tags(CRITICAL)["ses-warden:handled"] != first)


def message(alarm):
    """An SNS message that says ALARM, as CloudWatch sends it."""
    text = {
        "AlarmName": alarm,
        "AlarmArn": f"arn:aws:cloudwatch:eu-central-1:111122223333:alarm:{alarm}",
        "NewStateValue": "ALARM",
        "OldStateValue": "OK",
        "NewStateReason": "Threshold Crossed",
        "StateChangeTime": "2026-10-06T07:15:12.345+0000",
        "Region": "EU (Frankfurt)",
        "AWSAccountId": "111122223333",
        "Trigger": {},
    }
    envelope = {"Type": "Notification", "MessageId": "m", "TopicArn": "t", "Message": json.dumps(text)}
    return {
        "Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": "s", "Sns": envelope}]
    }
