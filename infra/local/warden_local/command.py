"""Runs the operator's command against the local AWS."""

import json
import subprocess
from pathlib import Path

from warden_local.local_aws import CREDENTIALS, REGION, LocalAws, base_environment
from warden_local.problem import Problem


def environment(aws: LocalAws) -> dict[str, str]:
    """Returns the environment with which the command reaches the local AWS."""
    return {
        **base_environment(),
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": CREDENTIALS["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": CREDENTIALS["aws_secret_access_key"],
        "AWS_ENDPOINT_URL": aws.endpoint,
        "AWS_ENDPOINT_URL_SESV2": aws.ses_endpoint,
    }


# SES allows one call a second; local-ses has no limit here.
CALLS_PER_SECOND = "200"
# No rate of the story reaches this: such alarms never go into ALARM.
SILENT = (
    "--set-bounce-warn", "0.99", "--set-bounce-critical", "0.99",
    "--set-complaint-warn", "0.99", "--set-complaint-critical", "0.99",
)  # fmt: skip


def connect(aws: LocalAws, binary: Path, *arguments: str) -> dict:
    """Connects the account to the stack as an operator does, and returns the JSON output."""
    paced = ("--ses-calls-per-second", CALLS_PER_SECOND)
    return json.loads(ses_warden(aws, binary, "connect", "apply", "--yes", "--json", *paced, *arguments))


def ses_warden(aws: LocalAws, binary: Path, *arguments: str) -> str:
    """Runs the command and returns what it prints."""
    done = subprocess.run([binary, *arguments], env=environment(aws), capture_output=True, text=True)
    if done.returncode:
        raise Problem(f"ses-warden {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout
