"""What an operator sees and does in the AWS console, for the tests of guard."""

import json

from warden_local.observer import Observer
from warden_local.screen import Screen
from warden_local.waiting import wait_until

PREFIX = "ses-warden/"
SET_CRITICAL = "ses-warden/configuration-set/marketing/bounce/critical"
SWITCHES = ("PutAccountSendingAttributes", "PutConfigurationSetSendingOptions")
# The event with which EventBridge invokes guard every five minutes.
SCHEDULE = json.dumps({"version": "0", "id": "1", "detail-type": "Scheduled Event", "source": "aws.events", "detail": {}})


class Console:
    """One stack, as an operator sees it in the console."""

    def __init__(self, aws, stack):
        self.aws, self.stack = aws, stack
        self.observer = Observer(aws, stack, Screen(quiet=True))
        self.cloudwatch, self.ses, self.functions = aws.client("cloudwatch"), aws.client("sesv2"), aws.client("lambda")

    def invoke(self, payload):
        """Invokes guard as soon as its one environment is free."""
        name = self.stack.outputs["GuardFunctionName"]

        def answered():
            try:
                return self.functions.invoke(FunctionName=name, Payload=payload)
            except self.functions.exceptions.TooManyRequestsException:
                return None

        answer = wait_until("guard is free", answered)
        assert answer["StatusCode"] == 200
        return answer

    def switched(self):
        calls = self.aws.ses_control("GET", "calls")
        return sum(calls.get(name, 0) for name in SWITCHES)

    def checks(self):
        """Returns how often guard has read the state of the account, which each check does once."""
        return self.aws.ses_control("GET", "calls").get("GetAccount", 0)

    def notices(self):
        self.observer.read_inbox()
        return [notice for notice in self.observer.seen.notices if notice.is_by_guard]

    def tags(self, alarm):
        answer = self.cloudwatch.describe_alarms(AlarmNames=[alarm], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        [found] = answer["MetricAlarms"] + answer["CompositeAlarms"]
        tags = self.cloudwatch.list_tags_for_resource(ResourceARN=found["AlarmArn"])["Tags"]
        return {tag["Key"]: tag["Value"] for tag in tags}

    def sends(self, name="marketing"):
        return self.ses.get_configuration_set(ConfigurationSetName=name)["SendingOptions"]["SendingEnabled"]

    def set_in_alarm(self, name):
        self.set_state(name, "ALARM")

    def set_state(self, name, state):
        self.cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason=f"{state} by a test")

    def run_schedule(self):
        """Invokes guard as the schedule does, and returns the answer."""
        return self.invoke(SCHEDULE)

    def is_handled(self, alarm):
        return "ses-warden:handled" in self.tags(alarm)

    def notified_actions(self):
        """Returns the actions of the notices, in order."""
        return [notice.attributes["action"] for notice in self.notices()]

    def account_sends(self):
        return self.ses.get_account()["SendingEnabled"]

    def assert_untouched(self):
        assert self.switched() == 0
        assert self.notices() == []
        assert self.sends() and self.sends("transactional")
        assert self.account_sends()


def wait_handled(console, *alarms):
    for alarm in alarms:
        wait_until(f"{alarm} is handled", lambda: console.is_handled(alarm))


def message(alarm):
    """Returns an SNS message that reports ALARM, as CloudWatch sends it."""
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
