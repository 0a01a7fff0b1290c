"""botocore calls every operation that local-ses implements, and checks it against its model."""

import json

import pytest
from botocore.exceptions import ClientError

from conformance import drive
from driver import Driver
from model import Answer, listen
from warden_local.local_aws import ACCOUNT

# Where local-ses follows AWS's answers rather than the model. Captured answers of
# GetEmailIdentity for identities without a MAIL FROM domain have one member there, and the AWS
# CLI's guide says of GetIdentityNotificationAttributes that topics come "if applicable". Version 1
# refuses with errors that its model lists for other operations, or nowhere.
AS_ON_AWS = {
    "GetEmailIdentity: .MailFromAttributes.MailFromDomain is required",
    "GetEmailIdentity: .MailFromAttributes.MailFromDomainStatus is required",
    "GetIdentityNotificationAttributes: .NotificationAttributes.example.org.ComplaintTopic is required",
    "GetIdentityNotificationAttributes: .NotificationAttributes.example.org.DeliveryTopic is required",
    "SetIdentityHeadersInNotificationsEnabled: the model has no MessageRejected",
    "SetIdentityNotificationTopic: the model has no InvalidParameterValue",
}


@pytest.fixture(scope="module")
def driver(aws) -> Driver:
    aws.reset()
    return drive(aws)


def test_every_operation_that_is_played_has_a_case(driver):
    played = driver.aws.ses_control("GET", "operations")
    assert set(played) == set(driver.calls)


def test_every_answer_is_of_its_model(driver):
    faults = {fault for answer in driver.answers for fault in answer.faults()}
    assert faults == AS_ON_AWS


@pytest.mark.parametrize(
    ("operation", "body", "fault"),
    [
        ("GetTenant", {"Tenant": {"SendingStatus": "PERHAPS"}}, "not in its enumeration"),
        ("GetTenant", {"Tenant": {"TenantId": 7}}, "is no string"),
        ("GetTenant", {"Tenant": {"CreatedTimestamp": "now"}}, "is no timestamp"),
        ("GetTenant", {"Tenant": []}, "is no structure"),
        ("GetTenant", {"Tennant": {}}, "is unknown"),
        ("ListTagsForResource", {}, "is required"),
        ("ListTagsForResource", {"Tags": [{"Key": "a"}]}, ".Tags[0].Value is required"),
        ("GetConfigurationSet", {"DeliveryOptions": {"MaxDeliverySeconds": 1}}, "outside 300 to 50400"),
        ("GetEmailIdentity", {"Policies": {"": "x"}}, "outside 1 to 64"),
    ],
)
def test_an_answer_that_departs_from_its_model_is_found(aws, operation, body, fault):
    model = aws.client("sesv2").meta.service_model.operation_model(operation)
    [found] = Answer(model, 200, body, None).faults()
    assert fault in found


@pytest.mark.parametrize(("status", "code"), [(404, "ConflictException"), (400, "NotFoundException")])
def test_an_error_that_the_model_does_not_have_is_found(aws, status, code):
    model = aws.client("sesv2").meta.service_model.operation_model("GetTenant")
    assert len(Answer(model, status, {}, code).faults()) == 1
    assert Answer(model, 404, {}, "NotFoundException").faults() == []


def test_a_throttled_operation_says_so_as_its_model_has_it(driver):
    """The model of version 1 has no such error: AWS throttles with a common error."""
    driver.aws.ses_control("PUT", "faults", {"rate_limit_per_second": 0.001})
    driver.answers.clear()
    try:
        with pytest.raises(ClientError):
            for _ in range(2):
                driver.v2.get_account()
        for operation, call in driver.calls.items():
            if driver.client_of(operation) is driver.v2 and operation != "SendEmail":
                with pytest.raises(ClientError, match="TooManyRequestsException"):
                    call()
    finally:
        driver.aws.ses_control("PUT", "faults", {})
    assert [fault for answer in driver.answers for fault in answer.faults()] == []


def test_calls_of_sending_switches_are_in_cloudtrail_as_its_model_has_them(driver):
    """What guard asks CloudTrail, and what it reads of the answer."""
    switch = "PutAccountSendingAttributes"
    driver.v2.put_account_sending_attributes(SendingEnabled=True)
    answers: list[Answer] = []
    trail = driver.aws.client("cloudtrail")
    listen(trail, answers)
    found = trail.lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": switch}], StartTime=0, MaxResults=50
    )["Events"]
    assert [fault for answer in answers for fault in answer.faults()] == []
    assert {event["EventName"] for event in found} == {switch}
    record = json.loads(found[0]["CloudTrailEvent"])
    assert record["requestParameters"] == {"sendingEnabled": True}
    assert record["userIdentity"]["arn"] == f"arn:aws:iam::{ACCOUNT}:root"
    refused = [json.loads(event["CloudTrailEvent"]).get("errorCode") for event in found]
    assert refused[0] is None and "BadRequestException" in refused
    later = found[0]["EventTime"].timestamp() + 60
    assert trail.lookup_events(StartTime=later)["Events"] == []
