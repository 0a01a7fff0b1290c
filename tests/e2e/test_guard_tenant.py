"""For a tenant's alarm guard pauses that tenant, and nothing else."""

from botocore.exceptions import ClientError

from console import Console
from warden_local.waiting import wait_until

ALARM = "ses-warden/tenant/shop/complaint/critical"


def mail(ses, **more):
    """Sends a mail and returns the error if SES refuses it."""
    text = {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "x"}}}
    try:
        ses.send_email(
            FromEmailAddress="a@news.example.org",
            Destination={"ToAddresses": ["b@mail.example.net"]},
            Content={"Simple": text},
            **more,
        )
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


def test_guard_switches_off_the_tenant_whose_alarm_it_is(aws, deploy):
    console = Console(aws, deploy())
    tenant = console.ses.create_tenant(TenantName="shop")
    console.ses.create_tenant(TenantName="other")
    dimensions = {"TenantId": tenant["TenantId"], "TenantName": "shop"}
    console.cloudwatch.put_metric_alarm(
        AlarmName=ALARM,
        Namespace="AWS/SES",
        MetricName="Complaints",
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        Statistic="Sum",
        Period=3600,
        EvaluationPeriods=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        Threshold=5,
    )
    console.set_in_alarm(ALARM)
    console.run_schedule()
    entity = {"ReputationEntityType": "RESOURCE", "ReputationEntityReference": tenant["TenantArn"]}
    found = console.ses.get_reputation_entity(**entity)["ReputationEntity"]
    assert found["CustomerManagedStatus"]["Status"] == found["SendingStatusAggregate"] == "DISABLED"
    wait_until("operators are notified", console.notices)
    assert console.notified_actions() == ["paused_tenant"]
    assert mail(console.ses, TenantName="shop") == "SendingPausedException"
    assert mail(console.ses, TenantName="other") is None
    assert console.switched() == 0
