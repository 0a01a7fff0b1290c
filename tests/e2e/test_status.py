"""`ses-warden status` against the local AWS, with botocore as the second reader of every figure."""

import datetime
import json
import os
import subprocess

import pytest

from warden_local import paths
from warden_local.command import environment
from warden_local.local_aws import REGION

FAST = ("--ses-calls-per-second", "200")
DOMAIN = "news.example.org"
POOL = "dedicated1"


class World:
    """The command, and AWS's own view."""

    def __init__(self, aws, binary):
        self.aws, self.binary = aws, binary
        self.ses, self.cloudwatch = aws.client("sesv2"), aws.client("cloudwatch")

    def start(self, *arguments, **variables):
        env = {**environment(self.aws), "HOME": "/nonexistent", **variables}
        command = [self.binary, "status", *arguments]
        return subprocess.Popen(command, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, *arguments, expect=0, **variables):
        """Standard output and standard error."""
        child = self.start(*FAST, *arguments, **variables)
        said, complained = child.communicate(timeout=120)
        assert child.returncode == expect, (child.returncode, said[-3000:], complained[-2000:])
        return said, complained

    def report(self, *arguments, **more):
        return json.loads(self.run("--json", *arguments, **more)[0])

    def put(self, namespace, metric, value, minutes_ago=1, **dimensions):
        at = datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=minutes_ago)
        named = [{"Name": name.replace("ses_", "ses:").replace("_", "-"), "Value": text} for name, text in dimensions.items()]
        datum = {"MetricName": metric, "Dimensions": named, "Timestamp": at, "Value": value}
        self.cloudwatch.put_metric_data(Namespace=namespace, MetricData=[datum])

    def rates(self, bounce, complaint, **dimensions):
        self.put("AWS/SES", "Reputation.BounceRate", bounce, **dimensions)
        self.put("AWS/SES", "Reputation.ComplaintRate", complaint, **dimensions)

    def calls(self):
        return self.aws.ses_control("GET", "calls")


@pytest.fixture
def world(aws, binaries):
    """An account without a stack."""
    aws.reset()
    return World(aws, binaries["ses-warden"])


@pytest.fixture
def installed(aws, binaries, deploy):
    """An account with the stack, and something to see in each part of the status."""
    stack = deploy()
    world = World(aws, binaries["ses-warden"])
    world.stack = stack
    world.rates(0.021, 0.0001)
    world.rates(0.004, 0.0, ses_configuration_set="marketing")
    for metric, value in (("Send", 400), ("BounceHard", 6), ("Complaint", 1), ("Delivery", 390)):
        world.put("SesWarden", metric, value, Domain=DOMAIN)
    world.put("SesWarden", "MultiRecipientMessage", 3, Domain=DOMAIN)
    world.put("SesWarden", "Suppressed", 5, Reason="BOUNCE")
    world.ses.put_account_vdm_attributes(VdmAttributes={"VdmEnabled": "ENABLED"})
    world.ses.create_dedicated_ip_pool(PoolName=POOL, ScalingMode="MANAGED")
    world.ses.create_dedicated_ip_pool(PoolName="by-hand", ScalingMode="STANDARD")
    world.put("AWS/SES", "SentLast24Hours", 900, Pool=POOL, Isp="Gmail")
    world.put("AWS/SES", "Available24HourSend", 2000, Pool=POOL, Isp="Gmail")
    world.ses.put_suppressed_destination(EmailAddress="gone@example.com", Reason="BOUNCE")
    world.ses.put_suppressed_destination(EmailAddress="angry@example.com", Reason="COMPLAINT")
    return world


def pause(world, name):
    """Pauses a set, and writes what guard writes into the journal."""
    world.ses.put_configuration_set_sending_options(ConfigurationSetName=name, SendingEnabled=False)
    at = datetime.datetime.now(datetime.UTC)
    stamp = at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    texts = {
        "pk": "history", "sk": f"{stamp}#1", "event": "pause", "target_kind": "configuration_set", "target": name,
        "actor": "guard", "identity": "", "name": "", "reason": "bounce rate 16.7 % over 210 sends", "incident": "",
    }  # fmt: skip
    item = {key: {"S": text} for key, text in texts.items() if text}
    item["v"], item["at"] = {"N": "1"}, {"N": str(int(at.timestamp()) * 1000)}
    world.aws.client("dynamodb").put_item(TableName=world.stack.outputs["JournalTableName"], Item=item)


def test_the_first_line_answers_in_an_account_without_the_stack(world):
    world.rates(0.021, 0.0001)
    said, _ = world.run()
    first = said.splitlines()[0]
    assert first == "Watch: Bounce rate 2.1 %: 42 % of AWS's review line (5 %)."
    assert "There is no stack ses-warden here" in " ".join(said.split())
    report = world.report()
    assert (report["verdict"], report["not_read"]) == ("watch", [])
    account, theirs = report["account"], world.ses.get_account()
    assert account["sending_enabled"] == theirs["SendingEnabled"]
    assert account["enforcement_status"] == theirs["EnforcementStatus"]
    assert account["quota"] == theirs["SendQuota"]["Max24HourSend"]
    assert account["most_per_second"] == theirs["SendQuota"]["MaxSendRate"]
    assert account["plan"] == theirs.get("PricingAttributes", {}).get("CurrentPlan")
    assert [(rate["measure"], rate["rate"]) for rate in report["rates"]] == [("bounce", 0.021), ("complaint", 0.0001)]


def test_nothing_sent_is_all_right_and_mail_without_a_rate_is_not_known(world):
    said, _ = world.run()
    assert said.splitlines()[0] == "All right. Nothing was sent in 24 hours, and AWS has no rates."
    world.aws.ses_control("PUT", "account", {"sent_last_24_hours": 12})
    assert world.report(expect=1)["verdict"] == "not_known"
    world.rates(0.001, 0.0)
    said, _ = world.run()
    assert said.splitlines()[0] == "All right. Bounce rate 0.1 %: 2 % of AWS's review line (5 %)."


@pytest.mark.parametrize(
    ("setting", "begin"),
    [
        ({"enforcement_status": "SHUTDOWN"}, "Not all right: AWS has paused the account's sending (SHUTDOWN)"),
        ({"enforcement_status": "PROBATION"}, "Not all right: AWS reviews the account (PROBATION)"),
        ({"max_24_hour_send": 1000, "sent_last_24_hours": 960}, "Not all right: 96 % of the quota"),
        ({"max_24_hour_send": 1000, "sent_last_24_hours": 820}, "Watch: 82 % of the quota"),
        ({"production_access_enabled": False}, "Watch: The account is in SES's sandbox."),
    ],
)
def test_the_account_s_own_state_is_in_the_first_line(world, setting, begin):
    world.rates(0.001, 0.0)
    world.aws.ses_control("PUT", "account", setting)
    said, _ = world.run(expect=1 if begin.startswith("Not") else 0)
    assert said.startswith(begin), said


def test_a_rate_above_the_review_line_is_a_problem(world):
    world.rates(0.001, 0.0012)
    said, _ = world.run(expect=1)
    assert said.startswith("Not all right: Complaint rate 0.12 %: 120 % of AWS's review line (0.1 %).")


def test_a_paused_account_says_so_although_nobody_knows_who(world):
    world.rates(0.001, 0.0)
    world.ses.put_account_sending_attributes(SendingEnabled=False)
    said, _ = world.run(expect=1)
    assert said.startswith("Not all right: Sending of the account is paused.")


def test_each_part_shows_what_botocore_reads(installed):
    world = installed
    report = world.report("--all", expect=0)
    [domain] = [one for one in report["domains"] if one["domain"] == DOMAIN]
    assert (domain["sends"], domain["hard_bounces"], domain["complaints"]) == (400, 6, 1)
    assert sum(domain["sends_by_hour"]) == 400 and len(domain["sends_by_hour"]) == 24
    assert domain["bounce_rate"] == pytest.approx(0.015) and 0.004 < domain["bounce_bound"] < 0.015
    names = set(world.ses.list_configuration_sets()["ConfigurationSets"])
    assert {one["name"] for one in report["sets"]} == names and report["sets_not_read"] == 0
    assert all(one["sends"] for one in report["sets"])
    assert {one["name"]: one["is_managed"] for one in report["pools"]} == {POOL: True, "by-hand": False}
    [managed] = [one for one in report["pools"] if one["is_managed"]]
    assert managed["providers"] == [
        {"provider": "Gmail", "sent_last_24_hours": 900.0, "available_24_hour_send": 2000.0}
    ]
    suppression = report["suppression"]
    assert (suppression["listed_bounces"], suppression["listed_complaints"]) == (1, 1)
    assert suppression["suppressed_for_bounces"] == 5 and suppression["files_waiting"] == 0
    alarms = world.cloudwatch.describe_alarms(AlarmNamePrefix="ses-warden/")["MetricAlarms"]
    assert report["alarms"]["count"] == len(alarms)
    functions = world.aws.client("lambda").list_functions()["Functions"]
    assert {one["code_sha256"] for one in report["functions"]} <= {one["CodeSha256"] for one in functions}
    assert len(report["queues"]) == 5 and report["not_read"] == []
    assert domain["multi_recipient"] == 3
    text, _ = world.run("--all")
    for part in ("MANAGED".lower(), DOMAIN, "of 50 pools", "dead letters: 0", "10,000 identities", "3 messages had several recipients"):
        assert part in " ".join(text.split()), part


def test_vdm_s_figures_come_by_mailbox_provider(installed):
    for _ in range(4):
        installed.ses.send_email(
            FromEmailAddress=f"a@{DOMAIN}", Destination={"ToAddresses": ["jane@gmail.com"]},
            Content={"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}},
        )  # fmt: skip
    [gmail] = installed.report()["providers"]
    now = datetime.datetime.now(datetime.UTC)
    query = {
        "Id": "q", "Namespace": "VDM", "Metric": "SEND", "Dimensions": {"ISP": "Gmail"},
        "StartDate": now - datetime.timedelta(days=1), "EndDate": now,
    }  # fmt: skip
    theirs = installed.ses.batch_get_metric_data(Queries=[query])["Results"][0]["Values"]
    assert (gmail["isp"], gmail["sends"]) == ("Gmail", sum(theirs)) == ("Gmail", 4)


def test_who_paused_what_is_read_from_the_journal(installed):
    pause(installed, "marketing")
    said, _ = installed.run(expect=1)
    text = " ".join(said.split())
    assert "Configuration set marketing is paused by guard at" in text
    assert ": bounce rate 16.7 % over 210 sends" in text
    report = installed.report(expect=1)
    [paused] = [one for one in report["sets"] if one["sends"] is False]
    assert paused["name"] == "marketing" and paused["paused_by"]["actor"] == "guard"


def test_dead_letters_tenants_and_failed_reads_are_problems(installed):
    installed.aws.client("sqs").send_message(
        QueueUrl=installed.stack.outputs["GuardDeadLetterQueueUrl"], MessageBody="lost"
    )
    installed.ses.create_tenant(TenantName="acme")
    installed.aws.ses_control("PUT", "tenants/acme", {"region": REGION, "aws_status": "DISABLED", "cause": "spam"})
    installed.aws.ses_control(
        "PUT", "faults", {"fail": [{"operation": "ListImportJobs", "status": 403, "code": "AccessDeniedException"}]}
    )
    said, _ = installed.run(expect=1)
    text = " ".join(said.split())
    assert "1 message lies in the queue guard, dead letters." in text
    assert "Tenant acme is disabled by aws: spam." in text
    assert "the import jobs (ses:ListImportJobs): ListImportJobs failed: 403" in text
    report = installed.report(expect=1)
    assert [one["permission"] for one in report["not_read"]] == ["ses:ListImportJobs"]
    assert report["tenants"]["count"] == 1


def test_the_first_line_does_not_wait_for_ses(world):
    world.rates(0.021, 0.0001)
    world.aws.ses_control("PUT", "faults", {"hang": [{"operation": "ListConfigurationSets", "seconds": 5, "times": 1}]})
    child = world.start(*FAST)
    assert child.stdout.readline().startswith("Watch: Bounce rate 2.1 %")
    assert child.poll() is None
    child.communicate(timeout=60)


def test_watch_shows_it_again(world):
    world.rates(0.021, 0.0001)
    child = world.start(*FAST, "--watch", "5", "--json")
    first, second = (json.loads(child.stdout.readline()) for _ in range(2))
    child.kill()
    child.communicate()
    assert first["headline"] == second["headline"] and first["read_at"] < second["read_at"]


def test_without_an_answer_the_exit_status_and_the_words_say_so(world):
    nowhere = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_SESV2": "http://127.0.0.1:1"}
    _, complained = world.run(expect=5, **nowhere)
    assert f"Region {REGION} (from AWS_REGION)" in complained
    _, complained = world.run("--stack", "nowhere", expect=1)
    no_keys = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true"}
    _, complained = world.run(expect=4, **no_keys)
    assert "aws sso login" in complained


def test_the_policy_allows_what_is_called_and_nothing_else(installed):
    policy = json.loads((paths.ROOT / "docs" / "status-policy.json").read_text())
    allowed = {action for statement in policy["Statement"] for action in statement["Action"]}
    before = installed.calls()
    iam = installed.aws.client("iam")
    iam.create_user(UserName="operator")
    iam.put_user_policy(UserName="operator", PolicyName="status", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName="operator")["AccessKey"]
    as_operator = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    # Everything is read with just this policy.
    assert installed.report("--all", **as_operator)["not_read"] == []
    made = {f"ses:{name}" for name, count in installed.calls().items() if count > before.get(name, 0)}
    assert made == {action for action in allowed if action.startswith("ses:")}
    # And each of its other actions is needed.
    for action in sorted(action for action in allowed if not action.startswith(("ses:", "s3:GetObject"))):
        less = json.loads(json.dumps(policy))
        for statement in less["Statement"]:
            statement["Action"] = [one for one in statement["Action"] if one != action]
        less["Statement"] = [statement for statement in less["Statement"] if statement["Action"]]
        iam.put_user_policy(UserName="operator", PolicyName="status", PolicyDocument=json.dumps(less))
        denied = {one["permission"] for one in installed.report("--all", expect=1, **as_operator)["not_read"]}
        assert action in denied, (action, denied)


def test_no_form_of_the_output_is_wider_than_its_screen(installed):
    """In a terminal of 80 and of 140 columns, with names as long as AWS allows."""
    long = "a" * 60 + ".example.org"
    installed.put("SesWarden", "Send", 7, Domain=long)
    installed.ses.create_configuration_set(ConfigurationSetName="s" * 64)
    for columns in (80, 140):
        for line in screen(installed, columns).splitlines():
            assert len(line) <= columns, (columns, line)


def screen(world, columns):
    """What the command writes to a terminal so wide, without colors."""
    import fcntl
    import pty
    import struct
    import termios

    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    env = {**environment(world.aws), "HOME": "/nonexistent", "NO_COLOR": "1", "TERM": "xterm"}
    child = subprocess.Popen([world.binary, "status", *FAST], env=env, stdout=follower, stderr=subprocess.DEVNULL)
    os.close(follower)
    pieces = []
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:
            break
        if not piece:
            break
        pieces.append(piece)
    child.wait(timeout=60)
    os.close(leader)
    return b"".join(pieces).decode().replace("\r\n", "\n")
