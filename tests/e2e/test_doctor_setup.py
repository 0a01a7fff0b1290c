"""`ses-warden doctor setup` finds no fault in a healthy stack, and reports each broken link by its code.

All cases use one stack. A case breaks one thing, runs the command, and repairs it again. If the last
test finds nothing, every case has repaired what it broke.
"""

import json
import subprocess
from contextlib import contextmanager

import pytest

from warden_local import paths
from warden_local.cast import SENDERS
from warden_local.command import environment
from warden_local.local_aws import ACCOUNT, REGION
from warden_local.observer import ALLOW_SNS
from warden_local.waiting import wait_until

SETS = ("marketing", "transactional")
DOMAIN = "healthy.example.com"
KEY_POLICY = {"Version": "2012-10-17", "Statement": []}
# The event types of a destination: all but OPEN and CLICK.
EVENTS = ["SEND", "DELIVERY", "BOUNCE", "COMPLAINT", "REJECT", "DELIVERY_DELAY", "RENDERING_FAILURE"]


class World:
    """The stack, its clients, and the command."""

    def __init__(self, aws, stack, binary):
        self.aws, self.binary, self.outputs = aws, binary, stack.outputs
        services = {"sesv2": "ses", "ses": "ses_v1", "cloudwatch": "cloudwatch", "lambda": "functions"}
        for service in ("sns", "sqs", "kms", *services):
            setattr(self, services.get(service, service), aws.client(service))
        self.feedback, self.alarms = self.outputs["FeedbackTopicArn"], self.outputs["AlarmTopicArn"]

    def doctor(self, *arguments, **variables):
        """Returns the exit status, the sections by kind and name, and standard error."""
        command = [self.binary, "doctor", "setup", "--json", "--ses-calls-per-second", "200", *arguments]
        env = {**environment(self.aws), **variables}
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
        sections = [json.loads(line) for line in done.stdout.splitlines()]
        return done.returncode, sections, done.stderr

    def faults(self, *arguments, **variables):
        """Returns (name of the section, code) of each error and warning."""
        status, sections, said = self.doctor(*arguments, **variables)
        found = {
            (section["name"], finding["code"])
            for section in sections
            for finding in section["findings"]
            if finding["severity"] != "info"
        }
        assert status == (1 if found else 0), said
        # Tests that ask for faults are never about what could not be read.
        unread = [f for s in sections for f in s["findings"] if f["code"] == "not-read"]
        assert not unread, unread
        return found

    def codes(self):
        return {code for _, code in self.faults()}

    def destinations(self, name):
        return self.ses.get_configuration_set_event_destinations(ConfigurationSetName=name)["EventDestinations"]

    def destination(self, name, **changes):
        """Changes the destination of a set and keeps the rest."""
        [found] = self.destinations(name)
        definition = {
            "Enabled": found["Enabled"],
            "MatchingEventTypes": found["MatchingEventTypes"],
            "SnsDestination": found["SnsDestination"],
            **changes,
        }
        self.ses.update_configuration_set_event_destination(
            ConfigurationSetName=name, EventDestinationName=found["Name"], EventDestination=definition
        )
        return found

    def account(self, **changes):
        self.aws.ses_control("PUT", "account", changes)

    def attribute(self, topic, name, value):
        self.sns.set_topic_attributes(TopicArn=topic, AttributeName=name, AttributeValue=value)

    def policy(self, topic):
        return self.sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]

    def subscriptions(self, topic):
        return self.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]

    def mapping(self, queue):
        arn = self.queue_arn(queue)
        [found] = self.functions.list_event_source_mappings(EventSourceArn=arn)["EventSourceMappings"]
        return found

    def queue_arn(self, name):
        return f"arn:aws:sqs:{REGION}:{ACCOUNT}:ses-warden-{name}"


@pytest.fixture(scope="module")
def world(aws, deploy, binaries):
    world = World(aws, deploy(), binaries["ses-warden"])
    inbox = world.sqs.create_queue(QueueName="operators-inbox", Attributes={"Policy": ALLOW_SNS})["QueueUrl"]
    arn = world.sqs.get_queue_attributes(QueueUrl=inbox, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    world.sns.subscribe(TopicArn=world.outputs["OperatorTopicArn"], Protocol="sqs", Endpoint=arn)
    # The story's identities still have SES forward their feedback, which is a finding.
    for sender in SENDERS:
        world.ses.delete_email_identity(EmailIdentity=sender.domain)
    identity(world, DOMAIN)
    return world


def identity(world, name, forwarding=False, default="marketing"):
    more = {"ConfigurationSetName": default} if default else {}
    world.ses.create_email_identity(EmailIdentity=name, **more)
    world.ses.put_email_identity_feedback_attributes(EmailIdentity=name, EmailForwardingEnabled=forwarding)


@contextmanager
def another(world, name, **more):
    identity(world, name, **more)
    yield
    world.ses.delete_email_identity(EmailIdentity=name)


@contextmanager
def new_set(world, name, events=EVENTS, topic=None, refused=False, **more):
    """Creates a set. With a topic that SES refuses, the topic was changed after the set was created."""
    world.account(check_topics=not refused)
    world.ses.create_configuration_set(
        ConfigurationSetName=name, ReputationOptions={"ReputationMetricsEnabled": True}, **more
    )
    if events:
        world.ses.create_configuration_set_event_destination(
            ConfigurationSetName=name,
            EventDestinationName="feedback",
            EventDestination={
                "Enabled": True,
                "MatchingEventTypes": events,
                "SnsDestination": {"TopicArn": topic or world.feedback},
            },
        )
    world.account(check_topics=True)
    yield
    world.ses.delete_configuration_set(ConfigurationSetName=name)


def test_a_healthy_stack_has_no_fault(world):
    status, sections, said = world.doctor()
    faults = [f for s in sections for f in s["findings"] if f["severity"] != "info"]
    assert (status, faults, said) == (0, [], "")
    by_name = {section["name"]: section for section in sections}
    for name in (*SETS, DOMAIN):
        arrives = [f for f in by_name[name]["findings"] if f["code"] == "feedback-arrives"]
        assert "ses-warden-suppress" in arrives[0]["text"], by_name[name]
    assert set(by_name[DOMAIN]) == {"kind", "name", "region", "findings"}
    assert set(by_name[DOMAIN]["findings"][0]) == {
        *("code", "severity", "subject", "found", "text", "publish", "commands")
    }


# ------------------------------------------------------------------------ the ways to break it
# Each is a context: broken inside the block, repaired after it.


@contextmanager
def topic_missing(world):
    topic = world.sns.create_topic(Name="gone")["TopicArn"]
    with new_set(world, "adrift", topic=topic):
        world.sns.delete_topic(TopicArn=topic)
        yield {(topic, "topic-missing"), ("adrift", "feedback-lost")}


@contextmanager
def topic_fifo(world):
    topic = world.sns.create_topic(Name="feedback.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    with new_set(world, "queued", topic=topic, refused=True):
        yield {(topic, "topic-fifo"), ("queued", "feedback-lost")}
    world.sns.delete_topic(TopicArn=topic)


@contextmanager
def topic_elsewhere(world):
    topic = f"arn:aws:sns:us-east-1:{ACCOUNT}:feedback"
    with new_set(world, "far", topic=topic, refused=True):
        yield {(topic, "topic-other-region"), ("far", "feedback-lost")}


@contextmanager
def topic_closed(world):
    policy = world.policy(world.feedback)
    world.attribute(world.feedback, "Policy", policy.replace("ses.amazonaws.com", "s3.amazonaws.com"))
    lost = {(name, "feedback-lost") for name in (*SETS, DOMAIN)}
    yield {(world.feedback, "topic-policy-excludes-ses"), *lost}
    world.attribute(world.feedback, "Policy", policy)


@contextmanager
def key_closed(world):
    root = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    key = world.kms.create_key(Policy=json.dumps({**KEY_POLICY, "Statement": [root]}))["KeyMetadata"]["KeyId"]
    topic = world.sns.create_topic(Name="sealed", Attributes={"KmsMasterKeyId": key})["TopicArn"]
    world.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=world.queue_arn("suppress"))
    with new_set(world, "sealed", topic=topic, refused=True):
        found = {(topic, "topic-key-excludes-ses"), ("sealed", "feedback-lost")}
        # The queue's policy admits only the feedback topic.
        yield {*found, (world.queue_arn("suppress"), "queue-policy-excludes-sns")}
    world.sns.delete_topic(TopicArn=topic)


@contextmanager
def nobody_confirmed(world):
    topic = world.sns.create_topic(Name="unheard")["TopicArn"]
    # The local AWS confirms subscriptions of addresses by itself.
    world.sns.subscribe(TopicArn=topic, Protocol="https", Endpoint="https://127.0.0.1:9/hook")
    with new_set(world, "unheard", topic=topic):
        yield {(topic, "subscription-pending"), ("unheard", "feedback-lost")}
    world.sns.delete_topic(TopicArn=topic)


@contextmanager
def no_destination(world):
    with new_set(world, "mute", events=None):
        yield {("mute", "no-event-destination")}


@contextmanager
def destination_disabled(world):
    world.destination("transactional", Enabled=False)
    yield {("transactional", "destination-disabled")}
    world.destination("transactional", Enabled=True)


@contextmanager
def events_missing(world):
    kept = [event for event in EVENTS if event != "COMPLAINT"]
    before = world.destination("transactional", MatchingEventTypes=kept)
    yield {("transactional", "events-missing")}
    world.destination("transactional", MatchingEventTypes=before["MatchingEventTypes"])


@contextmanager
def both_formats(world):
    for kind in ("Bounce", "Complaint"):
        world.ses_v1.set_identity_notification_topic(
            Identity=DOMAIN, NotificationType=kind, SnsTopic=world.feedback
        )
    yield {(DOMAIN, "both-formats")}
    for kind in ("Bounce", "Complaint"):
        world.ses_v1.set_identity_notification_topic(Identity=DOMAIN, NotificationType=kind)


@contextmanager
def identity_topics_only(world):
    with another(world, "old.example.org", default=None):
        for kind in ("Bounce", "Complaint"):
            world.ses_v1.set_identity_notification_topic(
                Identity="old.example.org", NotificationType=kind, SnsTopic=world.feedback
            )
        yield {("old.example.org", "identity-topics-only")}


@contextmanager
def identity_topic_missing(world):
    gone = world.sns.create_topic(Name="gone")["TopicArn"]
    world.ses_v1.set_identity_notification_topic(Identity=DOMAIN, NotificationType="Delivery", SnsTopic=gone)
    world.sns.delete_topic(TopicArn=gone)
    yield {(gone, "topic-missing")}
    world.ses_v1.set_identity_notification_topic(Identity=DOMAIN, NotificationType="Delivery")


@contextmanager
def forwarding_too(world):
    world.ses.put_email_identity_feedback_attributes(EmailIdentity=DOMAIN, EmailForwardingEnabled=True)
    yield {(DOMAIN, "forwarding-and-topic")}
    world.ses.put_email_identity_feedback_attributes(EmailIdentity=DOMAIN, EmailForwardingEnabled=False)


@contextmanager
def neither(world):
    with another(world, "silent.example.org", default=None):
        yield {("silent.example.org", "feedback-nowhere"), ("silent.example.org", "no-default-set")}


@contextmanager
def no_default_set(world):
    with another(world, "forgetful.example.org", default=None, forwarding=True):
        yield {("forgetful.example.org", "no-default-set")}


@contextmanager
def default_set_missing(world):
    with new_set(world, "short-lived"):
        world.ses.put_email_identity_configuration_set_attributes(
            EmailIdentity=DOMAIN, ConfigurationSetName="short-lived"
        )
    yield {(DOMAIN, "default-set-missing"), (DOMAIN, "feedback-nowhere")}
    world.ses.put_email_identity_configuration_set_attributes(
        EmailIdentity=DOMAIN, ConfigurationSetName="marketing"
    )


@contextmanager
def address_shadows_domain(world):
    name = f"news@{DOMAIN}"
    with another(world, name, default="transactional"):
        yield {(name, "address-shadows-domain")}


@contextmanager
def subdomain_shadows_parent(world):
    name = f"a.b.{DOMAIN}"
    with another(world, name, default="transactional"):
        yield {(name, "subdomain-shadows-parent")}


@contextmanager
def not_verified(world):
    world.aws.ses_control("PUT", f"identities/{DOMAIN}", {"verification_status": "FAILED"})
    yield {(DOMAIN, "identity-not-verified")}
    world.aws.ses_control("PUT", f"identities/{DOMAIN}", {"verification_status": "SUCCESS"})


@contextmanager
def reputation_metrics_off(world):
    put = world.ses.put_configuration_set_reputation_options
    put(ConfigurationSetName="marketing", ReputationMetricsEnabled=False)
    yield {("marketing", "reputation-metrics-off")}
    put(ConfigurationSetName="marketing", ReputationMetricsEnabled=True)


@contextmanager
def set_looks_past_bounces(world):
    put = world.ses.put_configuration_set_suppression_options
    put(ConfigurationSetName="marketing", SuppressedReasons=["COMPLAINT"])
    yield {("marketing", "set-suppression-partial")}
    put(ConfigurationSetName="marketing")


@contextmanager
def bounces_not_suppressed(world):
    world.ses.put_account_suppression_attributes(SuppressedReasons=["COMPLAINT"])
    yield {("account", "suppression-without-bounce")}
    world.ses.put_account_suppression_attributes(SuppressedReasons=["BOUNCE", "COMPLAINT"])


@contextmanager
def sandbox(world):
    world.account(production_access_enabled=False)
    yield {("account", "sandbox")}
    world.account(production_access_enabled=True)


@contextmanager
def quota_nearly_used(world):
    world.account(max_24_hour_send=5.0, sent_last_24_hours=4)
    yield {("account", "quota-nearly-used")}
    world.account(max_24_hour_send=50_000.0, sent_last_24_hours=0)


@contextmanager
def account_under_review(world):
    world.account(enforcement_status="PROBATION")
    yield {("account", "account-under-review")}
    world.account(enforcement_status="HEALTHY")


@contextmanager
def account_paused(world):
    world.ses.put_account_sending_attributes(SendingEnabled=False)
    yield {("account", "account-paused")}
    world.ses.put_account_sending_attributes(SendingEnabled=True)


@contextmanager
def managed_pool_without_delays(world):
    world.ses.create_dedicated_ip_pool(PoolName="dedicated1", ScalingMode="MANAGED")
    kept = [event for event in EVENTS if event != "DELIVERY_DELAY"]
    options = {"DeliveryOptions": {"SendingPoolName": "dedicated1"}}
    with new_set(world, "cs_dedicated1", events=kept, **options):
        yield {("cs_dedicated1", "managed-pool-without-delivery-delay")}
    world.ses.delete_dedicated_ip_pool(PoolName="dedicated1")


@contextmanager
def mapping_disabled(world):
    mapping = world.mapping("suppress")["UUID"]
    world.functions.update_event_source_mapping(UUID=mapping, Enabled=False)
    not_fed = {(name, "suppress-not-fed") for name in (*SETS, DOMAIN)}
    yield {(world.queue_arn("suppress"), "mapping-disabled"), *not_fed}
    world.functions.update_event_source_mapping(UUID=mapping, Enabled=True)
    wait_until("the mapping is enabled", lambda: world.mapping("suppress")["State"] == "Enabled")


@contextmanager
def mapping_missing(world):
    mapping = world.mapping("metrics")
    world.functions.delete_event_source_mapping(UUID=mapping["UUID"])
    yield {(world.queue_arn("metrics"), "mapping-missing")}
    world.functions.create_event_source_mapping(
        EventSourceArn=mapping["EventSourceArn"],
        FunctionName=mapping["FunctionArn"],
        BatchSize=mapping["BatchSize"],
        MaximumBatchingWindowInSeconds=1,
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )
    wait_until("the mapping is enabled", lambda: world.mapping("metrics")["State"] == "Enabled")


@contextmanager
def function_switched_off(world):
    name = world.outputs["GuardFunctionName"]
    world.functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    arn = world.functions.get_function_configuration(FunctionName=name)["FunctionArn"]
    yield {(arn, "function-switched-off"), ("account", "alarm-unheard")}
    world.functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)


@contextmanager
def dead_letters(world):
    url = world.outputs["SuppressDeadLetterQueueUrl"]
    world.sqs.send_message(QueueUrl=url, MessageBody="could not be handled")
    yield {(world.queue_arn("suppress-dead-letters"), "dead-letters")}
    world.sqs.purge_queue(QueueUrl=url)


@contextmanager
def queue_closed(world):
    url = world.outputs["SuppressQueueUrl"]
    policy = world.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"]
    world.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    not_fed = {(name, "suppress-not-fed") for name in (*SETS, DOMAIN)}
    yield {(world.queue_arn("suppress"), "queue-policy-excludes-sns"), *not_fed}
    world.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})


@contextmanager
def filter_withholds(world):
    arn = world.queue_arn("suppress")
    [one] = [s["SubscriptionArn"] for s in world.subscriptions(world.feedback) if s["Endpoint"] == arn]
    before = world.sns.get_subscription_attributes(SubscriptionArn=one)["Attributes"]["FilterPolicy"]

    def put(policy):
        world.sns.set_subscription_attributes(
            SubscriptionArn=one, AttributeName="FilterPolicy", AttributeValue=policy
        )

    put(json.dumps({"eventType": ["Delivery"]}))
    not_fed = {(name, "suppress-not-fed") for name in (*SETS, DOMAIN)}
    yield {(world.feedback, "subscription-filter"), *not_fed}
    put(before)


@contextmanager
def alarm(world, **changes):
    definition = {
        "AlarmName": "ours",
        "Namespace": "AWS/SES",
        "MetricName": "Reputation.BounceRate",
        "Statistic": "Maximum",
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 0.04,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "ignore",
        "AlarmActions": [world.alarms],
        **changes,
    }
    world.cloudwatch.put_metric_alarm(**definition)
    yield
    world.cloudwatch.delete_alarms(AlarmNames=["ours"])


@contextmanager
def alarm_without_actions(world):
    with alarm(world, AlarmActions=[]):
        yield {("ours", "alarm-without-actions")}


@contextmanager
def alarm_topic_missing(world):
    gone = f"arn:aws:sns:{REGION}:{ACCOUNT}:gone"
    with alarm(world, AlarmActions=[gone]):
        yield {(gone, "topic-missing"), ("account", "alarm-unheard")}


@contextmanager
def alarm_function_missing(world):
    gone = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:gone"
    with alarm(world, AlarmActions=[gone]):
        yield {(gone, "function-missing"), ("account", "alarm-unheard")}


@contextmanager
def alarm_without_data(world):
    with alarm(world, Dimensions=[{"Name": "Identity", "Value": DOMAIN}]):
        yield {("ours", "alarm-without-data")}


@contextmanager
def alarm_waits_for_ever(world):
    with alarm(world, Namespace="SesWarden", MetricName="UnexpectedSender", TreatMissingData="missing"):
        yield {("ours", "alarm-without-data")}


@contextmanager
def alarm_of_a_gone_set(world):
    with alarm(world, Dimensions=[{"Name": "ses:configuration-set", "Value": "gone"}]):
        yield {("ours", "alarm-target-missing")}


@contextmanager
def alarm_misspelt(world):
    with alarm(world, MetricName="Reputation.BouncesRate"):
        yield {("ours", "alarm-metric-unknown")}


BROKEN = [
    topic_missing, topic_fifo, topic_elsewhere, topic_closed, key_closed, nobody_confirmed,
    no_destination, destination_disabled, events_missing, both_formats, identity_topics_only,
    identity_topic_missing, forwarding_too, neither, no_default_set, default_set_missing,
    address_shadows_domain, subdomain_shadows_parent, not_verified, reputation_metrics_off,
    set_looks_past_bounces, bounces_not_suppressed, sandbox, quota_nearly_used,
    account_under_review, account_paused, managed_pool_without_delays, mapping_disabled,
    mapping_missing, function_switched_off, dead_letters, queue_closed, filter_withholds,
    alarm_without_actions, alarm_topic_missing, alarm_function_missing, alarm_without_data,
    alarm_waits_for_ever, alarm_of_a_gone_set, alarm_misspelt,
]  # fmt: skip


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.__name__)
def test_each_broken_link_is_found_and_nothing_else(world, broken):
    with broken(world) as expected:
        found = world.faults()
    assert found == expected


@pytest.mark.parametrize(
    "operation", ["GetAccount", "ListEmailIdentities", "GetEmailIdentity", "GetIdentityNotificationAttributes",
                  "ListConfigurationSets", "GetConfigurationSet", "GetConfigurationSetEventDestinations"],
)  # fmt: skip
def test_a_denied_read_is_reported_and_nothing_concluded_from_it(world, operation):
    denied = {"operation": operation, "status": 403, "code": "AccessDeniedException", "message": "not authorized"}
    world.aws.ses_control("PUT", "faults", {"fail": [denied]})
    status, sections, _ = world.doctor()
    world.aws.ses_control("PUT", "faults", {})
    faults = [f for s in sections for f in s["findings"] if f["severity"] != "info"]
    assert status == 1
    assert [(f["code"], f["subject"]) for f in faults] == [("not-read", f"ses:{operation}")]
    assert f"needs ses:{operation}" in faults[0]["text"]


def test_only_calls_of_the_policy_are_made(world):
    policy = json.loads((paths.ROOT / "docs" / "doctor-policy.json").read_text())
    before = world.aws.ses_control("GET", "calls")
    world.faults()
    after = world.aws.ses_control("GET", "calls")
    made = {f"ses:{name}" for name, count in after.items() if count > before.get(name, 0)}
    assert made and made <= set(policy["Statement"][0]["Action"])


def test_hostile_names_control_no_terminal(world):
    topic = world.sns.create_topic(Name="hooks")["TopicArn"]
    world.cloudwatch.put_metric_alarm(
        AlarmName="a\u202eb\u009b31mc; rm -rf /", Namespace="AWS/SES", MetricName="Bounced", Statistic="Sum",
        Period=60, EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    command = [world.binary, "doctor", "setup", "--ses-calls-per-second", "200"]
    done = subprocess.run(command, env=environment(world.aws), capture_output=True, timeout=120)
    world.cloudwatch.delete_alarms(AlarmNames=["a\u202eb\u009b31mc; rm -rf /"])
    world.sns.delete_topic(TopicArn=topic)
    text = done.stdout.decode()
    assert done.returncode == 1 and "alarm-metric-unknown" in text
    assert not any(c in text for c in "\u202e\u009b\x1b"), text


def test_without_an_answer_or_credentials_the_exit_status_says_so(world):
    for variables, expected, words in [
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ENDPOINT_URL_SESV2": "http://127.0.0.1:9"}, 5, "does not answer"),
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true"}, 4, "No credentials"),
    ]:  # fmt: skip
        status, sections, said = world.doctor(**variables)
        assert (status, sections) == (expected, []), said
        assert words in said


def test_an_account_without_our_stack_is_judged_by_what_it_names(world):
    _, sections, _ = world.doctor("--stack", "another")
    codes = {finding["code"] for section in sections for finding in section["findings"]}
    assert "stack-missing" in codes and "feedback-arrives" in codes


def test_the_report_holds_every_domain_and_finding(world, tmp_path):
    page = tmp_path / "report.html"
    command = [world.binary, "doctor", "report", "--out", page, "--ses-calls-per-second", "200"]
    # Nothing answers at that address: no verdict about any record.
    command += ["--nameserver", "127.0.0.1:9", "--timeout", "1"]
    done = subprocess.run(command, env=environment(world.aws), capture_output=True, text=True, timeout=120)
    assert done.returncode in (0, 1), done.stderr
    assert f"Wrote {page}: 1 domains." in done.stdout
    text = page.read_text()
    for part in (f">{DOMAIN}</a></th>", "dns-servfail", "feedback-arrives", 'id="code-feedback-arrives"'):
        assert part in text, part


def test_functions_that_are_gone_are_found_through_the_stack(world):
    """Runs last, because a deleted function is not easily restored."""
    name = world.outputs["SuppressFunctionName"]
    assert world.faults() == set()
    arn = world.functions.get_function_configuration(FunctionName=name)["FunctionArn"]
    world.functions.delete_function(FunctionName=name)
    assert (arn, "function-missing") in world.faults()
