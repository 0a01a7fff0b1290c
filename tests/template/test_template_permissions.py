"""Who may do what: roles, topic policies, queue policies."""

import re

import pytest

from template import PSEUDO, ROOT, Stack

# What each function calls, by the AWS SDK's operations.
CALLS = {
    "Suppress": {
        "cloudwatch:PutMetricData",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "s3:DeleteObject",
        "s3:GetObject",
        "s3:ListBucket",
        "s3:PutObject",
        "secretsmanager:GetSecretValue",
        "ses:CreateImportJob",
        "ses:DeleteSuppressedDestination",
        "ses:GetAccount",
        "ses:GetConfigurationSet",
        "ses:GetImportJob",
        "ses:GetSuppressedDestination",
        "ses:GetTenant",
        "ses:ListSuppressedDestinations",
        "ses:PutSuppressedDestination",
    },
    "Metrics": {"cloudwatch:PutMetricData"},
    "Guard": {
        "cloudtrail:LookupEvents",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:GetMetricData",
        "cloudwatch:ListMetrics",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "ses:GetAccount",
        "ses:GetConfigurationSet",
        "ses:GetReputationEntity",
        "ses:ListConfigurationSets",
        "ses:ListReputationEntities",
        "ses:PutAccountSendingAttributes",
        "ses:PutConfigurationSetSendingOptions",
        "ses:UpdateReputationEntityCustomerManagedStatus",
        "sns:Publish",
    },
}
# What suppress calls besides where deliveries are tracked.
DELIVERY_CALLS = {"dynamodb:BatchGetItem", "dynamodb:UpdateItem"}
# What Lambda does in the function's name.
LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
ON_FAILURE = {"sqs:SendMessage"}
EVENT_SOURCE = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
KEY = {"kms:Decrypt", "kms:GenerateDataKey"}

# AWS defines no resource for these, so that "*" is the only one there is:
# the account's suppression list, its sending switch, and metrics.
NO_RESOURCE_LEVEL = {
    "ses:CreateImportJob",
    "ses:DeleteSuppressedDestination",
    "ses:GetSuppressedDestination",
    "ses:ListSuppressedDestinations",
    "ses:PutSuppressedDestination",
    "ses:GetAccount",
    "ses:PutAccountSendingAttributes",
    "ses:ListConfigurationSets",
    "ses:ListReputationEntities",
    "cloudtrail:LookupEvents",
    "cloudwatch:PutMetricData",
    "cloudwatch:ListMetrics",
    "cloudwatch:GetMetricData",
    # With a narrower resource composite alarms are left out.
    "cloudwatch:DescribeAlarms",
}


def as_list(value):
    return value if isinstance(value, list) else [value]


def statements(stack, function):
    role = stack.resources[f"{function}Role"]["Properties"]
    return [s for p in role["Policies"] for s in p["PolicyDocument"]["Statement"]]


def actions(stack, function):
    return [a for s in statements(stack, function) for a in as_list(s["Action"])]


@pytest.mark.parametrize("function", CALLS)
def test_each_role_allows_what_its_function_calls_and_nothing_more(stack, function):
    source = EVENT_SOURCE if function != "Guard" else set()
    found = actions(stack, function)
    assert set(found) == CALLS[function] | LOGS | ON_FAILURE | source
    allowed = [(a, str(r)) for s in statements(stack, function) for a in as_list(s["Action"]) for r in as_list(s["Resource"])]
    assert len(allowed) == len(set(allowed)), "an action is allowed twice"


@pytest.mark.parametrize("function", CALLS)
def test_without_queues_no_role_reads_a_queue(direct, function):
    assert set(actions(direct, function)) == CALLS[function] | LOGS | ON_FAILURE


def test_only_guard_and_suppress_may_use_the_key_and_only_when_there_is_one(template, bare):
    key = "arn:aws:kms:eu-central-1:111122223333:key/1"
    stack = Stack(template, KmsKeyArn=key)
    for function in CALLS:
        assert not KEY & set(actions(bare, function))
        assert KEY & set(actions(stack, function)) == (KEY if function != "Metrics" else set())
    for function in ("Guard", "Suppress"):
        (statement,) = [s for s in statements(stack, function) if "kms" in str(s["Action"])]
        assert statement["Resource"] == key
    # suppress's topic is read by SNS; it needs the key for the journal alone.
    assert statement["Condition"] == {"StringEquals": {"kms:ViaService": "dynamodb.eu-central-1.amazonaws.com"}}


def test_the_journal_has_the_key_where_there_is_one(template, bare):
    key = "arn:aws:kms:eu-central-1:111122223333:key/1"
    table = Stack(template, KmsKeyArn=key).resources["JournalTable"]["Properties"]
    assert table["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
    assert "SSESpecification" not in bare.resources["JournalTable"]["Properties"]


def test_suppress_reads_deliveries_and_counts_only_where_they_are_tracked(template, stack):
    tracking = Stack(template, TrackDeliveries="on")
    assert not DELIVERY_CALLS & set(actions(stack, "Suppress"))
    assert set(actions(tracking, "Suppress")) - set(actions(stack, "Suppress")) == DELIVERY_CALLS
    (queue,) = [s for s in statements(tracking, "Suppress") if s["Sid"] == "DeliveryEventSource"]
    assert (set(queue["Action"]), queue["Resource"]) == (EVENT_SOURCE, "<SuppressDeliveryQueue.Arn>")
    (counts,) = [s for s in statements(tracking, "Suppress") if s["Sid"] == "OpenCounts"]
    assert counts["Resource"] == "<JournalTable.Arn>"


def sdk_operations():
    """Operations called in crates/aws, as their IAM action would be spelled.

    In the SDK an operation is a method without arguments whose name starts with
    the operation's verb: `client.get_account()`. Services without an SDK here are
    called by name: `.call("GetObject", …)`, or with a constant.
    """
    verbs = "batch|query|cancel|create|delete|describe|disable|enable|get|list|lookup|publish|put|send|set|tag|untag|update"
    found = set()
    sources = ROOT / "crates" / "aws" / "src"
    # Behind features that no function asks for.
    declared = re.findall(r"#\[cfg\(feature = .*?\)\]\s*(?:pub )?mod (\w+);", (sources / "lib.rs").read_text())
    assert "operator" in declared
    for path in sources.rglob("*.rs"):
        if path.relative_to(sources).with_suffix("").parts[0] in declared:
            continue
        code = re.sub(r"//.*", "", path.read_text().split("#[cfg(test)]")[0])
        for name in re.findall(rf"\.\s*((?:{verbs})(?:_[a-z0-9_]+)?)\(\)", code):
            found.add("".join(part.capitalize() for part in name.split("_")))
        found.update(re.findall(r'\.call\(\s*"([A-Za-z0-9]+)"', code))
        if "JsonService" in code or "service::" in code:
            found.update(re.findall(r'const [A-Z_]+: &str = "([A-Z][A-Za-z0-9]+)";', code))
    # Plain methods that look the same.
    found -= {"Send", "GetRef", "GetMut", "GetTags", "EnableHttp1"}
    # The one operation whose action has another name.
    return {"ListBucket" if name == "ListObjectsV2" else name for name in found}


# What only the operator's command calls, with the permissions of whoever runs it.
OF_THE_COMMAND = {"BatchWriteItem", "GetEmailIdentity", "ListEmailIdentities", "ListRecommendations", "Scan"}


def test_the_table_of_calls_is_what_the_code_calls():
    of_functions = {action.split(":")[1] for calls in (*CALLS.values(), DELIVERY_CALLS) for action in calls}
    assert OF_THE_COMMAND.isdisjoint(of_functions)
    assert sdk_operations() - OF_THE_COMMAND == of_functions


@pytest.mark.parametrize("function", CALLS)
def test_every_resource_is_named_where_aws_has_one(stack, function):
    for statement in statements(stack, function):
        named = set(as_list(statement["Action"]))
        assert not any("*" in action for action in named)
        if "*" in as_list(statement["Resource"]):
            assert named <= NO_RESOURCE_LEVEL
        else:
            assert not named & NO_RESOURCE_LEVEL


def test_metrics_are_written_to_our_namespace_only(stack):
    (put,) = [s for s in statements(stack, "Metrics") if "PutMetricData" in str(s["Action"])]
    assert put["Condition"] == {"StringEquals": {"cloudwatch:namespace": "SesWarden"}}


def test_guard_writes_no_tag_and_does_not_read_the_key_of_the_journal(stack):
    actions = {action for s in statements(stack, "Guard") for action in as_list(s["Action"])}
    assert not {action for action in actions if "Tag" in action or action.startswith("secretsmanager:")}


def test_roles_belong_to_lambda_and_use_no_managed_policy(stack):
    roles = stack.of_type("AWS::IAM::Role")
    assert set(roles) == {f"{f}Role" for f in CALLS}
    for role in roles.values():
        (trust,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}
        assert "ManagedPolicyArns" not in role["Properties"]


TOPICS = {
    "FeedbackTopic": ("ses.amazonaws.com", ["ses:{}:configuration-set/*", "ses:{}:identity/*"]),
    "AlarmTopic": ("cloudwatch.amazonaws.com", ["cloudwatch:{}:alarm:*"]),
    "OperatorTopic": ("cloudwatch.amazonaws.com", ["cloudwatch:{}:alarm:*"]),
}


@pytest.mark.parametrize("topic", TOPICS)
def test_each_topic_admits_one_service_of_this_account(stack, topic):
    service, sources = TOPICS[topic]
    policy = stack.resources[f"{topic}Policy"]["Properties"]
    here = f"{PSEUDO['AWS::Region']}:{PSEUDO['AWS::AccountId']}"
    assert policy["Topics"] == [f"<{topic}>"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Effect"] == "Allow"
    assert statement["Principal"] == {"Service": service}
    assert statement["Action"] == "sns:Publish"
    assert statement["Resource"] == f"<{topic}>"
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": "111122223333"}
    arns = as_list(statement["Condition"]["ArnLike"]["aws:SourceArn"])
    assert arns == [f"arn:aws:{source.format(here)}" for source in sources]


def test_only_our_topics_send_to_the_queues(stack):
    allowed = {}
    for policy in stack.of_type("AWS::SQS::QueuePolicy").values():
        (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
        assert statement["Principal"] == {"Service": "sns.amazonaws.com"}
        assert statement["Action"] == "sqs:SendMessage"
        source = statement["Condition"]["ArnEquals"]["aws:SourceArn"]
        named = {f"<{q}.Arn>" for q in re.findall(r"\w+", str(policy["Properties"]["Queues"]))}
        assert set(as_list(statement["Resource"])) == named
        allowed |= {queue: source for queue in named}
    assert allowed == {
        "<SuppressQueue.Arn>": "<FeedbackTopic>",
        "<MetricsQueue.Arn>": "<FeedbackTopic>",
        "<SuppressDeadLetterQueue.Arn>": "<FeedbackTopic>",
        "<MetricsDeadLetterQueue.Arn>": "<FeedbackTopic>",
        "<GuardDeadLetterQueue.Arn>": "<AlarmTopic>",
    }


def test_every_invoker_names_its_source(stack, direct):
    for made in (stack, direct):
        for name, permission in made.of_type("AWS::Lambda::Permission").items():
            assert permission["Properties"].get("SourceArn"), name
