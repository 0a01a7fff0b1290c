"""Everything in the template resolves, for the parameters that people may give it.

What CloudFormation would refuse is a problem here even where no condition takes it.
"""

from itertools import combinations

import pytest

from evaluator import Evaluation, is_allowed
from pairs import pairwise
from template import load

TOPIC = "arn:aws:sns:eu-central-1:111122223333:old"
KEY = "arn:aws:kms:eu-central-1:111122223333:key/1"
# Values of the parameters that are free text, besides their default.
OTHERS = {
    "ExistingFeedbackTopicArn": [TOPIC],
    "OperatorEmail": ["operators@example.com"],
    "ProtectedConfigurationSets": ["password-reset", "a,b_2"],
    "DomainConfigurationSets": ["example.com=news+offers,example.org=bulk"],
    "ProtectedAddresses": ["postmaster@example.com,@example.org"],
    "RulesLayerArn": ["arn:aws:lambda:eu-central-1:111122223333:layer:rules:7"],
    "SuppressionPolicy": ["mailbox_full=suppress,fraud=spare"],
    "FurtherRegions": ["eu-west-1,us-east-1"],
    "MetricNamespace": ["Other"],
    "AllowedCallerIdentities": ["app,arn:aws:iam::111122223333:user/app"],
    "AllowedSourceCidrs": ["192.0.2.0/24"],
    "KmsKeyArn": [KEY],
}


def values(template):
    """What each parameter is tried with: its default first."""
    found = {}
    for name, spec in template["Parameters"].items():
        default = str(spec["Default"])
        others = OTHERS.get(name, [])
        if "AllowedValues" in spec:
            others = map(str, spec["AllowedValues"])
        elif spec["Type"] == "Number":
            others = [str(spec[limit]) for limit in ("MinValue", "MaxValue") if limit in spec]
        found[name] = list(dict.fromkeys([default, *others]))
    return found


def test_each_parameter_is_tried_with_another_value_that_it_allows(template):
    for name, tried in values(template).items():
        assert len(tried) > 1, f"{name} needs another value in OTHERS"
        assert all(is_allowed(template["Parameters"][name], value) for value in tried), name
    assert OTHERS.keys() <= template["Parameters"].keys()


def test_everything_resolves_with_the_defaults(template):
    assert Evaluation(template, {}).problems == []


def test_everything_resolves_with_each_other_value_of_each_parameter(template):
    for name, tried in values(template).items():
        for value in tried[1:]:
            assert Evaluation(template, {name: value}).problems == [], f"{name}={value}"


def test_everything_resolves_with_every_pair_of_values(template):
    tried = values(template)
    missing = {
        frozenset([(one, a), (other, b)])
        for one, other in combinations(tried, 2)
        for a in tried[one]
        for b in tried[other]
    }
    for chosen in pairwise(tried):
        assert Evaluation(template, chosen).problems == [], chosen
        missing -= {frozenset(both) for both in combinations(chosen.items(), 2)}
    assert not missing


def test_a_value_that_a_parameter_refuses_is_a_problem(template):
    for name, value in (("GuardMode", "sleep"), ("MaxDomains", "0"), ("KmsKeyArn", "key"), ("Gone", "1")):
        assert Evaluation(template, {name: value}).problems, name


# ------------------------------------------------- the evaluator itself

RESOURCES = """
Resources:
  Topic: { Type: AWS::SNS::Topic, Condition: WithTopic, Properties: { TopicName: a } }
  Queue: { Type: AWS::SQS::Queue, Properties: { QueueName: b } }
"""
SETS = """
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Parameters:
  Sets: { Type: CommaDelimitedList, Default: none }
"""
# What stopped the template as of the audit, cut down. The finding is in the name.
BEYOND_THE_LIST_IN_AN_UNTAKEN_BRANCH = SETS + """
Conditions:
  HasSecond: !Not [!Equals [!Join ["", !Ref Sets], none]]
Resources:
  Dashboard:
    Type: AWS::CloudWatch::Dashboard
    Properties:
      DashboardBody: !If [HasSecond, !Sub ['"${Set}"', { Set: !Join ["/", [set, !Select [1, !Ref Sets]]] }], ""]
"""
LOOP_IDENTIFIER_AS_INDEX = SETS + """
Conditions:
  Fn::ForEach::Places:
    - Place
    - ["0"]
    - Has&{Place}: !Not [!Equals [!Select [!Ref Place, !Split [",", !Join [",", !Ref Sets]]], ""]]
Resources:
  Queue: { Type: AWS::SQS::Queue }
"""


def problems(text, **parameters):
    return Evaluation(load(text), parameters).problems


def test_a_selection_beyond_the_list_is_refused_in_a_branch_not_taken():
    assert problems(BEYOND_THE_LIST_IN_AN_UNTAKEN_BRANCH) == [
        "Resources.Dashboard.Properties.DashboardBody.then.Set[1]: "
        "Fn::Select cannot select nonexistent value at index 1 of ['none']"
    ]
    assert problems(BEYOND_THE_LIST_IN_AN_UNTAKEN_BRANCH, Sets="a,b") == []


def test_a_loops_identifier_is_refused_as_index():
    assert problems(LOOP_IDENTIFIER_AS_INDEX) == [
        "Conditions.Fn::ForEach::Places.Has0: Fn::Select takes the loop's identifier Place as its index"
    ]


def test_a_loop_is_refused_without_the_language_extensions():
    plain = LOOP_IDENTIFIER_AS_INDEX.replace("AWS::LanguageExtensions, ", "").replace("!Ref Place", "0")
    assert problems(plain) == ["Conditions.Fn::ForEach::Places: Fn::ForEach needs the language extensions"]


@pytest.mark.parametrize(
    "value, said",
    [
        ("!Ref Nobody", "neither a parameter nor a resource"),
        ("!GetAtt Nobody.Arn", "neither a parameter nor a resource"),
        ("!GetAtt Queue", "takes a resource and an attribute"),
        ("!Sub '${Nobody}'", "neither a parameter nor a resource"),
        ("!Sub '${Queue.Arn'", "each ${ is closed"),
        ("!Sub ['${Queue}', { Unused: a }]", "does not use Unused"),
        ("!Sub ['${Many}', { Many: [a] }]", "no text"),
        ("!If [Nowhere, a, b]", "no condition Nowhere"),
        ("!If [WithTopic, a, !Ref Nobody]", "neither a parameter nor a resource"),
        ("!If [WithTopic, a]", "a condition and two values"),
        ("!FindInMap [Sizes, small, Height]", "nothing in the mapping under Sizes / small / Height"),
        ("!FindInMap [Sizes, small, Height, { DefaultValue: 1 }]", "no default value"),
        ("!Select [2, [a, b]]", "nonexistent value at index 2"),
        ("!Select [!Ref Choice, [a, b]]", "takes a number"),
        ("!Join [',', !Ref Choice]", "a list of texts"),
        ("!Split [',', [a]]", "two texts"),
        ("!Base32 a", "Fn::Base32 is not known"),
        ("!Ref { 'Fn::Join': ['', [Cho, ice]] }", "Ref takes a name"),
    ],
)
def test_what_does_not_resolve_is_found(value, said):
    text = f"""
Parameters: {{ Choice: {{ Type: String, Default: "no" }} }}
Mappings: {{ Sizes: {{ small: {{ Width: 1 }} }} }}
Conditions: {{ WithTopic: !Equals [!Ref Choice, "yes"] }}
{RESOURCES}
  Tried: {{ Type: AWS::SQS::Queue, Properties: {{ QueueName: {value} }} }}
"""
    (found,) = problems(text)
    assert said in found


def test_a_resource_that_is_not_created_may_be_named_only_where_it_is_not_taken():
    text = """
Parameters: { Choice: { Type: String, Default: "no" } }
Conditions: { WithTopic: !Equals [!Ref Choice, "yes"] }
""" + RESOURCES + """
  Safe: { Type: AWS::SQS::Queue, Properties: { QueueName: !If [WithTopic, !Ref Topic, ""] } }
  Wrong: { Type: AWS::SQS::Queue, Properties: { QueueName: !Ref Topic } }
"""
    assert problems(text) == [
        "Resources.Wrong.Properties.QueueName: refers to Topic, which is not created with these parameters"
    ]
    assert problems(text, Choice="yes") == []
