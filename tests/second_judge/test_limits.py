"""What moto 5.2.5 cannot do, and so is judged by ministack alone.

Each is shown here, so that the list stays true: when a new version of moto can do one of them,
its test fails, and the judgement can be asked for.

Not shown, because there is nothing to call: Lambda without containers (functions.py runs the
functions), event source mappings, the role of a function, delivery of alarms' actions to SNS or
Lambda, alarm events on EventBridge, schedules, and the suppression list and the sending switches
of SES v2 (local-ses).
"""

import json
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta

import botocore.parsers
import pytest

BOUNCES = {"$or": [{"eventType": ["Bounce"]}, {"notificationType": ["Bounce"]}]}


def test_a_filter_policy_with_alternatives_fails_to_match(aws):
    sns, sqs = aws.client("sns"), aws.client("sqs")
    topic = sns.create_topic(Name="feedback")["TopicArn"]
    sqs.create_queue(QueueName="suppress")
    queue = topic.replace(":sns:", ":sqs:").replace("feedback", "suppress")
    attributes = {"FilterPolicyScope": "MessageBody", "FilterPolicy": json.dumps(BOUNCES)}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes=attributes)
    with pytest.raises(botocore.parsers.ResponseParserError, match="Internal Server Error"):
        sns.publish(TopicArn=topic, Message=json.dumps({"eventType": "Bounce"}))


def test_an_alarm_is_never_evaluated(aws):
    cloudwatch = aws.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="any",
        Namespace="SesWarden",
        MetricName="BounceHard",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )
    cloudwatch.put_metric_data(Namespace="SesWarden", MetricData=[{"MetricName": "BounceHard", "Value": 9}])
    [alarm] = cloudwatch.describe_alarms(AlarmNames=["any"])["MetricAlarms"]
    assert alarm["StateValue"] == "OK"


def test_a_transition_leaves_no_time(aws):
    cloudwatch = aws.client("cloudwatch")
    cloudwatch.set_alarm_state(AlarmName="any", StateValue="ALARM", StateReason="by a test")
    [alarm] = cloudwatch.describe_alarms(AlarmNames=["any"])["MetricAlarms"]
    assert "StateTransitionedTimestamp" not in alarm


def test_metric_math_has_no_functions(aws):
    now = datetime.now(UTC)
    metric = {"Namespace": "SesWarden", "MetricName": "BounceHard"}
    queries = [
        {"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}},
        {"Id": "e", "Expression": "IF(m > 1, m, 0)"},
    ]
    asked = {"StartTime": now - timedelta(hours=1), "EndTime": now + timedelta(minutes=1)}
    results = aws.client("cloudwatch").get_metric_data(MetricDataQueries=queries, **asked)["MetricDataResults"]
    assert {result["Id"]: len(result["Values"]) for result in results} == {"m": 1, "e": 0}


def test_a_query_sums_series_with_further_dimensions_too(aws):
    cloudwatch = aws.client("cloudwatch")
    domain, configuration_set = {"Name": "Domain", "Value": "a"}, {"Name": "ConfigurationSet", "Value": "b"}
    data = [
        {"MetricName": "Send", "Value": 1, "Dimensions": dimensions}
        for dimensions in ([domain], [domain, configuration_set])
    ]
    cloudwatch.put_metric_data(Namespace="SesWarden", MetricData=data)
    now = datetime.now(UTC)
    period = {"StartTime": now - timedelta(hours=1), "EndTime": now + timedelta(minutes=1), "Period": 7200}
    asked = {"Namespace": "SesWarden", "MetricName": "Send", "Dimensions": [domain], "Statistics": ["Sum"]}
    points = cloudwatch.get_metric_statistics(**asked, **period)["Datapoints"]
    assert sum(point["Sum"] for point in points) == 2


def test_the_protocol_of_the_rust_sdk_is_unknown(aws):
    path = "/service/GraniteServiceVersion20100801/operation/DescribeAlarms"
    headers = {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor",
               "Authorization": "AWS4-HMAC-SHA256 Credential=test/20261006/eu-central-1/monitoring/aws4_request"}  # fmt: skip
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(urllib.request.Request(aws.endpoint + path, b"\xa0", headers), timeout=30)
