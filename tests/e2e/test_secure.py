"""`ses-warden secure`: the procedure for stolen credentials, step by step and as a script."""

import gzip
import json
import time
from datetime import UTC, datetime

import pytest

from operator_command import PACE, Operator
from test_pause import history
from warden_local import paths
from warden_local.account import prepare
from warden_local.local_aws import ACCOUNT, REGION

REFUSED = (
    "554 Access denied: User `arn:aws:iam::123456789012:user/iam-user-name' is not authorized to perform "
    "`ses:SendRawEmail' on resource `arn:aws:ses:eu-west-1:123456789012:identity/example.com'"
)


@pytest.fixture
def bare(aws, binaries, tmp_path):
    """An account without our stack."""
    aws.reset()
    prepare(aws)
    return Operator(aws, binaries["ses-warden"], tmp_path)


def put_sums(aws, *series):
    """Writes what metrics counts: name, value, dimensions."""
    minute = datetime.fromtimestamp(int(time.time()) // 60 * 60, UTC)
    data = [
        {"MetricName": name, "Value": value, "Timestamp": minute, "Dimensions": [{"Name": n, "Value": v} for n, v in pairs.items()]}
        for name, value, pairs in series
    ]
    aws.client("cloudwatch").put_metric_data(Namespace="SesWarden", MetricData=data)


def event(number, at, caller, source, recipient, sender="news.example.org", **more):
    mail = {
        **more,
        "messageId": f"mail-{number}", "timestamp": at, "source": f"letters@{sender}", "destination": [recipient],
        "tags": {"ses:caller-identity": [caller], "ses:source-ip": [source], "ses:from-domain": [sender]},
    }  # fmt: skip
    return json.dumps({"eventType": "Send", "mail": mail, "send": {}})


def test_two_callers_and_three_addresses_come_with_counts_and_first_seen(aws, bare, tmp_path):
    events = [
        event(1, "2026-10-05T08:00:00.000Z", "app-mailer", "192.0.2.41", "ann@mail.example.net"),
        event(2, "2026-10-06T03:00:00.000Z", "old-ci", "198.51.100.7", "x1@other.example.com"),
        event(3, "2026-10-06T03:01:00.000Z", "old-ci", "198.51.100.8", "x2@other.example.com"),
        event(4, "2026-10-06T03:02:00.000Z", "app-mailer", "192.0.2.41", "ann@mail.example.net"),
    ]
    (tmp_path / "events.ndjson").write_text("\n".join(events))
    words = ("secure", "--step", "evidence", "--events", "events.ndjson", "--since", "2026-10-06", *PACE)
    [report] = bare.rows(*words)
    rows = {(row["kind"], row["name"]): row for row in report["details"]["rows"]}
    assert {name: rows["caller", name]["mails"] for name in ("app-mailer", "old-ci")} == {"app-mailer": 2, "old-ci": 2}
    assert rows["caller", "old-ci"]["is_new"] and not rows["caller", "app-mailer"]["is_new"]
    assert rows["source_ip", "198.51.100.7"]["first_seen"] == "2026-10-06T03:00:00.000Z"
    assert len([kind for kind, _ in rows if kind == "source_ip"]) == 3
    # Recipients that nobody mailed before.
    assert rows["recipient_domain", "other.example.com"]["is_new"]
    assert not rows["recipient_domain", "mail.example.net"]["is_new"]
    said, _ = bare.run(*words)
    assert "bounce rate     not known" in said and "caller            old-ci: 2 mails" in said
    assert "ses-warden counts nothing here (there is no stack ses-warden in eu-central-1)" in said
    assert "ann@" not in said and "x1@" not in said


def keep_events(aws):
    """What a bucket of Firehose and a log group hold of an incident: seven events about six mails."""
    subject = {"commonHeaders": {"subject": "ann@mail.example.net, your parcel"}}
    objects = {
        "events/2026/10/05/08/mail-1": event(1, "2026-10-05T08:00:00.000Z", "app-mailer", "192.0.2.41", "ann@mail.example.net") + "\n",
        # Firehose may compress, and writes objects without anything between them.
        "events/2026/10/06/03/mail-2.gz": gzip.compress(
            (event(2, "2026-10-06T03:00:00.000Z", "old-ci", "198.51.100.7", "x1@other.example.com", **subject)
             + event(3, "2026-10-06T03:01:00.000Z", "old-ci", "198.51.100.8", "x2@other.example.com", **subject)).encode()
        ),
        "other/mail": event(9, "2026-10-06T03:00:00.000Z", "elsewhere", "192.0.2.99", "ann@mail.example.net"),
    }  # fmt: skip
    s3, logs = aws.client("s3"), aws.client("logs")
    s3.create_bucket(Bucket="mail-events", CreateBucketConfiguration={"LocationConstraint": REGION})
    for key, body in objects.items():
        s3.put_object(Bucket="mail-events", Key=key, Body=body)
    logs.create_log_group(logGroupName="/ses/events")
    logs.create_log_stream(logGroupName="/ses/events", logStreamName="one")
    lines = [
        event(3, "2026-10-06T03:01:00.000Z", "old-ci", "198.51.100.8", "x2@other.example.com", **subject),
        "INFO " + event(4, "2026-10-06T03:02:00.000Z", "app-mailer", "192.0.2.41", "ann@mail.example.net"),
        "no event",
        event(5, "2026-10-06T05:00:00.000Z", "late", "192.0.2.41", "ann@mail.example.net"),
    ]
    at = int(datetime(2026, 10, 6, 3, 1, tzinfo=UTC).timestamp() * 1000)
    batch = [{"timestamp": at + number, "message": line} for number, line in enumerate(lines)]
    logs.put_log_events(logGroupName="/ses/events", logStreamName="one", logEvents=batch)


def test_events_of_a_bucket_and_a_log_group_are_evidence(aws, bare):
    keep_events(aws)
    words = ("secure", "--step", "evidence", "--since", "2026-10-06T00:00:00Z", "--events-until", "2026-10-06T04:00:00Z", *PACE)
    sources = ("--events-from", "s3://mail-events/events/", "--events-from", "logs:/ses/events")
    [report] = bare.rows(*words, *sources, "--events-since", "2026-10-01")
    found = report["details"]
    rows = {(row["kind"], row["name"]): row for row in found["rows"]}
    # The mail that both sources tell of counts once; what came later, or stands elsewhere, not at all.
    assert (found["events"], found["mails"]) == (5, 4)
    assert {name: rows["caller", name]["mails"] for kind, name in rows if kind == "caller"} == {"app-mailer": 2, "old-ci": 2}
    assert rows["caller", "old-ci"]["is_new"] and not rows["caller", "app-mailer"]["is_new"]
    assert rows["source_ip", "198.51.100.8"]["first_seen"] == "2026-10-06T03:01:00.000Z"
    assert rows["subject", "<address>, your parcel"]["mails"] == 2
    said, _ = bare.run(*words, *sources, "--events-since", "2026-10-01")
    assert "caller            old-ci: 2 mails" in said and "subject           <address>, your parcel: 2 mails" in said
    assert "ann@" not in said
    # Without --events-since it reads from a day before --since on.
    [report] = bare.rows(*words, *sources)
    assert report["details"]["mails"] == 4

    # What AWS refuses is said, with the rest of the evidence.
    [report] = bare.rows(*words, "--events-from", "logs:/nowhere", "--events-from", "s3://nowhere/x", expect=1)
    gaps = "\n".join(report["details"]["not_known"])
    assert report["state"] == "open"
    assert "log group /nowhere: FilterLogEvents failed" in gaps and "it needs logs:FilterLogEvents" in gaps
    assert "s3://nowhere/x: ListObjectsV2 failed" in gaps and "it needs s3:ListBucket" in gaps


def test_the_policy_of_the_docs_is_enough_to_read_events(aws, bare):
    keep_events(aws)
    text = (paths.ROOT / "docs" / "operate-policy.json").read_text()
    policy = json.loads(text.replace("YOUR-BUCKET", "mail-events").replace("YOUR-LOG-GROUP", "/ses/events"))
    iam = aws.client("iam")
    iam.create_user(UserName="operator")
    key = iam.create_access_key(UserName="operator")["AccessKey"]
    keys = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    words = ("secure", "--step", "evidence", "--since", "2026-10-06", *PACE)
    sources = ("--events-from", "s3://mail-events/events/", "--events-from", "logs:/ses/events", "--events-until", "2026-10-07")
    iam.put_user_policy(UserName="operator", PolicyName="operate", PolicyDocument=json.dumps(policy))
    [report] = bare.rows(*words, *sources, env=keys)
    assert report["details"]["mails"] == 5
    for action in ("s3:ListBucket", "s3:GetObject", "logs:FilterLogEvents"):
        statements = [
            {**one, "Action": [name for name in one["Action"] if name != action]}
            for one in policy["Statement"] if one["Action"] != [action]
        ]  # fmt: skip
        less = json.dumps({**policy, "Statement": statements})
        iam.put_user_policy(UserName="operator", PolicyName="operate", PolicyDocument=less)
        [report] = bare.rows(*words, *sources, expect=1, env=keys)
        assert report["state"] == "open" and "events of " in "\n".join(report["details"]["not_known"]), action


def test_each_step_runs_by_itself_and_the_last_wants_the_others(aws, bare):
    ses = aws.client("sesv2")
    words = ("secure", *PACE)
    [report] = bare.rows(*words, "--step", "pause", "--confirm", ACCOUNT)
    command = f"aws sesv2 put-account-sending-attributes --no-sending-enabled --region {REGION}"
    assert report["state"] == "done" and report["details"]["command"] == command
    assert ses.get_account()["SendingEnabled"] is False

    [report] = bare.rows(*words, "--step", "rotate", expect=1)
    assert report["state"] == "open" and "--caller" in report["text"]
    said, _ = bare.run(*words, "--step", "rotate", "--caller", f"arn:aws:iam::{ACCOUNT}:user/app-mailer")
    assert "aws iam update-access-key --user-name app-mailer --status Inactive" in said
    assert "new SMTP credentials in the SES console" in said and "runs none of them" in said

    [report] = bare.rows(*words, "--step", "restrict", "--cidr", "203.0.113.0/24", "--caller", "app-mailer")
    assert report["details"]["policy"]["Statement"][0]["Sid"] == "DenySendFromElsewhere"
    user, role = report["details"]["commands"]
    assert user.startswith("aws iam put-user-policy --user-name app-mailer")
    assert role.startswith("aws iam put-role-policy --role-name app-mailer")

    [report] = bare.rows(*words, "--step", "verify", "--error", REFUSED)
    assert report["state"] == "done" and report["details"]["action"] == "ses:SendRawEmail"
    [report] = bare.rows(*words, "--step", "verify", "--error", "SendingPausedException: paused", expect=1)
    assert report["state"] == "open" and "the pause's" in report["text"]

    # Without a journal only this run knows what was done.
    [report] = bare.rows(*words, "--step", "resume", "--yes", expect=1)
    assert report["details"]["missing"] == ["rotate", "restrict", "verify"]
    assert ses.get_account()["SendingEnabled"] is False
    skipped = ("--skip", "rotate", "--skip", "restrict", "--skip", "verify")
    [report] = bare.rows(*words, "--step", "resume", *skipped, "--yes")
    assert report["state"] == "done"
    assert report["details"]["command"] == f"aws sesv2 put-account-sending-attributes --sending-enabled --region {REGION}"
    assert ses.get_account()["SendingEnabled"] is True


def test_with_a_journal_the_steps_of_several_runs_belong_together(aws, binaries, deploy, tmp_path):
    stack = deploy()
    operator, ses = Operator(aws, binaries["ses-warden"], tmp_path), aws.client("sesv2")
    put_sums(
        aws,
        ("Send", 900, {}), ("Send", 900, {"Domain": "news.example.org"}),
        ("BounceHard", 200, {}), ("BounceHard", 200, {"Domain": "news.example.org"}),
        ("UnexpectedSender", 300, {"CallerIdentity": "old-ci"}), ("UnexpectedSender", 300, {"SourceIp": "198.51.100.7"}),
        ("BounceFault", 200, {"Domain": "news.example.org", "Fault": "recipient_gone"}),
    )  # fmt: skip
    words = ("secure", *PACE)
    # All at once, as a script: nothing is resumed, because nobody confirmed anything.
    reports = operator.rows(*words, "--confirm", ACCOUNT, "--cidr", "203.0.113.0/24", "--error", REFUSED, expect=1)
    assert [(report["step"], report["state"]) for report in reports] == [
        ("evidence", "done"), ("pause", "done"), ("rotate", "shown"), ("restrict", "shown"), ("verify", "done"), ("resume", "open"),
    ]  # fmt: skip
    found = reports[0]["details"]
    assert [row["name"] for row in found["unexpected_callers"]] == ["old-ci"]
    assert found["unexpected_callers"][0]["first_seen"] and found["unexpected_sources"][0]["name"] == "198.51.100.7"
    assert found["domains"][0] == {"domain": "news.example.org", "sends": 900, "hard_bounces": 200, "complaints": 0}
    assert reports[2]["details"][0]["name"] == "old-ci"
    assert ses.get_account()["SendingEnabled"] is False

    for step in ("rotate", "restrict"):
        operator.rows(*words, "--step", step, "--cidr", "203.0.113.0/24", "--caller", "old-ci", "--yes")
    said, _ = operator.run(*words, "--step", "resume", "--yes")
    assert "AWS reports no problem" in said and "old-ci: 300" in said and "recipient_gone" in said
    assert ses.get_account()["SendingEnabled"] is True
    recorded = [(entry["event"], entry["reason"]) for entry in history(aws, stack)]
    assert ("pause", "stolen credentials") in recorded and ("resume", "stolen credentials") in recorded
    assert any(event == "note" and reason.startswith("secure: rotate done") for event, reason in recorded)
    # A new incident begins with nothing done.
    operator.rows(*words, "--step", "pause", "--confirm", ACCOUNT)
    [report] = operator.rows(*words, "--step", "resume", "--yes", expect=1)
    assert report["details"]["missing"] == ["rotate", "restrict", "verify"]


def test_awss_own_pause_stands_against_the_last_step(aws, bare):
    ses = aws.client("sesv2")
    ses.put_account_sending_attributes(SendingEnabled=False)
    aws.ses_control("PUT", "account", {"enforcement_status": "SHUTDOWN"})
    skipped = ("--skip", "rotate", "--skip", "restrict", "--skip", "verify")
    [report] = bare.rows("secure", "--step", "resume", *skipped, "--yes", *PACE, expect=1)
    assert report["state"] == "refused" and ses.get_account()["SendingEnabled"] is False
