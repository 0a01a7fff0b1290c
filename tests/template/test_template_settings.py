"""Settings: template, code and documentation name the same ones."""

import re

import pytest

from evaluator import PSEUDO
from template import README, ROOT, Stack

SETTINGS = {
    "suppress": {
        "WARDEN_LOG",
        "WARDEN_SES_CALLS_PER_SECOND",
        "WARDEN_PROTECTED_ADDRESSES",
        "WARDEN_COMPLAINT_SUSPECTS",
        "WARDEN_MISLABELLED_TRANSIENT",
        "WARDEN_POLICY",
        "WARDEN_BUCKET",
        "WARDEN_IMPORT_THRESHOLD",
        "WARDEN_FURTHER_REGIONS",
        "WARDEN_RESCUE_MODE",
        "WARDEN_RESCUE_AT_MOST",
        "WARDEN_RESCUE_QUIET_HOURS",
        "WARDEN_JOURNAL_TABLE",
        "WARDEN_JOURNAL_KEY",
        "WARDEN_JOURNAL_DAYS",
        "WARDEN_SECOND_STRIKE",
        "WARDEN_SECOND_STRIKE_HOURS",
        "WARDEN_SECOND_STRIKE_DAYS",
        "WARDEN_SOFT_BOUNCES",
        "WARDEN_SOFT_BOUNCES_OVER_DAYS",
        "WARDEN_SOFT_BOUNCES_WITHIN_DAYS",
        "WARDEN_TRACK_DELIVERIES",
        "WARDEN_NAMESPACE",
        "WARDEN_RULES",
        "WARDEN_SECOND_READER",
    },
    "metrics": {
        "WARDEN_LOG",
        "WARDEN_NAMESPACE",
        "WARDEN_METRIC_SET",
        "WARDEN_MAX_DOMAINS",
        "WARDEN_CALLER_IDENTITIES",
        "WARDEN_SOURCE_CIDRS",
        "WARDEN_RULES",
        "WARDEN_SECOND_READER",
    },
    "guard": {
        "WARDEN_LOG",
        "WARDEN_ALARM_PREFIX",
        "WARDEN_OPERATOR_TOPIC_ARN",
        "WARDEN_MODE",
        "WARDEN_PROTECTED_CONFIGURATION_SETS",
        "WARDEN_DOMAIN_SETS",
        "WARDEN_MAX_PAUSE_MINUTES",
        "WARDEN_NAMESPACE",
    },
}


def variables(template, function):
    shared = template["Globals"]["Function"]["Environment"]["Variables"]
    own = template["Resources"][f"{function.capitalize()}Function"]["Properties"]["Environment"]["Variables"]
    return {**shared, **own}


@pytest.mark.parametrize("function", SETTINGS)
def test_each_function_gets_its_settings(template, function):
    assert set(variables(template, function)) == SETTINGS[function]


def names_in(folder):
    """Settings that the sources of a crate name, its tests apart."""
    found = set()
    for path in (ROOT / folder).rglob("*.rs"):
        if path.stem != "tests":
            code = re.sub(r"//.*", "", path.read_text().split("#[cfg(test)]")[0])
            found |= set(re.findall(r'"(WARDEN_[A-Z_]+[A-Z])"', code))
    return found


@pytest.mark.parametrize("function", SETTINGS)
def test_the_code_reads_the_same_settings(template, function):
    read = names_in(f"functions/{function}/src") | names_in("crates/lambda/src")
    assert read == set(variables(template, function))


def table():
    """The rows of the README's table of parameters: name -> (default, setting)."""
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| .* \| (.*?) ?\|$", README.read_text(), re.M)
    assert len(rows) == len({name for name, _, _ in rows})
    return {name: (default.strip("`"), setting.strip("`")) for name, default, setting in rows}


def test_readme_has_every_parameter_with_its_default(template):
    documented = {name: default for name, (default, _) in table().items()}
    actual = {n: str(s["Default"]) or "empty" for n, s in template["Parameters"].items()}
    assert documented == actual


def test_readme_names_the_setting_that_a_parameter_fills(template):
    filled = {}
    for function in SETTINGS:
        for variable, value in variables(template, function).items():
            if isinstance(value, dict) and value.get("Ref") in template["Parameters"]:
                filled[value["Ref"]] = variable
    assert {n: s for n, (_, s) in table().items() if s} == filled
    for variable in set().union(*SETTINGS.values()) - set(filled.values()):
        assert f"`{variable}`" in README.read_text()


def test_every_parameter_is_described_used_and_grouped(template):
    interface = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    grouped = [name for group in interface for name in group["Parameters"]]
    assert sorted(grouped) == sorted(template["Parameters"])
    rest = str({k: v for k, v in template.items() if k not in ("Parameters", "Metadata")})
    for name, spec in template["Parameters"].items():
        assert spec.get("Description"), name
        assert f"'{name}'" in rest or f"${{{name}}}" in rest, f"{name} is not used"


def test_outputs_are_the_ones_others_rely_on(template):
    assert set(template["Outputs"]) == {
        "FeedbackTopicArn", "AlarmTopicArn", "OperatorTopicArn",
        "SuppressBucketName", "SuppressQueueUrl", "SuppressDeadLetterQueueUrl",
        "MetricsQueueUrl", "MetricsDeadLetterQueueUrl", "GuardDeadLetterQueueUrl",
        "SuppressFunctionName", "MetricsFunctionName", "GuardFunctionName",
        "DashboardName", "AlarmPrefix", "MetricNamespace", "MetricSet", "MaxDomains",
        "JournalTableName", "JournalKeySecretArn",
    }


def test_guard_reads_the_prefix_of_the_alarms(stack, template):
    guard = stack.resolve(variables(template, "guard"))
    prefix = stack.resolve(template["Outputs"]["AlarmPrefix"]["Value"])
    assert guard["WARDEN_ALARM_PREFIX"] == prefix == "ses-warden/"


# What AWS takes as a name, in characters.
NAMES = {
    "AWS::CloudWatch::Alarm": ("AlarmName", 255),
    "AWS::CloudWatch::Dashboard": ("DashboardName", 255),
    "AWS::Events::Rule": ("Name", 64),
    "AWS::Logs::LogGroup": ("LogGroupName", 512),
    "AWS::SNS::Topic": ("TopicName", 256),
    "AWS::SQS::Queue": ("QueueName", 80),
    "AWS::Serverless::Function": ("FunctionName", 64),
}


def test_readme_says_how_long_a_stacks_name_may_be(template, monkeypatch):
    (longest,) = map(int, re.findall(r"stack name\*\* of at most (\d+) characters", README.read_text()))

    def too_long(length):
        monkeypatch.setitem(PSEUDO, "AWS::StackName", "s" * length)
        stack = Stack(template, WatchSendingSwitches="true")
        named = [(name, *NAMES[r["Type"]], r) for name, r in stack.resources.items() if r["Type"] in NAMES]
        return [name for name, key, limit, r in named if len(r["Properties"][key]) > limit]

    assert too_long(longest) == []
    assert too_long(longest + 1) == ["GuardSwitches"]
