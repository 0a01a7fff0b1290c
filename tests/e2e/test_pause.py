"""`ses-warden pause` and `resume`; botocore reads back what they changed."""

import time

import pytest

from console import SET_CRITICAL, Console, wait_handled
from operator_command import PACE, Operator
from warden_local.account import prepare
from warden_local.local_aws import ACCOUNT, REGION


@pytest.fixture
def bare(aws, binaries, tmp_path):
    """An account without our stack."""
    aws.reset()
    prepare(aws)
    return Operator(aws, binaries["ses-warden"], tmp_path)


def sends(ses, name="marketing"):
    return ses.get_configuration_set(ConfigurationSetName=name)["SendingOptions"]["SendingEnabled"]


def history(aws, stack):
    """The history as botocore reads it, oldest first."""
    table = stack.outputs["JournalTableName"]
    found = aws.client("dynamodb").query(
        TableName=table, KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": "history"}}
    )
    return [{name: next(iter(value.values())) for name, value in item.items()} for item in found["Items"]]


def decide(aws, stack, number, at, name, bounce_class, text):
    """Writes a decision about a bounce into the journal, as suppress does."""
    texts = {
        "pk": f"address#{number:032x}", "sk": f"2026#{number}#bounce", "event": "bounce", "verdict": "suppress", "reason": "BOUNCE",
        "class": bounce_class, "text": text, "text_id": text, "configuration_set": name, "domain": "news.example.org",
    }  # fmt: skip
    item = {**{name: {"S": value} for name, value in texts.items()}, "at": {"N": str(at)}, "v": {"N": "1"}}
    aws.client("dynamodb").put_item(TableName=stack.outputs["JournalTableName"], Item=item)


def test_a_set_is_paused_and_resumed_in_an_account_without_our_stack(aws, bare):
    ses = aws.client("sesv2")
    target = ("--configuration-set", "marketing", *PACE)
    [row] = bare.rows("pause", *target, "--reason", "purchased list", "--yes")
    assert (row["action"], row["sent_before"], row["sends"], row["recorded"]) == ("paused", True, False, False)
    assert row["identity"].startswith("arn:aws:")
    assert not sends(ses) and sends(ses, "transactional")
    calls = aws.ses_control("GET", "calls")["PutConfigurationSetSendingOptions"]

    # Once more changes nothing and calls nothing.
    [row] = bare.rows("pause", *target, "--reason", "again", "--yes")
    assert row["action"] == "kept"
    assert aws.ses_control("GET", "calls")["PutConfigurationSetSendingOptions"] == calls

    said, complained = bare.run("resume", *target, "--check")
    assert "could be resumed; nothing was changed" in said
    assert "what you do is not recorded: there is no stack ses-warden in eu-central-1" in said
    assert not sends(ses)
    said, _ = bare.run("resume", *target, "--reason", "cleaned", "--yes")
    assert "EnforcementStatus HEALTHY" in said and "reputation metrics anew" in said
    assert "Resumed: configuration set marketing, read back." in said
    assert sends(ses)
    said, _ = bare.run("resume", *target)
    assert "sends already" in said


def test_pausing_the_account_wants_its_number(aws, bare):
    ses = aws.client("sesv2")
    words = ("pause", "--account", "--reason", "stolen key", *PACE)
    _, complained = bare.run(*words, "--yes", expect=2)
    assert f"--confirm {ACCOUNT} (--yes is not enough)" in complained
    _, complained = bare.run(*words, "--confirm", "444455556666", expect=2)
    assert "is not this account" in complained
    assert ses.get_account()["SendingEnabled"]
    said, _ = bare.run(*words, "--confirm", ACCOUNT)
    assert "Paused: account, read back." in said
    assert f"ses-warden resume --account --region {REGION}" in said
    assert ses.get_account()["SendingEnabled"] is False
    bare.run("resume", "--account", "--reason", "rotated", "--yes", *PACE)
    assert ses.get_account()["SendingEnabled"] is True


def test_the_accounts_name_does_as_well_as_its_number(aws, bare):
    ses, iam = aws.client("sesv2"), aws.client("iam")
    iam.create_account_alias(AccountAlias="acme-mail")
    words = ("pause", "--account", "--reason", "stolen key", *PACE)
    _, complained = bare.run(*words, "--confirm", "acme-test", expect=2)
    assert f"acme-mail or {ACCOUNT}" in complained
    assert ses.get_account()["SendingEnabled"]
    said, _ = bare.run(*words, "--confirm", "acme-mail")
    assert f"Account acme-mail ({ACCOUNT}), Region {REGION}." in said
    assert ses.get_account()["SendingEnabled"] is False
    # Who may not read the name gets along with the number.
    iam.create_user(UserName="operator")
    key = iam.create_access_key(UserName="operator")["AccessKey"]
    keys = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    said, _ = bare.run("resume", "--account", "--reason", "rotated", "--yes", *PACE, env=keys)
    assert f"Account {ACCOUNT}, Region {REGION}." in said
    assert ses.get_account()["SendingEnabled"] is True


def test_what_aws_paused_is_never_resumed(aws, bare):
    ses = aws.client("sesv2")
    ses.put_account_sending_attributes(SendingEnabled=False)
    words = ("resume", "--account", "--reason", "please", "--yes", *PACE)
    aws.ses_control("PUT", "account", {"enforcement_status": "SHUTDOWN"})
    said, _ = bare.run(*words, expect=1)
    assert "answer the case that AWS opened" in said and "only AWS resumes it" in said
    [row] = bare.rows(*words, expect=1)
    assert row["action"] == "refused" and row["findings"][0]["code"] == "aws-shutdown"
    assert ses.get_account()["SendingEnabled"] is False

    aws.ses_control("PUT", "account", {"enforcement_status": "PROBATION"})
    said, _ = bare.run(*words)
    assert "AWS reviews this account (EnforcementStatus PROBATION)" in said
    assert ses.get_account()["SendingEnabled"] is True


def test_a_tenant_has_two_switches(aws, bare):
    ses = aws.client("sesv2")
    arn = ses.create_tenant(TenantName="shop")["TenantArn"]

    def status():
        entity = ses.get_reputation_entity(ReputationEntityType="RESOURCE", ReputationEntityReference=arn)
        return entity["ReputationEntity"]["SendingStatusAggregate"]

    bare.run("pause", "--tenant", "shop", "--reason", "x", "--yes", *PACE)
    assert status() == "DISABLED"
    bare.run("resume", "--tenant", "shop", "--reason", "x", "--yes", *PACE)
    assert status() == "ENABLED"
    aws.ses_control("PUT", "tenants/shop", {"aws_status": "DISABLED", "cause": "Reputation finding"})
    said, _ = bare.run("resume", "--tenant", "shop", "--reason", "x", "--yes", *PACE, expect=1)
    assert "AWS has switched this tenant off" in said and "Reputation finding" in said


def test_what_does_not_exist_is_said(bare):
    for option in ("--configuration-set", "--tenant"):
        _, complained = bare.run("pause", option, "none", "--reason", "x", "--yes", *PACE, expect=2)
        assert f"none in {REGION}" in complained
    _, complained = bare.run("pause", "--configuration-set", "marketing", *PACE, expect=2)
    assert "say why with --reason" in complained


def test_the_journal_holds_who_and_why_and_guard_leaves_the_resume_alone(aws, binaries, deploy, tmp_path):
    stack = deploy()
    console, operator = Console(aws, stack), Operator(aws, binaries["ses-warden"], tmp_path)
    target = ("--configuration-set", "transactional", *PACE)
    [row] = operator.rows("pause", *target, "--reason", "for ann@example.com", "--by", "Ann, ticket 4711", "--yes")
    assert row["recorded"]
    [entry] = [entry for entry in history(aws, stack) if entry["target"] == "transactional"]
    assert (entry["event"], entry["target_kind"], entry["actor"]) == ("pause", "configuration_set", "command")
    assert entry["reason"] == "for <address>" and entry["name"] == "Ann, ticket 4711"
    assert entry["identity"] == row["identity"]
    said, _ = operator.run("resume", *target, "--check")
    assert "by Ann, ticket 4711, arn:aws:" in said and "for <address>" in said
    assert "holds no answer of a receiver" in said
    # What receivers answered, as suppress wrote it down; only of this set, and of the last hour.
    now = int(time.time())
    decide(aws, stack, 1, now, "transactional", "recipient_gone", "550 5.1.1 no such user")
    decide(aws, stack, 2, now, "transactional", "recipient_gone", "550 5.1.1 no such user")
    decide(aws, stack, 3, now, "marketing", "content", "554 spam")
    decide(aws, stack, 4, now - 7200, "transactional", "content", "554 old")
    [row] = operator.rows("resume", *target, "--check")
    [texts] = [finding for finding in row["findings"] if finding["code"] == "reply-texts"]
    assert (texts["subject"], texts["found"]) == ("recipient_gone", "2 × 550 5.1.1 no such user")

    # guard pauses, a person resumes: the same episode leads to no second pause.
    console.set_in_alarm(SET_CRITICAL)
    wait_handled(console, SET_CRITICAL)
    assert not console.sends()
    [row] = operator.rows("resume", "--configuration-set", "marketing", "--reason", "list cleaned", "--yes", *PACE)
    assert row["action"] == "resumed" and row["recorded"]
    assert {"alarms", "counts"} <= {finding["code"] for finding in row["findings"]}
    for _ in range(2):
        console.run_schedule()
    assert console.sends()
    assert [e["event"] for e in history(aws, stack) if e["target"] == "marketing"][-1] == "resume"
