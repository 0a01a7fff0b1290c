"""What an operator sees and does in the AWS console, for the tests of guard."""

import json
from datetime import UTC, datetime

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

    def incidents(self, alarm):
        """Returns what the journal holds of an alarm, oldest first: the episode, the phase, and all of the state."""
        found = self.aws.client("dynamodb").query(
            TableName=self.stack.outputs["JournalTableName"],
            KeyConditionExpression="pk = :p",
            ExpressionAttributeValues={":p": {"S": "incident"}},
            ConsistentRead=True,
        )["Items"]
        states = [(json.loads(item["state"]["S"]), item["phase"]["S"]) for item in found if "state" in item]
        return [
            (one["episode"], phase, state)
            for state, phase in states
            for one in [state["leader"], *state["others"]]
            if one["alarm"] == alarm
        ]

    def history_items(self):
        """Returns the entries of the history as the journal has them, oldest first."""
        return self.aws.client("dynamodb").query(
            TableName=self.stack.outputs["JournalTableName"],
            KeyConditionExpression="pk = :p",
            ExpressionAttributeValues={":p": {"S": "history"}},
        )["Items"]

    def history(self):
        """Returns the events of the history and their targets, oldest first."""
        return [(item["event"]["S"], item.get("target", {}).get("S", "")) for item in self.history_items()]

    def resumed_by(self):
        """Returns the identities that resumed something without the command, as far as the history knows them."""
        found = [item for item in self.history_items() if item["event"]["S"] == "found_resumed"]
        return [item.get("identity", {}).get("S") for item in found]

    def sends(self, name="marketing"):
        return self.ses.get_configuration_set(ConfigurationSetName=name)["SendingOptions"]["SendingEnabled"]

    def set_in_alarm(self, name):
        if name == f"{PREFIX}account/all/bounce/critical":
            # guard reads AWS's own number again before it pauses the account. The local AWS then
            # finds the account's warning in ALARM, too.
            rate = {"MetricName": "Reputation.BounceRate", "Value": 0.5, "Timestamp": datetime.now(UTC)}
            self.cloudwatch.put_metric_data(Namespace="AWS/SES", MetricData=[rate])
        self.set_state(name, "ALARM")

    def set_state(self, name, state):
        self.cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason=f"{state} by a test")

    def run_schedule(self):
        """Invokes guard as the schedule does, and returns the answer."""
        return self.invoke(SCHEDULE)

    def is_handled(self, alarm):
        """Whether the last episode of an alarm leaves nothing to do."""
        found = self.incidents(alarm)
        last = max((episode for episode, _, _ in found), default=None)
        done = ("paused", "handled", "ending", "ended", "closed")
        return any(episode == last and phase in done for episode, phase, _ in found)

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
