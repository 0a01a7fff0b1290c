"""`ses-warden policy restrict`, judged by the IAM evaluator of ministack."""

import json
import subprocess

import pytest
from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document, validate_policy_document

from operator_command import Operator

ACCOUNT = "111122223333"
IDENTITY = f"arn:aws:ses:eu-west-1:{ACCOUNT}:identity/example.com"
# What an application's user often has, and what a deny form is put beside.
SENDER = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ses:*", "Resource": "*"}]}
INSIDE, OUTSIDE = "203.0.113.7", "198.51.100.7"
ENDPOINT = "vpce-0123456789abcdef0"


@pytest.fixture(scope="module")
def restrict(binaries):
    """Runs the command and returns the policy and the notes."""

    def run(*options):
        done = subprocess.run(
            [binaries["ses-warden"], "policy", "restrict", *options], env={}, capture_output=True, text=True, check=True
        )
        assert validate_policy_document(done.stdout) is None
        return json.loads(done.stdout), done.stderr

    return run


def decision(*policies, action="ses:SendEmail", ip=INSIDE, resource=IDENTITY, sender="ann@example.com", **keys):
    """Returns what IAM says: Allow, Deny, or ImplicitDeny where nothing allows it."""
    context = {"ses:fromaddress": sender, "aws:viaawsservice": "false", "aws:principalisawsservice": "false"}
    context.update({name.replace("__", ":").lower(): value for name, value in keys.items()})
    request = EvalContext(
        principal_arn=f"arn:aws:iam::{ACCOUNT}:user/app", principal_type="User", principal_account=ACCOUNT,
        action=action, resource_arn=resource, region="eu-west-1", source_ip=ip,
        service_context={name: value for name, value in context.items() if value is not None},
    )  # fmt: skip
    return evaluate(request, [parse_policy_document(policy) for policy in policies]).decision


def test_the_allow_form_is_that_of_the_source_post_and_knows_the_api_too(restrict):
    policy, notes = restrict("--cidr", "1.2.3.4/32", "--cidr", "5.6.7.8/32")
    [statement] = policy["Statement"]
    assert policy["Version"] == "2012-10-17"
    assert (statement["Sid"], statement["Effect"], statement["Resource"]) == ("RestrictIP", "Allow", ["*"])
    assert statement["Condition"] == {"IpAddress": {"aws:SourceIp": ["1.2.3.4/32", "5.6.7.8/32"]}}
    assert statement["Action"] == ["ses:SendEmail", "ses:SendRawEmail"]
    for action in ("ses:SendEmail", "ses:SendRawEmail"):
        assert decision(policy, action=action, ip="5.6.7.8") == "Allow"
        assert decision(policy, action=action, ip=OUTSIDE) == "ImplicitDeny"
        # Through a VPC endpoint there is no public address.
        assert decision(policy, action=action, ip=None) == "ImplicitDeny"
    for action in ("ses:SendTemplatedEmail", "ses:SendBulkEmail", "ses:PutAccountSendingAttributes"):
        assert decision(policy, action=action, ip="5.6.7.8") == "ImplicitDeny"
    assert "no other policy" in notes and "--vpc-endpoint" in notes
    # Beside a policy that allows everything it restricts nothing, which the notes say.
    assert decision(policy, SENDER, ip=OUTSIDE) == "Allow"


def test_smtp_alone_and_templates(restrict):
    smtp, _ = restrict("--cidr", "203.0.113.0/24", "--raw-only")
    assert decision(smtp, action="ses:SendRawEmail") == "Allow"
    assert decision(smtp, action="ses:SendEmail") == "ImplicitDeny"
    beside, _ = restrict("--form", "deny", "--cidr", "203.0.113.0/24", "--raw-only")
    assert decision(SENDER, beside, action="ses:SendRawEmail") == "Allow"
    assert decision(SENDER, beside, action="ses:SendRawEmail", ip=OUTSIDE) == "Deny"
    for action in ("ses:SendEmail", "ses:SendBulkEmail", "ses:SendBounce"):
        assert decision(SENDER, beside, action=action) == "Deny"
    templates, _ = restrict("--cidr", "203.0.113.0/24", "--templates")
    assert decision(templates, action="ses:SendBulkEmail") == "Allow"


def test_the_allow_form_restricts_from_identity_and_endpoint(restrict):
    policy, _ = restrict(
        "--cidr", "203.0.113.0/24", "--vpc-endpoint", ENDPOINT, "--from-domain", "Example.com", "--identity", "example.com"
    )
    assert decision(policy) == "Allow"
    assert decision(policy, ip=None, aws__SourceVpce=ENDPOINT) == "Allow"
    assert decision(policy, ip=None, aws__SourceVpce="vpce-0aaaaaaaaaaaaaaaa") == "ImplicitDeny"
    assert decision(policy, sender="ann@example.org") == "ImplicitDeny"
    assert decision(policy, sender="ann@news.example.com") == "ImplicitDeny"
    assert decision(policy, resource=IDENTITY.replace("example.com", "example.org")) == "ImplicitDeny"
    # Mail that names a configuration set is checked for the set, too.
    assert decision(policy, resource=f"arn:aws:ses:eu-west-1:{ACCOUNT}:configuration-set/marketing") == "Allow"


def test_the_deny_form_stops_everything_else_beside_an_open_policy(restrict):
    policy, notes = restrict("--form", "deny", "--cidr", "203.0.113.0/24", "--vpc-endpoint", ENDPOINT)
    assert decision(policy) == "ImplicitDeny"
    for action in ("ses:SendEmail", "ses:SendRawEmail", "ses:SendBulkTemplatedEmail"):
        assert decision(SENDER, policy, action=action) == "Allow"
        assert decision(SENDER, policy, action=action, ip=OUTSIDE) == "Deny"
    # Other calls of SES stay as they are.
    assert decision(SENDER, policy, action="ses:GetAccount", ip=OUTSIDE) == "Allow"
    assert decision(SENDER, policy, ip=None) == "Deny"
    assert decision(SENDER, policy, ip=None, aws__SourceVpce=ENDPOINT) == "Allow"
    assert decision(SENDER, policy, ip=None, aws__SourceVpce="vpce-0aaaaaaaaaaaaaaaa") == "Deny"
    # Calls by AWS services, and requests in which the keys are missing.
    assert decision(SENDER, policy, ip="54.240.0.1", aws__ViaAWSService="true") == "Allow"
    assert decision(SENDER, policy, ip="54.240.0.1", aws__PrincipalIsAWSService="true") == "Allow"
    missing = {"aws__ViaAWSService": None, "aws__PrincipalIsAWSService": None}
    assert decision(SENDER, policy, ip=OUTSIDE, **missing) == "Deny"
    assert "aws:ViaAWSService" in notes


def test_the_deny_form_without_an_endpoint_denies_a_missing_address(restrict):
    policy, notes = restrict("--form", "deny", "--cidr", "203.0.113.0/24", "--cidr", "2001:db8::/32")
    assert decision(SENDER, policy, ip="2001:db8::7") == "Allow"
    assert decision(SENDER, policy, ip=None) == "Deny"
    assert "no public source address" in notes


def test_the_deny_form_of_from_domain_and_identity(restrict):
    policy, _ = restrict("--form", "deny", "--from-domain", "example.com", "--identity", IDENTITY)
    assert decision(SENDER, policy, ip=OUTSIDE) == "Allow"
    assert decision(SENDER, policy, sender="ann@example.org") == "Deny"
    # SendCustomVerificationEmail has no From of the caller's.
    assert decision(SENDER, policy, sender=None) == "Deny"
    assert decision(SENDER, policy, resource=IDENTITY.replace("example.com", "example.org")) == "Deny"
    assert decision(SENDER, policy, resource=f"arn:aws:ses:eu-west-1:{ACCOUNT}:configuration-set/x") == "Allow"


@pytest.mark.parametrize(
    ("network", "said"),
    [
        ("1.2.3.4", "write 1.2.3.4/32"), ("1.2.3.4/24", "write 1.2.3.0/24"), ("0.0.0.0/0", "restricts nothing"),
        ("10.0.0.0/8", "--vpc-endpoint"), ("fd00::/8", "--vpc-endpoint"), ("1.2.3.4/33", "no network"), ("home", "no network"),
    ],
)  # fmt: skip
def test_a_bad_network_is_refused_with_what_to_write(aws, binaries, tmp_path, network, said):
    operator = Operator(aws, binaries["ses-warden"], tmp_path)
    _, complained = operator.run("policy", "restrict", "--cidr", network, expect=2)
    assert said in complained
    _, complained = operator.run("policy", "restrict", expect=2)
    assert "nothing is restricted" in complained
