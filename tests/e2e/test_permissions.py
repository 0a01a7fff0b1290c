"""The functions run with the template's roles: without a permission, the call fails."""

import json

import pytest

from warden_local.cast import Script
from warden_local.records import FunctionLogs
from warden_local.sending import send
from warden_local.stack import Stack
from warden_local.waiting import wait_until

CRITICAL = "ses-warden/account/all/bounce/critical"


def deploy_without(action, deploy):
    """Deploys the template with one permission removed from its roles."""

    class Weaker(Stack):
        def template(self):
            whole = super().template()
            template = json.loads(whole)
            for name, resource in template["Resources"].items():
                # Topic policies name the same actions, but stay as they are.
                if resource["Type"] == "AWS::IAM::Role":
                    text = json.dumps(resource).replace(f'"{action}"', '"iam:GetRole"')
                    template["Resources"][name] = json.loads(text)
            weaker = json.dumps(template)
            assert weaker != whole, f"no role allows {action}"
            return weaker

    deploy("account", make=Weaker)


@pytest.mark.parametrize("action", ["cloudwatch:PutMetricData", "cloudwatch:TagResource", "sns:Publish"])
def test_a_missing_permission_is_noticed(action, aws, deploy):
    deploy_without(action, deploy)
    logs = FunctionLogs(aws.logs)
    if action == "cloudwatch:PutMetricData":
        send(aws.client("sesv2"), Script("account").healthy[0])
    else:
        aws.client("cloudwatch").set_alarm_state(AlarmName=CRITICAL, StateValue="ALARM", StateReason="ALARM by a test")

    def refused():
        logs.read()
        log = logs["metrics" if action == "cloudwatch:PutMetricData" else "guard"]
        return any(end.outcome == "given_back" for end in log.ends) or log.errors

    wait_until(f"{action} is refused", refused)
