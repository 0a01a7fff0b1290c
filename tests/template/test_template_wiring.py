"""How a message travels, and where it ends when nobody can handle it."""

import re

import pytest

from template import ROOT, Stack

FUNCTIONS = ("Suppress", "Metrics", "Guard")
FEEDBACK = {
    "$or": [
        {"eventType": ["Bounce", "Complaint"]},
        {"notificationType": ["Bounce", "Complaint"]},
    ]
}
DAY = 86_400


def properties(stack, name):
    return stack.resources[name]["Properties"]


def test_an_existing_topic_is_used_and_left_alone(template):
    topic = "arn:aws:sns:eu-central-1:111122223333:old"
    stack = Stack(template, ExistingFeedbackTopicArn=topic)
    assert "FeedbackTopic" not in stack.resources
    assert "FeedbackTopicPolicy" not in stack.resources
    assert "<FeedbackTopic" not in str(stack.resources)
    for name in ("SuppressQueueSubscription", "MetricsQueueSubscription"):
        assert properties(stack, name)["TopicArn"] == topic
    assert stack.outputs["FeedbackTopicArn"]["Value"] == topic


@pytest.mark.parametrize("function", ["Suppress", "Metrics"])
def test_a_queue_that_feeds_a_function_has_a_dead_letter_queue(stack, function):
    redrive = properties(stack, f"{function}Queue")["RedrivePolicy"]
    assert redrive == {
        "deadLetterTargetArn": f"<{function}DeadLetterQueue.Arn>",
        "maxReceiveCount": 5,
    }


def test_every_queue_that_is_no_dead_letter_queue_is_one_of_the_two(stack):
    queues = set(stack.of_type("AWS::SQS::Queue"))
    assert {q for q in queues if not q.endswith("DeadLetterQueue")} == {"SuppressQueue", "MetricsQueue"}


def test_deliveries_have_a_queue_of_their_own_where_they_are_tracked(template):
    for mode in ("Queue", "Direct"):
        stack = Stack(template, TrackDeliveries="on", Buffering=mode)
        queue = properties(stack, "SuppressDeliveryQueue")
        assert queue["RedrivePolicy"] == properties(Stack(template), "SuppressQueue")["RedrivePolicy"]
        assert int(queue["VisibilityTimeout"]) >= 6 * int(properties(stack, "SuppressFunction")["Timeout"])
        subscription = properties(stack, "SuppressDeliverySubscription")
        assert subscription["Endpoint"] == "<SuppressDeliveryQueue.Arn>"
        assert (subscription["RawMessageDelivery"], subscription["FilterPolicyScope"]) == (True, "MessageBody")
        assert subscription["FilterPolicy"] == {
            "$or": [{"eventType": ["Delivery"]}, {"notificationType": ["Delivery"]}]
        }
        mapping = properties(stack, "SuppressDeliveryMapping")
        assert mapping["FunctionName"] == "<SuppressFunction>"
        assert mapping["EventSourceArn"] == "<SuppressDeliveryQueue.Arn>"
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert mapping["ScalingConfig"] == {"MaximumConcurrency": 2}
        policy = properties(stack, "SuppressDeliveryQueuePolicy")
        assert policy["Queues"] == ["<SuppressDeliveryQueue>"]
        (statement,) = policy["PolicyDocument"]["Statement"]
        assert statement["Resource"] == "<SuppressDeliveryQueue.Arn>"
        assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": "<FeedbackTopic>"}}


def test_queues_are_encrypted_and_dead_letters_kept_longest(stack):
    kept = {}
    for name, queue in stack.of_type("AWS::SQS::Queue").items():
        assert queue["Properties"]["SqsManagedSseEnabled"] is True, name
        kept[name] = queue["Properties"]["MessageRetentionPeriod"]
    for name, seconds in kept.items():
        if name.endswith("DeadLetterQueue"):
            assert seconds == 14 * DAY
        else:
            assert seconds < 14 * DAY


@pytest.mark.parametrize("mode", ["stack", "direct"])
@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_has_an_on_failure_destination(request, mode, function):
    config = properties(request.getfixturevalue(mode), f"{function}OnFailure")
    assert config["FunctionName"] == f"<{function}Function>"
    assert config["Qualifier"] == "$LATEST"
    assert config["DestinationConfig"] == {
        "OnFailure": {"Destination": f"<{function}DeadLetterQueue.Arn>"}
    }


def test_each_mapping_reports_single_failures(stack):
    mappings = stack.of_type("AWS::Lambda::EventSourceMapping")
    assert set(mappings) == {"SuppressQueueMapping", "MetricsQueueMapping"}
    for name, mapping in mappings.items():
        function = name.removesuffix("QueueMapping")
        assert mapping["Properties"]["FunctionName"] == f"<{function}Function>"
        assert mapping["Properties"]["EventSourceArn"] == f"<{function}Queue.Arn>"
        # Without it Lambda deletes the whole batch, failed records too.
        assert mapping["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


# suppress's share SES's pace; those of metrics each remember what they counted.
@pytest.mark.parametrize("name", ["SuppressQueueMapping", "MetricsQueueMapping"])
def test_each_queue_reader_has_two_environments_at_most(stack, name):
    assert properties(stack, name)["ScalingConfig"] == {"MaximumConcurrency": 2}


def test_what_suppress_puts_one_by_one_can_be_done_in_time(stack):
    value = stack.parameters
    rate = float(value["SesCallsPerSecond"])
    # Two environments read the queue and one runs the imports; guard calls SES as well.
    assert 3 * rate < 1, "SES takes about one call a second"
    worst = int(value["ImportThreshold"]) * 2 / rate  # two calls an address
    assert worst <= 0.8 * properties(stack, "SuppressFunction")["Timeout"]


def test_waiting_imports_are_scheduled_and_private(stack):
    schedule = properties(stack, "SuppressSchedule")
    assert schedule["ScheduleExpression"] == "rate(5 minutes)"
    assert schedule["State"] == "ENABLED"
    assert [t["Arn"] for t in schedule["Targets"]] == ["<SuppressFunction.Arn>"]
    bucket = stack.resources["SuppressBucket"]
    # A stack that goes must not take waiting addresses along, and SES must be able to read them; a
    # first deployment that fails leaves nothing behind.
    for kept in (bucket, stack.resources["SuppressBucketPolicy"]):
        assert kept["DeletionPolicy"] == "RetainExceptOnCreate"
        assert kept["UpdateReplacePolicy"] == "Retain"
    assert all(bucket["Properties"]["PublicAccessBlockConfiguration"].values())
    # Only records run out; what waits for the list never does.
    (rule,) = bucket["Properties"]["LifecycleConfiguration"]["Rules"]
    assert rule["Prefix"] == "rescue/"


def test_ses_reads_import_jobs_of_this_account_and_nothing_else(stack):
    statements = properties(stack, "SuppressBucketPolicy")["PolicyDocument"]["Statement"]
    (ses,) = [s for s in statements if s["Effect"] == "Allow"]
    assert ses["Principal"] == {"Service": "ses.amazonaws.com"}
    assert ses["Action"] == "s3:GetObject"
    # Those of import jobs, and what waits for one, which a person may import (docs/RUNBOOK.md).
    assert [r.partition("/")[2] for r in ses["Resource"]] == ["suppress/*/jobs/*", "suppress/*/staged/*"]
    assert list(ses["Condition"]["StringEquals"]) == ["aws:Referer"]
    (tls,) = [s for s in statements if s["Effect"] == "Deny"]
    assert tls["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize("function", ["Suppress", "Metrics"])
def test_visibility_is_at_least_six_time_limits_by_default(stack, function):
    limit = int(properties(stack, f"{function}Function")["Timeout"])
    assert int(properties(stack, f"{function}Queue")["VisibilityTimeout"]) >= 6 * limit


def test_queues_get_the_bare_message_and_suppress_only_feedback(stack):
    suppress = properties(stack, "SuppressQueueSubscription")
    metrics = properties(stack, "MetricsQueueSubscription")
    for name, subscription in (("Suppress", suppress), ("Metrics", metrics)):
        assert subscription["TopicArn"] == "<FeedbackTopic>"
        assert subscription["Protocol"] == "sqs"
        assert subscription["Endpoint"] == f"<{name}Queue.Arn>"
        assert subscription["RawMessageDelivery"] is True
    assert suppress["FilterPolicyScope"] == "MessageBody"
    assert suppress["FilterPolicy"] == FEEDBACK
    assert "FilterPolicy" not in metrics


def test_direct_mode_has_no_queue_but_keeps_what_fails(direct):
    assert not direct.of_type("AWS::Lambda::EventSourceMapping")
    assert all(q.endswith("DeadLetterQueue") for q in direct.of_type("AWS::SQS::Queue"))
    for name in ("Suppress", "Metrics"):
        subscription = properties(direct, f"{name}DirectSubscription")
        assert subscription["Protocol"] == "lambda"
        assert subscription["Endpoint"] == f"<{name}Function.Arn>"
    assert properties(direct, "SuppressDirectSubscription")["FilterPolicy"] == FEEDBACK
    assert "FilterPolicy" not in properties(direct, "MetricsDirectSubscription")


@pytest.mark.parametrize("mode", ["stack", "direct"])
def test_every_subscription_but_mail_has_a_dead_letter_queue(request, mode):
    for name, item in request.getfixturevalue(mode).of_type("AWS::SNS::Subscription").items():
        if item["Properties"]["Protocol"] == "email":
            continue
        function = next(f for f in FUNCTIONS if name.startswith(f))
        redrive = item["Properties"]["RedrivePolicy"]
        assert redrive == {"deadLetterTargetArn": f"<{function}DeadLetterQueue.Arn>"}, name


def test_guard_gets_alarms_and_runs_every_five_minutes(stack):
    subscription = properties(stack, "GuardSubscription")
    assert subscription["TopicArn"] == "<AlarmTopic>"
    assert subscription["Endpoint"] == "<GuardFunction.Arn>"
    schedule = properties(stack, "GuardSchedule")
    assert schedule["ScheduleExpression"] == "rate(5 minutes)"
    assert schedule["State"] == "ENABLED"
    assert [t["Arn"] for t in schedule["Targets"]] == ["<GuardFunction.Arn>"]
    sources = {
        name: p["Properties"]["SourceArn"] for name, p in stack.of_type("AWS::Lambda::Permission").items()
    }
    assert sources == {
        "GuardAlarmPermission": "<AlarmTopic>",
        "GuardDirectPermission": "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:ses-warden/*",
        "GuardEventsPermission": "<GuardEvents.Arn>",
        "GuardSchedulePermission": "<GuardSchedule.Arn>",
        "SuppressSchedulePermission": "<SuppressSchedule.Arn>",
    }
    direct = properties(stack, "GuardDirectPermission")
    assert direct["Principal"] == "lambda.alarms.cloudwatch.amazonaws.com"
    assert direct["SourceAccount"]


def test_guard_gets_aws_events_and_if_asked_those_of_people(stack, template):
    pattern = properties(stack, "GuardEvents")["EventPattern"]
    assert pattern["source"] == ["aws.ses"]
    assert pattern["detail-type"] == [{"prefix": "Sending Status"}, {"prefix": "Advisor Recommendation Status"}]
    assert "GuardSwitches" not in stack.resources
    asked = Stack(template, WatchSendingSwitches="true")
    rule = properties(asked, "GuardSwitches")
    assert [t["Arn"] for t in rule["Targets"]] == ["<GuardFunction.Arn>"]
    assert rule["EventPattern"]["detail-type"] == ["AWS API Call via CloudTrail"]
    # The calls that guard can read, and no others.
    names = set(rule["EventPattern"]["detail"]["eventName"])
    source = (ROOT / "crates" / "domain" / "src" / "guard" / "account.rs").read_text()
    function = source.split("fn switch(", 1)[1].split("\n}\n", 1)[0]
    assert names == set(re.findall(r'"([A-Z]\w+)"', function)) - {"DISABLED"}
    assert asked.of_type("AWS::Lambda::Permission")["GuardSwitchesPermission"]["Properties"]["SourceArn"] == (
        "<GuardSwitches.Arn>"
    )


def test_concurrency_is_reserved_only_where_asked(stack, direct, template):
    def reserved(made):
        return {f: properties(made, f"{f}Function").get("ReservedConcurrentExecutions") for f in FUNCTIONS}

    # A new account has nothing to reserve, and Lambda would refuse the whole deployment.
    assert set(reserved(stack).values()) == set(reserved(direct).values()) == {None}
    asked = {"ReserveGuardConcurrency": "true"}
    assert reserved(Stack(template, **asked)) == {"Suppress": None, "Metrics": None, "Guard": 1}
    # As many of metrics as its queue mapping allows.
    assert reserved(Stack(template, Buffering="Direct", **asked)) == {"Suppress": 3, "Metrics": 2, "Guard": 1}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_functions_are_built_by_cargo_lambda_and_log_to_their_group(stack, function):
    resource = stack.resources[f"{function}Function"]
    assert resource["Metadata"] == {
        "BuildMethod": "rust-cargolambda",
        "BuildProperties": {"Binary": function.lower()},
    }
    made = resource["Properties"]
    assert made["CodeUri"] == f"../functions/{function.lower()}"
    assert made["Role"] == f"<{function}Role.Arn>"
    assert made["LoggingConfig"]["LogGroup"] == f"<{function}LogGroup>"
    group = properties(stack, f"{function}LogGroup")
    assert int(group["RetentionInDays"]) > 0


def test_functions_run_on_al2023_and_arm64_by_default(stack, template):
    shared = stack.resolve(template["Globals"]["Function"])
    assert shared["Runtime"] == "provided.al2023"
    assert shared["Architectures"] == ["arm64"]


def test_an_address_is_subscribed_when_given(stack, bare):
    mail = properties(stack, "OperatorEmailSubscription")
    assert mail == {
        "TopicArn": "<OperatorTopic>", "Protocol": "email", "Endpoint": "operators@example.com",
    }
    assert "OperatorEmailSubscription" not in bare.resources
