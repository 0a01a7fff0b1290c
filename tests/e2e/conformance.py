"""Calls of every operation that local-ses implements: accepted ones and refused ones."""

import json

from driver import Driver
from warden_local.local_aws import ACCOUNT, REGION
from warden_local.waiting import wait_until

OWN = f"arn:aws:ses:{REGION}:{ACCOUNT}"
SET = {"ConfigurationSetName": "news"}
DOMAIN = {"EmailIdentity": "example.org"}
TENANT = {"TenantName": "acme"}
NO_SET = {"ConfigurationSetName": "none"}
NO_IDENTITY = {"EmailIdentity": "none.example.org"}
NO_TENANT = {"TenantName": "none"}
DESTINATION = {**SET, "EventDestinationName": "feedback"}


def configuration_sets(driver: Driver) -> None:
    driver.ok(
        "CreateConfigurationSet",
        **SET,
        DeliveryOptions={"TlsPolicy": "REQUIRE", "MaxDeliverySeconds": 3600},
        ReputationOptions={"ReputationMetricsEnabled": True},
        SendingOptions={"SendingEnabled": True},
        SuppressionOptions={"SuppressedReasons": ["BOUNCE"], "SuppressionScope": "ACCOUNT"},
        VdmOptions={"DashboardOptions": {"EngagementMetrics": "DISABLED"}},
        Tags=[{"Key": "team", "Value": "mail"}],
    )
    driver.ok("CreateConfigurationSet", ConfigurationSetName="more")
    driver.refused("CreateConfigurationSet", "AlreadyExistsException", **SET)
    driver.refused("CreateConfigurationSet", "BadRequestException", ConfigurationSetName="no name")
    gone = {"ConfigurationSetName": "other", "DeliveryOptions": {"SendingPoolName": "none"}}
    driver.refused("CreateConfigurationSet", "NotFoundException", **gone)
    found = driver.ok("GetConfigurationSet", **SET)
    assert found["DeliveryOptions"] == {"TlsPolicy": "REQUIRE", "MaxDeliverySeconds": 3600}
    assert found["Tags"] == [{"Key": "team", "Value": "mail"}]
    driver.pages("ListConfigurationSets")
    for option, parameters in {
        "Sending": {"SendingEnabled": False},
        "Reputation": {"ReputationMetricsEnabled": True},
        "Delivery": {"TlsPolicy": "REQUIRE"},
        "Suppression": {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]},
        "Vdm": {"VdmOptions": {"GuardianOptions": {"OptimizedSharedDelivery": "ENABLED"}}},
    }.items():
        driver.ok(f"PutConfigurationSet{option}Options", **SET, **parameters)
        driver.refused(f"PutConfigurationSet{option}Options", "NotFoundException", **NO_SET, **parameters)
    for option, parameters in {
        "Delivery": {"TlsPolicy": "NEVER"},
        "Suppression": {"SuppressedReasons": ["SPAM"]},
        "Vdm": {"VdmOptions": {"GuardianOptions": {"OptimizedSharedDelivery": "PERHAPS"}}},
    }.items():
        driver.refused(f"PutConfigurationSet{option}Options", "BadRequestException", **SET, **parameters)
    # After it is enabled again, its metrics start from zero.
    driver.ok("PutConfigurationSetSendingOptions", **SET, SendingEnabled=True)
    assert "LastFreshStart" in driver.ok("GetConfigurationSet", **SET)["ReputationOptions"]
    driver.refused("GetConfigurationSet", "NotFoundException", **NO_SET)


def event_destinations(driver: Driver) -> None:
    sns = driver.aws.client("sns")
    topic = sns.create_topic(Name="feedback")["TopicArn"]
    definition = {"Enabled": True, "MatchingEventTypes": ["BOUNCE"], "SnsDestination": {"TopicArn": topic}}
    create, update = "CreateConfigurationSetEventDestination", "UpdateConfigurationSetEventDestination"
    driver.ok(create, **DESTINATION, EventDestination=definition)
    driver.refused(create, "AlreadyExistsException", **DESTINATION, EventDestination=definition)
    other = {**DESTINATION, "EventDestinationName": "other"}
    driver.refused(create, "NotFoundException", **{**other, **NO_SET}, EventDestination=definition)
    statement = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sns:Publish", "Resource": "*"}
    closed = sns.create_topic(Name="closed", Attributes={"Policy": json.dumps({"Statement": [statement]})})["TopicArn"]
    for destination in (
        {**definition, "MatchingEventTypes": []},
        {**definition, "MatchingEventTypes": ["WHATEVER"]},
        {**definition, "EventBridgeDestination": {"EventBusArn": "arn:aws:events:x"}},
        {**definition, "SnsDestination": {"TopicArn": topic.replace("feedback", "none")}},
        {**definition, "SnsDestination": {"TopicArn": closed}},
    ):
        driver.refused(create, "BadRequestException", **other, EventDestination=destination)
    for name, target in {
        "bus": {"EventBridgeDestination": {"EventBusArn": f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"}},
        "metrics": {"CloudWatchDestination": {"DimensionConfigurations": [
            {"DimensionName": "d", "DimensionValueSource": "MESSAGE_TAG", "DefaultDimensionValue": "x"}]}},
        "stream": {"KinesisFirehoseDestination": {"IamRoleArn": "arn:x", "DeliveryStreamArn": "arn:y"}},
    }.items():  # fmt: skip
        destination = {"Enabled": False, "MatchingEventTypes": ["SEND"], **target}
        driver.ok(create, **SET, EventDestinationName=name, EventDestination=destination)
    found = driver.ok("GetConfigurationSetEventDestinations", **SET)["EventDestinations"]
    assert {destination["Name"] for destination in found} == {"feedback", "bus", "metrics", "stream"}
    driver.refused("GetConfigurationSetEventDestinations", "NotFoundException", **NO_SET)
    driver.ok(update, **DESTINATION, EventDestination={**definition, "Enabled": False})
    driver.refused(update, "NotFoundException", **other, EventDestination=definition)
    driver.refused(
        update, "BadRequestException", **DESTINATION, EventDestination={**definition, "MatchingEventTypes": []}
    )


def pools(driver: Driver) -> None:
    driver.ok("CreateDedicatedIpPool", PoolName="bulk", ScalingMode="MANAGED")
    driver.refused("CreateDedicatedIpPool", "AlreadyExistsException", PoolName="bulk")
    driver.refused("CreateDedicatedIpPool", "BadRequestException", PoolName="x", ScalingMode="NONE")
    driver.ok("GetDedicatedIpPool", PoolName="bulk")
    driver.refused("GetDedicatedIpPool", "NotFoundException", PoolName="none")
    driver.ok("ListDedicatedIpPools")


def identities(driver: Driver) -> None:
    driver.ok("CreateEmailIdentity", **DOMAIN, ConfigurationSetName="news", Tags=[{"Key": "a", "Value": "b"}])
    driver.ok("CreateEmailIdentity", EmailIdentity="ann@example.net")
    driver.refused("CreateEmailIdentity", "AlreadyExistsException", **DOMAIN)
    driver.refused("CreateEmailIdentity", "BadRequestException", EmailIdentity="no identity")
    driver.refused("CreateEmailIdentity", "NotFoundException", EmailIdentity="example.com", **NO_SET)
    for identity in ("example.org", "ann@example.net"):
        driver.ok("GetEmailIdentity", EmailIdentity=identity)
    driver.refused("GetEmailIdentity", "NotFoundException", **NO_IDENTITY)
    driver.pages("ListEmailIdentities")
    for option, parameters in {
        "Feedback": {"EmailForwardingEnabled": False},
        "ConfigurationSet": {"ConfigurationSetName": "news"},
        "MailFrom": {"MailFromDomain": "mail.example.org", "BehaviorOnMxFailure": "REJECT_MESSAGE"},
    }.items():
        driver.ok(f"PutEmailIdentity{option}Attributes", **DOMAIN, **parameters)
        driver.refused(f"PutEmailIdentity{option}Attributes", "NotFoundException", **NO_IDENTITY, **parameters)
    elsewhere = {**DOMAIN, "MailFromDomain": "example.com"}
    driver.refused("PutEmailIdentityMailFromAttributes", "BadRequestException", **elsewhere)
    driver.refused("PutEmailIdentityConfigurationSetAttributes", "NotFoundException", **DOMAIN, **NO_SET)
    found = driver.ok("GetEmailIdentity", **DOMAIN)
    assert found["MailFromAttributes"]["MailFromDomain"] == "mail.example.org"


def identity_topics(driver: Driver) -> None:
    topic = driver.aws.client("sns").create_topic(Name="bounces")["TopicArn"]
    bounce = {"Identity": "example.org", "NotificationType": "Bounce"}
    driver.ok("SetIdentityNotificationTopic", **bounce, SnsTopic=topic)
    driver.ok("SetIdentityHeadersInNotificationsEnabled", **bounce, Enabled=True)
    driver.refused("SetIdentityHeadersInNotificationsEnabled", "MessageRejected",
                   Identity="none.example.org", NotificationType="Bounce", Enabled=True)  # fmt: skip
    driver.refused("SetIdentityNotificationTopic", "InvalidParameterValue", **bounce, SnsTopic=f"{topic}x")
    driver.ok("SetIdentityFeedbackForwardingEnabled", Identity="example.org", ForwardingEnabled=True)
    found = driver.ok("GetIdentityNotificationAttributes", Identities=["example.org", "none.example.org"])
    assert found["NotificationAttributes"]["example.org"]["BounceTopic"] == topic


def suppression(driver: Driver) -> None:
    driver.ok("PutSuppressedDestination", EmailAddress="a@example.com", Reason="BOUNCE")
    driver.ok("PutSuppressedDestination", EmailAddress="b@example.com", Reason="COMPLAINT")
    driver.refused("PutSuppressedDestination", "BadRequestException", EmailAddress="a", Reason="BOUNCE")
    driver.refused("PutSuppressedDestination", "BadRequestException", EmailAddress="a@example.com", Reason="X")
    driver.refused(
        "PutSuppressedDestination", "NotFoundException", EmailAddress="a@example.com", Reason="BOUNCE", **NO_TENANT
    )
    driver.ok("GetSuppressedDestination", EmailAddress="a@example.com")
    driver.refused("GetSuppressedDestination", "NotFoundException", EmailAddress="none@example.com")
    driver.refused("GetSuppressedDestination", "BadRequestException", EmailAddress="a/b@example.com")
    driver.ok("ListSuppressedDestinations", Reasons=["BOUNCE"], StartDate=0)
    driver.pages("ListSuppressedDestinations", bad_token="InvalidNextTokenException")


def imports(driver: Driver) -> None:
    s3 = driver.aws.client("s3")
    s3.create_bucket(Bucket="imports", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="imports", Key="a.csv", Body=b"c@example.com,BOUNCE\nnobody,BOUNCE\n")
    source = {"S3Url": "s3://imports/a.csv", "DataFormat": "CSV"}
    target = {"SuppressionListDestination": {"SuppressionListImportAction": "PUT"}}

    def run(expected: str) -> dict:
        job = driver.ok("CreateImportJob", ImportDestination=target, ImportDataSource=source)["JobId"]

        def ended() -> dict | None:
            found = driver.ok("GetImportJob", JobId=job)
            return found if found["JobStatus"] in ("COMPLETED", "FAILED") else None

        found = wait_until("the import job ends", ended)
        assert found["JobStatus"] == expected, found
        return found

    run("FAILED")
    statement = {"Effect": "Allow", "Principal": {"Service": "ses.amazonaws.com"}, "Action": "s3:GetObject",
                 "Resource": "arn:aws:s3:::imports/*", "Condition": {"StringEquals": {"aws:Referer": ACCOUNT}}}  # fmt: skip
    s3.put_bucket_policy(Bucket="imports", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    assert run("COMPLETED")["FailedRecordsCount"] == 1
    driver.refused(
        "CreateImportJob", "BadRequestException",
        ImportDestination=target, ImportDataSource={**source, "S3Url": "https://imports/a.csv"},
    )  # fmt: skip
    driver.refused("GetImportJob", "NotFoundException", JobId="none")
    driver.pages("ListImportJobs")


def tenants(driver: Driver) -> None:
    driver.ok(
        "CreateTenant",
        **TENANT,
        Tags=[{"Key": "a", "Value": "b"}],
        SuppressionAttributes={"SuppressedReasons": ["BOUNCE"], "SuppressionScope": "TENANT"},
    )
    driver.refused("CreateTenant", "AlreadyExistsException", **TENANT)
    driver.refused("CreateTenant", "BadRequestException", TenantName="no name")
    driver.ok("GetTenant", **TENANT)
    driver.refused("GetTenant", "NotFoundException", **NO_TENANT)
    driver.pages("ListTenants")
    own = {"SuppressedReasons": ["COMPLAINT"], "SuppressionScope": "TENANT"}
    driver.ok("PutTenantSuppressionAttributes", **TENANT, **own)
    driver.refused("PutTenantSuppressionAttributes", "NotFoundException", **NO_TENANT, **own)
    driver.ok("PutSuppressedDestination", EmailAddress="t@example.com", Reason="BOUNCE", **TENANT)
    driver.ok("GetSuppressedDestination", EmailAddress="t@example.com", **TENANT)


def reputation(driver: Driver) -> None:
    arn = driver.ok("GetTenant", **TENANT)["Tenant"]["TenantArn"]
    entity = {"ReputationEntityType": "RESOURCE", "ReputationEntityReference": arn}
    none = {**entity, "ReputationEntityReference": f"{arn}x"}
    driver.ok("GetReputationEntity", **entity)
    driver.refused("GetReputationEntity", "NotFoundException", **none)
    switch, policy = "UpdateReputationEntityCustomerManagedStatus", "UpdateReputationEntityPolicy"
    driver.ok(switch, **entity, SendingStatus="DISABLED")
    driver.refused(switch, "BadRequestException", **entity, SendingStatus="PERHAPS")
    driver.refused(switch, "BadRequestException", **none, SendingStatus="ENABLED")
    strict = f"arn:aws:ses:{REGION}:aws:reputation-policy/strict"
    driver.ok(policy, **entity, ReputationEntityPolicy=strict)
    driver.refused(policy, "BadRequestException", **entity, ReputationEntityPolicy="strict")
    driver.aws.ses_control("PUT", "tenants/acme", {"aws_status": "DISABLED", "reputation_impact": "HIGH"})
    found = driver.ok("GetReputationEntity", **entity)["ReputationEntity"]
    assert (found["SendingStatusAggregate"], found["ReputationManagementPolicy"]) == ("DISABLED", strict)
    driver.ok("ListReputationEntities", Filter={"SENDING_STATUS": "DISABLED", "REPUTATION_IMPACT": "HIGH"})
    driver.pages("ListReputationEntities")
    driver.ok(switch, **entity, SendingStatus="REINSTATED")


def deliverability(driver: Driver) -> None:
    on = {"VdmEnabled": "ENABLED", "DashboardAttributes": {"EngagementMetrics": "ENABLED"}}
    driver.ok("PutAccountVdmAttributes", VdmAttributes=on)
    driver.refused("PutAccountVdmAttributes", "BadRequestException", VdmAttributes={"VdmEnabled": "PERHAPS"})
    found = {"resource_arn": f"{OWN}:identity/example.org", "type": "DMARC", "description": "No DMARC record."}
    driver.aws.ses_control("PUT", "recommendations", [found, {**found, "type": "SPF", "status": "FIXED"}])
    driver.ok("ListRecommendations", Filter={"STATUS": "OPEN", "IMPACT": "HIGH"})
    driver.pages("ListRecommendations")


def tags(driver: Driver) -> None:
    arn, none = f"{OWN}:configuration-set/news", f"{OWN}:configuration-set/none"
    more = [{"Key": "c", "Value": "d"}]
    driver.ok("TagResource", ResourceArn=arn, Tags=more)
    driver.refused("TagResource", "NotFoundException", ResourceArn=none, Tags=more)
    driver.refused("TagResource", "BadRequestException", ResourceArn=arn, Tags=[{"Key": "aws:c", "Value": "d"}])
    driver.ok("UntagResource", ResourceArn=arn, TagKeys=["c", "none"])
    driver.refused("UntagResource", "NotFoundException", ResourceArn=none, TagKeys=["c"])
    assert driver.ok("ListTagsForResource", ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "mail"}]
    driver.refused("ListTagsForResource", "BadRequestException", ResourceArn="news")


def sending(driver: Driver) -> None:
    text = {"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "x"}}}}
    mail = {"FromEmailAddress": "a@example.org", "Destination": {"ToAddresses": ["b@gmail.com"]}, "Content": text}
    driver.ok("SendEmail", **mail, **SET)
    driver.ok("SendEmail", **mail, **TENANT)
    driver.refused("SendEmail", "NotFoundException", **mail, **NO_SET)
    driver.refused("SendEmail", "BadRequestException", **{**mail, "Destination": {}})
    for control, code in (
        ({"enforcement_status": "SHUTDOWN"}, "AccountSuspendedException"),
        ({"production_access_enabled": False}, "MessageRejected"),
    ):
        usual = {"enforcement_status": "HEALTHY", "production_access_enabled": True}
        driver.aws.ses_control("PUT", "account", control)
        driver.refused("SendEmail", code, **mail)
        driver.aws.ses_control("PUT", "account", usual)
    query = {"Namespace": "VDM", "Metric": "DELIVERY", "StartDate": 0, "EndDate": 4_000_000_000}
    by_provider = {**query, "Id": "a", "Dimensions": {"ISP": "Gmail"}}
    found = driver.ok("BatchGetMetricData", Queries=[by_provider, {**query, "Id": "b", "Metric": "CLICK"}])
    assert [sum(result["Values"]) for result in found["Results"]] == [2, 0]
    driver.refused("BatchGetMetricData", "BadRequestException", Queries=[{**by_provider, "Metric": "NONE"}])


def account(driver: Driver) -> None:
    driver.ok("PutAccountSuppressionAttributes", SuppressedReasons=["BOUNCE"])
    driver.refused("PutAccountSuppressionAttributes", "BadRequestException", SuppressedReasons=["X"])
    driver.ok("PutAccountSendingAttributes", SendingEnabled=True)
    driver.aws.ses_control("PUT", "account", {"enforcement_status": "SHUTDOWN"})
    driver.refused("PutAccountSendingAttributes", "BadRequestException", SendingEnabled=True)
    driver.aws.ses_control("PUT", "account", {"enforcement_status": "PROBATION", "pricing_plan": "PRO"})
    assert driver.ok("GetAccount")["PricingAttributes"]["CurrentPlan"] == "PRO"


def deletions(driver: Driver) -> None:
    for operation, parameters in {
        "DeleteSuppressedDestination": {"EmailAddress": "a@example.com"},
        "DeleteConfigurationSetEventDestination": DESTINATION,
        "DeleteConfigurationSet": SET,
        "DeleteEmailIdentity": DOMAIN,
        "DeleteDedicatedIpPool": {"PoolName": "bulk"},
        "DeleteTenant": TENANT,
    }.items():
        driver.ok(operation, **parameters)
        driver.refused(operation, "NotFoundException", **parameters)


PARTS = (
    configuration_sets, event_destinations, pools, identities, identity_topics, suppression, imports, tenants,
    reputation, deliverability, tags, sending, account, deletions,
)  # fmt: skip


def drive(aws) -> Driver:
    """Makes all calls, in an order in which each finds what it needs."""
    driver = Driver(aws)
    for part in PARTS:
        part(driver)
    return driver
